"""--trace shows what goes over the wire, and no secret."""
import os
import pathlib
import re
import stat
import subprocess
import unittest

from exec_test import RUN_AS, config_text
from harness import PASSWORD, Case, add_user, make_file, same

LINE = re.compile(r"^ *\d+\.\d{4} (->|<-|--) (control|data)( \d+)?: (.+)$")
DUMP = pathlib.Path(__file__).resolve().parents[2] / "docs/protocol/dump.md"
SECRET, WORD, CONTENT = "a secret of several words", "word-of-a-command", "content of a file"


def general(line):
    """Without versions, addresses, times, random numbers and what depends on their length."""
    line = re.sub(r'"(version|instance|client|server)":"[^"]*"', r'"\1":"x"', line)
    line = re.sub(r'"(mtime|size|allocated|links)":\d+(?=.*"version")', r'"\1":0', line)
    line = re.sub(r"closed, .*", "closed", line)
    return re.sub(r"[0-9a-f]{32}|127\.0\.0\.1:\d+", "x", line)


def certain(lines):
    """Without what depends on time: how transfers ended and the reply to `bye`, for which nobody waits, and `alive`."""
    return {direction: [one for one in said if not one.startswith(('{"id":4,"result":', '{"id":5,"result":', '{"id":6,"result":', "alive"))] for direction, said in lines.items()}


class Trace(Case):
    maxDiff = None

    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = self.cli(self.host)

    def traced(self, *arguments, client=None, **more):
        """(arrow, connection, what) of each line on standard error."""
        text = (client or self.client).run("--trace", "-q", *arguments, **more).stderr.decode()
        return self.parsed(text), text

    def parsed(self, text):
        matches = [LINE.match(line) for line in text.splitlines()]
        self.assertTrue(matches and all(matches), text)
        return [(match[1], match[2] + (match[3] or ""), match[4]) for match in matches]

    def test_a_transfer_from_its_greeting_to_its_end(self):
        source = make_file(self.dir / "source", 70_000)
        lines, text = self.traced("put", "--streams", "1", source, self.host.url("/there"))
        self.assertTrue(same(source, self.host.share / "there"))
        said = [(arrow, connection, what.split(" ")[0].split(",")[0]) for arrow, connection, what in lines if connection != "control"]
        for one in (("--", "data 1", "opened"), ("->", "data 1", "file"), ("->", "data 1", "listed"), ("<-", "data 1", "want"),
                    ("->", "data 1", "data"), ("->", "data 1", "done"), ("<-", "data 1", "stored"), ("--", "data 1", "closed")):
            self.assertIn(one, said)
        for command in ("hello", "login", "put", "bye"):
            self.assertRegex(text, rf'-> control: {{"id":\d+,"cmd":"{command}"')
        self.assertRegex(text, r'<- control: {"id":\d+,"part":{"tickets":\["[0-9a-f]{32}\*\*\*')
        self.assertRegex(text, r"(?m)-> data 1: data file=1 offset=0 70032 bytes$")

    def test_the_dump_in_the_documents_is_what_it_shows(self):
        """Direction by direction of each connection, without what differs each time."""
        (self.host.share / "in").mkdir()
        source = self.dir / "a.bin"
        source.write_bytes((bytes(range(251)) * 300)[:70000])
        os.utime(source, ns=(1_700_000_000_000_000_000,) * 2)
        source.chmod(0o644)
        lines, _ = self.traced("-c", "put --streams 1 a.bin in; get --streams 1 in/a.bin b.bin", self.host.url(), cwd=self.dir)
        shown = {}
        for arrow, connection, what in lines:
            shown.setdefault((connection, arrow), []).append(general(what))
        told = {}
        for row in re.findall(r"^\| \d.*$", DUMP.read_text(encoding="utf-8"), re.MULTILINE):
            _, control, number, data = (cell.strip() for cell in row.strip("|").split("|"))
            arrow, what = (control or data).strip("`").split(" ", 1)
            told.setdefault((f"data {number}" if number else "control", arrow), []).append(general(what))
        self.assertEqual(certain(shown), certain(told))

    def test_no_secret_is_in_it(self):
        """Password, key, tickets, words of a command, content."""
        add_user(self.host.state, "ben", SECRET)
        (self.host.share / "file").write_text(CONTENT)
        ben = self.cli(self.host, password=SECRET)
        _, text = self.traced("get", self.host.url("/file", user="ben"), self.dir / "got", client=ben)
        self.assertIn('"password":"***"', text)
        _, tailed = self.traced("tail", self.host.url("/file"))
        self.assertIn('"data":"***"', tailed)
        key = self.dir / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key], check=True)
        add_user(self.host.state, "cora", PASSWORD, "--key", f"{key}.pub")
        _, signed = self.traced("--key", key, "ls", self.host.url(user="cora"), client=self.cli(self.host, password=None))
        self.assertIn('"signature":"***"', signed)
        for secret in (SECRET, PASSWORD, CONTENT):
            self.assertNotIn(secret, text + tailed + signed)
        self.assertIn(" proof=***", text)
        self.assertNotRegex(text + tailed + signed, r"[0-9a-f]{33}")

    def test_a_command_without_its_words(self):
        self.dir.chmod(0o755)
        config = self.dir / "server.toml"
        config.write_text(config_text({"repeat": {"argv": ["/bin/echo", "{*}"]}}, RUN_AS))
        self.host.stop()
        host = self.server("--config", config)
        lines, text = self.traced("exec", host.url(), "--", "repeat", WORD, client=self.cli(host))
        self.assertNotIn(WORD, text)
        self.assertIn('"arguments":["***"]', text)
        received = [what for arrow, connection, what in lines if (arrow, connection) == ("<-", "data 1")]
        self.assertEqual(received[1:], [f"output {len(WORD) + 1} bytes", 'ended 12 bytes {"status":0}'])

    def test_into_a_file_of_its_owner_alone(self):
        trace = self.dir / "trace"
        for times in (1, 2):
            done = self.client.run(f"--trace={trace}", "ls", self.host.url())
            self.assertEqual(done.stderr, b"")
            lines = self.parsed(trace.read_text())
            self.assertEqual(len([what for _, _, what in lines if what.startswith("opened")]), times)
        self.assertEqual(stat.S_IMODE(os.stat(trace).st_mode), 0o600)

    def test_a_file_that_cannot_be_written_is_told(self):
        done = self.client.run(f"--trace={self.dir}", "ls", self.host.url(), expect=2)
        self.assertIn(b"cannot write the trace", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
