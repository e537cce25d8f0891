"""A mount whose server or link goes away: nothing that was acknowledged is lost, and nothing hangs for longer than it was told to."""
import contextlib
import errno
import fcntl
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time
import unittest

from harness import USER, make_file, same, wait_for
from corrupting_proxy import CorruptingProxy
from mount_harness import MountCase, is_mounted, why_not
from relay import Relay

MIB = 1 << 20
# Does what it is told to files of a directory, which are called alike up to a plus, and to `.`, the directory itself;
# who starts a server must not have files open on its mount.
OBEDIENT = """
import errno, os, sys
files = {}
def opened(name):
    if name not in files:
        path = os.path.join(sys.argv[1], name.split("+")[0])
        flags = {".": os.O_RDONLY, "durable": os.O_CREAT | os.O_WRONLY | os.O_DSYNC}
        files[name] = os.open(path, flags.get(name, os.O_CREAT | os.O_RDWR))
    return files[name]
do = {"write": lambda name: os.write(opened(name), b"content"), "fsync": lambda name: os.fsync(opened(name)),
      "close": lambda name: os.close(files.pop(name)), "truncate": lambda name: os.truncate(os.path.join(sys.argv[1], name), 1)}
for line in sys.stdin:
    verb, name = line.split()
    try:
        do[verb](name)
        print("done", flush=True)
    except OSError as error:
        print(errno.errorcode[error.errno], flush=True)
"""

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


def is_free(take, file, kind, *range):
    """Whether a program beside the server gets this lock; it has it then."""
    try:
        take(file, kind | fcntl.LOCK_NB, *range)
    except BlockingIOError:
        return False
    return True


class Mute(Relay):
    """Keeps what the server says to itself, when it is told to."""
    mute = False

    def set_mute(self, mute):
        with self.lock:
            self.mute = mute
            self.lock.notify_all()

    def pump_for(self, client):
        def pump(source, sink):
            while data := source.recv(1 << 16):
                with self.lock:
                    while self.mute and source is not client:
                        self.lock.wait()
                sink.sendall(data)
        return pump


@contextlib.contextmanager
def standing_still(process):
    """All of its threads: the signal comes to them one after the other."""
    os.kill(process, signal.SIGSTOP)
    tasks = pathlib.Path(f"/proc/{process}/task")
    try:
        wait_for(lambda: all((task / "stat").read_text().rsplit(") ", 1)[1][0] == "T" for task in tasks.iterdir()), what="its stop")
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def setUpModule():
    if reason := why_not():
        raise unittest.SkipTest(reason)


