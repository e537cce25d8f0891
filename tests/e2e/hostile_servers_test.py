"""Servers that mean harm: no client writes outside its target, nor is it kept busy for ever."""
import os
import subprocess
import unittest

from hostile_server import Announced, HostileServer, directory, end, file, link
from harness import Case, Cli


class HostileServers(Case):
    """The client against a server that wants to write where it must not, or to keep it busy for ever."""

    def fetch(self, blocks, *options, expect=None, sources=("tree",), recursive=True, target="target", **server):
        """Runs `get`; the client must end in time, with an error, and leave everything but its target alone."""
        hostile = HostileServer(self.dir, blocks, **server)
        self.addCleanup(hostile.close)
        work = self.dir / "work"
        (work / "target").mkdir(parents=True, exist_ok=True)
        home = self.dir / "home"
        client = Cli(home)
        client.options = ["--fingerprint", hostile.fingerprint, "--retries", "1"]
        before = self.everything()
        urls = [f"dftp://anna@127.0.0.1:{hostile.port}/{source}" for source in sources]
        process = client.start(*options, "get", *(["-r"] if recursive else []), *urls, work / target, cwd=work)
        try:
            stdout, stderr = process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"the client hangs: {process.communicate()}") from None
        self.assertEqual(self.everything(), before, stderr)
        self.assertNotIn(b"Sanitizer", stderr)
        self.assertIn(process.returncode, range(1, 12) if expect is None else expect, stderr)
        self.assertTrue(stderr)
        return stderr.decode(errors="replace")

    def everything(self):
        """What there is outside the target."""
        top, target = self.dir / "work", self.dir / "work" / "target"
        known = [self.dir / "home"]
        beside = [str(p) for p in self.dir.iterdir() if p not in known and p.suffix != ".pem"]
        return sorted(beside + [str(p) for p in top.rglob("*") if p != target and target not in p.parents])

    def arrived(self):
        return sorted(str(p.relative_to(self.dir / "work" / "target")) for p in (self.dir / "work" / "target").rglob("*"))

    def test_an_honest_one_is_served(self):
        self.fetch([directory("/"), file("good"), link("l", "good"), end("/")], expect=[0])
        self.assertEqual(self.arrived(), ["good", "l"])

    def test_names_that_lead_out(self):
        for path in ("../evil", "/../evil", "a/../../evil", "..", ".", "a\0b", {"b64": "Li4vZXZpbA=="}, "n" * 256, "d//evil",
                     "/".join(["d"] * 300), ".dftp-part-evil", str(self.dir / "evil")):
            for kind in (file, directory):
                with self.subTest(path=path, kind=kind.__name__):
                    self.fetch([directory("/"), kind(path), end("/")])
            with self.subTest(path=path, kind="link"):
                self.fetch([directory("/"), link(path, "x"), end("/")])

    def test_an_absolute_name_stays_in_the_target(self):
        self.fetch([directory("/"), file("/abs"), end("/")], expect=range(0, 12))
        self.assertIn(self.arrived(), ([], ["abs"]))

    def test_a_link_and_then_something_beneath_it(self):
        for to in ("../..", "..", "/", str(self.dir), str(self.dir / "work")):
            for beneath in (file("x/evil"), directory("x/evil"), link("x/evil", "y")):
                with self.subTest(to):
                    self.fetch([directory("/"), link("x", to), beneath, end("/")])
                    self.assertFalse((self.dir / "evil").exists())
                    (self.dir / "work" / "target" / "x").unlink(missing_ok=True)

    def test_a_link_and_then_a_directory_of_the_same_name(self):
        self.fetch([directory("/"), link("x", "../.."), directory("x"), file("x/evil"), end("x"), end("/")])

    def test_a_link_and_then_a_file_of_the_same_name(self):
        os.makedirs(self.dir / "work" / "target")
        (self.dir / "work" / "victim").write_bytes(b"untouched")
        self.fetch([directory("/"), link("x", "../victim"), file("x"), end("/")], expect=range(0, 12))
        self.assertEqual((self.dir / "work" / "victim").read_bytes(), b"untouched")

    def test_what_was_not_asked_for(self):
        (self.dir / "work").mkdir()
        (self.dir / "work" / "victim").write_bytes(b"untouched")
        sent = {"a link": [link("/", "../victim")], "a directory": [directory("/"), file("f"), end("/")],
                "something beneath": [file("f")], "the same file twice": [file("/"), file("/", b"again")]}
        for what, blocks in sent.items():
            with self.subTest(what):
                self.fetch(blocks, recursive=False, target="target/x")
                if what != "the same file twice":
                    self.assertEqual(self.arrived(), [])
        self.fetch([link("/", "../victim")], target="target/x")
        self.assertNotIn("x", [name for name in self.arrived() if (self.dir / "work/target" / name).is_symlink()])
        self.assertEqual((self.dir / "work" / "victim").read_bytes(), b"untouched")

    def test_set_id_bits_do_not_arrive(self):
        self.fetch([directory("/"), Announced("directory", "d", mode=0o7777), file("f", mode=0o6755),
                    Announced("end", "d", mode=0o7777), end("/")], expect=[0])
        umask = os.umask(0)
        os.umask(umask)
        self.assertEqual((self.dir / "work/target/d").stat().st_mode & 0o7777, 0o777 & ~umask)
        self.assertEqual((self.dir / "work/target/f").stat().st_mode & 0o7777, 0o755 & ~umask)

    def test_a_link_of_an_earlier_call_and_then_a_file_of_its_name(self):
        (self.dir / "home").mkdir()
        (self.dir / "home" / "victim").write_bytes(b"untouched")
        self.fetch([directory("/"), link("x", "../../home/victim"), end("/")], expect=[0])
        hostile = HostileServer(self.dir, [file("/")])
        self.addCleanup(hostile.close)
        client = Cli(self.dir / "home")
        client.run("--fingerprint", hostile.fingerprint, "get", f"dftp://anna@127.0.0.1:{hostile.port}/x", self.dir / "work/target/x")
        self.assertEqual((self.dir / "home" / "victim").read_bytes(), b"untouched")
        self.assertEqual((self.dir / "work/target/x").read_bytes(), b"evil")

    def test_impossible_sizes(self):
        for size in (-1, 1 << 63, (1 << 63) - 1, 1 << 62, 10**30, "many", 1.5):
            with self.subTest(size):
                self.fetch([directory("/"), file("huge", size=size, eager=False), end("/")])
                self.assertEqual([n for n in self.arrived() if not n.startswith(".dftp-part-")], [])

    def test_more_and_less_than_was_announced(self):
        for announced, content in ((4, b"much more"), (400, b"less"), (0, b"something"), (70000, b"x" * 65536)):
            with self.subTest(announced=announced):
                self.fetch([directory("/"), file("f", content, size=announced), end("/")])
                self.assertNotIn("f", self.arrived())

    def test_wrong_counts(self):
        for listed in (0, 1, 4, 1 << 40):
            with self.subTest(listed):
                self.fetch([directory("/"), file("f"), end("/")], listed=listed)

    def test_a_server_that_is_silent_about_a_source(self):
        for said in ([], [end("/")]):
            self.assertIn("/tree: the server did not send it", self.fetch(said, expect=[3]))
        self.assertIn("not asked for", self.fetch([file("beneath")], expect=[3]))
        self.assertIn("/y: the server did not send it", self.fetch([file("/", source=0)], sources=("x", "y"), expect=[3]))
        self.assertEqual(self.arrived(), ["x"])
        self.fetch([file("/", source=0), file("/", source=1)], sources=("x", "y"), expect=[0])

    def test_a_digest_that_never_fits(self):
        self.assertIn("damaged", self.fetch([directory("/"), file("f", b"content", damage=True), end("/")]))
        self.assertNotIn("f", self.arrived())

    def test_blocks_that_no_conforming_server_sends(self):
        for raw in (b"\xff" * 24, b"\0" * 24, b"\x7f\xff\xff\xff\x02" + bytes(19), b"\0\0\0\x02\x01\0\0\0" + bytes(7) + b"\1" + bytes(8) + b"{}",
                    b"\0\0\0\x08\x07\0\0\0" + bytes(7) + b"\1" + bytes(16), os.urandom(4096)):
            with self.subTest(raw[:8]):
                self.fetch([raw])

    def test_a_source_that_nobody_asked_for(self):
        self.fetch([file("/", source=7)])

    def test_a_flood_of_announcements(self):
        self.fetch([directory("/"), *(file(f"f{n}", size=5, eager=False, body=False) for n in range(20000)), end("/")])

    def test_a_directory_without_its_end(self):
        self.fetch([directory("/"), directory("d"), file("d/f"), end("/")])

    def test_an_end_without_its_directory(self):
        self.fetch([end("/"), end("never-there")], expect=range(0, 12))

    def test_a_single_file_stays_a_single_file(self):
        self.fetch([file("beneath/evil")], expect=range(0, 12))

    def test_replies_that_make_no_sense(self):
        for reply in ({"tickets": []}, {"tickets": ["short"]}, {"tickets": ["0" * 64], "present": [1]},
                      {"tickets": ["0" * 64] * 10000}, {"tickets": "none"}, [], None, "text"):
            with self.subTest(str(reply)[:40]):
                self.fetch([file("/")], reply=reply)

    def test_a_server_that_proves_nothing(self):
        self.fetch([file("/")], proof=bytes(32))

    def test_a_server_that_closes_in_the_middle(self):
        self.fetch([directory("/")], listed=None, expect=[3])


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
