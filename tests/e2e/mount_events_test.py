"""What others change, as a mount is told of it."""
import os
import time
import unittest

from mount_protocol_harness import ROOT, MountCase


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
        with open(self.share / "file", "a") as file:
            file.write("more")
        while not self.one.events:
            self.one.take()
        self.heard(self.file, "attr", "data")
        (self.share / "directory" / "new").write_text("x")
        self.heard(self.directory, "attr", "entries", name="new")
        os.rename(self.share / "directory" / "new", self.share / "directory" / "newer")
        self.one.changes()
        os.unlink(self.share / "directory" / "newer")
        self.heard(self.directory, "attr", "entries", name="newer")
        (self.share / "file").chmod(0o600)
        self.heard(self.file, "attr")

    def test_a_new_directory_is_empty_until_something_is_heard(self):
        made = self.one.once("mkdir", parent=ROOT, name="made", mode=0o755)
        self.assertTrue(made["empty"])
        self.assertFalse(self.one.once("mknod", parent=ROOT, name="made too", mode=0o100644)["empty"])
        self.one.changes()
        (self.share / "made" / "new").write_text("x")
        self.heard(made["node"], "attr", "entries", name="new")
        self.assertFalse(self.one.lookup(ROOT, "directory")["empty"])

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
        self.cut(self.one)
        time.sleep(0.3)
        for i in range(5000):
            (self.share / "directory" / f"f{i}").chmod(0o600)
        time.sleep(0.5)
        self.assertTrue(self.fs(remount=token, seen=seen).mounted["missed"])


if __name__ == "__main__":
    unittest.main()
