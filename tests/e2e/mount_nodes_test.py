"""What a mount's nodes stand for, and what the server holds open for them: nothing that was moved away or removed."""
import base64
import mmap
import os
import struct
import subprocess
import unittest

from harness import wait_for
from mount_client import FsError
from mount_protocol_harness import ROOT, MountCase


def acl(mode):
    """An access ACL that is this mode."""
    rows = ((1, mode >> 6 & 7), (4, mode >> 3 & 7), (0x20, mode & 7))
    text = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", tag, bits, 0xFFFFFFFF) for tag, bits in rows)
    return {"b64": base64.b64encode(text).decode()}


class Descriptors(MountCase):
    def held(self, name):
        """Open by the server, in whatever way."""
        found = []
        directory = f"/proc/{self.host.process.pid}/fd"
        for number in os.listdir(directory):
            try:
                target = os.readlink(f"{directory}/{number}")
            except OSError:
                continue
            if name in target:
                found.append(target)
        return found

    def outcome(self, call, *arguments, **members):
        try:
            call(*arguments, **members)
        except FsError as error:
            return error.errno
        return None


class Removed(Descriptors):
    def test_a_removed_file_is_held_by_handles_alone(self):
        one, two = self.fs(), self.fs()
        for remove in ("unlink", "rename over", "local"):
            with self.subTest(remove):
                node = one.create(ROOT, "file")
                one.release(node["handle"])
                for fs in (one, two):
                    fs.lookup(ROOT, "file")
                    fs.getattr(fs.lookup(ROOT, "file")["node"])
                    fs.call("fs.access", node=fs.lookup(ROOT, "file")["node"], mask=4)
                self.assertEqual(self.held("share/file"), [])
                handle = two.open(two.lookup(ROOT, "file")["node"])["handle"]
                if remove == "unlink":
                    one.once("unlink", parent=ROOT, name="file")
                elif remove == "rename over":
                    one.release(one.create(ROOT, "new")["handle"])
                    one.once("rename", parent=ROOT, name="new", new_parent=ROOT, new_name="file")
                else:
                    (self.share / "file").unlink()
                self.assertEqual(len(self.held("share/file (deleted)")), 1)
                two.release(handle)
                self.assertEqual(self.held("(deleted)"), [])

    def test_what_was_removed_can_still_be_looked_at(self):
        fs = self.fs()
        made = fs.create(ROOT, "file")
        fs.release(made["handle"])
        directory = fs.mkdir(ROOT, "directory")["node"]
        fs.once("unlink", parent=ROOT, name="file")
        fs.once("rmdir", parent=ROOT, name="directory")
        self.assertEqual(fs.getattr(made["node"])["links"], 0)
        self.assertEqual(fs.getattr(directory)["links"], 0)
        self.fails("ESTALE", fs.open, made["node"])
        self.assertEqual((fs.names(directory), fs.lookup(directory, "x")["node"]), ([], 0))
        self.fails("ENOENT", fs.mkdir, directory, "x")

    def test_a_file_with_several_names_is_found_by_those_that_are_left(self):
        fs = self.fs()
        node = fs.create(ROOT, "one")
        fs.release(node["handle"])
        node = node["node"]
        fs.once("link", node=node, parent=ROOT, name="two")
        fs.once("unlink", parent=ROOT, name="two")
        self.assertEqual(fs.getattr(node)["links"], 1)
        fs.release(fs.open(node)["handle"])
        fs.once("link", node=node, parent=ROOT, name="two")
        fs.lookup(ROOT, "one")
        fs.once("unlink", parent=ROOT, name="one")
        self.assertEqual(fs.getattr(node)["links"], 1)

    def test_a_directory_is_held_for_a_moment_only(self):
        fs = self.fs()
        (self.share / "a/b").mkdir(parents=True)
        b = fs.lookup(fs.lookup(ROOT, "a")["node"], "b")["node"]
        fs.readdir(b)
        wait_for(lambda: not self.held("share/a"), what="descriptors to be closed")
        fs.readdir(b)

    @unittest.skipUnless(os.geteuid() == 0, "mounting needs root")
    def test_a_file_system_in_the_share_can_be_unmounted(self):
        inner = self.share / "inner"
        inner.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", inner], check=False, capture_output=True).returncode:
            self.skipTest("cannot mount a tmpfs")
        self.addCleanup(subprocess.run, ["umount", "-l", inner], check=False, capture_output=True)
        (inner / "d").mkdir()
        fs = self.fs()
        nested = self.fs(path="/inner")
        node = fs.lookup(ROOT, "inner")["node"]
        fs.readdir(fs.lookup(node, "d")["node"])
        fs.release(fs.create(node, "file")["handle"])
        nested.readdir(ROOT)
        wait_for(lambda: subprocess.run(["umount", inner], check=False, capture_output=True).returncode == 0,
                 what="umount")
        self.assertEqual(fs.names(fs.lookup(ROOT, "inner")["node"]), [])
        self.fails("ESTALE", fs.call, "fs.readdir", node=node)
        self.fails("ESTALE", nested.call, "fs.readdir", node=ROOT)


