"""Whoever is removed, changed or sent away loses what runs: sessions, transfers and mounts."""
import os
import re
import subprocess
import unittest

from harness import BIN, PASSWORD, USER, add_user, make_file, wait_for
from mount_client import FsError
from mount_protocol_harness import ROOT, MountCase
from independent_client import Client, DftpError

LOST = (EOFError, OSError, KeyError, DftpError)  # how the protocol's clients of these tests see an end


class Revocation(MountCase):
    def setUp(self):
        super().setUp()
        add_user(self.host.state, "ben", PASSWORD)

    def operator(self, *arguments, expect=0, input=None):
        done = subprocess.run([BIN / "dftp-server", *arguments, "--state", self.host.state], capture_output=True, text=True, input=input,
                              **({} if input is not None else {"stdin": subprocess.DEVNULL}))
        self.assertEqual(done.returncode, expect, done.stderr)
        return done.stdout + done.stderr

    def stranger(self, user=USER):
        client = Client(self.host.host, self.host.port, self.host.fingerprint, user, PASSWORD)
        self.addCleanup(client.control.stream.close)
        return client

    def lost(self, call, *arguments, **members):
        with self.assertRaises(LOST):
            call(*arguments, **members)

    def edit_users(self, old, new, replace=False):
        file = self.host.state / "users.toml"
        text = file.read_text()
        self.assertIn(old, text)
        if not replace:
            return file.write_text(text.replace(old, new))
        fresh = self.host.state / "other"
        fresh.write_text(text.replace(old, new))
        fresh.chmod(0o600)
        fresh.rename(file)

    def gone(self, user=USER):
        return lambda: not re.search(rf"\b{user}\b", self.operator("sessions"))

    def test_removed_user_does_nothing_any_more(self):
        anna, ben = self.stranger(), self.stranger("ben")
        anna.call("mkdir", path="/before")
        self.operator("user", "remove", USER)
        self.lost(anna.call, "mkdir", path="/after")
        self.assertFalse((self.share / "after").exists())
        ben.call("mkdir", path="/ben")

    def test_each_change_of_a_user_counts(self):
        key = self.dir / "key.pub"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.dir / "key"], check=True)
        changes = {
            "password": lambda: self.operator("user", "passwd", USER, "--password-stdin", input=PASSWORD + "\n"),
            "key": lambda: self.operator("user", "key", USER, "--key", key),
            "rights": lambda: self.edit_users('name = "anna"', 'name = "anna"\nread_only = true'),
            "home": lambda: self.edit_users('name = "anna"', 'name = "anna"\nhome = "/sub"', replace=True),
            "rate": lambda: self.edit_users('name = "anna"', 'name = "anna"\nlimit_rate = 1000000'),
        }
        (self.share / "sub").mkdir()
        for what, change in changes.items():
            with self.subTest(what):
                anna, ben = self.stranger(), self.stranger("ben")
                change()
                wait_for(self.gone(), what="the end of the session")
                self.lost(anna.call, "ping")
                ben.call("ping")
        self.stranger().call("ping")

    def test_what_stays_as_it_is_goes_on(self):
        anna = self.stranger()
        self.operator("user", "add", "eve", "--password-stdin", input="x\n")
        file = self.host.state / "users.toml"
        file.write_text("# a remark\n" + file.read_text())
        anna.call("mkdir", path="/new")
        good = file.read_text()
        file.write_text(good + "\n[[user]\n")  # half of a change
        wait_for(lambda: "trouble" in self.host.output(), what="a word about the file")
        anna.call("ping")
        file.write_text(good)
        self.stranger().call("ping")
        anna.call("ping")

    def test_a_transfer_under_way_ends(self):
        make_file(self.share / "big", 64 << 20)
        anna = self.stranger()
        channel = anna.attach(anna.call("get", sources=["/big"])["tickets"][0])
        ticket = anna.call("put", targets=[{"path": "/up"}])["tickets"][0]
        self.operator("user", "remove", USER)
        with self.assertRaises(LOST):
            while True:
                channel.read(1 << 16)
        self.lost(anna.attach, ticket)

    def test_a_mount_ends_without_grace(self):
        fs = self.fs()
        data, handle = self.stream(fs), fs.create(ROOT, "file")["handle"]
        data.write(handle, 0, b"before")
        other = self.fs()  # one that has lost its session, and could come back for a while
        self.cut(other)
        self.operator("user", "passwd", USER, "--password-stdin", input=PASSWORD + "\n")
        self.lost(data.write, handle, 0, b"after!")
        self.assertEqual((self.share / "file").read_bytes(), b"before")
        for lost in (fs, other):
            with self.assertRaises((FsError, DftpError)) as refused:
                self.resume(lost)
            self.assertEqual(refused.exception.code, "not_found")

    def test_kick(self):
        anna, again, ben, fs = self.stranger(), self.stranger(), self.stranger("ben"), self.fs()
        data, handle = self.stream(fs), fs.create(ROOT, "file")["handle"]
        self.assertIn("3 sessions and 1 mount", self.operator("kick", USER))
        for client in (anna, again):
            self.lost(client.call, "mkdir", path="/after")
        self.lost(data.write, handle, 0, b"x")
        self.assertFalse((self.share / "after").exists())
        ben.call("ping")
        self.stranger().call("ping")  # a kick is no ban

    def test_kick_by_number(self):
        anna, ben = self.stranger(), self.stranger("ben")
        number = next(line.split()[0] for line in self.operator("sessions").splitlines() if " ben " in line)
        self.assertIn("1 session ", self.operator("kick", number))
        self.lost(ben.call, "ping")
        anna.call("ping")
        for nobody in ("99999", "nobody"):
            self.operator("kick", nobody, expect=1)
        self.operator("kick", expect=2)
        self.operator("kick", "", expect=2)

    def test_a_client_is_told_why(self):
        anna = self.stranger()
        self.operator("kick", USER)
        frame = anna.control.read_frame()
        self.assertEqual(frame["error"]["code"], "denied")
        self.assertIn("operator", frame["error"]["message"])

    def test_the_client_that_was_changed_comes_back_by_itself(self):
        make_file(self.dir / "big", 32 << 20)
        self.edit_users('name = "anna"', 'name = "anna"\nlimit_rate = 8000000')
        self.cli(self.host).run("ls", self.host.url())
        client = self.cli(self.host).start("put", self.dir / "big", self.host.url("/big"))
        wait_for(lambda: re.search(r"\banna\b", self.operator("sessions")), what="a session")
        self.edit_users("limit_rate = 8000000", "talk = false")
        self.assertEqual(client.wait(120), 0, client.stderr.read())
        self.assertEqual((self.share / "big").read_bytes(), (self.dir / "big").read_bytes())
        client.stdout.close(), client.stderr.close()


