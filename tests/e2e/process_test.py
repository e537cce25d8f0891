"""The three programs as processes: their words, their standard descriptors, what they print, and their exit codes."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import unittest

from harness import BIN, PASSWORD, USER, Case, Server, make_file, wait_for
from terminal import CTRL_D, Terminal

OK, SOME, USAGE, NO_CONNECTION, IDENTITY, LOGIN, NOT_FOUND, DENIED, NO_SPACE, CHANGED, EXISTS = 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11
MAN = pathlib.Path(__file__).resolve().parents[2] / "docs/man/dftp-cli.1"


class ProcessCase(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = self.cli(self.host)
        self.here = self.dir / "here"
        make_file(self.here / "file", 10)

    def shell(self, line, **more):
        """A line of sh, in which "$CLI" is dftp-cli with its options and "$URL" the server's."""
        env = self.client.env | {"CLI": str(BIN / "dftp-cli"), "FP": self.host.fingerprint, "URL": self.host.url(), "SERVER": str(BIN / "dftp-server"),
                                 "MOUNT": str(BIN / "dftp-mount"), "STATE": str(self.host.state)}
        return subprocess.run(["sh", "-c", line.replace("$CLI", '"$CLI" --fingerprint "$FP"')], env=env, cwd=self.here, capture_output=True,
                              timeout=60, start_new_session=True, **more)


class EmptyWords(ProcessCase):
    """An unset variable in a script: a mistake in the call, never the directory here or no option at all."""

    def test_operands(self):
        url = self.host.url
        for words in (["sync", "", url("/x")], ["sync", url("/"), ""], ["put", "-r", "", url("/x")], ["put", "", url("/x")], ["put", "file", ""],
                      ["put", "file", "", url("/x")], ["get", "", "file"], ["get", url("/x"), ""], ["get", "-r", url("/"), ""], ["ls", ""],
                      ["rm", "-r", url("/x"), ""], ["mkdir", ""], ["mv", "", url("/x")], ["cp", url("/x"), ""], ["ln", "-s", "", url("/x")],
                      ["chmod", "", url("/x")], ["diff", "", url("/x")], ["diff", "-r", "", url("/")], ["verify", ""], ["who", ""], ["echo", "", "x"],
                      ["help", ""], [""], ["", url("/")], ["-c", "", url("/")], ["-c", "ls", ""], ["tail", ""], ["find", ""], ["exec", "", "--", "x"]):
            done = self.client.run(*words, expect=USAGE, cwd=self.here)
            self.assertRegex(done.stderr, rb"^dftp-cli: ", words)
        self.assertEqual(os.listdir(self.host.share), [])
        self.assertEqual(os.listdir(self.here), ["file"])

    def test_in_a_session(self):
        for line in ("put ''", "put file ''", "get ''", "lcd ''", "cd ''", "sync '' :x", "sync . ''", "lmkdir ''", "lls ''", "rm -r ''", "put -r \"\" x", "''"):
            for words, text in ((["-c", line], None), ([], line.encode() + b"\n")):
                self.client.run(*words, self.host.url(), input=text, expect=USAGE, cwd=self.here)
        self.assertEqual(os.listdir(self.host.share), [])
        self.assertEqual(os.listdir(self.here), ["file"])

    def test_values_of_options(self):
        for option in ("--password-file", "--key", "--ca", "--fingerprint", "--log", "--retries", "--timeout", "--limit-rate", "--connect-timeout"):
            for words in ([option, ""], [option + "="]):
                done = self.client.run(*words, "ls", self.host.url(), expect=USAGE)
                self.assertIn(option.encode(), done.stderr)
        for words in (["-f", ""], ["--script="]):
            self.client.run(*words, self.host.url(), expect=USAGE)
        for option in ("--exclude", "--include", "--exclude-from"):
            self.client.run("sync", option, "", ".", self.host.url("/x"), expect=USAGE, cwd=self.here)
        self.assertEqual(os.listdir(self.host.share), [])

    def test_the_other_programs(self):
        state = self.host.state
        for words in (["dftp-server", ""], ["dftp-server", self.here, "--state", ""], ["dftp-server", self.here, "--listen="],
                      ["dftp-server", "user", "add", "", "--state", state], ["dftp-server", "user", "list", "--state", ""],
                      ["dftp-server", "say", "", "--state", state], ["dftp-mount", "", self.here], ["dftp-mount", self.host.url(), ""],
                      ["dftp-mount", self.host.url(), self.here, "-o", "password_file="], ["dftp-mount", self.host.url(), self.here, "--key", ""],
                      ["dftp-mount", "--status", ""]):
            done = subprocess.run([BIN / words[0], *map(str, words[1:])], capture_output=True, stdin=subprocess.DEVNULL, cwd=self.here, timeout=30,
                                  env=self.client.env)
            self.assertIn(done.returncode, (1, 2), words)
            self.assertRegex(done.stderr, rb"^dftp-(server|mount): ", words)


