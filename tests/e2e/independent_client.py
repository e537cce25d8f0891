"""A dftp client written from docs/protocol alone, with nothing but the standard library."""
import hashlib, hmac, json, socket, ssl, struct

from certificates import fingerprint_of
from independent_wire import (ABORT, ALIVE, ATTACH, ATTACHED, DATA, DONE, ERROR, FILE, KINDS, LEAF, LISTED, SAME, SKIP, STORED,
                              WANT, ZERO, announcement, block, leaves, name, proof, read_announcement, root)  # noqa: F401, for those who use this client


class DftpError(Exception):
    def __init__(self, error):
        super().__init__(f"{error['code']}: {error['message']}")
        self.error, self.code = error, error["code"]


class Channel:
    """Frames and blocks on one TLS connection whose key is pinned."""

    def __init__(self, host, port, fingerprint):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.stream = context.wrap_socket(socket.create_connection((host, port), timeout=30))
        der = self.stream.getpeercert(binary_form=True)
        if (seen := fingerprint_of(der)) != fingerprint:
            raise ssl.SSLError(f"the server is {seen}, not {fingerprint}")

    def read(self, count):
        data = bytearray()
        while len(data) < count:
            data += (piece := self.stream.recv(count - len(data)))
            if not piece:
                raise EOFError
        return bytes(data)

    def send_frame(self, message):
        self.stream.sendall(struct.pack(">I", len(text := json.dumps(message).encode())) + text)

    def read_frame(self):
        return json.loads(self.read(struct.unpack(">I", self.read(4))[0]))

    def send_block(self, *words, **members):
        self.stream.sendall(block(*words, **members))

    def attach(self, ticket):
        self.send_block(ATTACH, payload=proof(ticket, "attach"))
        kind, *_, payload = self.read_block()
        assert kind == ATTACHED and hmac.compare_digest(payload, proof(ticket, "attached"))

    def read_block(self):
        length, kind, flags, _, file, offset = struct.unpack(">IBBHQQ", self.read(24))
        payload = self.read(length)
        if kind in (ERROR, ABORT):
            raise DftpError(json.loads(payload))
        return (kind, flags, file, offset, payload) if kind != ALIVE else self.read_block()


class Client:
    def __init__(self, host, port, fingerprint, user, password):
        self.server = (host, port, fingerprint)
        self.control, self.last_id, self.events = Channel(*self.server), 0, []
        self.call("hello", version=1, client="stranger", extensions=["feeds/1", "mount/1", "exec/1", "conversation/1"])
        self.call("login", **({"method": "password", "user": user, "password": password} if user else {"method": "anonymous"}))

    def call(self, command, **members):
        self.last_id += 1
        self.control.send_frame({"id": self.last_id, "cmd": command, "params": members})
        while True:
            answer = self.control.read_frame()
            if "error" in answer and answer.get("id") in (None, self.last_id):
                raise DftpError(answer["error"])
            if "event" in answer:
                self.events.append(answer)
            elif answer["id"] == self.last_id:
                return answer["part"] if "part" in answer else answer["result"]

    def list(self, path):
        names, after = [], {}
        while True:
            page = self.call("list", path=path, **after)
            names += [name(one) for one in page["names"]]
            if not page["more"]:
                return names
            after = {"after": page["names"][-1]}

    def attach(self, ticket):
        channel = Channel(*self.server)
        channel.attach(ticket)
        return channel

    def get(self, path):
        channel = self.attach(self.call("get", sources=[path])["tickets"][0])
        content, digests, announced = bytearray(), {}, None
        while True:
            kind, _, file, offset, payload = channel.read_block()
            if kind == FILE:
                announced = read_announcement(payload)
                content = bytearray(announced["size"])
                channel.send_block(WANT, file, 0, struct.pack(">Q", len(content)), flags=1)
            elif kind == DATA:
                count = -(-len(payload) // (LEAF + 16))
                data = payload[16 * count:]
                for i, digest in enumerate(leaves(data)):
                    assert digest == payload[16 * i:16 * i + 16], "a damaged leaf"
                    digests[offset // LEAF + i] = digest
                content[offset:offset + len(data)] = data
            elif kind == ZERO:
                zeros = bytes(struct.unpack(">Q", payload)[0])
                digests |= {offset // LEAF + i: digest for i, digest in enumerate(leaves(zeros))}
            elif kind == DONE:
                assert root([digests[i] for i in range(len(digests))]) == payload[:16], "the tree does not match"
                channel.send_block(STORED, file)
                return bytes(content), announced

    def put(self, path, data, mtime=0, mode=0o644):
        granted = self.call("put", targets=[{"path": path}])
        channel = self.attach(granted["tickets"][0])
        channel.send_block(FILE, 1, 0, announcement(size=len(data), mtime=mtime, mode=mode))
        channel.send_block(LISTED, offset=1)
        digests, sent = leaves(data), 0
        while True:
            kind, flags, file, offset, payload = channel.read_block()
            if kind in (STORED, SKIP):
                return kind, sent
            if kind != WANT:
                continue
            end = offset + struct.unpack(">Q", payload[:8])[0]
            theirs = [payload[at:at + 16] for at in range(8, len(payload), 16)]
            for at in range(offset, end, LEAF):
                piece, leaf = data[at:min(at + LEAF, end)], at // LEAF
                if theirs and theirs[(at - offset) // LEAF] == digests[leaf]:
                    channel.send_block(SAME, file, at, struct.pack(">Q", len(piece)))
                else:
                    channel.send_block(DATA, file, at, digests[leaf] + piece)
                    sent += len(piece)
            if flags & 1:
                channel.send_block(DONE, file, len(data), root(digests))
