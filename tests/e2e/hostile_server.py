"""A server that speaks just enough of the protocol to be believed, and then says on a data connection what it is told to."""
import json
import socket
import ssl
import struct
import subprocess
import threading

from certificates import fingerprint_of
from independent_client import ATTACH, ATTACHED, DATA, DONE, ERROR, FILE, LISTED, SKIP, STORED, announcement, block, leaves, proof, root

TICKET = "0123456789abcdef" * 4


class Announced:
    def __init__(self, kind, path, content=None, eager=True, damage=False, **members):
        self.text = {"source": 0, "path": path, "kind": kind, "mtime": 1, "mode": 0o755, **members}
        self.content, self.eager, self.damage = content, eager, damage

    def blocks(self, number):
        flags = 1 if self.content is not None and self.eager else 0
        blocks = block(FILE, number, 0, announcement(**self.text), flags)
        return blocks + (self.content_blocks(number) if self.content is not None else b"")

    def content_blocks(self, number):
        digests = leaves(self.content)
        if self.damage:
            digests = [bytes(16) for _ in digests]
        return (block(DATA, number, 0, b"".join(digests) + self.content) +
                block(DONE, number, self.text["size"] if isinstance(self.text["size"], int) and 0 <= self.text["size"] < 1 << 64 else 0,
                      root(digests)))


def file(path, content=b"evil", size=None, eager=True, body=True, **more):
    return Announced("file", path, content if body else None, eager, size=len(content) if size is None else size, **more)


def directory(path):
    return Announced("directory", path)


def link(path, target):
    return Announced("symlink", path, target=target)


def end(path):
    return Announced("end", path)


class HostileServer:
    """`blocks`: what is announced, or raw bytes. `listed`: the count in `listed`, None to close instead."""

    def __init__(self, scratch, blocks, listed=-1, reply=None, proof=None, **members):
        certificate, key = scratch / "hostile.pem", scratch / "hostile-key.pem"
        if not certificate.exists():
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                            "-subj", "/CN=hostile", "-keyout", key, "-out", certificate], check=True, capture_output=True)
        der = ssl.PEM_cert_to_DER_cert(certificate.read_text())
        self.fingerprint = fingerprint_of(der)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.blocks, self.listed, self.proof = blocks, listed, proof
        self.reply = {"tickets": [TICKET]} if reply is None else reply
        self.ticket, self.asked = TICKET, threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            with self.context.wrap_socket(connection, server_side=True) as stream:
                stream.settimeout(30)
                length, kind = struct.unpack(">IB", read(stream, 5))
                if kind == ATTACH:
                    identity = read(stream, 19 + length)[19:35].hex()
                    self.send_blocks(stream, identity)
                else:
                    self.control(stream, json.loads(bytes([kind]) + read(stream, length - 1)))
        except (OSError, EOFError):
            pass

    def control(self, stream, frame):
        replies = {"hello": {"version": 1, "server": "hostile", "login": ["password"], "digest": "md5", "extensions": ["feeds/1", "mount/1", "conversation/1"]},
                   "login": {"user": "anna", "write": True, "plain_data": False}, "get": self.reply}
        while True:
            kind = "part" if frame["cmd"] in ("get", "put") else "result"
            send_frame(stream, {"id": frame["id"], kind: self.granted(frame, replies.get(frame["cmd"], {}))})
            frame = read_frame(stream)

    def granted(self, frame, reply):
        """With the client's own ticket where there is a place for one."""
        if isinstance(reply, dict) and reply.get("tickets") == [TICKET]:
            self.ticket = frame["params"]["ticket"]
            reply = reply | {"tickets": [self.ticket]}
        if frame["cmd"] in ("get", "put"):
            self.asked.set()
        return reply

    def send_blocks(self, stream, identity):
        self.send_attached(stream, identity)
        # The client may answer much before it has read all.
        reader = threading.Thread(target=self.answer, args=(stream,), daemon=True)
        reader.start()
        number = 0
        for said in self.blocks:
            number += not isinstance(said, bytes)
            stream.sendall(said if isinstance(said, bytes) else said.blocks(number))
        if self.listed is None:
            return
        stream.sendall(block(LISTED, offset=number if self.listed == -1 else self.listed))
        reader.join(30)

    def send_attached(self, stream, identity):
        self.asked.wait(30)  # the data connection need not wait for the request
        payload = proof(identity + self.ticket[32:], "attached")
        stream.sendall(block(ATTACHED, payload=payload if self.proof is None else payload[:16] + self.proof))

    def answer(self, stream):
        """Sends once more what is wanted: the same as before."""
        announced = [said for said in self.blocks if not isinstance(said, bytes)]
        try:
            while True:
                length, kind, _, _, number, _ = struct.unpack(">IBBHQQ", read(stream, 24))
                read(stream, length)
                again = announced[number - 1] if 0 < number <= len(announced) else None
                if kind not in (STORED, SKIP, ERROR) and again and again.content is not None:
                    stream.sendall(again.content_blocks(number))
        except (OSError, EOFError):
            pass


def read(stream, count):
    data = bytearray()
    while len(data) < count:
        data += (piece := stream.recv(count - len(data)))
        if not piece:
            raise EOFError
    return bytes(data)


def read_frame(stream):
    return json.loads(read(stream, struct.unpack(">I", read(stream, 4))[0]))


def send_frame(stream, message):
    text = json.dumps(message).encode()
    stream.sendall(struct.pack(">I", len(text)) + text)
