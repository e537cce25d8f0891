"""That nothing a mount keeps or fetches ahead is shown once it has changed: by this mount, others, dftp-cli or programs on the server."""
import os
import subprocess
import threading
import time
import unittest

from harness import wait_for
from mount_harness import MountCase, why_not

MIB = 1 << 20


def setUpModule():
    if reason := why_not():
        raise unittest.SkipTest(reason)


class Known(MountCase):
    """What a mount has fetched before it was asked, or keeps, beside what becomes of it."""

    def setUp(self):
        super().setUp()
        self.mnt = self.mount().directory

    def test_a_walk_sees_what_is_there_when_it_comes_by(self):
        """Directories are listed ahead of it."""
        for i in range(24):
            (self.share / f"tree/{i:02}/below").mkdir(parents=True)
            (self.share / f"tree/{i:02}/file").write_text(str(i))
        tree = self.mnt / "tree"
        names = sorted(os.listdir(tree))
        for name in names[:6]:
            self.assertEqual(sorted(os.listdir(tree / name)), ["below", "file"])
        for name in names[6:10]:
            (self.share / "tree" / name / "new").touch()
            (self.share / "tree" / name / "file").unlink()
        time.sleep(0.5)
        for name in names[6:]:
            there = ["below", "new"] if name < "10" else ["below", "file"]
            self.assertEqual(sorted(os.listdir(tree / name)), there, name)
        for here, _, files in os.walk(tree):
            self.assertEqual(sorted(files), sorted(p.name for p in (self.share / os.path.relpath(here, self.mnt)).iterdir() if p.is_file()))

    def test_a_small_file_that_was_opened_before_a_write_arrived_has_what_was_written(self):
        (self.share / "file").write_text("OLD__")
        self.assertEqual((self.mnt / "file").read_text(), "OLD__")
        for word in ("NEW1_", "NEW2_"):
            with open(self.mnt / "file", "r+b", buffering=0) as writer:
                os.pwrite(writer.fileno(), word.encode(), 0)
                with open(self.mnt / "file", "rb") as reader:
                    writer.close()
                    self.assertEqual(reader.read(), word.encode())
            for _ in range(3):
                self.assertEqual((self.mnt / "file").read_text(), word)

    def test_a_small_file_that_is_cut_while_others_close_it_stays_cut(self):
        for _ in range(30):
            (self.mnt / "file").write_text("content")
            with open(self.mnt / "file", "rb") as reader:
                reader.read()
                cut = threading.Thread(target=os.truncate, args=(self.mnt / "file", 0))
                cut.start()
            cut.join()
            self.assertEqual((self.mnt / "file").read_bytes(), b"")
            self.assertEqual((self.mnt / "file").stat().st_size, 0)

    def test_a_small_file_is_read_anew_when_others_have_changed_it(self):
        """Its content comes with the reply to open."""
        for i in range(40):
            (self.share / f"f{i:02}").write_text("old")
        self.assertEqual(len(os.listdir(self.mnt)), 40)
        for i in range(40):
            self.assertEqual((self.mnt / f"f{i:02}").read_text(), "old")
            (self.share / f"f{i:02}").write_text("longer than before")
            wait_for(lambda: (self.mnt / f"f{i:02}").read_text() == "longer than before", seconds=3, what="the new content")


