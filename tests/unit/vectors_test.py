"""Computes each test vector of docs/protocol/vectors.md anew, from what it begins with, by nothing but the standard library."""
import base64
import hashlib
import hmac
import json
import pathlib
import re
import struct
import unittest

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/protocol/vectors.md"
LEAF = 65536
BLOCKS = dict(zip("file data same zero done listed want skip stored error abort alive".split(), range(1, 13)))
BLOCKS |= {"attach": 14, "attached": 15, "write": 17, "acknowledge": 19, "written": 21}
EAGER, LAST, APPEND = 1, 1, 1
KINDS = ["file", "directory", "end", "symlink"]


def vector(title):
    return json.loads(re.search(rf"^## {title}$.*?^```json$(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[1])


def content_of(size):
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def leaves_of(content):
    return [hashlib.md5(content[at:at + LEAF]).digest() for at in range(0, len(content), LEAF)]


def root_of(content):
    return hashlib.md5(content if len(content) <= LEAF else b"".join(leaves_of(content))).digest()


def frame(text):
    return struct.pack(">I", len(text)) + text


def block(kind, payload, flags=0, number=0, offset=0):
    return struct.pack(">IBBHQQ", len(payload), BLOCKS[kind], flags, 0, number, offset) + payload


def announcement(path, kind, mtime, mode, size=None):
    head = struct.pack(">BBHIIqQ", KINDS.index(kind) + 1, 2 | (size is not None), len(path), 0, mode, mtime, size or 0)
    return head + path.encode()


def ssh_string(content):
    return struct.pack(">I", len(content)) + content


class Ed25519:
    """RFC 8032, slow and for tests only."""
    P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
    D = -121665 * pow(121666, P - 2, P) % P
    BASE = 15112221349535400772501151409588531511454012693041857206046113283949847762202, 4 * pow(5, P - 2, P) % P

    def __init__(self, seed):
        digest = hashlib.sha512(seed).digest()
        self.secret, self.prefix = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | 1 << 254, digest[32:]
        self.public = self.pack(self.times(self.secret, self.BASE))

    def add(self, one, other):
        (a, b), (c, d) = one, other
        e = self.D * a * b * c * d
        return (a * d + b * c) * pow(1 + e, self.P - 2, self.P) % self.P, (b * d + a * c) * pow(1 - e, self.P - 2, self.P) % self.P

    def times(self, number, point):
        result = 0, 1
        while number:
            result = self.add(result, point) if number & 1 else result
            point, number = self.add(point, point), number >> 1
        return result

    def pack(self, point):
        return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")

    def number(self, *parts):
        return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % self.L

    def sign(self, message):
        nonce = self.number(self.prefix, message)
        point = self.pack(self.times(nonce, self.BASE))
        return point + ((nonce + self.number(point, self.public, message) * self.secret) % self.L).to_bytes(32, "little")


class Vectors(unittest.TestCase):
    maxDiff = None

    def test_frames(self):
        for one in vector("Frames"):
            self.assertEqual(one["frame"], frame(one["text"].encode()).hex())

    def test_attaching(self):
        given = vector("Attaching")
        ticket = bytes.fromhex(given["ticket"])
        identity, secret = ticket[:16], ticket[16:]
        for word in ("attach", "attached"):
            proof = hmac.new(secret, f"dftp {word} ".encode() + identity, hashlib.sha256).digest()
            self.assertEqual(given[word], block(word, identity + proof).hex())

    def test_the_md5_tree(self):
        given = vector("The MD5 tree")
        self.assertEqual([one["size"] for one in given], [0, 1, LEAF, LEAF + 1])
        for one in given:
            content = content_of(one["size"])
            self.assertEqual(one["leaves"], [leaf.hex() for leaf in leaves_of(content)])
            self.assertEqual(one["root"], root_of(content).hex())

    def test_login_with_a_key(self):
        given = vector("Login with a key")
        message = b"dftp login " + given["user"].encode() + b"\0" + bytes.fromhex(given["exporter"])
        parts = (b"dftp-login", b"", b"sha512", hashlib.sha512(message).digest())
        signed = b"SSHSIG" + b"".join(map(ssh_string, parts))
        self.assertEqual(given["signed"], signed.hex())
        key = Ed25519(bytes.fromhex(given["secret_key"]))
        public = "ssh-ed25519 " + base64.b64encode(ssh_string(b"ssh-ed25519") + ssh_string(key.public)).decode()
        signature = base64.b64encode(key.sign(signed)).decode()
        self.assertEqual(given["login"], {"method": "key", "user": given["user"], "key": public, "signature": signature})

    def check_blocks(self, given, expected):
        """`expected`: (from, type, file, offset, flags, payload) each; an announcement is a dict."""
        self.assertEqual([(one["from"], one["type"]) for one in given], [one[:2] for one in expected])
        for one, (_, kind, file, offset, flags, payload) in zip(given, expected):
            if isinstance(payload, dict):
                self.assertEqual(one["announcement"], payload)
                payload = announcement(**payload)
                self.assertEqual(one["payload"], payload.hex())
            elif "sha256" in one:
                self.assertEqual(one["digests"], payload[:16 * -(-len(payload) // (LEAF + 16))].hex())
            else:
                self.assertEqual(one.get("payload", ""), payload.hex())
            header = block(kind, payload, flags, file, offset)[:24]
            self.assertEqual(one["header"], header.hex(), kind)
            if "sha256" in one:
                self.assertEqual(one["sha256"], hashlib.sha256(header + payload).hexdigest())

    def test_a_resume(self):
        given = vector("A resume")
        size, have = given["size"], given["have"]
        content, number = content_of(size), lambda n: struct.pack(">Q", n)
        leaves = leaves_of(content)
        self.check_blocks(given["blocks"], [
            ("sender", "file", 1, 0, 0, {"path": "/", "kind": "file", "size": size, "mtime": 1_700_000_000_000_000_000, "mode": 0o644}),
            ("sender", "listed", 0, 1, 0, b""),
            ("receiver", "want", 1, 0, 0, number(have) + leaves[0]),
            ("receiver", "want", 1, have, LAST, number(size - have)),
            ("sender", "same", 1, 0, 0, number(have)),
            ("sender", "data", 1, have, 0, leaves[1] + content[have:]),
            ("sender", "done", 1, size, 0, root_of(content)),
            ("receiver", "stored", 1, 0, 0, b"")])

    def test_a_tree_with_its_end(self):
        given = vector("A tree with its end")
        content = given["content"].encode()
        common = {"mtime": 1_700_000_000_000_000_000}
        self.check_blocks(given["blocks"], [
            ("sender", "file", 1, 0, 0, {"path": "/", "kind": "directory", "mode": 0o755} | common),
            ("sender", "file", 2, 0, EAGER, {"path": "/a", "kind": "file", "size": len(content), "mode": 0o644} | common),
            ("sender", "data", 2, 0, 0, leaves_of(content)[0] + content),
            ("sender", "done", 2, len(content), 0, root_of(content)),
            ("sender", "file", 3, 0, 0, {"path": "/", "kind": "end", "mode": 0o755} | common),
            ("sender", "listed", 0, 3, 0, b""),
            *(("receiver", "stored", number, 0, 0, b"") for number in (1, 2, 3))])

    def test_an_append_that_is_sent_twice(self):
        given = vector("An append that is sent twice")
        content, attr, blocks = given["content"].encode(), given["written"], []
        written = struct.pack(">QQqqI", *(attr[key] for key in ("size", "blocks", "mtime", "ctime", "mode")))
        handle, at = (struct.pack(">Q", given[key]) for key in ("handle", "at"))
        for request in given["requests"]:
            blocks.append(("client", "write", block("write", handle + content, APPEND, request, given["seq"])))
            blocks.append(("server", "written", block("written", at + written, 0, request)))
        blocks.append(("client", "acknowledge", block("acknowledge", b"", offset=given["seq"])))
        self.assertEqual(given["blocks"], [{"from": sender, "type": kind, "block": whole.hex()} for sender, kind, whole in blocks])


if __name__ == "__main__":
    unittest.main()
