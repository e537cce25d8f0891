"""Every operation of a mount against a real server, through a client written from docs/protocol.md."""
import base64
import fcntl
import hmac
import os
import socket
import stat
import struct
import time
import unittest

from house import PASSWORD, USER, Case, add_user, make_file
from mount_client import Data, Fs, FsError, bytes_of
from stranger import Channel

MIB = 1 << 20
ROOT = 1


class MountCase(Case):
    options = ()

    def setUp(self):
        super().setUp()
        self.host = self.server(*self.options)
        self.share = self.host.share

    def fs(self, **more):
        more = {"user": USER, "password": PASSWORD} | more
        client = Fs(self.host.host, self.host.port, self.host.fingerprint, **more)
        self.addCleanup(client.control.stream.close)
        return client

    def stream(self, fs):
        [data] = fs.streams(1)
        self.addCleanup(data.close)
        return data

    def fails(self, what, call, /, *arguments, **members):
        """With this errno, or this code when it is in small letters."""
        with self.assertRaises(FsError) as raised:
            call(*arguments, **members)
        error = raised.exception
        self.assertEqual(error.code if what.islower() else error.errno, what, error)


class Names(MountCase):
    def test_a_mount_begins_at_a_directory_and_says_how_it_is(self):
        (self.share / "deep" / "in").mkdir(parents=True)
        (self.share / "deep" / "in" / "file").write_text("x")
        fs = self.fs(path="/deep/in")
        self.assertEqual((len(fs.token), fs.mounted["write"], fs.mounted["act_as"], fs.mounted["io_bytes"]), (32, True, False, MIB))
        self.assertEqual(fs.mounted["attr"]["inode"], (self.share / "deep" / "in").stat().st_ino)
        self.assertEqual(fs.names(ROOT), ["file"])

    def test_what_is_no_directory_is_not_mounted(self):
        (self.share / "file").write_text("x")
        fs = self.fs(mount=False)
        self.fails("not_directory", fs.call, "mount", path="/file")
        self.fails("not_found", fs.call, "mount", path="/nowhere")
        self.fails("invalid_request", fs.call, "fs.getattr", node=ROOT)

    def test_lookup_finds_what_is_there_and_says_node_0_for_what_is_not(self):
        (self.share / "file").write_text("12345")
        fs = self.fs()
        found = fs.lookup(ROOT, "file")
        status = (self.share / "file").stat()
        attr = found["attr"]
        self.assertEqual((attr["inode"], attr["mode"], attr["size"], attr["mtime"], attr["ctime"], attr["links"]),
                         (status.st_ino, status.st_mode, 5, status.st_mtime_ns, status.st_ctime_ns, 1))
        self.assertEqual(fs.lookup(ROOT, "nothing")["node"], 0)
        self.assertTrue(found["watched"])

    def test_one_file_has_one_node_whatever_it_is_called(self):
        (self.share / "one").write_text("x")
        os.link(self.share / "one", self.share / "two")
        fs = self.fs()
        self.assertEqual(fs.lookup(ROOT, "one")["node"], fs.lookup(ROOT, "two")["node"])

    def test_names_are_bytes(self):
        name = b"\xff\xfe caf\xe9"
        fs = self.fs()
        made = fs.mkdir(ROOT, name)
        self.assertIn(name, os.listdir(os.fsencode(self.share)))
        self.assertEqual([bytes_of(one) for one in fs.readdir(ROOT)[0]["names"]], [name])
        self.assertEqual(fs.lookup(ROOT, name)["node"], made["node"])

    def test_readdir_brings_everything_in_pages_with_and_without_attributes(self):
        for i in range(300):
            (self.share / f"file{i}").write_text("x" * i)
        (self.share / "directory").mkdir()
        os.symlink("nowhere", self.share / "link")
        fs = self.fs()
        for limit in (1, 7, 0):
            self.assertEqual(fs.names(ROOT), sorted(os.listdir(self.share)))
            pages = fs.readdir(ROOT, plus=True, limit=limit)
            found = {name: i for page in pages for i, name in enumerate(page["names"])}
            self.assertEqual(sorted(found), sorted(os.listdir(self.share)))
            sizes = {name: size for page in pages for name, size in zip(page["names"], page["sizes"])}
            self.assertEqual(sizes["file299"], 299)
            self.assertTrue(all(page["nodes"] for page in pages))
            self.assertEqual(len({node for page in pages for node in page["nodes"]}), 302)
        types = {name: stat.S_IFMT(mode) for page in fs.readdir(ROOT) for name, mode in zip(page["names"], page["modes"])}
        self.assertEqual((types["directory"], types["link"], types["file1"]), (stat.S_IFDIR, stat.S_IFLNK, stat.S_IFREG))

    def test_a_large_directory_of_long_names_fits_its_frames(self):
        for i in range(3000):
            (self.share / (f"{i:04}" + "\x01" * 240)).touch()
        fs = self.fs()
        pages = fs.readdir(ROOT, plus=True)
        self.assertEqual(sum(len(page["names"]) for page in pages), 3000)
        self.assertGreater(len(pages), 2)

    def test_everything_can_be_made_with_exactly_its_mode(self):
        fs = self.fs()
        for mode, umask, expected in [(0o777, 0, 0o777), (0o666, 0o027, 0o640), (0o700, 0o077, 0o700)]:
            with self.subTest(mode=oct(mode), umask=oct(umask)):
                name = f"{mode:o}-{umask:o}"
                self.assertEqual(fs.mkdir(ROOT, "d" + name, mode, umask=umask)["attr"]["mode"], stat.S_IFDIR | expected)
                self.assertEqual(fs.create(ROOT, "f" + name, mode, umask=umask)["attr"]["mode"], stat.S_IFREG | expected)
                fs.once("mknod", parent=ROOT, name="p" + name, mode=stat.S_IFIFO | mode, umask=umask)
                self.assertEqual((self.share / ("p" + name)).stat().st_mode, stat.S_IFIFO | expected)
        made = fs.once("symlink", parent=ROOT, name="link", target="some/where")
        self.assertEqual(fs.call("fs.readlink", node=made["node"])["target"], "some/where")
        self.assertEqual(os.readlink(self.share / "link"), "some/where")
        self.assertEqual(made["parent"]["mtime"], self.share.stat().st_mtime_ns)

    def test_a_link_is_a_further_name_and_counts(self):
        fs = self.fs()
        node = fs.create(ROOT, "one")["node"]
        linked = fs.once("link", node=node, parent=ROOT, name="two")
        self.assertEqual((linked["node"], linked["attr"]["links"]), (node, 2))
        removed = fs.once("unlink", parent=ROOT, name="one")
        self.assertEqual((removed["node"], removed["attr"]["links"]), (node, 1))
        self.assertEqual(fs.getattr(node)["links"], 1)
        self.fails("EPERM", fs.once, "link", node=fs.mkdir(ROOT, "d")["node"], parent=ROOT, name="three")

    def test_what_was_removed_stays_usable_through_node_and_handle(self):
        fs = self.fs()
        data = self.stream(fs)
        made = fs.create(ROOT, "file")
        data.write(made["handle"], 0, b"content")
        removed = fs.once("unlink", parent=ROOT, name="file")
        self.assertEqual((removed["attr"]["links"], removed["parent"]["mtime"]), (0, self.share.stat().st_mtime_ns))
        self.assertEqual(data.read(made["handle"], 0, 100), b"content")
        self.assertEqual(fs.getattr(made["node"])["links"], 0)
        fs.once("setattr", node=made["node"], mode=0o600)
        again = fs.open(made["node"], first=100)
        self.assertEqual(again["data"], "content")
        directory = fs.mkdir(ROOT, "directory")["node"]
        fs.once("rmdir", parent=ROOT, name="directory")
        self.assertEqual(fs.getattr(directory)["links"], 0)
        self.assertEqual(fs.lookup(directory, "x")["node"], 0)

    def test_rename_moves_and_replaces_and_everything_goes_along(self):
        fs = self.fs()
        one, two = fs.mkdir(ROOT, "one")["node"], fs.mkdir(ROOT, "two")["node"]
        file, old = fs.create(one, "file")["node"], fs.create(two, "old")["node"]
        moved = fs.once("rename", parent=one, name="file", new_parent=two, new_name="old")
        self.assertEqual((moved["node"], moved["other"], moved["other_attr"]["links"]), (file, old, 0))
        self.assertEqual(moved["new_parent"]["mtime"], (self.share / "two").stat().st_mtime_ns)
        self.assertEqual((fs.names(one), fs.names(two)), ([], ["old"]))
        fs.once("rename", parent=ROOT, name="two", new_parent=one, new_name="below")
        self.assertEqual(fs.lookup(two, "old")["node"], file)
        self.assertEqual(fs.getattr(file)["inode"], (self.share / "one" / "below" / "old").stat().st_ino)
        self.assertEqual(fs.getattr(old)["links"], 0)

    def test_rename_knows_noreplace_and_exchange(self):
        fs = self.fs()
        one, two = fs.create(ROOT, "one")["node"], fs.create(ROOT, "two")["node"]
        move = dict(parent=ROOT, name="one", new_parent=ROOT, new_name="two")
        self.fails("EEXIST", fs.once, "rename", **move, mode="noreplace")
        swapped = fs.once("rename", **move, mode="exchange")
        self.assertEqual((swapped["node"], swapped["other"]), (one, two))
        self.assertEqual((fs.lookup(ROOT, "one")["node"], fs.lookup(ROOT, "two")["node"]), (two, one))
        fs.once("rename", parent=ROOT, name="one", new_parent=ROOT, new_name="three", mode="noreplace")
        self.assertEqual(fs.names(ROOT), ["three", "two"])

    def test_errors_are_those_of_the_kernel(self):
        fs = self.fs()
        inner = fs.mkdir(ROOT, "directory")["node"]
        fs.create(inner, "file")
        file = fs.create(ROOT, "file")["node"]
        self.fails("ENOTEMPTY", fs.once, "rmdir", parent=ROOT, name="directory")
        self.fails("ENOTDIR", fs.once, "rmdir", parent=ROOT, name="file")
        self.fails("EISDIR", fs.once, "unlink", parent=ROOT, name="directory")
        self.fails("EEXIST", fs.mkdir, ROOT, "file")
        self.fails("ENOENT", fs.once, "unlink", parent=ROOT, name="nothing")
        self.fails("ENOTDIR", fs.mkdir, file, "below")
        self.fails("EINVAL", fs.call, "fs.readlink", node=file)
        self.fails("EISDIR", fs.open, inner)
        self.fails("ENODATA", fs.call, "fs.getxattr", node=file, name="user.none")

    def test_a_directory_that_holds_nothing_but_a_hidden_partial_can_be_removed(self):
        (self.share / "directory").mkdir()
        (self.share / "directory" / ".dftp-part-0123").write_text("x")
        fs = self.fs()
        node = fs.lookup(ROOT, "directory")["node"]
        self.assertEqual(fs.names(node), [])
        fs.once("rmdir", parent=ROOT, name="directory")
        self.assertFalse((self.share / "directory").exists())

    def test_a_node_whose_name_stands_for_something_else_is_stale(self):
        (self.share / "file").write_text("x")
        (self.share / "directory").mkdir()
        (self.share / "directory" / "inner").write_text("x")
        fs = self.fs()
        node = fs.lookup(ROOT, "file")["node"]
        os.unlink(self.share / "file")
        (self.share / "file").write_text("another")
        self.fails("ESTALE", fs.getattr, node)
        self.assertNotEqual(fs.lookup(ROOT, "file")["node"], node)
        inner = fs.lookup(fs.lookup(ROOT, "directory")["node"], "inner")["node"]
        os.rename(self.share / "directory", self.share / "elsewhere")
        found = fs.lookup(ROOT, "elsewhere")["node"]
        self.assertEqual(fs.lookup(found, "inner")["node"], inner)

    def test_forget_ends_a_node_when_all_lookups_are_given_back(self):
        (self.share / "file").write_text("x")
        fs = self.fs()
        node = [fs.lookup(ROOT, "file")["node"] for _ in range(3)][0]
        fs.call("fs.forget", nodes=[node], counts=[2])
        fs.getattr(node)
        fs.call("fs.forget", nodes=[node], counts=[1])
        self.fails("ESTALE", fs.getattr, node)


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
        self.fails("EISDIR", fs.once, "setattr", node=ROOT, size=0)
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
        identity, secret = ticket[:32], ticket[32:]
        proof = hmac.new(secret.encode(), f"dftp attach {identity}".encode(), "sha256").hexdigest()
        channel.send_frame({"attach": identity, "proof": proof})
        self.assertIn("attached", channel.read_frame())
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
        data.send(2, 99, handle, 0, b"\0" * 16 + b"damaged", flags=2)
        self.fails("integrity", data.answer, 99)
        data.send(2, 100, handle, 0, b"bare")
        self.fails("invalid_request", data.answer, 100)
        self.assertEqual((self.share / "file").read_bytes(), content)


