"""Requests and blocks in an order that no client of ours has: none of them ends the server."""
import unittest

from hostile_client import Hostile, announced, block, data
from stranger import DONE, FILE, LISTED, leaves, root


class Dispatch(Hostile):
    """State that exists with one option only, used without it."""

    def assert_alive(self, what):
        self.assertIsNone(self.host.process.poll(), what)
        self.assertEqual(self.client().call("ping"), {}, what)

    def test_a_tail_that_goes_on_in_another_file(self):
        (self.host.share / "log").write_bytes(b"one\n")
        for follow in (False, True):
            client = self.client()
            client.control.send_frame({"id": 99, "cmd": "tail", "feed": 1, "path": "/log", "file": "x", "follow": follow})
            parts = [client.control.read_frame() for _ in range(2)]
            self.assertEqual([part["what"] for part in parts], ["replaced", "data"])
            self.assertEqual(parts[1]["data"], "one\n")
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


if __name__ == "__main__":
    unittest.main()
