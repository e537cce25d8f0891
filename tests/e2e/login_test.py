"""Who may come in: refusals are clear to the owner and tell a stranger nothing."""
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import shutil
import stat
import statistics
import subprocess
import termios
import time
import unittest

from harness import BIN, PASSWORD, USER, Case, add_user
from independent_client import Channel

LOGIN_FAILED, IDENTITY, USAGE = 5, 4, 2


def tool(*arguments, **more):
    return subprocess.run([*map(str, arguments)], check=True, capture_output=True, **more)


def make_key(path, passphrase=""):
    tool("ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "test key", "-f", path)
    return path


class Passwords(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        (self.host.share / "file").write_text("content")

    def test_unknown_user_and_wrong_password_get_the_same_words(self):
        answers = set()
        for user, password in (("nobody", PASSWORD), (USER, "wrong"), (USER, ""), (USER, "x" * 10_000)):
            channel = Channel(self.host.host, self.host.port, self.host.fingerprint)
            channel.send_frame({"id": 1, "cmd": "hello", "params": {"version": 1}})
            channel.read_frame()
            channel.send_frame({"id": 2, "cmd": "login", "params": {"method": "password", "user": user, "password": password}})
            answers.add(json.dumps(channel.read_frame()))
            channel.stream.close()
        self.assertEqual(len(answers), 1, answers)
        self.assertEqual(json.loads(answers.pop())["error"]["code"], "login_failed")

    def work(self):
        """Nanoseconds that the server's threads have computed so far."""
        tasks = pathlib.Path(f"/proc/{self.host.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks)

    def test_unknown_user_and_wrong_password_are_the_same_work(self):
        work = {"nobody": [], USER: []}
        for _ in range(5):
            for user, amounts in work.items():
                channel = Channel(self.host.host, self.host.port, self.host.fingerprint)
                channel.send_frame({"id": 1, "cmd": "hello", "params": {"version": 1}})
                channel.read_frame()
                before = self.work()
                channel.send_frame({"id": 2, "cmd": "login", "params": {"method": "password", "user": user, "password": "wrong"}})
                channel.read_frame()
                amounts.append(self.work() - before)
                channel.stream.close()
        nobody, somebody = map(statistics.median, work.values())
        self.assertLess(max(nobody, somebody), 3 * min(nobody, somebody), work)

    def test_five_failures_end_the_connection(self):
        channel = Channel(self.host.host, self.host.port, self.host.fingerprint)
        channel.send_frame({"id": 0, "cmd": "hello", "params": {"version": 1}})
        for number in range(1, 10):
            channel.send_frame({"id": number, "cmd": "login", "params": {"method": "password", "user": USER, "password": "wrong"}})
        answered = 0
        with self.assertRaises((EOFError, OSError)):
            while True:
                answered += "error" in channel.read_frame()
        self.assertEqual(answered, 5)

    def test_exit_code_and_words_of_a_refusal(self):
        for user, password in (("nobody", PASSWORD), (USER, "wrong")):
            done = self.cli(self.host, password=password).run("ls", self.host.url(user=user), expect=LOGIN_FAILED)
            self.assertIn(b"password", done.stderr)
            self.assertNotIn(password.encode(), done.stderr)
            self.assertEqual(done.stdout, b"")

    def test_json_result_of_a_refusal(self):
        cli = self.cli(self.host, password="wrong")
        for arguments in (["ls", self.host.url()], ["get", self.host.url("/file"), self.dir / "back"],
                          ["put", "/etc/hostname", self.host.url("/up")], ["md5", self.host.url("/file")]):
            result = cli.result(*arguments, expect=LOGIN_FAILED)
            self.assertEqual((result["status"], result["verb"], result["error"]["code"]), ("failed", arguments[0], "login_failed"))

    def test_password_from_file_environment_and_netrc(self):
        url = self.host.url("/file")
        no_password = self.cli(self.host, password=None)
        no_password.run("cat", url, expect=LOGIN_FAILED)
        self.assertEqual(self.cli(self.host).run("cat", url).stdout, b"content")
        password = self.dir / "password"
        password.write_text(PASSWORD + "\n")
        password.chmod(0o600)
        self.assertEqual(no_password.run("--password-file", password, "cat", url).stdout, b"content")
        password.write_text("wrong\n")
        no_password.run("--password-file", password, "cat", url, expect=LOGIN_FAILED)
        said = no_password.run("--password-file", self.dir / "missing", "cat", url, expect=USAGE).stderr
        self.assertIn(os.fsencode(self.dir / "missing"), said)
        netrc = no_password.home / ".netrc"
        netrc.write_text(f'machine other login {USER} password wrong\nmachine 127.0.0.1 login {USER} password "{PASSWORD}"\n')
        netrc.chmod(0o600)
        self.assertEqual(no_password.run("cat", url).stdout, b"content")
        self.assertEqual(no_password.run("cat", self.host.url("/file", user=None)).stdout, b"content")
        netrc.chmod(0o644)
        self.assertIn(b"chmod 600", no_password.run("cat", url, expect=LOGIN_FAILED).stderr)


class Users(Case):
    def user(self, *arguments, expect=0, input=None):
        done = subprocess.run([BIN / "dftp-server", "user", *arguments, "--state", self.dir / "state"], input=input, text=True,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, expect, done.stderr)
        return done.stdout + done.stderr

    def test_changes_take_effect_without_a_restart(self):
        host = self.server()
        (host.share / "home").mkdir()
        (host.share / "home/inner").write_text("x")
        url = lambda path="/": host.url(path, user="ben")
        ben = self.cli(host, password="one")
        ben.run("ls", url(), expect=LOGIN_FAILED)
        self.user("add", "ben", "--password-stdin", "--home", "home", "--read-only", input="one\n")
        self.assertEqual(ben.run("ls", url()).stdout, b"inner\n")
        ben.run("mkdir", url("/new"), expect=7)
        ben.run("put", "/etc/hostname", url("/new"), expect=7)
        self.assertIn("ben", self.user("list"))
        self.user("passwd", "ben", "--password-stdin", input="two\n")
        ben.run("ls", url(), expect=LOGIN_FAILED)
        self.cli(host, password="two").run("ls", url())
        self.user("remove", "ben")
        self.cli(host, password="two").run("ls", url(), expect=LOGIN_FAILED)
        self.assertNotIn("ben", self.user("list"))
        self.cli(host).run("ls", host.url())

    def test_wrong_calls_are_told(self):
        self.server()
        self.user("add", USER, "--password-stdin", input="x\n", expect=1)
        self.user("remove", "nobody", expect=1)
        self.user("passwd", "nobody", "--password-stdin", input="x\n", expect=1)
        self.user("add", "anonymous", "--password-stdin", input="x\n", expect=USAGE)
        self.user("add", "a/b", "--password-stdin", input="x\n", expect=USAGE)
        self.user("add", "ben", expect=USAGE)
        self.user("add", "ben", "--password-stdin", input="", expect=USAGE)

    def test_state_is_for_its_owner_only_and_has_no_password_in_it(self):
        self.server()
        for file in (self.dir / "state").iterdir():
            if file.suffix != ".crt":  # which everybody is shown
                self.assertEqual(file.stat().st_mode & 0o077, 0, file)
            if not file.is_socket():  # the operator's
                self.assertNotIn(PASSWORD.encode(), file.read_bytes())

    def test_first_user_is_made_and_shown_once(self):
        host = self.server(user=False)
        user, word = (re.search(rf"^ +{name} +(\S+)$", host.output(), re.MULTILINE)[1] for name in ("user", "password"))
        self.cli(host, password=word).run("ls", host.url(user=user))
        host.stop()
        before = len(host.output())
        host.start()
        self.assertNotIn(word, host.output()[before:])


class Keys(Case):
    def setUp(self):
        super().setUp()
        self.key = make_key(self.dir / "key")
        add_user(self.dir / "state", USER, PASSWORD, "--key", f"{self.key}.pub")
        self.host = self.server()
        self.client = self.cli(self.host, password=None)

    def test_a_key_of_ssh_keygen(self):
        self.client.run("--key", self.key, "ls", self.host.url())
        (self.client.home / ".ssh").mkdir(mode=0o700)
        shutil.copy(self.key, self.client.home / ".ssh/id_ed25519")
        self.client.run("ls", self.host.url())

    def test_wrong_keys_and_a_key_of_another_user(self):
        other = make_key(self.dir / "other")
        self.client.run("--key", other, "ls", self.host.url(), expect=LOGIN_FAILED)
        self.client.run("--key", self.key, "ls", self.host.url(user="nobody"), expect=LOGIN_FAILED)
        add_user(self.dir / "state", "ben", PASSWORD, "--key", f"{other}.pub")
        self.client.run("--key", self.key, "ls", self.host.url(user="ben"), expect=LOGIN_FAILED)
        self.client.run("--key", other, "ls", self.host.url(user="ben"))

    def test_files_that_are_no_key_are_told_by_name(self):
        noise = self.dir / "noise"
        noise.write_bytes(os.urandom(300))
        rsa = self.dir / "rsa"
        tool("ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", rsa)
        for file in (noise, rsa, f"{self.key}.pub", self.dir / "missing"):
            done = subprocess.run([BIN / "dftp-cli", *self.client.options, "--key", file, "ls", self.host.url()],
                                  env=self.client.env, capture_output=True, stdin=subprocess.DEVNULL, check=False)
            self.assertEqual(done.returncode, USAGE, file)
            self.assertIn(os.fsencode(file), done.stderr)

    def test_an_encrypted_key_says_what_to_do(self):
        locked = make_key(self.dir / "locked", "secret")
        said = self.client.run("--key", locked, "ls", self.host.url(), expect=USAGE).stderr
        self.assertIn(b"encrypted", said)
        self.assertIn(b"ssh-add", said)

    @unittest.skipUnless(shutil.which("ssh-agent"), "there is no ssh-agent")
    def test_ssh_agent(self):
        socket = str(self.dir / "agent")
        agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
        self.addCleanup(agent.wait)
        self.addCleanup(agent.terminate)
        while not os.path.exists(socket):
            time.sleep(0.01)
        self.client.env["SSH_AUTH_SOCK"] = socket
        self.client.run("ls", self.host.url(), expect=LOGIN_FAILED)
        tool("ssh-add", "-q", self.key, env={**os.environ, "SSH_AUTH_SOCK": socket})
        self.client.run("ls", self.host.url())


class Anonymous(Case):
    def test_off_unless_the_server_says_so(self):
        host = self.server()
        self.cli(host).run("ls", host.url(user="anonymous"), expect=LOGIN_FAILED)
        self.cli(host, password=None).run("ls", host.url(user=None), expect=LOGIN_FAILED)

    def test_on_for_reading_only(self):
        host = self.server("--anonymous")
        (host.share / "file").write_text("content")
        client = self.cli(host, password=None)
        for user in ("anonymous", None):
            self.assertEqual(client.run("cat", host.url("/file", user=user)).stdout, b"content")
            client.run("put", "/etc/hostname", host.url("/up", user=user), expect=7)
            client.run("rm", host.url("/file", user=user), expect=7)


class Terminal(Case):
    """Somebody sits at the terminal, while standard input and output are pipes."""

    def run_with(self, dialogue, *arguments, input=b"", expect=0):
        """What the terminal showed, after `dialogue`: questions and answers."""
        master, slave = pty.openpty()  # a terminal that nobody has open would be one that hung up
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, slave)
        client = self.cli(password=None).start(*arguments, stdin=subprocess.PIPE,
                                               preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0))
        client.stdin.write(input)
        client.stdin.close()
        client.stdin = None
        shown = b""
        for question, answer in dialogue:
            asked = b""
            while question not in asked:
                self.assertTrue(select.select([master], [], [], 20)[0], (question, asked))
                asked += os.read(master, 4096)
            os.write(master, answer + b"\n")
            shown += asked
        stdout, stderr = client.communicate(timeout=20)
        self.assertEqual(client.returncode, expect, stderr)
        return shown

    def test_a_pipe_is_sent_after_both_questions(self):
        host = self.server()
        shown = self.run_with([(b"(yes/no)", b"yes"), (b"Password for", PASSWORD.encode())], "put", "-", host.url("/piped"), input=b"content")
        self.assertEqual((host.share / "piped").read_bytes(), b"content")
        self.assertIn(host.fingerprint.encode(), shown)
        self.assertNotIn(PASSWORD.encode(), shown)
        self.cli().run("ls", host.url())

    def test_a_session_whose_commands_come_from_a_pipe(self):
        host = self.server()
        self.run_with([(b"(yes/no)", b"yes"), (b"Password for", PASSWORD.encode())], host.url(), input=b"mkdir made\n")
        self.assertTrue((host.share / "made").is_dir())

    def test_no_is_an_answer(self):
        host = self.server()
        self.run_with([(b"(yes/no)", b"what?"), (b"yes or no", b"no")], "ls", host.url(), expect=IDENTITY)


class UnixSocket(Case):
    def test_login_as_the_user_of_the_process(self):
        path = self.dir / "socket"
        host = self.server(listen=f"unix:{path}")
        (host.share / "file").write_text("content")
        url = f"dftp+unix://{path}:/file"
        client = self.cli(password=None)
        self.assertEqual(client.run("cat", url).stdout, b"content")
        self.assertEqual(client.result("get", url, self.dir / "back")["status"], "ok")
        client.run("put", self.dir / "back", f"dftp+unix://{path}:/up")
        self.assertEqual((host.share / "up").read_text(), "content")
        # For its owner and group, whatever the umask is.
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o660)


