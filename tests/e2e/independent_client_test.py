"""A client written from docs/protocol alone works with the real server."""
import os
import struct
import time
import unittest

from harness import PASSWORD, USER, Case, wait_for
from independent_client import DONE, LISTED, SKIP, STORED, WANT, Client, DftpError


class Stranger(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = Client("127.0.0.1", self.host.port, self.host.fingerprint, USER, PASSWORD)

    def test_client_is_at_most_150_lines(self):
        with open(os.path.join(os.path.dirname(__file__), "independent_client.py"), encoding="utf-8") as source:
            self.assertLessEqual(len(source.readlines()), 150)

    def test_lists_names_of_any_bytes_in_order(self):
        names = sorted([b"a", b"\xff\xfe", "射频仿真.pptx".encode(), b"new\nline", *(b"%05d" % i for i in range(5000))])
        for name in names:
            open(os.path.join(os.fsencode(self.host.share), name), "w").close()
        self.assertEqual(self.client.list("/"), names)

    def test_downloads_with_digests(self):
        for size in (0, 1, 65536, 65537, 5_000_000):
            data = os.urandom(size)
            (self.host.share / "file").write_bytes(data)
            content, announced = self.client.get("/file")
            self.assertEqual(content, data)
            self.assertEqual(announced["size"], size)

    def test_uploads_and_sends_only_what_changed(self):
        data = bytearray(os.urandom(5_000_000))
        self.assertEqual(self.client.put("/up", bytes(data), mtime=1), (STORED, len(data)))
        self.assertEqual((self.host.share / "up").read_bytes(), data)
        self.assertEqual(self.client.put("/up", bytes(data), mtime=1), (SKIP, 0))
        data[2_000_000] ^= 1
        self.assertEqual(self.client.put("/up", bytes(data), mtime=2), (STORED, 65536))
        self.assertEqual((self.host.share / "up").read_bytes(), data)

    def test_goodbye_before_the_last_word_of_a_transfer(self):
        (self.host.share / "file").write_bytes(b"content")
        channel = self.client.attach(self.client.call("get", sources=["/file"])["tickets"][0])
        while channel.read_block()[0] != LISTED:
            pass
        channel.send_block(WANT, 1, 0, struct.pack(">Q", 7), flags=1)
        while channel.read_block()[0] != DONE:
            pass
        self.client.call("bye")
        time.sleep(0.3)
        channel.send_block(STORED, 1)
        wait_for(lambda: " transfer " in self.host.output(), what="the transfer's end in the log")
        self.assertIn("status=ok", self.host.output())

    def test_goodbye_in_the_middle_of_a_transfer(self):
        (self.host.share / "file").write_bytes(b"content")
        channel = self.client.attach(self.client.call("get", sources=["/file"])["tickets"][0])
        self.client.call("bye")
        wait_for(lambda: "status=cancelled" in self.host.output(), what="the transfer's end in the log")
        channel.stream.close()

    def test_gets_errors_with_codes(self):
        with self.assertRaises(DftpError) as missing:
            self.client.get("/nothing")
        self.assertEqual(missing.exception.code, "not_found")


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
