"""Modes and times: what put, get and sync give to things, what they leave as it is, and what they need meanwhile."""
import json
import os
import re
import signal
import stat
import subprocess
import unittest

from harness import Case, make_file, wait_for
from plain_harness import ROOT, PlainCase

SOME, CHANGED = 1, 10
MIB = 1024 * 1024


class ReadOnlyDirectories(PlainCase):
    """They are opened for the time of the work."""

    def ends(self):
        return ((self.here / "s", self.share / "t", ("s", self.host.url("/t"))),
                (self.share / "s", self.here / "t", (self.host.url("/s"), "t")))

    def verbs(self, source):
        return (["sync"], ["put" if source == self.here / "s" else "get", "-r"])

    def test_what_is_new_comes_into_them_each_time(self):
        for source, destination, operands in self.ends():
            self.write(source / "ro/inner/a")
            for path in (source / "ro/inner", source / "ro"):
                path.chmod(0o555)
            for number, verb in enumerate(2 * self.verbs(source)):
                with self.subTest(verb=verb, number=number):
                    (source / "ro/inner").chmod(0o755)
                    self.write(source / f"ro/inner/{number}", str(verb).encode())
                    (source / "ro/inner").chmod(0o555)
                    self.run_plain(*verb, *operands)
                    self.assertEqual((destination / f"ro/inner/{number}").read_bytes(), str(verb).encode())
                    for path in ("ro", "ro/inner"):
                        self.assertEqual(self.mode(destination / path), "0o555")

    def test_what_goes_is_taken_out_of_them(self):
        for source, destination, operands in self.ends():
            self.write(source / "stays")
            self.write(source / "ro/stays")
            for name in ("ro/goes", "ro/all/of/it", "gone/f"):
                self.write(destination / name)
            self.write(destination / "ro/stays")
            for path in (source / "ro", destination / "ro/all/of", destination / "ro/all", destination / "ro", destination / "gone"):
                path.chmod(0o555)
            dry = self.run_plain("sync", "-n", "--delete", *operands).stdout
            self.assertEqual(self.run_plain("--json", "sync", "--delete", *operands).stdout.count(b'"planned"'), dry.count(b"\n"))
            self.assertEqual(sorted(str(path.relative_to(destination)) for path in destination.rglob("*")), ["ro", "ro/stays", "stays"])
            self.assertEqual(self.mode(destination / "ro"), "0o555")

    def test_with_modes_left_alone_they_have_theirs_again(self):
        for source, destination, operands in self.ends():
            self.write(source / "ro/new")
            self.write(destination / "ro/goes")
            (destination / "ro").chmod(0o575)
            self.run_plain("sync", "--delete", "--no-modes", *operands)
            self.assertEqual([path.name for path in (destination / "ro").iterdir()], ["new"])
            self.assertEqual(self.mode(destination / "ro"), "0o575")

    def test_after_an_interruption_too(self):
        self.write(self.here / "s/ro/small")
        make_file(self.here / "s/ro/large", 24 * MIB)
        self.write(self.share / "t/ro/old")
        (self.share / "t/ro").chmod(0o555)
        (self.here / "s/ro").chmod(0o555)
        for how in (signal.SIGINT, signal.SIGKILL):
            client = self.client.start("--limit-rate", "4M", "put", "-r", self.here / "s", self.host.url("/t"))
            wait_for(lambda: self.mode(self.share / "t/ro") == "0o755" or client.poll() is not None, what="the directory to be opened")
            self.assertIsNone(client.poll())
            client.send_signal(how)
            client.communicate()
            wait_for(lambda: self.mode(self.share / "t/ro") == "0o555", what="its mode")
        self.run_plain("put", "-r", "s", self.host.url("/t"))
        self.assertEqual(self.mode(self.share / "t/ro"), "0o555")
        self.assertEqual((self.share / "t/ro/large").stat().st_size, 24 * MIB)


