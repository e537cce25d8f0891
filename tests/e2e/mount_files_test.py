"""Open files of a mount: reading, writing, space and attributes, through the protocol."""
import base64
import os
import socket
import stat
import time
import unittest

from harness import PASSWORD, add_user, make_file
from mount_client import WRITE, Data, bytes_of
from mount_protocol_harness import MIB, ROOT, MountCase
from independent_client import Channel


class Files(MountCase):
    def setUp(self):
        super().setUp()
        self.client = self.fs()
        self.data = self.stream(self.client)

    def test_create_is_exact_about_what_is_there(self):
        fs = self.client
        made = fs.create(ROOT, "file", exclusive=True)
        self.assertTrue(made["made"])
        self.data.write(made["handle"], 0, b"12345")
        self.fails("EEXIST", fs.create, ROOT, "file", exclusive=True)
        again = fs.create(ROOT, "file", first=10)
        self.assertEqual((again.get("made", False), again["node"], again["data"]), (False, made["node"], "12345"))
        self.assertEqual(fs.create(ROOT, "file", truncate=True)["attr"]["size"], 0)
        self.assertNotIn("parent", again)

    def test_reads_and_writes_are_answered_however_they_are_ordered(self):
        handle = self.client.create(ROOT, "file")["handle"]
        piece = lambda i: bytes([i]) * 10_000
        writes = [self.data.begin_write(handle, 10_000 * i, piece(i)) for i in range(200)]
        for request in reversed(writes):
            self.assertGreaterEqual(self.data.answer(request).size, 10_000)
        reads = [(i, self.data.begin_read(handle, 10_000 * i, 10_000)) for i in range(200)]
        for i, request in reversed(reads):
            self.assertEqual(self.data.answer(request), piece(i))
        self.assertEqual(self.data.read(handle, 1_999_990, 1000), piece(199)[:10])
        self.assertEqual(self.data.read(handle, 5_000_000, 1000), b"")
        written = self.data.write(handle, 0, b"x")
        status = (self.share / "file").stat()
        self.assertEqual((written.size, written.mtime, written.ctime, written.mode, written.blocks),
                         (2_000_000, status.st_mtime_ns, status.st_ctime_ns, status.st_mode, status.st_blocks))

    def test_a_large_file_goes_through_several_connections(self):
        make_file(self.share / "large", 16 * MIB + 5)
        handle = self.client.open(self.client.lookup(ROOT, "large")["node"])["handle"]
        streams = self.client.streams(3)
        for stream in streams:
            self.addCleanup(stream.close)
        requests = [(streams[i % 3], streams[i % 3].begin_read(handle, i * MIB, MIB)) for i in range(17)]
        content = b"".join(stream.answer(request) for stream, request in requests)
        self.assertEqual(content, (self.share / "large").read_bytes())

    def test_appends_stand_behind_each_other_and_say_where(self):
        fs = self.client
        handle = fs.create(ROOT, "log")["handle"]
        at = 0
        for i in range(20):
            fs.seq += 1
            written = self.data.write(handle, fs.seq, f"line {i}\n".encode(), append=True)
            self.assertEqual(written.offset, at)
            at = written.size
        self.assertEqual((self.share / "log").read_text(), "".join(f"line {i}\n" for i in range(20)))

    def test_open_brings_the_first_bytes(self):
        (self.share / "text").write_text("some text")
        (self.share / "bytes").write_bytes(bytes(range(256)) * 1000)
        fs = self.client
        self.assertEqual(fs.open(fs.lookup(ROOT, "text")["node"], first=65536)["data"], "some text")
        node = fs.lookup(ROOT, "bytes")["node"]
        self.assertEqual(bytes_of(fs.open(node, first=MIB)["data"]), (self.share / "bytes").read_bytes()[:65536])
        self.assertNotIn("data", fs.open(node))

    def test_handles_keep_to_their_access(self):
        fs = self.client
        node = fs.create(ROOT, "file", access="write")["node"]
        reads, writes = fs.open(node, "read")["handle"], fs.open(node, "write")["handle"]
        self.fails("EBADF", self.data.write, reads, 0, b"x")
        self.fails("EBADF", self.data.read, writes, 0, 1)
        self.fails("EBADF", fs.once, "fallocate", handle=reads, offset=0, length=1)
        self.assertEqual(fs.release(reads)["attr"]["size"], 0)
        self.fails("EBADF", self.data.read, reads, 0, 1)
        self.fails("EBADF", fs.release, reads)

    def test_setattr_sets_what_it_says_and_nothing_else(self):
        fs = self.client
        made = fs.create(ROOT, "file")
        node, path = made["node"], self.share / "file"
        self.data.write(made["handle"], 0, b"x" * 1000)
        self.assertEqual(fs.once("setattr", node=node, size=10)["attr"]["size"], 10)
        self.assertEqual(fs.once("setattr", node=node, handle=made["handle"], size=5000)["attr"]["size"], 5000)
        self.assertEqual(fs.once("setattr", node=node, mode=0o640)["attr"]["mode"], stat.S_IFREG | 0o640)
        attr = fs.once("setattr", node=node, atime=-5, mtime=1_700_000_000_123_456_789)["attr"]
        self.assertEqual((attr["atime"], attr["mtime"]), (-5, 1_700_000_000_123_456_789))
        self.assertEqual(path.stat().st_mtime_ns, 1_700_000_000_123_456_789)
        attr = fs.once("setattr", node=node, mtime_now=True)["attr"]
        self.assertLess(abs(attr["mtime"] / 1e9 - time.time()), 5)
        self.assertEqual((attr["atime"], attr["mode"], attr["size"]), (-5, stat.S_IFREG | 0o640, 5000))
        self.fails("EISDIR", fs.once, "setattr", node=fs.mkdir(ROOT, "directory")["node"], size=0)
        self.fails("EPERM", fs.once, "setattr", node=ROOT, mtime_now=True)  # the root keeps what it has
        link = fs.once("symlink", parent=ROOT, name="link", target="file")["node"]
        fs.once("setattr", node=link, mtime=1)
        self.assertEqual((os.lstat(self.share / "link").st_mtime_ns, path.stat().st_mtime_ns == 1), (1, False))

    def test_set_id_bits_are_only_for_those_who_act_as_somebody(self):
        fs = self.client
        made = fs.create(ROOT, "program", 0o6755)
        self.assertEqual(made["attr"]["mode"] & 0o7777, 0o755)
        self.assertEqual(fs.once("setattr", node=made["node"], mode=0o4755)["attr"]["mode"] & 0o7777, 0o755)
        self.assertEqual(fs.mkdir(ROOT, "directory", 0o1777)["attr"]["mode"] & 0o7777, 0o1777)
        self.fails("EPERM", fs.once, "mknod", parent=ROOT, name="null", mode=stat.S_IFCHR | 0o666, device=1 << 32 | 3)
        self.fails("EPERM", fs.once, "setxattr", node=made["node"], name="security.capability", value="x")
        self.fails("EPERM", fs.once, "setxattr", node=made["node"], name="trusted.x", value="x")
        (self.share / "program").chmod(0o6777)
        written = self.data.write(made["handle"], 0, b"x")
        self.assertEqual(written.mode & 0o7777, 0o777)

    def test_extended_attributes(self):
        fs = self.client
        node = fs.create(ROOT, "file")["node"]
        value = bytes(range(256))
        try:
            os.setxattr(self.share / "file", "user.probe", b"x")
        except OSError:
            self.skipTest("no extended attributes here")
        fs.once("setxattr", node=node, name="user.one", value={"b64": base64.b64encode(value).decode()}, mode="create")
        self.assertEqual(bytes_of(fs.call("fs.getxattr", node=node, name="user.one")["value"]), value)
        self.assertEqual(os.getxattr(self.share / "file", "user.one"), value)
        self.fails("EEXIST", fs.once, "setxattr", node=node, name="user.one", value="x", mode="create")
        self.fails("ENODATA", fs.once, "setxattr", node=node, name="user.two", value="x", mode="replace")
        self.assertEqual(sorted(fs.call("fs.listxattr", node=node)["names"]), ["user.one", "user.probe"])
        fs.once("removexattr", node=node, name="user.one")
        self.assertEqual(fs.call("fs.listxattr", node=node)["names"], ["user.probe"])

    def test_space_in_files(self):
        fs = self.client
        made = fs.create(ROOT, "file")
        handle = made["handle"]
        self.assertEqual(fs.once("fallocate", handle=handle, offset=0, length=MIB)["attr"]["size"], MIB)
        kept = fs.once("fallocate", handle=handle, mode="keep_size", offset=MIB, length=MIB)["attr"]
        self.assertEqual(kept["size"], MIB)
        self.data.write(handle, 0, b"x" * MIB)
        fs.once("fallocate", handle=handle, mode="punch", offset=65536, length=131072)
        self.assertEqual(self.data.read(handle, 65535, 2), b"x\0")
        self.assertEqual(fs.call("fs.seek", handle=handle, offset=0, what="hole")["offset"], 65536)
        self.assertEqual(fs.call("fs.seek", handle=handle, offset=65536, what="data")["offset"], 65536 + 131072)
        self.fails("ENXIO", fs.call, "fs.seek", handle=handle, offset=10 * MIB, what="data")

    def test_copies_inside_of_the_server(self):
        fs = self.client
        one, two = fs.create(ROOT, "one")["handle"], fs.create(ROOT, "two")["handle"]
        self.data.write(one, 0, b"0123456789" * 10_000)
        copied = fs.once("copy_range", handle=one, offset=5, to_handle=two, to_offset=10, length=50_000)
        self.assertEqual((copied["copied"], copied["attr"]["size"]), (50_000, 50_010))
        self.assertEqual((self.share / "two").read_bytes(), b"\0" * 10 + (b"0123456789" * 10_000)[5:50_005])
        self.assertEqual(fs.once("copy_range", handle=one, offset=MIB, to_handle=two, to_offset=0, length=5)["copied"], 0)

    def test_fsync_statfs_and_access(self):
        fs = self.client
        made = fs.create(ROOT, "file", 0o600)
        fs.call("fs.fsync", node=made["node"], handle=made["handle"])
        fs.call("fs.fsync", node=made["node"], handle=made["handle"], data_only=True)
        fs.call("fs.fsync", node=made["node"])
        fs.call("fs.fsync", node=ROOT)
        disk, space = os.statvfs(self.share), fs.call("fs.statfs", node=made["node"])
        self.assertEqual((space["block_bytes"], space["blocks"], space["name_bytes"]), (disk.f_frsize, disk.f_blocks, 255))
        fs.call("fs.access", node=made["node"], mask=6)
        self.fails("EACCES", fs.call, "fs.access", node=made["node"], mask=1)

    def test_who_may_only_read_cannot_change_anything(self):
        add_user(self.host.state, "reader", PASSWORD, "--read-only")
        node = self.client.create(ROOT, "file")["node"]
        fs = self.fs(user="reader")
        self.assertFalse(fs.mounted["write"])
        node = fs.lookup(ROOT, "file")["node"]
        for change in (lambda: fs.mkdir(ROOT, "x"), lambda: fs.open(node, "write"), lambda: fs.open(node, truncate=True),
                       lambda: fs.create(ROOT, "x"), lambda: fs.once("unlink", parent=ROOT, name="file"),
                       lambda: fs.once("setattr", node=node, mode=0)):
            self.fails("read_only", change)
        handle = fs.open(node)["handle"]
        self.fails("EBADF", self.stream(fs).write, handle, 0, b"x")


