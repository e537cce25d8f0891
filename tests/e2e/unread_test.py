"""Peers that send what has to be answered and read nothing: the server stops reading them, and does not grow."""
import hashlib
import json
import os
import struct
import time
import unittest

from guard_harness import MIB, GuardCase, Refused
from harness import SANITIZED, make_file, wait_for
from independent_client import ABORT, ALIVE, DATA, DONE, ERROR, FILE, LEAF, LISTED, SAME, STORED, WANT, ZERO, block
from independent_client import announcement as announced_as
from mount_client import CANCEL, READ, WRITE

INPUT, SKIPPED = 24, 200


def announcement(number, path, size=None, kind="file", flags=0):
    return block(FILE, number, 0, announced_as(path, kind, size, mode=0o644, sparse=size is not None), flags)


def read_of(handle, count):
    return block(READ, 1, 0, struct.pack(">QI", handle, count))


def control(number, command, params=""):
    text = f'{{"id":{number},"cmd":"{command}","params":{{{params}}}}}'.encode()
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

    def test_every_block_of_a_mount(self):
        kinds = {"alive": block(ALIVE), "cancel": block(CANCEL, 1), "an empty write": block(WRITE, 1, 0, struct.pack(">Q", 9)),
                 "a read of nothing": read_of(9, 0), "a read of too much": read_of(9, 1 << 30),
                 "a read of no handle": read_of(9, MIB), "what is skipped": block(SKIPPED, 1, 0, bytes(MIB))}
        for what, one in kinds.items():
            with self.subTest(what):
                self.flood(self.peer(self.host, None).mount_stream(), one * 2000, what)

    def test_reads_of_a_file(self):
        peer = self.peer(self.host, None)
        data = peer.mount_stream()
        node = peer.call("fs.lookup", parent=1, name="file")["node"]
        handle = peer.once("fs.open", node=node)["handle"]
        for count in (1, MIB):
            self.flood(data, read_of(handle, count) * 2000, f"reads of {count}")

    def test_every_request_of_a_session(self):
        for command, params in (("ping", ""), ("cancel", '"id":7'), ("nonsense", ""), ("stat", '"path":"/"'),
                                ("list", '"path":"/"'), ("md5", '"path":"/file"'), ("exec", '"name":"x"')):
            with self.subTest(command):
                def requests(number):
                    return b"".join(control(100 + 2000 * number + i, command, params) for i in range(2000))
                self.flood(self.peer(self.host, None), requests, command)

    def test_wants_of_a_transfer_that_is_not_read(self):
        with open(self.host.share / "hole", "wb") as hole:
            hole.truncate(64 << 30)
        client = self.peer(self.host, None)
        data = client.attach(client.call("get", sources=["/hole"])["tickets"][0])
        leaves = 65000
        payload = struct.pack(">Q", leaves * LEAF) + b"x" * 16 * leaves
        self.flood(data, block(WANT, 1, 0, payload), "wants with digests")

    def test_every_block_of_a_put(self):
        leaf, other = b"x" * LEAF, b"y" * LEAF
        good, bad = hashlib.md5(leaf).digest() + leaf, hashlib.md5(other).digest() + leaf
        stalls = json.dumps({"peer": 1, "disk": 2, "hash": 3, "tls": 4}).encode()
        failed = json.dumps({"code": "io", "message": "m" * 200}).encode()
        u64 = struct.pack(">Q", LEAF)
        kinds = {"alive": block(ALIVE), "stalls": block(ALIVE, payload=stalls),
                 "data": block(DATA, 1, 0, good), "damaged data": block(DATA, 1, 0, bad), "data of no file": block(DATA, 9, 0, good),
                 "data of a file to come": block(DATA, 4000, 0, good), "same": block(SAME, 1, 0, u64),
                 "zeros": block(ZERO, 1, 0, u64), "many zeros": block(ZERO, 1, 0, struct.pack(">Q", 1 << 32)),
                 "done": block(DONE, 1, 64 << 30, bytes(16)), "done of a file to come": block(DONE, 4000, 0, bytes(16)),
                 "listed": block(LISTED, 0, 2), "want": block(WANT, 1, 0, u64), "stored": block(STORED, 1),
                 "an error": block(ERROR, 1, 0, failed), "an error of a file to come": block(ERROR, 4000, 0, failed),
                 "abort": block(ABORT, 0, 0, failed), "nonsense": block(99, 1, 0, leaf), "what is skipped": block(SKIPPED, 1, 0, bytes(MIB))}
        for number, (what, one) in enumerate(kinds.items()):
            with self.subTest(what):
                peer = self.peer(self.host)
                tickets = peer.call("put", targets=[{"path": f"/put{number}"}], streams=2)["tickets"]
                lead, other = (peer.attach(ticket) for ticket in tickets)
                lead.stream.sendall(announcement(1, "/", 64 << 30))
                other.push(one * 2000)
                self.flood(lead, one * 2000, f"{what} of a put")

    def test_announcements_of_a_put(self):
        leaf = b"x" * LEAF
        content = hashlib.md5(leaf).digest() + leaf
        each = {"small": lambda n: announcement(n, f"/{n}", LEAF), "large": lambda n: announcement(n, f"/{n}", 64 << 30),
                "directories": lambda n: announcement(n, f"/{n}", kind="directory"),
                "nested directories": lambda n: announcement(n, "/d" * n, kind="directory") if n < 1000 else b"",
                "eager and begun": lambda n: announcement(n, f"/{n}", 2 * LEAF, flags=1) + block(DATA, n, 0, content),
                "pipes": lambda n: announcement(n, f"/{n}", flags=1) + block(DATA, n, 0, content),
                "long names": lambda n: announcement(n, "/" + "/".join(["n" * 250] * 15) + f"/{n}", LEAF)}
        for number, (what, one) in enumerate(each.items()):
            with self.subTest(what):
                peer = self.peer(self.host)
                lead = peer.attach(peer.call("put", targets=[{"path": f"/tree{number}"}])["tickets"][0])
                lead.stream.sendall(announcement(1, "/", kind="directory"))
                self.flood(lead, b"".join(one(n) for n in range(2, 5000)), f"announcements: {what}")
                self.assertLess(len(os.listdir(f"/proc/{self.host.process.pid}/fd")), 1500, what)

    def test_every_block_of_a_command(self):
        (self.dir / "server.toml").write_text(
            "".join(f'[exec.{name}]\n{what}\nusers = ["*"]\n' + ('run-as = "nobody"\n' if os.getuid() == 0 else "")
                    for name, what in (("wait", 'argv = ["/bin/sleep", "1000"]'), ("cat", 'argv = ["/bin/cat"]'),
                                       ("yes", 'argv = ["/usr/bin/yes"]'))))
        self.dir.chmod(0o755)
        self.host = self.server("--config", self.dir / "server.toml")
        self.peer(self.host).close()
        self.before = self.memory(self.host)
        kinds = {"alive": block(ALIVE), "bytes": block(INPUT, payload=b"x"), "much": block(INPUT, payload=b"x" * 65536),
                 "the end": block(INPUT), "room": block(25, payload=bytes(8)), "output": block(26, payload=b"x"),
                 "nonsense": block(99, payload=b"x")}
        kept = []
        for what, one in kinds.items():
            for name in ("wait", "cat", "yes"):
                with self.subTest(what, command=name):
                    peer = self.peer(self.host)
                    kept += [peer.attach(peer.call("exec", name=name, input=True)["tickets"][0]) for _ in range(4)]
                    for data in kept[-4:]:
                        data.push(one * (262144 // (len(one) - 8) if len(one) > 8 else 2000))
                    self.check_memory(self.host, self.before, 128 * MIB, f"{what} to {name}")
                    self.assertEqual(self.peer(self.host).call("ping"), {}, what)

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
        waits = [client.begin("fs.lock", owner=100 + i, type="read", wait=True, **lock) for i in range(300)]
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