@unittest.skipUnless(os.geteuid() == 0, "only root can be somebody else")
class Peer(MountCase):
    """A UNIX socket believes a user ID that was given to a user, and no name."""

    def setUp(self):
        self.options = ()
        super(MountCase, self).setUp()

    def test_the_same_name_is_nobody(self):
        import json
        import pwd
        import socket
        import stat
        import struct
        uid = pwd.getpwnam("nobody").pw_uid
        self.dir.chmod(0o755)
        add_user(self.dir / "state", "nobody", PASSWORD, "--act-as")
        path = self.dir / "socket"
        self.server(listen=f"unix:{path}", user=False)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o660)
        path.chmod(0o666)

        def login_of_nobody():
            script = f"""
import socket, struct, json
s = socket.socket(socket.AF_UNIX); s.connect({str(path)!r})
for i, m in enumerate((("hello", {{"version": 1}}), ("login", {{"method": "peer"}}))):
    t = json.dumps({{"id": i + 1, "cmd": m[0], "params": m[1]}}).encode(); s.sendall(struct.pack(">I", len(t)) + t)
    n, = struct.unpack(">I", s.recv(4, socket.MSG_WAITALL)); answer = s.recv(n, socket.MSG_WAITALL)
print(answer.decode())
"""
            done = subprocess.run(["python3", "-c", script], user=uid, group=uid, extra_groups=[], capture_output=True, text=True, cwd="/")
            return json.loads(done.stdout)

        self.assertEqual(login_of_nobody()["error"]["code"], "login_failed")
        add_user(self.dir / "state", "somebody", PASSWORD, "--uid", str(uid))
        self.assertEqual(login_of_nobody()["result"]["user"], "somebody")


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