class Descriptors(ProcessCase):
    """Standard descriptors that are closed are taken by nothing else, and using them fails."""

    def test_closed_input(self):
        for line in ('$CLI "$URL" <&-', '$CLI -f - "$URL" <&-', '$CLI put - "$URL"x <&-'):
            done = self.shell(line)
            self.assertNotEqual(done.returncode, 0, line)
            self.assertIn(b"standard input" if "put" not in line else b"dftp-cli: ", done.stderr, line)
        self.assertEqual(self.shell('$CLI put file "$URL" <&-').returncode, 0)

    def test_closed_output(self):
        for line in ('$CLI ls "$URL" >&-', '$CLI --log log ls "$URL" >&-', "$CLI --version >&-", "$CLI --help >&-", '$CLI --json ls "$URL" >&-',
                     '$CLI cat "$URL"file >&-', '"$SERVER" --version >&-', '"$SERVER" user list --state "$STATE" >&-', '"$MOUNT" --help >&-'):
            make_file(self.host.share / "file", 10)
            done = self.shell(line)
            self.assertNotEqual(done.returncode, 0, line)
            self.assertTrue(done.stderr, line)
        self.assertNotIn("\nfile\n", (self.here / "log").read_text())

    def test_all_of_them_closed(self):
        self.assertEqual(self.shell('$CLI put file "$URL" <&- >&- 2>&-').returncode, 0)
        self.assertEqual((self.host.share / "file").read_bytes(), (self.here / "file").read_bytes())
        self.assertEqual(self.shell('$CLI get "$URL"file copy <&- >&- 2>&-').returncode, 0)
        self.assertEqual((self.here / "copy").read_bytes(), (self.here / "file").read_bytes())


