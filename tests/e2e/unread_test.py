"""Peers that send what has to be answered and read nothing: the server stops reading them, and does not grow."""
import struct
import time
import unittest

from guard_house import MIB, GuardCase, Refused
from house import SANITIZED, make_file, wait_for

READ, WRITE, CANCEL, ALIVE = 1, 2, 3, 4
WANT, BLOCK_ALIVE = 7, 12
LEAF = 65536


def frame(kind, number=1, handle=0, offset=0, payload=b"", flags=0):
    return struct.pack(">IBBHQQQ", len(payload), kind, flags, 0, number, handle, offset) + payload


def block(kind, file=0, offset=0, payload=b"", flags=0):
    return struct.pack(">IBBHQQ", len(payload), kind, flags, 0, file, offset) + payload


def control(number, command, members=""):
    text = f'{{"id":{number},"cmd":"{command}"{members}}}'.encode()
    return struct.pack(">I", len(text)) + text


class Unread(GuardCase):
    def setUp(self):
        super().setUp()
        self.host = self.server("--anonymous")
        make_file(self.host.share / "file", 3 * MIB)
        self.peer(self.host, None).close()
        self.before = self.memory(self.host)

    def flood(self, channel, data, what, most=128):
        sent = channel.push(data)
        self.check_memory(self.host, self.before, most * MIB, f"{what}: {sent >> 20} MiB sent")
        self.assertEqual(self.peer(self.host).call("ping"), {}, what)

    def test_every_frame_of_a_mount(self):
        kinds = {"alive": frame(ALIVE), "cancel": frame(CANCEL), "an empty write": frame(WRITE, handle=9),
                 "a read of nothing": frame(READ, handle=9, payload=struct.pack(">I", 0)),
                 "a read of too much": frame(READ, handle=9, payload=struct.pack(">I", 1 << 30)),
                 "a read of no handle": frame(READ, handle=9, payload=struct.pack(">I", MIB))}
        for what, one in kinds.items():
            with self.subTest(what):
                self.flood(self.peer(self.host, None).mount_stream(), one * 2000, what)

    def test_reads_of_a_file(self):
        peer = self.peer(self.host, None)
        data = peer.mount_stream()
        node = peer.call("fs.lookup", parent=1, name="file")["node"]
        handle = peer.once("fs.open", node=node)["handle"]
        for count in (1, MIB):
            self.flood(data, frame(READ, handle=handle, payload=struct.pack(">I", count)) * 2000, f"reads of {count}")

    def test_every_request_of_a_session(self):
        for command, members in (("ping", ""), ("abort", ',"transfer":7'), ("nonsense", ""), ("stat", ',"path":"/"'),
                                 ("list", ',"path":"/"'), ("md5", ',"path":"/file"'), ("exec", ',"name":"x"')):
            with self.subTest(command):
                self.flood(self.peer(self.host, None), control(7, command, members) * 2000, command)

    def test_wants_of_a_transfer_that_is_not_read(self):
        with open(self.host.share / "hole", "wb") as hole:
            hole.truncate(64 << 30)
        client = self.peer(self.host, None)
        data = client.attach(client.call("get", sources=["/hole"])["tickets"][0])
        leaves = 65000
        payload = struct.pack(">Q", leaves * LEAF) + b"x" * 16 * leaves
        self.flood(data, block(WANT, 1, 0, payload), "wants with digests")

    def test_what_a_peak_takes_is_given_back(self):
        for number in range(3):
            client = self.peer(self.host)
            streams = [client.attach(ticket) for ticket in client.call("get", sources=["/file"] * 8, streams=16)["tickets"]]
            for stream in streams:
                stream.close()
            client.close()
        wait_for(lambda: SANITIZED or self.memory(self.host) - self.before < 64 * MIB, what="the memory of a peak")


class Deaf(GuardCase):
    """The control connection is read whatever waits."""

    def setUp(self):
        super().setUp()
        self.host = self.server()

    def test_digests_keep_neither_ping_nor_the_end_from_being_seen(self):
        with open(self.host.share / "hole", "wb") as hole:
            hole.truncate(60 << 30)
        for command, members in (("roots", {"paths": ["/hole"] * 20}), ("digests", {"path": "/hole"}), ("md5", {"path": "/hole"})):
            client = self.peer(self.host)
            for _ in range(40):
                client.begin(command, **members)
            self.assertEqual(client.call("ping"), {}, command)
            client.close()
        self.wait_idle()

    def wait_idle(self):
        last = [self.cpu(self.host)]

        def idle():
            time.sleep(1)
            now = self.cpu(self.host)
            used, last[0] = now - last[0], now
            return used < 0.2
        wait_for(idle, 30, "work for nobody to end")

    def test_locks_that_wait_keep_nothing_from_being_read(self):
        (self.host.share / "f").touch()
        client = self.peer(self.host)
        client.call("mount", path="/")
        node = client.call("fs.lookup", parent=1, name="f")["node"]
        handle = client.once("fs.open", node=node, access="both")["handle"]
        lock = {"handle": handle, "kind": "flock"}
        client.call("fs.lock", owner=1, type="write", **lock)
        waits = [client.begin("fs.lock", owner=100 + i, type="read", wait=i + 1, **lock) for i in range(300)]
        self.assertEqual(client.call("fs.lock", owner=1, type="unlock", **lock).keys() - {"at"}, set())
        refused = 0
        for number in waits:
            try:
                client.end(number)
            except Refused as error:
                self.assertEqual(error.code, "too_many")
                refused += 1
        self.assertTrue(0 < refused <= 300 - 256, refused)

    def test_more_requests_than_can_wait_are_refused_one_by_one(self):
        with open(self.host.share / "hole", "wb") as hole:
            hole.truncate(60 << 30)
        client = self.peer(self.host)
        numbers = [client.begin("md5", path="/hole") for _ in range(1200)]
        for number in numbers[-100:]:
            with self.assertRaises(Refused) as refused:
                client.end(number)
            self.assertEqual(refused.exception.code, "too_many")
        self.assertEqual(client.call("ping"), {})


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
