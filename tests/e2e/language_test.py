"""One language: a line means the same typed at a terminal, with -c, in a file and on standard input. And the files that people write."""
import os
import unittest

from harness import BIN, PASSWORD, Case, Server, add_user, make_file
from terminal import Terminal

USAGE, NOT_FOUND = 2, 6


class LanguageCase(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = self.cli(self.host)

    def there(self):
        return sorted(str(path.relative_to(self.host.share)) for path in self.host.share.rglob("*"))

    def empty(self):
        for name in reversed(self.there()):
            path = self.host.share / name
            path.rmdir() if path.is_dir() else path.unlink()

    # Each gives the exit code, None where a terminal has none.
    def with_c(self, line):
        return self.client.run("-c", line, self.host.url(), expect=None, cwd=self.client.home)

    def in_a_file(self, line):
        script = self.dir / "script"
        script.write_text(line + "\n")
        return self.client.run("-f", script, self.host.url(), expect=None, cwd=self.client.home)

    def on_standard_input(self, line):
        return self.client.run(self.host.url(), input=line.encode() + b"\n", expect=None, cwd=self.client.home)

    def script_on_standard_input(self, line):
        return self.client.run("-f", "-", self.host.url(), input=line.encode() + b"\n", expect=None, cwd=self.client.home)

    def at_a_terminal(self, line):
        with Terminal([BIN / "dftp-cli", *self.client.options, self.host.url()], self.client.env, cwd=self.client.home, columns=160) as terminal:
            terminal.wait_prompt()
            terminal.command(line)

    def everywhere(self, line):
        """What each way of giving the line leaves on the server, and the exit codes of those that have one."""
        left, codes = [], []
        for way in (self.with_c, self.in_a_file, self.on_standard_input, self.script_on_standard_input, self.at_a_terminal):
            done = way(line)
            left.append(self.there())
            if done is not None:
                codes.append(done.returncode)
            self.empty()
        return left, codes

    def check(self, line, left, code):
        seen, codes = self.everywhere(line)
        self.assertEqual(seen, [left] * 5, line)
        self.assertEqual(codes, [code] * 4, line)


class Language(LanguageCase):
    def test_a_semicolon_separates_unless_it_is_quoted(self):
        self.check("touch a; mkdir d;cd d ; touch b; rm b", ["a", "d"], 0)
        self.check("touch 'a;b' c\\;d \"e;f\"", ["a;b", "c;d", "e;f"], 0)

    def test_a_comment_ends_the_line(self):
        self.check("touch a # b; touch c", ["a"], 0)
        self.check("touch a#b '#c' ;# touch d", ["#c", "a#b"], 0)

    def test_the_first_that_fails_ends_the_line_unless_it_may(self):
        self.check("cd missing; touch a", [], NOT_FOUND)
        self.check("-cd missing; touch a", ["a"], 0)

    def test_a_line_with_a_wrong_command_does_nothing(self):
        self.check("touch a; frobnicate", [], USAGE)
        self.check("touch a; touch 'b", [], USAGE)

    def test_the_shells_operators_are_refused(self):
        for line in ("touch a && touch b", "touch a || touch b", "touch a | cat", "touch a > b", "touch <a", "touch a>>b", "touch a&"):
            self.check(line, [], USAGE)
        for operator in ("&&", "|", ">"):
            said = self.with_c(f"ls {operator} x").stderr.decode()
            self.assertIn(f"dftp-cli: -c:1: {operator}: ", said)
            self.assertIn("quote", said)
        self.check("touch 'a && b' \"c|d\" \\> R&D", [">", "R&D", "a && b", "c|d"], 0)

    def test_what_stands_behind_an_exclamation_mark_is_the_shells(self):
        for way in (self.with_c, self.in_a_file, self.on_standard_input, self.script_on_standard_input, self.at_a_terminal):
            way("touch a; !echo 'x;y' | tr x z > made; echo more >> made")
            self.assertEqual((self.client.home / "made").read_text(), "z;y\nmore\n")
            self.assertEqual(self.there(), ["a"])
            (self.client.home / "made").unlink()
            self.empty()

    def test_a_tilde_is_the_home_directory(self):
        make_file(self.client.home / "scans/my page", 10)
        os.mkdir(self.client.home / "elsewhere")
        self.check("lcd elsewhere; put ~/scans/my\\ page; put ~/scans/* two; put -r ~/scans", ["my page", "scans", "scans/my page", "two"], 0)
        self.check("put ~no-such-user/x", [], USAGE)
        self.check("touch '~' '~x'; put '~/scans/my page'", ["~", "~x"], NOT_FOUND)
        (self.client.home / "patterns").write_text("my*\n")
        self.check("lcd elsewhere; sync --exclude-from ~/patterns ~/scans :s; sync --exclude-from=~/patterns ~/scans :s", ["s"], 0)

    def test_a_tilde_is_completed(self):
        make_file(self.client.home / "scans/my page", 10)
        with Terminal([BIN / "dftp-cli", *self.client.options, self.host.url()], self.client.env, cwd="/") as terminal:
            terminal.wait_prompt()
            terminal.type("ls; put ~/sc\t")
            terminal.wait(lambda lines: lines[-1].endswith("put ~/scans/"))
            terminal.type("m\t")
            terminal.wait(lambda lines: lines[-1].endswith("put ~/scans/my\\ page"))
            terminal.type("\r")
            terminal.wait_prompt()
        self.assertEqual(self.there(), ["my page"])


class Files(LanguageCase):
    """What editors make of a file: understood, or refused with its line, and nothing done."""

    def test_scripts(self):
        script = self.dir / "script"
        for content in (b"\xef\xbb\xbftouch a\ntouch b\n", b"touch a\r\ntouch b\r\n", b"touch a \t\ntouch b", b"touch a\n\xef\xbb\xbftouch b\r\n"):
            script.write_bytes(content)
            self.client.run("-f", script, self.host.url())
            self.assertEqual(self.there(), ["a", "b"], content)
            self.empty()
            for words in (["-f", "-"], []):
                self.client.run(*words, self.host.url(), input=content)
                self.assertEqual(self.there(), ["a", "b"], content)
                self.empty()
        for content, line in (("touch a\n".encode("utf-16"), 1), ("touch a\n".encode("utf-16-le"), 1), (b"touch a\ntouch b\0c\n", 2),
                              (b"touch a\rtouch b\n", 1)):
            script.write_bytes(content)
            failed = self.client.run("-f", script, self.host.url(), expect=USAGE)
            self.assertIn(f"{script}:{line}: ".encode(), failed.stderr)
            failed = self.client.run("-f", "-", self.host.url(), input=content, expect=USAGE)
            self.assertIn(f"standard input:{line}: ".encode(), failed.stderr)
            self.assertEqual(self.there(), [])
            failed = self.client.run(self.host.url(), input=content, expect=USAGE)
            self.assertIn(f"standard input:{line}: ".encode(), failed.stderr)
            self.empty()

    def test_password_files(self):
        client = self.cli(self.host, password=None)
        file = self.dir / "password"
        secret = PASSWORD.encode()
        for content in (secret, secret + b"\r\n", b"\xef\xbb\xbf" + secret + b"\nmore\n"):
            file.write_bytes(content)
            client.run("--password-file", file, "ls", self.host.url())
        for content in (PASSWORD.encode("utf-16"), secret + b"\0\n"):
            file.write_bytes(content)
            self.assertIn(f"{file}:1: ".encode(), client.run("--password-file", file, "ls", self.host.url(), expect=USAGE).stderr)
        file.write_bytes(secret + b" \n")
        self.assertIn(f"{file}:1: ".encode(), client.run("--password-file", file, "ls", self.host.url(), expect=5).stderr)

    def test_netrc_and_known_hosts(self):
        client = self.cli(password=None)
        netrc, known = client.home / ".netrc", client.home / ".config/dftp/known_hosts"
        known.parent.mkdir(parents=True)
        lines = f'machine 127.0.0.1\r\n login anna password "{PASSWORD}"\r\n'
        for mark in (b"", b"\xef\xbb\xbf"):
            known.write_bytes(mark + f"{self.host.host}:{self.host.port} {self.host.fingerprint}\r\n".encode())
            netrc.write_bytes(mark + lines.encode())
            netrc.chmod(0o600)
            client.run("ls", self.host.url())
        netrc.write_bytes(lines.encode("utf-16"))
        self.assertIn(b".netrc:1: ", client.run("ls", self.host.url(), expect=5).stderr)
        known.write_bytes(known.read_bytes().decode("utf-8-sig").encode("utf-16"))
        self.assertIn(f"{known}:1: ".encode(), client.run("ls", self.host.url(), expect=USAGE).stderr)

    def test_what_the_server_reads(self):
        state = self.dir / "other"
        add_user(state, "ann", "\ufeffone two\r\nthree")
        config = self.dir / "config.toml"
        config.write_bytes(b"\xef\xbb\xbf# by Notepad\r\nread-only = true\r\n")
        with Server(self.dir / "share2", self.dir / "state", "--config", config) as server:
            self.cli(server).run("touch", server.url("/x"), expect=7)
        users = state / "users.toml"
        users.write_bytes(b"\xef\xbb\xbf" + users.read_bytes().replace(b"\n", b"\r\n"))
        with Server(self.dir / "share2", state, "--config", config) as server:
            self.cli(server, password="one two").run("ls", server.url(user="ann"))


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