class Output(ProcessCase):
    """What cannot be printed is said; a reader that has gone is not."""

    def test_a_full_disk(self):
        make_file(self.host.share / "file", 10)
        for line in ('$CLI ls "$URL"', '$CLI --json ls "$URL"', "$CLI --version", "$CLI --help", "$CLI help ls", '$CLI cat "$URL"file',
                     '$CLI -c "ls; pwd" "$URL"', "$CLI completions bash", '$CLI get "$URL"file -', '$CLI stat "$URL"file'):
            done = self.shell(line + " > /dev/full")
            self.assertEqual(done.returncode, NO_SPACE, (line, done.stderr))
            self.assertIn(b"No space", done.stderr, line)
        for line in ('"$SERVER" --version', '"$SERVER" --help', '"$SERVER" user list --state "$STATE"', '"$SERVER" sessions --state "$STATE"',
                     '"$SERVER" completions bash', '"$SERVER" user --help', '"$MOUNT" --version', '"$MOUNT" --help', '"$MOUNT" --completions bash'):
            done = self.shell(line + " > /dev/full")
            self.assertNotEqual(done.returncode, 0, line)
            self.assertIn(b"No space", done.stderr, line)

    def test_a_log_on_a_full_disk(self):
        done = self.shell('$CLI --log /dev/full put file "$URL"')
        self.assertEqual(done.returncode, NO_SPACE)
        self.assertIn(b"/dev/full: cannot write the log", done.stderr)
        self.assertTrue((self.host.share / "file").exists())

    def test_a_reader_that_has_gone(self):
        (self.host.share / "big").write_bytes(b"line\n" * 400_000)
        for name in range(1000):  # more than a pipe holds
            (self.host.share / f"{name}-{'x' * 200}").touch()
        for line in ('$CLI cat "$URL"big', '$CLI get "$URL"big -', '$CLI ls "$URL"', '$CLI --json ls "$URL"', '$CLI find "$URL"', "$CLI --help",
                     '$CLI cat "$URL"big "$URL"big', '$CLI -c "ls; ls; ls" "$URL"', '"$SERVER" --help', '"$MOUNT" --help'):
            # The code is looked at before the pipe is: by a reader that has gone from the beginning, too.
            done = self.shell(f"({line}; echo $? >&3) 3>code | head -c 5; exit 0")
            self.assertEqual(done.stderr, b"", line)
            code = int((self.here / "code").read_text())
            if "CLI" in line and "help" not in line:
                self.assertEqual(code, NO_CONNECTION, line)

    def test_escape_sequences_reach_no_terminal(self):
        try:
            os.setxattr(self.here, "user.dftp.status", b"\x1b]0;TITLE\x07")
        except OSError:
            self.skipTest("no user attributes here")
        done = self.shell('"$MOUNT" --status .')
        self.assertNotIn(b"\x1b", done.stdout + done.stderr)
        self.assertNotEqual(done.returncode, 0)


class ExitCodes(ProcessCase):
    """Each number of the table in the man page is what comes."""

    def documented(self):
        table = MAN.read_text().partition(".Sh EXIT STATUS")[2].partition(".El")[0]
        return {int(number) for number in re.findall(r"(?m)^\.It (\d+)$", table)}

    def test_the_table(self):
        make_file(self.host.share / "file", 10)
        os.mkdir(self.host.share / "directory")
        url, client = self.host.url, self.client
        seen = {0, 9}  # 9: integrity_test.py
        seen.add(client.run("ls", url(), expect=OK).returncode)
        for code, words in ((SOME, ["rm", url("/missing"), url("/missing2")]), (SOME, ["cat", url("/directory")]), (USAGE, ["frobnicate"]),
                            (NOT_FOUND, ["cat", url("/missing")]), (EXISTS, ["put", "--no-clobber", self.here / "file", url("/file")]),
                            (CHANGED, ["get", "--if-version", "none", url("/file"), self.here / "x"]), (DENIED, ["rm", "-r", url("/")]),
                            (125, ["exec", url("/"), "--", "missing"])):
            client.run(*words, expect=code)
            seen.add(code)
        self.cli(self.host, password="wrong").run("ls", url(), expect=LOGIN)
        stranger = self.cli()
        stranger.env["HOME"] = str(self.dir / "stranger")
        stranger.run("ls", url(), expect=IDENTITY)
        self.assertEqual(self.shell('$CLI ls "$URL" > /dev/full').returncode, NO_SPACE)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            client.run("--timeout", 1, "ls", f"dftp://127.0.0.1:{port}/", expect=NO_CONNECTION)
            silent.accept()[0].close()
            for number in (signal.SIGINT, signal.SIGTERM):
                waiting = client.start("ls", f"dftp://127.0.0.1:{port}/")
                silent.accept()
                waiting.send_signal(number)
                waiting.communicate(timeout=30)
                self.assertEqual(waiting.returncode, 128 + number)
                seen.add(128 + number)
        client.run("--retries", 0, "ls", f"dftp://127.0.0.1:{port}/", expect=NO_CONNECTION)
        self.assertEqual(self.documented() - seen, {NO_CONNECTION, IDENTITY, LOGIN, NO_SPACE})

    def test_a_file_of_an_option_that_cannot_be_used(self):
        put = ["put", self.here / "file", self.host.url("/x")]
        for words in (["--password-file", "no/x", "ls", self.host.url()], ["--key", "no/x", "ls", self.host.url()], ["-f", "no/x", self.host.url()],
                      ["--log", "no/x", "ls", self.host.url()], ["-f", ".", self.host.url()], ["--log", ".", "ls", self.host.url()],
                      ["sync", "--exclude-from", "no/x", ".", self.host.url("/x")], ["sync", "--exclude-from", ".", ".", self.host.url("/x")],
                      [*put, "--receipt", "no/x"], [*put, "--receipt", "."]):
            self.client.run(*words, expect=USAGE, cwd=self.here)
        self.cli().run("--ca", "no/x", "ls", self.host.url(), expect=USAGE, cwd=self.here)
        self.assertEqual(os.listdir(self.host.share), [])


