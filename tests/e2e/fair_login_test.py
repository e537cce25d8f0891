"""Logins while somebody guesses, hoards or floods: honest ones come in, guesses are few, and the operator sees and lifts
what keeps a source out."""
import re
import socket
import struct
import subprocess
import threading
import time
import unittest

from guard_harness import STRANGER, GuardCase, Peer, Refused
from harness import BIN, PASSWORD, USER, add_user, wait_for

OTHER = "127.0.0.3"


def closed(peer):
    """Whether the server ends the connection, whatever it says before."""
    peer.stream.settimeout(20)
    try:
        while peer.stream.recv(1 << 16):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


class Guesses(GuardCase):
    def guess(self, peer, password="wrong"):
        try:
            peer.call("login", method="password", user=USER, password=password)
        except Refused as refused:
            return refused.code
        return None

    def offend(self, host, source):
        """More than it takes to be kept out, and quickly."""
        for _ in range(6):
            try:
                peer = Peer(host, source)
                peer.stream.sendall(struct.pack(">I", 0))
                closed(peer)
            except OSError:
                return

    def kept_out(self, host, source):
        try:
            Peer(host, source).greet().close()
        except OSError:
            return True
        except EOFError:
            return True
        return False

    def operator(self, host, *words, expect=0):
        done = subprocess.run([BIN / "dftp-server", "penalties", *words, "--state", host.state], capture_output=True, text=True)
        self.assertEqual(done.returncode, expect, done.stderr)
        return done.stdout + done.stderr

    def test_hundreds_of_connections_that_guess_keep_nobody_else_waiting(self):
        host = self.server()
        keep = []
        for number in range(200):
            try:
                peer = Peer(host)
                peer.begin("hello", version=1)
                for _ in range(5):
                    peer.begin("login", method="password", user=USER, password="wrong")
                keep.append(peer)
            except OSError:
                break  # it takes no more of them
        self.assertGreater(len(keep), 10)
        begun = time.monotonic()
        self.peer(host, source=OTHER)
        self.assertLess(time.monotonic() - begun, 20)
        tried = sum(closed(peer) for peer in keep)
        self.assertEqual(tried, len(keep))
        self.assertLessEqual(host.output().count("login-failed"), 20)

    def test_a_source_that_guesses_is_kept_out_and_the_operator_sees_and_lifts_it(self):
        host = self.server()
        peer = Peer(host).greet()
        self.assertEqual(self.guess(peer), "login_failed")
        peer.close()
        self.assertRegex(self.operator(host), rf"(?m)^{re.escape(STRANGER)} +\d+ +counted$")
        self.offend(host, STRANGER)
        self.assertTrue(self.kept_out(host, STRANGER))
        self.peer(host, source=OTHER)
        shown = self.operator(host)
        self.assertRegex(shown, rf"(?m)^{re.escape(STRANGER)} +\d+ +kept out$")
        self.assertIn("kept out", host.output())
        self.operator(host, "lift", "192.0.2.1", expect=1)
        self.operator(host, "lift", STRANGER)
        self.peer(host)
        self.assertNotIn(STRANGER, self.operator(host))

    def test_all_are_lifted_at_once(self):
        host = self.server()
        for source in (STRANGER, OTHER):
            self.offend(host, source)
        self.assertIn("2", self.operator(host, "lift", "all"))
        for source in (STRANGER, OTHER):
            self.peer(host, source=source)

    def test_who_works_from_the_same_address_goes_on_and_may_come_again(self):
        host = self.server()
        works = self.peer(host)
        self.offend(host, STRANGER)
        self.assertEqual(works.call("ping"), {})
        self.peer(host)

    def test_guesses_of_one_address_are_one_after_the_other(self):
        host = self.server("--penalties=false")
        answers, peers = [], [Peer(host).greet() for _ in range(8)]

        def guess(peer):
            try:
                while True:
                    answers.append((self.guess(peer), time.monotonic()))
            except (OSError, EOFError):
                pass
        begun = time.monotonic()
        threads = [threading.Thread(target=guess, args=(peer,)) for peer in peers]
        for thread in threads:
            thread.start()
        time.sleep(6)
        tried, passed = len(answers), time.monotonic() - begun
        for peer in peers:
            peer.close()
        for thread in threads:
            thread.join()
        self.assertLessEqual(tried, passed)

    def test_keys_do_not_wait_behind_passwords(self):
        key = self.dir / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        host = self.server("--penalties=false", "--penalty-exempt", "192.0.2.1")
        add_user(host.state, "ben", PASSWORD, "--key", f"{key}.pub")
        peers = [Peer(host, "127.0.0.1") for _ in range(20)]
        for peer in peers:
            peer.begin("hello", version=1)
            for _ in range(5):
                peer.begin("login", method="password", user=USER, password="wrong")
        self.cli(host, password=None).run("--key", key, "ls", host.url(user="ben"), timeout=15)
        for peer in peers:
            peer.close()

    def test_broken_frames_and_tickets_keep_a_source_out(self):
        broken = {"frames": struct.pack(">I", 0), "tickets": None}
        for what, sent in broken.items():
            host = self.server()
            for _ in range(2):
                peer = Peer(host)
                if sent is None:
                    peer.send_attach(bytes(48))
                else:
                    peer.stream.sendall(sent)
                self.assertTrue(closed(peer))
            wait_for(lambda: self.kept_out(host, STRANGER), what=what)
            host.stop()

    def test_a_connection_without_a_word_costs_nothing(self):
        host = self.server()
        for _ in range(30):
            socket.create_connection((host.host, host.port), source_address=(STRANGER, 0)).close()
        time.sleep(0.3)
        self.assertEqual(self.operator(host).splitlines()[1:], [])
        self.peer(host)


class Newcomers(GuardCase):
    def test_silent_connections_of_one_address_are_few_and_others_come_in(self):
        host = self.server()
        silent = [socket.create_connection((host.host, host.port), source_address=(STRANGER, 0)) for _ in range(300)]
        for stream in silent:
            self.addCleanup(stream.close)
        self.peer(host, source=OTHER)
        gone = 0
        for stream in silent:
            stream.settimeout(0.01)
            try:
                gone += stream.recv(1) == b""
            except TimeoutError:
                pass
            except OSError:
                gone += 1
        self.assertGreaterEqual(gone, 300 - 64)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
