"""Every verb over 100 ms, and with the server gone in between: the right result, or an error soon, and nothing hangs."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import sys
import time
import unittest

import harness
from follow_test import Followed
from terminal import ENTER, TAB, Terminal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from link import Link, why_not  # noqa: E402

RTT = 0.1
NO_CONNECTION, EXEC_FAILED = 3, 125
CONFIG = """
[exec.sh]
shell = "/bin/sh"
users = ["*"]
"""
if os.getuid() == 0:
    CONFIG += 'run-as = "nobody"\n'


def setUpModule():
    reason = why_not()
    if reason:
        raise unittest.SkipTest(f"no link can be made here: {reason}")


def tree(top):
    return {str(path.relative_to(top)): path.read_bytes() for path in pathlib.Path(top).rglob("*") if path.is_file()}


def fill(top):
    for i in range(12):
        path = top / f"{i % 3}/deep/er/{i}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"content %d" % i)


class Case(harness.Case):
    def setUp(self):
        super().setUp()
        self.dir.chmod(0o755)
        self.link = self.enterContext(Link(rtt=RTT))
        (self.dir / "server.toml").write_text(CONFIG)
        with self.link.at_server():
            self.far = self.server("--config", self.dir / "server.toml", listen=f"{self.link.server_address}:0")
        self.client = self.cli(self.far)
        self.here = self.dir / "here"
        self.here.mkdir()

    def run_here(self, *words, **more):
        with self.link.at_client():
            return self.client.run(*words, cwd=self.here, timeout=60, **more)

    def start_here(self, *words, **more):
        with self.link.at_client():
            process = self.client.start(*words, cwd=self.here, **more)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def restart(self):
        """As after a crash: connections end without a word, and the port is the same."""
        self.far.kill()
        with self.link.at_server():
            self.far.start()


class Verbs(Case):
    def test_each_verb(self):
        share, url = self.far.share, self.far.url
        fill(share / "tree")
        (share / "a").write_bytes(b"hello\n")
        fill(self.here / "local")
        (self.here / "one").write_bytes(b"one")
        names = [url(f"/m{i}") for i in range(20)]
        exists = lambda *paths: lambda: self.assertTrue(all(os.path.lexists(share / path) for path in paths))  # noqa: E731
        alike = lambda here, there: lambda: self.assertEqual(tree(self.here / here), tree(share / there))  # noqa: E731
        rows = [
            # words, what standard output must hold, what must be true then
            (["touch", *names], b"", exists("m0", "m19")),
            (["ls", url()], b"a\nm0\n", None),
            (["ls", url("/tree/0"), url("/tree/1")], b"/tree/1:\ndeep\n", None),
            (["stat", *names], b"/m19\n  type       file", None),
            (["md5", url("/a")], b"b1946ac92492d2347c6235b4d2611184  a", None),
            (["cat", url("/a"), url("/a")], b"hello\nhello\n", None),
            (["chmod", "600", *names], b"", lambda: self.assertEqual((share / "m7").stat().st_mode & 0o777, 0o600)),
            (["rm", *names], b"", lambda: self.assertFalse((share / "m3").exists())),
            (["mkdir", "-p", url("/x/y/z")], b"", exists("x/y/z")),
            (["ln", "-s", "a", url("/l")], b"", exists("l")),
            (["df", url()], b"available", None),
            (["get", "-r", url("/tree"), "got"], b"", alike("got", "tree")),
            (["put", "-r", "local", url("/sent")], b"", alike("local", "sent")),
            (["put", "--job", "1", "--receipt", "receipt", "one", url("/jobbed")], b"", exists("jobbed")),
            (["put", "--job", "1", "one", url("/jobbed")], b"", None),
            (["verify", "receipt"], b"OK", None),
            (["sync", "local", url("/synced")], b"", alike("local", "synced")),
            (["sync", url("/synced"), "back"], b"", alike("back", "synced")),
            (["sync", "-n", "local", url("/synced")], b"", None),
            (["find", "--name", "1*", url("/tree")], b"/tree/1/deep/er/10\n", None),
            (["du", "-s", url("/tree")], b"/tree\n", None),
            (["diff", "-r", "local", url("/tree")], b"", None),
            (["cp", "-r", url("/tree"), url("/copy")], b"", alike("local", "copy")),
            (["mv", url("/copy/0"), url("/copy/1"), url("/x")], b"", exists("x/0", "x/1")),
            (["rm", "-r", url("/x"), url("/copy")], b"", lambda: self.assertFalse((share / "x").exists())),
            (["tail", url("/a")], b"hello\n", None),
            (["echo", url(), "hi"], b"hi\n", None),
            (["say", url(), "hi"], b"", None),
            (["who", url()], b" * ", None),
            (["exec", url()], b"sh\n", None),
            (["exec", url(), "--", "sh", "echo out"], b"out\n", None),
            (["--timeout=1", "discover"], b"", None),  # no broadcast crosses a router
            (["-c", "cd tree/0; mget deep/er/*; mput one; -rm one; pwd", url()], b"/tree/0\n",
             lambda: self.assertEqual((self.here / "3").read_bytes(), b"content 3")),
        ]
        for words, output, check in rows:
            with self.subTest(" ".join(map(str, words))[:60]):
                done = self.run_here(*words)
                self.assertIn(output, done.stdout, done.stderr)
                if check:
                    check()

    def test_what_goes_in_and_out_of_a_command(self):
        data = os.urandom(3_000_000)
        done = self.run_here("exec", "-i", self.far.url(), "--", "sh", "cat; echo done >&2; exit 3", input=data, expect=3)
        self.assertEqual((done.stdout, done.stderr), (data, b"done\n"))

    def test_the_doctor_finds_nothing_failed(self):
        checks = json.loads(self.run_here("--json", "doctor", self.far.url()).stdout.splitlines()[-1])["entries"]
        self.assertEqual({check["verdict"] for check in checks} - {"ok", "slow"}, set(), checks)
        self.assertEqual([path.name for path in self.far.share.iterdir() if "doctor" in path.name], [])

    def test_a_server_that_comes_later(self):
        self.far.stop()
        process = self.start_here("--wait=30", "echo", self.far.url(), "there")
        time.sleep(0.5)
        with self.link.at_server():
            self.far.start()
        output, errors = process.communicate(timeout=30)
        self.assertEqual((process.returncode, output), (0, b"there\n"), errors)
        self.assertIn(b"aiting for it", errors)


class Cut(Case):
    def test_every_verb_that_waits_for_an_answer_ends(self):
        """The server takes the requests and answers nothing; then it is killed."""
        (self.far.share / "a").write_bytes(b"hello\n")
        (self.here / "one").write_bytes(b"one")
        # Each session waits in the open of `go`, which costs nothing.
        os.mkfifo(self.here / "go")
        (self.here / "hold").write_text("touch ready.$$; read line < go")
        lines = ["ls", "stat a", "md5 a", "cat a", "mkdir d", "rm -r a", "mv a b", "cp a b", "touch a", "ln -s a l", "chmod 600 a",
                 "find", "du", "df", "diff one a", "tail a", "tail -f a", "watch", "echo hi", "who", "say hi", "get a got",
                 "mget a*", "put one", "put --job 1 one", "sync here :there", "verify receipt", "exec", "exec -- sh 'sleep 100'", "doctor"]
        (self.here / "here").mkdir()
        shutil.copy(self.receipt(), self.here / "receipt")
        running = [self.start_here("--retries", "0", "-c", f"!sh hold\n{line}", self.far.url()) for line in lines]
        harness.wait_for(lambda: len(list(self.here.glob("ready.*"))) == len(lines), what="sessions")
        self.far.process.send_signal(signal.SIGSTOP)
        go = os.open(self.here / "go", os.O_RDWR)
        self.addCleanup(os.close, go)
        os.write(go, b"\n" * len(lines))
        time.sleep(0.5)
        self.far.kill()
        for line, process in zip(lines, running):
            with self.subTest(line):
                _, errors = process.communicate(timeout=20)
                self.assertEqual(process.returncode, NO_CONNECTION, errors)
                self.assertRegex(errors, rb"dftp-cli: .*\n")
        self.assertEqual([path.name for path in self.far.share.iterdir()], ["a"])

    def receipt(self):
        path = self.dir / "receipt"
        path.write_text(json.dumps({"url": self.far.url("/a"), "path": "/a", "size": 6, "version": "v", "root": "0" * 32, "time": 1,
                                    "md5": "b1946ac92492d2347c6235b4d2611184", "durable": True}))
        return path

    def test_what_moves_files_goes_on(self):
        big = 8_000_000
        harness.make_file(self.far.share / "from/big", big, seed=1)
        harness.make_file(self.here / "to/big", big, seed=2)
        (self.here / "jobbed").symlink_to("to/big")
        rows = [["get", self.far.url("/from/big"), "got"], ["put", "to/big", self.far.url("/put")],
                ["put", "--job", "1", "jobbed", self.far.url("/job")],
                ["sync", "to", self.far.url("/synced")], ["sync", self.far.url("/from"), "synced"],
                ["-c", "cd from; mget b*", self.far.url()]]
        running = [self.start_here("--json", "--limit-rate", "1M", *words) for words in rows]
        harness.wait_for(lambda: len(harness.grown(self.dir, 1_000_000)) == len(rows), what="transfers under way")
        self.restart()
        for words, process in zip(rows, running):
            with self.subTest(words[0]):
                output, errors = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 0, errors)
                self.assertIn(b"trying again", errors)
                self.assertGreater(json.loads(output.splitlines()[-1])["resumed"], 0)
        for copy in (self.here / "got", self.here / "big", self.here / "synced/big"):
            self.assertTrue(harness.same(self.far.share / "from/big", copy), copy)
        for copy in ("put", "job", "synced/big"):
            self.assertTrue(harness.same(self.here / "to/big", self.far.share / copy), copy)

    def test_from_server_to_server(self):
        with self.link.at_client():
            near = harness.Server(self.dir / "near", self.dir / "near-state", "--fetch-from", f"10.99.0.0/24:{self.far.port}",
                                listen=f"{self.link.client_address}:0")
        self.addCleanup(near.__exit__)
        harness.make_file(self.far.share / "big", 200_000_000)
        self.client.options = []
        for server in (self.far, near):
            self.run_here("--fingerprint", server.fingerprint, "ls", server.url())
        process = self.start_here("--json", "cp", self.far.url("/big"), near.url("/"))
        harness.wait_for(lambda: harness.grown(near.share, 10_000_000), what="some of it")
        self.restart()
        output, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, errors)
        self.assertFalse(json.loads(output.splitlines()[-1])["through_here"], errors)
        self.assertTrue(harness.same(self.far.share / "big", near.share / "big"))

    def test_what_is_pushed_goes_on(self):
        log = self.far.share / "log"
        log.write_bytes(b"1\n")
        tail = Followed(self.start_here("tail", "-f", self.far.url("/log")))
        watch = Followed(self.start_here("watch", self.far.url()))
        tail.wait_for(b"1\n")
        watch.wait_for(b"watching")
        self.restart()
        with open(log, "ab") as file:
            file.write(b"2\n")
        tail.wait_for(b"2\n")
        watch.wait_for(b"some changes are lost here")
        (self.far.share / "new").touch()
        watch.wait_for(b"made        /new")
        self.assertEqual((tail.interrupt(), tail.out), (0, b"1\n2\n"))
        self.assertEqual(watch.interrupt(), 0)

    def test_a_session(self):
        harness.make_file(self.here / "big", 10_000_000)
        (self.far.share / "work/目录").mkdir(parents=True)
        (self.far.share / "work/目录/file").write_bytes(b"content")
        with self.link.at_client():
            terminal = Terminal([harness.BIN / "dftp-cli", *self.client.options, "--limit-rate", "4M", self.far.url("/work")],
                                self.client.env, cwd=self.here)
        with terminal:
            terminal.wait_prompt()
            terminal.command("put big &")
            harness.wait_for(lambda: harness.partials(self.far.share), what="the job's upload")
            self.restart()
            terminal.wait("trying again")
            terminal.type("stat 目" + TAB)
            terminal.wait(lambda lines: lines[-1].endswith("/work> stat 目录/"))
            terminal.type("file" + ENTER)
            terminal.wait("7 (7 B)")
            terminal.command("wait", seconds=40)
        self.assertTrue(harness.same(self.here / "big", self.far.share / "work/big"))

    def test_silence_while_it_connects(self):
        self.link.down()
        self.run_here("--retries", "0", "--connect-timeout", "2", "ls", self.far.url(), expect=NO_CONNECTION)

    def test_a_link_that_is_down_for_a_moment_delays_and_no_more(self):
        fill(self.far.share / "tree")
        running = [self.start_here(*words) for words in (["find", self.far.url()], ["du", self.far.url()], ["echo", self.far.url(), "hi"],
                                                         ["sync", self.far.url("/tree"), "tree"],
                                                         ["exec", self.far.url(), "--", "sh", "sleep 1; echo out"])]
        time.sleep(3 * RTT)
        self.link.down()
        time.sleep(1)
        self.link.up()
        for process in running:
            _, errors = process.communicate(timeout=30)
            self.assertEqual(process.returncode, 0, errors)
        self.assertEqual(tree(self.here / "tree"), tree(self.far.share / "tree"))


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
