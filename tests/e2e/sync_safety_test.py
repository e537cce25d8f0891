"""What sync and diff must never do: take away what is to stay, promise what they do not do, end at the first failure."""
import json
import os
import shutil
import unittest

from harness import Case
from plain_harness import PlainCase

SOME, USAGE, TROUBLE, DENIED = 1, 2, 2, 7
# Bytes below and above the '/', which separate a directory from its siblings in sorted names.
BESIDE = ("a b", "a!", "a#", "a-", "a.b", "a0", "ab")


def names(top):
    return sorted(str(path.relative_to(top)) for path in top.rglob("*"))


class Beneath(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = self.cli(self.host)
        self.here, self.there = self.dir / "here", self.host.share / "there"
        self.ways = ((self.here, self.there, (self.here, self.host.url("/there"))),
                     (self.there, self.here, (self.host.url("/there"), self.here)))
        for top in (self.here, self.there):
            top.mkdir()

    def write(self, path, content=b"content"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def test_a_directory_with_what_is_left_out_is_not_replaced_by_half(self):
        for source, destination, operands in self.ways:
            for beside in BESIDE:
                with self.subTest(beside=beside, source=source.name):
                    self.client.run("rm", "-r", self.host.url("/there"))
                    self.there.mkdir()
                    for name in names(self.here):
                        (self.here / name).is_file() and (self.here / name).unlink()
                    self.write(source / "x" / "a")
                    for name in ("a/c/cache/x", f"{beside}/cache/y", "a/c/old", "a/top"):
                        self.write(destination / "x" / name)
                    before = names(destination)
                    done = self.client.run("sync", "--delete", "--exclude", "cache/", *operands, expect=SOME)
                    self.assertIn(b"x/a", done.stderr)
                    self.assertEqual(names(destination), before)
                    for top in (self.here, self.there):
                        for name in reversed(names(top)):
                            (top / name).unlink() if (top / name).is_file() else (top / name).rmdir()

    def test_a_directory_is_replaced_and_its_siblings_stay(self):
        for source, destination, operands in self.ways:
            self.write(source / "a")
            for beside in BESIDE:
                self.write(source / beside / "stays")
                self.write(destination / beside / "stays")
            for name in ("a/b/c", "a/d", "a/b !"):
                self.write(destination / name)
            self.client.run("sync", "--delete", *operands)
            self.assertEqual(names(destination), names(source))
            for top in (self.here, self.there):
                (top / "a").unlink()

    def test_diff_tells_a_directory_without_what_is_in_it(self):
        for side, word in ((self.here, "only here"), (self.there, "only there")):
            self.write(side / "a/b/c")
            for beside in BESIDE:
                self.write(side / beside)
            told = self.client.run("diff", "-r", self.here, self.host.url("/there"), expect=1).stdout.decode().splitlines()
            self.assertEqual(sorted(told), sorted(f"{word}: {name}" for name in ("a", *BESIDE)))
            for name in ("a", *BESIDE):
                shutil.rmtree(side / name) if name == "a" else (side / name).unlink()


class Patterns(Beneath):
    def test_files_of_patterns_are_texts(self):
        self.write(self.here / "a")
        self.write(self.there / "precious.db")
        self.write(self.there / "kept/f")
        patterns = self.dir / "patterns"
        for text in (b"\xef\xbb\xbfprecious.db\nkept/\n", b"precious.db\r\nkept/\r\n", b"\xef\xbb\xbfprecious.db\r\nkept/ \t",
                     b"precious.db  \nkept/\n"):
            patterns.write_bytes(text)
            self.client.run("sync", "--delete", "--exclude-from", patterns, self.here, self.host.url("/there"))
            self.assertEqual(names(self.there), ["a", "kept", "kept/f", "precious.db"], text)
        for text in ("precious.db\nkept/\n".encode("utf-16"), b"precious.db\nke\0pt/\n"):
            patterns.write_bytes(text)
            said = self.client.run("sync", "--delete", "--exclude-from", patterns, self.here, self.host.url("/there"), expect=USAGE)
            self.assertIn(b"patterns", said.stderr)
            self.assertEqual(names(self.there), ["a", "kept", "kept/f", "precious.db"], text)

    def test_sets_hold_characters_for_all_verbs(self):
        for name in ("fä", "fö", "fü", "f1"):
            self.write(self.here / name)
            self.write(self.host.share / name)
        found = lambda pattern: sorted(self.client.run("find", "--name", pattern, self.host.url("/")).stdout.decode().split())
        self.assertEqual(found("f[ä]"), ["/fä"])
        self.assertEqual(found("f[!ä]"), ["/f1", "/fö", "/fü"])
        self.assertEqual(found("f[[:alpha:]]"), ["/fä", "/fö", "/fü"])
        self.client.run("sync", "--exclude", "f[ä[:digit:]]", self.here, self.host.url("/there"))
        self.assertEqual(names(self.there), ["fö", "fü"])
        listed = self.client.run("-c", "ls f[!ä1]", self.host.url("/")).stdout.decode().split()
        self.assertEqual({name.rstrip(":") for name in listed}, {"fö", "fü"})


class Unreadable(PlainCase):
    def locked(self, path):
        self.write(path / "f")
        path.chmod(0)
        return path

    def planned(self, *arguments, **more):
        done = self.run_plain("--json", "sync", *arguments, **more)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return [(line["action"], line["path"]) for line in lines if line["event"] == "planned"]

    def test_a_dry_run_tells_what_the_run_does(self):
        for source, destination, operands in ((self.here / "s", self.share / "t", ("s", self.host.url("/t"))),
                                              (self.share / "s", self.here / "t", (self.host.url("/s"), "t"))):
            self.write(source / "a/f")
            self.write(destination / "old")
            self.write(destination / "no/theirs")
            self.locked(source / "no")
            dry = self.run_plain("sync", "-n", "--delete", *operands, expect=SOME)
            self.assertEqual([line for line in dry.stdout.splitlines() if b"remove" in line], [b"remove_file old"])
            self.assertEqual(dry.stderr.count(b"s/no: "), 1)
            said = self.planned("-n", "--delete", *operands, expect=SOME)
            done = self.run_plain("--json", "sync", "--delete", *operands, expect=SOME)
            lines = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual([(line["action"], line["path"]) for line in lines if line["event"] == "planned"], said)
            self.assertEqual([line["error"]["where"] for line in lines if line["event"] == "failed"],
                             [str(self.here / "s/no") if source.is_relative_to(self.here) else "/s/no"])
            self.assertEqual(names(destination), ["a", "a/f", "no", "no/theirs"])

    def test_nothing_is_removed_when_the_top_cannot_be_read(self):
        for source, destination, operands in ((self.here / "s", self.share / "t", ("s", self.host.url("/t"))),
                                              (self.share / "s", self.here / "t", (self.host.url("/s"), "t"))):
            self.write(destination / "old")
            self.locked(source)
            for options in (["-n"], []):
                self.run_plain("sync", *options, "--delete", *operands, expect=DENIED)
                self.assertEqual(names(destination), ["old"])

    def test_what_was_moved_and_cannot_be_read_is_not_lost(self):
        self.write(self.here / "s/moved/f", b"precious").chmod(0)
        self.write(self.share / "t/f", b"precious")
        self.write(self.share / "t/other", b"else")
        for path in (self.here / "s/moved/f", self.share / "t/f"):
            os.utime(path, (1_000_000_000, 1_000_000_000))
        done = self.run_plain("sync", "--delete", "s", self.host.url("/t"), expect=SOME)
        self.assertIn(b"1 thing was not removed", done.stderr)
        self.assertEqual(names(self.share / "t"), ["f", "moved"])
        (self.here / "s/moved/f").chmod(0o644)
        self.run_plain("sync", "--delete", "s", self.host.url("/t"))
        self.assertEqual(names(self.share / "t"), ["moved", "moved/f"])

    def test_a_directory_that_cannot_be_read_there_is_not_replaced(self):
        self.write(self.here / "s/a")
        self.write(self.share / "t/a/c")
        self.locked(self.share / "t/a/b")
        self.run_plain("sync", "--delete", "s", self.host.url("/t"), expect=SOME)
        self.assertEqual(names(self.share / "t"), ["a", "a/b", "a/b/f", "a/c"])

    def test_diff_goes_on_behind_what_cannot_be_read(self):
        for top in (self.here / "d", self.share / "t"):
            self.write(top / "yes/g", top.name.encode())
            self.write(top / "no/f")
        for locked in (self.here / "d/no", self.share / "t/no"):
            locked.chmod(0)
            done = self.run_plain("diff", "-r", "d", self.host.url("/t"), expect=TROUBLE)
            self.assertEqual(done.stdout.decode().splitlines(), ["differs: yes/g"])
            self.assertIn(b"/no", done.stderr)
            locked.chmod(0o755)

    def test_names_that_no_path_can_hold_are_named_and_the_rest_goes(self):
        top = self.here / "nl"
        top.mkdir()
        back = os.getcwd()
        os.chdir(top)
        try:
            for _ in range(19):
                os.mkdir("y" * 200)
                os.chdir("y" * 200)
            os.mkdir("z" * 150)
            os.chdir("z" * 150)
            for i in range(5):
                open(f"s{i}", "w").close()
                open(f"L{i}" + "L" * 240, "w").close()
        finally:
            os.chdir(back)
        for verb in (["sync"],):
            done = self.client.run(*verb, top, self.host.url("/" + verb[0]), expect=SOME)
            arrived = sum(len(files) for _, _, files, _ in os.fwalk(self.share / verb[0]))
            self.assertEqual(arrived, 5, verb)
            for i in range(5):
                self.assertIn(f"L{i}LLL".encode(), done.stderr, verb)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
