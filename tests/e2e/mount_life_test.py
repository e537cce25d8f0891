"""How a mount begins and ends: no mount without a reason, none that stays behind, nothing lost at its end."""
import contextlib
import errno
import os
import pathlib
import signal
import subprocess
import threading
import time
import unittest

from harness import BIN, PASSWORD, USER, make_file, same, wait_for
from mount_client import Fs
from mount_harness import MountCase, is_mounted, why_not
from relay import Relay

MIB = 1 << 20


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
                ((url(), self.dir / "none", *self.known), 32, "No such file"), ((url(), self.dir / "file", *self.known), 32, "is no directory"),
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

    def test_it_ends_while_a_program_waits_for_what_is_being_changed(self):
        """The kernel takes in that a page is outdated only once whoever reads it has an answer."""
        make_file(self.share / "read", 4 * MIB)
        mount = self.mount("--timeout", "30")
        reader = os.open(mount.directory / "read", os.O_RDONLY)
        writer = os.open(mount.directory / "written", os.O_CREAT | os.O_RDWR)
        for handle in (reader, writer):
            self.addCleanup(self.close_or_fail, handle)
        os.pread(reader, 1, 0)
        self.host.process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.host.process.send_signal, signal.SIGCONT)
        os.pwrite(writer, b"x" * MIB, 0)  # so its end waits for the server
        mount.process.terminate()
        time.sleep(0.3)
        reading = threading.Thread(target=self.read_or_fail, args=(reader, 3 * MIB))
        reading.start()
        time.sleep(0.2)
        (self.share / "read").write_bytes(b"other")
        self.host.process.send_signal(signal.SIGCONT)
        mount.process.wait(20)
        reading.join(20)
        self.assertFalse(reading.is_alive())

    @staticmethod
    def close_or_fail(handle):
        with contextlib.suppress(OSError):
            os.close(handle)

    @staticmethod
    def read_or_fail(handle, at):
        with contextlib.suppress(OSError):
            os.pread(handle, 4096, at)

    def test_umount_ends_the_process(self):
        mount = self.mount()
        subprocess.run(["umount", mount.directory], check=True, timeout=20)
        self.assertEqual(mount.process.wait(20), 0)

    def test_other_end_of_a_pipe_that_goes_does_not_end_the_mount(self):
        mount = self.mount()
        mount.process.send_signal(signal.SIGPIPE)
        (mount.directory / "file").touch()
        self.assertEqual(os.listdir(self.share), ["file"])


def waits_in_the_kernel(process):
    """Whether one of its threads is where no signal but SIGKILL reaches it."""
    for task in pathlib.Path(f"/proc/{process}/task").iterdir():
        if (task / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "D":
            return True
    return False


class DeafToRequests(Relay):
    """Passes what the server says; what the other side says waits while `heard` is not set."""

    def __init__(self, port):
        self.heard, self.waiting = threading.Event(), threading.Event()
        self.heard.set()
        super().__init__(port)

    def pump_for(self, client):
        def pump(source, sink):
            while data := source.recv(1 << 16):
                if source is client and not self.heard.is_set():
                    self.waiting.set()
                    self.heard.wait()
                sink.sendall(data)
        return pump

    def close(self):
        self.heard.set()
        super().close()


class Killed(MountCase):
    def test_nobody_waits_for_a_mount_that_was_killed_while_it_told_of_a_change(self):
        """Its thread waits in the kernel for the directory, which the program has that waits for an answer."""
        (self.share / "dir").mkdir()
        (self.share / "dir" / "one").touch()
        relay = DeafToRequests(self.host.port)
        self.addCleanup(relay.close)
        mount = self.mount("--timeout", "600", url=f"dftp://{USER}@127.0.0.1:{relay.port}/")
        self.assertEqual(os.listdir(mount.directory / "dir"), ["one"])
        relay.heard.clear()
        program = subprocess.Popen(["mkdir", mount.directory / "dir" / "new"], stderr=subprocess.DEVNULL)
        self.assertTrue(relay.waiting.wait(30), "mkdir asks the server")
        for number in range(1, 3):
            (self.share / "dir" / f"other{number}").touch()
            (self.share / "dir" / "one").rename(self.share / "dir" / "two")
            (self.share / "dir" / "two").rename(self.share / "dir" / "one")
        wait_for(lambda: waits_in_the_kernel(mount.process.pid), what="the mount to wait for the directory")
        mount.kill()
        mount.process.wait(30)
        self.assertNotEqual(program.wait(30), 0)


class Nested(MountCase):
    def test_a_mount_of_a_server_in_its_own_share(self):
        self.host.stop()
        self.host = self.server("--threads", "1")  # which must not wait for itself
        self.share = self.host.share
        (self.share / "deep").mkdir()
        (self.share / "deep" / "file").write_text("there")
        outer = self.mount("--timeout", 10, name="outer").directory
        (outer / "first").touch()
        time.sleep(2)  # the first operation may take long, and then the next ones are not done at once
        inside = self.mount("--timeout", 10, name=os.path.relpath(self.share / "inside", self.dir), path="/deep").directory
        self.assertTrue(is_mounted(inside))
        self.assertEqual((outer / "inside" / "file").read_text(), "there")
        (outer / "inside" / "new").write_text("made")
        self.assertEqual((self.share / "deep" / "new").read_text(), "made")
        os.rename(outer / "inside" / "new", outer / "inside" / "moved")
        os.unlink(outer / "inside" / "file")
        self.assertEqual(os.listdir(self.share / "deep"), ["moved"])

    def test_the_next_session_waits_for_what_the_one_before_has_begun(self):
        """A write that is under way would be carried out after newer ones."""
        (self.share / "deep").mkdir()
        (self.share / "deep" / "file").write_text("there")
        inside = self.mount(name=os.path.relpath(self.share / "inside", self.dir), path="/deep")
        fs = Fs(self.host.host, self.host.port, self.host.fingerprint, USER, PASSWORD)
        self.addCleanup(fs.control.stream.close)
        directory = fs.lookup(1, "inside")["node"]
        handle = fs.open(fs.lookup(directory, "file")["node"], "both")["handle"]
        (self.share / "other").write_text("other")
        other = fs.open(fs.lookup(1, "other")["node"], "read")["handle"]
        [data] = fs.streams(1)
        self.addCleanup(data.close)
        inside.process.send_signal(signal.SIGSTOP)
        self.addCleanup(inside.process.send_signal, signal.SIGCONT)
        data.begin_write(handle, 0, b"x" * MIB)
        self.assertEqual(data.read(other, 0, 100), b"other")  # so the write has been taken
        again = Fs(self.host.host, self.host.port, self.host.fingerprint, USER, PASSWORD, mount=False)
        self.addCleanup(again.control.stream.close)
        remount = again.begin("remount", mount=fs.token, seen=0)
        with self.assertRaises(EOFError):  # the session before has ended
            while True:
                fs.take()
        again.control.stream.settimeout(0.5)
        with self.assertRaises(TimeoutError):
            again.end(remount)
        again.control.stream.settimeout(30)
        inside.process.send_signal(signal.SIGCONT)
        self.assertEqual(again.end(remount)["mount"], fs.token)
        self.assertEqual((self.share / "deep" / "file").stat().st_size, MIB)


if __name__ == "__main__":
    unittest.main()
