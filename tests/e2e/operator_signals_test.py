"""Signals that an operator, a terminal or the kernel sends: none of them ends the server by surprise."""
import fcntl
import os
import pty
import resource
import select
import signal
import subprocess
import termios
import unittest

from harness import BIN, PASSWORD, USER, Case, add_user, make_file, wait_for
from independent_client import Client


class Signals(Case):
    def stranger(self, host, user=USER):
        client = Client(host.host, host.port, host.fingerprint, user, PASSWORD)
        self.addCleanup(client.control.stream.close)
        return client

    def certificate(self, name):
        crt, key = self.dir / f"{name}.crt", self.dir / f"{name}.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                        "-keyout", key, "-out", crt, "-days", "10"], check=True, capture_output=True)
        return crt, key

    def test_a_hang_up_opens_the_log_anew(self):
        log = self.dir / "server.log"
        host = self.server("--log-file", log)
        session = self.stranger(host)
        for turn in range(3):
            log.rename(self.dir / f"server.log.{turn}")
            host.process.send_signal(signal.SIGHUP)
            wait_for(lambda: log.exists() and "reloaded" in log.read_text(), what="a new log")
        self.stranger(host)
        wait_for(lambda: "session-open" in log.read_text(), what="a line in the new log")
        self.assertNotIn("session-open", (self.dir / "server.log.2").read_text())
        session.call("ping")
        self.assertEqual(host.stop(), 0)

    def test_a_log_that_cannot_be_opened_anew_goes_on_where_it_was(self):
        (self.dir / "logs").mkdir()
        host = self.server("--log-file", self.dir / "logs/server.log")
        kept = self.dir / "kept"
        (self.dir / "logs").rename(kept)
        host.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "reloaded" in (kept / "server.log").read_text(), what="the old log to go on")
        self.assertIn("trouble", (kept / "server.log").read_text())
        self.stranger(host)

    def test_a_hang_up_reads_the_certificate_anew(self):
        crt, key = self.certificate("one")
        host = self.server("--certificate", crt, "--key", key)
        session, before = self.stranger(host), host.fingerprint
        good = crt.read_bytes(), key.read_bytes()
        crt.write_bytes(b"rubbish")
        host.process.send_signal(signal.SIGHUP)
        wait_for(lambda: " not-reloaded " in host.output(), what="a word about the bad certificate")
        self.stranger(host)
        for file, other in zip((crt, key), self.certificate("two")):
            file.write_bytes(other.read_bytes())
        host.process.send_signal(signal.SIGHUP)
        wait_for(lambda: " reloaded " in host.output(), what="the second reload")
        done = self.cli(host).run("ls", host.url(), expect=None)
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn(good[0], crt.read_bytes())
        session.call("ping")
        host.fingerprint = host.output().rpartition(" reloaded fingerprint=")[2].split()[0]
        self.assertNotEqual(host.fingerprint, before)
        self.stranger(host)

    def test_a_hang_up_reads_the_users_anew(self):
        host = self.server()
        client = self.stranger(host)
        self.assertEqual(client.call("ping"), {})
        # Another content under the same size and times, as a restored backup may have.
        file = host.state / "users.toml"
        before = file.stat()
        file.write_text(file.read_text().replace('name = "anna"', 'name = "amma"'))
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        host.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "reloaded" in host.output(), what="the reload")
        with self.assertRaises(Exception):
            for _ in range(100):
                client.call("ping")
        self.stranger(host, "amma")

    def test_other_signals_of_habit_do_nothing(self):
        host = self.server()
        session = self.stranger(host)
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE, signal.SIGXFSZ):
            host.process.send_signal(number)
            session.call("ping")
        self.assertIsNone(host.process.poll())

    def test_stop_and_continue(self):
        host = self.server()
        session = self.stranger(host)
        for number in (signal.SIGSTOP, signal.SIGTSTP):
            host.process.send_signal(number)
            wait_for(lambda: open(f"/proc/{host.process.pid}/stat", encoding="ascii").read().rpartition(")")[2].split()[0] == "T",
                     what="a stopped server")
            host.process.send_signal(signal.SIGCONT)
            session.call("ping")
            self.cli(host).run("ls", host.url())

    def on_a_terminal(self, *wrapper):
        """The server with a terminal that it controls; and the terminal's other end."""
        ours, theirs = pty.openpty()
        terminal = open(ours, "rb", buffering=0)
        self.addCleanup(terminal.close)
        share, state, log = self.dir / "share", self.dir / "state", self.dir / "log"
        share.mkdir()
        add_user(state, USER, PASSWORD)

        def take_terminal():
            os.setsid()
            fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

        process = subprocess.Popen([*wrapper, BIN / "dftp-server", share, "--state", state, "--listen", "127.0.0.1:0", "--log-file", log],
                                   stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=take_terminal, pass_fds=(theirs,))
        os.close(theirs)
        self.addCleanup(lambda: process.poll() is None and (process.kill(), process.wait()))
        said = b""
        while b"listening" not in said:
            self.assertTrue(select.select([terminal], [], [], 60)[0], said)
            said += terminal.read(4096)
        return process, terminal, log

    def test_a_terminal_that_hangs_up_ends_the_server_in_order(self):
        process, terminal, log = self.on_a_terminal()
        process.send_signal(signal.SIGHUP)
        wait_for(lambda: "reloaded" in log.read_text(), what="a reload: the terminal is there")
        terminal.close()
        self.assertEqual(process.wait(30), 0)
        self.assertIn("stopped", log.read_text())

    def test_with_nohup_it_outlives_its_terminal(self):
        # As nohup(1) does, but for where the output goes.
        process, terminal, log = self.on_a_terminal("sh", "-c", 'trap "" HUP; exec "$@"', "sh")
        terminal.close()
        process.send_signal(signal.SIGHUP)
        wait_for(lambda: "reloaded" in log.read_text(), what="a reload")
        self.assertIsNone(process.poll())
        process.terminate()
        self.assertEqual(process.wait(30), 0)


class FileSizeLimit(Case):
    """RLIMIT_FSIZE: what does not fit is an error, and nobody is killed."""

    def limited(self, size):
        return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    def test_of_the_server(self):
        (self.dir / "share").mkdir()
        add_user(self.dir / "state", USER, PASSWORD)
        old = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, old[1]))
        try:
            host = self.server()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, old)
        big, small = make_file(self.dir / "big", 6 << 20), make_file(self.dir / "small", 1 << 20)
        client = self.cli(host)
        done = client.run("--retries", "0", "put", big, host.url("/big"), expect=None)
        self.assertNotIn(done.returncode, (0, 3), done.stderr)
        self.assertFalse((host.share / "big").exists())
        client.run("put", small, host.url("/small"))
        self.assertIsNone(host.process.poll())

    def test_of_the_client(self):
        host = self.server()
        make_file(host.share / "big", 6 << 20)
        done = self.cli(host).run("--retries", "0", "get", host.url("/big"), self.dir / "big", expect=None, preexec_fn=self.limited(2 << 20))
        self.assertGreater(done.returncode, 0, done)  # and not by a signal
        self.assertFalse((self.dir / "big").exists())

    def test_programs_that_are_started_get_the_signals_as_usual(self):
        host = self.server()
        script = "awk '/^SigIgn/ {print $2}' /proc/self/status"
        done = self.cli(host).run("-c", f"!{script}", host.url(), expect=None)
        if done.returncode == 0 and done.stdout.strip():
            ignored = int(done.stdout.split()[-1], 16)
            for number in (signal.SIGPIPE, signal.SIGXFSZ):
                self.assertFalse(ignored >> (number - 1) & 1, number)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
