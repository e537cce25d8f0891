"""What the tests of the server's limits share: peers that come from other addresses of this machine, and what the
server has."""
import json
import os
import socket
import ssl
import struct

from harness import PASSWORD, SANITIZED, USER, Case
from independent_client import ABORT, ATTACH, block, proof

MIB = 1 << 20
STRANGER = "127.0.0.2"  # not exempt, as 127.0.0.1 is
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
TLS.check_hostname, TLS.verify_mode = False, ssl.CERT_NONE


class Refused(Exception):
    def __init__(self, error):
        super().__init__(json.dumps(error))
        self.code, self.errno = error["code"], error.get("errno")


class Peer:
    """A connection from an address, and a session once it has logged in."""

    def __init__(self, host, source=STRANGER, timeout=30):
        self.host, self.source, self.timeout = host, source, timeout
        raw = socket.create_connection((host.host, host.port), timeout, source_address=(source, 0))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = TLS.wrap_socket(raw)
        self.buffer, self.last_id, self.seq, self.replies, self.parts = b"", 0, 0, {}, {}

    def read(self, count):
        while len(self.buffer) < count:
            piece = self.stream.recv(1 << 16)
            if not piece:
                raise EOFError("closed")
            self.buffer += piece
        out, self.buffer = self.buffer[:count], self.buffer[count:]
        return out

    def send_frame(self, message):
        text = json.dumps(message).encode()
        self.stream.sendall(struct.pack(">I", len(text)) + text)

    def read_frame(self):
        return json.loads(self.read(struct.unpack(">I", self.read(4))[0]))

    def begin(self, command, **members):
        self.last_id += 1
        self.send_frame({"id": self.last_id, "cmd": command, "params": members})
        return self.last_id

    def take(self):
        frame = self.read_frame()
        if "part" in frame:
            self.parts.setdefault(frame["id"], []).append(frame["part"])
        elif "id" in frame:
            self.replies[frame["id"]] = frame
        elif "event" not in frame:
            raise Refused(frame["error"])

    def end(self, number):
        while number not in self.replies:
            self.take()
        frame = self.replies.pop(number)
        if "error" in frame:
            raise Refused(frame["error"])
        return frame["result"]

    def part(self, number):
        """The next part of what goes on, or the error that answers it."""
        while not self.parts.get(number):
            if number in self.replies:
                return self.end(number)
            self.take()
        return self.parts[number].pop(0)

    def call(self, command, **members):
        number = self.begin(command, **members)
        return self.part(number) if command in ("get", "put", "exec") else self.end(number)

    def once(self, command, **members):
        self.seq += 1
        return self.call(command, seq=self.seq, acked=self.seq - 1, **members)

    def greet(self):
        self.call("hello", version=1)
        return self

    def log_in(self, user=USER, password=PASSWORD):
        self.greet()
        if user is None:
            self.call("login", method="anonymous")
        else:
            self.call("login", method="password", user=user, password=password)
        return self

    def attach(self, ticket):
        data = Peer(self.host, self.source, self.timeout)
        data.send_attach(proof(ticket, "attach"))
        length, kind = struct.unpack(">IB19x", data.read(24))
        payload = data.read(length)
        if kind == ABORT:
            raise Refused(json.loads(payload))
        return data

    def send_attach(self, payload):
        self.stream.sendall(block(ATTACH, payload=payload))

    def mount_stream(self):
        self.call("mount", path="/")
        return self.attach(self.call("fs.streams", count=1)["tickets"][0])

    def push(self, data):
        """Sends as much as the server takes, again and again, or what `data` makes of the round; how much that was."""
        self.stream.settimeout(1)
        sent = 0
        try:
            for number in range(1000):
                now = data(number) if callable(data) else data
                self.stream.sendall(now)
                sent += len(now)
                if sent > 64 * MIB:
                    break
        except OSError:
            pass
        return sent

    def close(self):
        self.stream.close()


class GuardCase(Case):
    def peer(self, host, user=USER, source=STRANGER, **more):
        peer = Peer(host, source, **more).log_in(user)
        self.addCleanup(peer.close)
        return peer

    def memory(self, host):
        with open(f"/proc/{host.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmRSS"))

    def cpu(self, host):
        with open(f"/proc/{host.process.pid}/stat", encoding="ascii") as stat:
            words = stat.read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def check_memory(self, host, before, most, what):
        if not SANITIZED:
            self.assertLess(self.memory(host) - before, most, what)
