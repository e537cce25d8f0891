"""That whoever opens a file or locks it sees what others have done before: mounts and programs of the server.
Nothing here waits for news to arrive."""
import fcntl
import os
import shutil
import sqlite3
import sys
import unittest

from mount_harness import Two, why_not


def setUpModule():
    if reason := why_not():
        raise unittest.SkipTest(reason)


def increment_by_range(fd):
    fcntl.lockf(fd, fcntl.LOCK_EX)
    os.pwrite(fd, b"%08d" % (int(os.pread(fd, 8, 0)) + 1), 0)
    fcntl.lockf(fd, fcntl.LOCK_UN)


def append_by_flock(fd):
    fcntl.flock(fd, fcntl.LOCK_EX)
    end = os.lseek(fd, 0, os.SEEK_END)
    os.pwrite(fd, b"%07d\n" % (end // 8), end)
    fcntl.flock(fd, fcntl.LOCK_UN)


class Locks(Two):
    COUNT = 150
    TURNS = 300

    def test_counters_under_ranges_count_all(self):
        for name, tops in (("mounts", [self.mnt, self.other]), ("local", [self.mnt, self.share])):
            (self.share / name).write_text("00000000")
            for top in tops:
                (top / name).read_text()

            def work(top, name=name):
                fd = os.open(top / name, os.O_RDWR)
                for _ in range(self.COUNT):
                    increment_by_range(fd)
            self.in_children(work, tops * 2)
            self.assertEqual(int((self.share / name).read_text()), 4 * self.COUNT, name)

    def test_counters_in_turn_count_all(self):
        (self.share / "counter").write_text("00000000")
        fds = [os.open(top / "counter", os.O_RDWR) for top in (self.mnt, self.other, self.mnt, self.share)]
        for i in range(400):
            increment_by_range(fds[i % len(fds)])
        for fd in fds:
            os.close(fd)
        self.assertEqual(int((self.share / "counter").read_text()), 400)

    def test_sizes_under_flock_are_new(self):
        (self.share / "log").touch()
        tops = [self.mnt, self.other, self.mnt]

        def work(top):
            fd = os.open(top / "log", os.O_RDWR)
            for _ in range(self.COUNT):
                append_by_flock(fd)
        self.in_children(work, tops)
        self.assertEqual((self.share / "log").read_text().split(), [f"{i:07}" for i in range(3 * self.COUNT)])

    def test_what_a_program_of_the_server_did_before_it_let_go_is_there(self):
        """Size, content and times, by descriptors that stay open and by new ones."""
        def check(fd, expected, turn):
            self.assertEqual(os.lseek(fd, 0, os.SEEK_END), len(expected), turn)
            status = os.fstat(fd)
            self.assertEqual(status.st_size, len(expected), turn)
            self.assertEqual(os.pread(fd, 100_000, 0), expected, turn)
            return status.st_mtime_ns

        (self.share / "file").write_bytes(b"")
        take = {"fcntl": fcntl.lockf, "flock": fcntl.flock}
        for kind, lock in take.items():
            here, there = os.open(self.share / "file", os.O_RDWR), os.open(self.mnt / "file", os.O_RDWR)
            reader = os.open(self.mnt / "file", os.O_RDONLY)
            for turn in range(self.TURNS):
                lock(here, fcntl.LOCK_EX)
                if turn % 7 == 6:
                    os.ftruncate(here, turn % 5)
                os.pwrite(here, b"%d " % turn * (turn % 11 + 1), os.fstat(here).st_size)
                status, expected = os.fstat(here), os.pread(here, 100_000, 0)
                lock(here, fcntl.LOCK_UN)
                lock(there, fcntl.LOCK_EX)
                self.assertEqual(check(there, expected, (kind, turn)), status.st_mtime_ns, (kind, turn))
                if turn % 3 == 2:
                    os.pwrite(there, b"mount", len(expected))
                    expected += b"mount"
                lock(there, fcntl.LOCK_UN)
                lock(reader, fcntl.LOCK_SH)
                check(reader, expected, (kind, turn))
                lock(reader, fcntl.LOCK_UN)
                self.assertEqual((self.share / "file").read_bytes(), expected, (kind, turn))
            for fd in (here, there, reader):
                os.close(fd)

    def test_databases_lose_no_update(self):
        with sqlite3.connect(self.share / "db") as db:
            db.execute("create table counter (n integer)")
            db.execute("insert into counter values (0)")
        db.close()
        count = 25

        def work(top):
            db = sqlite3.connect(top / "db", timeout=60, isolation_level=None)
            for _ in range(count):
                db.execute("begin immediate")
                db.execute("update counter set n = n + 1")
                db.execute("commit")
            db.close()
        self.in_children(work, [self.mnt, self.other, self.share])
        db = sqlite3.connect(self.mnt / "db")
        self.assertEqual(db.execute("select n from counter").fetchone()[0], 3 * count)
        self.assertEqual(db.execute("pragma integrity_check").fetchone()[0], "ok")
        db.close()

    def test_exclusive_files_are_locks(self):
        (self.share / "counter").write_text("0")

        def work(top):
            for _ in range(30):
                while True:
                    try:
                        os.close(os.open(top / "lock", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
                        break
                    except FileExistsError:
                        pass
                value = int((top / "counter").read_text())
                (top / "counter").write_text(str(value + 1))
                os.unlink(top / "lock")
        self.in_children(work, [self.mnt, self.other])
        self.assertEqual((self.share / "counter").read_text(), "60")


class Opens(Two):
    COUNT = 60

    def test_what_was_written_in_place_is_read(self):
        for who, top in self.writers.items():
            (self.share / "file").write_text("%08d" % 0)
            (self.mnt / "file").read_text()
            with open(self.mnt / "file", encoding="utf-8") as held:
                for i in range(1, self.COUNT):
                    fd = os.open(top / "file", os.O_RDWR)
                    os.pwrite(fd, b"%08d" % i, 0)
                    os.close(fd)
                    self.assertEqual((self.mnt / "file").read_text(), "%08d" % i, who)
                held.read()

    def test_size_of_what_was_appended_and_cut(self):
        for who, top in self.writers.items():
            (self.share / "file").write_bytes(b"")
            for i in range(1, self.COUNT):
                if i % 7 == 0:
                    os.truncate(top / "file", i)
                else:
                    with open(top / "file", "ab") as file:
                        file.write(b"x" * i)
                with open(self.mnt / "file", "rb") as file:
                    self.assertEqual(len(file.read()), os.stat(self.share / "file").st_size, who)
                    self.assertEqual(os.fstat(file.fileno()).st_size, os.stat(self.share / "file").st_size, who)

    def test_files_one_after_the_other(self):
        """Each is changed just before it is opened, as a walk comes to it."""
        for who, top in self.writers.items():
            for i in range(40):
                (self.share / f"f{i:02}").write_text("old")
            self.assertGreaterEqual(len(os.listdir(self.mnt)), 40)
            for i in range(40):
                (top / f"f{i:02}").write_text("new")
                self.assertEqual((self.mnt / f"f{i:02}").read_text(), "new", who)

    def test_what_was_replaced_is_read(self):
        for who, top in self.writers.items():
            (self.share / "file").write_text("0")
            with open(self.mnt / "file", encoding="utf-8") as held:
                for i in range(1, self.COUNT):
                    (top / "new").write_text(str(i))
                    os.rename(top / "new", top / "file")
                    self.assertEqual((self.mnt / "file").read_text(), str(i), who)
                self.assertEqual(held.read(), "0")

    def test_directories_that_are_switched(self):
        for who, top in self.writers.items():
            for name in ("one", "two"):
                (self.share / name).mkdir()
                (self.share / name / "file").write_text(name)
            (self.mnt / "one/file").read_text()
            for i in range(20):
                os.rename(top / "one", top / "gone")
                os.rename(top / "two", top / "one")
                os.rename(top / "gone", top / "two")
                self.assertEqual((self.mnt / "one/file").read_text(), ("two", "one")[i % 2], who)
            shutil.rmtree(self.share / "one")
            shutil.rmtree(self.share / "two")

    def test_a_descriptor_is_opened_again_whatever_became_of_its_name(self):
        (self.share / "file").write_text("old")
        with open(self.mnt / "file", encoding="utf-8") as held:
            (self.share / "new").write_text("new")
            os.rename(self.share / "new", self.share / "file")
            again = f"/proc/self/fd/{held.fileno()}"
            for _ in range(3):
                with open(again, encoding="utf-8") as file:
                    self.assertEqual(file.read(), "old")
                self.assertEqual((self.mnt / "file").read_text(), "new")

    def test_a_file_that_was_cut_by_open_is_empty(self):
        path = self.mnt / "file"
        for turn in range(200):
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
            self.assertEqual((os.lseek(fd, 0, os.SEEK_END), os.fstat(fd).st_size), (0, 0), turn)
            os.pwrite(fd, b"x" * 5000, 0)
            if turn % 2:
                path.read_bytes()
            os.close(fd)
            path.read_bytes()


if __name__ == "__main__":
    unittest.main()