class WhatWasThere(PlainCase):
    def test_a_box_of_somebody_elses(self):
        if not ROOT:
            self.skipTest("needs root to make somebody else's directory")
        for mode in (0o1777, 0o1733):
            box = self.share / f"box{mode}"
            box.mkdir()
            box.chmod(mode)
            for number, verb in enumerate((["put", "-r"], ["put", "-r"]) + ((["sync"], ["sync", "--no-modes"]) if mode == 0o1777 else ())):
                self.write(self.here / "s/f", str(number).encode())
                os.chown(box, 0, 0)
                self.run_plain(*verb, "s", self.host.url(f"/box{mode}"))
                self.assertEqual((box / "f").read_bytes(), str(number).encode())
                self.assertEqual(self.mode(box), oct(mode))

    def test_a_link_to_a_directory_is_that_directory(self):
        (self.share / "real/deep").mkdir(parents=True)
        os.symlink("real/deep", self.share / "one")
        os.symlink("../one", self.share / "real/two")
        os.symlink("real/deep", self.here / "local")
        (self.here / "real/deep").mkdir(parents=True)
        for name in ("one", "real/two"):
            for verb in (["put", "-r"], ["sync"], ["sync", "--no-modes"]):
                self.write(self.here / "s/f", (name + str(verb)).encode())
                os.utime(self.here / "s", ns=(1, 10**18))
                self.run_plain(*verb, "s", self.host.url("/" + name))
                self.assertEqual((self.share / "real/deep/f").read_bytes(), (name + str(verb)).encode())
                self.assertEqual((self.share / "real/deep").stat().st_mtime_ns, 10**18)
                self.assertTrue((self.share / name).is_symlink())
        for verb in (["get", "-r"], ["sync"]):
            self.run_plain(*verb, self.host.url("/one"), "local")
            self.assertTrue((self.here / "local").is_symlink())
            self.assertEqual((self.here / "real/deep/f").read_bytes(), (self.share / "real/deep/f").read_bytes())

    def test_modes_that_nobody_asked_to_change(self):
        self.write(self.here / "s/sub/f", b"new")
        self.write(self.here / "s/sub/script")
        (self.here / "s/sub/script").chmod(0o755)
        for name, verb, file in (("a", ["put", "-r"], 0o644), ("b", ["sync", "--no-modes"], 0o660)):
            self.write(self.share / name / "sub/f", b"old one")
            (self.share / name / "sub/f").chmod(0o660)
            for path in (self.share / name, self.share / name / "sub"):
                path.chmod(0o2775)
            self.run_plain(*verb, "s", self.host.url("/" + name))
            self.assertEqual([self.mode(self.share / path) for path in (name, name + "/sub", name + "/sub/script")],
                             ["0o2775", "0o2775", "0o755"])
            self.assertEqual(self.mode(self.share / name / "sub/f"), oct(file))
            self.assertEqual((self.share / name / "sub/f").read_bytes(), b"new")


