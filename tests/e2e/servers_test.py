"""Copies from one server to another: between themselves where that is allowed, else through the client."""
import json
import os
import signal
import socket
import struct
import unittest

from harness import USER, Case, Server, grown, make_file, partials, same, wait_for
from relay import Relay

DENIED, NOT_FOUND, USAGE = 7, 6, 2


class Gate(Relay):
    """Passes the first connection, resets the `closed` ones behind it, and passes the rest."""

    def __init__(self, port, closed):
        self.closed, self.accepted = closed, 0
        super().__init__(port)

    def serve(self, client, server):
        with self.lock:
            self.accepted += 1
            number = self.accepted
        if not 1 < number <= 1 + self.closed:
            return super().serve(client, server)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()


class BetweenServers(Case):
    def setUp(self):
        super().setUp()
        self.source = Server(self.dir / "source", self.dir / "source-state")
        self.addCleanup(self.source.__exit__)
        self.client = self.cli()
        self.client.run("--fingerprint", self.source.fingerprint, "ls", self.source.url())

    def target(self, *options):
        target = Server(self.dir / "target", self.dir / "target-state", *options)
        self.addCleanup(target.__exit__)
        self.client.run("--fingerprint", target.fingerprint, "ls", target.url())
        return target

    def allowing(self):
        return self.target("--fetch-from", f"127.0.0.0/8:{self.source.port}")

    def know(self, fingerprint, port):
        """As if the client had met the server at this port."""
        with open(self.client.home / ".config/dftp/known_hosts", "a", encoding="utf-8") as file:
            file.write(f"127.0.0.1:{port} {fingerprint}\n")

    def copy(self, target, *options, **more):
        return self.client.result("cp", *options, **more)

    def test_a_file_goes_from_server_to_server(self):
        target = self.allowing()
        source = make_file(self.source.share / "one", 5_000_000)
        os.utime(source, (1e9, 1e9))
        result = self.copy(target, self.source.url("/one"), target.url("/"))
        self.assertEqual((result["through_here"], result["entries"][0]["files"]), (False, 1))
        self.assertTrue(same(source, target.share / "one"))
        self.assertEqual((target.share / "one").stat().st_mtime, 1e9)
        result = self.copy(target, self.source.url("/one"), target.url("/one"))
        self.assertEqual(result["entries"][0]["skipped"], 1)

    def test_a_tree(self):
        target = self.allowing()
        for i in range(300):
            make_file(self.source.share / f"tree/{i % 7}/{i}", i * 100, seed=i)
        os.symlink("nowhere", self.source.share / "tree/link")
        self.copy(target, "-r", self.source.url("/tree"), target.url("/copy"))
        self.assertEqual(len([path for path in (target.share / "copy").rglob("*") if path.is_file()]), 300)
        self.assertTrue(same(self.source.share / "tree/3/3", target.share / "copy/3/3"))
        self.assertEqual(os.readlink(target.share / "copy/link"), "nowhere")

    def test_through_the_client_when_the_target_may_not_fetch_there(self):
        for number, target in enumerate((self.target(), ), 1):
            source = make_file(self.source.share / "one", 3_000_000)
            done = self.client.run("--json", "cp", self.source.url("/one"), target.url("/"))
            self.assertIn(b"through here", done.stderr)
            self.assertTrue(json.loads(done.stdout.splitlines()[-1])["through_here"])
            self.assertTrue(same(source, target.share / "one"))

    def test_only_addresses_and_ports_that_are_allowed(self):
        target = self.target("--fetch-from", "127.0.0.0/8", "--fetch-from", "10.0.0.0/8:" + str(self.source.port))
        make_file(self.source.share / "one", 1000)
        self.assertTrue(self.copy(target, self.source.url("/one"), target.url("/"))["through_here"])

    def test_connections_that_are_reset_hold_nobody_up(self):
        """Those from server to server: then the client joins them. Its own: then it tries again."""
        source = make_file(self.source.share / "one", 1_000_000)
        for gated in ("source", "target"):
            target = self.target() if gated == "target" else None
            gate = Gate((target or self.source).port, closed=4)  # all data connections of one attempt
            self.addCleanup(gate.close)
            target = target or self.target("--fetch-from", f"127.0.0.0/8:{gate.port}")
            at = {"source": self.source.port, "target": target.port} | {gated: gate.port}
            self.know(self.source.fingerprint, at["source"])
            self.know(target.fingerprint, at["target"])
            result = self.copy(target, f"dftp://{USER}@127.0.0.1:{at['source']}/one", f"dftp://{USER}@127.0.0.1:{at['target']}/one")
            self.assertTrue(result["through_here"])
            self.assertTrue(same(source, target.share / "one"))
            target.stop()
            (target.share / "one").unlink()

    def test_an_interrupted_copy_goes_on_where_it_stopped(self):
        target = self.allowing()
        source = make_file(self.source.share / "one", 300_000_000)
        process = self.client.start("cp", self.source.url("/one"), target.url("/"))
        wait_for(lambda: grown(target.share, 20_000_000), what="some of it")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, 130)
        self.assertFalse((target.share / "one").exists())
        self.copy(target, self.source.url("/one"), target.url("/"))
        self.assertTrue(same(source, target.share / "one"))
        self.assertEqual(partials(target.share), [])

    def test_what_cannot_be(self):
        target = self.allowing()
        self.client.run("cp", self.source.url("/missing"), target.url("/"), expect=NOT_FOUND)
        make_file(self.source.share / "one", 10)
        self.client.run("cp", self.source.url("/one"), target.url("/no/such/place"), expect=NOT_FOUND)
        (self.source.share / "tree").mkdir()
        self.client.run("cp", self.source.url("/tree"), target.url("/"), expect=1)
        self.client.run("cp", self.source.url("/one"), target.url("/"), self.source.url("/"), expect=USAGE)
        target.stop()
        reader = self.target("--read-only", "--fetch-from", f"127.0.0.0/8:{self.source.port}")
        self.client.run("cp", self.source.url("/one"), reader.url("/"), expect=DENIED)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
