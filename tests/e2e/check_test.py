"""dftp-server --check: every problem that a start would have, with its place; and nothing is changed."""
import os
import pathlib
import subprocess
import tomllib
import unittest

from certificates import expired, self_signed
from harness import BIN, PASSWORD, USER, Case, add_user


# A server that is root must say it, and no other one may.
RUN_AS = 'run-as = "nobody"' if os.geteuid() == 0 else ""


def snapshot(directory):
    """All names with their content and times."""
    return {path: (path.lstat().st_mtime_ns, path.lstat().st_mode, path.read_bytes() if path.is_file() else None)
            for path in pathlib.Path(directory).rglob("*")}


class Check(Case):
    def setUp(self):
        super().setUp()
        self.share, self.state, self.file = self.dir / "share", self.dir / "state", self.dir / "dftp.toml"
        self.share.mkdir()

    def configure(self, *lines):
        self.file.write_text("\n".join((f'root = "{self.share}"', f'state = "{self.state}"', *lines)) + "\n")

    def check(self, *options, config=True, expect=0):
        before = snapshot(self.dir)
        named = ("--config", self.file) if config else ()
        done = subprocess.run([BIN / "dftp-server", "--check", *named, *options], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        self.assertEqual(snapshot(self.dir), before)
        return done

    def problems(self, *options, **more):
        return self.check(*options, expect=2, **more).stderr.replace(str(self.dir), "DIR").splitlines()

    def test_a_share_that_could_start(self):
        self.configure("listen = '127.0.0.1:0'")
        self.assertRegex(self.check().stdout, r"^no problem found\nconfined: no new privileges.*\n$")
        self.assertFalse(self.state.exists())
        self.check(self.share, "--state", self.state, config=False)

    def test_a_server_that_runs_is_no_problem(self):
        host = self.server()
        before = host.output()
        self.check(self.share, "--state", self.state, "--listen", host.listen, config=False)
        self.assertEqual(host.output(), before)

    def test_all_problems_of_the_file_at_once(self):
        self.configure("talk = 3", "nonsense = 1", 'log-format = "xml"', "[exec.a]", 'argv = ["df"]', 'users = ["*"]', RUN_AS, "[exec.b]", "timeout = 0",
                       RUN_AS)
        found = self.problems()
        for number, words in ((3, "talk must be true or false"), (4, 'unknown key "nonsense"'), (5, "log-format must be"),
                              (7, "argv must be"), (11, "timeout must be")):
            self.assertTrue(any(line.startswith(f"dftp-server: DIR/dftp.toml:{number}: {words}") for line in found), (number, found))
        self.assertEqual(len(found), 5, found)

    def test_what_is_no_toml(self):
        self.configure("listen = ")
        self.assertRegex(self.problems()[0], r"^dftp-server: DIR/dftp\.toml:3: not TOML: ")

    def test_a_root_that_is_not_there_is_named_by_line_and_key(self):
        self.configure()
        self.share.rmdir()
        self.assertEqual(self.problems(), ["dftp-server: DIR/dftp.toml:1: root: DIR/share: cannot share it: No such file or directory"])

    def test_certificates(self):
        crt, key = self_signed(self.dir, "given")
        self.configure(f'certificate = "{crt}"', f'key = "{key}"')
        self.check()
        key.write_text("rubbish")
        self.assertRegex(self.problems()[0], r"dftp\.toml:3: certificate: DIR/given\.key: cannot read the key: it is not PEM")
        self.configure(f'certificate = "{crt}"')
        self.assertRegex(self.problems()[0], r"dftp\.toml:3: certificate: --certificate and --key are given together")

    def test_a_certificate_that_is_out_of_date(self):
        crt, key = expired(self.dir, "given")
        self.configure(f'certificate = "{crt}"', f'key = "{key}"')
        self.assertRegex(self.problems()[0], r"dftp\.toml:3: certificate: DIR/given\.crt: the certificate expired on ")

    def test_the_servers_own_key_is_missing(self):
        host = self.server()
        host.stop()
        (self.state / "server.key").unlink()
        self.configure()
        self.assertRegex(self.problems()[0], r"server\.crt: its key DIR/state/server\.key is missing")

    def test_all_problems_of_the_users_at_once(self):
        add_user(self.state, USER, PASSWORD)
        self.configure()
        self.check()
        users = self.state / "users.toml"
        users.write_text('[[user]]\nname = "a b"\nread_only = 1\n[[user]]\nname = "c"\nshoes = 2\n')
        found = self.problems()
        self.assertEqual([line.partition(" must")[0] for line in found],
                         ["dftp-server: DIR/state/users.toml:2: name", "dftp-server: DIR/state/users.toml:3: read_only",
                          'dftp-server: DIR/state/users.toml:6: a user has no "shoes"'])

    def test_what_others_may_read(self):
        add_user(self.state, USER, PASSWORD)
        (self.state / "users.toml").chmod(0o644)
        self.configure()
        self.assertRegex(self.problems()[0], r"dftp\.toml:2: state: DIR/state/users\.toml: others may read the file of the users")

    def test_addresses(self):
        self.configure('listen = ["203.0.113.77:2121", "unix:/no/such/place/s"]')
        found = self.problems()
        self.assertRegex(found[0], r"dftp\.toml:3: listen: 203\.0\.113\.77:2121: this machine has no such address")
        self.assertRegex(found[1], r"dftp\.toml:3: listen: /no/such/place: No such file or directory")

    def test_remote_commands_must_be_possible(self):
        member = "" if os.geteuid() == 0 else 'run-as = "root"'
        self.configure("[exec.a]", 'argv = ["/bin/df"]', 'users = ["*"]', member)
        self.assertRegex(self.problems()[0], r"dftp\.toml:3: exec\.a: .*run-as")

    def test_what_holds_is_printed(self):
        self.configure("grace = 7", 'limit-rate = "1M"', 'fetch-from = ["10.0.0.0/8", "[fd00::/8]:2122"]', 'listen = ["[::1]:2200", "unix:s"]',
                       "max-sessions = 100", "[exec.disk]", 'argv = ["/bin/df", "-h"]', 'users = ["*"]', RUN_AS)
        text = self.check("--print", "--read-only").stdout
        printed = tomllib.loads(text)
        self.assertEqual({key: printed[key] for key in ("root", "state", "grace", "limit-rate", "read-only", "talk", "log-format")},
                         {"root": str(self.share), "state": str(self.state), "grace": 7, "limit-rate": 1 << 20, "read-only": True, "talk": True,
                          "log-format": "text"})
        self.assertEqual(printed["fetch-from"], ["10.0.0.0/8", "[fd00::/8]:2122"])
        self.assertEqual(printed["listen"], ["[::1]:2200", f"unix:{self.dir}/s"])
        self.assertEqual(printed["max-sessions-per-user"], 75)
        self.assertEqual(printed["exec"]["disk"]["argv"], ["/bin/df", "-h"])
        self.assertIn("# log-file is not set\n", text)
        # Read again it is the same.
        self.file.write_text(text)
        self.assertEqual(self.check("--print").stdout, text)

    def test_with_a_problem_nothing_is_printed(self):
        self.configure("talk = 3")
        self.assertEqual(self.check("--print", expect=2).stdout, "")

    def test_print_alone_means_nothing(self):
        done = subprocess.run([BIN / "dftp-server", "--print", self.share], capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--print: belongs to --check", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
