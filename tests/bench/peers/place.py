"""Where a bench happens: its directories, its environment, the network between client and server."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ.get("DFTP_BIN", ROOT / "build/release/bin")).resolve()
UNPACKED = ROOT / "build/unpacked"  # what ./dev has unpacked rather than installed
WATCHDOG = pathlib.Path(__file__).with_name("watchdog.py")
USER, PASSWORD = "bench", "long enough for a bench"  # of dftp's servers here
STRANGER = "nobody"  # whom servers run as that refuse to be root


class Unavailable(Exception):
    """This peer cannot take part; the text says why."""


class Place:
    """In `top`: share/data (sources, read by all), share/in (puts arrive there), out (gets), and a directory a server."""

    def __init__(self, scratch, network):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="dftp-bench-", dir=scratch))
        self.network = network
        self.share, self.out, self.home = self.top / "share", self.top / "out", self.top / "home"
        self.data, self.inbox = self.share / "data", self.share / "in"
        for directory in (self.data, self.inbox, self.out, self.home):
            directory.mkdir(parents=True)
        self.top.chmod(0o755)
        self.inbox.chmod(0o777)  # servers may run as somebody else
        tools = [str(UNPACKED / "usr/bin"), str(UNPACKED / "usr/sbin"), "/usr/sbin", "/sbin"]
        self.env = {"HOME": str(self.home), "LANG": "C.UTF-8", "PATH": os.pathsep.join([str(BIN), os.environ["PATH"], *tools])}

    def remove(self):
        shutil.rmtree(self.top, ignore_errors=True)

    def tool(self, name):
        found = shutil.which(name, path=self.env["PATH"])
        if not found:
            raise Unavailable(f"{name} is not installed")
        return found

    def state(self, name, owner=None):
        """A new directory of a server's own, outside of what is shared."""
        directory = self.top / name
        directory.mkdir(mode=0o700)
        if owner and os.geteuid() == 0:
            shutil.chown(directory, owner)
        return directory

    def call(self, *command, **more):
        """Runs a tool that makes keys and the like."""
        self.tool(str(command[0]))
        done = subprocess.run(list(map(str, command)), env=self.env, capture_output=True, text=True, check=False, **more)
        if done.returncode:
            raise Unavailable(f"{command[0]}: {done.stderr.strip()[-300:]}")
        return done.stdout

    def launch(self, state, *command, port, says="", env=None, **facts):
        """Returns a Server when somebody listens on that port and its output has the words `says`."""
        command = [self.tool(str(command[0])), *map(str, command[1:])]
        log = state.with_suffix(".log")
        with open(log, "ab") as output:
            watchdog = subprocess.Popen([*self.network.server, sys.executable, "-S", WATCHDOG, *command], stdin=subprocess.DEVNULL,
                                      stdout=output, stderr=output, env=self.env | (env or {}), start_new_session=True)
        server = Server(watchdog, log, {"host": self.network.host, "port": port} | facts)
        try:
            self.wait_for(server, port, says)
        except BaseException:
            server.stop()
            raise
        return server

    def wait_for(self, server, port, says, seconds=15):
        deadline = time.monotonic() + seconds
        knock = [*self.network.client, "bash", "-c", f"exec 3<>/dev/tcp/{self.network.host}/{port}"]
        while subprocess.run(knock, stderr=subprocess.DEVNULL, check=False).returncode or says not in server.output():
            if server.watchdog.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"does not start: {server.output().strip()[-300:]}")
            time.sleep(0.02)


class Server:
    """A server and its watchdog. `facts` fill the gaps in the commands of its clients."""

    def __init__(self, watchdog, log, facts):
        self.watchdog, self.log, self.facts = watchdog, log, facts

    def output(self):
        return self.log.read_text(errors="replace")

    def stop(self):
        if self.watchdog.poll() is None:
            self.watchdog.send_signal(signal.SIGTERM)
            try:
                self.watchdog.wait(30)
            except subprocess.TimeoutExpired:
                self.watchdog.kill()
                self.watchdog.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stranger():
    """The name of a user who is not root."""
    return STRANGER if os.geteuid() == 0 else os.environ.get("USER") or subprocess.check_output(["id", "-un"], text=True).strip()
