"""Who may do what through a mount, and clients that mean harm."""
import os
import stat
import unittest

from harness import PASSWORD, add_user, make_file
from independent_client import ABORT, ALIVE, FILE
from mount_client import CANCEL, CONTENT, READ, WRITE, FsError
from mount_protocol_harness import MIB, ROOT, MountCase


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
            fs.forget([number], [2**64 - 1])
        fs.forget([ROOT], [2**64 - 1])
        fs.getattr(ROOT)
        self.fails("invalid_request", fs.forget, [1], [])
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
        fs.call("cancel", id=12345)

    def test_blocks_of_a_later_version_are_skipped(self):
        fs = self.fs()
        handle, data = fs.create(ROOT, "file")["handle"], self.stream(fs)
        for number, size in enumerate((0, 1, 1 << 20), 1):
            data.send(128 + number, number, 0, 5, b"x" * size, 255)
            self.assertEqual(data.write(handle, 0, b"y" * number).size, number)
        self.assertEqual(data.read(handle, 0, 10), b"yyy")

    def test_blocks_that_are_none_end_their_connection_and_nothing_else(self):
        fs = self.fs()
        handle = fs.create(ROOT, "file")["handle"]
        for sent in ({"kind": 0}, {"kind": FILE}, {"kind": CONTENT}, {"kind": 127}, {"kind": READ, "payload": b""}, {"kind": READ, "payload": b"x" * 5},
                     {"kind": WRITE, "length": 2**32 - 1}, {"kind": WRITE, "length": 7}, {"kind": READ, "payload": b"abcd", "offset": 2**63},
                     {"kind": WRITE, "flags": 8}, {"kind": ALIVE, "payload": b"x" * 257}, {"kind": CANCEL, "payload": b"x"},
                     {"kind": 200, "length": (1 << 20) + 257}):
            with self.subTest(**sent):
                data = self.stream(fs)
                kind = sent.pop("kind")
                data.send(kind, 1, handle, **sent)
                with self.assertRaises((EOFError, OSError)):
                    while True:
                        self.assertEqual(data.read_block()[0], ABORT)
        self.assertEqual(fs.getattr(ROOT)["inode"], self.share.stat().st_ino)

    def test_nobody_acts_as_somebody_else_without_leave(self):
        fs = self.fs()
        self.fails("denied", fs.lookup, ROOT, "x", **{"as": {"uid": 0, "gid": 0}})
        self.fails("denied", fs.mkdir, ROOT, "x", **{"as": {"uid": 0, "gid": 0}})

    def test_replies_that_nobody_acknowledges_are_bounded(self):
        fs = self.fs()
        node = fs.mkdir(ROOT, "directory")["node"]
        with self.assertRaises(FsError) as raised:
            for i in range(5000):
                fs.once("setattr", node=node, mtime_now=True)
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
