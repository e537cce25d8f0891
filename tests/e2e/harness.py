"""What the end-to-end tests share: real servers and clients as processes, on loopback, in a directory of the test's own."""
import contextlib
import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

BIN = pathlib.Path(os.environ.get("DFTP_BIN", "build/release/bin")).resolve()
# In memory where that is possible: most tests are not about the disk.
SCRATCH = os.environ.get("DFTP_SCRATCH") or ("/dev/shm" if os.path.isdir("/dev/shm") else None)
# Memory says nothing in a build with a sanitizer.
SANITIZED = bool(os.environ.get("DFTP_SANITIZE"))
USER, PASSWORD = "anna", "correct horse battery"


class Server:
    """A dftp-server of its own, stopped at the end of the `with` block."""

    def __init__(self, share, state, *options, listen="127.0.0.1:0", user=True, env=None, stderr=None, wrapper=(), sockets=()):
        self.share, self.state = pathlib.Path(share), pathlib.Path(state)
        self.share.mkdir(parents=True, exist_ok=True)
        if user and not (self.state / "users.toml").exists():
            add_user(self.state, USER, PASSWORD)
        self.options, self.listen, self.env, self.process = options, listen, env or {}, None
        self.wrapper = wrapper  # a command that starts it
        self.sockets = sockets  # it inherits them
        self.stderr = stderr  # where the log goes; into self.log, if nowhere else
        self.log = self.state.with_suffix(".log")
        self.start()

    def start(self):
        """Returns when it says that it listens. The same port again after stop() or kill()."""
        with open(self.log, "ab") as log:
            begin = log.tell()
            # A group of its own: one without a parent in its session, as that of the tests may be, is not stopped by SIGTSTP.
            self.process = subprocess.Popen(
                [*self.wrapper, BIN / "dftp-server", self.share, "--state", self.state, "--listen", self.listen, *self.options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=self.stderr or log, env=os.environ | self.env, process_group=0,
                pass_fds=[one.fileno() for one in self.sockets])
        wait_for(lambda: "listening on" in self.output(begin) or self.process.poll() is not None, what="a listening server")
        text = self.output(begin)
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended with {self.process.returncode}:\n{text}")
        self.fingerprint = re.search(r"^fingerprint (SHA256:[\w+/]+)$", text, re.MULTILINE)[1]
        if not self.listen.startswith("unix:"):
            self.host, self.port = self.listen.rpartition(":")[0], int(re.search(r"listening on \S*:(\d+)", text)[1])
            self.listen = f"{self.host}:{self.port}"

    def output(self, begin=0):
        with open(self.log, "rb") as log:
            log.seek(begin)
            return log.read().decode(errors="replace")

    def url(self, path="/", user=USER):
        at = f"{user}@" if user else ""
        return f"dftp://{at}{self.host}:{self.port}{path}"

    def stop(self, number=signal.SIGTERM, seconds=20):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(seconds)
        return self.process.returncode

    def kill(self):
        self.stop(signal.SIGKILL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("the server did not stop in time") from None


def add_user(state, name, password, *options):
    subprocess.run([BIN / "dftp-server", "user", "add", name, "--password-stdin", "--state", state, *options],
                   input=password, text=True, check=True, stdout=subprocess.DEVNULL)


class Cli:
    """dftp-cli with a home of its own, so that it meets no known servers and no keys."""

    def __init__(self, home, server=None, password=PASSWORD):
        self.home = pathlib.Path(home)
        self.home.mkdir(parents=True, exist_ok=True)
        self.env = {"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        self.env |= {key: os.environ[key] for key in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS") if key in os.environ}
        if password is not None:
            self.env["DFTP_PASSWORD"] = password
        self.options = ["--fingerprint", server.fingerprint] if server else []

    def start(self, *arguments, stdin=subprocess.DEVNULL, **more):
        # In a session of its own, whoever runs the tests is not asked at their terminal.
        return subprocess.Popen([BIN / "dftp-cli", *self.options, *map(str, arguments)], env=self.env, stdin=stdin,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, **more)

    def run(self, *arguments, expect=0, input=None, timeout=120, **more):
        """The finished process; `expect` is the exit code that it must have, None: any."""
        done = subprocess.run([BIN / "dftp-cli", *self.options, *map(str, arguments)], env=self.env, timeout=timeout,
                              capture_output=True, start_new_session=True, **({"input": input} if input is not None else {"stdin": subprocess.DEVNULL}),
                              **more)
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"{arguments}: exit code {done.returncode}, expected {expect}\n"
                                 f"{done.stdout.decode(errors='replace')[-2000:]}\n{done.stderr.decode(errors='replace')[-2000:]}")
        return done

    def result(self, *arguments, expect=0, **more):
        """The final JSON object of a --json run."""
        done = self.run("--json", *arguments, expect=expect, **more)
        return result_of(done.stdout)


def quota(size):
    """What must be in a program's environment to let it write so many bytes and no more."""
    # A sanitizer wants to be the first library.
    asan = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))
    return {"LD_PRELOAD": str(BIN / "dftp_quota.so"), "DFTP_TEST_QUOTA": str(size), "ASAN_OPTIONS": asan}


def result_of(stdout):
    last = json.loads(stdout.splitlines()[-1])
    assert last["event"] == "result", last
    return last


def wait_for(condition, seconds=20, what="a condition"):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.005)


def make_file(path, size, seed=1):
    """Bytes that do not repeat, quickly."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    key = f"{seed:032x}"
    with open(path, "wb") as out:
        zeros = subprocess.Popen(["head", "-c", str(size), "/dev/zero"], stdout=subprocess.PIPE)
        subprocess.run(["openssl", "enc", "-aes-128-ctr", "-K", key, "-iv", "0" * 32], stdin=zeros.stdout, stdout=out, check=True)
        zeros.stdout.close()
        zeros.wait()
    return path


def same(one, other):
    return subprocess.run(["cmp", "-s", one, other], check=False).returncode == 0


def partials(directory):
    return [entry for entry in pathlib.Path(directory).rglob(".dftp-part-*")]


def grown(directory, size):
    """Partials with more than so many bytes; others come and go meanwhile."""
    found = []
    for partial in partials(directory):
        with contextlib.suppress(FileNotFoundError):
            if partial.stat().st_blocks * 512 > size:
                found.append(partial)
    return found


def in_use(partial):
    """Whether somebody still writes to it, as a server may for a moment that has lost its client."""
    with open(partial, "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


class Case(unittest.TestCase):
    """A test with a scratch directory `self.dir` that goes away with it."""

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="dftp-e2e-", dir=SCRATCH))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def server(self, *options, **more):
        server = Server(self.dir / "share", self.dir / "state", *options, **more)
        self.addCleanup(server.__exit__)
        return server

    def cli(self, server=None, **more):
        return Cli(self.dir / "home", server, **more)
