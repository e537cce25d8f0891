"""Remote commands: what may be run, what comes back, and that nothing of a command outlives it."""
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import time
import unittest

from harness import PASSWORD, USER, Case, add_user, wait_for
from independent_client import Client, DftpError

OWN_FAILURE = 125
INPUT, ROOM, OUTPUT, ERRORS, ENDED = range(24, 29)
RUN_AS = "nobody" if os.getuid() == 0 else None

COMMANDS = {
    "say": {"argv": ["/bin/echo", "said:", "{1}", "and {2}!"]},
    "list": {"argv": ["/bin/echo", "{1}", "{*}"]},
    "since": {"argv": ["/bin/echo", "--since={1}"]},
    "cat": {"argv": ["/bin/cat"]},
    "sh": {"shell": "/bin/sh"},
    "quick": {"shell": "/bin/sh", "timeout": 1},
    "short": {"shell": "/bin/sh", "output-limit": 100000},
    "small": {"shell": "/bin/sh", "memory-limit": 200 << 20},
    "few": {"shell": "/bin/sh", "process-limit": 100000 if os.getuid() else 4},
    "gone": {"argv": ["/no/such/program"]},
    "bens": {"argv": ["/bin/echo"], "users": ["ben"]},
}


def config_text(commands, run_as):
    lines = []
    for name, members in commands.items():
        lines.append(f"[exec.{name}]")
        members = {"users": ["*"]} | ({"run-as": run_as} if run_as else {}) | members
        lines += [f"{key} = {json.dumps(value)}" for key, value in members.items()]
    return "\n".join(lines) + "\n"


