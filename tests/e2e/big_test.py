"""Much of it: one large file, ten thousand small ones, directories of many names. Memory does not grow with either."""
import os
import shutil
import subprocess
import unittest

from harness import SANITIZED, SCRATCH, Case, make_file, result_of, same

MIB = 1 << 20
GIB = 1 << 30
SMALL = 10_000
NAMES = int(os.environ.get("DFTP_NAMES") or (100_000 if os.environ.get("DFTP_LONG") else 20_000))


def big_bytes():
    """4 GiB where there is room for the source and two copies, else 256 MiB."""
    if given := os.environ.get("DFTP_BIG_BYTES"):
        return int(given)
    return 4 * GIB if shutil.disk_usage(SCRATCH or "/tmp").free > 3 * 4 * GIB + GIB else 256 * MIB


def md5sum(path):
    return subprocess.run(["md5sum", path], check=True, capture_output=True, text=True).stdout.split()[0]


class Big(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = self.cli(self.host)

    def max_memory(self, connections=2):
        """What the design allows a program with so many data connections."""
        return (64 + 4 * connections) * MIB

    def server_memory(self):
        with open(f"/proc/{self.host.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM"))

    def transfer(self, *arguments):
        """The result of a client whose memory, and the server's, stayed within bounds."""
        client = self.client.start("--json", "--streams", 2, *arguments)
        stdout, stderr = client.stdout.read(), client.stderr.read()
        _, status, usage = os.wait4(client.pid, 0)
        client.returncode = os.waitstatus_to_exitcode(status)
        client.stdout.close()
        client.stderr.close()
        self.assertEqual(client.returncode, 0, stderr[-1000:])
        if not SANITIZED:
            self.assertLess(usage.ru_maxrss << 10, self.max_memory(), ("client", *arguments))
            self.assertLess(self.server_memory(), self.max_memory(), ("server", *arguments))
        return result_of(stdout)

    def test_a_large_file_both_ways(self):
        size = big_bytes()
        source = make_file(self.dir / "source", size)
        expected = md5sum(source)
        up = self.transfer("put", source, self.host.url("/file"))
        self.assertEqual((up["files"], up["bytes"], up["transferred"]), (1, size, size))
        self.assertTrue(same(source, self.host.share / "file"))
        source.unlink()
        down = self.transfer("get", self.host.url("/file"), self.dir / "back")
        self.assertEqual(down["transferred"], size)
        self.assertTrue(same(self.dir / "back", self.host.share / "file"))
        self.assertEqual(md5sum(self.dir / "back"), expected)
        self.assertIn(expected, self.client.run("md5", self.host.url("/file")).stdout.decode())

    def test_ten_thousand_small_files_both_ways(self):
        tree = self.dir / "tree"
        content = make_file(self.dir / "content", MIB).read_bytes()
        for i in range(SMALL):
            directory = tree / f"{i % 100:02}"
            directory.mkdir(parents=True, exist_ok=True)
            (directory / f"file{i}").write_bytes(content[i:i + i * 37 % 20_000])
        up = self.transfer("put", "-r", tree, self.host.url("/tree"))
        self.assertGreaterEqual(up["files"], SMALL)
        self.assert_same_tree(tree, self.host.share / "tree")
        self.transfer("get", "-r", self.host.url("/tree"), self.dir / "back")
        self.assert_same_tree(tree, self.dir / "back")
        again = self.transfer("get", "-r", self.host.url("/tree"), self.dir / "back")
        self.assertEqual(again["transferred"], 0)

    def test_directories_of_many_names_both_ways(self):
        tree = self.dir / "tree"
        for directory in ("one", "two", "three"):
            (tree / directory).mkdir(parents=True)
            for i in range(NAMES):
                with open(tree / directory / f"{i * 7919 % NAMES:06}", "wb") as file:
                    file.write(b"x" * (i % 3))
        self.transfer("put", "-r", tree, self.host.url("/tree"))
        listed = self.client.run("ls", self.host.url("/tree/two")).stdout.decode().split()
        self.assertEqual(listed, [f"{i:06}" for i in range(NAMES)])
        self.transfer("get", "-r", self.host.url("/tree"), self.dir / "back")
        self.assert_same_tree(tree, self.host.share / "tree")
        self.assert_same_tree(tree, self.dir / "back")

    def assert_same_tree(self, one, other):
        done = subprocess.run(["diff", "-rq", one, other], capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout[:1000] + done.stderr[:1000], "")


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
