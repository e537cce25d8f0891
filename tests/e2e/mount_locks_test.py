"""Locks as clients of a mount have them: those that wait, who holds them, circles, and readers."""
import fcntl
import os
import shutil
import subprocess
import unittest

from mount_protocol_harness import ROOT, MountCase

WAITING = 256


class Locks(MountCase):
    def setUp(self):
        super().setUp()
        self.one, self.two = self.fs(), self.fs()
        made = self.one.create(ROOT, "file")
        self.handle = made["handle"]
        self.other = self.two.open(self.two.lookup(ROOT, "file")["node"], "both")["handle"]

    def lock(self, fs, handle, type, owner=1, kind="posix", **more):
        return fs.call("fs.lock", handle=handle, owner=owner, kind=kind, type=type, **more)

    def begin(self, fs, handle, owner, type="write", kind="posix", **more):
        return fs.begin("fs.lock", handle=handle, owner=owner, kind=kind, type=type, wait=True, **more)

    def cpu(self):
        with open(f"/proc/{self.host.process.pid}/stat", encoding="utf-8") as file:
            words = file.read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


class Waits(Locks):
    def test_more_than_are_allowed_are_refused_and_keep_nothing_from_being_read(self):
        self.lock(self.one, self.handle, "write", kind="flock")
        waiting = [self.begin(self.one, self.handle, 100 + i, "read", "flock") for i in range(1, WAITING + 45)]
        self.assertEqual(self.one.call("ping"), {})
        for number in waiting[WAITING:]:
            self.fails("too_many", self.one.end, number)
        self.one.call("cancel", id=waiting[6])
        self.fails("EINTR", self.one.end, waiting[6])
        self.lock(self.one, self.handle, "unlock", kind="flock")
        for number in waiting[:6] + waiting[7:WAITING]:
            self.one.end(number)

    def test_what_is_cancelled_before_it_comes_waits_all_the_same(self):
        self.lock(self.one, self.handle, "write")
        self.two.call("cancel", id=self.two.last_id + 2)
        waits = self.begin(self.two, self.other, 2)
        self.lock(self.one, self.handle, "unlock")
        self.two.end(waits)

    def test_a_session_ends_whatever_waits_in_it(self):
        self.lock(self.one, self.handle, "write")
        for i in range(1, WAITING + 10):
            self.begin(self.two, self.other, i)
        self.two.call("bye")
        self.lock(self.one, self.handle, "unlock")
        self.lock(self.one, self.handle, "write")

    def test_waiting_takes_no_processor(self):
        with open(self.share / "file", "r+b") as local:
            fcntl.lockf(local, fcntl.LOCK_EX, 1, 1000)
            self.lock(self.one, self.handle, "write", start=0, length=500)
            waiting = [self.begin(self.two, self.other, i, start=i, length=1) for i in range(1, 200)]
            waiting.append(self.begin(self.two, self.other, 200, start=1000, length=1))
            self.two.call("ping")
            before = self.cpu()
            self.two.changes(2)
            self.assertLess(self.cpu() - before, 0.4)
            self.assertFalse([number for number in waiting if self.two.has_reply(number)])
            self.lock(self.one, self.handle, "unlock", start=0, length=500)
            for number in waiting[:-1]:
                self.two.end(number)
        self.two.end(waiting[-1])

    def test_a_lock_that_is_waited_for_is_had_when_a_local_program_lets_go(self):
        for kind in ("posix", "flock"):
            with self.subTest(kind=kind), open(self.share / "file", "r+b") as local:
                take = fcntl.lockf if kind == "posix" else fcntl.flock
                take(local, fcntl.LOCK_EX)
                waiting = self.begin(self.one, self.handle, 1, kind=kind)
                given_up = self.begin(self.two, self.other, 1, kind=kind)
                self.two.call("ping")
                self.assertFalse(self.two.has_reply(given_up))
                self.two.call("cancel", id=given_up)
                self.fails("EINTR", self.two.end, given_up)
                take(local, fcntl.LOCK_UN)
                self.one.end(waiting)
                self.lock(self.one, self.handle, "unlock", kind=kind)


