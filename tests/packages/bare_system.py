"""A bare Debian of this release in a directory: made once by debootstrap, copied for a test, booted by systemd-nspawn."""
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BASE = ROOT / "build/bare_system"
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8",
               "DEBIAN_FRONTEND": "noninteractive"}
INCLUDED = "ca-certificates,dbus,man-db,systemd-sysv"


def codename():
    return re.search(r"^VERSION_CODENAME=(\w+)$", pathlib.Path("/etc/os-release").read_text(), re.MULTILINE)[1]


def mirror():
    """The one that this machine uses; debootstrap's own, if it has none."""
    targets = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian", f"Codename: {codename()}"],
        capture_output=True, text=True, check=True)
    return targets.stdout.splitlines()[:1]


def make_base():
    if BASE.exists():
        return
    part = BASE.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    subprocess.run(["debootstrap", "--variant=minbase", f"--include={INCLUDED}", codename(), part, *mirror()], check=True)
    subprocess.run(["chroot", part, "apt-get", "update", "-q"], env=ENVIRONMENT, check=True)
    part.rename(BASE)


class BareSystem:
    """Runs as long as the `with` block."""

    def __enter__(self):
        make_base()
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="dftp-system.", dir="/var/tmp"))
        subprocess.run(["cp", "-a", "--reflink=auto", f"{BASE}/.", self.root], check=True)
        self.root.chmod(0o755)
        self.boot()
        return self

    def boot(self):
        with open(self.root / "console", "wb") as console:
            # It is on this machine's network; what is to be mounted needs the device.
            self.nspawn = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--directory", self.root, "--register=no", "--keep-unit", "--bind=/dev/fuse", "--boot"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        deadline = time.monotonic() + 300
        while not self.is_up():
            if self.nspawn.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("it does not boot:\n" + (self.root / "console").read_text(errors="replace"))
            time.sleep(0.5)

    def is_up(self):
        self.leader = leader_of(self.nspawn.pid)
        if self.leader is None:
            return False
        # "degraded": a bare system in a container has units that fail there.
        return self.run("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded")

    def run(self, *command, text_in="", check=True):
        done = subprocess.run(["nsenter", f"--target={self.leader}", "--all", "--root", "--wdns=/", *command], env=ENVIRONMENT, input=text_in,
                              capture_output=True, text=True)
        if check and done.returncode:
            raise AssertionError(f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def path(self, name):
        return self.root / name.lstrip("/")

    def __exit__(self, *_):
        if self.nspawn.poll() is None:
            self.nspawn.terminate()  # is an orderly shutdown
            try:
                self.nspawn.wait(60)
            except subprocess.TimeoutExpired:
                self.nspawn.kill()
                self.nspawn.wait()
        shutil.rmtree(self.root)


def leader_of(pid):
    """The first process of the system that `pid` has started, by its number there."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        if re.search(r"^NSpid:.*\s1$", status, re.MULTILINE):
            return pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return None
    return next((found for child in children if (found := leader_of(int(child)))), None)