class Umask(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = self.cli(self.host)
        (self.host.share / "d/sub").mkdir(parents=True)
        (self.host.share / "d/sub").chmod(0o777)
        for name in ("f", "d/sub/f"):
            (self.host.share / name).write_bytes(b"content")
            (self.host.share / name).chmod(0o666)

    def modes(self, *names):
        return [oct(stat.S_IMODE((self.dir / name).stat().st_mode)) for name in names]

    def test_get_takes_its_bits_away(self):
        for umask in (0o077, 0o027, 0):
            top = f"t{umask}"
            self.client.run("get", self.host.url("/f"), self.dir / f"f{umask}", umask=umask)
            self.client.run("get", "-r", self.host.url("/d"), self.dir / top, umask=umask)
            self.assertEqual(self.modes(f"f{umask}", f"{top}/sub", f"{top}/sub/f"),
                             [oct(0o666 & ~umask), oct(0o777 & ~umask), oct(0o666 & ~umask)])

    def test_modes_are_taken_exactly_when_asked_for(self):
        for verb in (["get", "-rp"], ["get", "-r", "--preserve"], ["sync"]):
            top = "".join(verb)
            self.client.run(*verb, self.host.url("/d"), self.dir / top, umask=0o077)
            self.assertEqual(self.modes(f"{top}/sub", f"{top}/sub/f"), ["0o777", "0o666"])
        (self.dir / "get-rp/sub").chmod(0o700)
        self.client.run("get", "-rp", self.host.url("/d"), self.dir / "get-rp", umask=0o077)
        self.assertEqual(self.modes("get-rp/sub"), ["0o777"])

    def test_what_is_here_keeps_its_mode(self):
        private = self.dir / "private"
        private.write_bytes(b"old")
        private.chmod(0o600)
        self.client.run("get", self.host.url("/f"), private)
        self.assertEqual((self.modes("private"), private.read_bytes()), (["0o600"], b"content"))
        self.client.run("get", self.host.url("/f"), private)
        self.assertEqual(self.modes("private"), ["0o600"])
        self.client.run("get", "-p", self.host.url("/f"), private, umask=0o077)
        self.assertEqual(self.modes("private"), ["0o666"])


class Times(Case):
    FAR, EARLY = 10_413_792_000, -10_413_792_000  # the years 2300 and 1640

    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = self.cli(self.host)

    def far_file(self, path, when):
        path.write_bytes(b"content")
        os.utime(path, (when, when))
        if path.stat().st_mtime != when:
            self.skipTest("the file system has no such times")
        return path

    def test_one_that_cannot_be_told_is_the_nearest_and_said(self):
        limits = {self.FAR: 2**63 / 1e9, self.EARLY: -2**63 / 1e9}
        for when, nearest in limits.items():
            source = self.far_file(self.dir / "far", when)
            said = self.client.run("put", source, self.host.url("/up"), expect=SOME).stderr
            self.assertIn(b"nearest time", said)
            self.assertEqual((self.host.share / "up").read_bytes(), b"content")
            self.assertAlmostEqual((self.host.share / "up").stat().st_mtime, nearest, delta=2)
            self.far_file(self.host.share / "down", when)
            self.assertIn(b"down", self.client.run("get", self.host.url("/down"), self.dir / "down", expect=SOME).stderr)
            self.assertAlmostEqual((self.dir / "down").stat().st_mtime, nearest, delta=2)
            listed = self.client.result("stat", self.host.url("/down"))["entries"][0]["mtime"]
            self.assertAlmostEqual(listed / 1e9, nearest, delta=2)
            for path in (self.host.share / "up", self.dir / "down", self.host.share / "down"):
                path.unlink()

    def test_those_of_a_tree_are_named(self):
        self.far_file(self.dir / "far", self.FAR)
        tree = self.dir / "tree"
        tree.mkdir()
        (self.dir / "far").rename(tree / "far")
        (tree / "near").write_bytes(b"content")
        said = self.client.run("put", "-r", tree, self.host.url("/tree"), expect=SOME).stderr
        self.assertIn(b"far: ", said)
        self.assertEqual(sorted(os.listdir(self.host.share / "tree")), ["far", "near"])

    def test_a_window_for_coarse_times(self):
        here, there = self.dir / "here", self.host.share / "there"
        for top in (here, there):
            top.mkdir()
            (top / "f").write_bytes(b"content")
        os.utime(here / "f", ns=(1, 1_000_000_000_900_000_000))
        os.utime(there / "f", ns=(1, 1_000_000_000_000_000_000))
        dry = lambda *options: self.client.run("sync", "-n", *options, here, self.host.url("/there")).stdout
        self.assertEqual(dry(), b"send f\n")
        self.assertEqual(dry("--modify-window", "1"), b"")
        self.assertEqual(dry("--modify-window", "0"), b"send f\n")
        self.client.run("sync", "--modify-window", "-1", here, self.host.url("/there"), expect=2)

    # Of whole seconds from 1901 to 2038, and of even ones from 1980 to 2107.
    FILE_SYSTEMS = (["mke2fs", "-q", "-t", "ext4", "-I", "128"], ["mkfs.vfat"])
    TIMES = {"fine": 1_000_000_001_500_000_000, "early": -2_524_608_000_700_000_000, "late": 4_418_064_000_500_000_000}

    def coarse_disk(self, make, disk):
        image = self.dir / f"{disk.name}.image"
        with open(image, "wb") as file:
            file.truncate(16 * MIB)
        for words in ([*make, image], ["mount", "-o", "loop", image, disk]):
            try:
                done = subprocess.run(words, capture_output=True, check=False)
            except FileNotFoundError:
                self.skipTest(f"no {words[0]}")
            if done.returncode != 0:
                self.skipTest(f"cannot {words[0]}")
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=True)

    def test_times_that_a_file_system_does_not_keep_are_said_once(self):
        for number, make in enumerate(self.FILE_SYSTEMS):
            here, there = self.dir / f"here{number}", self.host.share / f"there{number}"
            url = self.host.url(f"/there{number}")
            ways = ((self.host.share / f"s{number}", here, (self.host.url(f"/s{number}"), here)), (self.dir / f"s{number}", there, (self.dir / f"s{number}", url)))
            for source, disk, operands in ways:
                with self.subTest(make=make[0], disk=disk.name):
                    source.mkdir()
                    disk.mkdir()
                    self.coarse_disk(make, disk)
                    for name, when in self.TIMES.items():
                        (source / name).write_bytes(b"content")
                        os.utime(source / name, ns=(1, when))
                    sync = lambda *options: self.client.run("sync", *options, "--no-modes", *operands)
                    said = sync().stderr.decode()
                    self.assertEqual(sorted(re.findall(r"(\w+): is stored with .* nearest time", said)), ["early", "late"])
                    for again in (["-n"], ["-n", "--checksum"], []):
                        self.assertEqual(sync(*again).stderr, b"nothing to do\n")
                        self.assertEqual(sync(*again).stdout, b"")
                    for name, when in self.TIMES.items():
                        self.assertEqual((disk / name).stat().st_mtime_ns // 10**9 == when // 10**9, name == "fine" and make[0] == "mke2fs")
                    whole = self.client.result("get" if disk == here else "put", "-r", *operands)
                    self.assertEqual((whole["skipped"], whole["transferred"], whole["status"]), (3, 0, "ok"))
                    os.utime(source / "fine", ns=(1, self.TIMES["fine"] + 2_000_000_000))
                    self.assertEqual(sync("-n").stdout, b"send fine\n")


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
