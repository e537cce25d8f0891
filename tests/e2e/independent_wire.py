"""What data connections carry, written from docs/protocol alone."""
import base64, hashlib, hmac, struct

LEAF = 65536
FILE, DATA, SAME, ZERO, DONE, LISTED, WANT, SKIP, STORED, ERROR, ABORT, ALIVE = range(1, 13)
ATTACH, ATTACHED = 14, 15
KINDS = ["file", "directory", "end", "symlink"]


def leaves(data):
    return [hashlib.md5(data[at:at + LEAF]).digest() for at in range(0, len(data), LEAF)]


def root(digests):
    return digests[0] if len(digests) == 1 else hashlib.md5(b"".join(digests)).digest()


def block(kind, number=0, offset=0, payload=b"", flags=0, length=None, zero=0):
    """`length` and `zero` are said whatever else there is."""
    return struct.pack(">IBBHQQ", len(payload) if length is None else length, kind, flags, zero, number, offset) + payload


def name(value):
    return base64.b64decode(value["b64"]) if isinstance(value, dict) else value.encode()


def proof(ticket, word):
    """What an `attach` (word "attach") or `attached` carries."""
    identity, secret = bytes.fromhex(ticket)[:16], bytes.fromhex(ticket)[16:]
    return identity + hmac.new(secret, f"dftp {word} ".encode() + identity, hashlib.sha256).digest()


def announcement(path="/", kind="file", size=None, mtime=0, mode=None, source=0, sparse=False, target=""):
    path, has = path.encode(), (size is not None) | (mode is not None) << 1 | sparse << 2
    return struct.pack(">BBHIIqQ", KINDS.index(kind) + 1, has, len(path), source, mode or 0, mtime, size or 0) + path + target.encode()


def read_announcement(payload):
    kind, has, length, source, mode, mtime, size = struct.unpack(">BBHIIqQ", payload[:28])
    return {"path": payload[28:28 + length].decode(), "kind": KINDS[kind - 1], "mtime": mtime, "mode": mode} | ({"size": size} if has & 1 else {})
