"""What put reads and get finds the same: pipes, files of /proc, versions, names of backups."""
import os
import subprocess
import unittest

from house import BIN, Case, make_file

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


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
