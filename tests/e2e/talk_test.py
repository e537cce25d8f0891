"""Conversation: echo, who and say between real sessions, and the operator's socket."""
import contextlib
import json
import os
import re
import socket
import struct
import subprocess
import time
import unittest

from harness import BIN, PASSWORD, USER, Case, add_user, wait_for
from independent_client import Client, DftpError

DENIED, NOT_FOUND = 7, 6


class Talk(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        add_user(self.host.state, "ben", PASSWORD, "--read-only")

    def stranger(self, user=USER):
        client = Client(self.host.host, self.host.port, self.host.fingerprint, user, PASSWORD)
        self.addCleanup(client.control.stream.close)
        return client

    def heard(self, client):
        """The messages that have come, once those before a ping have been read."""
        client.call("ping")
        events, client.events = client.events, []
        return [{key: event[key] for key in event if key != "event"} for event in events if event["event"] == "message"]

    def wait_heard(self, client):
        got = []
        wait_for(lambda: got.extend(self.heard(client)) or got, what="a message")
        return got

    def operator(self, *arguments, expect=0):
        done = subprocess.run([BIN / "dftp-server", *arguments, "--state", self.host.state], capture_output=True, text=True)
        self.assertEqual(done.returncode, expect, done.stderr)
        return done.stdout + done.stderr

    # ---- echo

    def test_echo_says_the_text_and_how_long_it_took(self):
        client = self.cli(self.host)
        done = client.run("echo", self.host.url(), "hello", "there")
        self.assertEqual(done.stdout, b"hello there\n")
        self.assertRegex(done.stderr, rb"said back by \S+ in \d+\.\d\d ms")
        result = client.result("echo", self.host.url(), "dftp://no/url")
        self.assertEqual(result["text"], "dftp://no/url")
        self.assertTrue(0 < result["seconds"] < 10)
        self.assertEqual(client.run("-q", self.host.url(), input=b"echo 'a  b'\n").stdout, b"a  b\n")

    def test_echo_of_bytes_and_of_too_many(self):
        client = self.stranger()
        self.assertEqual(client.call("echo", text={"b64": "/wA="})["text"], {"b64": "/wA="})
        self.assertEqual(len(client.call("echo", text="x" * 65536)["text"]), 65536)
        with self.assertRaises(DftpError) as refused:
            client.call("echo", text="x" * 65537)
        self.assertEqual(refused.exception.code, "too_large")

    # ---- who

    def test_who_lists_users_and_no_addresses(self):
        anna, ben = self.stranger(), self.stranger("ben")
        before = time.time_ns()
        sessions = ben.call("who")["sessions"]
        self.assertEqual([one["user"] for one in sessions], [USER, "ben"])
        self.assertEqual([one["own"] for one in sessions], [False, True])
        self.assertEqual(sessions[0]["client"], "stranger")
        self.assertLess(abs(before - sessions[0]["since"]), 60e9)
        self.assertFalse(any("peer" in one and one["peer"] for one in sessions))
        self.assertEqual(anna.call("who", after=sessions[0]["session"])["sessions"][0]["user"], "ben")
        text = self.cli(self.host).run("who", self.host.url()).stdout.decode()
        self.assertRegex(text, rf"\d \* \S+ \S+  {USER} +dftp-cli")
        ben.control.stream.close()
        wait_for(lambda: len(anna.call("who")["sessions"]) == 1, what="ben's end")

    # ---- say

    def test_say_reaches_all_others_and_not_the_speaker(self):
        anna, ben, other = self.stranger(), self.stranger("ben"), self.stranger()
        self.assertEqual(ben.call("say", text="lunch?"), {"sessions": 2})
        for one in (anna, other):
            self.assertEqual(self.wait_heard(one), [{"text": "lunch?", "from": "ben", "personal": False}])
        self.assertEqual(self.heard(ben), [])

    def test_say_to_one_user(self):
        anna, ben, other = self.stranger(), self.stranger("ben"), self.stranger()
        self.assertEqual(ben.call("say", text="only you", user=USER), {"sessions": 2})
        self.assertEqual(self.wait_heard(anna)[0]["personal"], True)
        self.assertEqual(len(self.wait_heard(other)), 1)
        anna.call("say", text="you too", user=USER)
        self.assertEqual((len(self.wait_heard(other)), self.heard(anna), self.heard(ben)), (1, [], []))
        for absent in ("nobody", "anonymous", "x" * 1000):
            with self.assertRaises(DftpError) as refused:
                anna.call("say", text="are you there?", user=absent)
            self.assertEqual(refused.exception.code, "not_found")

    def test_control_bytes_arrive_visible(self):
        anna, ben = self.stranger(), self.stranger("ben")
        ben.call("say", text="\x1b[2Jgone\r\nfrom the operator: \u009b1m 你好")
        self.assertEqual(self.wait_heard(anna)[0]["text"], "\\x1b[2Jgone\\x0d\\x0afrom the operator: \\xc2\\x9b1m 你好")

    def test_what_is_refused(self):
        anna = self.stranger()
        for text, code in (("", "invalid_request"), ("x" * 1025, "too_large")):
            with self.assertRaises(DftpError) as refused:
                anna.call("say", text=text)
            self.assertEqual(refused.exception.code, code)

    def test_a_user_says_so_much_a_minute_whatever_their_sessions(self):
        anna, other, ben = self.stranger(), self.stranger(), self.stranger("ben")
        for number in range(60):
            (anna, other)[number % 2].call("say", text=str(number))
        with self.assertRaises(DftpError) as refused:
            anna.call("say", text="more")
        self.assertEqual(refused.exception.code, "too_many")
        ben.call("say", text="I may")

    def test_who_may_not_talk(self):
        add_user(self.host.state, "mute", PASSWORD, "--no-talk")
        mute, ben = self.stranger("mute"), self.stranger("ben")
        for command, members in (("say", {"text": "hm"}), ("who", {})):
            with self.assertRaises(DftpError) as refused:
                mute.call(command, **members)
            self.assertEqual(refused.exception.code, "denied")
        mute.call("echo", text="hm")
        ben.call("say", text="but hear", user="mute")
        self.assertEqual(len(self.wait_heard(mute)), 1)
        self.host.stop()
        quiet = self.server("--talk=false", "--anonymous")
        self.cli(quiet).run("say", quiet.url(), "hm", expect=DENIED)

    def test_a_listener_that_reads_nothing_costs_bounded_memory(self):
        deaf = self.stranger()
        speakers = [f"u{number}" for number in range(6)]
        for name in speakers:
            add_user(self.host.state, name, PASSWORD)
        for name in speakers:
            speaker = self.stranger(name)
            for _ in range(60):
                speaker.call("say", text="x" * 1024, user=USER)
        with open(f"/proc/{self.host.process.pid}/status", encoding="ascii") as status:
            self.assertLess(int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]), 120 << 10)
        self.assertGreater(len(self.wait_heard(deaf)), 100)

    def test_a_run_without_a_person_shows_messages_only_with_verbose(self):
        for options, shown in (([], False), (["--verbose"], True)):
            client = self.cli(self.host).start(*options, self.host.url(), stdin=subprocess.PIPE)
            anna = self.stranger("ben")
            wait_for(lambda: len(anna.call("who")["sessions"]) == 2, what="the session")
            anna.call("say", text="hello \x07 you")
            client.stdin.write(b"echo -- end\n")
            out, err = client.communicate(timeout=20)
            self.assertEqual(out, b"end\n")
            self.assertEqual(b"ben: hello \\x07 you\n" in err, shown, err)
            anna.control.stream.close()
            wait_for(lambda: self.operator("sessions", "--json") == "", what="nobody")

    def test_say_and_who_of_the_cli(self):
        ben = self.stranger("ben")
        client = self.cli(self.host)
        self.assertEqual(client.result("say", self.host.url(), "to", "all")["sessions"], 1)
        self.assertEqual(client.result("say", "-u", "ben", self.host.url(), "to you")["sessions"], 1)
        self.assertEqual([one["text"] for one in self.wait_heard(ben)], ["to all", "to you"])
        client.run("say", "-u", "nobody", self.host.url(), "x", expect=NOT_FOUND)
        self.assertEqual([one["user"] for one in client.result("who", self.host.url())["entries"]], ["ben", USER])

    # ---- the operator

    def test_the_operator_speaks_and_sees_addresses(self):
        anna, ben = self.stranger(), self.stranger("ben")
        self.assertEqual(self.operator("say", "down in\n5 minutes"), "said to 2 sessions\n")
        self.assertEqual(self.wait_heard(anna), [{"text": "down in\\x0a5 minutes", "personal": False}])
        self.assertEqual(self.operator("say", "-u", "ben", "you there"), "said to 1 session\n")
        self.assertEqual([one["text"] for one in self.wait_heard(ben)][-1], "you there")
        self.assertEqual(self.heard(anna), [])
        self.assertIn("not logged in", self.operator("say", "--user", "eve", "x", expect=1))
        rows = [json.loads(line) for line in self.operator("sessions", "--json").splitlines()]
        self.assertEqual([(row["user"], row["peer"].split(":")[0]) for row in rows], [(USER, "127.0.0.1"), ("ben", "127.0.0.1")])
        self.assertIn("127.0.0.1:", self.operator("sessions"))

    def test_the_operators_socket_is_private(self):
        path = self.host.state / "admin.sock"
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        if os.getuid() == 0:
            path.chmod(0o666)
            self.host.state.chmod(0o755)
            self.dir.chmod(0o755)
            script = ("import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
                      "s.sendall(b'\\0\\0\\0\\x0d{\"cmd\":\"who\"}'); sys.stdout.buffer.write(s.recv(4096))")
            done = subprocess.run(["python3", "-c", script, path], capture_output=True, user=65534, group=65534, extra_groups=[])
            self.assertIn(b'"denied"', done.stdout, done.stderr)

    def test_garbage_on_the_operators_socket_harms_nothing(self):
        path = str(self.host.state / "admin.sock")
        for rubbish in (b"", b"\xff" * 100, struct.pack(">I", 4) + b"null", struct.pack(">I", 13) + b'{"cmd":"halt"}'[:13]):
            with socket.socket(socket.AF_UNIX) as peer:
                peer.connect(path)
                peer.sendall(rubbish)
                peer.shutdown(socket.SHUT_WR)
                peer.settimeout(10)
                with contextlib.suppress(ConnectionResetError):
                    while peer.recv(4096):
                        pass
        self.assertEqual(self.operator("sessions", "--json"), "")

    def test_the_operator_without_a_server(self):
        self.host.stop()
        self.assertFalse((self.host.state / "admin.sock").exists())
        self.assertIn("no server of this share runs", self.operator("say", "hello", expect=1))
        self.assertIn("what?", self.operator("say", expect=2))

    def test_a_state_directory_with_a_long_name(self):
        self.host.stop()
        self.host.state = self.dir / ("s" * 120)
        add_user(self.host.state, USER, PASSWORD)
        self.host.start()
        anna = self.stranger()
        self.assertEqual(self.operator("say", "far"), "said to 1 session\n")
        self.assertEqual(self.wait_heard(anna)[0]["text"], "far")


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
