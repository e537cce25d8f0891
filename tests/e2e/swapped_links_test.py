"""Directories that somebody swaps for links all the while: nothing outside of the tree that was asked for is touched."""
import contextlib
import ctypes
import os
import pathlib
import threading
import unittest

from harness import Case

DIRECTORIES, FILES = 12, 12
EXCHANGE = 2
libc = ctypes.CDLL(None, use_errno=True)


def exchange(one, other):
    """False when one of them is not there."""
    return libc.renameat2(-100, os.fsencode(one), -100, os.fsencode(other), EXCHANGE) == 0


class Swapper:
    """Exchanges the directories of a tree with links to those outside, again and again, until the end of the block."""

    def __init__(self, tree, links):
        self.pairs = [(tree / name.name, name) for name in links.iterdir()]
        self.swapped, self.over = 0, threading.Event()
        self.thread = threading.Thread(target=self.swap)

    def swap(self):
        while not self.over.is_set():
            for one, other in self.pairs:
                self.swapped += exchange(one, other)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def state_of(top):
    """Everything that could be changed, but for access times."""
    found = {}
    for directory, _, files in os.walk(top):
        for path in [directory, *(os.path.join(directory, name) for name in files)]:
            status = os.lstat(path)
            content = pathlib.Path(path).read_bytes() if os.path.isfile(path) else None
            found[os.path.relpath(path, top)] = (status.st_mode, status.st_mtime_ns, status.st_ino, content)
    return found


def plant(top, content):
    for i in range(DIRECTORIES):
        (top / f"d{i:02}").mkdir(parents=True)
        for j in range(FILES):
            (top / f"d{i:02}" / f"f{j}").write_bytes(content)


class Swapped(Case):
    """`tree` is worked on, `outside` has the same names, `links` lead there when they stand in the tree."""

    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = self.cli(self.host)

    def meddle(self, top):
        """A tree below `top` that is about to be swapped."""
        plant(top / "tree", b"of the tree")
        plant(top / "outside", b"important")
        (top / "links").mkdir()
        for name in os.listdir(top / "outside"):
            (top / "links" / name).symlink_to(f"../outside/{name}")
        return Swapper(top / "tree", top / "links")

    @contextlib.contextmanager
    def untouched(self, top):
        swapper = self.meddle(top)
        for i in range(DIRECTORIES):
            (top / "outside" / f"d{i:02}" / "secret").touch()
        before = state_of(top / "outside")
        with swapper:
            yield
        self.assertEqual(state_of(top / "outside"), before)
        self.assertGreater(swapper.swapped, 0)

    def run_some(self, count, *arguments):
        return [self.client.run(*arguments, expect=None) for _ in range(count)]

    def assert_only_of_the_tree(self, top):
        for path in top.rglob("f*"):
            self.assertNotEqual(path.read_bytes(), b"important", path)

    def test_removal(self):
        with self.untouched(self.host.share):
            self.client.run("rm", "-r", self.host.url("/tree"), expect=None)

    def test_removal_removes_what_is_in_the_tree_at_last(self):
        with self.untouched(self.host.share):
            self.run_some(2, "rm", "-r", self.host.url("/tree"))
        self.client.run("rm", "-r", self.host.url("/tree"), expect=None)
        self.assertFalse((self.host.share / "tree").exists())

    def test_copies_from_it(self):
        with self.untouched(self.host.share):
            for i in range(3):
                self.client.run("cp", "-r", self.host.url("/tree"), self.host.url(f"/copy{i}"), expect=None)
        for i in range(3):
            self.assert_only_of_the_tree(self.host.share / f"copy{i}")

    def test_copies_into_it(self):
        plant(self.host.share / "source", b"new")
        with self.untouched(self.host.share):
            self.run_some(3, "cp", "-r", "--overwrite", "always", self.host.url("/source/."), self.host.url("/tree"))
            self.run_some(3, "cp", "-r", "--overwrite", "always", self.host.url("/source"), self.host.url("/tree"))

    def test_find_and_du(self):
        with self.untouched(self.host.share):
            for _ in range(5):
                found = self.client.run("find", self.host.url("/tree"), expect=None)
                self.assertNotIn(b"secret", found.stdout)
                self.client.run("du", self.host.url("/tree"), expect=None)

    def test_gets_of_it(self):
        with self.untouched(self.host.share):
            for i in range(3):
                self.client.run("get", "-r", self.host.url("/tree"), self.dir / f"got{i}", expect=None)
        for i in range(3):
            self.assert_only_of_the_tree(self.dir / f"got{i}")

    def test_puts_into_it(self):
        plant(self.dir / "tree", b"new")
        with self.untouched(self.host.share):
            self.run_some(3, "put", "-r", "--overwrite", "always", self.dir / "tree", self.host.url("/"))

    def test_syncs_into_it(self):
        plant(self.dir / "local", b"new")
        (self.dir / "local" / "d00" / "f0").unlink()
        with self.untouched(self.host.share):
            for i in range(3):
                (self.dir / "local" / "d01" / f"f{i}").unlink()
                self.client.run("sync", "--delete", self.dir / "local", self.host.url("/tree"), expect=None)

    def test_gets_into_a_local_one(self):
        plant(self.host.share / "tree", b"new")
        with self.untouched(self.dir):
            self.run_some(3, "get", "-r", "--overwrite", "always", self.host.url("/tree"), self.dir)

    def test_puts_of_a_local_one(self):
        with self.untouched(self.dir):
            for i in range(3):
                self.client.run("put", "-r", self.dir / "tree", self.host.url(f"/put{i}"), expect=None)
        for i in range(3):
            self.assert_only_of_the_tree(self.host.share / f"put{i}")

    def test_syncs_into_a_local_one(self):
        plant(self.host.share / "source", b"new")
        with self.untouched(self.dir):
            for i in range(3):
                (self.host.share / "source" / "d01" / f"f{i}").unlink()
                self.client.run("sync", "--delete", self.host.url("/source"), self.dir / "tree", expect=None)


if __name__ == "__main__":
    unittest.main()
