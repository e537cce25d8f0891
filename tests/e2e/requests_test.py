"""What a request must look like: the rules of docs/protocol/core.md, one row each, and members that no command knows."""
import json
import pathlib
import re
import struct
import unittest

from hostile_client import Hostile, frame

README = (pathlib.Path(__file__).resolve().parents[2] / "docs/protocol/README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\| \[`([\w.]+)`\]\([\w.#]+\) \|", README, re.MULTILINE)
DEEP = 16


def nested(levels):
    """In a frame and its params, which are two."""
    return "[" * (levels - 2) + "1" + "]" * (levels - 2)


# The text of a frame, the code, and the place that the error names. None: the frame is fine.
REFUSED = [
    ('{"id":5,"cmd":"stat","params":{"path":"/file"}}', None, None),
    ('{"params":{"path":"/file"},"cmd":"stat","id":5}', None, None),
    ('{"id":5,"cmd":"ping"}', None, None),
    ('{"id":5,"cmd":"ping","params":{}}', None, None),
    ('{"id":5}', "invalid_request", "cmd"),
    ('{"id":5,"cmd":7}', "invalid_request", "cmd"),
    ('{"id":5,"cmd":null}', "invalid_request", "cmd"),
    ('{"id":5,"cmd":"dance"}', "unsupported", "dance"),
    ('{"id":5,"cmd":"dance","params":{"x":1}}', "unsupported", "dance"),
    ('{"id":5,"cmd":"stat","path":"/file"}', "invalid_request", "path"),
    ('{"id":5,"cmd":"ping","result":{}}', "invalid_request", "result"),
    ('{"id":5,"cmd":"ping","params":null}', "invalid_request", "params"),
    ('{"id":5,"cmd":"ping","params":[]}', "invalid_request", "params"),
    ('{"id":5,"cmd":"stat"}', "invalid_request", "params.path"),
    ('{"id":5,"cmd":"ping","params":{"x":1}}', "invalid_request", "params.x"),
    ('{"id":5,"cmd":"remove","params":{"path":"/none","recursiv":true}}', "invalid_request", "params.recursiv"),
    ('{"id":5,"cmd":"stat","params":{"pth":"/file"}}', "invalid_request", "params.pth"),
    ('{"id":5,"cmd":"stat","params":{"path":7,"x":1}}', "invalid_request", "params.x"),
    ('{"id":5,"cmd":"stat","params":{"path":{"b64":"L2ZpbGU="}}}', None, None),
    ('{"id":5,"cmd":"stat","params":{"path":{"b64":"L2ZpbGU=","x":1}}}', "invalid_request", "params.path.x"),
    ('{"id":5,"cmd":"get","params":{"sources":["/file",{"b64":"Lw==","x":1}]}}', "invalid_request", "params.sources[1].x"),
    ('{"id":5,"cmd":"put","params":{"targets":[{"path":"/a"},{"path":"/b","nam":"c"}]}}', "invalid_request", "params.targets[1].nam"),
    ('{"id":5,"cmd":"list","params":{"path":"/","limit":1}}', None, None),
    ('{"id":5,"cmd":"list","params":{"path":"/","limit":4294967295}}', None, None),
    ('{"id":5,"cmd":"list","params":{"path":"/","limit":4294967296}}', "invalid_request", "params.limit"),
    ('{"id":5,"cmd":"list","params":{"path":"/","limit":-1}}', "invalid_request", "params.limit"),
    ('{"id":5,"cmd":"list","params":{"path":"/","limit":1.0}}', "invalid_request", "params.limit"),
    ('{"id":5,"cmd":"list","params":{"path":"/","limit":1e0}}', "invalid_request", "params.limit"),
    ('{"id":5,"cmd":"list","params":{"path":"/","limit":"1"}}', "invalid_request", "params.limit"),
    ('{"id":5,"cmd":"list","params":{"path":"/","limit":true}}', "invalid_request", "params.limit"),
    ('{"id":5,"cmd":"list","params":{"path":"/","limit":null}}', "invalid_request", "params.limit"),
    ('{"id":5,"cmd":"find","params":{"path":"/","depth":null}}', "invalid_request", "params.depth"),
    ('{"id":5,"cmd":"find","params":{"path":"/","prune":[null]}}', "invalid_request", "params.prune[0]"),
    ('{"id":5,"cmd":"stat","params":{"path":null}}', "invalid_request", "params.path"),
    ('{"id":5,"cmd":"stat","params":{"path":"/file","follow":null}}', "invalid_request", "params.follow"),
    ('{"id":5,"cmd":"stat","params":{"path":"/file","follow":0}}', "invalid_request", "params.follow"),
    ('{"id":5,"cmd":"stat","params":{"path":%s}}' % nested(DEEP), "invalid_request", "params.path"),
]
CUT = [
    '{"cmd":"ping"}', '{"id":null,"cmd":"ping"}', '{"id":"5","cmd":"ping"}', '{"id":-1,"cmd":"ping"}', '{"id":5.0,"cmd":"ping"}',
    '{"id":5e0,"cmd":"ping"}', '{"id":18446744073709551616,"cmd":"ping"}', '[5]',
    '{"id":5,"id":5,"cmd":"ping"}', '{"id":5,"cmd":"ping","cmd":"bye"}', '{"id":5,"cmd":"ping","params":{},"params":{}}',
    '{"id":5,"cmd":"stat","params":{"path":"/file","path":"/file"}}',
    '{"id":5,"cmd":"stat","params":{"path":{"b64":"L2ZpbGU=","b64":"Lw=="}}}',
    '{"id":5,"cmd":"list","params":{"path":"/","limit":18446744073709551616}}',
    '{"id":5,"cmd":"list","params":{"path":"/","limit":-9223372036854775809}}',
    '{"id":5,"cmd":"stat","params":{"path":%s}}' % nested(DEEP + 1),
]


