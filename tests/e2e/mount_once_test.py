"""A reply that is kept answers the request it was made for, and no other; what was refused is not kept."""
import unittest

from mount_protocol_harness import ROOT, MountCase


class OnceTest(MountCase):
    options = ("--anonymous",)

    def setUp(self):
        super().setUp()
        (self.share / "file").write_text("content")
        (self.share / "other").write_text("")

    def test_an_append_does_not_get_the_answer_of_another_request(self):
        for members in ({"user": None}, {}):
            fs = self.fs(**members)
            handle = fs.open(fs.lookup(ROOT, "file")["node"])["handle"]
            data = self.stream(fs)
            for _ in range(3):
                self.fails("invalid_request", data.write, handle, fs.seq, b"x", append=True)
        self.assertIsNone(self.host.process.poll())
        self.assertEqual((self.share / "file").read_text(), "content")

    def test_a_request_does_not_get_the_answer_of_an_append_nor_of_another_command(self):
        fs = self.fs()
        handle = fs.open(fs.lookup(ROOT, "file")["node"], "write")["handle"]
        data = self.stream(fs)
        data.write(handle, 10, b"x", append=True)
        self.fails("invalid_request", fs.once, "mkdir", seq=10, parent=ROOT, name="directory", mode=0o755)
        self.fails("invalid_request", fs.once, "release", seq=10, handle=handle)
        fs.once("mkdir", seq=11, parent=ROOT, name="directory", mode=0o755)
        self.fails("invalid_request", fs.once, "rmdir", seq=11, parent=ROOT, name="directory")
        self.assertTrue((self.share / "directory").is_dir())

    def test_an_append_does_not_get_the_answer_of_another_append(self):
        fs = self.fs()
        one, two = (fs.open(fs.lookup(ROOT, name)["node"], "write")["handle"] for name in ("file", "other"))
        data = self.stream(fs)
        data.write(one, 10, b"first", append=True)
        self.fails("invalid_request", data.write, two, 10, b"first", append=True)
        self.fails("invalid_request", data.write, one, 10, b"longer than first", append=True)
        self.assertEqual((self.share / "file").read_text(), "contentfirst")
        self.assertEqual((self.share / "other").read_text(), "")

    def test_what_was_refused_leaves_its_number_free(self):
        fs = self.fs(user=None)
        node = fs.lookup(ROOT, "file")["node"]
        self.fails("read_only", fs.once, "open", seq=1, node=node, access="both")
        self.fails("read_only", fs.once, "open", seq=1, node=node, truncate=True)
        self.assertGreater(fs.once("open", seq=1, node=node)["handle"], 0)

    def test_what_was_given_up_before_it_came_is_never_carried_out(self):
        fs = self.fs()
        self.fails("cancelled", fs.once, "mkdir", seq=77, given_up=True, parent=ROOT, name="late", mode=0o755)
        self.fails("cancelled", fs.once, "mkdir", seq=77, parent=ROOT, name="late", mode=0o755)
        self.assertFalse((self.share / "late").exists())

    def test_what_was_given_up_after_it_came_says_what_it_came_to(self):
        fs = self.fs()
        made = fs.once("create", seq=78, parent=ROOT, name="file", mode=0o644, access="both")
        again = fs.once("create", seq=78, given_up=True, parent=ROOT, name="file", mode=0o644, access="both")
        self.assertEqual(again, made)

    def test_nodes_are_given_back_once(self):
        fs = self.fs()
        (self.share / "twice").touch()
        node = [fs.lookup(ROOT, "twice")["node"] for _ in range(2)][0]
        for _ in range(3):
            fs.once("forget", seq=79, nodes=[node], counts=[1])
        fs.getattr(node)

    def test_a_failure_keeps_its_number(self):
        fs = self.fs()
        self.fails("ENOENT", fs.once, "unlink", seq=1, parent=ROOT, name="later")
        (self.share / "later").write_text("")
        self.fails("ENOENT", fs.once, "unlink", seq=1, parent=ROOT, name="later")
        self.assertTrue((self.share / "later").exists())

    def test_appends_are_acknowledged_on_their_own_connection(self):
        fs = self.fs()
        handle = fs.open(fs.lookup(ROOT, "other")["node"], "write")["handle"]
        fs.ack()
        data = self.stream(fs)
        for first in range(10, 1510, 100):
            data.acknowledge(first - 1)
            requests = [data.begin_write(handle, seq, b"x", append=True) for seq in range(first, first + 100)]
            for request in requests:
                data.answer(request)
        self.assertEqual((self.share / "other").stat().st_size, 1500)
        self.fails("invalid_request", data.write, handle, 1000, b"x", append=True)


if __name__ == "__main__":
    unittest.main()
