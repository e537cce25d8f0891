"""Work on a mounted share as on a local disk, by the programs that people use, over a real mount and a real server."""
import errno
import fcntl
import hashlib
import mmap
import os
import pathlib
import shutil
import sqlite3
import stat
import subprocess
import threading
import time
import unittest

from harness import make_file, same
from mount_harness import MountCase, why_not

MIB = 1 << 20


def setUpModule():
    if reason := why_not():
        raise unittest.SkipTest(reason)


def tree_of(root):
    """What there is beneath `root`: type, mode, size, time, content."""
    found = {}
    for path in sorted(pathlib.Path(root).rglob("*")):
        status = path.lstat()
        content = os.readlink(path) if path.is_symlink() else hashlib.md5(path.read_bytes()).hexdigest() if path.is_file() else None
        time_of = None if path.is_symlink() else status.st_mtime_ns
        found[str(path.relative_to(root))] = (stat.S_IFMT(status.st_mode), stat.S_IMODE(status.st_mode), time_of, content)
    return found


def make_tree(root):
    root = pathlib.Path(root)
    (root / "deep/er").mkdir(parents=True)
    (root / "a").write_bytes(b"a\n")
    (root / "empty").write_bytes(b"")
    (root / "deep/b").write_bytes(os.urandom(200_000))
    (root / "deep/er/c d \u00e4\u6c34").write_bytes(os.urandom(3 * MIB + 17))
    (root / "script").write_text("#!/bin/sh\necho hello\n")
    (root / "script").chmod(0o755)
    (root / "link").symlink_to("deep/b")
    # rsync compares times of directories by the second.
    for path in (root / "a", root / "deep/b", root / "deep/er", root / "deep"):
        os.utime(path, ns=(1_600_000_000_123_456_789, 1_600_000_001_987_654_321))