class PlainData(MountCase):
    options = ("--allow-plain-data",)

    def attach_plain(self, fs):
        ticket = fs.call("fs.streams", count=1, plain=True)["tickets"][0]
        channel = Channel.__new__(Channel)
        channel.stream = socket.create_connection((self.host.host, self.host.port), timeout=30)
        self.addCleanup(channel.stream.close)
        channel.attach(ticket)
        return Data(channel, digests=True)

    def test_what_is_not_encrypted_carries_digests_that_are_checked(self):
        fs = self.fs()
        data = self.attach_plain(fs)
        handle = fs.create(ROOT, "file")["handle"]
        content = os.urandom(200_000)
        data.write(handle, 0, content)
        self.assertEqual((self.share / "file").read_bytes(), content)
        self.assertEqual(data.read(handle, 0, 200_000), content)
        self.assertEqual(data.read(handle, 150_000, MIB), content[150_000:])
        self.assertEqual(data.read(handle, 200_000, 10), b"")
        data.send(WRITE, 99, handle, 0, b"\0" * 16 + b"damaged", flags=2)
        self.fails("integrity", data.answer, 99)
        data.send(WRITE, 100, handle, 0, b"bare")
        self.fails("invalid_request", data.answer, 100)
        self.assertEqual((self.share / "file").read_bytes(), content)


if __name__ == "__main__":
    unittest.main()