class Locks(MountCase):
    def setUp(self):
        super().setUp()
        self.one, self.two = self.fs(), self.fs()
        self.handle = self.one.create(ROOT, "file")["handle"]
        self.other = self.two.open(self.two.lookup(ROOT, "file")["node"], "both")["handle"]

    def lock(self, fs, handle, type, owner=1, kind="posix", **more):
        return fs.call("fs.lock", handle=handle, owner=owner, kind=kind, type=type, **more)

    def test_ranges_exclude_each_other_between_owners_and_mounts(self):
        self.lock(self.one, self.handle, "write", start=0, length=10, pid=77)
        self.fails("EAGAIN", self.lock, self.one, self.handle, "read", owner=2, start=9, length=1)
        self.fails("EAGAIN", self.lock, self.two, self.other, "read", start=0, length=0)
        self.lock(self.two, self.other, "write", start=10, length=5)
        held = self.one.call("fs.getlock", handle=self.handle, owner=2, type="write", start=5, length=1)
        self.assertEqual((held["type"], held["start"], held["length"], held["pid"]), ("write", 0, 10, 77))
        self.lock(self.one, self.handle, "unlock", start=5, length=0)
        self.lock(self.one, self.handle, "read", owner=2, start=5, length=5)
        self.fails("EAGAIN", self.lock, self.one, self.handle, "read", owner=2, start=4, length=1)
        self.one.release(self.handle)
        self.lock(self.two, self.other, "write", start=0, length=0)
        self.assertEqual(self.two.call("fs.getlock", handle=self.other, owner=1, type="write")["type"], "unlock")

    def test_local_processes_see_them_and_are_seen(self):
        with open(self.share / "file", "r+b") as local:
            self.lock(self.one, self.handle, "write", start=100, length=10)
            with self.assertRaises(BlockingIOError):
                fcntl.lockf(local, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 105)
            fcntl.lockf(local, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 0)
            self.fails("EAGAIN", self.lock, self.two, self.other, "read", start=0, length=1)
            held = self.two.call("fs.getlock", handle=self.other, owner=1, type="read", start=0, length=1)
            self.assertEqual((held["type"], held["pid"]), ("write", os.getpid()))
            fcntl.flock(local, fcntl.LOCK_EX)
            self.fails("EAGAIN", self.lock, self.one, self.handle, "write", kind="flock")
        self.lock(self.one, self.handle, "write", kind="flock")
        self.fails("EAGAIN", self.lock, self.two, self.other, "read", kind="flock")
        self.lock(self.one, self.handle, "unlock", kind="flock")
        self.lock(self.two, self.other, "read", kind="flock")

    def test_a_lock_can_be_waited_for_and_the_wait_be_cancelled(self):
        self.lock(self.one, self.handle, "write")
        waiting = self.two.begin("fs.lock", handle=self.other, owner=1, kind="posix", type="write", wait=5)
        given_up = self.two.begin("fs.lock", handle=self.other, owner=2, kind="posix", type="write", wait=6)
        self.two.call("ping")
        self.assertFalse({waiting, given_up} & set(self.two.replies))
        self.two.call("fs.cancel", wait=6)
        self.fails("EINTR", self.two.end, given_up)
        begun = time.monotonic()
        self.lock(self.one, self.handle, "unlock")
        self.two.end(waiting)
        self.assertLess(time.monotonic() - begun, 0.5)
        self.fails("EAGAIN", self.lock, self.one, self.handle, "read")

    def test_many_that_wait_keep_nobody_from_working(self):
        self.lock(self.one, self.handle, "write")
        waiting = [self.two.begin("fs.lock", handle=self.other, owner=i, kind="posix", type="read", wait=i) for i in range(1, 200)]
        self.assertEqual(self.two.getattr(ROOT)["inode"], self.share.stat().st_ino)
        self.lock(self.one, self.handle, "unlock")
        for number in waiting:
            self.two.end(number)


