"""Everyday transfers with the real programs."""
import hashlib
import json
import os
import stat
import subprocess
import sys
import time
import unittest

from harness import BIN, Case, make_file, partials, same, wait_for
from corrupting_proxy import CorruptingProxy

MIB = 1 << 20


class Everyday(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server("--allow-plain-data")
        self.client = self.cli(self.host)

    def test_round_trip_of_sizes_on_every_edge(self):
        for size in (0, 1, 65535, 65536, 65537, MIB - 1, MIB, MIB + 1, 9_999_999):
            with self.subTest(size=size):
                source = make_file(self.dir / "source", size, seed=size)
                up = self.client.result("put", source, self.host.url("/file"))
                self.assertEqual((up["status"], up["files"], up["bytes"], up["transferred"]), ("ok", 1, size, size))
                self.assertTrue(same(source, self.host.share / "file"))
                down = self.client.result("get", self.host.url("/file"), self.dir / f"back{size}")
                self.assertEqual((down["status"], down["transferred"]), ("ok", size))
                self.assertTrue(same(source, self.dir / f"back{size}"))
                (self.host.share / "file").unlink()

    def test_plain_data_and_many_streams(self):
        source = make_file(self.dir / "source", 40 * MIB)
        for options in (["--plain-data"], ["--streams", 4], ["--plain-data", "--streams", 4]):
            self.client.run(*options, "put", source, self.host.url("/up"))
            self.client.run(*options, "get", self.host.url("/up"), self.dir / "down")
            self.assertTrue(same(source, self.dir / "down"))
            (self.host.share / "up").unlink()
            (self.dir / "down").unlink()

    def test_tree_with_links_modes_times_sparse_files_and_odd_names(self):
        tree = self.dir / "tree"
        for name in ("射频仿真.pptx", "天线15.doc", "new\nline", "two  spaces", "-dash", "a/b/c/deep", "quote'\"", "%41"):
            make_file(tree / name, 1000, seed=len(name))
        os.makedirs(tree / "empty/inside")
        (tree / "link").symlink_to("a/b/c/deep")
        (tree / "dangling").symlink_to("/nowhere/at/all")
        open(os.path.join(os.fsencode(tree), b"\xff\xfe.bin"), "wb").write(b"not utf-8")
        with open(tree / "sparse", "wb") as sparse:
            sparse.seek(100 * MIB)
            sparse.write(b"end")
        os.chmod(tree / "-dash", 0o751)
        os.chmod(tree / "a", 0o700)
        for name in ("-dash", "a/b", "empty/inside", "empty", "a", "."):
            os.utime(tree / name, ns=(1, 1_234_567_890_123_456_789))
        self.client.run("put", "-r", tree, self.host.url("/there"))
        self.client.run("get", "-r", self.host.url("/there"), self.dir / "back")
        for copy in (self.host.share / "there", self.dir / "back"):
            self.assert_same_tree(tree, copy)
            self.assertLess((copy / "sparse").stat().st_blocks * 512, MIB)
        again = self.client.result("put", "-r", tree, self.host.url("/there"))
        self.assertEqual((again["skipped"], again["transferred"]), (again["files"], 0))

    def assert_same_tree(self, one, other):
        def look(top):
            found = {}
            for directory, names, files in os.walk(os.fsencode(top)):
                for name in [*names, *files, b"."]:
                    path = os.path.join(directory, name)
                    about = os.lstat(path)
                    kind = stat.S_IFMT(about.st_mode)
                    content = (os.readlink(path) if stat.S_ISLNK(kind) else
                               hashlib.md5(open(path, "rb").read()).digest() if stat.S_ISREG(kind) else None)
                    key = os.path.normpath(os.path.relpath(path, os.fsencode(top)))
                    found[key] = (kind, content) if stat.S_ISLNK(kind) else (about.st_mode, about.st_mtime_ns, content)
            return found
        self.assertEqual(look(one), look(other))

    def test_pipes_of_unknown_length(self):
        for size in (0, 1, 65536, MIB, 5 * MIB + 17):
            data = os.urandom(size)
            self.client.run("put", "-", self.host.url("/piped"), input=data)
            self.assertEqual((self.host.share / "piped").read_bytes(), data)
            self.assertEqual(self.client.run("get", self.host.url("/piped"), "-").stdout, data)
            self.assertEqual(self.client.run("cat", self.host.url("/piped")).stdout, data)
            (self.host.share / "piped").unlink()

    def test_the_slow_end_of_a_pipe_is_named_as_what_limits(self):
        slow = [sys.executable, "-c", "import sys, time\n"
                "while block := sys.stdin.buffer.read(1 << 20):\n    time.sleep(0.1); sys.stdout.buffer.write(block)"]
        source = make_file(self.dir / "source", 8 * MIB)
        with open(source, "rb") as file:
            feeder = subprocess.Popen(slow, stdin=file, stdout=subprocess.PIPE)
        self.addCleanup(feeder.wait)
        with feeder.stdout:
            client = self.client.start("--json", "put", "-", self.host.url("/piped"), stdin=feeder.stdout)
        output, errors = client.communicate(timeout=60)
        self.assertEqual(client.returncode, 0, errors)
        self.assertEqual(json.loads(output.splitlines()[-1])["limited_by"], "sender disk")

        drain = subprocess.Popen(slow, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        self.addCleanup(drain.wait)
        with drain.stdin:
            client = self.client.start("--verbose", "get", self.host.url("/piped"), f"/dev/fd/{drain.stdin.fileno()}",
                                       pass_fds=[drain.stdin.fileno()])
        _, errors = client.communicate(timeout=60)
        self.assertEqual(client.returncode, 0, errors)
        self.assertIn(b"; limited by: receiver disk\n", errors)

    def test_what_came_from_a_pipe_is_as_old_as_its_transfer(self):
        begun = time.time()
        self.client.run("put", "-", self.host.url("/piped"), input=b"content")
        about = (self.host.share / "piped").stat()
        self.assertLess(abs(about.st_mtime - begun), 60)
        self.assertEqual(stat.S_IMODE(about.st_mode), 0o644)

    def test_half_a_pipe_leaves_nothing(self):
        client = self.client.start("put", "-", self.host.url("/piped"), stdin=subprocess.PIPE)
        client.stdin.write(os.urandom(5 * MIB))
        client.stdin.flush()
        wait_for(lambda: partials(self.host.share), what="a partial")
        client.kill()
        client.communicate()
        wait_for(lambda: not partials(self.host.share), what="the end of the partial")
        self.assertEqual(list(self.host.share.iterdir()), [])

    def test_a_reader_of_a_pipe_may_rest_for_as_long_as_it_likes(self):
        data = make_file(self.host.share / "file", 8 * MIB).read_bytes()
        proxy = CorruptingProxy(self.host.port)
        self.addCleanup(proxy.close)
        client = self.client.start("--retries", 1, "cat", self.host.url("/file").replace(f":{self.host.port}", f":{proxy.port}"))
        self.addCleanup(client.kill)
        received = os.read(client.stdout.fileno(), 1000)
        time.sleep(1)
        proxy.cut()
        for _ in range(22):  # twice as long as it takes a client that reads nothing to see that
            time.sleep(1)
            self.assertFalse(proxy.ends, "it connects again although nobody reads")
        received += os.read(client.stdout.fileno(), 100_000)
        output, errors = client.communicate(timeout=60)
        self.assertEqual(client.returncode, 0, errors)
        self.assertTrue(received + output == data)

    def test_a_fifo_is_written_to_and_not_replaced(self):
        data = make_file(self.host.share / "file", 3 * MIB).read_bytes()
        fifo = self.dir / "fifo"
        os.mkfifo(fifo)
        self.assertIn(b"nobody reads", self.client.run("get", self.host.url("/file"), fifo, expect=1).stderr)
        with subprocess.Popen(["cat", fifo], stdout=subprocess.PIPE) as reader:
            copying = self.client.start("--retries", 3, "get", self.host.url("/file"), fifo)
            self.assertEqual(reader.stdout.read(), data)
            copying.communicate()
            self.assertEqual(copying.returncode, 0)
        self.assertTrue(stat.S_ISFIFO(fifo.lstat().st_mode))
        make_file(self.host.share / "tree" / "fifo", 10)
        (self.dir / "tree").mkdir()
        os.mkfifo(self.dir / "tree" / "fifo")
        failed = self.client.run("get", "-r", self.host.url("/tree"), self.dir / "tree", expect=1)
        self.assertIn(str(self.dir / "tree" / "fifo").encode(), failed.stderr)
        self.assertTrue(stat.S_ISFIFO((self.dir / "tree" / "fifo").lstat().st_mode))

    def test_a_link_to_a_file_is_replaced_and_its_file_left_alone(self):
        source = make_file(self.host.share / "file", 100)
        (self.dir / "real").write_bytes(b"old")
        os.symlink("real", self.dir / "link")
        self.client.run("get", self.host.url("/file"), self.dir / "link")
        self.assertFalse((self.dir / "link").is_symlink())
        self.assertTrue(same(source, self.dir / "link"))
        self.assertEqual((self.dir / "real").read_bytes(), b"old")
        os.symlink("/dev/null", self.dir / "nowhere")
        self.client.run("get", self.host.url("/file"), self.dir / "nowhere")
        self.assertTrue(same(source, self.dir / "nowhere"))

    def test_names_of_descriptors_are_written_to_where_they_stand(self):
        (self.host.share / "file").write_bytes(b"content\n")
        os.symlink("/dev/stdout", self.dir / "link")
        for name, number in (("/dev/stdout", 1), ("/dev/fd/1", 1), ("/proc/self/fd/1", 1), (self.dir / "link", 1), ("/dev/stderr", 2),
                             ("/dev/fd/7", 7)):
            with self.subTest(str(name)):
                get = [*self.client.options, "-q", "get", self.host.url("/file"), name]
                subprocess.run(["bash", "-c", f'out=$1; shift; exec {number}> "$out"; echo before >&{number}; "$@"; echo after >&{number}',
                                "bash", self.dir / "out", BIN / "dftp-cli", *map(str, get)], env=self.client.env, check=True)
                self.assertEqual((self.dir / "out").read_bytes(), b"before\ncontent\nafter\n")
        self.assertTrue((self.dir / "link").is_symlink())

    def test_a_descriptor_that_nobody_opened_is_none(self):
        (self.host.share / "file").write_bytes(b"content")
        for number in (3, 4, 5, 6, 7, 8, 9, 10, 99):
            self.client.run("get", self.host.url("/file"), f"/dev/fd/{number}", expect=6)

    def test_errors_name_local_files_as_people_do(self):
        make_file(self.host.share / "file", 100)
        (self.dir / "there").write_bytes(b"old")
        failed = self.client.run("get", "--overwrite", "never", self.host.url("/file"), self.dir / "there", expect=11)
        self.assertIn(f"dftp-cli: {self.dir}/there: ".encode(), failed.stderr)
        failed = self.client.run("put", self.dir / "missing", self.host.url("/"), expect=6)
        self.assertIn(f"dftp-cli: {self.dir}/missing: ".encode(), failed.stderr)
        (self.dir / "tree").mkdir()
        os.mkfifo(self.dir / "tree" / "fifo")
        skipped = self.client.run("put", "-r", f"{self.dir}/tree/", self.host.url("/"))
        self.assertIn(f"dftp-cli: skipped: {self.dir}/tree/fifo: ".encode(), skipped.stderr)

    def test_md5_is_that_of_md5sum(self):
        source = make_file(self.dir / "source", 5 * MIB + 3)
        expected = subprocess.run(["md5sum", source], capture_output=True, text=True, check=True).stdout.split()[0]
        self.assertIn(expected, self.client.run("put", "--md5", source, self.host.url("/file")).stdout.decode())
        self.assertEqual(self.client.result("get", "--md5", self.host.url("/file"), self.dir / "back")["md5"], expected)
        self.assertEqual(self.client.run("md5", self.host.url("/file")).stdout.decode().split()[0], expected)

    def test_overwrite_never_changed_always(self):
        source = make_file(self.dir / "source", 3 * MIB)
        self.client.run("put", source, self.host.url("/file"))
        self.client.run("put", "--overwrite", "never", source, self.host.url("/file"), expect=11)
        self.assertEqual(self.client.result("put", source, self.host.url("/file"))["transferred"], 0)
        always = self.client.result("put", "--overwrite", "always", source, self.host.url("/file"))
        self.assertEqual((always["files"], always["transferred"]), (1, 0))
        self.assertEqual(always["resumed"], 3 * MIB)

    def test_changed_file_is_updated_by_its_changed_leaves(self):
        source = make_file(self.dir / "source", 20 * MIB)
        self.client.run("put", source, self.host.url("/file"))
        with open(source, "r+b") as file:
            file.seek(7 * MIB)
            file.write(b"changed")
        update = self.client.result("put", source, self.host.url("/file"))
        self.assertLessEqual(update["transferred"], 65536)
        self.assertTrue(same(source, self.host.share / "file"))

    def test_several_sources_go_into_a_directory(self):
        one, two = make_file(self.dir / "one", 10), make_file(self.dir / "two", 20)
        (self.host.share / "in").mkdir()
        self.client.run("put", one, two, self.host.url("/in"))
        self.assertEqual(sorted(os.listdir(self.host.share / "in")), ["one", "two"])
        (self.dir / "into").mkdir()
        self.client.run("get", self.host.url("/in/one"), self.host.url("/in/two"), self.dir / "into")
        self.assertEqual(sorted(os.listdir(self.dir / "into")), ["one", "two"])

    def test_verbs(self):
        url = self.host.url
        self.client.run("mkdir", url("/d"))
        self.client.run("mkdir", url("/d"), expect=11)
        self.client.run("mkdir", "-p", url("/d/e/f"))
        self.client.run("put", make_file(self.dir / "x", 10), url("/d/e/x"))
        self.client.run("mv", url("/d/e/x"), url("/d/y"))
        self.assertEqual(self.client.run("ls", url("/d")).stdout.decode().split(), ["e", "y"])
        both = self.client.result("ls", url("/d"), url("/d/y"))["entries"]
        self.assertEqual([(entry["directory"], entry["name"]) for entry in both], [("/d", "y"), ("/d", "e"), ("/d", "y")])
        self.assertIn("10", self.client.run("ls", "-l", url("/d")).stdout.decode())
        self.assertIn("10", self.client.run("stat", url("/d/y")).stdout.decode())
        self.client.run("rm", "-r", url("/d"))
        self.assertEqual(os.listdir(self.host.share), [])
        self.client.run("stat", url("/d"), expect=6)

    def test_json_lines(self):
        source = make_file(self.dir / "source", 50 * MIB)
        lines = [json.loads(line) for line in self.client.run("--json", "put", source, self.host.url("/f")).stdout.splitlines()]
        self.assertEqual({line["event"] for line in lines[:-1]} - {"progress"}, set())
        self.assertEqual(lines[-1]["verb"], "put")

    def test_no_progress_and_no_prompt_without_a_terminal(self):
        source = make_file(self.dir / "source", MIB)
        done = self.client.run("--quiet", "put", source, self.host.url("/f"))
        self.assertEqual((done.stdout, done.stderr), (b"", b""))
        nobody = self.cli(self.host, password=None)
        self.assertEqual(nobody.run("ls", self.host.url(), expect=5).stdout, b"")

    def test_partials_are_neither_listed_nor_touched(self):
        hidden = self.host.share / ".dftp-part-0123"
        hidden.write_bytes(b"x")
        self.assertEqual(self.client.run("ls", self.host.url()).stdout, b"")
        for verb in ("get", "rm", "stat", "md5"):
            self.assertNotEqual(0, self.client.start(verb, self.host.url("/.dftp-part-0123")).wait(20), verb)
        self.assertTrue(hidden.exists())
        self.assertEqual(partials(self.host.share), [hidden])


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
