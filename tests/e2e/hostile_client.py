"""A client that means harm: frames and blocks of any kind, and what a server must still be after them."""
import json
import os
import random
import struct
import time

from harness import PASSWORD, SANITIZED, USER, Case, make_file
from independent_client import DATA, Channel, announcement, block, leaves
from patient_client import Client

MIB = 1 << 20


def frame(text):
    text = text if isinstance(text, bytes) else json.dumps(text).encode()
    return struct.pack(">I", len(text)) + text


def u64(number):
    return struct.pack(">Q", number)


def data(content, file=1, offset=0):
    return block(DATA, file, offset, b"".join(leaves(content)) + content)


def announced(kind="file", has=None, path_bytes=None, **members):
    """`has`, `path_bytes`, and a `kind` that is a number are said whatever else there is."""
    made = bytearray(announcement(kind=kind if isinstance(kind, str) else "file", **{"size": 100, "mode": 0o644} | members))
    for at, form, value in ((0, ">B", kind if isinstance(kind, int) else None), (1, ">B", has), (2, ">H", path_bytes)):
        if value is not None:
            struct.pack_into(form, made, at, value)
    return bytes(made)


class Hostile(Case):
    def setUp(self):
        super().setUp()
        # With a command, so that the requests for commands come as far as their handlers.
        config = self.dir / "server.toml"
        config.write_text('[exec.true]\nargv = ["/bin/true"]\nusers = ["*"]\n' + ('run-as = "nobody"\n' if os.getuid() == 0 else ""))
        self.host = self.server("--config", config)
        self.random = random.Random(6)
        make_file(self.host.share / "file", 3 * MIB + 5)

    def channel(self):
        return Channel(self.host.host, self.host.port, self.host.fingerprint)

    def client(self):
        client = Client(self.host.host, self.host.port, self.host.fingerprint, USER, PASSWORD)
        self.addCleanup(client.control.stream.close)
        return client

    def rest(self, stream, what, seconds=10):
        """What still comes until the peer closes, which it must do in time."""
        stream.settimeout(seconds)
        got, deadline = b"", time.monotonic() + seconds
        try:
            while piece := stream.recv(1 << 16):
                got += piece
                self.assertLess(time.monotonic(), deadline, what)
        except TimeoutError:
            self.fail(f"not closed after {seconds} s: {what}")
        except OSError:
            pass
        stream.close()
        return got

    def memory(self, key="VmRSS"):
        with open(f"/proc/{self.host.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) << 10 for line in status if line.startswith(key))

    def check_health(self, what, connections=1):
        client = self.client()
        content = self.random.randbytes(100_000)
        client.put("/health", content)
        self.assertEqual(client.get("/health")[0], content, what)
        client.control.stream.close()
        if not SANITIZED:
            self.assertLess(self.memory(), (64 + 4 * connections) * MIB, what)