class Configuration(Case):
    def serve(self, text):
        config = self.dir / "dftp.toml"
        config.write_text(text)
        return subprocess.run([BIN / "dftp-server", self.dir, "--config", config], capture_output=True, text=True, timeout=10,
                              stdin=subprocess.DEVNULL, env={"HOME": str(self.dir)}, check=False)

    def test_mistakes_name_the_line(self):
        for text, words in {'read-only = true\n\nlisten-on = "x"\n': [":3", "listen-on"], 'threads = "many"\n': [":1", "threads"],
                            "read-only = 1\n": [":1", "read-only"], "\n\nthreads = \n": [":3"],
                            'state = "/tmp/x"\nlisten = ["a b c:d"]\n': [":2", "listen"]}.items():
            done = self.serve(text)
            self.assertEqual(done.returncode, USAGE, done.stderr)
            for word in words:
                self.assertIn(word, done.stderr, text)

    def test_keys_are_those_of_the_options(self):
        config = self.dir / "dftp.toml"
        config.write_text('read-only = true\nanonymous = true\nlog-format = "json"\n')
        host = self.server("--config", config)
        self.cli(host).run("mkdir", host.url("/new"), expect=7)
        self.cli(host, password=None).run("ls", host.url(user="anonymous"))
        lines = [json.loads(line) for line in host.output().splitlines() if line.startswith("{")]
        self.assertTrue(lines)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
