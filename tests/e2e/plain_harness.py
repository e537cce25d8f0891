"""Servers and clients without root's rights, for tests of what may not be read or written."""
import os
import pathlib
import subprocess

from harness import Case, Server

PLAIN = 65534
ROOT = os.geteuid() == 0


def give(path):
    """The path and all beneath belong to the plain user."""
    if ROOT:
        subprocess.run(["chown", "-R", "-h", f"{PLAIN}:{PLAIN}", path], check=True)


class PlainServer(Server):
    def start(self):
        if ROOT:
            for path in (self.share, self.state):
                give(path)
            self.wrapper = ["setpriv", f"--reuid={PLAIN}", f"--regid={PLAIN}", "--clear-groups"]
        super().start()


class PlainCase(Case):
    """`self.here` and `self.share` belong to a plain user, as whom both programs run."""

    def setUp(self):
        super().setUp()
        self.dir.chmod(0o755)
        self.here = self.dir / "here"
        self.here.mkdir()
        self.host = PlainServer(self.dir / "share", self.dir / "state")
        self.addCleanup(self.host.__exit__)
        self.share = self.host.share
        self.client = self.cli(self.host)
        give(self.client.home)
        self.addCleanup(subprocess.run, ["chmod", "-R", "u+rwX", self.dir], stderr=subprocess.DEVNULL)

    def write(self, path, content=b"content"):
        """A file of the plain user's, with its directories."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        give(self.here)
        give(self.share)
        return path

    def directory(self, path):
        path.mkdir(parents=True, exist_ok=True)
        give(path)
        return path

    def run_plain(self, *arguments, **more):
        who = {"user": PLAIN, "group": PLAIN, "extra_groups": []} if ROOT else {}
        return self.client.run(*arguments, **{"cwd": self.here, **who, **more})

    def mode(self, path):
        return oct(pathlib.Path(path).stat().st_mode & 0o7777)