class Resume(MountCase):
    def cut(self, fs):
        """As when the network fails: nobody says goodbye."""
        fs.control.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        fs.control.stream.close()

    def resume(self, fs, **more):
        again = self.fs(remount=fs.token, **more)
        again.seq, again.acked = fs.seq, fs.acked
        return again

    def test_handles_nodes_and_locks_outlive_the_session(self):
        fs = self.fs()
        made = fs.create(ROOT, "file")
        self.stream(fs).write(made["handle"], 0, b"before")
        fs.call("fs.lock", handle=made["handle"], owner=1, kind="posix", type="write")
        fs.once("unlink", parent=ROOT, name="file")
        self.cut(fs)
        again = self.resume(fs)
        self.assertFalse(again.mounted["missed"])
        self.assertEqual(again.getattr(made["node"])["size"], 6)
        data = self.stream(again)
        self.assertEqual(data.read(made["handle"], 0, 100), b"before")
        again.call("fs.lock", handle=made["handle"], owner=1, kind="posix", type="unlock")

    def test_the_same_seq_is_carried_out_once(self):
        fs = self.fs()
        seqs = {}
        first = fs.mkdir(ROOT, "directory")
        seqs["mkdir"] = fs.seq
        with self.assertRaises(FsError) as failed:
            fs.mkdir(ROOT, "directory")
        created = fs.create(ROOT, "file", exclusive=True)
        seqs["create"] = fs.seq
        fs.create(ROOT, "gone")
        removed = fs.once("unlink", parent=ROOT, name="gone")
        seqs["unlink"] = fs.seq
        self.cut(fs)
        again = self.resume(fs)
        self.assertEqual(again.once("mkdir", seq=seqs["mkdir"], parent=ROOT, name="directory", mode=0o755), first)
        with self.assertRaises(FsError) as repeated:
            again.once("mkdir", seq=seqs["mkdir"] + 1, parent=ROOT, name="directory", mode=0o755)
        self.assertEqual((repeated.exception.code, repeated.exception.errno), (failed.exception.code, "EEXIST"))
        self.assertEqual(again.once("create", seq=seqs["create"], parent=ROOT, name="file", mode=0o644, exclusive=True), created)
        self.assertEqual(again.once("unlink", seq=seqs["unlink"], parent=ROOT, name="gone"), removed)
        again.ack()
        again.mkdir(ROOT, "new")
        self.fails("invalid_request", again.once, "mkdir", seq=seqs["mkdir"], parent=ROOT, name="directory", mode=0o755)

    def test_an_append_is_made_once(self):
        fs = self.fs()
        handle = fs.create(ROOT, "log")["handle"]
        data = self.stream(fs)
        data.write(handle, 10, b"one\n", append=True)
        first = data.write(handle, 11, b"two\n", append=True)
        self.cut(fs)
        again = self.stream(self.resume(fs))
        self.assertEqual(again.write(handle, 11, b"two\n", append=True), first)
        self.assertEqual(again.write(handle, 12, b"three\n", append=True).offset, 8)
        self.assertEqual((self.share / "log").read_text(), "one\ntwo\nthree\n")

    def test_requests_sent_twice_at_the_same_time_get_the_same_reply(self):
        fs = self.fs()
        for i in range(1, 50):
            pair = [fs.begin("fs.create", seq=i, acked=0, parent=ROOT, name=f"f{i}", mode=0o644, exclusive=True) for _ in range(2)]
            one, two = (fs.end(number) for number in pair)
            self.assertEqual(one, two)

    def test_the_old_session_ends_when_another_takes_the_mount_over(self):
        fs = self.fs()
        again = self.resume(fs)
        with self.assertRaises(EOFError):
            fs.control.stream.settimeout(10)
            while True:
                fs.take()
        again.getattr(ROOT)

    def test_a_mount_belongs_to_its_user_and_ends_with_unmount(self):
        add_user(self.host.state, "other", PASSWORD)
        fs = self.fs()
        stranger = self.fs(user="other", mount=False)
        self.fails("not_found", stranger.call, "remount", mount=fs.token, seen=0)
        self.fails("not_found", stranger.call, "remount", mount="0" * 32, seen=0)
        handle = fs.create(ROOT, "file")["handle"]
        self.fails("invalid_request", fs.call, "mount", path="/")
        data = self.stream(fs)
        fs.call("unmount")
        self.fails("invalid_request", fs.getattr, ROOT)
        with self.assertRaises((EOFError, OSError)):
            data.read(handle, 0, 1)
        self.fails("not_found", fs.call, "remount", mount=fs.token, seen=0)
        fs.call("mount", path="/")
        self.fails("EBADF", fs.release, handle)

    def test_events_of_the_time_without_a_session_come_afterwards(self):
        fs = self.fs()
        fs.lookup(ROOT, "nothing")
        self.cut(fs)
        (self.share / "made").write_text("x")
        time.sleep(0.1)
        again = self.resume(fs)
        self.assertIn({"node": ROOT, "what": ["attr", "entries"], "names": ["made"]}, again.changes())
        # Once more for a client that has not seen it.
        self.cut(again)
        third = self.resume(fs, seen=0)
        self.assertEqual(third.changes()[0]["names"], ["made"])
        self.cut(third)
        self.assertEqual(self.resume(fs, seen=third.mounted["at"]).changes(), [])