class Hints(ProcessCase):
    def test_none_destroys_more_than_was_asked_for(self):
        for name in ("src", "to/src/f"):
            make_file(self.host.share / name / "x", 1)
        url = self.host.url
        for words in (["mv", url("/src"), url("/to")], ["mkdir", url("/src")], ["mv", "-n", url("/src/x"), url("/to/src/f/x")],
                      ["put", "--no-clobber", self.here / "file", url("/src/x")], ["put", self.here / "file", url("/src/x/y")],
                      ["ln", "-s", "x", url("/src")], ["cp", "-n", url("/src/x"), url("/to/src/f/x")], ["rm", url("/src")]):
            said = self.client.run(*words, expect=None).stderr.decode()
            hint = said.rpartition("; ")[2]
            self.assertTrue(said, words)
            for harm in ("rm -r", "replace", "overwrite"):
                self.assertNotIn(harm, hint, words)


class Listings(ProcessCase):
    """Of several things, as ls(1) has it."""

    def test_files_first_and_directories_with_headings(self):
        for name in ("B", "A", "d/x", "e/y", ".h"):
            make_file(self.host.share / name, 3)
            make_file(self.here / name, 3)
        def ls(*names, options=()):
            return self.client.run("ls", *options, *[self.host.url("/" + name) for name in names]).stdout.decode()
        self.assertEqual(ls("B", "A"), "A\nB\n")
        self.assertEqual(ls("d"), "x\n")
        self.assertEqual(ls("e", "B", "d/x", "d", ".h", options=["-r"]).splitlines()[:3], ["d/x", "B", ".h"])
        self.assertRegex(ls("e", "B", "d"), r"^B\n\n\S*e:\ny\n\n\S*d:\nx\n$")
        for verb in ("ls", "lls"):
            done = self.client.run("-c", f"{verb} e B d A; {verb} B A; {verb} d", self.host.url(), cwd=self.here)
            self.assertEqual(done.stdout, b"A\nB\n\ne:\ny\n\nd:\nx\n" + b"A\nB\n" + b"x\n", verb)
        done = self.client.run("ls", self.host.url("/A"), self.host.url("/missing"), self.host.url("/d"), expect=SOME)
        self.assertRegex(done.stdout, rb"^A\n\n\S*d:\nx\n$")
        result = self.client.result("ls", self.host.url("/A"), self.host.url("/d"))
        self.assertEqual([(entry["name"], entry["directory"]) for entry in result["entries"]], [("A", "/"), ("x", "/d")])