class MovedAway(Descriptors):
    def setUp(self):
        super().setUp()
        (self.share / "home/in/deep").mkdir(parents=True)
        (self.share / "home/in/file").write_text("mine")
        (self.share / "home/linked").write_text("mine")

    def test_nothing_new_comes_of_what_was_moved_out_of_the_root(self):
        fs = self.fs(path="/home")
        inner = fs.lookup(ROOT, "in")["node"]
        deep, file = fs.lookup(inner, "deep")["node"], fs.lookup(inner, "file")["node"]
        handle = fs.open(file, "both")["handle"]
        data = self.stream(fs)
        fs.readdir(deep)
        (self.share / "home/in").rename(self.share / "secret")
        (self.share / "secret/minutes").write_text("secret")

        def lost():
            # Busy all the while.
            return {self.outcome(fs.call, "fs.readdir", node=deep), self.outcome(fs.call, "fs.readdir", node=inner),
                    self.outcome(fs.create, inner, "planted", exclusive=True)} <= {"ESTALE"}
        wait_for(lost, what="the directory to be lost")
        (self.share / "secret/planted").unlink(missing_ok=True)
        for call in (lambda: fs.lookup(inner, "minutes"), lambda: fs.mkdir(deep, "planted"), lambda: fs.open(file),
                     lambda: fs.call("fs.statfs", node=inner), lambda: fs.call("fs.listxattr", node=file),
                     lambda: fs.once("setattr", node=file, mode=0o666), lambda: fs.call("fs.fsync", node=file),
                     lambda: fs.once("link", node=file, parent=ROOT, name="again"),
                     lambda: fs.once("rename", parent=inner, name="minutes", new_parent=ROOT, new_name="minutes"),
                     lambda: fs.once("unlink", parent=inner, name="minutes")):
            self.fails("ESTALE", call)
        self.assertEqual(sorted(os.listdir(self.share / "secret")), ["deep", "file", "minutes"])
        # What was open stays so, as in the kernel.
        self.assertEqual(data.read(handle, 0, 10), b"mine")
        self.assertEqual(fs.getattr(file)["size"], 4)

    def test_a_file_that_is_open_is_found_wherever_it_went_in_the_root(self):
        fs = self.fs(path="/home")
        node = fs.lookup(ROOT, "linked")["node"]
        fs.open(node)
        (self.share / "home/linked").rename(self.share / "home/in/renamed")
        fs.once("setattr", node=node, mode=0o600)
        (self.share / "home/in/renamed").rename(self.share / "outside")
        self.fails("ESTALE", fs.once, "setattr", node=node, mode=0o666)
        (self.share / "outside").unlink()
        fs.once("setattr", node=node, mode=0o640)

    def test_a_root_that_is_moved_or_replaced_is_lost(self):
        fs = self.fs(path="/home/in")
        fs.readdir(ROOT)
        (self.share / "home").rename(self.share / "elsewhere")
        wait_for(lambda: self.outcome(fs.call, "fs.readdir", node=ROOT) == "ESTALE", what="the root to be lost")
        (self.share / "home/in").mkdir(parents=True)
        self.fails("ESTALE", fs.create, ROOT, "planted")


class Root(MountCase):
    def test_keeps_mode_owner_times_and_acl_whatever_the_way(self):
        os.chmod(self.share, 0o700)
        os.utime(self.share, ns=(5, 6))
        fs = self.fs()
        before = os.stat(self.share)
        for members in ({"mode": 0o777}, {"uid": 1}, {"gid": 1}, {"mtime": 7}, {"atime": 7}, {"mtime_now": True},
                        {"atime_now": True}):
            self.fails("EPERM", fs.once, "setattr", node=ROOT, **members)
        for name in ("system.posix_acl_access", "system.posix_acl_default"):
            self.fails("EPERM", fs.once, "setxattr", node=ROOT, name=name, value=acl(0o777))
            self.fails("EPERM", fs.once, "removexattr", node=ROOT, name=name)
        after = os.stat(self.share)
        self.assertEqual((after.st_mode, after.st_uid, after.st_gid, after.st_mtime_ns, after.st_ctime_ns),
                         (before.st_mode, before.st_uid, before.st_gid, before.st_mtime_ns, before.st_ctime_ns))
        # A directory beneath it is the user's own.
        (self.share / "inner").mkdir()
        fs.once("setattr", node=fs.lookup(ROOT, "inner")["node"], mode=0o711)
        self.fs(path="/inner").once("setattr", node=ROOT, mode=0o755)


class Noticed(Descriptors):
    def test_a_watch_ends_with_its_directory_whoever_holds_it(self):
        fs = self.fs()
        cases = {"removed": lambda path: path.rmdir(), "moved": lambda path: path.rename(self.share / "elsewhere"),
                 "above": lambda path: path.parent.rename(self.share / "higher")}
        for name, happens in cases.items():
            with self.subTest(name):
                path = self.share / name / "d"
                path.mkdir(parents=True)
                fs.readdir(fs.lookup(fs.lookup(ROOT, name)["node"], "d")["node"])
                watching = self.fs(mount=False)
                number = watching.begin("watch", path=f"/{name}/d")
                while not watching.answers.get(number):
                    watching.take()
                held = os.open(path, os.O_RDONLY)
                self.addCleanup(os.close, held)
                happens(path)
                self.fails("not_found", watching.end, number)

    def test_writes_through_a_mapping_are_told_while_it_lasts_and_at_its_end(self):
        (self.share / "file").write_bytes(b"old!" * 1024)
        fs = self.fs()
        node = fs.lookup(ROOT, "file")["node"]
        fs.readdir(ROOT)
        handle = fs.open(node)["handle"]
        fs.changes()

        def told():
            return any(change["node"] == node and "data" in change["what"] for change in fs.changes(0.2))
        with open(self.share / "file", "r+b") as file:
            mapped = mmap.mmap(file.fileno(), 0)
        for i in range(3):
            mapped[0:4] = b"NEW%d" % i
            wait_for(told, what="an event")
            wait_for(told, what="another one")
        mapped.close()
        wait_for(told, what="the last one")
        fs.release(handle)
        # Nobody has it open here: its end is told.
        with open(self.share / "file", "r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
            fs.changes()
            mapped[0:4] = b"LAST"
        wait_for(told, what="an event")


if __name__ == "__main__":
    unittest.main()
