"""Runs that nobody watches: scripts, time limits, rates, and what --log and --json say of them."""
import json
import os
import pathlib
import re
import socket
import subprocess
import unittest

from harness import Case, add_user, make_file, PASSWORD, USER

USAGE, NO_CONNECTION, LOGIN, NOT_FOUND = 2, 3, 5, 6
MIB = 1024 * 1024


class Scripts(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = self.cli(self.host)

    def script(self, *lines, name="backup.dftp"):
        path = self.dir / name
        path.write_text("\n".join(lines) + "\n")
        return path

    def made(self):
        return sorted(path.name for path in self.host.share.iterdir())

    def test_commands_on_the_command_line(self):
        (self.dir / "x").write_bytes(b"content")
        self.client.run("-c", "mkdir backups; cd backups; put x", "--command", "mkdir 'a;b' # mkdir c; mkdir d", self.host.url(), cwd=self.dir)
        self.assertEqual((self.host.share / "backups/x").read_bytes(), b"content")
        self.assertEqual(sorted(os.listdir(self.host.share / "backups")), ["a;b", "x"])

    def test_a_script_stops_at_the_first_error_and_says_where_it_is(self):
        script = self.script("# nightly", "", "mkdir a", "rm missing", "mkdir b")
        failed = self.client.run("-f", script, self.host.url(), expect=NOT_FOUND)
        self.assertEqual(self.made(), ["a"])
        self.assertIn(f"dftp-cli: {script}:4: /missing: ".encode(), failed.stderr)

    def test_what_may_fail_does_not_stop_it(self):
        self.client.run("-f", self.script("- rm missing; mkdir a", "-rm missing"), self.host.url())
        self.client.run("--keep-going", "-c", "rm missing; mkdir b", self.host.url(), expect=NOT_FOUND)
        self.assertEqual(self.made(), ["a", "b"])

    def test_standard_input_has_a_script_or_a_file(self):
        self.client.run("-f", "-", self.host.url(), input=b"mkdir a\nrm missing\nmkdir b", expect=NOT_FOUND)
        self.client.run("-c", "put - piped", self.host.url(), input=b"content")
        self.assertEqual(self.made(), ["a", "piped"])
        self.client.run("-f", "-", self.host.url(), input=b"put - piped", expect=USAGE)

    def test_a_wrong_script_does_nothing_at_all(self):
        for line, named in (("frobnicate", b"frobnicate"), ("mkdir 'b", b"quote"), ("ls --frob", b"frob"), ("mkdir", b"usage")):
            script = self.script("mkdir a", line)
            failed = self.client.run("-f", script, self.host.url(), expect=USAGE)
            self.assertIn(f"{script}:2: ".encode(), failed.stderr)
            self.assertIn(named, failed.stderr)
        self.client.run("-f", self.dir / "missing", self.host.url(), expect=USAGE)
        self.client.run("-f", self.dir / "missing", "-c", "ls", self.host.url(), expect=USAGE)
        self.client.run("ls", "-c", "ls", self.host.url(), expect=USAGE)
        self.assertEqual(self.made(), [])

    def test_a_script_ends_when_the_server_is_out_of_reach(self):
        self.host.kill()
        self.client.run("--retries", 0, "--keep-going", "-c", "mkdir a; mkdir b", self.host.url(), expect=NO_CONNECTION)

    def test_nobody_is_asked_without_a_terminal(self):
        stranger = self.cli(password=None)
        for options in ([], ["--accept-new"]):
            stranger.run(*options, "-c", "ls", self.host.url(), expect=LOGIN if options else 4)

    def test_each_command_has_one_result_that_says_where_it_stands(self):
        (self.host.share / "one").write_bytes(b"1")
        done = self.client.run("--json", "--keep-going", "-c", "ls; rm missing\nmd5 one", "-c", "pwd", self.host.url(), expect=NOT_FOUND)
        results = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([(result["verb"], result["status"], result["script"], result["line"]) for result in results],
                         [("ls", "ok", "-c", 1), ("rm", "failed", "-c", 1), ("md5", "ok", "-c", 2), ("pwd", "ok", "-c", 3)])
        self.assertEqual(results[3]["entries"], [{"path": "/"}])

    # ---- --log

    def test_the_log_says_what_was_done_and_no_secret(self):
        log = self.dir / "dftp.log"
        make_file(self.dir / "x", 1000)
        for options in (["--quiet"], ["--json"]):
            self.client.run(*options, "--log", log, "put", self.dir / "x", self.host.url("/x"))
        self.client.run("--log", log, "-c", "mkdir a; rm missing", self.host.url(), expect=NOT_FOUND)
        text = log.read_text()
        line = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} \[\d+\] "
        self.assertRegex(text, f"(?m)^{line}begin: put {self.dir}/x {re.escape(self.host.url('/x'))}$")
        self.assertEqual(len(re.findall(f"(?m)^{line}1 file, ", text)), 2)
        self.assertRegex(text, f"(?m)^{line}-c:1: rm missing$")
        self.assertRegex(text, f"(?m)^{line}dftp-cli: -c:1: /missing: .*$")
        self.assertRegex(text, f"(?m)^{line}end: exit code 6$")
        self.assertNotIn(PASSWORD, text)
        self.assertEqual(log.stat().st_mode & 0o777, 0o600)
        self.client.run("--log", self.dir / "no/log", "ls", self.host.url(), expect=USAGE)

    # ---- time

    def test_a_run_ends_when_its_time_is_up(self):
        make_file(self.dir / "x", 4 * MIB)
        result = self.client.result("--timeout", 2, "--limit-rate", "1M", "put", self.dir / "x", self.host.url("/x"), expect=NO_CONNECTION)
        self.assertEqual((result["error"]["code"], result["error"]["where"]), ("timed_out", "--timeout"))
        result = self.client.result("put", self.dir / "x", self.host.url("/x"))
        self.assertGreater(result["resumed"], 0)

    def test_a_server_that_says_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"dftp://127.0.0.1:{silent.getsockname()[1]}/"
            for options in (["--connect-timeout", 1, "--retries", 0], ["--timeout", 1]):
                result = self.client.result(*options, "ls", url, expect=NO_CONNECTION)
                self.assertEqual(result["error"]["code"], "timed_out")
            self.client.run("--timeout", 1, "-c", "ls", url, expect=NO_CONNECTION)
        self.client.run("--timeout", "0", "ls", url, expect=USAGE)

    # ---- rates

    def seconds(self, client, *arguments):
        result = client.result(*arguments)
        return result["seconds"], result["limited_by"]

    def test_a_rate_holds_both_ways_and_for_all_connections_together(self):
        source = make_file(self.dir / "x", 2 * MIB)
        for options in ([], ["--streams", 4]):
            for arguments in (["put", source, self.host.url("/x")], ["get", self.host.url("/x"), self.dir / "y"]):
                took, limit = self.seconds(self.client, "--limit-rate", "2M", *arguments, *options, "--overwrite", "always", "--no-resume")
                self.assertEqual(limit, "client limit")
                self.assertGreater(took, 0.85)
                self.assertLess(took, 3)
        for rate in ("0", "1023", "2T", "-1", "10KB", "K", ""):
            self.client.run("--limit-rate", rate, "ls", self.host.url(), expect=USAGE)

    def test_a_slow_rate_is_smooth_and_nobody_thinks_that_the_other_is_gone(self):
        source = make_file(self.dir / "x", 300 * 1024)
        watched = self.client.start("--json", "--limit-rate", "100K", "put", source, self.host.url("/x"))
        output, _ = watched.communicate(timeout=30)
        moved = [event["transferred"] for event in map(json.loads, output.splitlines()) if event["event"] == "progress"]
        self.assertEqual(watched.returncode, 0)
        self.assertGreater(json.loads(output.splitlines()[-1])["seconds"], 2)

    def test_the_servers_rate_is_named(self):
        self.host.stop()
        limited = self.server("--limit-rate", "4M")
        add_user(limited.state, "ben", PASSWORD, "--limit-rate", "1M")
        client = self.cli(limited)
        source = make_file(self.dir / "x", 2 * MIB)
        took, limit = self.seconds(client, "put", source, limited.url("/x"))
        self.assertEqual(limit, "server limit")
        self.assertGreater(took, 0.35)
        make_file(limited.share / "large", 5 * MIB)
        self.assertIn(b"limited by: server limit", client.run("--verbose", "get", limited.url("/large"), self.dir / "y").stderr)
        took, limit = self.seconds(client, "get", limited.url("/x", user="ben"), self.dir / "z")
        self.assertEqual(limit, "server limit")
        self.assertGreater(took, 1.5)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
