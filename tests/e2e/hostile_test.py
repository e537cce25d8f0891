"""Peers that mean harm, or are broken: the server answers or closes in time, and goes on serving others."""
import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import resource
import socket
import ssl
import struct
import time
import unittest

from hostile_client import MIB, Hostile, announced, block, frame
from harness import SANITIZED, make_file, same, wait_for
from independent_client import ATTACH, FILE, DftpError, proof

BEFORE_LOGIN, DATA_IDLE = 30, 60  # seconds, proto/wire/limits.h
PATIENCE = 60  # what a busy machine may take longer
SILENT = 10_000


class Frames(Hostile):
    def broken_frames(self, most):
        """Pairs of bytes and what the error is, None: none is needed."""
        yield b"\0\0\0\0", "protocol"
        yield struct.pack(">I", most + 1), "too_large"
        yield b"\xff\xff\xff\xff", "too_large"
        yield struct.pack(">I", most + 1) + b" " * 100_000, "too_large"
        for text in (b"\0", b"nonsense", b"[]", b"1", b"null", b'"text"', b"{", b'{"id":1,}', b'{"id":1}{"id":2}', b"\xff\xfe{}",
                     b'{"id":1,"cmd":"\xc3\x28"}', b'{"id":1,"cmd":"\\ud800"}', b'{"id":99999999999999999999,"cmd":"ping"}'):
            yield frame(text), "protocol"
        for deep in (17, 1000, most // 2 - 40):
            yield frame(b'{"id":1,"cmd":' + b"[" * (deep - 1) + b"1" + b"]" * (deep - 1) + b"}"), "protocol"
            yield frame(b'{"id":1,"cmd":' * 2 + b"[" * (deep - 1)), "protocol"

    def check_refused(self, channel, sent, code):
        try:
            channel.stream.sendall(sent)
        except OSError:
            pass  # refused before it had come
        answer = self.rest(channel.stream, sent[:60])
        if code is None:
            return
        self.assertGreater(len(answer), 4, sent[:60])
        error = json.loads(answer[4:4 + struct.unpack(">I", answer[:4])[0]])["error"]
        self.assertEqual(error["code"], code, sent[:60])

    def test_broken_first_frames_are_answered_and_the_connection_closed(self):
        for sent, code in self.broken_frames(1 << 16):
            self.check_refused(self.channel(), sent, code)
        self.check_health("broken first frames")

    def test_broken_frames_after_hello_and_after_login(self):
        for sent, code in self.broken_frames(1 << 16):
            channel = self.channel()
            channel.send_frame({"id": 1, "cmd": "hello", "params": {"version": 1}})
            channel.read_frame()
            self.check_refused(channel, sent, code)
        for sent, code in self.broken_frames(1 << 20):
            self.check_refused(self.client().control, sent, code)
        self.check_health("broken frames after the login")

    def test_noise_instead_of_tls_and_in_it(self):
        for sent in (b"GET / HTTP/1.1\r\n\r\n", b"SSH-2.0-x\r\n", b"\x16\x03\x01\xff\xff", b"\x16" * 5000, b"\0" * 5000,
                     *(self.random.randbytes(5000) for _ in range(20))):
            stream = socket.create_connection((self.host.host, self.host.port))
            try:
                stream.sendall(sent)
                stream.shutdown(socket.SHUT_WR)
            except OSError:  # the server was quicker to close it
                pass
            self.rest(stream, sent[:20])
        for _ in range(20):
            channel = self.channel()
            channel.stream.sendall(b"\xff" + self.random.randbytes(5000))
            self.rest(channel.stream, "noise inside TLS")
        self.check_health("noise")

    def test_tls_1_2_is_refused(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises(OSError):
            context.wrap_socket(socket.create_connection((self.host.host, self.host.port)))

    def test_a_control_connection_without_tls_is_denied(self):
        for first in ({"id": 1, "cmd": "hello", "params": {"version": 1}}, {"id": 1, "cmd": "list", "params": {"path": "/"}}, {"nothing": 1}):
            stream = socket.create_connection((self.host.host, self.host.port))
            stream.sendall(frame(first))
            answer = self.rest(stream, first)
            self.assertEqual(json.loads(answer[4:])["error"]["code"], "denied")

    def test_nothing_but_hello_and_login_before_the_login(self):
        channel, number = self.channel(), 0
        for greeted in (False, True):
            for command in ("list", "stat", "get", "put", "md5", "mkdir", "remove", "rename", "cancel", "statfs"):
                number += 1
                channel.send_frame({"id": number, "cmd": command, "params": {"path": "/", "sources": ["/file"]}})
                reply = channel.read_frame()
                self.assertEqual(reply["id"], number)
                self.assertEqual(reply["error"]["code"], "login_required" if greeted else "invalid_request", command)
            if not greeted:
                channel.send_frame({"id": 99, "cmd": "hello", "params": {"version": 1}})
                channel.read_frame()

    def test_members_of_wrong_types_are_errors_and_the_session_goes_on(self):
        client, members = self.client(), {
            "list": ["path", "after", "limit"], "stat": ["path", "follow"], "readlink": ["path"], "statfs": ["path"], "times": ["path"],
            "md5": ["path"], "digests": ["path", "first", "count"], "mkdir": ["path", "parents", "mode"],
            "rmdir": ["path"], "remove": ["path", "recursive"], "rename": ["from", "to", "replace"],
            "symlink": ["target", "path"], "chmod": ["path", "mode"], "utime": ["path", "mtime"],
            "get": ["sources", "recursive", "streams", "eager"], "put": ["targets", "overwrite", "streams"], "cancel": ["id"],
            "hello": ["version", "instance"], "login": ["method", "user", "password"]}
        good = {"path": "/no/such", "from": "/no/such", "to": "/no/such", "target": "x", "sources": ["/no/such"],
                "targets": [{"path": "/no/such"}], "id": 99, "mode": 0, "mtime": 0}
        bad = [None, -1, 1 << 63, 1.5, 1e300, "", "\0", "x" * 100_000, "a/" * 1000, [], {}, True, {"b64": "!"},
               {"b64": 1}, [[]], [None], [{}], [{"path": 1}], ["/"] * 300, "../..", ".dftp-part-x", "/file/../.."]
        for command, names in members.items():
            for member in names:
                for value in bad:
                    try:
                        client.call(command, **{name: good[name] for name in names if name in good} | {member: value})
                    except DftpError as error:
                        self.assertNotIn(error.code, ("protocol", "io"), (command, member, str(value)[:50]))
        self.assertEqual(client.call("ping"), {})
        self.assertTrue((self.host.share / "file").exists())
        self.check_health("wrong types")

    def test_a_flood_of_requests_full_of_what_nobody_reads(self):
        os.truncate(self.host.share / "file", 1 << 40)
        before, client = self.memory("VmHWM"), self.client()
        client.control.stream.settimeout(3)
        try:
            for i in range(63):
                sent = json.dumps({"id": i + 100, "cmd": "md5", "params": {"path": "/file", "junk": [1] * 300_000}}, separators=(",", ":"))
                client.control.stream.sendall(frame(sent.encode()))
        except OSError:
            pass
        if not SANITIZED:
            self.assertLess(self.memory("VmHWM") - before, 128 * MIB)
        client.control.stream.close()
        self.check_health("a flood of junk", connections=16)

    def test_a_flood_of_requests_whose_answers_are_not_read(self):
        directory = self.host.share / "many"
        directory.mkdir()
        for i in range(4096):
            (directory / (f"{i:05}" + "n" * 200)).touch()
        before = self.memory("VmHWM")
        floods = [self.client() for _ in range(4)]
        for client in floods:
            client.control.stream.settimeout(1)
            try:
                for i in range(20_000):
                    client.control.send_frame({"id": i + 100, "cmd": "list", "params": {"path": "/many"}})
            except OSError:
                pass
        if not SANITIZED:
            self.assertLess(self.memory("VmHWM") - before, len(floods) * 16 * MIB)
        for client in floods:
            client.control.stream.close()
        self.check_health("a flood", connections=len(floods) * 4)


class Tickets(Hostile):
    def refusal(self, sent):
        """What a data connection that begins so is told, as its last words."""
        channel = self.channel()
        channel.stream.sendall(sent)
        with self.assertRaises(DftpError) as raised:
            channel.read_block()
        self.rest(channel.stream, sent)
        return raised.exception.code

    def assert_refused(self, ticket):
        self.assertEqual(self.refusal(block(ATTACH, payload=proof(ticket, "attach"))), "login_failed", ticket)

    def test_reused_guessed_and_wrong(self):
        client = self.client()
        granted = client.call("get", sources=["/file"])
        ticket = granted["tickets"][0]
        identity, secret = ticket[:32], ticket[32:]
        good = block(ATTACH, payload=proof(ticket, "attach"))
        self.assert_refused("0" * 64)
        self.assert_refused(identity + "0" * 32)
        self.assert_refused(secret + identity)
        for code, wrong in (("login_failed", good[:-1] + bytes([good[-1] ^ 1])), ("login_failed", block(ATTACH, payload=bytes(48))),
                            ("protocol", block(ATTACH, payload=good[24:-1])), ("too_large", block(ATTACH, payload=good[24:] + b"x")),
                            ("protocol", block(ATTACH, payload=good[24:], flags=2)), ("protocol", block(ATTACH, payload=good[24:], zero=1)),
                            ("too_large", block(ATTACH, offset=1 << 63, payload=good[24:]))):
            self.assertEqual(self.refusal(wrong), code, wrong)
        plain = socket.create_connection((self.host.host, self.host.port))
        plain.sendall(good)
        self.assertEqual(json.loads(self.rest(plain, "plain")[24:])["code"], "denied")
        channel = self.channel()
        channel.attach(ticket)  # still good: none of those had proved to own it
        self.assert_refused(ticket)
        channel.stream.close()
        self.check_health("tickets")


class Digests(Hostile):
    def test_many_that_ask_for_md5s_cost_little_and_keep_nobody_waiting(self):
        for number in range(4):
            with open(self.host.share / f"large{number}", "wb") as large:
                large.truncate(64 << 30)
        for number in range(8):
            client = self.client()
            client.control.stream.sendall(b"".join(
                frame({"id": 1000 + i, "cmd": "md5", "params": {"path": f"/large{i % 4}"}}) for i in range(62)))
            # A session's other requests do not wait for them.
            self.assertEqual(client.call("ping"), {})
            self.assertEqual(len(client.list("/")), 5)
        time.sleep(1)
        self.check_health("MD5s", connections=2)
        self.assertLess(self.open_files(), 8 * 4 + 1)
        if not SANITIZED:
            self.assertLess(self.memory("VmHWM"), 64 * MIB)
        self.assertEqual(self.host.stop(seconds=20), 0)

    def open_files(self):
        """Those in the share that the server has open."""
        found = []
        for descriptor in pathlib.Path(f"/proc/{self.host.process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                found.append(os.readlink(descriptor))
        return sum(1 for path in found if path.startswith(f"{self.host.share}/"))

    def test_md5s_asked_for_at_once_are_all_answered(self):
        client, contents = self.client(), [self.random.randbytes(size) for size in (0, 1, MIB, MIB + 1, 3 * MIB)]
        for number, content in enumerate(contents):
            (self.host.share / str(number)).write_bytes(content)
            for repeated in range(4):
                client.control.send_frame({"id": 10 * number + repeated, "cmd": "md5", "params": {"path": f"/{number}"}})
        answers = {answer["id"]: answer for answer in (client.control.read_frame() for _ in range(4 * len(contents)))}
        for number, content in enumerate(contents):
            for repeated in range(4):
                answer = answers[10 * number + repeated]
                self.assertEqual(answer["result"]["md5"], hashlib.md5(content).hexdigest(), number)


class Log(Hostile):
    def test_a_log_that_nobody_reads_stops_nothing(self):
        self.host.stop()
        unread, log = os.pipe()
        for descriptor in (unread, log):
            self.addCleanup(os.close, descriptor)
        fcntl.fcntl(log, fcntl.F_SETPIPE_SZ, 4096)
        self.host.stderr = log
        self.host.start()
        for _ in range(200):
            channel = self.channel()
            with self.assertRaisesRegex(DftpError, "login_failed"):
                channel.attach("0" * 64)
            channel.stream.close()
        for _ in range(20):
            self.client().control.stream.close()
        self.check_health("a log that nobody reads")
        self.assertEqual(self.host.stop(seconds=5), 0)


class Waiting(Hostile):
    """All that takes patience, at the same time."""

    def silent_connections(self):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        count = min(SILENT, most - 500)
        if count < SILENT:
            print(f"only {count} silent connections: RLIMIT_NOFILE allows no more", flush=True)
        self.host.stop()
        self.host.start()  # with the limit of this process
        silent = [socket.create_connection((self.host.host, self.host.port), timeout=20) for _ in range(count)]
        for stream in silent:
            self.addCleanup(stream.close)
        return silent

    def test_silence_and_slowness_are_closed_in_time_and_others_served(self):
        silent = self.silent_connections()
        slow, slow_data = {}, {}

        slow["after TLS"] = self.channel()
        slow["after hello"] = self.channel()
        slow["after hello"].send_frame({"id": 1, "cmd": "hello", "params": {"version": 1}})
        slow["after hello"].read_frame()
        slow["half a first frame"] = self.channel()
        slow["half a first frame"].stream.sendall(frame({"id": 1, "cmd": "hello"})[:10])
        slow["half a frame after hello"] = self.channel()
        slow["half a frame after hello"].send_frame({"id": 1, "cmd": "hello", "params": {"version": 1}})
        slow["half a frame after hello"].read_frame()
        slow["half a frame after hello"].stream.sendall(b"\0\0")
        slow["half a frame after login"] = self.client().control
        slow["half a frame after login"].stream.sendall(frame({"id": 1, "cmd": "ping"})[:7])
        trickle = {"before login": self.channel(), "after login": self.client().control}
        endless = struct.pack(">I", 60_000)
        for channel in trickle.values():
            channel.stream.sendall(endless)
        expired = self.client()
        ticket = expired.call("get", sources=["/file"])["tickets"][0]
        attached = []
        for what, sent in {"nothing": b"", "half a block": block(FILE, 1, payload=announced())[:30]}.items():
            client = self.client()
            slow_data[what] = client.attach(client.call("put", targets=[{"path": f"/{what}"}])["tickets"][0])
            slow_data[what].stream.sendall(sent)
            attached.append(client)

        source = make_file(self.dir / "source", 20 * MIB)
        real = self.cli(self.host)
        real.run("--retries", 0, "put", source, self.host.url("/real"), timeout=60)
        real.run("--retries", 0, "get", self.host.url("/real"), self.dir / "back", timeout=60)
        self.assertTrue(same(source, self.dir / "back"))
        if not SANITIZED:
            self.assertLess(self.memory(), (64 + 4 * 4) * MIB + len(silent) * 16 * 1024)

        def drip():
            for what, channel in list(trickle.items()):
                try:
                    channel.stream.sendall(b"{")
                except OSError:
                    del trickle[what]
            time.sleep(0.5)
            return not trickle
        wait_for(drip, BEFORE_LOGIN + PATIENCE, "slow frames to be refused")
        for stream in silent:
            stream.settimeout(BEFORE_LOGIN + PATIENCE)
            try:
                self.assertEqual(stream.recv(1), b"")
            except ConnectionResetError:
                pass
            stream.close()
        for what, channel in slow.items():
            self.rest(channel.stream, what, seconds=BEFORE_LOGIN + PATIENCE)
        with self.assertRaises(DftpError) as refused:
            expired.attach(ticket)
        self.assertEqual(refused.exception.code, "login_failed")
        self.assertEqual(expired.call("ping"), {})
        self.check_health("silence", connections=6)
        for what, channel in slow_data.items():
            self.rest(channel.stream, what, seconds=DATA_IDLE + PATIENCE)
        for client in attached:
            self.assertEqual(client.call("ping"), {})


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