class Events(MountCase):
    def setUp(self):
        super().setUp()
        (self.share / "file").write_text("x")
        (self.share / "directory").mkdir()
        self.one, self.two = self.fs(), self.fs()
        self.file = self.one.lookup(ROOT, "file")["node"]
        self.directory = self.one.lookup(ROOT, "directory")["node"]
        self.one.lookup(self.directory, "nothing")
        self.their = self.two.lookup(ROOT, "file")["node"]
        self.their_directory = self.two.lookup(ROOT, "directory")["node"]

    def heard(self, node, *what, name=None):
        """One must have been told of this, and of nothing else."""
        changes = self.one.changes()
        self.assertTrue(changes, "nothing was heard")
        for change in changes:
            self.assertEqual((change["node"], name in change.get("names", [name])), (node, True), changes)
        self.assertEqual({one for change in changes for one in change["what"]}, set(what), changes)

    def test_another_mount_that_writes_is_heard(self):
        handle = self.two.open(self.their, "both")["handle"]
        self.stream(self.two).write(handle, 0, b"new")
        self.heard(self.file, "attr", "data")
        self.assertEqual(self.one.getattr(self.file)["size"], 3)

    def test_another_mount_that_changes_names_is_heard(self):
        self.two.create(self.their_directory, "new")
        self.heard(self.directory, "attr", "entries", name="new")
        self.two.once("rename", parent=self.their_directory, name="new", new_parent=self.their_directory, new_name="newer")
        changes = self.one.changes()
        self.assertEqual({name for change in changes for name in change["names"]}, {"new", "newer"})
        self.two.once("unlink", parent=self.their_directory, name="newer")
        self.heard(self.directory, "attr", "entries", name="newer")

    def test_another_mount_that_changes_attributes_is_heard(self):
        self.two.once("setattr", node=self.their, mode=0o600)
        self.heard(self.file, "attr")
        self.two.once("setattr", node=self.their, size=100)
        self.heard(self.file, "attr", "data")
        self.two.once("unlink", parent=ROOT, name="file")
        changes = self.one.changes()
        self.assertIn({"node": self.file, "what": ["attr", "gone"]}, changes)
        self.assertIn(["file"], [change.get("names") for change in changes])

    def test_an_ordinary_session_is_heard(self):
        cli = self.cli(self.host)
        (self.dir / "local").write_text("content")
        cli.run("put", self.dir / "local", self.host.url("/directory/put"))
        self.assertIn(["put"], [change.get("names") for change in self.one.changes() if change["node"] == self.directory])
        self.two.call("rename", **{"from": "/directory/put", "to": "/directory/moved"})
        names = {name for change in self.one.changes() for name in change["names"]}
        self.assertEqual(names, {"put", "moved"})
        self.two.call("chmod", path="/file", mode=0o600)
        self.heard(self.file, "attr")

    def test_a_local_process_is_heard_in_time(self):
        begun = time.monotonic()
        with open(self.share / "file", "a") as file:
            file.write("more")
        while not self.one.events:
            self.one.take()
        self.assertLess(time.monotonic() - begun, 0.05)
        self.heard(self.file, "attr", "data")
        (self.share / "directory" / "new").write_text("x")
        self.heard(self.directory, "attr", "entries", name="new")
        os.rename(self.share / "directory" / "new", self.share / "directory" / "newer")
        self.one.changes()
        os.unlink(self.share / "directory" / "newer")
        self.heard(self.directory, "attr", "entries", name="newer")
        (self.share / "file").chmod(0o600)
        self.heard(self.file, "attr")

    def test_a_mount_does_not_hear_itself(self):
        one = self.one
        data = self.stream(one)
        for i in range(30):
            made = one.create(self.directory, f"f{i}")
            for j in range(5):
                data.write(made["handle"], j * 10, b"0123456789")
            one.once("setattr", node=made["node"], mode=0o600)
            one.release(made["handle"])
            one.once("rename", parent=self.directory, name=f"f{i}", new_parent=ROOT, new_name=f"g{i}")
            one.once("link", node=made["node"], parent=self.directory, name=f"f{i}")
            if i % 2:
                one.once("unlink", parent=ROOT, name=f"g{i}")
        inner = one.mkdir(self.directory, "inner")["node"]
        one.lookup(inner, "x")
        one.create(inner, "x")
        one.once("unlink", parent=inner, name="x")
        one.once("rmdir", parent=self.directory, name="inner")
        one.once("setattr", node=self.directory, mode=0o700)
        self.assertEqual(one.changes(), [])

    def test_somebody_else_is_heard_in_the_middle_of_own_work(self):
        data = self.stream(self.one)
        handle = self.one.create(self.directory, "own")["handle"]
        for i in range(20):
            data.write(handle, i, b"x")
            (self.share / "directory" / f"foreign{i}").write_text("x")
        names = {name for change in self.one.changes() for name in change.get("names", [])}
        self.assertEqual(names, {f"foreign{i}" for i in range(20)})

    def test_attributes_say_which_event_they_are_newer_than(self):
        at = self.one.call("fs.getattr", node=self.file)["at"]
        (self.share / "file").write_text("changed")
        self.one.changes()
        self.assertGreater(self.one.call("fs.getattr", node=self.file)["at"], at)

    def test_a_flood_of_changes_is_told_in_few_events(self):
        handle = self.two.open(self.their, "both")["handle"]
        data = self.stream(self.two)
        for request in [data.begin_write(handle, 0, bytes([i % 256])) for i in range(3000)]:
            data.answer(request)
        self.assertLess(len(self.one.changes()), 3000)
        self.assertEqual(self.one.getattr(self.file)["size"], 1)

    def test_more_files_than_are_remembered_are_missed_and_it_is_said(self):
        for i in range(5000):
            (self.share / "directory" / f"f{i}").touch()
        self.one.readdir(self.directory, plus=True)
        self.one.changes()
        self.one.control.stream.settimeout(30)
        token, seen = self.one.token, self.one.mounted["at"]
        Resume.cut(self, self.one)
        time.sleep(0.3)
        for i in range(5000):
            (self.share / "directory" / f"f{i}").chmod(0o600)
        time.sleep(0.5)
        self.assertTrue(self.fs(remount=token, seen=seen).mounted["missed"])


