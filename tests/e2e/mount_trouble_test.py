"""A mount when something goes wrong: no mount without a reason, and nothing hangs for longer than it was told to."""
import errno
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time
import unittest

from house import BIN, PASSWORD, USER, make_file, same, wait_for
from meddler import Meddler
from mount_house import MountCase, is_mounted, why_not

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from link import Link, why_not as why_no_link  # noqa: E402

MIB = 1 << 20
# Makes files until it is ended, and says which ones the mount has acknowledged.
WRITER = """
import os, random, sys
for number in range(1, 10**6):
    name = f"{sys.argv[2]}-{number}"
    content = random.Random(name).randbytes(number * 7919 % 300_000)
    with open(sys.argv[1] + "/" + name, "wb", buffering=0) as file:
        file.write(content)
        if number % 2:
            os.fsync(file.fileno())
            print(name, len(content), flush=True)
    print(name, len(content), flush=True)
"""


def setUpModule():
    if reason := why_not():
        raise unittest.SkipTest(reason)


class Start(MountCase):
    def start(self, *arguments, password=PASSWORD):
        """dftp-mount as people call it: it goes to the background."""
        env = {"HOME": str(self.dir), "PATH": os.environ["PATH"], "DFTP_PASSWORD": password}
        return subprocess.run([BIN / "dftp-mount", *map(str, arguments)], env=env, capture_output=True, text=True, timeout=30,
                              stdin=subprocess.DEVNULL, start_new_session=True, check=False)

    def setUp(self):
        super().setUp()
        self.mnt = self.dir / "mnt"
        self.mnt.mkdir()
        self.addCleanup(subprocess.run, ["umount", "-l", self.mnt], stderr=subprocess.DEVNULL, check=False)
        self.known = ("-o", f"fingerprint={self.host.fingerprint}")

    def test_returns_when_the_mount_can_be_used(self):
        (self.share / "file").touch()
        done = self.start(self.host.url(), self.mnt, *self.known)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(os.listdir(self.mnt), ["file"])
        subprocess.run(["umount", self.mnt], check=True, timeout=20)
        self.assertEqual(os.listdir(self.mnt), [])

    def test_mount_calls_it_as_a_helper(self):
        helper = self.dir / "mount.dftp"
        helper.symlink_to(BIN / "dftp-mount")
        env = {"HOME": str(self.dir), "PATH": os.environ["PATH"], "DFTP_PASSWORD": PASSWORD}
        options = f"rw,noauto,nofail,_netdev,x-systemd.automount,noexec,fingerprint={self.host.fingerprint}"
        subprocess.run([helper, self.host.url(), self.mnt, "-s", "-v", "-o", options], env=env, check=True, timeout=20)
        with open("/proc/self/mounts", encoding="utf-8") as mounts:
            line = next(line for line in mounts if line.split()[1] == str(self.mnt))
        self.assertEqual(line.split()[2], "fuse.dftp")
        for word in ("rw", "nosuid", "nodev", "noexec"):
            self.assertIn(word, line.split()[3].split(","))

    def test_what_is_wrong_is_said_and_nothing_is_mounted(self):
        (self.dir / "file").touch()
        (self.share / "file").touch()
        url = self.host.url
        rows = [((url(), self.mnt), 32, "not known"), (("nonsense://x", self.mnt), 1, "nonsense"), ((url(), self.mnt, "-o", "nonsense"), 1, "unknown option"), ((url(),), 1, "directory"),
                ((url(), self.dir / "none", *self.known), 32, "No such file"), ((url(), self.dir / "file", *self.known), 32, "Not a directory"),
                ((url("/none"), self.mnt, *self.known), 32, "No such file"), ((url("/file"), self.mnt, *self.known), 32, "directory"),
                (("dftp://127.0.0.1:1/", self.mnt, *self.known), 32, "listens")]
        for arguments, code, words in rows:
            with self.subTest(arguments=arguments):
                done = self.start(*arguments)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(words.lower(), done.stderr.lower())
                self.assertTrue(done.stderr.startswith("dftp-mount: "))
                self.assertFalse(is_mounted(self.mnt))
        done = self.start(url(), self.mnt, *self.known, password="wrong")
        self.assertEqual(done.returncode, 32)
        self.assertIn("refused", done.stderr)

    def test_dead_mount_is_taken_over_and_a_live_one_is_not(self):
        mount = self.mount()
        mount.process.kill()
        mount.process.wait()
        with self.assertRaises(OSError) as caught:
            os.listdir(self.mnt)
        self.assertIn(caught.exception.errno, (errno.ENOTCONN, errno.ECONNABORTED))
        (self.share / "file").touch()
        done = self.start(self.host.url(), self.mnt, *self.known)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(os.listdir(self.mnt), ["file"])
        done = self.start(self.host.url(), self.mnt, *self.known)
        self.assertEqual(done.returncode, 32)
        self.assertIn("already", done.stderr)

    def test_read_only_mount_refuses_changes(self):
        mnt = self.mount("--ro", name="ro").directory
        with self.assertRaises(OSError) as caught:
            (mnt / "file").touch()
        self.assertEqual(caught.exception.errno, errno.EROFS)


