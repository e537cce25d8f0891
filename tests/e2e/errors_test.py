"""What can go wrong on disks and in calls: the right exit code, words that say it, and nothing half-written in sight."""
import os
import pathlib
import socket
import subprocess
import unittest

from harness import BIN, PASSWORD, Case, add_user, make_file, partials, quota, same
from corrupting_proxy import CorruptingProxy

MIB = 1 << 20
ROOT = os.geteuid() == 0
NOBODY = 65534


def visible(directory):
    return sorted(name for name in os.listdir(directory) if not name.startswith(".dftp-part-"))


class Errors(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = self.cli(self.host)

    def fails(self, code, exit, *arguments, **more):
        """The run ends with this exit code, tells this error code, and says something to people."""
        result = self.client.result(*arguments, expect=exit, **more)
        self.assertEqual(result["status"], "failed", arguments)
        self.assertEqual(result["error"]["code"], code, arguments)
        self.assertTrue(result["error"]["message"], arguments)
        return result

    def small_disk(self, path, options="size=8m"):
        if not ROOT:
            self.skipTest("needs root to mount a small file system")
        path.mkdir(parents=True)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest(f"cannot mount: {mounted.stderr.decode().strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", path], check=True)
        return path

    def as_nobody(self):
        """Options that run the client without root's rights."""
        if not ROOT:
            return {}
        for path in (self.dir, self.client.home):
            os.chmod(path, 0o755)
        os.chown(self.client.home, NOBODY, NOBODY)
        return {"user": NOBODY, "group": NOBODY, "extra_groups": []}

    # ---- no room

    def test_disk_full_on_the_server(self):
        disk = self.small_disk(self.host.share / "small")
        source = make_file(self.dir / "source", 32 * MIB)
        for options in ((), ("--streams", "4")):
            self.fails("no_space", 8, "put", *options, source, self.host.url("/small/file"))
            self.assertEqual(visible(disk), [])
        self.fails("no_space", 8, "put", "-", self.host.url("/small/piped"), input=source.read_bytes())
        self.assertEqual(visible(disk), [])

    def test_disk_full_on_the_client(self):
        disk = self.small_disk(self.dir / "small")
        make_file(self.host.share / "file", 32 * MIB)
        for options in ((), ("--streams", "4")):
            self.fails("no_space", 8, "get", *options, self.host.url("/file"), disk / "file")
            self.assertEqual(visible(disk), [])

    def test_disk_full_does_not_harm_the_old_version(self):
        disk = self.small_disk(self.host.share / "small")
        old = make_file(self.dir / "old", 5 * MIB)
        self.client.run("put", old, self.host.url("/small/file"))
        self.fails("no_space", 8, "put", make_file(self.dir / "new", 6 * MIB, seed=2), self.host.url("/small/file"))
        self.assertTrue(same(old, disk / "file"))

    def test_room_made_the_same_command_goes_on(self):
        disk = self.small_disk(self.host.share / "small")
        source = make_file(self.dir / "source", 6 * MIB)
        (disk / "ballast").write_bytes(bytes(4 * MIB))
        self.fails("no_space", 8, "put", source, self.host.url("/small/file"))
        (disk / "ballast").unlink()
        self.client.run("put", source, self.host.url("/small/file"))
        self.assertTrue(same(source, disk / "file"))

    def test_disk_full_in_the_middle_of_a_tree(self):
        for number in range(40):
            make_file(self.dir / "tree" / f"{number:02}", MIB // 2, seed=number)
        disk = self.small_disk(self.host.share / "small")
        failed = self.client.run("put", "-r", self.dir / "tree", self.host.url("/small/tree"), expect=1)
        self.assertIn(b"o space left", failed.stderr)
        there = visible(disk / "tree")
        self.assertTrue(there)
        for name in there:
            self.assertTrue(same(self.dir / "tree" / name, disk / "tree" / name), name)

    def test_no_names_left_on_the_server(self):
        disk = self.small_disk(self.host.share / "small", "size=8m,nr_inodes=4")
        for number in range(8):
            make_file(self.dir / "tree" / str(number), 100)
        self.client.run("put", "-r", self.dir / "tree", self.host.url("/small/tree"), expect=1)
        self.fails("no_space", 8, "mkdir", self.host.url("/small/one-more"))
        self.assertLessEqual(len(visible(disk / "tree")), 2)

    def test_quota_used_up_on_the_server(self):
        source = make_file(self.dir / "source", 16 * MIB)
        old = make_file(self.host.share / "old", MIB)
        self.host.stop()
        self.host.env = quota(4 * MIB)
        self.host.start()
        self.fails("quota", 8, "put", source, self.host.url("/file"))
        self.fails("quota", 8, "put", make_file(self.dir / "new", 2 * MIB), self.host.url("/old"))
        self.assertEqual(visible(self.host.share), ["old"])
        self.assertEqual(old.stat().st_size, MIB)
        self.host.stop()
        self.host.env = {}
        self.host.start()
        self.assertGreater(self.client.result("put", source, self.host.url("/file"))["resumed"], 0)
        self.assertTrue(same(source, self.host.share / "file"))

    def test_quota_used_up_on_the_client(self):
        source = make_file(self.host.share / "file", 16 * MIB)
        self.client.env |= quota(4 * MIB)
        (self.dir / "got").mkdir()
        self.fails("quota", 8, "get", self.host.url("/file"), self.dir / "got/file")
        self.assertEqual(visible(self.dir / "got"), [])
        self.client.env.pop("LD_PRELOAD")
        self.assertGreater(self.client.result("get", self.host.url("/file"), self.dir / "got/file")["resumed"], 0)
        self.assertTrue(same(source, self.dir / "got/file"))

    # ---- not allowed

    def test_read_only_server(self):
        make_file(self.host.share / "there", 10)
        self.host.stop()
        self.host.options = ("--read-only",)
        self.host.start()
        self.check_read_only(self.host.url)

    def test_read_only_user(self):
        add_user(self.host.state, "reader", PASSWORD, "--read-only")
        make_file(self.host.share / "there", 10)
        self.check_read_only(lambda path: self.host.url(path, user="reader"))

    def check_read_only(self, url):
        source = make_file(self.dir / "source", 10)
        for arguments in (("put", source, url("/file")), ("put", source, url("/there")), ("mkdir", url("/d")), ("rm", url("/there")),
                          ("mv", url("/there"), url("/moved")), ("put", "-", url("/piped"))):
            self.fails("read_only", 7, *arguments)
        self.client.run("get", url("/there"), self.dir / "got")
        self.assertEqual(os.listdir(self.host.share), ["there"])

    def test_read_only_file_system(self):
        disk = self.small_disk(self.host.share / "small")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        self.fails("read_only", 7, "put", make_file(self.dir / "source", 10), self.host.url("/small/file"))
        self.fails("read_only", 7, "put", make_file(self.dir / "large", 3 * MIB), self.host.url("/small/file"))

    def test_local_directory_without_permission(self):
        make_file(self.host.share / "file", 10)
        locked = self.dir / "locked"
        locked.mkdir(mode=0o555)
        self.fails("denied", 7, "get", self.host.url("/file"), locked / "file", **self.as_nobody())
        self.assertEqual(os.listdir(locked), [])

    def test_local_source_without_permission(self):
        source = make_file(self.dir / "source", 10)
        source.chmod(0)
        self.fails("denied", 7, "put", source, self.host.url("/file"), **self.as_nobody())
        self.assertEqual(os.listdir(self.host.share), [])

    # ---- names and kinds

    def test_missing_parent(self):
        source = make_file(self.host.share / "file", 10)
        self.fails("not_found", 6, "put", source, self.host.url("/missing/file"))
        self.fails("not_found", 6, "get", self.host.url("/file"), self.dir / "missing" / "file")
        self.fails("not_found", 6, "mkdir", self.host.url("/missing/d"))
        self.assertEqual(os.listdir(self.host.share), ["file"])

    def test_missing_source(self):
        self.fails("not_found", 6, "put", self.dir / "missing", self.host.url("/file"))
        self.fails("not_found", 6, "get", self.host.url("/missing"), self.dir / "got")
        self.assertFalse((self.dir / "got").exists())
        self.assertEqual(os.listdir(self.host.share), [])

    def test_name_too_long(self):
        source = make_file(self.dir / "source", 10)
        make_file(self.host.share / "file", 10)
        too_long = self.client.run("put", source, self.host.url("/" + "n" * 256), expect=1)
        self.assertIn(b"a name over 255 bytes", too_long.stderr)
        self.fails("name_too_long", 1, "get", self.host.url("/file"), self.dir / ("n" * 256))
        # The longest name that there is fits, though the partial beside it has a name as well.
        self.client.run("put", source, self.host.url("/" + "n" * 255))
        self.client.run("get", self.host.url("/" + "n" * 255), self.dir / ("n" * 255))
        self.assertTrue(same(source, self.dir / ("n" * 255)))

    def test_directory_where_a_file_is_expected(self):
        (self.host.share / "directory").mkdir()
        self.fails("is_directory", 1, "get", self.host.url("/directory"), self.dir / "got")
        self.fails("is_directory", 1, "put", self.host.share / "directory", self.host.url("/other"))
        self.fails("is_directory", 1, "md5", self.host.url("/directory"))
        (self.host.share / "in" / "file").mkdir(parents=True)
        self.fails("is_directory", 1, "put", make_file(self.dir / "file", 10), self.host.url("/in/"))
        self.assertFalse((self.dir / "got").exists())

    def test_directory_where_a_pipe_is_the_target(self):
        (self.host.share / "dir").mkdir()
        for arguments in (["get", "-r", self.host.url("/dir"), "-"], ["get", self.host.url("/dir"), "-"], ["cat", self.host.url("/dir/")]):
            said = self.client.run(*arguments, expect=1).stderr
            self.assertIn(b"/dir: a directory cannot go to standard output", said)
        said = self.client.run("get", "-r", self.host.url("/dir"), "/dev/null", expect=1).stderr
        self.assertIn(b"/dir: a directory cannot go to /dev/null", said)

    def test_file_where_a_directory_is_expected(self):
        source = make_file(self.dir / "tree" / "x", 10).parent
        make_file(self.host.share / "file", 10)
        make_file(self.dir / "here", 10)
        self.fails("not_directory", 1, "put", "-r", source, self.host.url("/file"))
        self.fails("not_directory", 1, "put", source / "x", self.host.url("/file/x"))
        self.fails("not_directory", 1, "put", source / "x", self.host.url("/file/"))
        self.fails("not_directory", 1, "get", self.host.url("/file"), f"{self.dir / 'here'}/")
        self.fails("not_directory", 1, "ls", self.host.url("/file/x"))
        self.assertEqual((self.host.share / "file").stat().st_size, 10)

    def test_overwrite_never(self):
        old = make_file(self.host.share / "file", 10)
        here = make_file(self.dir / "here", 20)
        for size in (15, 3 * MIB):
            source = make_file(self.dir / "source", size)
            self.fails("exists", 11, "put", "--overwrite", "never", source, self.host.url("/file"))
            self.fails("exists", 11, "get", "--overwrite", "never", self.host.url("/file"), here)
        self.assertEqual((old.stat().st_size, here.stat().st_size), (10, 20))

    # ---- a source that changes meanwhile

    def check_changing_source(self, change):
        for direction in ("put", "get"):
            with self.subTest(direction):
                proxy = CorruptingProxy(self.host.port)
                self.addCleanup(proxy.close)
                proxy.stall_after(10 * MIB)
                url = self.host.url("/file").replace(f":{self.host.port}/", f":{proxy.port}/")
                source = make_file(self.dir / "source" if direction == "put" else self.host.share / "file", 32 * MIB)
                target = self.host.share / "file" if direction == "put" else self.dir / "got"
                client = self.client.start(direction, *((source, url) if direction == "put" else (url, target)))
                self.assertTrue(proxy.stalled.wait(20))
                change(source)
                proxy.stall_after(None)
                _, stderr = client.communicate(timeout=30)
                self.assertEqual(client.returncode, 10, stderr)
                self.assertIn(b"changed", stderr)
                self.assertFalse(target.exists())
                if direction == "put":
                    continue
                # What has come is good for the next attempt.
                self.client.run("get", self.host.url("/file"), target)
                self.assertTrue(same(source, target))

    def test_source_that_grows_while_it_is_sent(self):
        def grow(path):
            with open(path, "ab") as file:
                file.write(b"more")
        self.check_changing_source(grow)

    def test_source_that_shrinks_while_it_is_sent(self):
        self.check_changing_source(lambda path: os.truncate(path, 20 * MIB))

    def test_source_that_is_written_to_while_it_is_sent(self):
        def overwrite(path):
            with open(path, "r+b") as file:
                file.write(b"other bytes")
        self.check_changing_source(overwrite)

    # ---- trees, of which a part fails

    def test_unreadable_file_in_a_tree(self):
        tree = self.dir / "tree"
        for name in ("a", "b/c", "b/unreadable", "z"):
            make_file(tree / name, 1000)
        (tree / "b" / "unreadable").chmod(0)
        failed = self.client.run("put", "-r", tree, self.host.url("/tree"), expect=1, **self.as_nobody())
        self.assertIn(b"unreadable", failed.stderr)
        got = self.host.share / "tree"
        self.assertEqual(sorted(str(p.relative_to(got)) for p in got.rglob("*")), ["a", "b", "b/c", "z"])

    def test_unreadable_directory_in_a_tree(self):
        tree = self.dir / "tree"
        for name in ("a", "b/c", "locked/x", "z"):
            make_file(tree / name, 1000)
        (tree / "locked").chmod(0)
        failed = self.client.run("put", "-r", tree, self.host.url("/tree"), expect=1, timeout=30, **self.as_nobody())
        self.assertIn(b"locked", failed.stderr)
        got = self.host.share / "tree"
        self.assertEqual(sorted(str(p.relative_to(got)) for p in got.rglob("*")), ["a", "b", "b/c", "z"])

    def test_several_errors_in_a_tree(self):
        tree = self.host.share / "tree"
        for name in ("a", "directory-here", "file-here/x", "z"):
            make_file(tree / name, 1000)
        os.mkfifo(tree / "fifo")
        here = self.dir / "got"
        (here / "directory-here").mkdir(parents=True)
        (here / "file-here").write_bytes(b"in the way")
        lines = self.client.run("--json", "get", "-r", self.host.url("/tree"), here, expect=1).stdout.decode()
        for name in ("directory-here", "file-here", "fifo"):
            self.assertIn(name, lines)
        self.assertTrue(same(tree / "a", here / "a"))
        self.assertTrue(same(tree / "z", here / "z"))
        self.assertEqual((here / "file-here").read_bytes(), b"in the way")
        self.assertEqual(partials(here), [])

    def test_one_of_several_sources_is_missing(self):
        make_file(self.host.share / "one", 10)
        into = self.dir / "into"
        into.mkdir()
        self.client.run("get", self.host.url("/one"), self.host.url("/missing"), into, expect=1)
        self.assertEqual(os.listdir(into), ["one"])

    def test_no_summary_of_nothing(self):
        source = make_file(self.dir / "source", 10)
        missing = [self.dir / "missing", self.dir / "neither"]
        for sources, words in ((missing[:1], False), (missing, False), ([source, *missing], True)):
            said = self.client.run("put", *sources, self.host.url("/"), expect=1 if len(sources) > 1 else 6).stderr
            self.assertEqual(b" in 0." in said, words, said)
        said = self.client.run(self.host.url("/"), input=f"put {missing[0]} {missing[1]} /\n".encode(), expect=1).stderr
        self.assertNotIn(b"0 files", said)

    # ---- no server

    def test_server_not_up(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        source = make_file(self.dir / "source", 10)
        for verb in (("put", source, f"dftp://anna@127.0.0.1:{port}/x"), ("ls", f"dftp://anna@127.0.0.1:{port}/")):
            failed = self.client.run("--retries", "1", *verb, expect=3)
            self.assertIn(f"127.0.0.1:{port}", failed.stderr.decode())
            self.assertIn(b"is the server up? Trying again in ", failed.stderr)
            self.assertIn(b"(1 of 1)", failed.stderr)
            self.assertNotIn(b"0 files", failed.stderr)

    def test_what_was_tried_what_happened_and_what_to_do(self):
        """A row: a wrong call of one of the programs, and what its words must hold."""
        (self.dir / "junk").write_text("junk\n")
        (self.dir / "empty").mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-keyout", "k.pem", "-out", "c.pem", "-passout", "pass:secret", "-days", "2",
                        "-subj", "/CN=localhost"], cwd=self.dir, check=True, capture_output=True)
        nothing = "dftp://127.0.0.1:1/"
        state = ["--state", self.dir / "other"]
        rows = [
            (["dftp-cli", "ls", "x"], "x: is not a URL: it must begin with dftp://"),
            (["dftp-cli", "ls", "ann:secret@host"], "a password does not belong in a URL"),
            (["dftp-cli", "--password-file", "nope", "ls", nothing], "nope: cannot read the password: No such file"),
            (["dftp-cli", "--key", "nope", "ls", nothing], "nope: cannot read the key: No such file"),
            (["dftp-cli", "--log", "no/log", "ls", nothing], "cannot write the log: No such file"),
            (["dftp-cli", "-f", "nope", nothing], "nope: cannot read the script: No such file"),
            (["dftp-cli", "verify", "junk"], "junk: is no receipt; put --receipt FILE writes one"),
            (["dftp-cli", "verify", "nope"], "nope: cannot read the receipt: No such file"),
            (["dftp-cli", "sync", "--exclude-from", "nope", "empty", self.host.url("/e")], "nope: cannot read the patterns: No such file"),
            (["dftp-cli", "mv", "dftp://a/x", "dftp://b/y"], "dftp://b/y: is on another server or of another user; cp copies there"),
            (["dftp-cli", "ls", nothing], "127.0.0.1:1: nothing listens there; is the server up?"),
            (["dftp-server", "nope"], "nope: cannot share it: No such file"),
            (["dftp-server", "junk"], "junk: is not a directory; name one to share"),
            (["dftp-server", "--config", "nope"], "nope: cannot read the configuration: No such file"),
            (["dftp-server", "empty", *state, "--log-file", "no/log"], "cannot write the log: No such file"),
            (["dftp-server", "empty", *state, "--certificate", "c.pem", "--key", "k.pem"], "k.pem: cannot read the key: it is encrypted"),
            (["dftp-server", "empty", *state, "--certificate", "c.pem", "--key", "k.pem"], "it is encrypted; openssl pkey -in OLD -out NEW"),
            (["dftp-server", "empty", *state, "--listen", f"127.0.0.1:{self.host.port}"], "something else listens there already; give another port"),
            (["dftp-server", "empty", *state, "--listen", "192.0.2.1:2121"], "192.0.2.1:2121: this machine has no such address"),
            (["dftp-server", "user", "passwd", "eve", *state], "eve: there is no such user; dftp-server user list shows them"),
            (["dftp-server", "user", "add", "eve", *state, "--password-file", "nope"], "nope: cannot read the password: No such file"),
            (["dftp-server", "user", "add", "eve", *state, "--key", "nope"], "nope: cannot read the keys: No such file"),
            (["dftp-server", "user", "list", "--state", "nope"], "nope: holds no users; user add makes it, or is another one meant?"),
            (["dftp-server", "user", "remove", "eve", "--state", "nope"], "nope: holds no users"),
            (["dftp-server", "sessions", *state], "no server of this share runs here; name the share"),
            (["dftp-mount", "dftp://h/", "nope"], "nope: cannot mount on it: No such file"),
            (["dftp-mount", "dftp://h/", "junk"], "junk: is no directory; name one to mount on"),
        ]
        for words, expected in rows:
            if nothing in words:
                words = [*words, "--retries", "0"]
            done = subprocess.run([BIN / words[0], *map(str, words[1:])], cwd=self.dir, env=self.client.env, stdin=subprocess.DEVNULL, capture_output=True,
                                  text=True, timeout=30, start_new_session=True)
            self.assertNotEqual(done.returncode, 0, words)
            self.assertIn(expected, done.stderr, words)
            self.assertNotIn("secret", done.stderr, words)

    def test_usage(self):
        for arguments in (("get",), ("put", "only-one"), ("get", "/no/url", "x"), ("put", "--streams", "0", "a", self.host.url("/a")),
                          ("get", "--overwrite", "sometimes", self.host.url("/a"), "x"), ("frobnicate", self.host.url())):
            self.assertTrue(self.client.run(*arguments, expect=2).stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
