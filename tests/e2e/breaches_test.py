"""Servers that break the protocol or say nothing: the client says so, names the server, and believes nothing that it has not seen."""
import struct
import unittest

from hostile_server import TICKET, HostileServer, block, read, read_frame, send_frame
from harness import Case, Cli, make_file
from independent_client import FILE, LISTED, STORED

NO_CONNECTION = 3


class Speaking(HostileServer):
    """`replies`: what the control connection answers to a command, None: nothing at all."""

    def __init__(self, scratch, replies, answers=None):
        self.replies, self.answers = replies, answers
        super().__init__(scratch, [])

    def control(self, stream, frame):
        replies = {"hello": {"version": 1, "server": "hostile", "login": ["password"], "digest": "md5", "extensions": ["feeds/1", "mount/1", "conversation/1"]},
                   "login": {"user": "anna", "write": True, "plain_data": False}} | self.replies
        while True:
            answer = replies.get(frame["cmd"], {})
            if answer is not None:
                kind = "part" if frame["cmd"] in ("get", "put") else "result"
                send_frame(stream, {"id": frame["id"], kind: self.granted(frame, answer)})
            frame = read_frame(stream)

    def send_blocks(self, stream, identity):
        if self.answers is None:
            return super().send_blocks(stream, identity)
        self.send_attached(stream, identity)
        while True:
            length, kind, flags, _, number, offset = struct.unpack(">IBBHQQ", read(stream, 24))
            read(stream, length)
            if kind == FILE:
                stream.sendall(self.answers(number))


class Breaches(Case):
    def ask(self, replies, *words, answers=None, options=()):
        server = Speaking(self.dir, replies, answers)
        self.addCleanup(server.close)
        client = Cli(self.dir / "home")
        client.options = ["--fingerprint", server.fingerprint, "--retries", "0", *options]
        done = client.run(*[word.replace("URL", f"dftp://anna@127.0.0.1:{server.port}/") for word in words], expect=NO_CONNECTION, timeout=60)
        if answers is None:
            self.assertIn(f"127.0.0.1:{server.port}", done.stderr.decode())
        return done.stderr.decode()

    def test_the_answer_to_hello_is_checked(self):
        hello = {"version": 1, "server": "hostile", "login": ["password"], "digest": "md5", "extensions": ["feeds/1", "mount/1", "conversation/1"]}
        for wrong in ({"version": 2}, {"version": "1"}, {"version": None}, {"login": "password"}, {"login": [1]}, {"extensions": {}}, {"extensions": [1]}, {"digest": "sha1"}, {"digest": ""}, {"digest": None}, {"server": 5}):
            said = self.ask({"hello": hello | wrong}, "ls", "URL")
            self.assertIn("the server broke the protocol", said, wrong)
        self.assertIn("the server broke the protocol", self.ask({"hello": {}}, "ls", "URL"))

    def test_other_answers_are_the_servers_too(self):
        for replies in ({"login": {"user": 1}}, {"list": {"entries": 7}}, {"list": []}):
            self.assertIn("the server broke the protocol", self.ask(replies, "ls", "URL"), replies)

    def test_a_server_that_is_silent_at_any_step(self):
        for replies in ({"hello": None}, {"login": None}, {"hello": None, "login": None}):
            replies["list"] = None
            said = self.ask(replies, "ls", "URL", options=["--connect-timeout", "1"])
            self.assertIn(" in 1 s", said)

    def test_stored_is_believed_for_what_was_sent_only(self):
        make_file(self.dir / "file", 5_000_000)
        put = {"put": {"tickets": [TICKET], "targets": ["/file"], "present": [False]}}
        for answers in (lambda number: block(STORED, number), lambda number: block(STORED, number + 1), lambda number: block(STORED, 0),
                        # All of it is wanted, and stored before it can have come.
                        lambda number: block(7, number, 0, struct.pack(">Q", 1 << 20), 1) + block(STORED, number)):
            self.ask(put, "put", str(self.dir / "file"), "URLfile", answers=answers)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
