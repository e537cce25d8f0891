"""What a mount keeps beyond a request and a session: locks, handles, replies."""
import fcntl
import os
import time
import unittest

from harness import PASSWORD, add_user
from mount_client import FsError
from mount_protocol_harness import ROOT, MountCase


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
        waiting = self.two.begin("fs.lock", handle=self.other, owner=1, kind="posix", type="write", wait=True)
        given_up = self.two.begin("fs.lock", handle=self.other, owner=2, kind="posix", type="write", wait=True)
        self.two.call("ping")
        self.assertFalse(self.two.has_reply(waiting) or self.two.has_reply(given_up))
        self.two.call("cancel", id=given_up)
        self.fails("EINTR", self.two.end, given_up)
        self.lock(self.one, self.handle, "unlock")
        self.two.end(waiting)
        self.fails("EAGAIN", self.lock, self.one, self.handle, "read")

    def test_a_wait_is_cancelled_however_soon(self):
        self.lock(self.one, self.handle, "write")
        for _ in range(10):
            waiting = {number: self.two.begin("fs.lock", handle=self.other, owner=number, kind="posix", type="write", wait=True)
                       for number in range(1, 21)}
            cancelled = [self.two.begin("cancel", id=number) for number in waiting.values()]
            for number in cancelled:
                self.two.end(number)
            for number in waiting.values():
                self.fails("EINTR", self.two.end, number)

    def test_many_that_wait_keep_nobody_from_working(self):
        self.lock(self.one, self.handle, "write")
        waiting = [self.two.begin("fs.lock", handle=self.other, owner=i, kind="posix", type="read", wait=True) for i in range(1, 200)]
        self.assertEqual(self.two.getattr(ROOT)["inode"], self.share.stat().st_ino)
        self.lock(self.one, self.handle, "unlock")
        for number in waiting:
            self.two.end(number)


class Resume(MountCase):
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


if __name__ == "__main__":
    unittest.main()
