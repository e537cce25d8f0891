"""Each key of the configuration that may change while the server runs changes something that can be seen."""
import json
import os
import re
import socket
import subprocess
import unittest

from certificates import self_signed
from exec_test import RUN_AS, running
from guard_harness import STRANGER, Peer, Refused
from harness import BIN, PASSWORD, USER, add_user, make_file, wait_for
from reload_harness import RESTART, ReloadCase


class Changes(ReloadCase):
    """Each key that may change, with what it changes: by its name, `-` as `_`."""

    def peer(self):
        client = Peer(self.host)
        self.addCleanup(client.stream.close)
        return client.log_in()

    def observe_read_only(self):
        writer = self.stranger()
        self.change({"read-only": True})
        self.lost(writer)
        reader = self.stranger()
        self.refused("read_only", reader.call, "mkdir", path="/a")
        self.change()
        self.stranger().call("mkdir", path="/a")
        reader.call("ping")  # nobody took it anything

    def observe_anonymous(self):
        self.refused("login_failed", self.stranger, None)
        anna = self.stranger()
        self.change({"anonymous": True})
        anonymous = self.stranger(None)
        self.change()
        self.lost(anonymous)
        anna.call("ping")
        self.refused("login_failed", self.stranger, None)

    def observe_allow_plain_data(self):
        client = self.stranger()
        make_file(self.host.share / "plain", 10)
        self.refused("denied", client.call, "get", sources=["/plain"], plain=True)
        self.change({"allow-plain-data": True})
        self.assertIn("tickets", client.call("get", sources=["/plain"], plain=True))

    def observe_talk(self):
        client = self.stranger()
        client.call("say", text="hello")
        self.change({"talk": False})
        self.refused("denied", client.call, "say", text="hello")
        self.change({"talk": True})
        client.call("say", text="hello")

    def observe_announce_name(self):
        self.host.stop()
        self.start({"announce": True, "announce-name": "before"})
        self.assertEqual(self.discovered(), ["before"])
        self.change({"announce": True, "announce-name": "after"})
        self.assertEqual(self.discovered(), ["after"])

    def discovered(self):
        entries = self.cli().result("discover")["entries"]
        return [entry["name"] for entry in entries if entry["fingerprint"] == self.host.fingerprint]

    def observe_fetch_from(self):
        client = self.stranger()
        # Nobody listens there, and nothing is allowed at first.
        source = {"address": "127.0.0.1", "port": 1, "fingerprint": self.host.fingerprint, "tickets": [32 * "ab"]}
        fetch = {"put": {"targets": [{"path": "/fetched"}]}, "from": source}
        self.refused("denied", client.call, "fetch", **fetch)
        self.change({"fetch-from": "127.0.0.1:1"})
        self.assertEqual(client.call("fetch", **fetch)["files"], 0)  # its first part: it tries

    def observe_certificate(self):
        session, before = self.stranger(), self.host.fingerprint
        crt, key = self_signed(self.dir, "given")
        self.change({"certificate": str(crt), "key": str(key)})
        self.assertIn(" changed=certificate,key", " " + self.log())
        self.host.fingerprint = re.findall(r" reloaded fingerprint=(\S+)", self.log())[-1]
        self.assertNotEqual(self.host.fingerprint, before)
        self.stranger()
        session.call("ping")
        # The files that are in use now are the ones that are watched.
        for file, other in zip((crt, key), self_signed(self.dir, "renewed")):
            file.write_bytes(other.read_bytes())
        wait_for(lambda: "certificate-renewed" in self.log(), what="the renewal")
        self.change()
        self.host.fingerprint = before
        self.stranger()

    observe_key = observe_certificate

    def observe_log_format(self):
        self.change({"log-format": "json"})
        self.assertRegex(self.log(), r'"event":"reloaded".*"changed":"log-format"')
        self.change()
        self.assertTrue(self.log().splitlines()[-1].endswith(" changed=log-format"))

    def observe_log_file(self):
        first, other = self.dir / "first.other-log", self.dir / "second.other-log"
        self.host.stop()
        self.start({"log-file": str(first)})
        self.change({"log-file": str(other)})
        wait_for(lambda: "changed=log-file" in other.read_text(), what="a line about it")
        before = first.read_text()
        self.stranger()
        wait_for(lambda: "session-open" in other.read_text(), what="a line in the other file")
        self.assertEqual(first.read_text(), before)

    def observe_grace(self):
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(str(self.dir / "notify"))
        self.host.stop()
        self.start({"grace": 600}, env={"NOTIFY_SOCKET": str(self.dir / "notify")})
        self.change({"grace": 1})
        self.host.stop()
        manager.settimeout(0.2)
        told = ""
        while "STOPPING=1" not in told:
            told = manager.recv(4096).decode()
        self.assertIn("EXTEND_TIMEOUT_USEC=25000000", told)  # and the last words, twice 12 s

    def observe_max_sessions(self):
        first = self.stranger()
        self.change({"max-sessions": 1})
        self.refused("too_many", self.stranger)
        first.call("ping")
        self.change({"max-sessions": 4})
        self.stranger().call("ping")

    def observe_max_sessions_per_user(self):
        add_user(self.host.state, "ben", PASSWORD)
        first = self.stranger()
        self.change({"max-sessions-per-user": 1})
        self.refused("too_many", self.stranger)
        self.stranger("ben").call("ping")
        first.call("ping")

    def observe_max_sessions_per_source(self):
        first = self.stranger()
        self.change({"max-sessions-per-source": 1})
        self.refused("too_many", self.stranger)
        self.peer().call("ping")
        first.call("ping")

    def penalties(self):
        done = subprocess.run([BIN / "dftp-server", "penalties", "--json", "--config", self.file], capture_output=True, text=True, check=True)
        return [json.loads(line)["source"] for line in done.stdout.splitlines()]

    def guess(self):
        client = Peer(self.host)
        self.addCleanup(client.stream.close)
        with self.assertRaises(Refused):
            client.greet().call("login", method="password", user=USER, password="wrong")

    def observe_penalties(self):
        self.change({"penalties": False})
        self.guess()
        self.assertEqual(self.penalties(), [])
        self.change()
        self.guess()
        self.assertEqual(self.penalties(), [STRANGER])

    def observe_penalty_exempt(self):
        self.change({"penalty-exempt": [f"{STRANGER}/32"]})
        self.guess()
        self.assertEqual(self.penalties(), [])
        self.change()
        self.guess()
        self.assertEqual(self.penalties(), [STRANGER])

    def observe_max_jobs(self):
        source, client = make_file(self.dir / "job", 1000), self.cli(self.host)
        put = lambda job, **more: client.run("--retries", "0", "put", "--job", job, source, self.host.url(f"/{job}"), **more)
        put("one")
        self.change({"max-jobs": 1})
        self.assertIn(b"raise max-jobs", put("two", expect=None).stderr)
        self.change({"max-jobs": 5})
        put("two")

    def observe_limit_rate(self):
        make_file(self.host.share / "much", 3 << 20)
        client = self.cli(self.host)
        get = lambda name: client.result("get", self.host.url("/much"), self.dir / name).get("limited_by")
        self.assertNotEqual(get("free"), "server limit")
        self.change({"limit-rate": "2M"})
        self.assertEqual(get("limited"), "server limit")
        self.change()
        self.assertNotEqual(get("free again"), "server limit")

    def commands(self, **commands):
        own = [f'run-as = "{RUN_AS}"'] if RUN_AS else []
        return "".join("\n".join([f"[exec.{name}]", f"argv = {json.dumps(argv)}", 'users = ["*"]', *own]) + "\n" for name, argv in commands.items())

    def observe_exec(self):
        self.host.stop()
        self.start(more=self.commands(first=["/bin/true"]))
        client, mark = self.stranger(), f"9{os.getpid()}"
        self.assertEqual(client.call("commands")["names"], ["first"])
        said = self.change(more=self.commands(sleep=["/bin/sleep", mark], say=["/bin/echo", "first"]))
        self.assertIn("exec.sleep", said)
        self.assertEqual(sorted(client.call("commands")["names"]), ["say", "sleep"])
        sleeper = self.cli(self.host).start("exec", self.host.url(), "--", "sleep")
        self.addCleanup(sleeper.communicate)
        self.addCleanup(sleeper.kill)
        wait_for(lambda: running(mark), what="the command")
        said = self.change(more=self.commands(say=["/bin/echo", "second"]))
        self.assertIn("exec.say", said)
        self.assertEqual(self.cli(self.host).run("exec", self.host.url(), "--", "say").stdout, b"second\n")
        self.refused("denied", client.call, "exec", name="sleep")
        self.assertIsNone(sleeper.poll())  # what runs goes on

    # ---- all of them

    OBSERVED = {name.removeprefix("observe_").replace("_", "-"): name for name in dir() if name.startswith("observe_")}

    def test_no_key_is_forgotten(self):
        self.configure()
        (self.dir / "share").mkdir()
        printed = subprocess.run([BIN / "dftp-server", "--check", "--print", "--config", self.file], capture_output=True, text=True, check=True).stdout
        keys = set(re.findall(r"^(?:# )?([\w-]+) (?:=|is not set)", printed, re.MULTILINE))
        self.assertEqual(set(self.OBSERVED) - {"exec"} | set(RESTART), keys)
        self.assertFalse(set(self.OBSERVED) & set(RESTART))


def observing(name):
    def test(self):
        self.start()
        getattr(self, name)()
        self.assertIn(self.host.process.poll(), (None, 0))
    return test


for KEY, NAME in Changes.OBSERVED.items():
    if KEY != "key":  # changes with the certificate
        setattr(Changes, f"test_{KEY.replace('-', '_')}", observing(NAME))


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
