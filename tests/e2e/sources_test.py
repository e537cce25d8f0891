"""What put reads and get finds the same: pipes, files of /proc, versions, names of backups."""
import json
import os
import re
import socket
import subprocess
import unittest

from harness import BIN, Case, make_file

SOME, USAGE, CHANGED, EXISTS = 1, 2, 10, 11
MIB = 1024 * 1024


class Sources(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = self.cli(self.host)

    def there(self, name):
        return (self.host.share / name).read_bytes()

    def test_standard_input_by_any_name(self):
        os.symlink("/dev/stdin", self.dir / "link")
        for number, name in enumerate(("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", self.dir / "link")):
            self.client.run("put", name, self.host.url(f"/{number}"), input=b"hello %d" % number)
            self.assertEqual(self.there(str(number)), b"hello %d" % number)
        for name in ("/dev/stdin", "-"):
            self.client.run("put", name, self.host.url("/"), input=b"x", expect=USAGE)
            self.client.run("put", name, self.dir / "link", self.host.url("/"), input=b"x", expect=USAGE)
            self.client.run(self.host.url(), input=f"put {name} x\n".encode(), expect=None)
            self.assertFalse((self.host.share / "x").exists())

    def test_the_output_of_a_command(self):
        words = [str(BIN / "dftp-cli"), *self.client.options, "put"]
        script = " ".join(f"'{word}'" for word in words) + f" <(printf 'one\\ntwo') '{self.host.url('/out')}'"
        subprocess.run(["bash", "-c", script], env=self.client.env, check=True, timeout=60)
        self.assertEqual(self.there("out"), b"one\ntwo")

    def test_a_descriptor_that_is_not_open(self):
        self.client.run("put", "/dev/fd/77", self.host.url("/x"), expect=6)
        self.client.run("put", "/dev/fd/5", self.host.url("/x"), expect=6)

    def test_a_fifo_that_is_named(self):
        fifo = self.dir / "fifo"
        os.mkfifo(fifo)
        data = os.urandom(3 * MIB + 1)
        for target in ("/fifo2", "/"):
            client = self.client.start("put", fifo, self.host.url(target))
            with open(fifo, "wb") as writer:
                writer.write(data)
            _, errors = client.communicate(timeout=60)
            self.assertEqual(client.returncode, 0, errors)
        self.assertEqual((self.there("fifo2"), self.there("fifo")), (data, data))

    def test_what_has_content_and_says_that_it_is_empty(self):
        self.client.run("put", "/proc/version", self.host.url("/"))
        self.assertEqual(self.there("version"), open("/proc/version", "rb").read())
        (self.dir / "empty").touch()
        self.client.run("put", self.dir / "empty", self.host.url("/"))
        self.assertEqual(self.there("empty"), b"")
        told = self.client.run("put", "/proc/version", "/proc/sys/kernel/ostype", self.host.url("/"), expect=None)
        self.assertNotEqual(told.returncode, 0)
        if os.path.isdir("/proc/sys/kernel/random"):
            told = self.client.run("put", "-r", "/proc/sys/kernel/random", self.host.url("/random"), expect=SOME)
            self.assertIn(b"boot_id: says that it is empty", told.stderr)

    def test_a_version_holds_also_when_nothing_would_be_sent(self):
        (self.host.share / "f").write_bytes(b"content")
        self.client.run("get", self.host.url("/f"), self.dir / "f")
        version = self.client.result("stat", self.host.url("/f"))["entries"][0]["version"]
        self.assertIn(version.encode(), self.client.run("stat", self.host.url("/f")).stdout)
        for wrong in ("999", "none"):
            self.client.run("get", "--if-version", wrong, self.host.url("/f"), self.dir / "f", expect=CHANGED)
            self.client.run("get", "--if-version", wrong, self.host.url("/f"), "-", expect=CHANGED)
            self.client.run("put", "--if-version", wrong, self.dir / "f", self.host.url("/f"), expect=CHANGED)
        self.client.run("get", "--if-version", version, self.host.url("/f"), self.dir / "f")
        self.client.run("put", "--if-version", version, self.dir / "f", self.host.url("/f"))

    def test_a_backup_whose_name_is_too_long_is_refused_first(self):
        source = make_file(self.dir / "source", 2 * MIB)
        for length, suffix in ((255, ()), (250, ("--suffix", ".before"))):
            name = "n" * length
            (self.host.share / name).write_bytes(b"old")
            (self.dir / name).write_bytes(b"old")
            for words in (("put", "--backup", *suffix, source, self.host.url("/" + name)),
                          ("get", "--backup", *suffix, self.host.url("/" + name), self.dir / name)):
                (self.host.share / name).write_bytes(b"old, and another" if words[0] == "get" else b"old")
                result = self.client.result(*words, expect=None)
                self.assertEqual((result["error"]["code"], result["transferred"]), ("name_too_long", 0))
            self.assertEqual((self.there(name), (self.dir / name).read_bytes()), (b"old, and another", b"old"))
            fresh = "m" * length
            self.client.run("put", "--backup", source, self.host.url("/" + fresh))


class SpecialFiles(Case):
    """FIFOs, sockets and devices of a tree are left out, and that is said; it is no failure."""

    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = self.cli(self.host)
        self.here, self.there = self.dir / "here", self.host.share / "there"
        for top in (self.here, self.there):
            (top / "sub").mkdir(parents=True)
            (top / "sub/file").write_bytes(b"content")
            os.utime(top / "sub/file", (1_000_000_000, 1_000_000_000))
            os.mkfifo(top / "sub/fifo")
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(top / "socket"))

    def calls(self):
        url = self.host.url
        return {"put": ("put", "-r", self.here, url("/put")), "get": ("get", "-r", url("/there"), self.dir / "get"),
                "cp": ("cp", "-r", url("/there"), url("/cp")), "sync there": ("sync", self.here, url("/sync")),
                "sync here": ("sync", url("/there"), self.dir / "sync")}

    def test_each_verb_says_what_it_leaves_out(self):
        for name, call in self.calls().items():
            with self.subTest(name):
                said = self.client.run(*call).stderr.decode()
                self.assertEqual(sorted(re.findall(r"skipped: .*/(\w+): ", said)), ["fifo", "socket"])
                self.assertIn("2 special files skipped", said)
                for _ in range(2):
                    lines = [json.loads(line) for line in self.client.run("--json", *call).stdout.splitlines()]
                    noted = [line["error"]["code"] for line in lines if line["event"] == "noted"]
                    self.assertEqual(noted, ["special_file"] * 2)
                    result = lines[-1]
                    self.assertEqual((result["status"], (result | (result.get("entries") or [{}])[0])["special"]), ("ok", 2))
                self.assertEqual(self.client.run("-q", *call).stderr, b"")
        for copy in (self.host.share / "put", self.dir / "get", self.host.share / "cp", self.host.share / "sync", self.dir / "sync"):
            self.assertEqual({path.name for path in copy.rglob("*")} - {"there"}, {"file", "sub"})

    def test_one_that_is_the_only_source_is_a_failure(self):
        for call in (("get", self.host.url("/there/sub/fifo"), self.dir / "x"), ("cp", self.host.url("/there/sub/fifo"), self.host.url("/x"))):
            self.client.run(*call, expect=1)

    def test_what_has_the_name_at_the_destination_stays(self):
        os.unlink(self.there / "sub/fifo")
        os.unlink(self.there / "socket")
        (self.there / "sub/fifo").mkdir()
        for name in ("sub/fifo/precious", "socket", "old"):
            (self.there / name).write_bytes(b"precious")
        planned = self.client.run("sync", "-n", "--delete", self.here, self.host.url("/there")).stdout
        self.assertEqual(planned, b"remove_file old\n")
        self.client.run("sync", "--delete", self.here, self.host.url("/there"))
        self.assertEqual((self.there / "socket").read_bytes(), b"precious")
        self.assertTrue((self.there / "sub/fifo/precious").exists())
        self.assertFalse((self.there / "old").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
