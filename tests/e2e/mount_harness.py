"""What the tests of dftp-mount share: real mounts of a real server, which never stay behind."""
import contextlib
import os
import pathlib
import subprocess
import threading
import unittest

from harness import BIN, PASSWORD, USER, Case, Server, wait_for

# A mount whose process is gone answers everything with an error: so no test hangs longer than this.
PATIENCE = 90


def why_not():
    """Why nothing can be mounted here, or None."""
    if not os.path.exists("/dev/fuse"):
        return "there is no /dev/fuse"
    if os.geteuid() != 0:
        return "mounting needs root here"
    return None


def is_mounted(directory):
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        return any(line.split()[4] == str(directory) for line in file)


class Mount:
    """A dftp-mount in the foreground, on a directory that is made for it."""

    def __init__(self, directory, url, fingerprint, *options, password=PASSWORD, home=None, wait=True):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.log = pathlib.Path(str(directory) + ".log")
        self.env = {"HOME": str(home or self.directory.parent / "home"), "PATH": os.environ["PATH"], "LANG": "C.UTF-8",
                    "DFTP_PASSWORD": password}
        self.env |= {key: os.environ[key] for key in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS") if key in os.environ}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [BIN / "dftp-mount", url, self.directory, "-f", "--fingerprint", fingerprint, *map(str, options)],
                env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        if wait:
            wait_for(lambda: is_mounted(self.directory) or self.process.poll() is not None, what="a mount")
            if self.process.poll() is not None:
                raise AssertionError(f"dftp-mount ended with {self.process.returncode}: {self.log.read_text()}")

    def status(self):
        import json
        done = subprocess.run([BIN / "dftp-mount", "--status", self.directory], capture_output=True, text=True, timeout=20,
                              check=True)
        return json.loads(done.stdout)

    def end(self, number=15, seconds=30):
        """Ends it by a signal; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(seconds)

    def remove(self):
        """Whatever state it is in, nothing stays."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            if self.process.poll() is None:
                self.process.terminate()
                self.process.wait(10)
        if self.process.poll() is None:
            self.lose()
        while is_mounted(self.directory):
            if subprocess.run(["umount", "-l", self.directory], check=False).returncode != 0:
                break
        log = self.log.read_text(errors="replace")
        assert "Sanitizer" not in log and "runtime error" not in log, log

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()

    def lose(self):
        """Kills it; whoever waits for it gets an error. It may stay mounted."""
        self.kill()
        self.process.wait()


class MountCase(Case):
    """A server `self.host` and its share `self.share`; mounts end with the test, and a test that hangs fails."""

    def setUp(self):
        super().setUp()
        self.mounts = []
        watchdog = threading.Timer(PATIENCE, self.too_long)
        watchdog.start()
        self.addCleanup(watchdog.cancel)
        self.hung = False
        self.host = self.server()
        self.share = self.host.share

    def tearDown(self):
        self.assertFalse(self.hung, f"took longer than {PATIENCE} s")

    def too_long(self):
        self.hung = True
        for mount in self.mounts:
            mount.kill()

    def mount(self, *options, name="mnt", url=None, path="/", **more):
        mount = Mount(self.dir / name, url or self.host.url(path), self.host.fingerprint, *options, home=self.dir / "home", **more)
        self.mounts.append(mount)
        self.addCleanup(mount.remove)
        return mount

    def run_in(self, directory, *command, timeout=60, **more):
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=timeout, check=False,
                              stdin=subprocess.DEVNULL, **more)
        self.assertEqual(done.returncode, 0, f"{command}: {done.stdout[-1500:]}{done.stderr[-1500:]}")
        return done.stdout


class Two(MountCase):
    """Two mounts and the share itself."""

    def setUp(self):
        super().setUp()
        self.mnt = self.mount().directory
        self.other = self.mount(name="other").directory
        self.writers = {"another mount": self.other, "a program of the server": self.share}

    def in_children(self, work, tops):
        """Runs work(top) in a process for each."""
        children = []
        for top in tops:
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    work(top)
                    code = 0
                finally:
                    os._exit(code)
            children.append(child)
        for child in children:
            self.assertEqual(os.waitpid(child, 0)[1], 0)
