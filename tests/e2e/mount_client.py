"""A client of a mount, written from docs/protocol alone, with nothing but the standard library."""
import base64
import collections
import hashlib
import json
import struct
import threading

from independent_client import ERROR, DftpError
from patient_client import Client

READ, WRITE, CANCEL, ACKNOWLEDGE, CONTENT, WRITTEN = range(16, 22)
NUMBERED = READ, WRITE, CONTENT, WRITTEN  # a handle, or the last event, stands in front of their payload
APPEND, DIGESTS = 1, 2
HEADER = ">IBBHQQ"

Written = collections.namedtuple("Written", "size blocks mtime ctime mode offset at")


class FsError(DftpError):
    def __init__(self, error):
        super().__init__(error)
        self.errno = error.get("errno")


def bytes_of(value):
    return base64.b64decode(value["b64"]) if isinstance(value, dict) else value.encode()


def name_of(value):
    """As JSON has it."""
    if isinstance(value, str):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(value).decode()}


class Data:
    """A data connection: requests may be sent without waiting for the answers."""

    def __init__(self, channel, digests=False):
        self.channel, self.digests, self.last, self.answers = channel, digests, 0, {}

    def send(self, kind, request, handle=0, offset=0, payload=b"", flags=0, length=None):
        payload = struct.pack(">Q", handle) + payload if kind in NUMBERED else payload
        header = struct.pack(HEADER, len(payload) if length is None else length, kind, flags, 0, request, offset)
        self.channel.stream.sendall(header + payload)

    def read_block(self):
        length, kind, flags, _, request, offset = struct.unpack(HEADER, self.channel.read(24))
        payload, at = self.channel.read(length), 0
        if kind in NUMBERED:
            (at,), payload = struct.unpack(">Q", payload[:8]), payload[8:]
        return kind, flags, request, at, offset, payload

    def begin_read(self, handle, offset, count):
        self.last += 1
        self.send(READ, self.last, handle, offset, struct.pack(">I", count))
        return self.last

    def begin_write(self, handle, offset, data, append=False):
        self.last += 1
        flags = APPEND if append else 0
        if self.digests:
            flags |= DIGESTS
            data = b"".join(hashlib.md5(data[at:at + 65536]).digest() for at in range(0, len(data), 65536)) + data
        self.send(WRITE, self.last, handle, offset, data, flags)
        return self.last

    def acknowledge(self, seq):
        self.send(ACKNOWLEDGE, 0, offset=seq)

    def answer(self, request):
        while request not in self.answers:
            kind, flags, number, at, offset, payload = self.read_block()
            self.answers[number] = kind, flags, at, offset, payload
        kind, flags, at, offset, payload = self.answers.pop(request)
        if kind == ERROR:
            raise FsError(json.loads(payload))
        if kind == WRITTEN:
            return Written(*struct.unpack(">QQqqI", payload), offset, at)
        if kind == CONTENT and flags & DIGESTS:
            count = -(-len(payload) // 65552)
            data = payload[16 * count:]
            for i in range(count):
                assert hashlib.md5(data[65536 * i:65536 * (i + 1)]).digest() == payload[16 * i:16 * i + 16]
            return data
        return payload

    def read(self, handle, offset, count):
        return self.answer(self.begin_read(handle, offset, count))

    def write(self, handle, offset, data, append=False):
        return self.answer(self.begin_write(handle, offset, data, append))

    def close(self):
        self.channel.stream.close()


class Fs(Client):
    """A session with a mount."""

    def __init__(self, host, port, fingerprint, user, password, path="/", remount=None, seen=0, mount=True):
        super().__init__(host, port, fingerprint, user, password)
        self.seq, self.acked = 0, 0
        if mount:
            self.mounted = (self.call("remount", mount=remount, seen=seen) if remount else self.call("mount", path=path))
            self.token = self.mounted["mount"]

    def end(self, number):
        try:
            return super().end(number)
        except DftpError as error:
            raise FsError(error.error) from None

    def call(self, command, **members):
        try:
            return super().call(command, **members)
        except DftpError as error:
            raise FsError(error.error) from None

    def has_reply(self, number):
        """Whether one has come."""
        return any("part" not in answer for answer in self.answers.get(number, []))

    def once(self, command, seq=None, **members):
        """A request that changes something."""
        if seq is None:
            self.seq += 1
            seq = self.seq
        reply = self.call("fs." + command, seq=seq, acked=self.acked, **members)
        return reply

    def ack(self):
        self.acked = self.seq

    def streams(self, count=1, plain=False):
        tickets = self.call("fs.streams", count=count, plain=plain)["tickets"]
        return [Data(self.attach(ticket)) for ticket in tickets]

    def changes(self, seconds=0.3):
        """All changes that come until it is quiet for so long; (node, what..., names...)"""
        self.control.stream.settimeout(seconds)
        try:
            while True:
                self.take()
        except TimeoutError:
            pass
        finally:
            self.control.stream.settimeout(30)
        events, self.events = self.events, []
        return [change for event in events if event["event"] == "fs.changed" for change in event["changes"]]

    # ---- the operations

    def lookup(self, parent, name, **more):
        return self.call("fs.lookup", parent=parent, name=name_of(name), **more)

    def getattr(self, node):
        return self.call("fs.getattr", node=node)["attr"]

    def readdir(self, node, plus=False, limit=0):
        cookie, pages = 0, []
        while True:
            page = self.call("fs.readdir", node=node, cookie=cookie, plus=plus, limit=limit)
            pages.append(page)
            if not page["more"]:
                return pages
            cookie = page["cookies"][-1]

    def names(self, node):
        return sorted(bytes_of(one).decode() for page in self.readdir(node) for one in page["names"])

    def create(self, parent, name, mode=0o644, access="both", **more):
        return self.once("create", parent=parent, name=name_of(name), mode=mode, access=access, **more)

    def open(self, node, access="read", **more):
        return self.once("open", node=node, access=access, **more)

    def release(self, handle):
        return self.once("release", handle=handle)

    def forget(self, nodes, counts):
        return self.once("forget", nodes=nodes, counts=counts)

    def mkdir(self, parent, name, mode=0o755, **more):
        return self.once("mkdir", parent=parent, name=name_of(name), mode=mode, **more)