class Work(MountCase):
    def setUp(self):
        super().setUp()
        self.mnt = self.mount().directory

    def test_tree_is_copied_in_and_out(self):
        make_tree(self.dir / "source")
        self.run_in(self.dir, "cp", "-a", self.dir / "source", self.mnt / "copy")
        self.assertEqual(tree_of(self.share / "copy"), tree_of(self.dir / "source"))
        self.run_in(self.dir, "cp", "-a", self.mnt / "copy", self.dir / "back")
        self.assertEqual(tree_of(self.dir / "back"), tree_of(self.dir / "source"))
        self.run_in(self.dir, "rm", "-r", self.mnt / "copy")
        self.assertEqual(os.listdir(self.share), [])

    def test_rsync_both_ways_has_nothing_to_do_the_second_time(self):
        if not shutil.which("rsync"):
            self.skipTest("there is no rsync")
        make_tree(self.dir / "source")
        for source, target in ((self.dir / "source", self.mnt / "in"), (self.mnt / "in", self.dir / "out")):
            self.run_in(self.dir, "rsync", "-a", f"{source}/", f"{target}/")
            again = self.run_in(self.dir, "rsync", "-a", "-i", f"{source}/", f"{target}/")
            self.assertEqual(again, "")
        self.assertEqual(tree_of(self.dir / "out"), tree_of(self.dir / "source"))

    def test_git_works(self):
        repository = self.mnt / "repository"
        repository.mkdir()
        env = os.environ | {"GIT_CONFIG_GLOBAL": "/dev/null", "HOME": str(self.dir), "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b",
                            "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
        self.run_in(repository, "git", "init", "-q", "-b", "main", env=env)
        for i in range(30):
            (repository / f"file{i}").write_text(f"{i}\n" * 100)
        self.run_in(repository, "git", "add", ".", env=env)
        self.run_in(repository, "git", "commit", "-q", "-m", "first", env=env)
        (repository / "file3").write_text("changed\n")
        self.assertEqual(self.run_in(repository, "git", "status", "--short", env=env), " M file3\n")
        self.run_in(repository, "git", "commit", "-q", "-a", "-m", "second", env=env)
        self.run_in(repository, "git", "gc", "-q", env=env)
        self.run_in(repository, "git", "fsck", "--full", env=env)
        self.run_in(self.dir, "git", "clone", "-q", repository, self.mnt / "clone", env=env)
        self.assertEqual((self.share / "clone/file3").read_text(), "changed\n")

    def test_sqlite_with_several_writers(self):
        path = self.mnt / "data.db"
        with sqlite3.connect(path) as database:
            database.execute("create table numbers (writer int, number int)")
        program = ("import sqlite3, sys\n"
                   "db = sqlite3.connect(sys.argv[1], timeout=60)\n"
                   "for i in range(25):\n"
                   "    with db: db.execute('insert into numbers values (?, ?)', (int(sys.argv[2]), i))\n")
        writers = [subprocess.Popen(["python3", "-c", program, path, str(i)]) for i in range(4)]
        self.assertEqual([writer.wait(60) for writer in writers], [0] * 4)
        with sqlite3.connect(path) as database:
            self.assertEqual(database.execute("select count(*) from numbers").fetchone(), (100,))
            self.assertEqual(database.execute("pragma integrity_check").fetchone(), ("ok",))

    def test_big_file_makes_the_round_trip(self):
        source = make_file(self.dir / "source", 80 * MIB + 12345)
        self.run_in(self.dir, "cp", source, self.mnt / "big")
        self.assertTrue(same(source, self.share / "big"))
        self.run_in(self.dir, "cp", self.mnt / "big", self.dir / "back")
        self.assertTrue(same(source, self.dir / "back"))
        md5 = hashlib.md5(source.read_bytes()).hexdigest()
        self.assertEqual(os.getxattr(self.mnt / "big", "user.dftp.md5").decode(), md5)

    def test_what_the_server_has_is_read_right_in_any_order(self):
        source = make_file(self.share / "file", 20 * MIB + 333)
        content = source.read_bytes()
        with open(self.mnt / "file", "rb") as file:
            for offset in (19 * MIB, 5, 10 * MIB - 1, 20 * MIB + 300, 0, 4095, 7 * MIB):
                file.seek(offset)
                self.assertEqual(file.read(70_000), content[offset:offset + 70_000])
        self.assertTrue(same(source, self.mnt / "file"))

    def test_mapped_file_is_read_and_written(self):
        content = os.urandom(2 * MIB)
        (self.share / "file").write_bytes(content)
        with open(self.mnt / "file", "r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
            self.assertEqual(mapped[:], content)
            mapped[MIB:MIB + 5] = b"12345"
            mapped.flush()
        self.assertEqual((self.share / "file").read_bytes(), content[:MIB] + b"12345" + content[MIB + 5:])

    def test_append_truncate_and_overwrite(self):
        path = self.mnt / "file"
        path.write_bytes(b"one\n")
        with open(path, "ab") as file:
            file.write(b"two\n")
        self.assertEqual((self.share / "file").read_bytes(), b"one\ntwo\n")
        os.truncate(path, 5)
        self.assertEqual(path.read_bytes(), b"one\nt")
        os.truncate(path, 8)
        self.assertEqual(path.read_bytes(), b"one\nt\0\0\0")
        with open(path, "r+b") as file:
            file.write(b"X")
            self.assertEqual(os.fstat(file.fileno()).st_size, 8)
            file.seek(6)
            file.write(b"Y")
            file.truncate(7)
        self.assertEqual((self.share / "file").read_bytes(), b"Xne\nt\0Y")

    def test_what_was_written_is_seen_through_other_handles_at_once(self):
        with open(self.mnt / "file", "wb", buffering=0) as writer, open(self.mnt / "file", "rb", buffering=0) as reader:
            for i in range(50):
                writer.write(b"%04d" % i)
                self.assertEqual(reader.read(10), b"%04d" % i)
                self.assertEqual(os.stat(self.mnt / "file").st_size, 4 * (i + 1))

    def test_file_stays_usable_when_it_is_removed_or_renamed(self):
        with open(self.mnt / "file", "w+b") as file:
            file.write(b"abc")
            file.flush()
            os.rename(self.mnt / "file", self.mnt / "other")
            file.write(b"def")
            file.flush()
            self.assertEqual((self.mnt / "other").read_bytes(), b"abcdef")
            os.unlink(self.mnt / "other")
            file.write(b"ghi")
            file.flush()
            file.seek(0)
            self.assertEqual(file.read(), b"abcdefghi")
            self.assertEqual(os.fstat(file.fileno()).st_nlink, 0)
        self.assertEqual(os.listdir(self.mnt), [])

    def test_rename_replaces_or_refuses_or_exchanges(self):
        (self.mnt / "a").write_text("a")
        (self.mnt / "b").write_text("b")
        os.rename(self.mnt / "a", self.mnt / "b")
        self.assertEqual((self.share / "b").read_text(), "a")
        (self.mnt / "c").write_text("c")
        self.run_in(self.mnt, "mv", "-n", "c", "b")
        self.assertEqual((self.share / "b").read_text(), "a")
        (self.mnt / "dir").mkdir()
        os.rename(self.mnt / "b", self.mnt / "dir/b")
        self.assertEqual(sorted(os.listdir(self.mnt)), ["c", "dir"])
        with self.assertRaises(OSError) as caught:
            os.rename(self.mnt / "c", self.mnt / "dir")
        self.assertEqual(caught.exception.errno, errno.EISDIR)

    def test_names_and_links_are_those_of_the_server(self):
        (self.mnt / "file").write_text("x")
        os.link(self.mnt / "file", self.mnt / "hard")
        os.symlink("file", self.mnt / "soft")
        self.assertEqual(os.stat(self.mnt / "file").st_nlink, 2)
        self.assertEqual(os.stat(self.mnt / "file").st_ino, os.stat(self.mnt / "hard").st_ino)
        self.assertEqual((self.mnt / "soft").read_text(), "x")
        os.mkfifo(self.mnt / "fifo")
        self.assertTrue(stat.S_ISFIFO(os.lstat(self.share / "fifo").st_mode))
        os.mkdir(self.mnt.as_posix().encode() + b"/\xff\xfe")
        self.assertIn(b"\xff\xfe", os.listdir(os.fsencode(self.share)))
        os.chmod(self.mnt / "file", 0o640)
        os.utime(self.mnt / "file", ns=(5, 1_500_000_000_000_000_001))
        status = os.stat(self.share / "file")
        self.assertEqual((stat.S_IMODE(status.st_mode), status.st_mtime_ns), (0o640, 1_500_000_000_000_000_001))

    def test_many_names_are_listed_whole(self):
        (self.share / "many").mkdir()
        for i in range(5000):
            (self.share / f"many/name-{i:05}").touch()
        self.assertEqual(sorted(os.listdir(self.mnt / "many")), [f"name-{i:05}" for i in range(5000)])
        self.assertEqual(len(list(os.scandir(self.mnt / "many"))), 5000)
        self.run_in(self.mnt, "rm", "-r", "many")

    def test_extended_attributes(self):
        path = self.mnt / "file"
        path.touch()
        os.setxattr(path, "user.one", b"1\0\xff")
        self.assertEqual(os.getxattr(path, "user.one"), b"1\0\xff")
        self.assertEqual(os.listxattr(path), ["user.one"])
        with self.assertRaises(OSError) as caught:
            os.setxattr(path, "user.one", b"2", os.XATTR_CREATE)
        self.assertEqual(caught.exception.errno, errno.EEXIST)
        os.removexattr(path, "user.one")
        with self.assertRaises(OSError) as caught:
            os.getxattr(path, "user.one")
        self.assertEqual(caught.exception.errno, errno.ENODATA)

    def test_sparse_files_and_space(self):
        path = self.mnt / "file"
        with open(path, "w+b") as file:
            file.seek(8 * MIB)
            file.write(b"end")
            file.flush()
            self.assertEqual(os.lseek(file.fileno(), 0, os.SEEK_DATA), 8 * MIB)
            self.assertEqual(os.lseek(file.fileno(), 0, os.SEEK_HOLE), 0)
            os.posix_fallocate(file.fileno(), 0, MIB)
        self.assertLess((self.share / "file").stat().st_blocks * 512, 3 * MIB)
        with open(path, "rb") as source, open(self.mnt / "copy", "wb") as target:
            self.assertEqual(os.copy_file_range(source.fileno(), target.fileno(), 100, 8 * MIB - 50), 53)
        self.assertEqual((self.share / "copy").read_bytes(), b"\0" * 50 + b"end")
        self.assertGreater(os.statvfs(self.mnt).f_blocks, 0)

    def test_errors_are_the_servers(self):
        (self.mnt / "dir").mkdir()
        (self.mnt / "dir/file").touch()
        cases = [(lambda: os.rmdir(self.mnt / "dir"), errno.ENOTEMPTY), (lambda: os.mkdir(self.mnt / "dir"), errno.EEXIST),
                 (lambda: open(self.mnt / "none", "rb"), errno.ENOENT), (lambda: os.unlink(self.mnt / "dir"), errno.EISDIR),
                 (lambda: os.listdir(self.mnt / "dir/file"), errno.ENOTDIR), (lambda: open(self.mnt / "dir/file", "xb"), errno.EEXIST),
                 (lambda: os.mkdir(self.mnt / ("n" * 300)), errno.ENAMETOOLONG),
                 (lambda: os.stat(self.mnt / "dir" / ("n" * 256)), errno.ENAMETOOLONG)]
        os.listdir(self.mnt / "dir")  # all its names are known
        for call, number in cases:
            with self.assertRaises(OSError) as caught:
                call()
            self.assertEqual(caught.exception.errno, number)

    def test_exclusive_creation_has_one_winner(self):
        other = self.mount(name="other").directory
        for i in range(20):
            winners = []

            def attempt(directory):
                try:
                    os.close(os.open(directory / f"lock{i}", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
                    winners.append(directory)
                except FileExistsError:
                    pass
            threads = [threading.Thread(target=attempt, args=(directory,)) for directory in (self.mnt, other)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(len(winners), 1)

    def test_locks_hold_between_mounts_and_end_with_their_process(self):
        other = self.mount(name="other").directory
        (self.mnt / "file").touch()
        for take, release in ((lambda f: fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB), lambda f: fcntl.flock(f, fcntl.LOCK_UN)),
                              (lambda f: fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB), lambda f: fcntl.lockf(f, fcntl.LOCK_UN))):
            with open(self.mnt / "file", "r+b") as one, open(other / "file", "r+b") as two:
                take(one)
                with self.assertRaises(BlockingIOError):
                    take(two)
                release(one)
                take(two)
        # To close any descriptor of a file gives up the process's fcntl locks, of one for reading, too.
        with open(self.mnt / "file", "rb") as one, open(other / "file", "r+b") as two:
            second = os.dup(one.fileno())
            fcntl.lockf(one, fcntl.LOCK_SH)
            os.close(second)
            fcntl.lockf(two, fcntl.LOCK_EX | fcntl.LOCK_NB)
        holder = subprocess.Popen(["python3", "-c", "import fcntl,sys,time\nf=open(sys.argv[1],'r+b')\nfcntl.lockf(f,fcntl.LOCK_EX)\n"
                                   "print('held',flush=True)\ntime.sleep(60)", self.mnt / "file"], stdout=subprocess.PIPE)
        holder.stdout.readline()
        with open(other / "file", "r+b") as two:
            threading.Timer(0.5, holder.kill).start()
            fcntl.lockf(two, fcntl.LOCK_EX)
        holder.wait()
        holder.stdout.close()

    def test_waiting_for_a_lock_can_be_interrupted(self):
        other = self.mount(name="other").directory
        (self.mnt / "file").touch()
        with open(self.mnt / "file", "r+b") as one:
            fcntl.lockf(one, fcntl.LOCK_EX)
            waiter = subprocess.Popen(["python3", "-c", "import fcntl,sys\nf=open(sys.argv[1],'r+b')\nprint('w',flush=True)\n"
                                       "fcntl.lockf(f,fcntl.LOCK_EX)", other / "file"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            waiter.stdout.readline()
            time.sleep(0.3)
            waiter.terminate()
            self.assertEqual(waiter.wait(5), -15)
            waiter.stdout.close()

    def test_status_tells_what_there_is(self):
        with open(self.mnt / "file", "wb"):
            status = self.mounts[0].status()
        self.assertTrue(status["connected"])
        self.assertEqual(status["open_files"], 1)
        self.assertEqual(status["bytes_not_yet_written"], 0)


if __name__ == "__main__":
    unittest.main()