class Hostile(MountCase):
    def test_names_that_are_none_or_reserved_are_refused_everywhere(self):
        (self.share / ".dftp-part-x").write_text("secret")
        fs = self.fs()
        file = fs.create(ROOT, "file")["node"]
        for name in ("", ".", "..", "a/b", "/", "../x", "a\0b", "x" * 256, ".dftp-part-x", "../../etc/passwd"):
            code = "name_too_long" if len(name) > 255 else "invalid_name"
            with self.subTest(name=name[:20]):
                self.fails(code, fs.lookup, ROOT, name)
                self.fails(code, fs.mkdir, ROOT, name)
                self.fails(code, fs.create, ROOT, name)
                self.fails(code, fs.once, "unlink", parent=ROOT, name=name)
                self.fails(code, fs.once, "rmdir", parent=ROOT, name=name)
                self.fails(code, fs.once, "symlink", parent=ROOT, name=name, target="x")
                self.fails(code, fs.once, "link", node=file, parent=ROOT, name=name)
                self.fails(code, fs.once, "mknod", parent=ROOT, name=name, mode=stat.S_IFREG)
                self.fails(code, fs.once, "rename", parent=ROOT, name=name, new_parent=ROOT, new_name="x")
                self.fails(code, fs.once, "rename", parent=ROOT, name="file", new_parent=ROOT, new_name=name)
        self.assertEqual(fs.names(ROOT), ["file"])

    def test_nothing_leads_out_of_the_root(self):
        (self.dir / "outside").write_text("secret")
        os.symlink(self.dir / "outside", self.share / "link")
        os.symlink("..", self.share / "up")
        (self.share / "home").mkdir()
        fs = self.fs()
        link = fs.lookup(ROOT, "link")
        self.assertTrue(stat.S_ISLNK(link["attr"]["mode"]))
        self.fails("ELOOP", fs.open, link["node"])
        self.fails("ELOOP", fs.create, ROOT, "link")
        self.fails("ENOTDIR", fs.lookup, fs.lookup(ROOT, "up")["node"], "outside")
        self.fails("ENOTDIR", fs.call, "fs.readdir", node=fs.lookup(ROOT, "up")["node"])
        # A directory that is swapped for a link while its node is known.
        home = fs.lookup(ROOT, "home")["node"]
        os.rmdir(self.share / "home")
        os.symlink("..", self.share / "home")
        for name in ("outside", "state"):
            self.assertIn(self.outcome(fs.lookup, home, name), ("ESTALE", "ENOTDIR", 0))

    def outcome(self, call, *arguments):
        try:
            return call(*arguments)["node"]
        except FsError as error:
            return error.errno

    def test_nodes_handles_and_numbers_that_are_none_do_no_harm(self):
        fs = self.fs()
        data = self.stream(fs)
        handle = fs.create(ROOT, "file")["handle"]
        for number in (0, 2**63 - 1, 2**64 - 1, 1000):
            self.fails("ESTALE", fs.getattr, number)
            self.fails("ESTALE", fs.lookup, number, "x")
            self.fails("EBADF", fs.release, number + 0)
            self.fails("EBADF", data.read, number, 0, 1)
            self.fails("EBADF", data.write, number, 0, b"x")
            fs.call("fs.forget", nodes=[number], counts=[2**64 - 1])
        fs.call("fs.forget", nodes=[ROOT], counts=[2**64 - 1])
        fs.getattr(ROOT)
        self.fails("invalid_request", fs.call, "fs.forget", nodes=[1], counts=[])
        self.fails("EFBIG", data.write, handle, 2**63 - 2, b"xyz")
        self.assertEqual(data.read(handle, 2**63 - 1, 10), b"")
        self.fails("too_large", data.read, handle, 0, MIB + 1)
        self.fails("EFBIG", fs.once, "setattr", node=ROOT, size=2**63)
        self.fails("EFBIG", fs.once, "fallocate", handle=handle, offset=2**62, length=2**63)
        self.fails("EINVAL", fs.call, "fs.lock", handle=handle, owner=1, kind="posix", type="read", start=2**64 - 1)
        self.fails("EINVAL", fs.once, "mknod", parent=ROOT, name="x", mode=0o777 | stat.S_IFDIR)
        self.fails("invalid_request", fs.once, "mkdir", seq=0, parent=ROOT, name="x", mode=0)
        self.fails("EINVAL", fs.call, "fs.readdir", node=ROOT, cookie=-1)
        fs.call("fs.readdir", node=ROOT, cookie=2**62)
        fs.call("fs.cancel", wait=12345)

    def test_frames_that_are_none_end_their_connection_and_nothing_else(self):
        fs = self.fs()
        handle = fs.create(ROOT, "file")["handle"]
        for sent in ({"kind": 0}, {"kind": 5}, {"kind": 99}, {"kind": 1, "payload": b""}, {"kind": 1, "payload": b"x" * 9},
                     {"kind": 2, "length": 2**32 - 1}, {"kind": 1, "payload": b"abcd", "offset": 2**63},
                     {"kind": 2, "flags": 8}, {"kind": 4, "payload": b"x"}):
            with self.subTest(**sent):
                data = self.stream(fs)
                kind = sent.pop("kind")
                data.send(kind, 1, handle, **sent)
                with self.assertRaises((EOFError, OSError)):
                    while True:
                        self.assertEqual(data.read_frame()[0], 7)
        self.assertEqual(fs.getattr(ROOT)["inode"], self.share.stat().st_ino)

    def test_nobody_acts_as_somebody_else_without_leave(self):
        fs = self.fs()
        self.fails("denied", fs.lookup, ROOT, "x", **{"as": {"uid": 0, "gid": 0}})
        self.fails("denied", fs.mkdir, ROOT, "x", **{"as": {"uid": 0, "gid": 0}})

    def test_replies_that_nobody_acknowledges_are_bounded(self):
        fs = self.fs()
        with self.assertRaises(FsError) as raised:
            for i in range(5000):
                fs.once("setattr", node=ROOT, mtime_now=True)
        self.assertEqual(raised.exception.code, "too_many")
        fs.ack()
        fs.mkdir(ROOT, "x")

    def test_a_client_that_reads_no_answers_holds_bounded_memory(self):
        make_file(self.share / "large", 8 * MIB)
        fs = self.fs()
        handle = fs.open(fs.lookup(ROOT, "large")["node"])["handle"]
        data = self.stream(fs)
        data.channel.stream.settimeout(1)
        with self.assertRaises((TimeoutError, OSError)):
            while True:
                data.begin_read(handle, 0, MIB)
        with open(f"/proc/{self.host.process.pid}/status", encoding="ascii") as status:
            memory = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        self.assertLess(memory, 128 * 1024)
        fs.getattr(ROOT)


