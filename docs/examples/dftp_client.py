#!/usr/bin/env python3
"""A dftp client in one file, with nothing but Python's standard library: lists, gets, puts, resumes, verifies.

    dftp_client.py --fingerprint SHA256:... --user anna HOST ls /
    dftp_client.py ... HOST get /path/to/file local-file
    dftp_client.py ... HOST put local-file /path/to/file
    dftp_client.py ... HOST verify local-file /path/to/file

The password comes from DFTP_PASSWORD, or is asked for. Without --user the login is anonymous.
It was written from docs/protocol: core.md, transfers.md, and `list`, `roots` of files.md. What it leaves out is
trees, several connections a transfer, and logins with a key, as Ed25519 is not in the standard library.
"""
import argparse
import base64
import getpass
import hashlib
import hmac
import json
import os
import socket
import ssl
import struct
import sys
import time

LEAF = 65536                # what has an MD5 of its own
PIECE = 16 * LEAF           # what a block of data holds, and a want with digests is about
DIGEST = 16
WANTS = 128                 # wants with digests that may be unanswered; 256 is the limit
REPAIRS = 5                 # a damaged leaf is asked for again so often
FRAME, BLOCK = struct.Struct(">I"), struct.Struct(">IBBHQQ")
ANNOUNCEMENT = struct.Struct(">BBHIIqQ")  # kind, which members there are, bytes of the path, source, mode, mtime, size
REGULAR, HAS_SIZE, HAS_MODE = 1, 1, 2
ALIVE_AFTER, LOST_AFTER = 10, 60  # seconds of silence
FILE, DATA, SAME, ZERO, DONE, LISTED, WANT, SKIP, STORED, ERROR, ABORT, ALIVE = range(1, 13)
ATTACH, ATTACHED = 14, 15
SKIPPED = 128               # unknown types from here on
LAST = 1                    # a flag of WANT


class DftpError(Exception):
    def __init__(self, code, message, where=""):
        super().__init__(f"{where + ': ' if where else ''}{message} ({code})")
        self.code = code

    @classmethod
    def of(cls, error):
        where, message = (bytes_of(error.get(key, "")).decode(errors="replace") for key in ("where", "message"))
        return cls(error["code"], message, where)


# ---- names, digests

def bytes_of(name):
    """Names are bytes: a string where they are UTF-8."""
    return base64.b64decode(name["b64"]) if isinstance(name, dict) else name.encode()


def name_of(data):
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(data).decode()}


def printable(name):
    text = bytes_of(name).decode(errors="backslashreplace")
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def leaves_of(data):
    return [hashlib.md5(data[at:at + LEAF]).digest() for at in range(0, len(data), LEAF)]


def root_of(leaves):
    """The MD5 of all leaves' MD5s; of a file of one leaf or none it is the file's own."""
    return leaves[0] if len(leaves) == 1 else hashlib.md5(b"".join(leaves)).digest()


def root_of_file(path):
    leaves = []
    with open(path, "rb") as file:
        while data := file.read(PIECE):
            leaves += leaves_of(data)
    return root_of(leaves)


def key_of(certificate):
    """The SubjectPublicKeyInfo in a certificate, both in DER: the sixth thing behind the version."""

    def element(at):
        """(where its content begins, where it ends)"""
        length, begin = certificate[at + 1], at + 2
        if length >= 128:
            begin += length - 128
            length = int.from_bytes(certificate[at + 2:begin], "big")
        return begin, begin + length

    at, _ = element(element(0)[0])      # Certificate, TBSCertificate
    if certificate[at] == 0xA0:         # version
        _, at = element(at)
    for _ in range(5):                  # serialNumber, signature, issuer, validity, subject
        _, at = element(at)
    return certificate[at:element(at)[1]]


# ---- connections

class Server:
    """Where it is, and who it must be."""

    def __init__(self, host, port, fingerprint):
        self.address, self.fingerprint = (host, port), fingerprint

    def connect(self, plain=False):
        """The key is compared with the fingerprint, so nobody need vouch for the certificate."""
        stream = socket.create_connection(self.address, timeout=LOST_AFTER)
        if plain:
            return Channel(stream)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols(["dftp/1"])
        stream = context.wrap_socket(stream)
        digest = hashlib.sha256(key_of(stream.getpeercert(binary_form=True))).digest()
        seen = "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
        if seen != self.fingerprint:
            raise DftpError("identity", f"the server has the fingerprint {seen}, not {self.fingerprint}")
        return Channel(stream)


