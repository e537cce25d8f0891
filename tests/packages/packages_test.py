"""The Debian packages in a bare system that is booted: installed, used, removed, purged; and ./dev install beneath a prefix.

DFTP_PACKAGES is the directory with the packages; needs root.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

from bare_system import ROOT, BareSystem

PACKAGES = pathlib.Path(os.environ.get("DFTP_PACKAGES", ROOT / "build/packages"))
NAMES = ("dftp-server", "dftp-client", "dftp-mount", "dftp-doc")
PAGES = ("dftp-cli", "dftp-mount", "dftp-server", "dftp-server.toml", "mount.dftp", "mount.fuse.dftp")
CONFIG = "/etc/dftp/shared.toml"
UNIT = "dftp@shared.service"


class Life(unittest.TestCase):
    """One system, from the installation to the purge: the tests build on each other, in the order of their names."""

    @classmethod
    def setUpClass(cls):
        cls.system = cls.enterClassContext(BareSystem())
        files = sorted(PACKAGES.glob("dftp-*_*.deb"))
        assert sorted(file.name.partition("_")[0] for file in files) == sorted(NAMES), files
        cls.system.path("/packages").mkdir()
        for file in files:
            (cls.system.path("/packages") / file.name).write_bytes(file.read_bytes())
        cls.files = [f"/packages/{file.name}" for file in files]

    def run_there(self, *command, **options):
        return self.system.run(*command, **options).stdout

    def install(self, *options):
        self.run_there("apt-get", "install", "-q", "-y", "--no-install-recommends", *options, *self.files)

    def state_of_unit(self, name="ActiveState"):
        return self.run_there("systemctl", "show", "--value", "--property", name, UNIT).strip()

    def url(self, path="/"):
        return f"dftp://ann@127.0.0.1:2121{path}"

    def client(self, *arguments, **options):
        return self.run_there("dftp-cli", "-q", "--password-file", "/root/password", "--fingerprint", self.fingerprint(), *arguments, **options)

    def fingerprint(self):
        """What the instance that runs says, as soon as it listens."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            log = self.run_there("journalctl", "--output", "cat", f"_SYSTEMD_INVOCATION_ID={self.state_of_unit('InvocationID')}")
            if "listening on" in log:
                return re.search(r"^fingerprint (SHA256:\S+)$", log, re.MULTILINE)[1]
            time.sleep(0.2)
        raise AssertionError(f"no server listens:\n{log}")

    def test_1_installed_programs_run_and_are_documented(self):
        self.install()
        for program in ("dftp-server", "dftp-cli", "dftp-mount"):
            self.assertRegex(self.run_there(program, "--version"), rf"^{program} \d+\.\d+")
        for page in PAGES:
            self.assertIn("dftp", self.run_there("man", page))
        self.assertIn("README.md", os.listdir(self.system.path("/usr/share/doc/dftp")))
        self.assertEqual(self.run_there("systemctl", "list-units", "--all", "--no-legend", "dftp*"), "")

    def test_2_a_service_without_a_share_is_refused(self):
        self.assertNotEqual(self.system.run("systemctl", "start", UNIT, check=False).returncode, 0)
        self.assertEqual(self.state_of_unit(), "inactive")

    def test_2_a_wrong_configuration_is_not_tried_again(self):
        self.system.path(CONFIG).write_text("no-such-key = 1\n")
        self.run_there("systemctl", "start", UNIT)
        deadline = time.monotonic() + 60
        while self.state_of_unit() not in ("failed", "activating") and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual((self.state_of_unit(), self.state_of_unit("ExecMainStatus")), ("failed", "2"))
        self.system.path(CONFIG).unlink()

    def test_3_a_service_serves(self):
        self.run_there("cp", "/usr/share/doc/dftp-server/examples/shared.toml", CONFIG)
        self.run_there("install", "-d", "-o", "dftp", "-g", "dftp", "/srv/shared")
        self.system.path("/root/password").write_text("correct horse\n")
        self.system.path("/root/password").chmod(0o600)
        self.run_there("dftp-server", "user", "add", "ann", "--config", CONFIG, "--password-file", "/root/password")
        self.run_there("systemctl", "enable", "--now", UNIT)
        self.system.path("/root/sent").write_bytes(os.urandom(1 << 20))
        self.client("put", "/root/sent", self.url("/kept"))
        self.client("get", self.url("/kept"), "/root/fetched")
        self.assertEqual(self.system.path("/root/fetched").read_bytes(), self.system.path("/root/sent").read_bytes())
        self.assertEqual(self.run_there("stat", "--format", "%U", "/srv/shared/kept", f"/proc/{self.state_of_unit('MainPID')}"), "dftp\ndftp\n")
        # By root while it runs, and it can still read its users.
        self.run_there("dftp-server", "user", "add", "ben", "--config", CONFIG, "--password-stdin", text_in="x\n")
        self.assertIn("ben", self.run_there("dftp-server", "user", "list", "--config", CONFIG))
        self.client("ls", self.url())
        self.assertEqual(self.state_of_unit("StatusText"), "0 sessions")
        self.run_there("systemctl", "reload", UNIT)
        self.assertIn("kept", self.client("ls", self.url()))

    def test_4_mount_knows_it(self):
        options = f"password_file=/root/password,fingerprint={self.fingerprint()}"
        self.run_there("mkdir", "/root/share")
        with open(self.system.path("/etc/fstab"), "a") as fstab:
            fstab.write(f"{self.url()} /root/share dftp {options},noauto 0 0\n")
        self.run_there("mount", "/root/share")
        self.run_there("cmp", "/root/sent", "/root/share/kept")
        self.run_there("umount", "/root/share")

    def test_5_what_runs_goes_on_with_the_new_program(self):
        before = self.state_of_unit("MainPID")
        self.install("--reinstall")
        self.assertEqual(self.state_of_unit(), "active")
        self.assertNotEqual(self.state_of_unit("MainPID"), before)

    def test_6_what_was_removed_and_comes_back_is_the_same_server(self):
        fingerprint = self.fingerprint()
        self.run_there("apt-get", "remove", "-q", "-y", *NAMES)
        self.assertEqual(self.system.run("pgrep", "dftp-server", check=False).stdout, "")
        self.install()
        self.run_there("systemctl", "restart", UNIT)
        self.assertEqual(self.fingerprint(), fingerprint)
        self.client("get", "--overwrite", "always", self.url("/kept"), "/root/fetched")

    def test_7_a_purge_leaves_nothing_but_what_was_shared(self):
        said = self.run_there("apt-get", "purge", "-q", "-y", *NAMES)
        self.assertIn("removing /var/lib/dftp", said)
        self.run_there("rm", "-r", "/packages", "/root/.config")
        left = self.run_there("find", "/", "-xdev", "-not", "-path", "/var/cache/man/*", "-name", "*dftp*")  # man's own cache
        self.assertEqual(left, "")
        self.assertEqual(self.run_there("ls", "/srv/shared"), "kept\n")
        self.assertEqual(self.run_there("stat", "--format", "%U", "/srv/shared/kept"), "dftp\n")


