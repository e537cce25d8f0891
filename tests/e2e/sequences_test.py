"""Sequences of requests, blocks and frames that are half right, on all kinds of connections: the server lives through them.

DFTP_SEQUENCES says how many (each has some hundred requests), DFTP_SEED where they begin. A failure names its seed.
"""
import json
import os
import random
import shutil
import struct
import unittest

from hostile_client import Hostile, frame
from independent_client import ALIVE, KINDS, DftpError, announcement
from mount_client import ACKNOWLEDGE, CANCEL, READ, WRITE

SEQUENCES = int(os.environ.get("DFTP_SEQUENCES", "12"))
SEED = int(os.environ.get("DFTP_SEED", "1"))
REQUESTS = 150

PATHS = ["/", "/a", "/a/b", "/a/b/c", "/file", "/link", "/loop", "/sparse", "/none", "/a/none/x", "/tree", "/tree/d"]
NAMES = ["a", "b", "file", "x", ".", "..", "", "a/b", "\0", "n" * 255, "n" * 256, ".dftp-part-0", {"b64": "/w=="}]
NUMBERS = [0, 1, 2, 3, 7, 255, 4096, 65536, 1 << 20, 1 << 31, 1 << 32, 1 << 53, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, -1,
           -(1 << 63)]
WRONG = [None, True, 1.5, "text", [], {}, [[]], {"b64": "?"}, -1, 1 << 64, "x" * 70_000, [1] * 1000]
WORDS = {
    "overwrite": ["never", "changed", "always"], "types": [["file"], ["directory", "symlink"]], "kind": ["posix", "flock"],
    "type": ["read", "write", "unlock"], "access": ["read", "write", "both"], "what": ["data", "hole"],
    "method": ["password", "anonymous", "key"], "mode_word": ["replace", "noreplace", "exchange", "extend", "punch", "zero",
                                                             "keep_size", "collapse", "insert", "any", "create"],
}
CALLER = [{"uid": 0, "gid": 0}, {"uid": 1, "gid": 1, "groups": [1, 2]}, {"uid": -1}, {}]

# Command -> members; what a member is comes from its name.
COMMANDS = {
    "ping": "", "bye": "", "echo": "text", "who": "after", "say": "text user", "list": "path after limit",
    "stat": "path follow", "readlink": "path", "statfs": "path", "times": "path", "md5": "path", "roots": "paths", "digests": "path first count",
    "mkdir": "path parents mode within", "rmdir": "path within", "remove": "path recursive within",
    "rename": "from to replace within", "symlink": "target path", "chmod": "path mode within", "utime": "path mtime within",
    "touch": "path mtime create", "cancel": "id", "find": "path name types least most newer depth prune targets",
    "du": "path depth", "copy": "from to recursive overwrite", "tail": "path lines follow file offset",
    "watch": "path recursive", "fetch": "put source", "get": "sources recursive md5 streams eager if_version",
    "put": "put_targets overwrite resume md5 streams if_version backup job", "receipt": "job",
    "commands": "", "exec": "name arguments directory input", "hello": "version", "login": "method user password",
    "mount": "path", "remount": "mount_token seen", "unmount": "", "fs.streams": "count",
    "fs.lookup": "parent name as", "fs.readdir": "node cookie limit plus as", "fs.mkdir": "once parent name mode umask as",
    "fs.mknod": "once parent name mode device umask as", "fs.symlink": "once parent name target as",
    "fs.link": "once node parent name named instead as", "fs.readlink": "node as", "fs.unlink": "once parent name as",
    "fs.rmdir": "once parent name as", "fs.rename": "once parent name new_parent new_name mode_word as",
    "fs.getattr": "node", "fs.setattr": "once node handle mode uid gid size atime mtime atime_now mtime_now named as",
    "fs.access": "node mask as", "fs.statfs": "node", "fs.getxattr": "node xattr as", "fs.listxattr": "node as",
    "fs.setxattr": "once node xattr value mode_word named as", "fs.removexattr": "once node xattr named as",
    "fs.open": "once node access truncate first named as", "fs.forget": "once nodes counts",
    "fs.create": "once parent name mode umask access exclusive truncate first as", "fs.release": "once handle",
    "fs.fsync": "node handle data_only", "fs.fallocate": "once handle mode_word offset length",
    "fs.seek": "handle offset what", "fs.copy_range": "once handle offset to_handle to_offset length",
    "fs.lock": "handle owner kind type start length pid wait", "fs.getlock": "handle owner type start length",
}


