"""That a name leads to what it has become: whoever uses it while others make, replace and remove files gets the new one, and no error.
Nothing here waits for news to arrive."""
import os
import subprocess
import sys
import threading
import unittest

from harness import wait_for
from mount_harness import Two, why_not


def setUpModule():
    if reason := why_not():
        raise unittest.SkipTest(reason)


HOLDER = """
import os, sys
fd = os.open(sys.argv[1], os.O_RDWR)
print("open", flush=True)
for line in sys.stdin:
    os.fchmod(fd, int(line))
    os.utime(fd, ns=(int(line), int(line)))
    print("done", flush=True)
"""


class Replaced(Two):
    """A file that is open in a program of the mount, and whose name becomes another file's."""

    def setUp(self):
        super().setUp()
        self.holders = []
        self.addCleanup(lambda: [holder.communicate() for holder in self.holders])

    def hold(self, path):
        holder = subprocess.Popen([sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.holders.append(holder)
        self.assertEqual(holder.stdout.readline(), "open\n")
        return holder

    def replaced(self, top, i):
        """The share's name for the old one; the new one has the name that the old one had."""
        old, name = self.share / f"old{i}", f"file{i}"
        (self.share / name).write_text("old content")
        os.chmod(self.share / name, 0o640)
        os.link(self.share / name, old)
        wait_for(lambda: (self.mnt / name).exists(), what=name)
        holder = self.hold(self.mnt / name)
        (top / f"new{i}").write_text("new content")
        os.rename(top / f"new{i}", top / name)
        return old, name, holder

    def test_changes_by_its_path_are_the_new_ones(self):
        calls = {"chmod": lambda path: os.chmod(path, 0o600), "truncate": lambda path: os.truncate(path, 3),
                 "utime": lambda path: os.utime(path, ns=(5, 5)), "chown": lambda path: os.chown(path, 7, 7),
                 "setxattr": lambda path: os.setxattr(path, "user.new", b"x"),
                 "link": lambda path: os.link(path, f"{path}-link")}
        number = 0
        for who, top in self.writers.items():
            for call, change in calls.items():
                for _ in range(3):
                    number += 1
                    old, name, _ = self.replaced(top, number)
                    before = old.stat()
                    change(self.mnt / name)
                    now, new = old.stat(), (self.share / name).stat()
                    self.assertEqual((now.st_mode, now.st_size, now.st_mtime_ns, now.st_uid, now.st_nlink, os.listxattr(old)),
                                     (before.st_mode, before.st_size, before.st_mtime_ns, before.st_uid, 1, []), (who, call))
                    done = {"chmod": new.st_mode & 0o777 == 0o600, "truncate": new.st_size == 3, "utime": new.st_mtime_ns == 5,
                            "chown": new.st_uid == 7, "setxattr": os.listxattr(self.share / name) == ["user.new"],
                            "link": new.st_nlink == 2}
                    self.assertTrue(done[call], (who, call))

    def test_changes_by_its_descriptor_are_the_old_ones(self):
        for number, top in enumerate([*self.writers.values()] * 5):
            old, name, holder = self.replaced(top, number)
            mode = (self.share / name).stat().st_mode
            holder.stdin.write(f"{0o611}\n")
            holder.stdin.flush()
            self.assertEqual(holder.stdout.readline(), "done\n")
            self.assertEqual((old.stat().st_mode & 0o777, old.stat().st_mtime_ns), (0o611, 0o611))
            self.assertEqual((self.share / name).stat().st_mode, mode)


class Names(Two):
    def test_what_others_go_on_making_is_there(self):
        """The first one is news; while there is such news nothing is taken for missing."""
        for who, top in self.writers.items():
            os.mkdir(self.share / who)
            os.listdir(self.mnt / who)
            (top / who / "first").touch()
            wait_for(lambda who=who: (self.mnt / who / "first").exists(), what="the first one")
            for i in range(300):
                name = f"{who}/{i}"
                (top / name).touch()
                self.assertTrue((self.mnt / name).exists(), name)

    def test_what_exists_is_there(self):
        for who, top in self.writers.items():
            for i in range(30):
                name = f"{i} {who}"
                self.assertFalse((self.mnt / name).exists())
                (top / name).mkdir()
                os.makedirs(self.mnt / name, exist_ok=True)
                file = f"file {name}"
                self.assertFalse((self.mnt / file).exists())
                (top / file).write_text("x")
                with self.assertRaises(FileExistsError):
                    os.open(self.mnt / file, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
                self.assertEqual((self.mnt / file).read_text(), "x")
                for make in (lambda at: os.symlink("x", at), lambda at: os.link(self.mnt / file, at), os.mkfifo):
                    there = f"{make} {file}".replace("/", "")[-200:]
                    self.assertFalse((self.mnt / there).exists())
                    (top / there).write_text("y")
                    with self.assertRaises(FileExistsError):
                        make(self.mnt / there)
                    self.assertEqual((self.mnt / there).read_text(), "y")
                    os.unlink(self.share / there)

    def test_what_does_not_exist_is_not_there(self):
        for who, top in self.writers.items():
            for i in range(30):
                file, directory = f"file {i} {who}", f"dir {i} {who}"
                (top / file).touch()
                (top / directory).mkdir()
                wait_for(lambda: (self.mnt / file).exists() and (self.mnt / directory).exists(), what="the names")
                os.unlink(top / file)
                os.rmdir(top / directory)
                with self.assertRaises(FileNotFoundError):
                    os.unlink(self.mnt / file)
                self.assertFalse((self.mnt / file).exists())
                with self.assertRaises(FileNotFoundError):
                    os.rmdir(self.mnt / directory)
                self.assertFalse((self.mnt / directory).exists())

    def test_a_directory_that_is_not_empty_is_not_listed_as_empty(self):
        for i in range(20):
            (self.share / f"d{i}").mkdir()
            wait_for((self.mnt / f"d{i}").exists, what="the directory")
            self.assertEqual(os.listdir(self.mnt / f"d{i}"), [])
            (self.share / f"d{i}/file").touch()
            with self.assertRaises(OSError):
                os.rmdir(self.mnt / f"d{i}")
            self.assertEqual(os.listdir(self.mnt / f"d{i}"), ["file"])

    def test_who_uses_what_is_replaced_all_the_while_gets_no_error(self):
        for top in (self.share, self.other):
            (self.share / "file").write_text("00")
            over = threading.Event()

            def replace(top=top):
                turn = 0
                while not over.is_set():
                    turn = (turn + 1) % 100
                    (top / "new").write_text(f"{turn:02}")
                    os.rename(top / "new", top / "file")
            replacing = threading.Thread(target=replace)
            replacing.start()
            try:
                for _ in range(150):
                    self.assertEqual(len((self.mnt / "file").read_text()), 2)
                    os.stat(self.mnt / "file")
                    os.access(self.mnt / "file", os.R_OK)
                    os.close(os.open(self.mnt / "file", os.O_CREAT | os.O_RDONLY))
            finally:
                over.set()
                replacing.join()


if __name__ == "__main__":
    unittest.main()
