"""A server on a small disk, two clients and two mounts of it, each behind a relay that can cut, stall and damage."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from harness import BIN, PASSWORD, SCRATCH, USER, Cli, Server, in_use, partials, wait_for  # noqa: E402
from mount_harness import Mount, is_mounted  # noqa: E402
from relay import Relay  # noqa: E402

DISK = 96 << 20  # bytes of the server's file system
NAMES = ("one", "two")


class FaultyRelay(Relay):
    """Can hold all bytes, or flip a bit of what passes next."""

    def __init__(self, port):
        self.open, self.flips = threading.Event(), 0
        self.open.set()
        super().__init__(port)

    def passed(self, data):
        self.open.wait()
        with self.lock:
            if not self.flips or len(data) < 64:
                return data
            self.flips -= 1
        middle = len(data) // 2
        return data[:middle] + bytes([data[middle] ^ 0x10]) + data[middle + 1:]

    def flip(self):
        with self.lock:
            self.flips += 1

    def close(self):
        self.open.set()
        super().close()


class World:
    def __init__(self, with_mounts):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="dftp-soak-", dir=SCRATCH))
        self.disk = self.dir / "disk"
        self.disk.mkdir()
        self.small_disk = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", self.disk],
                                         capture_output=True, check=False).returncode == 0
        self.share, self.ballast = self.disk / "share", self.disk / "ballast"
        # Where all work is done: a directory on which nothing is mounted at the moment has no such name.
        self.work = self.share / "work"
        self.work.mkdir(parents=True)
        self.server = Server(self.share, self.dir / "state", "--allow-plain-data")
        self.relays = {name: FaultyRelay(self.server.port) for name in NAMES}
        self.clients = {name: Cli(self.dir / f"home-{name}", self.server) for name in NAMES}
        self.running = {name: None for name in NAMES}  # a client's process
        self.with_mounts, self.mounts = with_mounts, {}
        for name in NAMES if with_mounts else ():
            self.mount(name)

    def url(self, name, path):
        return f"dftp://{USER}@127.0.0.1:{self.relays[name].port}/{path}"

    def run(self, name, *words, timeout=120):
        """The exit code of dftp-cli; None: it did not end in time, which is a fault of its own."""
        process = self.clients[name].start("--quiet", *words)
        self.running[name] = process
        try:
            _, errors = process.communicate(timeout=timeout)
            return process.returncode, errors.decode(errors="replace")
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return None, f"did not end within {timeout} s"
        finally:
            self.running[name] = None

    def mount(self, name):
        self.mounts[name] = Mount(self.dir / f"mnt-{name}", self.url(name, ""), self.server.fingerprint, "--timeout", "20",
                                  home=self.dir / f"home-{name}")

    def remount(self, name):
        """A flipped bit ends a mount that only begins: it says so, and is begun again."""
        self.mounts[name].remove()
        for _ in range(self.relays[name].flips + 1):
            with contextlib.suppress(AssertionError):
                return self.mount(name)
        return self.mount(name)

    @contextlib.contextmanager
    def at(self, name, beneath="."):
        """A directory of a mount, as a path that leads nowhere else, even if the mount goes. OSError: it is gone."""
        top = os.open(self.mounts[name].directory / "work" / beneath, os.O_PATH | os.O_DIRECTORY)
        try:
            yield pathlib.Path(f"/proc/self/fd/{top}")
        finally:
            os.close(top)

    def state(self):
        """What the mounts say of themselves."""
        return "".join(f"{name}: {self.status(mount)}\n" for name, mount in self.mounts.items())

    def status(self, mount):
        try:
            done = subprocess.run([BIN / "dftp-mount", "--status", mount.directory], capture_output=True, text=True, timeout=10, check=False)
            return done.stdout + done.stderr
        except subprocess.TimeoutExpired:
            return "gives no answer"

    def heal(self):
        """All faults that last are taken back; mounts that are gone are made anew."""
        self.ballast.unlink(missing_ok=True)
        for relay in self.relays.values():
            relay.open.set()
            relay.flips = 0
        if self.server.process.poll() is not None:
            self.server.start()
        self.server.process.send_signal(signal.SIGCONT)
        for name, mount in self.mounts.items():
            if mount.process.poll() is None:
                mount.process.send_signal(signal.SIGCONT)
            if mount.process.poll() is not None or not is_mounted(mount.directory):
                self.remount(name)

    def settle(self):
        """Returns when no upload is under way at the server any more."""
        def busy():
            found = False
            for partial in partials(self.share):
                with contextlib.suppress(FileNotFoundError):
                    found |= in_use(partial)
            return found
        wait_for(lambda: not busy(), seconds=150, what="uploads that nobody sends any more to end")

    def close(self):
        for mount in self.mounts.values():
            with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
                mount.remove()
        for relay in self.relays.values():
            relay.close()
        self.server.process.send_signal(signal.SIGCONT)
        with contextlib.suppress(AssertionError):
            self.server.__exit__()
        if self.small_disk:
            subprocess.run(["umount", "-l", self.disk], check=False)
        shutil.rmtree(self.dir, ignore_errors=True)


__all__ = ["NAMES", "PASSWORD", "USER", "World"]