class Requests(Hostile):
    def answer(self, client, message):
        client.control.stream.sendall(frame(message))
        return client.control.read_frame()

    def test_what_is_refused_names_the_member_and_the_session_goes_on(self):
        client = self.client()
        for text, code, where in REFUSED:
            with self.subTest(text):
                reply = self.answer(client, text.encode())
                self.assertEqual(reply["id"], 5)
                error = reply.get("error", {})
                self.assertEqual((error.get("code"), error.get("where")), (code, where), reply)
        self.assertEqual(client.call("ping"), {})

    def test_what_is_no_request_ends_the_session(self):
        for text in CUT:
            with self.subTest(text):
                client = self.client()
                reply = self.answer(client, text.encode())
                self.assertEqual((reply.get("id"), reply["error"]["code"]), (None, "protocol"), reply)
                with self.assertRaises((EOFError, OSError, struct.error)):
                    client.control.read_frame()

    def test_each_number_is_an_id(self):
        client = self.client()
        for number in (0, 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1):
            self.assertEqual(self.answer(client, {"id": number, "cmd": "ping"}), {"id": number, "result": {}})

    def test_each_command_refuses_a_member_that_it_does_not_know(self):
        self.assertGreater(len(COMMANDS), 60)
        client = self.client()
        for number, command in enumerate(COMMANDS, 1000):
            for more in ({}, {"path": "/file", "seq": 1, "acked": 0, "parent": 1, "name": "file"}):
                with self.subTest(command, more=more):
                    reply = self.answer(client, {"id": number, "cmd": command, "params": {"no_such_member": 1} | more})
                    self.assertEqual(reply["id"], number)
                    error = reply.get("error", {})
                    self.assertEqual((error.get("code"), error.get("where")), ("invalid_request", "params.no_such_member"), json.dumps(reply))
        self.assertEqual(client.call("ping"), {})


if __name__ == "__main__":
    unittest.main()