@unittest.skipUnless(os.geteuid() == 0, "only root can act as somebody else")
class ActAs(MountCase):
    def setUp(self):
        super().setUp()
        add_user(self.host.state, "mounter", PASSWORD, "--act-as")
        self.share.chmod(0o777)
        self.client = self.fs(user="mounter")

    def caller(self, uid, gid=None, groups=()):
        return {"as": {"uid": uid, "gid": uid if gid is None else gid, "groups": list(groups)}}

    def test_what_is_made_belongs_to_the_caller(self):
        fs = self.client
        self.assertTrue(fs.mounted["act_as"])
        made = fs.create(ROOT, "file", 0o640, **self.caller(1234, 2345))
        self.assertEqual((made["attr"]["uid"], made["attr"]["gid"]), (1234, 2345))
        made = fs.mkdir(ROOT, "directory", **self.caller(4321))
        self.assertEqual((made["attr"]["uid"], made["attr"]["gid"]), (4321, 4321))
        # Nothing of it stays with the thread.
        for i in range(50):
            self.assertEqual(fs.mkdir(ROOT, f"own{i}")["attr"]["uid"], 0)

    def test_the_kernel_decides_by_user_group_and_groups(self):
        fs = self.client
        node = fs.create(ROOT, "file", 0o640, **self.caller(1000, 2000))["node"]
        fs.open(node, **self.caller(1000, 1))
        fs.open(node, **self.caller(1, 2000))
        fs.open(node, **self.caller(1, 1, [5, 2000]))
        self.fails("EACCES", fs.open, node, **self.caller(1, 1, [5]))
        self.fails("EACCES", fs.open, node, "write", **self.caller(1, 2000))
        fs.open(node, "both", **self.caller(0))
        self.fails("EPERM", fs.once, "setattr", node=node, mode=0o777, **self.caller(1))
        self.fails("EPERM", fs.once, "setattr", node=node, uid=1, **self.caller(1000))
        fs.once("setattr", node=node, uid=5, gid=6, **self.caller(0))
        self.assertEqual(fs.getattr(node)["uid"], 5)
        private = fs.mkdir(ROOT, "private", 0o700, **self.caller(1000))["node"]
        self.fails("EACCES", fs.mkdir, private, "x", **self.caller(1))
        self.fails("EACCES", fs.lookup, private, "x", **self.caller(1))
        self.fails("EACCES", fs.call, "fs.readdir", node=private, **self.caller(1))
        self.fails("EACCES", fs.call, "fs.access", node=private, mask=1, **self.caller(1))
        fs.call("fs.access", node=private, mask=7, **self.caller(1000))

    def test_set_id_bits_and_devices_are_as_on_a_local_disk(self):
        fs = self.client
        data = self.stream(fs)
        made = fs.create(ROOT, "program", 0o4755, **self.caller(1000))
        self.assertEqual(made["attr"]["mode"] & 0o7777, 0o4755)
        self.assertEqual(data.write(made["handle"], 0, b"x").mode & 0o7777, 0o755)
        self.fails("EPERM", fs.once, "mknod", parent=ROOT, name="null", mode=stat.S_IFCHR | 0o666, device=1 << 32 | 3, **self.caller(1000))
        try:
            made = fs.once("mknod", parent=ROOT, name="null", mode=stat.S_IFCHR | 0o666, device=1 << 32 | 3, **self.caller(0))
        except FsError as error:
            self.skipTest(f"no devices here: {error}")
        self.assertEqual((made["attr"]["device"], made["attr"]["mode"]), (1 << 32 | 3, stat.S_IFCHR | 0o666))
        self.fails("ENXIO", fs.open, made["node"])

    def test_callers_that_are_none_are_refused(self):
        fs = self.client
        for caller in ({"uid": 2**32 - 1, "gid": 0}, {"uid": 0, "gid": 2**32 - 1}, {"uid": 1, "gid": 1, "groups": [2**32 - 1]},
                       {"uid": 1, "gid": 1, "groups": list(range(2000))}, {"uid": -1, "gid": 0}, {"uid": 1}):
            self.fails("invalid_request", fs.lookup, ROOT, "x", **{"as": caller})
        fs.getattr(ROOT)


if __name__ == "__main__":
    unittest.main()