class End(MountCase):
    def test_sigterm_brings_what_was_written_to_the_server(self):
        mount = self.mount()
        source = make_file(self.dir / "source", 40 * MIB)
        file = os.open(mount.directory / "file", os.O_CREAT | os.O_WRONLY)
        with open(source, "rb") as content:
            while piece := content.read(MIB):
                os.write(file, piece)
        self.assertEqual(mount.end(signal.SIGTERM), 0)
        self.assertTrue(same(source, self.share / "file"))
        self.assertFalse(is_mounted(mount.directory))
        with self.assertRaises(OSError):
            os.close(file)

    def test_umount_ends_the_process(self):
        mount = self.mount()
        subprocess.run(["umount", mount.directory], check=True, timeout=20)
        self.assertEqual(mount.process.wait(20), 0)

    def test_other_end_of_a_pipe_that_goes_does_not_end_the_mount(self):
        mount = self.mount()
        mount.process.send_signal(signal.SIGPIPE)
        (mount.directory / "file").touch()
        self.assertEqual(os.listdir(self.share), ["file"])


class Lost(MountCase):
    """The server, or the way to it."""

    def relayed(self, *options):
        self.relay = Meddler(self.host.port)
        self.addCleanup(self.relay.close)
        url = f"dftp://{USER}@127.0.0.1:{self.relay.port}/"
        return self.mount(*options, url=url)

    def cut(self):
        """All connections end; new ones are made through the same address."""
        import socket
        for end in self.relay.ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def test_copy_goes_on_over_connections_that_are_cut(self):
        mnt = self.relayed().directory
        source = make_file(self.dir / "source", 60 * MIB)
        stop = threading.Event()

        def cutter():
            while not stop.wait(0.4):
                self.cut()
        thread = threading.Thread(target=cutter)
        thread.start()
        try:
            for i in range(2):
                self.run_in(self.dir, "cp", source, mnt / f"in{i}", timeout=80)
                self.run_in(self.dir, "cp", mnt / f"in{i}", self.dir / f"out{i}", timeout=80)
        finally:
            stop.set()
            thread.join()
        for i in range(2):
            self.assertTrue(same(source, self.share / f"in{i}"))
            self.assertTrue(same(source, self.dir / f"out{i}"))

    def test_each_change_is_made_once_however_often_the_line_is_cut(self):
        mnt = self.relayed().directory
        stop = threading.Event()

        def cutter():
            while not stop.wait(0.5):
                self.cut()
        thread = threading.Thread(target=cutter)
        thread.start()
        try:
            # Each fails when it is carried out twice.
            for i in range(60):
                os.mkdir(mnt / f"d{i}")
                os.rename(mnt / f"d{i}", mnt / f"e{i}")
                os.close(os.open(mnt / f"f{i}", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
                os.unlink(mnt / f"f{i}")
                with open(mnt / "log", "ab", buffering=0) as log:
                    log.write(b"%d\n" % i)
        finally:
            stop.set()
            thread.join()
        self.assertEqual(sorted(os.listdir(self.share)), sorted([f"e{i}" for i in range(60)] + ["log"]))
        self.assertEqual((self.share / "log").read_text(), "".join(f"{i}\n" for i in range(60)))

    def test_handle_and_lock_survive_a_cut(self):
        mnt = self.relayed().directory
        other = self.mount(name="other").directory
        import fcntl
        with open(mnt / "file", "w+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)
            file.write(b"before ")
            file.flush()
            os.unlink(mnt / "file")
            self.cut()
            file.write(b"after")
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            self.assertEqual(file.read(), b"before after")
        (mnt / "kept").touch()
        with open(mnt / "kept", "r+b") as file, open(other / "kept", "r+b") as rival:
            fcntl.lockf(file, fcntl.LOCK_EX)
            self.cut()
            time.sleep(0.5)
            with self.assertRaises(BlockingIOError):
                fcntl.lockf(rival, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def test_server_that_is_killed_and_started_again_is_found_again(self):
        mnt = self.mount("--timeout", "20").directory
        (mnt / "dir").mkdir()
        content = os.urandom(5 * MIB)
        (mnt / "dir/file").write_bytes(content)
        with open(mnt / "dir/file", "r+b") as file:
            file.read(10)
            self.host.kill()
            self.host.start()
            self.assertEqual((mnt / "dir/file").read_bytes(), content)
            file.seek(2 * MIB)
            file.write(b"later")
            file.flush()
            os.fsync(file.fileno())
        self.assertEqual((self.share / "dir/file").read_bytes()[2 * MIB:2 * MIB + 5], b"later")
        (mnt / "dir/new").touch()
        self.assertEqual(sorted(os.listdir(mnt / "dir")), ["file", "new"])

    def test_what_was_acknowledged_outlasts_the_death_of_the_server(self):
        mnt = self.mount("--timeout", "20").directory
        # Processes of their own: who starts the server must not have files open on its mount.
        writers = [subprocess.Popen([sys.executable, "-c", WRITER, mnt, str(writer)], stdout=subprocess.PIPE, text=True)
                   for writer in range(3)]
        acknowledged, threads = [], []
        for writer in writers:
            self.addCleanup(writer.wait)
            self.addCleanup(writer.kill)
            threads.append(threading.Thread(target=lambda out=writer.stdout: acknowledged.extend(out)))
            threads[-1].start()
        for _ in range(3):
            done = len(acknowledged) + 10
            wait_for(lambda: len(acknowledged) > done, what="writers that go on")
            self.host.kill()
            self.check_written(acknowledged)
            self.host.start()
        for writer in writers:
            writer.terminate()
        for thread, writer in zip(threads, writers):
            thread.join()
            writer.stdout.close()
            self.assertEqual(writer.wait(), -signal.SIGTERM)
        self.check_written(acknowledged)

    def check_written(self, lines):
        for name, size in map(str.split, list(lines)):
            self.assertTrue((self.share / name).read_bytes() == random.Random(name).randbytes(int(size)), name)

    def test_operations_on_a_silent_line_end_in_time_and_what_is_known_answers(self):
        mount = self.relayed("--timeout", "4")
        mnt = mount.directory
        (self.share / "file").write_bytes(os.urandom(MIB))
        (mnt / "dir").mkdir()
        os.listdir(mnt)
        os.statvfs(mnt)
        self.relay.stall_after(0)
        begun = time.monotonic()
        for call in (lambda: (mnt / "file").read_bytes(), lambda: os.mkdir(mnt / "new"), lambda: os.listdir(mnt / "dir")):
            with self.assertRaises(OSError) as caught:
                call()
            self.assertIn(caught.exception.errno, (errno.EIO, errno.ETIMEDOUT))
        self.assertLess(time.monotonic() - begun, 20)
        begun = time.monotonic()
        os.statvfs(mnt)
        self.assertIn("file", os.listdir(mnt))
        self.assertFalse(mount.status()["connected"])
        self.assertLess(time.monotonic() - begun, 2)
        self.relay.stall_after(None)
        wait_for(lambda: mount.status()["connected"], what="a connection")
        self.assertEqual(len((mnt / "file").read_bytes()), MIB)

    def test_stuck_program_can_be_killed(self):
        mnt = self.relayed("--hard").directory
        (self.share / "file").write_bytes(os.urandom(MIB))
        self.assertTrue((mnt / "file").exists())
        self.relay.stall_after(0)
        for number in (signal.SIGINT, signal.SIGKILL):
            stuck = subprocess.Popen(["cat", mnt / "file"], stdout=subprocess.DEVNULL, start_new_session=True)
            time.sleep(0.5)
            self.assertIsNone(stuck.poll())
            begun = time.monotonic()
            stuck.send_signal(number)
            self.assertEqual(stuck.wait(5), -number)
            self.assertLess(time.monotonic() - begun, 2)
        self.relay.stall_after(None)

    def test_mount_with_a_silent_line_can_be_ended(self):
        mount = self.relayed("--timeout", "3")
        self.relay.stall_after(0)
        begun = time.monotonic()
        mount.end(signal.SIGTERM, seconds=25)
        self.assertLess(time.monotonic() - begun, 20)
        self.assertFalse(is_mounted(mount.directory))


class Cut(MountCase):
    """A cable that is pulled out for a while."""

    def test_reads_and_writes_go_on_after_five_seconds(self):
        if reason := why_no_link():
            self.skipTest(reason)
        self.link = self.enterContext(Link(rtt=0.02, rate=200e6))
        with self.link.at_server():
            host = self.server(listen=f"{self.link.server_address}:0")
        source = make_file(host.share / "source", 40_000_000)
        with self.link.at_client():
            mnt = self.mount(url=f"dftp://{USER}@{self.link.server_address}:{host.port}/").directory
        copies = [subprocess.Popen(["cp", *pair], stderr=subprocess.PIPE)
                  for pair in ((mnt / "source", self.dir / "read"), (source, mnt / "written"))]
        time.sleep(0.7)
        self.link.down()
        time.sleep(5)
        self.assertEqual([copy.poll() for copy in copies], [None, None])
        self.link.up()
        self.assertEqual([(copy.communicate(timeout=60)[1], copy.returncode) for copy in copies], [(b"", 0)] * 2)
        self.assertTrue(same(source, self.dir / "read"))
        self.assertTrue(same(source, host.share / "written"))


if __name__ == "__main__":
    unittest.main()
