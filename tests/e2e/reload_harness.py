"""What the tests of a reload share: a server that is told everything by its file, as a service is."""
import json
import re
import signal
import subprocess
import sys

from harness import BIN, PASSWORD, USER, Case, wait_for
from guard_harness import Refused
from independent_client import Client, DftpError

# Replaces what the harness says on the command line by the file alone, as a service has it.
FROM_FILE = "import os, sys; os.execv(sys.argv[2], [sys.argv[2], '--config', sys.argv[1], *sys.argv[sys.argv.index('--') + 1:]])"
LOST = (EOFError, OSError, DftpError)
WAYS = ("signal", "command")
# Other values for the keys that cannot change while a server runs.
RESTART = {"root": "other", "state": "other-state", "listen": "127.0.0.2:0", "announce": True, "confine": False, "threads": 3, "disk-threads": 5, "max-watches": 50}


class ReloadCase(Case):
    def setUp(self):
        super().setUp()
        self.dir.chmod(0o755)  # for commands as another user
        self.file = self.dir / "dftp.toml"

    def text(self, keys=None, more=""):
        first = {"root": str(self.dir / "share"), "state": str(self.dir / "state"), "listen": "127.0.0.1:0"}
        return "".join(f"{key} = {json.dumps(value)}\n" for key, value in (first | (keys or {})).items()) + more

    def configure(self, keys=None, more=""):
        self.write(self.text(keys, more))

    def write(self, text):
        fresh = self.dir / "fresh.toml"
        fresh.write_text(text)
        fresh.replace(self.file)

    def start(self, keys=None, *options, more="", env=None):
        self.configure(keys, more)
        wrapper = [sys.executable, "-c", FROM_FILE, self.file]
        self.host = self.server("--", *options, wrapper=wrapper, env=env)
        return self.host

    def log(self):
        return self.host.output() + "".join(file.read_text() for file in self.dir.glob("*.other-log"))

    def answers(self):
        return re.findall(r"(?:\d+Z |\"event\":\")((?:not-)?reloaded)\b(.*)", self.log())

    def reload(self, way="command", expect=0):
        """What was said of it: in the log, and by the command."""
        before = len(self.answers())
        said = ""
        if way == "signal":
            self.host.process.send_signal(signal.SIGHUP)
        else:
            done = subprocess.run([BIN / "dftp-server", "reload", "--config", self.file], capture_output=True, text=True, stdin=subprocess.DEVNULL)
            self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
            said = done.stdout + done.stderr
        wait_for(lambda: len(self.answers()) > before, what=f"an answer to the {way}")
        event, words = self.answers()[-1]
        self.assertEqual(event, "reloaded" if expect == 0 else "not-reloaded", words)
        return said + words

    def change(self, keys=None, more="", **how):
        self.configure(keys, more)
        return self.reload(**how)

    def stranger(self, user=USER):
        client = Client(self.host.host, self.host.port, self.host.fingerprint, user, PASSWORD)
        self.addCleanup(client.control.stream.close)
        return client

    def refused(self, code, call, *arguments, **members):
        with self.assertRaises((DftpError, Refused)) as raised:
            call(*arguments, **members)
        self.assertEqual(raised.exception.code, code)

    def lost(self, client):
        with self.assertRaises(LOST):
            while True:
                client.call("ping")