class Bounds(MountCase):
    """Of what a mount keeps."""

    def test_files_beyond_the_limit_are_let_go_and_found_again(self):
        count, most = 4000, 1500
        for directory in range(8):
            (self.share / f"d{directory}").mkdir()
            for i in range(count // 8):
                (self.share / f"d{directory}/f{i}").write_text(f"{directory} {i}")
        mount = self.mount("--nodes", most)
        tree = mount.directory
        with open(tree / "d0/f0", encoding="utf-8") as held:
            for _ in range(2):
                seen = sum(os.stat(os.path.join(here, name)).st_size > 0 for here, _, names in os.walk(tree) for name in names)
                self.assertEqual(seen, count)
            # A name that is cached holds its node as well.
            wait_for(lambda: mount.status()["nodes"] < most * 1.5, what="files to be let go of")
            self.assertFalse(os.readlink(f"/proc/self/fd/{held.fileno()}").endswith("(deleted)"))
            self.assertEqual(held.read(), "0 0")
        for directory in range(8):
            self.assertEqual((tree / f"d{directory}/f7").read_text(), f"{directory} 7")


class Changes(MountCase):
    """By others: another mount, dftp-cli, programs on the server."""

    def setUp(self):
        super().setUp()
        self.mnt = self.mount().directory
        self.other = self.mount(name="other").directory

    def soon(self, condition, what):
        wait_for(condition, seconds=3, what=what)

    def test_other_mounts_names_are_seen(self):
        self.assertEqual(os.listdir(self.mnt), [])
        self.assertFalse((self.mnt / "file").exists())
        (self.other / "file").write_text("x")
        self.soon(lambda: os.listdir(self.mnt) == ["file"] and (self.mnt / "file").exists(), "the new name")
        os.rename(self.other / "file", self.other / "new")
        self.soon(lambda: os.listdir(self.mnt) == ["new"] and not (self.mnt / "file").exists(), "the other name")
        os.unlink(self.other / "new")
        self.soon(lambda: not os.listdir(self.mnt) and not (self.mnt / "new").exists(), "no name")

    def test_other_mounts_content_is_seen_and_never_mixed(self):
        size = 3 * MIB
        (self.other / "file").write_bytes(b"a" * size)
        with open(self.mnt / "file", "rb") as file:
            self.assertEqual(file.read(), b"a" * size)
            for letter in (b"b", b"c"):
                (self.other / "new").write_bytes(letter * size)
                os.rename(self.other / "new", self.other / "file")
                self.soon(lambda: (self.mnt / "file").read_bytes()[:1] == letter, "the new content")
                self.assertEqual((self.mnt / "file").read_bytes(), letter * size)
        with open(self.mnt / "file", "rb") as file:
            file.read()
            with open(self.other / "file", "r+b") as writer:
                writer.write(b"d" * MIB)

            def content():
                file.seek(0)
                return file.read()
            self.soon(lambda: content() == b"d" * MIB + b"c" * 2 * MIB, "the content in place")

    def test_size_is_never_stale(self):
        (self.other / "file").write_bytes(b"x" * 100_000)
        self.assertEqual((self.mnt / "file").stat().st_size, 100_000)
        os.truncate(self.other / "file", 10)
        self.soon(lambda: (self.mnt / "file").stat().st_size == 10, "the size")
        self.assertEqual((self.mnt / "file").read_bytes(), b"x" * 10)

    def test_local_programs_on_the_server_are_seen(self):
        (self.share / "dir").mkdir()
        (self.share / "dir/file").write_text("one")
        self.soon(lambda: os.path.isdir(self.mnt / "dir"), "the directory")
        self.assertEqual((self.mnt / "dir/file").read_text(), "one")
        (self.share / "dir/file").write_text("longer")
        self.soon(lambda: (self.mnt / "dir/file").read_text() == "longer", "the content")
        (self.share / "dir/second").touch()
        self.soon(lambda: sorted(os.listdir(self.mnt / "dir")) == ["file", "second"], "the name")

    def test_appends_of_two_mounts_do_not_overwrite_each_other(self):
        program = "import sys\nf=open(sys.argv[1],'ab',buffering=0)\nfor i in range(100): f.write(sys.argv[2].encode()*9+b'\\n')"
        writers = [subprocess.Popen(["python3", "-c", program, directory / "log", letter])
                   for directory, letter in ((self.mnt, "a"), (self.other, "b"))]
        self.assertEqual([writer.wait(30) for writer in writers], [0, 0])
        lines = (self.share / "log").read_bytes().splitlines()
        self.assertEqual(sorted(lines), [b"a" * 9] * 100 + [b"b" * 9] * 100)


if __name__ == "__main__":
    unittest.main()
