"""Requests and blocks in an order that no client of ours has: none of them ends the server."""
import pathlib
import re
import unittest

from hostile_client import Hostile, announced, block, data, frame
from harness import PASSWORD, USER
from sequences_test import COMMANDS, Guess
from independent_client import DONE, FILE, LISTED, leaves, root

WIRE = pathlib.Path(__file__).parents[2] / "proto" / "wire"


class Dispatch(Hostile):
    """State that exists with one option only, used without it."""

    def assert_alive(self, what):
        self.assertIsNone(self.host.process.poll(), what)
        self.assertEqual(self.client().call("ping"), {}, what)

    def test_a_tail_that_goes_on_in_another_file(self):
        (self.host.share / "log").write_bytes(b"one\n")
        for follow in (False, True):
            client = self.client()
            client.control.send_frame({"id": 99, "cmd": "tail", "params": {"path": "/log", "file": "x", "follow": follow}})
            parts = [client.control.read_frame() for _ in range(2)]
            self.assertEqual([answer["part"]["what"] for answer in parts], ["replaced", "data"])
            self.assertEqual(parts[1]["part"]["data"], "one\n")
            client.control.stream.close()
            self.assert_alive(follow)

    def test_a_job_stores_one_file(self):
        client = self.client()
        channel = client.attach(client.call("put", targets=[{"path": "/tree"}], job="j")["tickets"][0])
        content, number = b"x" * 100, 1
        blocks = block(FILE, 1, payload=announced(kind="directory"))
        for number in (2, 3):
            blocks += block(FILE, number, payload=announced(path=f"/f{number}"), flags=1)
            blocks += data(content, number) + block(DONE, number, 100, root(leaves(content)))
        blocks += block(FILE, 4, payload=announced(kind="end")) + block(LISTED, offset=4)
        channel.stream.sendall(blocks)
        self.rest(channel.stream, "more than one file of a job")
        self.assert_alive("more than one file of a job")
        self.assertFalse((self.host.share / "tree").exists())


class EveryCommand(Hostile):
    """Each command in each state that a session can be in."""

    def states(self):
        greeting = {"id": 1, "cmd": "hello", "params": {"version": 1}}
        login = {"id": 2, "cmd": "login", "params": {"method": "password", "user": USER, "password": PASSWORD}}
        anonymous = {"id": 2, "cmd": "login", "params": {"method": "anonymous"}}
        mount = {"id": 3, "cmd": "mount", "params": {"path": "/"}}
        streams = {"id": 4, "cmd": "fs.streams", "params": {"count": 2}}
        get = {"id": 5, "cmd": "get", "params": {"sources": ["/file"]}}
        put = {"id": 6, "cmd": "put", "params": {"targets": [{"path": "/new"}]}}
        feed = {"id": 7, "cmd": "watch", "params": {"path": "/"}}
        bye = {"id": 8, "cmd": "bye"}
        return {"nothing said": [], "greeted": [greeting], "a reader": [greeting, anonymous], "a writer": [greeting, login],
                "mounted": [greeting, login, mount, streams], "a reader's mount": [greeting, anonymous, mount],
                "unmounted": [greeting, login, mount, {"id": 5, "cmd": "unmount"}],
                "transfers begun": [greeting, login, get, put, get], "a feed": [greeting, login, feed],
                "all of it": [greeting, login, mount, streams, get, put, feed], "left": [greeting, anonymous, mount, get, bye]}

    def test_all_commands_are_tried(self):
        known = set()
        for header in WIRE.glob("*.h"):
            if header.name not in ("operator.h", "penalty.h"):  # of another socket
                known |= set(re.findall(r'string_view command = "([^"]+)"', header.read_text()))
        self.assertEqual(known, set(COMMANDS))

    def test_each_in_each_state(self):
        self.host.stop()
        self.host = self.server("--anonymous")
        guess = Guess(3)
        for state, before in self.states().items():
            said = []
            for command in COMMANDS:
                said += [{"id": 100, "cmd": command}, guess.request(101, [command]), guess.request(102, [command])]
            guess.random.shuffle(said)
            while said:
                channel = self.channel()
                try:
                    channel.stream.sendall(b"".join(frame(one) for one in before))
                    while said:
                        channel.stream.sendall(frame(said.pop()))
                        if state in ("nothing said", "left"):  # the session ends with one of the first
                            break
                except OSError:
                    pass
                channel.stream.close()
            self.assertIsNone(self.host.process.poll(), f"{state}: the server ended\n{self.host.output()[-3000:]}")
        self.check_health("every command in every state", connections=20)


if __name__ == "__main__":
    unittest.main()
