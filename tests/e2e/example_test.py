"""docs/examples/dftp_client.py, the client of the documents, at the real server: it transfers, resumes, and takes nothing that is wrong."""
import os
import pathlib
import subprocess
import sys
import unittest

from harness import PASSWORD, USER, Case, in_use, make_file, partials, same, wait_for
from corrupting_proxy import CorruptingProxy, flip

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "docs/examples/dftp_client.py"
MIB = 1 << 20
SIZE, HALF = 24 * MIB + 12345, 12 * MIB


class Example(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server("--allow-plain-data")
        self.local = self.dir / "local"

    def start(self, *arguments, port=None, fingerprint=None, password=PASSWORD, options=()):
        command = [sys.executable, "-B", EXAMPLE, "--fingerprint", fingerprint or self.host.fingerprint, "--user", USER, *options,
                   f"127.0.0.1:{port or self.host.port}", *map(str, arguments)]
        return subprocess.Popen(command, env=os.environ | {"DFTP_PASSWORD": password}, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run_example(self, *arguments, expect=0, **more):
        """What it prints, or says where it fails."""
        process = self.start(*arguments, **more)
        out, err = (text.decode() for text in process.communicate(timeout=120))
        self.assertEqual(process.returncode, expect, out + err)
        return out if expect == 0 else err

    def proxy(self, damage=None):
        proxy = CorruptingProxy(self.host.port, damage)
        self.addCleanup(proxy.close)
        return proxy

    def ends(self, direction):
        """Operands, source and target of one transfer; there is nothing yet."""
        remote = self.host.share / "file"
        for end in (remote, self.local):
            end.unlink(missing_ok=True)
        return (["get", "/file", self.local], remote, self.local) if direction == "get" else (["put", self.local, "/file"], self.local, remote)

    def test_lists(self):
        for name in (b"a", b"\xff", "射频".encode(), b"new\nline"):
            (self.host.share / os.fsdecode(name)).write_bytes(b"12345")
        lines = self.run_example("ls", "/").splitlines()
        self.assertEqual([line.rsplit(" ", 1)[1] for line in lines], ["a", "new\\nline", "射频", "\\xff"])
        self.assertTrue(all(line.startswith("file") and " 5 " in line for line in lines))

    def test_transfers_whole_files_with_mode_and_time(self):
        for size in (0, 1, 65536, 65537, 5_000_000):
            for direction in ("get", "put"):
                with self.subTest(size=size, direction=direction):
                    operands, source, target = self.ends(direction)
                    make_file(source, size)
                    source.chmod(0o640)
                    self.assertEqual(self.run_example(*operands), f"{size} bytes, 0 of them were there already\n")
                    self.assertTrue(same(source, target))
                    self.assertEqual(target.stat().st_mtime_ns, source.stat().st_mtime_ns)
                    self.assertEqual(target.stat().st_mode & 0o777, 0o640)
                    self.assertEqual(self.run_example("verify", self.local, "/file"), "same\n")

    def test_an_interrupted_transfer_is_resumed(self):
        for direction in ("get", "put"):
            with self.subTest(direction):
                operands, source, target = self.ends(direction)
                make_file(source, SIZE)
                proxy = self.proxy()
                proxy.stall_after(HALF)
                client = self.start(*operands, port=proxy.port)
                self.assertTrue(proxy.stalled.wait(20))
                client.kill()
                client.communicate()
                proxy.close()
                self.assertFalse(target.exists())
                for partial in partials(self.host.share):
                    wait_for(lambda partial=partial: not in_use(partial), what="the end of the attempt")
                resumed = int(self.run_example(*operands).split()[2])
                self.assertGreater(resumed, HALF // 2)
                self.assertLess(resumed, SIZE)
                self.assertTrue(same(source, target))

    def test_what_is_damaged_in_a_partial_is_sent_anew(self):
        make_file(self.host.share / "file", SIZE)
        partial = pathlib.Path(f"{self.local}.dftp-part")
        content = bytearray((self.host.share / "file").read_bytes()[:HALF])
        content[5 * MIB] ^= 1
        partial.write_bytes(content)
        self.assertEqual(self.run_example("get", "/file", self.local), f"{SIZE} bytes, {HALF - 65536} of them were there already\n")
        self.assertTrue(same(self.host.share / "file", self.local))

    def test_only_what_changed_is_put(self):
        make_file(self.local, SIZE)
        self.run_example("put", self.local, "/file")
        self.assertEqual(self.run_example("put", self.local, "/file"), f"{SIZE} bytes, {SIZE} of them were there already\n")
        with open(self.local, "r+b") as file:
            file.seek(MIB)
            file.write(b"changed")
        self.assertEqual(self.run_example("put", self.local, "/file"), f"{SIZE} bytes, {SIZE - 65536} of them were there already\n")
        self.assertTrue(same(self.local, self.host.share / "file"))

    def test_damage_on_the_way_is_repaired(self):
        for direction in ("get", "put"):
            with self.subTest(direction):
                operands, source, target = self.ends(direction)
                make_file(source, 3 * MIB)
                damaged = []

                def once(offset, payload, damaged=damaged):
                    if damaged:
                        return offset, payload
                    damaged.append(offset)
                    return offset, flip(payload, len(payload) - 1)

                self.run_example(*operands, port=self.proxy(once).port, options=["--plain"])
                self.assertTrue(damaged)
                self.assertTrue(same(source, target))

    def test_what_arrives_damaged_for_ever_is_refused(self):
        for direction in ("get", "put"):
            with self.subTest(direction):
                operands, source, target = self.ends(direction)
                make_file(source, 3 * MIB)
                proxy = self.proxy(lambda offset, payload: (offset, flip(payload, len(payload) - 1)))
                self.assertIn("(integrity)", self.run_example(*operands, port=proxy.port, options=["--plain"], expect=1))
                self.assertFalse(target.exists())

    def test_verify_tells_what_differs(self):
        (self.host.share / "file").write_bytes(b"one")
        self.local.write_bytes(b"two")
        self.assertIn("(integrity)", self.run_example("verify", self.local, "/file", expect=1))
        self.assertIn("(not_found)", self.run_example("verify", self.local, "/nothing", expect=1))

    def test_a_wrong_password_is_refused(self):
        self.assertIn("(login_failed)", self.run_example("ls", "/", password="wrong", expect=1))
        self.assertIn("login-failed", self.host.output())

    def test_a_server_with_another_fingerprint_gets_no_password(self):
        self.assertIn("(identity)", self.run_example("ls", "/", fingerprint="SHA256:" + 43 * "A", password="wrong", expect=1))
        self.run_example("ls", "/")
        self.assertNotIn("login-failed", self.host.output())

    def test_errors_have_their_codes(self):
        self.assertIn("(not_found)", self.run_example("get", "/nothing", self.local, expect=1))
        self.assertIn("(is_directory)", self.run_example("get", "/", self.local, expect=1))
        self.assertFalse(self.local.exists())


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
