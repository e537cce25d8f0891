"""Blocks that nobody should send, on data connections: an error in time, nothing half-written, and others are served."""
import json
import os
import struct
import time
import unittest

from hostile_client import MIB, Hostile, announced, block, data, u64
from harness import SANITIZED
from independent_client import (ABORT, DATA, DONE, ERROR, FILE, LEAF, LISTED, SAME, SKIP, STORED, WANT, ZERO, DftpError, leaves,
                      root)


class Blocks(Hostile):
    def check_put(self, what, *sent, tolerated=False, target="/x"):
        """Sends blocks as the sender of a put; returns how it ended."""
        client = self.client()
        channel = client.attach(client.call("put", targets=[{"path": target}])["tickets"][0])
        return self.check_end(what, client, channel, sent, tolerated)

    def check_get(self, what, *sent, tolerated=False):
        client = self.client()
        channel = client.attach(client.call("get", sources=["/file"])["tickets"][0])
        return self.check_end(what, client, channel, sent, tolerated)

    def check_end(self, what, client, channel, sent, tolerated):
        """The connection must end by itself, unless what is sent is `tolerated` and ends with it."""
        try:
            for one in sent:
                channel.stream.sendall(one)
        except OSError:
            pass
        if not tolerated:
            self.rest(channel.stream, what)
        channel.stream.close()
        client.control.stream.settimeout(10)
        ended = client.ended()
        self.assertEqual(client.call("ping"), {}, what)
        self.assertTrue("error" in ended or ended["failed"], (what, ended))
        client.control.stream.close()
        return ended

    def test_hostile_senders(self):
        one = block(FILE, 1, payload=announced())
        big = block(FILE, 1, payload=announced(size=3 * LEAF))
        pipe = block(FILE, 1, payload=announced(size=None), flags=1)
        cases = {
            "noise": [self.random.randbytes(2 * MIB)],
            "type 0": [block(0)], "type 99": [block(99)], "type 127": [block(127)], "of a mount": [block(16, payload=bytes(12))],
            "a flag that there is not": [block(FILE, 1, payload=announced(), flags=2)],
            "more to skip than there may be": [block(200, payload=bytes(MIB + 257))],
            "an absurd length": [block(DATA, 1, length=0xffffffff)],
            "a length over the most": [block(DATA, 1, length=MIB + 16 * 16 + 1)],
            "an announcement over the most": [block(FILE, 1, payload=b" " * (65 * 1024))],
            "half an announcement": [block(FILE, 1, payload=announced()[:20])],
            "an empty announcement": [block(FILE, 1)],
            "an announcement that is JSON": [block(FILE, 1, payload=b'{"path":"/","kind":"file","size":100}')],
            "a path longer than its block": [block(FILE, 1, payload=announced(path_bytes=2))],
            "a bit that there is not": [block(FILE, 1, payload=announced(has=0x83))],
            "a size without its bit": [block(FILE, 1, payload=announced(has=2))],
            "a target of a file": [block(FILE, 1, payload=announced(target="x"))],
            "`..`": [block(FILE, 1, payload=announced(path="../x"))],
            "`..` within": [block(FILE, 1, payload=announced(path="a/../../x"))],
            "NUL": [block(FILE, 1, payload=announced(path="a\0b"))],
            "a size over the most": [block(FILE, 1, payload=announced(size=1 << 63))],
            "a kind that there is not": [block(FILE, 1, payload=announced(kind=5))],
            "a source that there is not": [block(FILE, 1, payload=announced(source=5))],
            "no size and not eager": [block(FILE, 1, payload=announced(size=None))],
            "eager and large": [block(FILE, 1, payload=announced(size=2 * MIB), flags=1)],
            "number 0": [block(FILE, 0, payload=announced())],
            "number 2 first": [block(FILE, 2, payload=announced())],
            "a number twice": [one, one],
            "an announcement after `listed`": [one, block(LISTED, offset=1), block(FILE, 2, payload=announced(path="y"))],
            "`listed` with more": [one, block(LISTED, offset=2)],
            "`listed` with less": [one, block(LISTED, offset=0)],
            "`listed` with an absurd count": [block(LISTED, offset=(1 << 64) - 1)],
            "data for an unknown file": [data(b"x" * 100, file=7)],
            "data for file 0": [data(b"x" * 100, file=0)],
            "data for the last number": [data(b"x" * 100, file=(1 << 64) - 1)],
            "data beyond the end": [one, data(b"x" * 101)],
            "data far beyond the end": [one, data(b"x" * 100, offset=1 << 40)],
            "data at the last offset": [pipe, data(b"x" * 100, offset=(1 << 64) - LEAF)],
            "data off the leaf's edge": [big, data(b"x" * 100, offset=1)],
            "half a leaf": [big, data(b"x" * 100)],
            "empty data": [big, block(DATA, 1)],
            "a digest without data": [big, block(DATA, 1, payload=b"x" * 16)],
            "zeros without a length": [big, block(ZERO, 1)],
            "zeros beyond the end": [big, block(ZERO, 1, payload=u64(4 * LEAF))],
            "zeros without an end": [pipe, block(ZERO, 1, payload=u64(1 << 62))],
            "the most zeros": [pipe, block(ZERO, 1, payload=u64((1 << 64) - 1))],
            "`same` that was not asked for": [big, block(SAME, 1, payload=u64(LEAF))],
            "`done` with half a root": [one, block(DONE, 1, 100, b"x" * 8)],
            "`done` without a root": [one, block(DONE, 1, 100)],
            "`done` with another size": [one, block(DONE, 1, 200, b"x" * 16)],
            "`want` from a sender": [one, block(WANT, 1, 0, u64(100))],
            "`stored` from a sender": [one, block(STORED, 1)],
            "`skip` from a sender": [one, block(SKIP, 1)],
            "an abort that is no JSON": [block(ABORT, payload=b"nonsense")],
            "an abort with a deep JSON": [block(ABORT, payload=b"[" * 60_000)],
        }
        for what, sent in cases.items():
            with self.subTest(what):
                self.check_put(what, *sent)
        self.assertEqual(sorted(os.listdir(self.host.share.parent)), ["server.toml", "share", "state", "state.log"])
        self.check_health("hostile senders")
        self.assertEqual([name for name in sorted(os.listdir(self.host.share)) if not name.startswith(".dftp-part-")],
                         ["file", "health"])

    def test_a_sender_that_announces_more_than_it_settles(self):
        many = [block(FILE, i, payload=announced(path=f"f{i}")) for i in range(1, 6000)]
        self.check_put("unsettled files", b"".join(many), target="/files")
        many = [block(FILE, i, payload=announced(path=f"d{i}" if i > 1 else "/", kind="directory", mode=0o755)) for i in range(1, 9_000)]
        self.check_put("directories without an end", b"".join(many), target="/directories")
        deep = [block(FILE, i, payload=announced(path="/" + "/".join(["d"] * (i - 1)), kind="directory", mode=0o755)) for i in range(1, 300)]
        self.check_put("a tree without a bottom", b"".join(deep), block(LISTED, offset=299), target="/deep", tolerated=True)
        self.check_health("announcements")

    def test_a_second_connection_announces_nothing(self):
        cases = {"an announcement": block(FILE, 1, payload=announced()), "`listed`": block(LISTED),
                 "data beyond what may be unsettled": data(b"x", file=5000)}
        under_way = []
        for what, sent in cases.items():
            client = self.client()
            tickets = client.call("put", targets=[{"path": "/x"}], streams=2)["tickets"]
            lead, second = client.attach(tickets[0]), client.attach(tickets[1])
            second.stream.sendall(sent)
            under_way.append((what, client, lead, second))
        for what, client, lead, second in under_way:
            self.rest(lead.stream, what)
            self.rest(second.stream, what)
            self.assertEqual(client.ended()["error"]["code"], "protocol", what)
        self.check_health("second connections")

    def test_a_sender_of_damaged_leaves_is_given_up(self):
        client, content = self.client(), b"x" * 3 * LEAF
        channel = client.attach(client.call("put", targets=[{"path": "/x"}])["tickets"][0])
        channel.send_block(FILE, 1, 0, announced(size=len(content)))
        channel.send_block(LISTED, offset=1)
        asked = 0
        with self.assertRaises(DftpError) as ended:
            while True:
                kind, flags, file, offset, payload = channel.read_block()
                if kind == WANT:
                    asked += 1
                    piece = content[offset:offset + struct.unpack(">Q", payload[:8])[0]]
                    wrong = b"".join(bytes(16) for _ in leaves(piece))
                    channel.send_block(DATA, file, offset, wrong + piece)
                    if flags & 1:
                        channel.send_block(DONE, file, len(content), root(leaves(content)))
        self.assertEqual(ended.exception.code, "integrity")
        self.assertLess(asked, 100)
        self.assertFalse((self.host.share / "x").exists())

    def test_a_root_that_does_not_match_is_refused(self):
        self.check_put("a wrong root", block(FILE, 1, payload=announced(size=100)), block(LISTED, offset=1), data(b"x" * 100),
                       block(DONE, 1, 100, b"r" * 16), tolerated=True)
        self.assertFalse((self.host.share / "x").exists())

    def test_a_reserved_name_is_refused(self):
        self.check_put("a reserved name", block(FILE, 1, payload=announced(kind="directory")),
                       block(FILE, 2, payload=announced(path=".dftp-part-x")), block(LISTED, offset=2), tolerated=True)
        self.assertEqual(os.listdir(self.host.share / "x"), [])

    def test_hostile_receivers(self):
        size = 3 * MIB + 5
        want = lambda offset, length, count=0, file=1, flags=0: block(WANT, file, offset, u64(length) + b"d" * 16 * count, flags)
        cases = {
            "noise": [self.random.randbytes(2 * MIB)],
            "type 0": [block(0)], "type 99": [block(99)],
            "an absurd length": [block(WANT, 1, length=0xffffffff)],
            "a want without a length": [block(WANT, 1)],
            "a want of three bytes": [block(WANT, 1, payload=b"xxx")],
            "a want for an unknown file": [want(0, 100, file=9)],
            "a want for file 0": [want(0, 100, file=0)],
            "a want beyond the end": [want(0, size + 1)],
            "a want far beyond the end": [want(1 << 62, LEAF)],
            "a want whose end overflows": [want((1 << 64) - LEAF, 2 * LEAF)],
            "a want off the edge": [want(1, LEAF)],
            "a want of half a leaf": [want(0, 100)],
            "a want with too many digests": [want(0, 17 * LEAF, 17)],
            "a want with too few digests": [want(0, 3 * LEAF, 2)],
            "a want with half a digest": [block(WANT, 1, 0, u64(LEAF) + b"d" * 8)],
            "data from a receiver": [data(b"x")],
            "an announcement from a receiver": [block(FILE, 1, payload=announced())],
            "`listed` from a receiver": [block(LISTED, offset=1)],
            "`done` from a receiver": [block(DONE, 1, size, b"r" * 16)],
            "`stored` for an unknown file": [block(STORED, 9)],
            "an abort that is no JSON": [block(ABORT, payload=b"nonsense")],
        }
        for what, sent in cases.items():
            with self.subTest(what):
                self.check_get(what, *sent)
        self.check_get("an error that is no JSON", block(ERROR, 1, payload=b"nonsense"), tolerated=True)
        self.check_health("hostile receivers")

    def test_wants_without_measure_and_nothing_read(self):
        size = 3 * MIB + 5
        for what, one in {"plain": block(WANT, 1, 0, u64(size), 1), "nothing, last": block(WANT, 1, 0, u64(0), 1), "digests": block(WANT, 1, 0, u64(LEAF) + b"d" * 16)}.items():
            client = self.client()
            channel = client.attach(client.call("get", sources=["/file"])["tickets"][0])
            channel.read_block()
            channel.stream.settimeout(2)
            try:
                for _ in range(200):
                    channel.stream.sendall(one * 1000)
            except OSError:
                pass
            if not SANITIZED:
                self.assertLess(self.memory("VmHWM"), (64 + 4) * MIB, what)  # what docs/operations.md promises
            channel.stream.close()
            self.assertEqual(client.call("ping"), {}, what)
        self.check_health("wants", connections=4)

    def test_a_sender_that_reads_no_answers(self):
        client = self.client()
        channel = client.attach(client.call("put", targets=[{"path": "/tree"}])["tickets"][0])
        channel.stream.settimeout(2)
        sent, error = 0, json.dumps({"code": "denied", "message": "x" * 1000, "where": "x" * 1000}).encode()
        try:
            channel.stream.sendall(block(FILE, 1, payload=announced(kind="directory", mode=0o755)))
            for number in range(2, 200_000):
                link = announced(path=f"l{number}", kind="symlink", target="x")
                one = block(FILE, number, payload=link, flags=1) + block(ERROR, number, payload=error)
                channel.stream.sendall(one)
                sent += len(one)
        except OSError:
            pass
        self.assertLess(sent, 64 * MIB, "the server goes on taking in what it cannot answer")
        if not SANITIZED:
            self.assertLess(self.memory("VmHWM"), (64 + 4) * MIB)
        channel.stream.close()
        self.check_health("answers that nobody reads")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.host.process.pid}/fd"))

    def test_a_receiver_that_leaves_every_file_open(self):
        for number in range(600):
            (self.host.share / "tree").mkdir(exist_ok=True)
            with open(self.host.share / "tree" / str(number), "wb") as file:
                file.truncate(2 * MIB)
        client = self.client()
        channel = client.attach(client.call("get", sources=["/tree"], recursive=True)["tickets"][0])
        while channel.read_block()[0] != LISTED:
            pass
        most = 0
        for number in range(2, 602):
            channel.stream.sendall(block(WANT, number, 0, u64(LEAF)))
            self.assertIn(channel.read_block()[0], (DATA, ZERO))
            most = max(most, self.descriptors())
        self.assertLess(most, 300)
        channel.stream.close()
        self.check_health("open files", connections=2)

    def test_a_sender_of_very_many_pipes(self):
        client = self.client()
        channel = client.attach(client.call("put", targets=[{"path": "/tree"}])["tickets"][0])
        most = 0
        try:
            channel.stream.sendall(block(FILE, 1, payload=announced(kind="directory", mode=0o755)))
            for number in range(2, 4000):
                pipe = announced(path=f"p{number}", size=None)
                channel.stream.sendall(block(FILE, number, payload=pipe, flags=1))
                most = max(most, self.descriptors())
            self.rest(channel.stream, "pipes")
        except OSError:
            pass
        self.assertLess(most, 700)
        self.check_health("pipes", connections=2)

    def test_hashing_of_large_files_leaves_the_disk_to_others(self):
        (self.host.share / "large").touch()
        os.truncate(self.host.share / "large", 30 << 30)
        clients = [self.client() for _ in range(6)]
        for client in clients:
            client.attach(client.call("get", sources=["/large"], md5=True)["tickets"][0]).stream.sendall(
                block(WANT, 1, 0, u64(LEAF)))
        time.sleep(0.5)
        self.check_health("hashing", connections=8)

    def test_blocks_of_a_later_version_are_skipped(self):
        client, content = self.client(), self.random.randbytes(2 * LEAF)
        channel = client.attach(client.call("put", targets=[{"path": "/x"}])["tickets"][0])
        for one in (block(FILE, 1, payload=announced(size=len(content))), block(LISTED, offset=1), data(content),
                    block(DONE, 1, len(content), root(leaves(content)))):
            for number in range(20):
                size = self.random.choice([0, 1, 1000, MIB, MIB + 256])
                later = block(self.random.randrange(128, 256), number, 1 << 62, self.random.randbytes(size), flags=255)
                channel.stream.sendall(later)
            channel.stream.sendall(one)
        while channel.read_block()[0] != STORED:
            pass
        self.assertEqual((self.host.share / "x").read_bytes(), content)
        channel.stream.close()

    def test_cut_off_at_any_byte(self):
        whole = (block(FILE, 1, payload=announced(size=2 * LEAF)) + block(LISTED, offset=1) + data(b"x" * 2 * LEAF) +
                 block(DONE, 1, 2 * LEAF, root(leaves(b"x" * 2 * LEAF))))
        for end in (0, 1, 23, 24, 50, *(self.random.randrange(len(whole)) for _ in range(20))):
            self.check_put(f"{end} bytes", whole[:end], tolerated=True)
            self.assertFalse((self.host.share / "x").exists())
        self.check_health("cut off")


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