def tree_of(directory):
    return sorted(str(path.relative_to(directory)) for path in pathlib.Path(directory).rglob("*"))


class Prefix(unittest.TestCase):
    def setUp(self):
        self.prefix = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def dev(self, verb, prefix=None):
        subprocess.run([ROOT / "dev", verb, prefix or self.prefix], check=True, stdout=subprocess.DEVNULL)

    def test_uninstall_removes_what_install_has_put_there_and_no_more(self):
        (self.prefix / "share/man").mkdir(parents=True)
        (self.prefix / "bin").mkdir()
        (self.prefix / "bin/other").touch()
        before = tree_of(self.prefix)
        self.dev("install")
        self.assertTrue(os.access(self.prefix / "bin/dftp-cli", os.X_OK))
        self.dev("install")  # the second time most is there already, and still its own
        (self.prefix / "share/man/man1/other.1").touch()
        self.dev("uninstall")
        self.assertEqual(tree_of(self.prefix), sorted([*before, "share/man/man1", "share/man/man1/other.1"]))

    def test_a_prefix_that_install_has_made_goes_too(self):
        self.dev("install", self.prefix / "a/b c")
        self.dev("uninstall", self.prefix / "a/b c")
        self.assertEqual(tree_of(self.prefix), [])

    def test_without_an_installation_nothing_is_removed(self):
        (self.prefix / "bin").mkdir()
        with self.assertRaises(subprocess.CalledProcessError):
            self.dev("uninstall")
        self.assertEqual(tree_of(self.prefix), ["bin"])


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2, failfast=True).result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed - len(result.skipped)} passed, {failed} failed, {len(result.skipped)} skipped")
    sys.exit(failed > 0)