class Channel:
    """Frames, and blocks behind them."""

    def __init__(self, stream):
        self.stream, self.sent_at = stream, time.monotonic()

    def send(self, data):
        self.stream.sendall(data)
        self.sent_at = time.monotonic()

    def read(self, count, keep_alive=False):
        data, heard_at = bytearray(), time.monotonic()
        while len(data) < count:
            if keep_alive and time.monotonic() - self.sent_at >= ALIVE_AFTER:
                self.send(BLOCK.pack(0, ALIVE, 0, 0, 0, 0))
            self.stream.settimeout(ALIVE_AFTER if keep_alive else LOST_AFTER)
            try:
                piece = self.stream.recv(min(count - len(data), PIECE))
            except TimeoutError:
                if not keep_alive or time.monotonic() - heard_at >= LOST_AFTER:
                    raise DftpError("timed_out", "the server says nothing") from None
                continue
            if not piece:
                raise DftpError("disconnected", "the server has closed the connection")
            data += piece
            heard_at = time.monotonic()
        return bytes(data)

    def send_frame(self, message):
        text = json.dumps(message).encode()
        self.send(FRAME.pack(len(text)) + text)

    def read_frame(self):
        return json.loads(self.read(FRAME.unpack(self.read(FRAME.size))[0]))

    def send_block(self, kind, file=0, offset=0, payload=b"", flags=0):
        self.send(BLOCK.pack(len(payload), kind, flags, 0, file, offset) + payload)

    def read_block(self):
        """The next one that is not `alive` or of a later version; an `error` or `abort` is raised."""
        while True:
            length, kind, flags, _, _, offset = BLOCK.unpack(self.read(BLOCK.size, keep_alive=True))
            payload = self.read(length, keep_alive=True)
            if kind in (ERROR, ABORT):
                raise DftpError.of(json.loads(payload))
            if kind != ALIVE and kind < SKIPPED:
                return kind, flags, offset, payload

    def close(self):
        """Says that nothing more comes, and reads what is left, so that nothing that was said is lost."""
        try:
            self.stream.settimeout(LOST_AFTER)
            if isinstance(self.stream, ssl.SSLSocket):
                self.stream = self.stream.unwrap()
            self.stream.shutdown(socket.SHUT_WR)
            while self.stream.recv(PIECE):
                pass
        except OSError:
            pass  # it is over in any case
        self.stream.close()


class Session:
    """A control connection that is logged in."""

    def __init__(self, server, user, password):
        self.server, self.control, self.last_id = server, server.connect(), 0
        hello = self.call("hello", version=1, client="dftp_client.py", instance=os.urandom(16).hex())
        if hello["version"] != 1:
            raise DftpError("unsupported", f"the server speaks version {hello['version']}")
        login = {"method": "password", "user": user, "password": password} if user else {"method": "anonymous"}
        self.call("login", **login)

    def call(self, command, **members):
        """The result; of `get` and `put`, which go on, the part with the tickets."""
        self.last_id += 1
        self.control.send_frame({"id": self.last_id, "cmd": command, "params": members})
        while (reply := self.control.read_frame()).get("id") != self.last_id:
            if "id" not in reply and "error" in reply:  # of the whole session
                raise DftpError.of(reply["error"])
        if "error" in reply:
            raise DftpError.of(reply["error"])
        return reply["part"] if "part" in reply else reply["result"]

    def attach(self, ticket, plain):
        identity, secret = bytes.fromhex(ticket[:32]), bytes.fromhex(ticket[32:])

        def proof(word):
            return identity + hmac.new(secret, f"dftp {word} ".encode() + identity, hashlib.sha256).digest()

        channel = self.server.connect(plain)
        channel.send_block(ATTACH, payload=proof("attach"))
        kind, _, _, payload = channel.read_block()
        if kind != ATTACHED or not hmac.compare_digest(payload, proof("attached")):
            raise DftpError("identity", "somebody else has answered the data connection")
        return channel

    def finish(self):
        self.call("bye")
        self.control.close()


# ---- transfers of one file

