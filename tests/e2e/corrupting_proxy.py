"""A proxy between client and server that stops, damages or misplaces what passes."""
import contextlib
import socket
import struct
import threading

from relay import Relay
from independent_client import DATA

HEADER = struct.Struct(">IBBHQQ")
HANDSHAKE = b"\x16"


class CorruptingProxy(Relay):
    """A relay that can stop. Data connections without TLS are passed block by block through `damage`."""

    def __init__(self, port, damage=None):
        self.damage, self.budget, self.stalled = damage, None, threading.Event()
        super().__init__(port)

    def stall_after(self, count):
        """Passes so many bytes in all, then nothing: `stalled` is set. None: all, from now on."""
        with self.lock:
            self.budget = count
            self.stalled.clear()
            self.lock.notify_all()

    def close(self):
        self.stall_after(None)
        super().close()

    def pump_for(self, client):
        with contextlib.suppress(OSError):
            if self.damage and client.recv(1, socket.MSG_PEEK) not in (b"", HANDSHAKE):
                return self.pump_blocks
        return self.pump

    def passed(self, data):
        self.spend(len(data))
        return data

    def spend(self, count):
        with self.lock:
            while self.budget is not None and self.budget < count:
                self.stalled.set()
                self.lock.wait()
            if self.budget is not None:
                self.budget -= count

    def pump_blocks(self, source, sink):
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
