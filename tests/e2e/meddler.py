"""A proxy between client and server that stops, damages or misplaces what passes."""
import socket
import struct
import threading

from stranger import DATA

HEADER = struct.Struct(">IBBHQQ")
HANDSHAKE = b"\x16"


class Meddler:
    """Passes connections on to a port. Data connections without TLS are passed block by block through `damage`."""

    def __init__(self, port, damage=None):
        self.target, self.damage, self.ends = port, damage, []
        self.budget, self.stalled, self.lock = None, threading.Event(), threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def stall_after(self, count):
        """Passes so many bytes in all, then nothing: `stalled` is set. None: all, from now on."""
        with self.lock:
            self.budget = count
            self.stalled.clear()
            self.lock.notify_all()

    def close(self):
        self.listener.close()
        self.stall_after(None)
        self.cut()

    def cut(self):
        """Ends all connections that there are."""
        ends, self.ends = self.ends, []
        for end in ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            self.ends += [client, server]
            threading.Thread(target=self.connect, args=(client, server), daemon=True).start()

    def connect(self, client, server):
        plain = client.recv(1, socket.MSG_PEEK) not in (b"", HANDSHAKE)
        pump = self.pump_blocks if plain and self.damage else self.pump
        for source, sink in ((client, server), (server, client)):
            threading.Thread(target=self.run, args=(pump, source, sink), daemon=True).start()

    def run(self, pump, source, sink):
        try:
            pump(source, sink)
        except (OSError, EOFError):
            pass
        for end, how in ((source, socket.SHUT_RD), (sink, socket.SHUT_WR)):
            try:
                end.shutdown(how)
            except OSError:
                pass

    def pump(self, source, sink):
        while data := source.recv(1 << 16):
            self.spend(len(data))
            sink.sendall(data)

    def spend(self, count):
        with self.lock:
            while self.budget is not None and self.budget < count:
                self.stalled.set()
                self.lock.wait()
            if self.budget is not None:
                self.budget -= count

    def pump_blocks(self, source, sink):
        length = read(source, 4)  # the attach frames
        sink.sendall(length + read(source, struct.unpack(">I", length)[0]))
        while True:
            length, kind, flags, zero, file, offset = HEADER.unpack(read(source, HEADER.size))
            payload = read(source, length)
            if kind == DATA:
                offset, payload = self.damage(offset, payload)
            sink.sendall(HEADER.pack(length, kind, flags, zero, file, offset) + payload)


def read(source, count):
    data = bytearray()
    while len(data) < count:
        data += (piece := source.recv(min(count - len(data), 1 << 20)))
        if not piece:
            raise EOFError
    return bytes(data)


def flip(payload, at):
    return payload[:at] + bytes([payload[at] ^ 0x40]) + payload[at + 1:]