class Lost(MountCase):
    """The server, or the way to it."""

    def relayed(self, *options):
        self.relay = CorruptingProxy(self.host.port)
        self.addCleanup(self.relay.close)
        url = f"dftp://{USER}@127.0.0.1:{self.relay.port}/"
        return self.mount(*options, url=url)

    @contextlib.contextmanager
    def cut_after_each(self, least, most):
        """All connections end whenever so many bytes have passed. By bytes: each gets somewhere, however slow the machine."""
        chance, stop, cuts = random.Random(1), threading.Event(), []

        def cutter():
            while not stop.is_set():
                self.relay.stall_after(chance.randint(least, most))
                while not stop.is_set() and not self.relay.stalled.wait(0.05):
                    pass
                self.relay.cut()
                cuts.append(1)
            self.relay.stall_after(None)
        thread = threading.Thread(target=cutter)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
        self.assertGreater(len(cuts), 3)

    def test_copy_goes_on_over_connections_that_are_cut(self):
        mnt = self.relayed().directory
        source = make_file(self.dir / "source", 60 * MIB)
        with self.cut_after_each(6 * MIB, 20 * MIB):
            for i in range(2):
                self.run_in(self.dir, "cp", source, mnt / f"in{i}", timeout=80)
                self.run_in(self.dir, "cp", mnt / f"in{i}", self.dir / f"out{i}", timeout=80)
        for i in range(2):
            self.assertTrue(same(source, self.share / f"in{i}"))
            self.assertTrue(same(source, self.dir / f"out{i}"))

    def test_each_change_is_made_once_however_often_the_line_is_cut(self):
        mnt = self.relayed().directory
        with self.cut_after_each(30_000, 60_000):
            # Each fails when it is carried out twice.
            for i in range(60):
                os.mkdir(mnt / f"d{i}")
                os.rename(mnt / f"d{i}", mnt / f"e{i}")
                os.close(os.open(mnt / f"f{i}", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
                os.unlink(mnt / f"f{i}")
                with open(mnt / "log", "ab", buffering=0) as log:
                    log.write(b"%d\n" % i)
        self.assertEqual(sorted(os.listdir(self.share)), sorted([f"e{i}" for i in range(60)] + ["log"]))
        self.assertEqual((self.share / "log").read_text(), "".join(f"{i}\n" for i in range(60)))

    def test_handle_and_lock_survive_a_cut(self):
        mnt = self.relayed().directory
        other = self.mount(name="other").directory
        with open(mnt / "file", "w+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)
            file.write(b"before ")
            file.flush()
            os.unlink(mnt / "file")
            self.relay.cut()
            file.write(b"after")
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            self.assertEqual(file.read(), b"before after")
        (mnt / "kept").touch()
        with open(mnt / "kept", "r+b") as file, open(other / "kept", "r+b") as rival:
            fcntl.lockf(file, fcntl.LOCK_EX)
            self.relay.cut()
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

    def test_fsync_says_so_when_the_machine_of_the_server_was_started_again(self):
        boot = self.dir / "boot"
        self.host.stop()
        # Only this server sees another boot id.
        self.host.wrapper = ["unshare", "--mount", "sh", "-c",
                             'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"', boot]
        boot.write_text("first\n")
        (self.share / "short").write_text("long")
        self.host.start()
        program = subprocess.Popen([sys.executable, "-c", OBEDIENT, self.mount("--timeout", "20").directory], text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(program.communicate)

        def do(verb, *names):
            for name in names:
                print(verb, name, file=program.stdin, flush=True)
                yield program.stdout.readline().strip()

        def restart():
            self.host.kill()
            self.host.start()
        good = ["done"] * 2
        self.assertEqual(list(do("write", "synced", "written", "written+", "closed")), ["done"] * 4)
        self.assertEqual(list(do("fsync", "synced", ".")) + list(do("close", "closed")), ["done"] * 3)
        restart()
        self.assertEqual(list(do("fsync", "synced", ".")), good)
        self.assertEqual(list(do("write", "synced")) + list(do("fsync", "synced")), good)
        boot.write_text("second\n")
        self.assertEqual(list(do("truncate", "short")) + list(do("write", "new", "durable")), good + ["done"])
        restart()
        self.assertEqual(list(do("fsync", "durable")), ["done"])
        names = ("synced", "written", "written+", "closed", "short", ".")
        self.assertEqual(list(do("fsync", *names)), ["done"] + ["EIO"] * 5)
        self.assertEqual(list(do("fsync", *names)), ["done"] * 6)

    def check_written(self, lines):
        for name, size in map(str.split, list(lines)):
            self.assertTrue((self.share / name).read_bytes() == random.Random(name).randbytes(int(size)), name)

    def test_operations_on_a_silent_line_end_in_time_and_what_is_known_answers(self):
        (self.share / "file").write_bytes(os.urandom(MIB))
        (self.share / "unseen").mkdir()
        mount = self.relayed("--timeout", "4")
        mnt = mount.directory
        (mnt / "dir").mkdir()
        os.listdir(mnt)
        os.statvfs(mnt)
        self.relay.stall_after(0)
        for call in (lambda: (mnt / "file").read_bytes(), lambda: os.mkdir(mnt / "new"), lambda: os.listdir(mnt / "unseen")):
            with self.assertRaises(OSError) as caught:
                call()
            self.assertIn(caught.exception.errno, (errno.EIO, errno.ETIMEDOUT))
        os.statvfs(mnt)
        with contextlib.suppress(OSError):  # the kernel need not have kept anything
            pathlib.Path("/proc/sys/vm/drop_caches").write_text("3")
        self.assertEqual(sorted(os.listdir(mnt)), ["dir", "file", "unseen"])
        self.assertEqual(os.listdir(mnt / "dir"), [])
        self.assertEqual((mnt / "file").stat().st_size, MIB)
        self.assertFalse(mount.status()["connected"])
        self.relay.stall_after(None)
        wait_for(lambda: mount.status()["connected"], what="a connection")
        self.assertEqual(len((mnt / "file").read_bytes()), MIB)

    def test_close_says_at_once_that_nothing_can_be_written_while_the_server_is_gone(self):
        mount = self.relayed("--timeout", "3")
        files = [os.open(mount.directory / name, os.O_CREAT | os.O_RDWR) for name in ("one", "two")]
        self.relay.stall_after(0)
        with self.assertRaises(OSError):
            os.mkdir(mount.directory / "dir")
        for how, file in zip((os.fsync, os.close), files):
            os.write(file, b"content")
            with self.assertRaises(OSError):
                how(file)
        os.close(files[0])

    def test_stuck_program_can_be_killed(self):
        mnt = self.relayed("--hard").directory
        (self.share / "file").write_bytes(os.urandom(MIB))
        self.assertTrue((mnt / "file").exists())
        self.relay.stall_after(0)
        for number in (signal.SIGINT, signal.SIGKILL):
            stuck = subprocess.Popen(["cat", mnt / "file"], stdout=subprocess.DEVNULL, start_new_session=True)
            time.sleep(0.5)
            self.assertIsNone(stuck.poll())
            stuck.send_signal(number)
            self.assertEqual(stuck.wait(30), -number)
        self.relay.stall_after(None)

    def test_what_a_program_has_given_up_does_not_stay_open_at_the_server(self):
        mount = self.mount("--timeout", "3")
        mnt = mount.directory
        flags = {"made": os.O_CREAT | os.O_RDWR, "cut": os.O_WRONLY | os.O_TRUNC, "read": os.O_RDONLY}
        for name in ("cut", "read"):
            for i in range(5):
                (self.share / f"{name}{i}").write_text("content")
        for name in flags:
            self.assertEqual((mnt / f"{name}0").exists(), name != "made")
        failed = []

        def give_up(name):
            try:
                os.close(os.open(mnt / name, flags[name[:-1]], 0o600))
            except OSError as error:
                failed.append(error.errno)

        server = self.host.process.pid
        os.kill(server, signal.SIGSTOP)
        try:
            threads = [threading.Thread(target=give_up, args=(f"{name}{i}",)) for name in flags for i in range(5)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            os.kill(server, signal.SIGCONT)
        self.assertEqual(set(failed), {errno.ETIMEDOUT})

        def open_there():
            found = []
            for fd in os.listdir(f"/proc/{server}/fd"):
                with contextlib.suppress(FileNotFoundError):
                    found.append(os.readlink(f"/proc/{server}/fd/{fd}"))
            return [path for path in found if path.startswith(f"{self.share}/")]
        # What comes after it was carried out after all of theirs.
        wait_for(lambda: mount.status()["connected"], what="a connection")
        (mnt / "after").write_text("x")
        wait_for(lambda: not open_there(), what="closed files")

    def deaf_mount(self):
        """One that the server hears, and that perhaps does not hear the server."""
        self.relay = Mute(self.host.port)
        self.addCleanup(self.relay.close)
        return self.mount("--timeout", "10", url=f"dftp://{USER}@127.0.0.1:{self.relay.port}/")

    def fail_unheard(self, mount, call):
        """What is asked for is done, and nobody is told."""
        self.relay.set_mute(True)
        with self.assertRaises(OSError) as caught:
            call()
        self.assertEqual(caught.exception.errno, errno.ETIMEDOUT)
        self.relay.cut()
        self.relay.set_mute(False)
        wait_for(lambda: mount.status()["connected"], what="a connection")

    def test_a_lock_that_failed_is_not_held_at_the_server(self):
        mount = self.deaf_mount()
        (self.share / "file").write_bytes(b"x" * 100)
        for take in (fcntl.lockf, fcntl.flock):
            with self.subTest(take.__name__), open(mount.directory / "file", "r+b") as file, open(self.share / "file", "r+b") as rival:
                self.fail_unheard(mount, lambda: take(file, fcntl.LOCK_EX))
                wait_for(lambda: is_free(take, rival, fcntl.LOCK_EX), what="the lock")
                take(rival, fcntl.LOCK_UN)
                take(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self.assertFalse(is_free(take, rival, fcntl.LOCK_EX))

    def test_a_lock_that_was_held_before_another_failed_is_held_still(self):
        mount = self.deaf_mount()
        (self.share / "file").write_bytes(b"x" * 100)
        with open(mount.directory / "file", "r+b") as file, open(self.share / "file", "r+b") as rival:
            fcntl.lockf(file, fcntl.LOCK_SH, 10, 0)
            fcntl.lockf(file, fcntl.LOCK_EX, 10, 50)
            self.fail_unheard(mount, lambda: fcntl.lockf(file, fcntl.LOCK_EX, 100, 0))
            wait_for(lambda: is_free(fcntl.lockf, rival, fcntl.LOCK_EX, 40, 10), what="what lies between")
            wait_for(lambda: is_free(fcntl.lockf, rival, fcntl.LOCK_EX, 0, 60), what="what lies behind")
            wait_for(lambda: is_free(fcntl.lockf, rival, fcntl.LOCK_SH, 10, 0), what="a lock for reading")
            self.assertFalse(is_free(fcntl.lockf, rival, fcntl.LOCK_EX, 10, 0))
            self.assertFalse(is_free(fcntl.lockf, rival, fcntl.LOCK_SH, 10, 50))

    def test_a_lock_is_given_back_in_the_end_though_that_failed(self):
        mount = self.mount("--timeout", "10")
        (self.share / "file").write_bytes(b"x" * 100)
        with open(mount.directory / "file", "r+b") as file, open(self.share / "file", "r+b") as rival:
            fcntl.lockf(file, fcntl.LOCK_EX)
            with standing_still(self.host.process.pid):
                wait_for(lambda: not mount.status()["connected"], what="the loss of the connection")
                with self.assertRaises(OSError):
                    fcntl.lockf(file, fcntl.LOCK_UN)
            wait_for(lambda: is_free(fcntl.lockf, rival, fcntl.LOCK_EX), what="the lock")

    def test_mount_with_a_silent_line_can_be_ended(self):
        mount = self.relayed("--timeout", "3")
        self.relay.stall_after(0)
        mount.end(signal.SIGTERM, seconds=60)
        self.assertFalse(is_mounted(mount.directory))


if __name__ == "__main__":
    unittest.main()
