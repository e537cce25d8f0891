"""What is the server's own: its memory, its files, and the rights of what it makes."""
import contextlib
import os
import resource
import shutil
import signal
import socket
import stat
import subprocess
import unittest

from harness import BIN, PASSWORD, USER, Case, add_user, make_file
from independent_client import Client

PLAIN = 54321  # a user ID of nobody
SECRET = "a-password-that-stands-nowhere-else"


def found_in_memory(pid, wanted):
    """How often the bytes stand in what the process can write."""
    count = 0
    with open(f"/proc/{pid}/mem", "rb") as memory, open(f"/proc/{pid}/maps", encoding="ascii") as maps:
        for line in maps:
            span, rights = line.split()[:2]
            first, last = (int(part, 16) for part in span.split("-"))
            if rights.startswith("rw") and last - first < 1 << 30:
                with contextlib.suppress(OSError):
                    memory.seek(first)
                    count += memory.read(last - first).count(wanted)
    return count


@unittest.skipUnless(os.geteuid() == 0, "only root may look into the server's memory")
class Memory(Case):
    def test_a_password_is_wiped(self):
        host = self.server()
        add_user(host.state, "ben", SECRET)
        add_user(host.state, "eve", "short-secret")
        for user, password in (("ben", SECRET), ("eve", "short-secret")):
            client = Client(host.host, host.port, host.fingerprint, user, password)
            self.addCleanup(client.control.stream.close)
            for _ in range(20):
                client.call("ping")
            # By the command line as well, and a wrong one.
            self.cli(host, password=password).run("ls", host.url(user=user))
            self.cli(host, password=password + "!").run("ls", host.url(user=user), expect=5)
            self.assertEqual(found_in_memory(host.process.pid, password.encode()), 0, user)

    def test_the_first_password_is_not_kept(self):
        host = self.server(user=False)
        password = host.output().partition("password     ")[2].split()[0]
        self.assertRegex(password, r"^(\w{4}-){4}\w{4}$")
        self.assertEqual(found_in_memory(host.process.pid, password.encode()), 0)

    def test_no_core_and_no_look_by_its_own_user(self):
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        share, state = self.dir / "share", self.dir / "state"
        for path in (self.dir, share):
            path.mkdir(exist_ok=True)
            os.chown(path, PLAIN, PLAIN)
        as_plain = {"user": PLAIN, "group": PLAIN, "extra_groups": []}
        subprocess.run([BIN / "dftp-server", "user", "add", USER, "--password-stdin", "--state", state], input=PASSWORD, text=True, check=True,
                       capture_output=True, **as_plain)
        config = self.dir / "dftp.toml"
        config.write_text('[exec.show]\nargv = ["/bin/sh", "-c", "ulimit -S -c; cat /proc/self/status"]\nusers = ["*"]\n')
        server = subprocess.Popen([BIN / "dftp-server", share, "--state", state, "--listen", "127.0.0.1:0", "--config", config],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)), **as_plain)
        self.addCleanup(lambda: (server.kill(), server.wait(), server.stdout.close()))
        fingerprint = server.stdout.readline().split()[1]
        port = int(server.stdout.readline().rpartition(":")[2])
        limits = open(f"/proc/{server.pid}/limits", encoding="ascii").read()
        self.assertRegex(limits, r"Max core file size +0 ")
        self.assertEqual(os.stat(f"/proc/{server.pid}/mem").st_uid, 0)
        # And all that needs /proc of its own still works.
        client = self.cli()
        client.options = ["--fingerprint", fingerprint]
        url = f"dftp://{USER}@127.0.0.1:{port}/"
        make_file(self.dir / "file", 3 << 20)
        client.run("put", self.dir / "file", url)
        client.run("chmod", "640", url + "file")
        self.assertEqual(stat.S_IMODE((share / "file").stat().st_mode), 0o640)
        client.run("get", url + "file", self.dir / "back")
        client.run("put", "--backup", self.dir / "back", url + "file")
        client.run("mkdir", url + "d")
        client.run("mv", url + "file", url + "d/")
        self.assertIn(b"Name:\tcat", client.run("exec", url, "--", "show").stdout)


class Places(Case):
    def start(self, *options):
        """Whether the server starts; and what it says."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        done = subprocess.run(["timeout", "--preserve-status", "-s", "TERM", "5", BIN / "dftp-server", self.dir / "share", "--listen", f"127.0.0.1:{port}",
                               *options], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        return done.returncode, done.stderr

    def test_what_others_could_have_is_refused_with_the_path_and_the_remedy(self):
        share, state = self.dir / "share", self.dir / "state"
        share.mkdir()
        add_user(state, USER, PASSWORD)
        host = self.server()
        host.stop()
        for name in ("server.key", "server.crt"):
            shutil.copy(state / name, share / name)
            shutil.copy(state / name, self.dir / name)
        (self.dir / "server.key").chmod(0o644)
        (self.dir / "open").mkdir()
        (self.dir / "open").chmod(0o777)
        refused = [
            (["--state", state, "--certificate", share / "server.crt", "--key", share / "server.key"], "server.key", "--key"),
            (["--state", state, "--certificate", self.dir / "server.crt", "--key", self.dir / "server.key"], "server.key", "chmod"),
            (["--state", state, "--log-file", share / "log"], "share/log", "--log-file"),
            (["--state", self.dir / "open"], "open", "chmod"),
        ]
        for options, path, remedy in refused:
            code, said = self.start(*options)
            self.assertEqual(code, 2, (options, said))
            self.assertIn(path, said)
            self.assertIn(remedy, said)
        self.assertFalse((share / "log").exists())
        (self.dir / "server.key").chmod(0o600)
        host.options = ("--certificate", self.dir / "server.crt", "--key", self.dir / "server.key", "--log-file", self.dir / "a.log")
        host.start()


class Umask(Case):
    def modes(self, mask):
        old = os.umask(mask)
        try:
            host = self.server()
        finally:
            os.umask(old)
        client = self.cli(host)
        (self.dir / "file").write_text("x")
        (self.dir / "file").chmod(0o666)
        (self.dir / "tree/sub").mkdir(parents=True)
        (self.dir / "tree/sub").chmod(0o775)
        client.run("put", "-", host.url("/pipe"), input=b"x")
        client.run("mkdir", "-p", host.url("/d/e"))
        client.run("mkdir", host.url("/m"))
        client.run("touch", host.url("/touched"))
        client.run("put", self.dir / "file", host.url("/asked"))
        client.run("put", "-r", self.dir / "tree", host.url("/tree"))
        client.run("mkdir", host.url("/changed"))
        client.run("chmod", "751", host.url("/changed"))
        return {name: stat.S_IMODE((host.share / name).stat().st_mode)
                for name in ("pipe", "d", "d/e", "m", "touched", "asked", "tree/sub", "changed")}

    def test_the_umask_holds_where_no_mode_is_named(self):
        self.assertEqual(self.modes(0o077), {"pipe": 0o600, "d": 0o700, "d/e": 0o700, "m": 0o700, "touched": 0o600, "asked": 0o666,
                                             "tree/sub": 0o775, "changed": 0o751})

    def test_an_open_one_as_well(self):
        self.assertEqual(self.modes(0o002), {"pipe": 0o664, "d": 0o775, "d/e": 0o775, "m": 0o775, "touched": 0o664, "asked": 0o666,
                                             "tree/sub": 0o775, "changed": 0o751})


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
