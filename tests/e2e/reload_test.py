"""A changed configuration is taken up by a server that runs, all of it or nothing: by SIGHUP and by `dftp-server reload`."""
import os
import re
import signal
import socket
import subprocess
import unittest

from harness import BIN, PASSWORD, USER, add_user, make_file, same, wait_for
from mount_client import Fs
from reload_harness import LOST, RESTART, WAYS, ReloadCase


class Refusals(ReloadCase):
    def unharmed(self, client):
        client.call("mkdir", path="/made")
        client.call("rmdir", path="/made")
        self.stranger().call("ping")

    def test_what_needs_a_restart_is_named_and_nothing_is_taken_up(self):
        (self.dir / "other").mkdir()
        self.start()
        client = self.stranger()
        for way in WAYS:
            for key, value in RESTART.items():
                with self.subTest(key, way=way):
                    # The operator's own command finds the server by the state that the file names.
                    if key in ("root", "state") and way == "command":
                        continue
                    said = self.change({key: value, "read-only": True}, way=way, expect=2)
                    self.assertIn(f"{key}: cannot change while the server runs; restart the server", said)
                    self.assertRegex(said, r"dftp\.toml:\d+: ")
                    self.unharmed(client)
        said = self.change({"threads": 3, "listen": "127.0.0.2:0"}, expect=2)
        self.assertIn("listen, threads: cannot change", said)

    def test_a_file_that_is_wrong_changes_nothing(self):
        self.start()
        client = self.stranger()
        read_only = "read-only = true\n"
        wrong = {
            "a value": (self.text(more="grace = -1\n" + read_only), "grace must be a whole number"),
            "a key": (self.text(more="no-such-key = 1\n" + read_only), 'no-such-key'),
            "twice": (self.text(more="grace = 'a'\ntalk = 3\n" + read_only), "and 1 more: dftp-server --check says all"),
            "a command": (self.text(more=read_only + "[exec.a]\nargv = ['df']\n"), "argv"),
            "its user": (self.text(more=read_only + "[exec.a]\nargv = ['/bin/df']\nusers = ['*']\nrun-as = 'no-such-user'\n"), "no-such-user"),
            "a certificate": (self.text({"certificate": "none.crt", "key": "none.key"}, read_only), "none.crt"),
            "a key alone": (self.text({"key": "none.key"}, read_only), "together"),
            "a log": (self.text({"log-file": str(self.dir / "none/log")}, read_only), "none/log"),
            "a log in the share": (self.text({"log-file": str(self.dir / "share/log")}, read_only), "share/log"),
        }
        for way in WAYS:
            for what, (text, words) in wrong.items():
                with self.subTest(what, way=way):
                    self.write(text)
                    before = len(self.answers())
                    self.host.process.send_signal(signal.SIGHUP) if way == "signal" else self.complain(words)
                    wait_for(lambda: len(self.answers()) > before, what="an answer")
                    event, said = self.answers()[-1]
                    self.assertEqual(event, "not-reloaded")
                    self.assertIn(words, said)
                    self.unharmed(client)

    def complain(self, words):
        done = subprocess.run([BIN / "dftp-server", "reload", "--config", self.file], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        self.assertGreater(done.returncode, 0)
        self.assertEqual(done.stdout, "")
        self.assertIn(words, done.stderr)

    def test_a_file_that_cannot_be_read_changes_nothing(self):
        self.start()
        client = self.stranger()
        for make in (lambda: self.write("[[[ torn"), self.file.unlink):
            make()
            before = len(self.answers())
            self.host.process.send_signal(signal.SIGHUP)
            wait_for(lambda: len(self.answers()) > before, what="an answer")
            self.assertEqual(self.answers()[-1][0], "not-reloaded")
            self.assertIn("dftp.toml", self.answers()[-1][1])
            self.unharmed(client)
            self.complain("dftp.toml")  # where the server is, the file does not say either
        done = subprocess.run([BIN / "dftp-server", "reload", "--state", self.host.state], capture_output=True, text=True)
        self.assertIn("nothing was taken up", done.stderr)
        self.assertGreater(done.returncode, 0)
        self.assertIn("changed: talk", self.change({"talk": False}))

    def test_users_with_a_mistake_keep_the_configuration_as_it_was(self):
        self.start()
        client = self.stranger()
        users = self.host.state / "users.toml"
        good = users.read_text()
        users.write_text(good + "[[user]]\nname = 3\n")
        self.assertIn("users.toml", self.change({"read-only": True}, expect=2))
        users.write_text(good)
        self.unharmed(client)

    def test_what_the_server_has_given_up_needs_a_restart(self):
        self.start()
        wait_for(lambda: " confined " in self.log(), what="a word on what is given up")
        if " files=its-own " not in self.log():
            self.skipTest("landlock cannot be had here")
        client = self.stranger()
        (self.dir / "logs").mkdir()
        run_as = "run-as = 'nobody'\n" if os.geteuid() == 0 else ""
        elsewhere = self.text({"log-file": str(self.dir / "logs/log")}, "read-only = true\n")
        command = self.text(more="read-only = true\n[exec.a]\nargv = ['/bin/df']\nusers = ['*']\n" + run_as)
        for text, key in ((elsewhere, "log-file"), (command, "exec.a")):
            self.write(text)
            said = self.reload(expect=1 if key == "log-file" else 2)
            self.assertIn(f"{key}: ", said)
            self.assertIn("restart the server", said)
            self.unharmed(client)
        self.host.stop()
        self.host.start()
        wait_for(lambda: " reason=\"remote commands are configured\"" in self.log(), what="the new start")

    def test_without_a_server_the_command_says_so(self):
        self.configure()
        self.complain("no server of this share runs here")


class Running(ReloadCase):
    def test_transfers_and_sessions_go_on(self):
        self.start({"limit-rate": "8M"})
        big, client = make_file(self.dir / "big", 24 << 20), self.cli(self.host)
        make_file(self.host.share / "there", 24 << 20)
        idle = self.stranger()
        put = client.start("-q", "put", big, self.host.url("/big"))
        get = client.start("-q", "get", self.host.url("/there"), self.dir / "there")
        wait_for(lambda: len(re.findall(" session-open ", self.log())) == 3, what="the transfers' sessions")
        turns = 0
        while put.poll() is None or get.poll() is None:
            turns += 1
            self.change({"limit-rate": "8M" if turns % 2 else "12M", "talk": bool(turns % 2), "max-sessions": 100 + turns}, way=WAYS[turns % 2])
        self.assertGreater(turns, 2)
        for child in (put, get):
            self.assertEqual((child.communicate()[1], child.returncode), (b"", 0))
        self.assertTrue(same(big, self.host.share / "big"))
        self.assertTrue(same(self.host.share / "there", self.dir / "there"))
        idle.call("ping")
        self.assertEqual(len(re.findall(" session-open ", self.log())), 3, "nobody had to come again")

    def test_read_only_ends_mounts_that_write_and_no_others(self):
        self.start()
        add_user(self.host.state, "ben", PASSWORD, "--read-only")
        mounts = [Fs(self.host.host, self.host.port, self.host.fingerprint, user=user, password=PASSWORD) for user in (USER, "ben")]
        for one in mounts:
            self.addCleanup(one.control.stream.close)
        handle = mounts[0].create(1, "file")["handle"]
        [data] = mounts[0].streams(1)
        self.addCleanup(data.close)
        data.write(handle, 0, b"before")
        self.change({"read-only": True})
        with self.assertRaises(LOST):
            data.write(handle, 0, b"after!")
        self.assertEqual((self.host.share / "file").read_bytes(), b"before")
        mounts[1].lookup(1, "file")

    def test_an_upload_under_way_ends_with_the_right_to_write(self):
        self.start({"limit-rate": "1M"})
        put = self.cli(self.host).start("--retries", "0", "put", make_file(self.dir / "big", 32 << 20), self.host.url("/big"))
        self.addCleanup(put.communicate)
        wait_for(lambda: list(self.host.share.glob(".dftp-part-*")), what="the upload")
        self.change({"limit-rate": "1M", "read-only": True})
        self.assertGreater(put.wait(30), 0)
        self.assertFalse((self.host.share / "big").exists())

    def test_options_win_over_the_file_again(self):
        self.start({"talk": True}, "--talk=false", "--max-sessions", "7")
        client = self.stranger()
        self.assertIn("no key has another value", self.change({"talk": True, "max-sessions": 9}))
        self.refused("denied", client.call, "say", text="hello")
        self.assertIn("changed: grace", self.change({"grace": 3, "talk": True}))

    def test_a_server_without_a_file_has_nothing_to_change(self):
        self.configure()
        self.host = self.server()
        self.assertIn("no key has another value", self.reload())
        self.assertTrue(self.answers()[-1][1].endswith(' changed=""'))

    def test_a_log_that_was_moved_is_opened_anew_whatever_the_file_says(self):
        log = self.dir / "server.other-log"
        self.start({"log-file": str(log)})
        log.rename(self.dir / "moved")
        self.configure({"log-file": str(log), "grace": -1})
        self.host.process.send_signal(signal.SIGHUP)
        wait_for(lambda: log.exists() and " not-reloaded " in log.read_text(), what="the new log")

    def test_the_service_manager_hears_of_each_reload_and_its_end(self):
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(str(self.dir / "notify"))
        manager.settimeout(20)
        self.start(env={"NOTIFY_SOCKET": str(self.dir / "notify")})

        def next_state():
            while not (found := re.search("READY=1|RELOADING=1", manager.recv(4096).decode())):
                pass
            return found[0]
        self.assertEqual(next_state(), "READY=1")
        for way in WAYS:
            for keys, expect in (({"talk": False}, 0), ({"threads": 3}, 2)):
                self.change(keys, way=way, expect=expect)
                self.assertEqual(next_state(), "RELOADING=1")
                self.assertEqual(next_state(), "READY=1")

    def test_only_the_operator_may(self):
        self.start()
        self.assertEqual((self.host.state / "admin.sock").stat().st_mode & 0o777, 0o600)
        self.refused("unsupported", self.stranger().call, "reload")


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