def running(mark):
    """Processes whose command line holds `mark`."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


class Exec(Case):
    def setUp(self):
        super().setUp()
        self.dir.chmod(0o755)
        self.host = self.start()
        self.client = self.cli(self.host)
        self.mark = f"9{os.getpid()}{time.monotonic_ns() % 10**9}"  # a number of seconds that nobody else sleeps

    def start(self, commands=None, run_as=RUN_AS, *options):
        (self.dir / "server.toml").write_text(config_text(COMMANDS if commands is None else commands, run_as))
        return self.server("--config", self.dir / "server.toml", *options)

    def exec(self, *words, expect=0, options=(), **more):
        return self.client.run("exec", *options, self.host.url(), "--", *words, expect=expect, **more)

    def gone(self):
        wait_for(lambda: not running(self.mark), what="the end of all that the command started")

    def log(self, event):
        return [line for line in self.host.output().splitlines() if f" {event} " in line]

    # ---- what comes back

    def test_words_fill_placeholders_and_outputs_stay_apart(self):
        self.assertEqual(self.exec("say", "a b", "$HOME").stdout, b"said: a b and $HOME!\n")
        self.assertEqual(self.exec("list", "x", "y", "*").stdout, b"x y *\n")
        self.assertEqual(self.exec("since", "-1 day").stdout, b"--since=-1 day\n")
        done = self.exec("sh", "echo out; echo err >&2; exit 3", expect=3)
        self.assertEqual((done.stdout, done.stderr), (b"out\n", b"err\n"))
        self.exec("sh", "kill -TERM $$", expect=143)

    def test_output_comes_as_it_appears(self):
        child = self.client.start("exec", self.host.url(), "--", "sh", "echo first; read answer; echo $answer")
        self.addCleanup(child.communicate)
        self.assertEqual(child.stdout.readline(), b"first\n")
        child = self.client.start("exec", "-i", self.host.url(), "--", "sh", "echo first; read answer; echo $answer",
                                  stdin=subprocess.PIPE)
        self.assertEqual(child.stdout.readline(), b"first\n")
        self.assertEqual(child.communicate(b"second\nthird\n", timeout=20)[0], b"second\n")
        self.assertEqual(child.returncode, 0)

    def test_much_input_and_output(self):
        data = os.urandom(3_000_000)
        self.assertEqual(self.exec("cat", options=["-i"], input=data).stdout, data)
        self.assertEqual(self.exec("sh", "head -c 10 >/dev/null; echo enough", options=["-i"], input=data).stdout, b"enough\n")
        self.assertEqual(self.exec("cat").stdout, b"")

    def test_json(self):
        done = self.exec("sh", "printf 'a\\303'; sleep 0.1; printf '\\244\\377'; echo e >&2; exit 4", options=["--json"], expect=4)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        streams = {"stdout": [], "stderr": []}
        for line in lines[:-1]:
            streams[line["stream"]].append(line["data"])
        self.assertEqual(streams["stderr"], ["e\n"])
        self.assertEqual(streams["stdout"][0], "a")
        self.assertEqual((lines[-1]["status"], lines[-1]["exit"]), ("ok", 4))
        self.assertEqual(self.client.result("exec", self.host.url(), "--", "sh", "kill -9 $$", expect=137)["signal"], 9)

    def test_the_clients_log_says_how_it_ended(self):
        log = self.dir / "dftp.log"
        self.exec("sh", "exit 0", options=["--log", log])
        self.assertRegex(log.read_text(), r"(?m) exec: done$")
        self.exec("sh", "exit 3", options=["--log", log], expect=3)
        self.assertRegex(log.read_text(), r"(?m) exec: exit code 3$")

    def test_the_clients_log_has_the_name_and_not_the_words(self):
        log = self.dir / "dftp.log"
        self.exec("say", "hidden", "-hidden", options=["--log", log])
        self.exec("say", "-hidden", "b", options=["--log", log], expect=OWN_FAILURE)
        for line in ("exec -- say hidden 'hid den'", "exec -- say hidden hid &", "queue exec -- say hidden hid"):
            self.client.run("--log", log, "-c", line, self.host.url())
        text = log.read_text()
        self.assertNotIn("hid", text)
        self.assertEqual(text.count(f"begin: exec {self.host.url()} say (words: 2)\n"), 2)
        self.assertEqual(text.count("-c:1: exec say (words: 2)\n"), 3)

    def test_other_encodings(self):
        text = "目录 文件\n"
        (self.host.share / "gbk").write_bytes(text.encode("gbk") + b"\xff\n")
        done = self.exec("sh", "head -c 3 gbk; sleep 0.1; tail -c +4 gbk; cat gbk >&2", options=["--encoding", "gbk"])
        self.assertEqual(done.stdout.decode(), text + "\ufffd\n")
        self.assertEqual(done.stderr.decode(), text + "\ufffd\n")
        self.exec("sh", "true", options=["--encoding", "no-such"], expect=2)

    def test_it_runs_in_the_directory_of_the_url_and_of_the_session(self):
        (self.host.share / "a dir").mkdir()
        done = self.client.run("exec", self.host.url("/a%20dir"), "--", "sh", "pwd")
        self.assertEqual(done.stdout.decode().strip(), str(self.host.share / "a dir"))
        done = self.client.run(self.host.url(), input=b"cd 'a dir'\nexec -- sh 'pwd; exit 3'\nexec -- sh 'exit 5'\nexec -i -- cat\necho on\n", expect=2)
        self.assertEqual(done.stdout.decode().splitlines(), [str(self.host.share / "a dir"), "on"])
        self.assertIn(b"ended with status 3", done.stderr)
        self.client.run("exec", self.host.url("/missing"), "--", "sh", "pwd", expect=OWN_FAILURE)
        os.symlink("/tmp", self.host.share / "out")
        self.client.run("exec", self.host.url("/out"), "--", "sh", "pwd", expect=OWN_FAILURE)

    def test_a_clean_process(self):
        text = self.exec("sh", "env; echo --; ls -l /proc/self/fd; cat /proc/self/status; ulimit -n; umask").stdout.decode()
        environment, rest = text.split("--\n", 1)
        names = {line.split("=")[0] for line in environment.splitlines()}
        self.assertLessEqual(names, {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "DFTP_USER", "DFTP_PEER", "PWD", "OLDPWD", "SHLVL", "_"})
        self.assertIn(f"DFTP_USER={USER}", environment)
        descriptors = [line for line in rest.splitlines() if "->" in line and " /proc/" not in line]
        self.assertEqual(len(descriptors), 3, rest)
        fields = dict(line.split(":\t", 1) for line in rest.splitlines() if ":\t" in line)
        own = (1 << 31) - 1  # two above belong to the C library
        self.assertEqual((int(fields["SigBlk"], 16), int(fields["SigIgn"], 16) & own, fields["NoNewPrivs"]), (0, 0, "1"))
        if RUN_AS:
            self.assertEqual(fields["Uid"].split(), ["65534"] * 4)
            self.assertEqual(fields["Gid"].split(), ["65534"] * 4)
            self.assertEqual(fields["Groups"].split(), ["65534"])
            self.assertEqual(int(fields["CapEff"], 16), 0)
        self.assertEqual(rest.split()[-2:], ["1024", "0022"])

    # ---- who may run what

    def test_off_unless_configured_and_only_for_whom_it_is_meant(self):
        add_user(self.host.state, "ben", PASSWORD)
        ben = Client(self.host.host, self.host.port, self.host.fingerprint, "ben", PASSWORD)
        self.assertIn("bens", ben.call("commands")["names"])
        names = self.client.run("exec", self.host.url()).stdout.decode().split()
        self.assertEqual(set(names), set(COMMANDS) - {"bens"})
        for name in ("bens", "nothing", "", "/bin/echo", "x" * 10000):
            self.assertIn(b"no such command, or not one that you may run", self.exec(name, expect=OWN_FAILURE).stderr)
        ben.control.stream.close()
        self.host.stop()
        self.host = self.server("--anonymous")
        self.assertIn("this server has no remote commands", self.client.run("exec", self.host.url(), expect=OWN_FAILURE).stderr.decode())
        self.exec("say", "a", "b", expect=OWN_FAILURE)

    def test_anonymous_is_not_everybody(self):
        self.host.stop()
        self.host = self.start(None, RUN_AS, "--anonymous")
        anonymous = self.cli(self.host, password=None)
        self.assertEqual(anonymous.run("exec", self.host.url(user="anonymous")).stdout, b"")

    def test_words_that_do_not_fit(self):
        for words, why in ((("say", "a"), b"takes 2 words, not 1"), (("say", "a", "b", "c"), b"not 3"), (("say", "-n", "b"), b"option"),
                           (("list",), b"takes 1 words or more"), (("list", "x", "-n"), b"option"), (("cat", "/etc/passwd"), b"not 1")):
            with self.subTest(words):
                self.assertIn(why, self.exec(*words, expect=OWN_FAILURE).stderr)
        client = Client(self.host.host, self.host.port, self.host.fingerprint, USER, PASSWORD)
        for arguments, code in ((["a\0b", "c"], "invalid_request"), ([{"b64": "AA=="}, "c"], "invalid_request"),
                                (["x" * 70000, "c"], "too_large"), (["x"] * 300, "too_large"), ("x", "invalid_request")):
            with self.assertRaises(DftpError) as refused:
                client.call("exec", name="say", arguments=arguments)
            self.assertEqual(refused.exception.code, code)
        client.control.stream.close()

    def test_what_cannot_begin_says_why(self):
        self.assertIn(b"/no/such/program", self.exec("gone", expect=OWN_FAILURE).stderr)
        self.assertEqual(self.client.run("--retries", "0", "exec", "dftp://127.0.0.1:1/", "--", "x", expect=OWN_FAILURE).stdout, b"")

    def test_every_call_is_in_the_log(self):
        self.exec("say", "a b", "\x1b[2J")
        self.exec("bens", "word", expect=OWN_FAILURE)
        wait_for(lambda: len(self.log("exec-end")) == 1 and len(self.log("exec")) == 2, what="both in the log")
        allowed, refused = self.log("exec")
        self.assertIn(r'name=say words="\"a b\" \"\\\\x1b[2J\"" status=ok user=anna', allowed)
        self.assertIn("status=denied", refused)
        self.assertRegex(self.log("exec-end")[0], r"name=say status=0 input=0 output=\d+ seconds=\S+ user=anna")

    def test_a_wrong_configuration_is_refused(self):
        self.host.stop()
        for members, why in (({"argv": ["echo"]}, "whole path"), ({}, "either argv or shell"), ({"shell": "/bin/sh", "argv": ["/bin/sh"]}, "either"),
                             ({"shell": "/bin/sh", "users": []}, "users"), ({"shell": "/bin/sh", "users": ["a b"]}, "users"),
                             ({"shell": "/bin/sh", "timeout": 0}, "seconds"), ({"shell": "/bin/sh", "what": 1}, "what"),
                             ({"shell": "/bin/sh", "run-as": "no-such-user"}, "no such user")):
            with self.assertRaisesRegex(AssertionError, why):
                self.start({"x": members})
        if RUN_AS:
            with self.assertRaisesRegex(AssertionError, "run-as must say"):
                self.start({"x": {"shell": "/bin/sh"}}, None)

    # ---- its end

    # Each leaves something behind that would live on: in the background, in a session of its own, deaf to signals.
    LEGACY = "sleep {0} & setsid sleep {0} & (setsid sh -c 'trap \"\" TERM HUP INT; sleep {0}; sleep {0}' >/dev/null 2>&1 </dev/null &) ; "

    def test_what_a_command_leaves_ends_with_it(self):
        done = self.exec("sh", self.LEGACY.format(self.mark) + "echo over", timeout=20)
        self.assertEqual(done.stdout, b"over\n")
        self.assertEqual(running(self.mark), [])

    def start_long(self):
        child = self.client.start("exec", self.host.url(), "--", "sh", self.LEGACY.format(self.mark) + f"echo go; sleep {self.mark}; echo never")
        self.addCleanup(child.communicate)
        self.assertEqual(child.stdout.readline(), b"go\n")
        wait_for(lambda: len(running(self.mark)) >= 5, what="the command with its children")
        return child

    def test_killed_when_the_client_goes(self):
        for how in (signal.SIGKILL, signal.SIGINT):
            child = self.start_long()
            child.send_signal(how)
            self.gone()
            child.wait(20)

    def test_killed_when_the_server_stops_and_when_it_is_killed(self):
        self.host.stop()
        self.host = self.start(None, RUN_AS, "--grace", "0")
        child = self.start_long()
        self.host.stop()
        self.assertEqual(running(self.mark), [])
        self.assertEqual(child.wait(20), OWN_FAILURE)
        self.host.start()
        child = self.start_long()
        self.host.kill()
        self.gone()
        self.assertEqual(child.wait(20), OWN_FAILURE)

    def test_killed_for_its_time(self):
        done = self.exec("quick", self.LEGACY.format(self.mark) + f"echo begun; sleep {self.mark}", expect=OWN_FAILURE, timeout=60)
        self.assertIn(b"longer than the 1 s", done.stderr)
        self.assertEqual(done.stdout, b"begun\n")
        self.assertEqual(running(self.mark), [])

    def test_killed_for_its_output(self):
        done = self.exec("short", f"yes {self.mark}; sleep {self.mark}", expect=OWN_FAILURE)
        self.assertEqual(len(done.stdout), 100000)
        self.assertIn(b"more than the 100000 bytes", done.stderr)
        self.gone()
        self.assertEqual(len(self.exec("short", "yes | head -c 100000; exit 0").stdout), 100000)

    def test_held_to_its_memory(self):
        take = "dd if=/dev/zero of=/dev/null count=1 bs="
        self.exec("small", take + "50M")
        self.assertIn(b"memory exhausted", self.exec("small", take + "300M", expect=1).stderr)
        self.exec("sh", take + "300M")

    def test_held_to_its_processes(self):
        if not RUN_AS:
            self.assertEqual(self.exec("few", "ulimit -u").stdout, b"100000\n")
            return
        # dash ends when it cannot fork.
        many = "; ".join([f"sleep {self.mark} & echo $!"] * 20)
        done = self.exec("few", many, expect=None)
        self.assertIn(b"Cannot fork", done.stderr)
        self.assertTrue(1 <= len(done.stdout.splitlines()) <= 4, done.stdout)
        self.gone()

    def test_no_zombie_stays(self):
        for _ in range(5):
            self.exec("sh", "true & false", expect=1)
        children = pathlib.Path(f"/proc/{self.host.process.pid}/task/{self.host.process.pid}/children")
        left = [pid for pid in running("keep-command") if f"\nPPid:\t{self.host.process.pid}\n" in pathlib.Path(f"/proc/{pid}/status").read_text()]
        self.assertEqual(left, [], children)
        states = subprocess.run(["ps", "--ppid", str(self.host.process.pid), "-o", "stat="], capture_output=True, text=True).stdout
        self.assertNotIn("Z", states)

    def test_a_killed_keeper_does_not_hang_its_run(self):
        child = self.client.start("exec", self.host.url(), "--", "sh", f"echo go; exec sleep {self.mark}")
        self.addCleanup(child.communicate)
        self.assertEqual(child.stdout.readline(), b"go\n")
        keeper = next(pid for pid in running("keep-command")
                      if f"\nPPid:\t{self.host.process.pid}\n" in pathlib.Path(f"/proc/{pid}/status").read_text())
        os.kill(keeper, signal.SIGKILL)
        self.assertEqual(child.wait(20), OWN_FAILURE)
        self.gone()

    # ---- clients that mean harm

    def attached(self, client, **members):
        channel = client.attach(client.call("exec", **members)["tickets"][0])
        self.addCleanup(channel.stream.close)
        return channel

    def stranger(self):
        client = Client(self.host.host, self.host.port, self.host.fingerprint, USER, PASSWORD)
        self.addCleanup(client.control.stream.close)
        return client

    def test_blocks_that_break_the_rules_end_the_command(self):
        client = self.stranger()
        sleep = {"name": "sh", "arguments": [f"sleep {self.mark}"]}
        for wrong, members in ((OUTPUT, {"payload": b"x"}), (INPUT, {"payload": b"not announced"}), (9, {}), (INPUT, {"length": 1 << 30})):
            channel = self.attached(client, **sleep)
            wait_for(lambda: running(self.mark), what="the command")
            channel.send_block(wrong, **members)
            self.gone()
        channel = self.attached(client, input=True, **sleep)
        with contextlib.suppress(OSError):  # past the room there is
            for _ in range(5):
                channel.send_block(INPUT, payload=bytes(65536))
        self.gone()
        channel = self.attached(client, name="cat", input=True)
        channel.send_block(INPUT, payload=b"a")
        channel.send_block(INPUT)
        self.assertEqual([channel.read_block()[::4] for _ in range(2)], [(OUTPUT, b"a"), (ENDED, b'{"status":0}')])

    def test_a_client_that_reads_nothing_costs_bounded_memory(self):
        client = self.stranger()
        channels = [self.attached(client, name="sh", arguments=[f"yes {self.mark}"]) for _ in range(4)]
        wait_for(lambda: len(running(self.mark)) >= 4, what="the commands")
        time.sleep(0.5)
        with open(f"/proc/{self.host.process.pid}/status", encoding="ascii") as status:
            self.assertLess(next(int(line.split()[1]) for line in status if line.startswith("VmRSS")), 120 << 10)
        for channel in channels:
            channel.stream.close()
        self.gone()
        client.call("ping")

    def test_so_many_at_a_time_and_none_that_does_not_attach(self):
        client = self.stranger()
        for _ in range(8):
            client.call("exec", name="cat")
        with self.assertRaises(DftpError) as refused:
            client.call("exec", name="cat")
        self.assertEqual(refused.exception.code, "too_many")
        client.control.stream.close()
        self.exec("say", "a", "b")
        self.assertEqual(self.host.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