class Circles(Locks):
    def test_two_processes_of_a_mount_and_two_of_two_mounts(self):
        for name, fs, handle in (("one mount", self.one, self.handle), ("two mounts", self.two, self.other)):
            with self.subTest(name):
                self.lock(self.one, self.handle, "write", owner=1, start=0, length=1)
                self.lock(fs, handle, "write", owner=2, start=50, length=1)
                first = self.begin(self.one, self.handle, 1, start=50, length=1)
                self.one.call("ping")
                self.fails("EDEADLK", self.lock, fs, handle, "write", owner=2, start=0, length=1, wait=True)
                self.lock(fs, handle, "unlock", owner=2)
                self.one.end(first)
                self.lock(self.one, self.handle, "unlock", owner=1)

    def test_a_circle_over_several_files(self):
        handles = [self.one.create(ROOT, f"f{i}")["handle"] for i in range(5)]
        for owner, handle in enumerate(handles):
            self.lock(self.one, handle, "write", owner=owner)
        waiting = [self.begin(self.one, handles[i + 1], i) for i in range(4)]
        self.one.call("ping")
        self.fails("EDEADLK", self.lock, self.one, handles[0], "read", owner=4, wait=True)
        self.lock(self.one, handles[4], "unlock", owner=4)
        self.one.end(waiting[3])


class Holders(Locks):
    def test_who_holds_it_and_what(self):
        self.lock(self.one, self.handle, "write", owner=5, start=0, length=20, pid=77)
        self.lock(self.one, self.handle, "unlock", owner=5, start=10, length=5)
        self.lock(self.one, self.handle, "read", owner=5, start=30, length=1, pid=78)

        def held(fs, handle, start, length, type="write"):
            reply = fs.call("fs.getlock", handle=handle, owner=9, type=type, start=start, length=length)
            return reply["type"], reply.get("start", 0), reply.get("length", 0), reply.get("pid", 0)
        for fs, handle in ((self.one, self.handle), (self.two, self.other)):
            self.assertEqual(held(fs, handle, 0, 12)[:3], ("write", 0, 10))
            self.assertNotEqual(held(fs, handle, 0, 12)[3], 0)
            self.assertEqual(held(fs, handle, 12, 100)[:3], ("write", 15, 5))
            self.assertNotEqual(held(fs, handle, 12, 100)[3], 0)
            self.assertEqual(held(fs, handle, 10, 5)[0], "unlock")
            self.assertEqual(held(fs, handle, 30, 1), ("read", 30, 1, 78))
            self.assertEqual(held(fs, handle, 30, 1, "read")[0], "unlock")


class Readers(MountCase):
    options = ("--anonymous", "--read-only")

    def test_lock_for_reading_only_and_make_no_program_busy(self):
        shutil.copy("/bin/true", self.share / "tool")
        fs = self.fs()
        handle = fs.open(fs.lookup(ROOT, "tool")["node"])["handle"]
        for kind in ("posix", "flock"):
            lock = {"handle": handle, "owner": 1, "kind": kind}
            self.fails("read_only", fs.call, "fs.lock", type="write", **lock)
            self.fails("read_only", fs.call, "fs.lock", type="write", wait=True, **lock)
            fs.call("fs.lock", type="read", **lock)
        self.assertEqual(subprocess.run([self.share / "tool"], check=False).returncode, 0)
        with open(self.share / "tool", "rb") as local:
            fcntl.flock(local, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def test_wake_no_fifo(self):
        os.mkfifo(self.share / "pipe")
        fs = self.fs()
        with subprocess.Popen(["sh", "-c", 'echo x > "$1"', "-", self.share / "pipe"], stderr=subprocess.DEVNULL) as writer:
            node = fs.lookup(ROOT, "pipe")["node"]
            for _ in range(3):
                self.fails("EINVAL", fs.call, "fs.fsync", node=node)
                self.fails("ENXIO", fs.open, node)
                fs.call("fs.listxattr", node=node)
                fs.call("fs.statfs", node=node)
            # Whoever opens it now finds the writer waiting, as it was.
            with open(self.share / "pipe", "rb") as pipe:
                self.assertEqual(pipe.read(), b"x\n")
            self.assertEqual(writer.wait(20), 0)


if __name__ == "__main__":
    unittest.main()
