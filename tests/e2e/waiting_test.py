"""Requests that wait: one too many is refused at once, each can be cancelled by its number, and none outlives its session."""
import contextlib
import os
import time
import unittest

from guard_harness import GuardCase, Refused
from harness import make_file, wait_for

MOST, MOST_WAITING = 64, 256


class Waiting(GuardCase):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        with open(self.host.share / "hole", "wb") as hole:
            hole.truncate(4 << 40)  # hours, at any speed
        self.client = self.peer(self.host)

    def code(self, number):
        """How a request was answered."""
        try:
            self.client.end(number)
            return "none"
        except Refused as error:
            return error.code

    def codes(self, numbers):
        return {number: self.code(number) for number in numbers}

    def idle(self):
        before = self.cpu(self.host)
        time.sleep(0.5)
        return self.cpu(self.host) - before < 0.1

    def lock(self, **more):
        return self.client.begin("fs.lock", handle=self.handle, kind="posix", **more)

    def mount(self):
        self.client.call("mount", path="/")
        self.handle = self.client.once("fs.create", parent=1, name="file", mode=0o600, access="both")["handle"]
        self.assertEqual(self.code(self.lock(owner=1, type="write")), "none")

    def test_the_65th_is_refused_and_what_takes_no_time_is_not(self):
        numbers = [self.client.begin("md5", path="/hole") for _ in range(MOST)]
        for command, members in (("md5", {"path": "/hole"}), ("stat", {"path": "/"}), ("list", {"path": "/"})):
            with self.assertRaises(Refused) as refused:
                self.client.call(command, **members)
            self.assertEqual(refused.exception.code, "too_many")
        self.assertEqual(self.client.call("ping"), {})
        first, last = numbers[0], numbers[-1]  # one is hashed, the other has not been begun
        self.assertEqual(self.client.call("cancel", id=last), {})
        self.assertEqual(self.client.call("cancel", id=first), {})
        self.assertEqual(self.codes([first, last]), {first: "cancelled", last: "cancelled"})
        self.assertEqual(self.client.call("stat", path="/")["type"], "directory")
        self.assertEqual(self.client.call("cancel", id=first), {}, "it is over, which is no error")
        self.client.call("bye")
        with self.assertRaises(EOFError):
            while True:
                self.client.take()
        wait_for(self.idle, 30, "the end of all digests")

    def test_the_257th_that_waits_is_refused_and_the_others_can_be_cancelled(self):
        self.mount()
        numbers = [self.lock(owner=2 + i, type="read", wait=True) for i in range(MOST_WAITING + 1)]
        self.assertEqual(self.code(numbers[-1]), "too_many")
        cancels = [self.client.begin("cancel", id=number) for number in numbers[:-1]]
        self.assertEqual(set(self.codes(numbers[:-1]).values()), {"cancelled"})
        self.assertEqual(set(self.codes(cancels).values()), {"none"})
        self.assertEqual(self.code(self.lock(owner=1, type="unlock")), "none")

    def test_the_goodbye_ends_what_waits(self):
        self.mount()
        for i in range(MOST + 1):
            self.lock(owner=2 + i, type="read", wait=True)
        self.client.begin("watch", path="/")
        self.client.begin("find", path="/")
        self.client.call("bye")
        with self.assertRaises(EOFError):
            while True:
                self.client.take()
        again = self.peer(self.host)
        again.call("mount", path="/")
        wait_for(self.idle, 30, "the end of all work")

    def test_each_kind_is_cancelled_by_its_number(self):
        (self.host.share / "tree").mkdir()
        for i in range(300):
            make_file(self.host.share / "tree" / str(i), 10_000)
        make_file(self.host.share / "log", 100)
        kinds = [("watch", {"path": "/"}), ("tail", {"path": "/log", "follow": True}), ("get", {"sources": ["/hole"]}),
                 ("put", {"targets": [{"path": "/new"}]}), ("fetch", {"put": {"targets": [{"path": "/fetched"}]}}),
                 ("md5", {"path": "/hole"}), ("roots", {"paths": ["/hole"]}), ("digests", {"path": "/hole", "first": 1 << 24})]
        for command, members in kinds:
            with self.subTest(command):
                number = self.client.begin(command, **members)
                self.client.call("cancel", id=number)
                code = self.code(number)
                # A page of digests may have been hashed before.
                self.assertIn(code, ("cancelled", "none") if command == "digests" else ("cancelled",))
        self.assertEqual(sorted(os.listdir(self.host.share)), ["hole", "log", "tree"])
        self.assertEqual(self.client.call("ping"), {})

    def test_a_transfer_that_runs_is_cancelled_on_its_data_connection_too(self):
        number = self.client.begin("get", sources=["/hole"])
        data = self.client.attach(self.client.part(number)["tickets"][0])
        self.client.call("cancel", id=number)
        self.assertEqual(self.code(number), "cancelled")
        data.stream.settimeout(20)
        while data.stream.recv(1 << 16):
            pass

    def test_who_goes_on_asking_and_reads_nothing_is_cut(self):
        (self.host.share / "many").mkdir()
        for i in range(3000):
            (self.host.share / "many" / (f"{i:05}" + "n" * 200)).touch()
        for _ in range(60):
            self.client.begin("list", path="/many")
        with contextlib.suppress(OSError):
            for _ in range(100_000):
                self.client.begin("ping")
        with self.assertRaises(Refused) as refused:
            while True:
                self.client.take()
        self.assertEqual(refused.exception.code, "too_many")

    def test_a_number_can_be_used_again_when_it_is_answered(self):
        for _ in range(3):
            self.client.send_frame({"id": 7_000, "cmd": "stat", "params": {"path": "/"}})
            self.assertEqual(self.code(7_000), "none")
        self.client.begin("md5", path="/hole")
        self.client.last_id -= 1
        self.client.begin("ping")
        with self.assertRaises(Refused) as refused:
            while True:
                self.client.take()
        self.assertEqual(refused.exception.code, "protocol")


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