class Getting:
    """The receiver's side: asks for what is not there, verifies each leaf, and commits the whole file."""

    def __init__(self, channel, path):
        self.channel, self.path, self.partial = channel, path, path + ".dftp-part"
        self.leaves, self.repairs, self.asked, self.dones_due = {}, {}, {}, 0
        self.size, self.mode, self.mtime, self.resumed, self.root, self.listed = None, None, None, 0, None, False

    def run(self):
        mode = "r+b" if os.path.exists(self.partial) else "w+b"
        with open(self.partial, mode) as self.file:
            while not (self.whole() and self.listed):
                self.take(*self.channel.read_block())
                self.ask_with_digests()
            if root_of([self.leaves[leaf] for leaf in sorted(self.leaves)]) != self.root:
                os.unlink(self.partial)
                raise DftpError("integrity", "the MD5 tree does not match the server's", self.path)
            self.file.truncate(self.size)
            os.fchmod(self.file.fileno(), self.mode)
            os.utime(self.file.fileno(), ns=(self.mtime,) * 2)
            os.fsync(self.file.fileno())
        os.replace(self.partial, self.path)
        self.channel.send_block(STORED, 1)
        return self.size, self.resumed

    def whole(self):
        return self.root is not None and self.dones_due == 0 and len(self.leaves) == -(-self.size // LEAF)

    def take(self, kind, _, offset, payload):
        if kind == FILE:
            self.begin(payload)
        elif kind == LISTED:
            self.listed = True
        elif kind == DATA:
            count = -(-len(payload) // (LEAF + DIGEST))
            self.take_data(offset, payload[:count * DIGEST], payload[count * DIGEST:])
        elif kind == SAME:
            (length,) = struct.unpack(">Q", payload)
            for at in range(offset, offset + length, LEAF):
                self.leaves[at // LEAF] = self.asked.pop(at // LEAF)
            self.resumed += length
        elif kind == ZERO:
            (length,) = struct.unpack(">Q", payload)
            for at in range(offset, offset + length, PIECE):
                zeros = bytes(min(PIECE, offset + length - at))
                self.take_data(at, b"".join(leaves_of(zeros)), zeros)
        elif kind == DONE:
            self.dones_due, self.root = self.dones_due - 1, payload[:DIGEST]

    def begin(self, announcement):
        kind, has, _, _, mode, self.mtime, self.size = ANNOUNCEMENT.unpack(announcement[:ANNOUNCEMENT.size])
        if kind != REGULAR or not has & HAS_SIZE:
            raise DftpError("unsupported", "is no file", self.path)
        self.mode = mode & 0o777 if has & HAS_MODE else 0o644
        there = min(os.fstat(self.file.fileno()).st_size, self.size)
        self.compared, self.to_compare = 0, there if there == self.size else there // LEAF * LEAF
        if self.to_compare < self.size or self.size == 0:
            self.want(self.to_compare, self.size - self.to_compare, last=self.to_compare == 0)

    def want(self, offset, length, digests=(), last=False):
        self.dones_due += last
        payload = struct.pack(">Q", length) + b"".join(digests)
        self.channel.send_block(WANT, 1, offset, payload, LAST if last else 0)

    def ask_with_digests(self):
        """What there is goes to the server as digests, a piece at a time; the last of these is the last want."""
        while self.size is not None and self.compared < self.to_compare and len(self.asked) < WANTS * 16:
            self.file.seek(self.compared)
            data = self.file.read(min(PIECE, self.to_compare - self.compared))
            digests = leaves_of(data)
            self.asked |= {self.compared // LEAF + i: digest for i, digest in enumerate(digests)}
            last = self.compared + len(data) == self.to_compare
            self.want(self.compared, len(data), digests, last)
            self.compared += len(data)

    def take_data(self, offset, digests, data):
        for i, digest in enumerate(leaves_of(data)):
            leaf, piece = offset // LEAF + i, data[i * LEAF:(i + 1) * LEAF]
            self.asked.pop(leaf, None)
            if digest == digests[i * DIGEST:(i + 1) * DIGEST]:
                self.file.seek(leaf * LEAF)
                self.file.write(piece)
                self.leaves[leaf] = digest
                continue
            self.repairs[leaf] = self.repairs.get(leaf, 0) + 1
            if self.repairs[leaf] > REPAIRS:
                raise DftpError("integrity", "arrives damaged again and again", self.path)
            self.want(leaf * LEAF, len(piece), last=True)


class Putting:
    """The sender's side: says what there is, and sends what is wanted."""

    def __init__(self, channel, path):
        self.channel, self.path, self.leaves, self.resumed = channel, path, {}, 0

    def run(self):
        with open(self.path, "rb") as self.file:
            self.status = os.fstat(self.file.fileno())
            announcement = ANNOUNCEMENT.pack(REGULAR, HAS_SIZE | HAS_MODE, 1, 0, self.status.st_mode & 0o777, self.status.st_mtime_ns,
                                             self.status.st_size) + b"/"
            self.channel.send_block(FILE, 1, 0, announcement)
            self.channel.send_block(LISTED, offset=1)
            while True:
                kind, flags, offset, payload = self.channel.read_block()
                if kind in (STORED, SKIP):
                    return self.status.st_size, self.status.st_size if kind == SKIP else self.resumed
                if kind == WANT:
                    self.send_wanted(offset, struct.unpack(">Q", payload[:8])[0], payload[8:])
                    if flags & LAST:
                        self.send_done()

    def send_wanted(self, offset, length, theirs):
        end = offset + length
        self.file.seek(offset)
        while offset < end:
            data = self.file.read(min(LEAF if theirs else PIECE, end - offset))
            if not data:
                raise DftpError("changed", "became shorter while it was read", self.path)
            leaves = leaves_of(data)
            self.leaves |= {offset // LEAF + i: leaf for i, leaf in enumerate(leaves)}
            if theirs and theirs[:DIGEST] == leaves[0]:
                self.channel.send_block(SAME, 1, offset, struct.pack(">Q", len(data)))
                self.resumed += len(data)
            else:
                self.channel.send_block(DATA, 1, offset, b"".join(leaves) + data)
            theirs = theirs[DIGEST:]
            offset += len(data)

    def send_done(self):
        now = os.fstat(self.file.fileno())
        if (now.st_size, now.st_mtime_ns) != (self.status.st_size, self.status.st_mtime_ns):
            raise DftpError("changed", "changed while it was read", self.path)
        root = root_of([self.leaves[leaf] for leaf in sorted(self.leaves)])
        self.channel.send_block(DONE, 1, now.st_size, root)


# ---- commands

def ls(session, arguments):
    after = {}
    while True:
        page = session.call("list", path=name_of(os.fsencode(arguments.path)), **after)
        for name, kind, size, mtime in zip(page["names"], page["types"], page["sizes"], page["mtimes"]):
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(mtime // 10**9))
            print(f"{kind:9} {size:14} {when} {printable(name)}")
        if not page["more"]:
            return
        after = {"after": page["names"][-1]}


def transfer(session, arguments, begun, side):
    channel = session.attach(begun["tickets"][0], arguments.plain)
    size, resumed = side(channel, arguments.local).run()
    channel.close()
    print(f"{size} bytes, {resumed} of them were there already")


def get(session, arguments):
    path = name_of(os.fsencode(arguments.remote))
    transfer(session, arguments, session.call("get", sources=[path], plain=arguments.plain), Getting)


def put(session, arguments):
    target = {"path": name_of(os.fsencode(arguments.remote)), "name": name_of(os.path.basename(os.fsencode(arguments.local)))}
    transfer(session, arguments, session.call("put", targets=[target], plain=arguments.plain), Putting)


def verify(session, arguments):
    answer = session.call("roots", paths=[name_of(os.fsencode(arguments.remote))])
    if answer["errors"][0]:
        raise DftpError.of(answer["errors"][0])
    if root_of_file(arguments.local).hex() != answer["roots"][0]:
        raise DftpError("integrity", "differs from the server's file", arguments.local)
    print("same")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fingerprint", required=True, help="of the server's certificate, as the server prints it")
    parser.add_argument("--user", help="else the login is anonymous")
    parser.add_argument("--plain", action="store_true", help="data connections without TLS, where the server allows it")
    parser.add_argument("host", metavar="HOST[:PORT]")
    commands = parser.add_subparsers(required=True)
    for function, operands in ((ls, ["path"]), (get, ["remote", "local"]), (put, ["local", "remote"]), (verify, ["local", "remote"])):
        command = commands.add_parser(function.__name__)
        command.set_defaults(function=function)
        for operand in operands:
            command.add_argument(operand)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    host, _, port = arguments.host.partition(":")
    password = None
    if arguments.user:
        password = os.environ.get("DFTP_PASSWORD") or getpass.getpass()
    try:
        session = Session(Server(host, int(port or 2121), arguments.fingerprint), arguments.user, password)
        arguments.function(session, arguments)
        session.finish()
    except (DftpError, OSError) as error:
        sys.exit(f"dftp_client: {error}")


if __name__ == "__main__":
    main()
