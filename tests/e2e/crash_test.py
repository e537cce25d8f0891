"""Whatever dies in the middle: the next run sends what was missing, and nothing half-written is ever seen."""
import hashlib
import os
import random
import signal
import subprocess
import threading
import time
import unittest

from harness import USER, Case, in_use, make_file, partials, result_of, same, wait_for
from relay import Relay

MIB = 1 << 20
SIZE = 128 * MIB
SLACK = 16 * MIB
# What a relay holds itself when it cuts is little, so that what has to be sent again is what the programs had under way.
RELAYED = 1 << 18
MOMENTS = int(os.environ.get("DFTP_CRASHES", "20"))


class Crashes(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server("--allow-plain-data")
        self.client = self.cli(self.host)
        self.source = make_file(self.dir / "source", SIZE)
        self.random = random.Random(4)

    def transfer(self, direction, relay=None):
        """Arguments of one transfer, and where it goes to."""
        url = self.host.url("/file").replace(str(self.host.port), str(relay.port if relay else self.host.port))
        if direction == "put":
            return ["--json", "put", self.source, url], self.host.share / "file"
        if not (self.host.share / "file").exists():
            os.replace(self.source, self.host.share / "file")
        self.source = self.host.share / "file"
        return ["--json", "get", url, self.dir / "got"], self.dir / "got"

    def wait_for_partial(self, target, process):
        """Waits until a random part of the file is there; how much that is."""
        until = self.random.randrange(1, SIZE)
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            sizes = [p.stat().st_blocks * 512 for p in partials(target.parent) if p.exists()]
            if sizes and max(sizes) >= until:
                break
            time.sleep(0.001)

    def in_use(self, target):
        try:
            return any(in_use(partial) for partial in partials(target.parent))
        except FileNotFoundError:  # it has just got its name
            return True

    def there(self, target):
        return sum(min(p.stat().st_blocks * 512, SIZE) for p in partials(target.parent))

    def check_rerun(self, arguments, target, what):
        before = self.there(target)
        self.assertFalse(target.exists(), what)
        self.assertEqual(self.client.run("ls", self.host.url()).stdout.decode().split(),
                         ["file"] if (self.host.share / "file").exists() else [], what)
        rerun = result_of(self.client.run(*arguments).stdout)
        self.assertLessEqual(rerun["transferred"], SIZE - before + SLACK, what)
        self.assertTrue(same(self.source, target), what)
        target.unlink()
        self.assertEqual(partials(target.parent), [], what)

    def test_client_killed(self):
        for direction in ("put", "get"):
            for moment in range(MOMENTS):
                arguments, target = self.transfer(direction)
                client = self.client.start(*arguments)
                self.wait_for_partial(target, client)
                client.kill()
                client.communicate()
                # What the server has got already it goes on writing.
                wait_for(lambda: not self.in_use(target), what="the end of the attempt")
                if target.exists():  # it was faster
                    target.unlink()
                    continue
                self.check_rerun(arguments, target, (direction, moment))

    def test_server_killed_and_the_client_goes_on_by_itself(self):
        for direction in ("put", "get"):
            for moment in range(MOMENTS):
                arguments, target = self.transfer(direction)
                client = self.client.start(*arguments)
                self.wait_for_partial(target, client)
                self.host.kill()
                self.host.start()
                stdout, stderr = client.communicate(timeout=60)
                self.assertEqual(client.returncode, 0, (direction, moment, stderr[-500:]))
                self.assertTrue(same(self.source, target), (direction, moment))
                self.assertLessEqual(result_of(stdout)["transferred"], SIZE + SLACK, (direction, moment))
                target.unlink()

    def test_connection_cut_and_the_client_goes_on_by_itself(self):
        relay = Relay(self.host.port, buffer=RELAYED)
        self.addCleanup(relay.close)
        for direction in ("put", "get"):
            for moment in range(MOMENTS):
                arguments, target = self.transfer(direction, relay)
                client = self.client.start(*arguments)
                self.wait_for_partial(target, client)
                relay.cut()
                stdout, stderr = client.communicate(timeout=60)
                self.assertEqual(client.returncode, 0, (direction, moment, stderr[-500:]))
                self.assertTrue(same(self.source, target), (direction, moment))
                self.assertLessEqual(result_of(stdout)["transferred"], SIZE + SLACK, (direction, moment))
                target.unlink()

    def test_md5_of_what_went_to_a_pipe_over_several_connections(self):
        os.link(self.source, self.host.share / "file")
        expected = subprocess.run(["md5sum", self.source], capture_output=True, text=True, check=True).stdout.split()[0]
        relay = Relay(self.host.port, buffer=RELAYED)
        self.addCleanup(relay.close)
        client = self.client.start("--retries", 50, "get", "--md5", f"dftp://{USER}@127.0.0.1:{relay.port}/file", "-")
        digest = hashlib.md5()
        for _ in range(2):
            digest.update(client.stdout.read(SIZE // 3))
            relay.cut()
        digest.update(client.stdout.read())
        _, stderr = client.communicate(timeout=60)
        self.assertEqual((client.returncode, digest.hexdigest()), (0, expected), stderr)
        self.assertIn(b"trying again", stderr.lower())
        self.assertIn(expected.encode(), stderr)

    def test_reader_of_the_old_version_never_sees_a_mix(self):
        target = self.host.share / "file"
        old, new = b"o" * (8 * MIB), b"n" * (8 * MIB)
        target.write_bytes(old)
        source = self.dir / "new"
        source.write_bytes(new)
        seen, stop = set(), threading.Event()

        def read():
            while not stop.is_set():
                seen.add(target.read_bytes() in (old, new))
        reader = threading.Thread(target=read)
        reader.start()
        for _ in range(10):
            self.client.run("put", "--overwrite", "always", source, self.host.url("/file"))
            os.replace(self.write_beside(old), target)
        stop.set()
        reader.join()
        self.assertEqual(seen, {True})

    def write_beside(self, data):
        path = self.host.share / "beside"
        path.write_bytes(data)
        return path

    def test_ctrl_c_keeps_the_partial_and_says_how_to_resume(self):
        arguments, target = self.transfer("get")
        client = self.client.start(*arguments[1:])
        self.wait_for_partial(target, client)
        client.send_signal(signal.SIGINT)
        _, stderr = client.communicate(timeout=10)
        if client.returncode == 0:
            self.skipTest("it was faster")
        self.assertEqual(client.returncode, 130)
        self.assertIn(b"the same command goes on", stderr)
        self.check_rerun(arguments, target, "after Ctrl-C")

    def test_graceful_stop_lets_a_transfer_finish(self):
        arguments, target = self.transfer("get")
        client = self.client.start(*arguments)
        self.wait_for_partial(target, client)
        self.assertEqual(self.host.stop(), 0)
        stdout, stderr = client.communicate(timeout=30)
        self.assertEqual(client.returncode, 0, stderr)
        self.assertTrue(same(self.source, target))


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
