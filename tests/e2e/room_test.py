"""What a small block or a large number can cost: room on the disk, memory, time; and what is left of it afterwards."""
import select
import struct
import time
import unittest

from hostile_client import MIB, Hostile, announced, block, data
from harness import partials, wait_for
from independent_client import FILE, LISTED, WANT, ZERO, DftpError, read_announcement


class Room(Hostile):
    def put(self, path, **options):
        client = self.client()
        return client, client.attach(client.call("put", targets=[{"path": path}], **options)["tickets"][0])

    def end_of(self, client):
        """How a transfer ended."""
        client.control.stream.settimeout(60)
        return client.ended()

    def test_a_receiver_that_settles_the_last_file_itself_ends(self):
        client, channel = self.put("/f")
        channel.stream.sendall(block(FILE, 1, payload=announced(size=1 << 50)) + block(LISTED, offset=1))
        self.rest(channel.stream, "no room for the only file", 30)
        self.assertEqual(self.end_of(client)["failed"], 1)
        self.assertEqual(partials(self.host.share), [], "where nothing has come nothing is left")

    def test_what_is_only_announced_takes_no_room_and_leaves_nothing(self):
        client, channel = self.put("/f")
        channel.stream.sendall(block(FILE, 1, payload=announced(size=16 * MIB)))
        self.assertEqual(channel.read_block()[0], WANT)
        [partial] = partials(self.host.share)
        self.assertEqual(partial.stat().st_blocks, 0)
        channel.stream.close()
        client.control.stream.close()
        wait_for(lambda: not partials(self.host.share), what="the partial to go")

    def test_what_replaces_a_file_leaves_nothing_when_nothing_has_come(self):
        (self.host.share / "old").write_bytes(b"x" * (4 * MIB))
        client, channel = self.put("/old", overwrite="always")
        channel.stream.sendall(block(FILE, 1, payload=announced(size=5 * MIB)))
        self.assertEqual(channel.read_block()[0], WANT)
        channel.stream.close()
        client.control.stream.close()
        wait_for(lambda: not partials(self.host.share), what="the copy of the old file to go")
        self.assertEqual((self.host.share / "old").stat().st_size, 4 * MIB)

    def leave_half(self, path):
        client, channel = self.put(path)
        channel.stream.sendall(block(FILE, 1, payload=announced(size=3 * MIB)))
        self.assertEqual(channel.read_block()[0], WANT)
        channel.stream.sendall(data(b"h" * MIB))
        wait_for(lambda: any(partial.stat().st_size >= MIB for partial in partials(self.host.share)), what="a half")
        return client, channel

    def test_what_is_left_of_an_upload_is_seen_and_removed_by_its_owner(self):
        cli = self.cli(self.host)
        (self.host.share / "d").mkdir()
        for connection in self.leave_half("/d/f"):
            (connection.control if hasattr(connection, "control") else connection).stream.close()
        said = cli.run("du", self.host.url("/d"))
        self.assertGreaterEqual(int(said.stdout.split()[0]), MIB)
        self.assertIn(b"1 unfinished upload", said.stderr)

        def is_removed():
            return cli.run("rm", self.host.url("/d/f"), expect=None).returncode == 0
        wait_for(is_removed, what="the server to let go of it")
        self.assertEqual(partials(self.host.share), [])
        cli.run("rm", self.host.url("/d/f"), expect=6)

    def test_a_removal_goes_on_behind_what_stays(self):
        cli = self.cli(self.host)
        for name in ("a", "b", "c"):
            (self.host.share / "tree" / name).mkdir(parents=True)
            (self.host.share / "tree" / name / "file").touch()
        client, channel = self.leave_half("/tree/b/new")
        result = cli.result("rm", "-r", self.host.url("/tree"), expect=1)
        self.assertEqual(result["entries"][0]["removed"], 5)
        self.assertEqual(result["entries"][0]["failed"], 1)
        self.assertIn("/tree/b", str(result["error"]))
        self.assertEqual(sorted(path.name for path in (self.host.share / "tree").iterdir()), ["b"])
        channel.stream.close()
        client.control.stream.close()

    def test_a_sparse_file_of_any_size_ends_nobody(self):
        try:
            with open(self.host.share / "huge", "wb") as huge:
                huge.truncate(1 << 53)
        except OSError:
            self.skipTest("no file system for such files")
        time.sleep(3.5)  # until it is old enough to be remembered
        client = self.client()
        channel = client.attach(client.call("get", sources=["/huge"])["tickets"][0])
        kind, _, number, _, _ = channel.read_block()
        self.assertEqual(kind, FILE)
        channel.send_block(WANT, number, 0, struct.pack(">Q", 1 << 53), flags=1)
        zeros = 0
        while zeros < 3:
            zeros += channel.read_block()[0] == ZERO
        channel.stream.close()
        client.control.stream.close()
        self.check_health("8 PiB of zeros")

    def test_zeros_keep_nobody_waiting(self):
        """Whoever asks something meanwhile is answered between two of them, however slow the machine is."""
        self.host.stop()
        self.host.options = ("--threads", "1")
        self.host.start()
        count = 1500
        other = self.client()
        client, channel = self.put("/zeros")
        channel.stream.sendall(block(FILE, 1, payload=announced(size=1 << 60, sparse=True)))
        self.assertEqual(channel.read_block()[0], WANT)
        channel.stream.sendall(b"".join(block(ZERO, 1, i << 32, struct.pack(">Q", 1 << 32)) for i in range(count)))
        channel.stream.sendall(block(LISTED, offset=7))  # which is wrong, and ends it
        pings = 0
        while not select.select([client.control.stream], [], [], 0)[0]:
            other.call("ping")
            pings += 1
        self.assertIn("error", self.end_of(client))
        self.assertGreater(pings, count / 50)

    def test_wants_without_end(self):
        """Memory for what is wanted is bounded for all files together."""
        for i in range(300):
            (self.host.share / "tree").mkdir(exist_ok=True)
            (self.host.share / "tree" / f"f{i}").write_bytes(b"x" * 100)
        client = self.client()
        channel = client.attach(client.call("get", sources=["/tree"], recursive=True)["tickets"][0])
        numbers = []
        while len(numbers) < 300:
            kind, _, number, _, payload = channel.read_block()
            if kind == FILE and read_announcement(payload)["kind"] == "file":
                numbers.append(number)
        with self.assertRaises((DftpError, OSError, EOFError)):
            for number in numbers * 20:
                channel.stream.sendall(block(WANT, number, 0, struct.pack(">Q", 100) + bytes(16)) * 200)
            while True:
                channel.read_block()
        self.check_health("wants without end")


if __name__ == "__main__":
    unittest.main()