class Retries(Case):
    """A server that comes up a little later is waited for, whatever the verb."""

    def test_every_verb_waits(self):
        server = self.server()
        make_file(self.dir / "d/f", 10)
        make_file(server.share / "g", 10)
        client = self.cli(server)
        calls = (["put", self.dir / "d/f", server.url("/")], ["sync", self.dir / "d", server.url("/t")], ["ls", server.url("/")],
                 ["-c", "mkdir m", server.url("/")], ["cp", server.url("/g"), server.url("/h")], ["echo", server.url("/"), "x"],
                 ["diff", "-r", self.dir / "d", server.url("/")], ["rm", server.url("/g")])
        for words in calls:
            server.kill()
            running = client.start(*words)
            said = running.stderr.readline()
            self.assertIn(b"rying again in", said, words)
            server.start()
            _, more = running.communicate(timeout=60)
            self.assertEqual(running.returncode, 1 if words[0] == "diff" else 0, (words, more))
        server.kill()
        self.assertNotIn(b"again", client.run("--retries", 0, "ls", server.url(), expect=NO_CONNECTION).stderr)
        running = client.start(server.url("/"), stdin=subprocess.PIPE)
        self.assertIn(b"rying again in", running.stderr.readline())
        server.start()
        running.communicate(b"mkdir piped\n", timeout=60)
        self.assertTrue((server.share / "piped").is_dir())


class JustAccepted(Case):
    """$DFTP_PASSWORD is for no server in particular: not for one that nobody has looked at."""

    def test_without_a_terminal(self):
        host, client = self.server(), self.cli()
        failed = client.run("--accept-new", "ls", host.url(), expect=LOGIN).stderr.decode()
        for words in ("$DFTP_PASSWORD", host.fingerprint, "--fingerprint"):
            self.assertIn(words, failed)
        self.assertNotIn(PASSWORD, failed)
        client.run("ls", host.url())
        file = self.dir / "password"
        file.write_text(PASSWORD)
        file.chmod(0o600)
        other = self.cli(password=None)
        other.env["HOME"] = str(self.dir / "other")
        other.run("--accept-new", "--password-file", file, "ls", host.url())

    def test_at_a_terminal_it_is_asked_for(self):
        host, client = self.server(), self.cli()
        with Terminal([BIN / "dftp-cli", "ls", host.url()], client.env, columns=160) as terminal:
            terminal.wait("(yes/no)")
            terminal.type("yes\r")
            terminal.wait("Password for anna")
            terminal.type(PASSWORD + "\r")
            self.assertEqual(terminal.ended(), 0)


class Stopped(Case):
    """Ctrl-Z and fg: the line editor has the terminal again, and a transfer goes on."""

    def test_the_line_editor(self):
        host = self.server()
        client = self.cli(host)
        words = " ".join(map(str, [BIN / "dftp-cli", *client.options, host.url()]))
        with Terminal(["bash", "--norc", "--noprofile", "-i"], client.env | {"PS1": "shell$ "}, columns=120, cwd=client.home) as terminal:
            terminal.wait_prompt("shell$ ")
            terminal.type(words + "\r")
            terminal.wait_prompt(":/> ")
            for number in range(2):
                terminal.type("touch half")
                terminal.wait(lambda lines: lines[-1].endswith("> touch half"))
                terminal.type("\x1a")
                terminal.wait_prompt("shell$ ")
                terminal.type(f"echo in''between{number}; stty -a | grep -o ' echo '\r")
                terminal.wait(f"\ninbetween{number}\n echo")
                terminal.wait_prompt("shell$ ")
                terminal.type("fg\r")
                terminal.wait(lambda lines: lines[-1].endswith("> touch half"))
                terminal.type(f"way{number}x\x7f\r")  # edited, and not seen twice
                terminal.wait_prompt(":/> ")
                self.assertEqual(sorted(os.listdir(host.share)), [f"halfway{k}" for k in range(number + 1)])
            terminal.type(CTRL_D)
            terminal.wait_prompt("shell$ ")

    def test_a_transfer(self):
        host = self.server()
        source = make_file(self.dir / "big", 3_000_000)
        running = self.cli(host).start("--limit-rate", "2M", "put", source, host.url("/"))
        wait_for(lambda: any(host.share.iterdir()), what="the first bytes")
        running.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        running.send_signal(signal.SIGCONT)
        _, said = running.communicate(timeout=60)
        self.assertEqual(running.returncode, 0, said)
        self.assertEqual((host.share / "big").read_bytes(), source.read_bytes())


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
