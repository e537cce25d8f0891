"""That a listing of a mount is complete, whatever happens to its files, and to what is known of them, meanwhile."""
import os
import subprocess
import time
import unittest

from harness import wait_for
from mount_harness import MountCase, why_not


def setUpModule():
    if reason := why_not():
        raise unittest.SkipTest(reason)


class Listing(MountCase):
    COUNT = 3000  # several pages of the server

    def setUp(self):
        super().setUp()
        self.names = {f"file-{i:05}" for i in range(self.COUNT)}
        (self.share / "dir").mkdir()
        for name in self.names:
            (self.share / "dir" / name).touch()

    def change_all(self, directory):
        for name in self.names:
            with open(directory / name, "a", encoding="utf-8") as file:
                file.write("x")

    def test_files_that_are_changed_meanwhile_are_listed(self):
        mnt, other = self.mount().directory, self.mount(name="other").directory
        for changed in (self.share, other, self.share):
            with os.scandir(mnt / "dir") as listing:
                listed = [next(listing).name]
                self.change_all(changed / "dir")
                time.sleep(0.2)
                listed += [entry.name for entry in listing]
            self.assertEqual((len(listed), set(listed)), (self.COUNT, self.names))
            self.assertEqual(set(os.listdir(mnt / "dir")), self.names)

    def test_files_that_are_forgotten_meanwhile_are_listed(self):
        mnt = self.mount("--nodes", 1000).directory
        for _ in range(3):
            self.assertEqual(set(os.listdir(mnt / "dir")), self.names)
            self.assertEqual({entry.name for entry in os.scandir(mnt / "dir") if entry.is_file()}, self.names)

    def test_dots_are_listed_with_their_numbers(self):
        mnt = self.mount().directory
        (self.share / "dir/below").mkdir()
        for directory in (mnt, mnt / "dir", mnt / "dir/below"):
            for _ in range(2):
                listed = subprocess.run(["ls", "-1aif", directory], capture_output=True, text=True, check=True).stdout
                numbers = {line.split()[1]: int(line.split()[0]) for line in listed.splitlines()}
                self.assertEqual(numbers["."], directory.stat().st_ino)
                self.assertNotEqual(numbers[".."], 0)
                if directory != mnt:
                    self.assertEqual(numbers[".."], directory.parent.stat().st_ino)

    def test_who_jumps_to_the_end_of_a_directory_does_not_hide_its_middle(self):
        """What was not read is not known to be missing."""
        script = r"""
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.opendir.restype = libc.readdir.restype = ctypes.c_void_p
libc.telldir.restype = ctypes.c_long
for name in ("readdir", "telldir", "rewinddir", "closedir"):
    getattr(libc, name).argtypes = [ctypes.c_void_p]
libc.seekdir.argtypes = [ctypes.c_void_p, ctypes.c_long]
def name_of(entry):
    return ctypes.string_at(entry + 19).decode()
def read(listing):
    found = []
    while entry := libc.readdir(listing):
        found.append((name_of(entry), libc.telldir(listing)))
    return found
listing = libc.opendir(sys.argv[1].encode())
whole = read(listing)
print(len(whole), len({name for name, _ in whole}))
libc.rewinddir(listing)
print(len(read(listing)))
for place in (len(whole) - 10, 7, len(whole) // 2):
    libc.seekdir(listing, whole[place][1])
    assert [name for name, _ in read(listing)] == [name for name, _ in whole[place + 1:]], place
os.utime(sys.argv[2])  # what is known of the directory is over
open(sys.argv[2] + "/new", "w").close()
import time; time.sleep(.3)
libc.rewinddir(listing)
for _ in range(3): libc.readdir(listing)
libc.seekdir(listing, whole[-100][1])
read(listing)
assert all(os.path.exists(sys.argv[1] + "/" + name) for name, _ in whole)
"""
        mnt = self.mount().directory
        done = subprocess.run(["python3", "-c", script, mnt / "dir", self.share / "dir"], capture_output=True, text=True, timeout=80)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.split(), [str(self.COUNT + 2)] * 3)

    def test_what_this_mount_has_made_is_in_listings_that_were_fetched_before(self):
        """Directories are listed ahead of a walk."""
        for i in range(20):
            (self.share / f"tree/{i:02}/below").mkdir(parents=True)
        tree = self.mount().directory / "tree"
        names = sorted(os.listdir(tree))
        for i, name in enumerate(names):
            self.assertEqual(sorted(os.listdir(tree / name)), ["below"] if i < 5 else ["below", "new"])
            if i + 1 < len(names) and i >= 4:
                os.mkdir(tree / names[i + 1] / "new")

    def test_a_server_that_dies_in_the_middle_is_an_error(self):
        mount = self.mount("--timeout", 3)
        with os.scandir(mount.directory / "dir") as listing:
            for _ in range(10):
                next(listing)
            self.host.kill()
            with self.assertRaises(OSError):
                list(listing)

    def test_a_tree_deeper_than_any_path_is_removed(self):
        top = self.share / "top"
        top.mkdir()
        at = os.open(top, os.O_RDONLY)
        for _ in range(1200):
            os.mkdir("d", dir_fd=at)
            at, before = os.open("d", os.O_RDONLY, dir_fd=at), at
            os.close(before)
        os.close(at)
        self.addCleanup(subprocess.run, ["rm", "-rf", top], check=False)
        self.run_in(self.mount().directory, "rm", "-rf", "top", timeout=80)
        self.assertFalse(top.exists())


class Space(MountCase):
    def test_each_directory_has_the_space_of_its_own_file_system(self):
        for name, size in (("one", 8), ("two", 24)):
            (self.share / name).mkdir()
            done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", self.share / name], capture_output=True)
            if done.returncode != 0:
                self.skipTest("cannot mount a tmpfs")
            self.addCleanup(subprocess.run, ["umount", "-l", self.share / name], check=False)
        mount = self.mount("--timeout", 2)
        mnt = mount.directory

        def mebibytes(path):
            space = os.statvfs(path)
            return space.f_blocks * space.f_frsize >> 20
        self.assertEqual([mebibytes(mnt / "one"), mebibytes(mnt / "two")], [8, 24])
        self.assertEqual(mebibytes(mnt), mebibytes(self.share))
        self.host.kill()
        wait_for(lambda: not mount.status()["connected"], what="the loss")
        self.assertEqual([mebibytes(mnt / "two"), mebibytes(mnt / "one")], [24, 8])


if __name__ == "__main__":
    unittest.main()
