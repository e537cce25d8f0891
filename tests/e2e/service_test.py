"""The server as a service: what it tells a service manager, sockets that it takes over, certificates that are renewed."""
import os
import pathlib
import re
import shutil
import signal
import socket
import sys
import time
import unittest

from certificates import expired, self_signed
from exec_test import RUN_AS, config_text
from harness import PASSWORD, USER, Case, add_user, wait_for
from independent_client import Client

# Starts a server with these descriptors from 3 on, as systemd does.
WITH_SOCKETS = """
import os, sys
numbers = [int(number) for number in sys.argv[1].split(",")]
for at, number in enumerate(numbers):
    os.dup2(number, 100 + at)
for at in range(len(numbers)):
    os.dup2(100 + at, 3 + at)
    os.close(100 + at)
    os.set_inheritable(3 + at, True)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(len(numbers)), "LISTEN_FDNAMES": "x"}
os.execvp(sys.argv[2], sys.argv[2:])
"""


class Service(Case):
    def stranger(self, host):
        client = Client(host.host, host.port, host.fingerprint, USER, PASSWORD)
        self.addCleanup(client.control.stream.close)
        return client


class Notify(Service):
    def manager(self, address=None):
        self.heard = []
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(listener.close)
        self.address = address or str(self.dir / "notify")
        listener.bind(self.address.replace("@", "\0"))
        listener.settimeout(0.05)
        self.listener = listener

    def lines(self):
        """All that was told so far."""
        try:
            while True:
                self.heard += self.listener.recv(4096).decode().splitlines()
        except TimeoutError:
            pass
        return self.heard

    def heard_by(self, line, count=1):
        wait_for(lambda: self.lines().count(line) >= count, what=f"{line} in {self.heard}")

    def test_ready_reloading_stopping(self):
        for address in (None, f"@dftp-test-{os.getpid()}"):
            self.manager(address)
            host = self.server(env={"NOTIFY_SOCKET": self.address})
            self.heard_by("READY=1")
            self.heard_by("STATUS=0 sessions")
            host.process.send_signal(signal.SIGHUP)
            self.heard_by("READY=1", 2)
            reloading = self.heard.index("RELOADING=1")
            self.assertRegex(self.heard[reloading + 1], r"^MONOTONIC_USEC=\d+$")
            self.assertLess(self.heard.index("READY=1"), reloading)
            self.assertNotIn("STOPPING=1", self.heard)
            self.assertEqual(host.stop(), 0)
            self.heard_by("STOPPING=1")
            self.assertTrue(any(line.startswith("EXTEND_TIMEOUT_USEC=") for line in self.heard))
            self.assertFalse(any(line.startswith("WATCHDOG") for line in self.heard), "nobody has asked for it")

    def test_ready_means_that_a_client_gets_in(self):
        self.manager()
        host = self.server(env={"NOTIFY_SOCKET": self.address})
        self.heard_by("READY=1")
        self.stranger(host).call("ping")

    def test_the_watchdog_hears_that_all_is_well(self):
        self.manager()
        host = self.server(env={"NOTIFY_SOCKET": self.address, "WATCHDOG_USEC": "300000"})
        session = self.stranger(host)
        self.heard_by("WATCHDOG=1", 5)
        self.heard_by("STATUS=1 session")
        session.call("ping")

    def test_a_watchdog_for_another_process_is_not_fed(self):
        self.manager()
        self.server(env={"NOTIFY_SOCKET": self.address, "WATCHDOG_USEC": "300000", "WATCHDOG_PID": "1"})
        self.heard_by("STATUS=0 sessions")
        time.sleep(0.5)
        self.assertNotIn("WATCHDOG=1", self.lines())

    def test_a_manager_that_does_not_listen_stops_nothing(self):
        for address in (str(self.dir / "nobody"), "not-an-address", "", "/" + "x" * 200):
            host = self.server(env={"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "rubbish", "LISTEN_FDS": "-1", "LISTEN_PID": "x"})
            self.stranger(host).call("ping")
            self.assertEqual(host.stop(), 0)

    def test_commands_that_it_runs_do_not_speak_for_it(self):
        self.manager()
        config = self.dir / "server.toml"
        config.write_text(config_text({"show": {"argv": [shutil.which("env")]}}, RUN_AS))
        host = self.server("--config", config, env={"NOTIFY_SOCKET": self.address, "WATCHDOG_USEC": "300000"})
        environment = self.cli(host).run("exec", host.url(), "--", "show").stdout.decode()
        self.assertIn("PATH=", environment)
        for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC"):
            self.assertNotIn(name, environment)


class Sockets(Service):
    def listening(self, address, family=socket.AF_INET):
        listener = socket.socket(family, socket.SOCK_STREAM)
        self.addCleanup(listener.close)
        listener.bind(address)
        listener.listen()
        return listener

    def host_with(self, *sockets):
        """A server that did not open its sockets itself; --listen is not used."""
        wrapper = [sys.executable, "-c", WITH_SOCKETS, ",".join(str(one.fileno()) for one in sockets)]
        return self.server(listen="192.0.2.1:1", wrapper=wrapper, sockets=sockets)

    def test_sockets_are_taken_over_and_their_files_left(self):
        path = self.dir / "socket"
        tcp, local = self.listening(("127.0.0.1", 0)), self.listening(str(path), socket.AF_UNIX)
        host = self.host_with(tcp, local)
        host.host, host.port = tcp.getsockname()
        self.assertIn(f"listening on 127.0.0.1:{host.port}\n", host.output())
        self.assertIn(f"listening on unix:{path}\n", host.output())
        self.stranger(host).call("ping")
        self.assertEqual(host.stop(), 0)
        self.assertTrue(path.exists())

    def test_who_comes_while_no_server_runs_is_served_by_the_next(self):
        tcp = self.listening(("127.0.0.1", 0))
        early = socket.create_connection(tcp.getsockname(), timeout=30)
        self.addCleanup(early.close)
        host = self.host_with(tcp)
        host.host, host.port = tcp.getsockname()
        early.sendall(b"GET / HTTP/1.0\r\n\r\n")
        try:  # no TLS: it is accepted, and closed
            self.assertEqual(early.recv(1), b"")
        except ConnectionResetError:
            pass
        self.stranger(host).call("ping")

    def test_what_is_no_listening_socket_is_named(self):
        one, other = socket.socketpair()
        for each in (one, other):
            self.addCleanup(each.close)
        with self.assertRaisesRegex(AssertionError, "descriptor 3: is no stream socket that listens"):
            self.host_with(one)


class Renewal(Service):
    def setUp(self):
        super().setUp()
        self.tls = self.dir / "tls"
        self.tls.mkdir()
        self.install(self_signed(self.dir, "one"))
        self.host = self.server("--certificate", self.tls / "crt", "--key", self.tls / "key")

    def install(self, pair):
        for source, name in zip(pair, ("crt", "key")):
            shutil.copy(source, self.tls / f"{name}.new")
            os.replace(self.tls / f"{name}.new", self.tls / name)

    def renewed(self, count=1):
        wait_for(lambda: self.host.output().count("certificate-renewed") == count, what="the renewed certificate")
        self.host.fingerprint = re.findall(r"certificate-renewed fingerprint=(\S+)", self.host.output())[-1]

    def trouble(self, count, words):
        wait_for(lambda: self.host.output().count("the certificate stays as it was") == count, what="a word about the files")
        self.assertIn(words, self.host.output().rpartition("the certificate stays as it was")[2])
        self.stranger(self.host).call("ping")

    def test_files_that_change_are_taken_up_and_sessions_go_on(self):
        session, before = self.stranger(self.host), self.host.fingerprint
        self.install(self_signed(self.dir, "two"))
        self.renewed()
        self.assertNotEqual(self.host.fingerprint, before)
        self.stranger(self.host).call("ping")
        session.call("ping")

    def test_files_written_in_place_and_one_after_the_other(self):
        pair = self_signed(self.dir, "two")
        (self.tls / "crt").write_bytes(pair[0].read_bytes())
        self.trouble(1, "cannot be used as the key")
        (self.tls / "key").write_bytes(pair[1].read_bytes())
        self.renewed()
        self.stranger(self.host).call("ping")

    def test_links_that_are_turned_to_another_pair(self):
        (self.tls / "two").mkdir()
        for name, new in zip(("crt", "key"), self_signed(self.tls / "two", "two")):
            (self.tls / f"{name}.link").symlink_to(new)
            os.replace(self.tls / f"{name}.link", self.tls / name)
        self.renewed()

    def test_an_expired_one_is_not_taken_up(self):
        self.install(expired(self.dir, "old"))
        self.trouble(1, "expired")
        self.install(self_signed(self.dir, "two"))
        self.renewed()

    def test_rubbish_is_said_once(self):
        (self.tls / "crt").write_bytes(b"rubbish")
        self.trouble(1, "not PEM")
        for _ in range(3):
            (self.tls / "crt").write_bytes(b"rubbish")
            time.sleep(0.4)
        self.trouble(1, "not PEM")

    def test_a_hang_up_refuses_an_expired_one_too(self):
        # One that reaches the directory that takes the place of the one it has watched.
        self.host.stop()
        self.host = self.server("--certificate", self.tls / "crt", "--key", self.tls / "key", "--confine=false")
        shutil.rmtree(self.tls)
        self.tls.mkdir()
        self.install(expired(self.dir, "old"))
        self.host.process.send_signal(signal.SIGHUP)
        wait_for(lambda: " not-reloaded " in self.host.output(), what="the reload")
        self.assertIn("expired", self.host.output())
        self.stranger(self.host).call("ping")


class Fail2ban(Service):
    def test_its_filter_finds_who_has_guessed(self):
        filter_file = (pathlib.Path(__file__).parents[2] / "docs/dftp.fail2ban.conf").read_text(encoding="utf-8")
        pattern = re.search(r"^failregex = (.*)$", filter_file, re.MULTILINE)[1].replace("<HOST>", r"(?P<host>[\w.:]+?)")
        host = self.server()
        add_user(host.state, "ben", "x")
        self.cli(host, password="wrong").run("ls", host.url(), expect=5)
        self.cli(host).run("ls", host.url())
        found = [match["host"] for line in host.output().splitlines() if (match := re.search(pattern, line))]
        self.assertEqual(found, ["127.0.0.1"])
        self.assertEqual(re.search(pattern, "login-failed peer=[2001:db8::1]:55 user=x")["host"], "2001:db8::1")


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