class Guess:
    """Members that are mostly right: numbers are small, so that they meet what is there."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.seq, self.token = 0, "0" * 32

    def member(self, name):
        pick, number = self.random.choice, self.random.randrange
        if name in ("path", "from", "to", "within", "directory"):
            return pick(PATHS)
        if name in ("paths", "sources"):
            return [pick(PATHS) for _ in range(number(4))]
        if name == "put_targets":
            return [{"path": pick(PATHS)} | pick([{}, {"name": pick(NAMES)}]) for _ in range(1 + number(2))]
        if name == "put":
            return {"targets": self.member("put_targets")} | pick([{}, {"job": "j"}, {"streams": 3}])
        if name == "source":
            return {"address": pick(["127.0.0.1", "::1", "name"]), "port": number(1 << 16), "fingerprint": "SHA256:x",
                    "tickets": ["0" * 64]}
        if name in ("name", "new_name", "user", "target", "value"):
            return pick(NAMES)
        if name == "xattr":
            return pick(["user.a", "user.b", "system.posix_acl_access", "security.x", ""])
        if name in ("text", "job", "password", "file", "backup", "if_version"):
            return pick(["", "x", "~", "none", "y" * 300])
        if name == "arguments":
            return [pick(NAMES) for _ in range(number(3))]
        if name == "prune":
            return [pick(["*.o", "/a/", "[", "**/x", "!x"])]
        if name in WORDS:
            return pick(WORDS[name])
        if name in ("nodes", "counts"):
            return [number(1, 6) for _ in range(number(4))]
        if name == "as":
            return pick(CALLER)
        if name == "mount_token":
            return pick([self.token, "0" * 32, "x"])
        if name == "id":
            return 1000 + number(REQUESTS)
        if name in ("node", "parent", "new_parent", "handle", "to_handle", "owner"):
            return number(6)
        if name == "mode":
            return pick([0, 0o644, 0o755, 0o7777, 0o100644])
        if name in ("follow", "recursive", "replace", "parents", "create", "resume", "md5", "plus", "truncate", "exclusive",
                    "targets", "input", "data_only", "atime_now", "mtime_now", "wait"):
            return pick([True, False])
        return pick(NUMBERS)

    def request(self, number, allowed):
        command = self.random.choice(allowed)
        params = {}
        for name in COMMANDS[command].split():
            if name == "once":
                self.seq += self.random.choice([1, 1, 1, 0, 2, -1])
                params |= {"seq": max(self.seq, 0), "acked": max(0, self.seq - self.random.choice([1, 1, 5, -3]))}
            elif self.random.random() < 0.85:
                key = {"mode_word": "mode", "xattr": "name", "mount_token": "mount", "put_targets": "targets",
                       "source": "from"}.get(name, name)
                params[key] = self.member(name) if self.random.random() < 0.93 else self.random.choice(WRONG)
        if self.random.random() < 0.02:
            params["no_such_member"] = 1
        return {"id": number, "cmd": command, "params": params}

    def block(self):
        """Of a transfer."""
        kind, pick, number = self.random.randrange(1, 13), self.random.choice, self.random.randrange
        flags = number(2) if kind in (1, 7) else 0
        kind_of_file = pick(KINDS)
        members = {"path": pick(["/", "a", "a/b", "../x", "c"]), "kind": kind_of_file, "size": pick([0, 1, 100, 65536, 1 << 20, 1 << 40]),
                   "mtime": pick(NUMBERS) % (1 << 62), "mode": 0o644, "target": pick(["x", "../..", ""]) if kind_of_file == "symlink" else ""}
        if number(4) == 0:
            members.pop(pick(list(members)))
        payload = {1: announcement(**members), 2: self.random.randbytes(pick([0, 16, 17, 116, 65552])),
                   5: self.random.randbytes(pick([16, 32, 3])), 10: b'{"code":"io","message":"x"}',
                   11: b'{"code":"io","message":"x"}'}.get(kind, struct.pack(">Q", pick(NUMBERS) % (1 << 64)))
        payload = b"" if kind in (6, 8, 9, 12) else payload
        return struct.pack(">IBBHQQ", len(payload), kind, flags, 0, number(4), pick([0, 0, 65536, 100, 1 << 40])) + payload

    def mount_block(self):
        pick, number = self.random.choice, self.random.randrange
        kind, handle = pick([READ, WRITE, WRITE, CANCEL, ACKNOWLEDGE, ALIVE]), struct.pack(">Q", number(5))
        payload = {READ: handle + struct.pack(">I", pick([0, 1, 100, 1 << 20, 1 << 31])),
                   WRITE: handle + self.random.randbytes(number(200))}.get(kind, b"")
        flags = pick([0, 1, 3]) if kind == WRITE else 0
        return struct.pack(">IBBHQQ", len(payload), kind, flags, 0, number(5),
                           pick([0, 1, 2, 100, 1 << 40, (1 << 63) - 1])) + payload


class Sequences(Hostile):
    def plant(self):
        """What the sequences work on; they may have removed it."""
        share = self.host.share
        for entry in share.iterdir():
            entry.unlink() if entry.is_symlink() or not entry.is_dir() else shutil.rmtree(entry)
        (share / "a/b").mkdir(parents=True)
        (share / "tree/d").mkdir(parents=True)
        for path in ("file", "a/b/c", "tree/d/f"):
            (share / path).write_bytes(os.urandom(200_000))
        (share / "link").symlink_to("a")
        (share / "loop").symlink_to("loop")
        with open(share / "sparse", "wb") as sparse:
            sparse.truncate(1 << 33)

    def ask(self, client, command, **members):
        """The result, whatever comes before it; {} for an error."""
        client.last_id += 1
        client.control.send_frame({"id": client.last_id, "cmd": command, "params": members})
        while (reply := client.control.read_frame()).get("id") != client.last_id:
            pass
        return reply.get("result") or reply.get("part") or {}

    def attached(self, client, reply):
        try:
            return [client.attach(ticket) for ticket in reply.get("tickets", [])[:2]]
        except (OSError, EOFError, DftpError):
            return []

    def play(self, seed):
        guess, client, channels = Guess(seed), self.client(), []
        client.control.stream.settimeout(10)
        mounts = guess.random.random() < 0.5
        allowed = [name for name in COMMANDS if name != "bye" and (mounts or not name.startswith("fs."))]
        try:
            if mounts:
                guess.token = self.ask(client, "mount", path="/")["mount"]
                streams = self.attached(client, self.ask(client, "fs.streams", count=2))
                channels += [(channel, guess.mount_block) for channel in streams]
            for number in range(1000, 1000 + REQUESTS):
                kind = guess.random.random()
                if kind < 0.04:
                    command = guess.random.choice(["get", "put"])
                    members = {"sources": ["/tree"], "recursive": True} if command == "get" else {"targets": [{"path": "/new"}]}
                    transfer = self.attached(client, self.ask(client, command, **members))
                    channels += [(channel, guess.block) for channel in transfer]
                elif kind < 0.3 and channels:
                    channel, make = guess.random.choice(channels)
                    try:
                        channel.stream.sendall(b"".join(make() for _ in range(guess.random.randrange(1, 6))))
                    except OSError:
                        channels = [pair for pair in channels if pair[0] is not channel]
                else:
                    client.control.stream.sendall(frame(guess.request(number, allowed)))
            self.ask(client, "ping")
        except (OSError, EOFError, DftpError):
            pass  # a session may be ended for what it says
        for channel, _ in channels:
            channel.stream.close()
        client.control.stream.close()

    def test_sequences(self):
        for seed in range(SEED, SEED + SEQUENCES):
            self.plant()
            self.play(seed)
            self.assertIsNone(self.host.process.poll(), f"seed {seed}: the server ended\n{self.host.output()[-3000:]}")
        self.check_health("after all", connections=SEQUENCES)


if __name__ == "__main__":
    unittest.main()
