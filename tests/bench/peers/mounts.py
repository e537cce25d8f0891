"""Cases on mounts: the same work on a fresh mount of each kind. Functions as in own.py; `run` is what is timed."""
import functools
import hashlib
import json
import os
import shutil
import subprocess
import time

import data
import proc
import servers
from measure import Contender, Failed
from place import BIN, Unavailable

PATIENCE = 20  # seconds, for a mount to appear or to go
SOURCE = "data"  # what stands there cold, and where new files go
TARGET = "in"


class Mount:
    """One kind of mount, there from up() to down(). `command` makes its words: (place, server, directory)."""

    def __init__(self, place, server, command):
        self.place, self.server, self.command = place, server, command
        self.directory = place.top / "mnt"
        self.process = None

    def up(self):
        if isinstance(self.server, Unavailable):
            raise self.server
        self.directory.mkdir(exist_ok=True)
        words = self.command(self.place, self.server, self.directory)
        words[0] = self.place.tool(str(words[0]))
        with open(self.place.top / "mount.log", "wb") as log:
            self.process = subprocess.Popen([*self.place.network.client, *map(str, words)], env=self.place.env, stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        if not self.wait_for(lambda: os.path.ismount(self.directory) or self.process.poll() is not None):
            raise Failed("no mount appears")
        if self.process.poll() is not None:
            raise Failed(f"no mount: {(self.place.top / 'mount.log').read_text(errors='replace')[-300:]}")

    def down(self):
        if not self.process:
            return
        subprocess.run(["umount", self.directory], check=False, capture_output=True)
        if not self.wait_for(lambda: self.process.poll() is not None):
            self.process.kill()
            self.process.wait()
            subprocess.run(["umount", "-l", self.directory], check=False, capture_output=True)
        self.process = None

    def used(self):
        """Seconds of processor time."""
        return sum(proc.parse_stat(proc.read(f"/proc/{pid}/stat"))[0]
                   for pid in [self.process.pid, *proc.descendants(self.process.pid)])

    def wait_for(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.005)
        return condition()


def dftp(place, server, directory, *options):
    return [BIN / "dftp-mount", server.facts["url"] + "/", directory, "-f", "--key", place.home / "dftp-key", "--fingerprint",
            server.facts["fingerprint"], *options]


def dftp_plain(place, server, directory):
    return dftp(place, server, directory, "--plain-data")


def sshfs(place, server, directory):
    facts, home = server.facts, place.home
    return ["sshfs", f"{facts['user']}@{facts['host']}:{place.share}", directory, "-f", "-p", facts["port"], "-F", "/dev/null",
            "-o", f"IdentityFile={home}/key,UserKnownHostsFile={home}/known_hosts,IdentitiesOnly=yes"]


def rclone(place, server, directory):
    facts, home = server.facts, place.home
    remote = (f":sftp,host={facts['host']},port={facts['port']},user={facts['user']},key_file={home}/key,"
              f"known_hosts_file={home}/known_hosts:{place.share}")
    return ["rclone", "mount", remote, directory, "--vfs-cache-mode", "writes", "--cache-dir", place.top / "rclone"]


KINDS = (("dftp", "tls", "dftp", dftp), ("dftp plain", "plain", "dftp", dftp_plain), ("sshfs", "tls", "sshd", sshfs),
         ("rclone mount", "tls", "sshd", rclone))
PACKAGES = "sshfs rclone fio openssh-server"


def mounted(place, start, work):
    """Contenders that do `work(mount)`, a (command, check, prepare): prepare is not timed and comes after mounting."""
    if not os.path.exists("/dev/fuse") or os.geteuid() != 0:
        raise Unavailable("mounting needs root and /dev/fuse here")
    running = {}

    def server_of(name):
        if name not in running:
            try:
                running[name] = start(servers.SERVERS[name])
            except Unavailable as error:
                running[name] = error
        return running[name]
    return [contender(place, name, group, Mount(place, server_of(server), command), work)
            for name, group, server, command in KINDS]


def contender(place, name, group, mount, work):
    command, check, prepare = work(mount.directory)
    begun = {}

    def before():
        mount.up()
        prepare()
        begun["cpu"] = mount.used()

    def checked(output):
        used = mount.used() - begun["cpu"]
        return {"CPU s mount": used} | (check(output) or {})

    def after():
        mount.down()
        data.empty(place.inbox)
    server = None if isinstance(mount.server, Unavailable) else mount.server
    return Contender(name, group, command, place.env, server, before, checked, after)


def nothing(*_):
    return {}


def read(place, start, source, size):
    def work(mnt):
        file = mnt / SOURCE / source.name
        return ["dd", f"if={file}", "of=/dev/null", "bs=1M", "status=none"], lambda _: data.check_equal(source, file), nothing
    return mounted(place, start, work), size


def write(place, start, source, size):
    def work(mnt):
        file = mnt / TARGET / source.name
        return (["dd", f"if={source}", f"of={file}", "bs=1M", "conv=fsync", "status=none"],
                lambda _: data.check_equal(source, place.inbox / source.name), nothing)
    return mounted(place, start, work), size


def listed(place, start, source, count, again=False):
    expected = sizes_and_names(subprocess.run(["ls", "-lR", source], capture_output=True, check=True).stdout)

    def work(mnt):
        def check(output):
            if sizes_and_names(output) != expected:
                raise data.Mismatch("not the names and sizes that there are")

        command = ["ls", "-lR", mnt / SOURCE / source.name]
        return command, check, (lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True)) if again else nothing
    return mounted(place, start, work), 0


def sizes_and_names(output):
    """Of the files in what ls -lR says."""
    return sorted((line.split()[4], line.split()[8]) for line in output.decode().splitlines() if line.startswith("-"))


def cat(place, start, source, count):
    files = sorted(path.relative_to(source) for path in source.rglob("*.dat"))
    digest = hashlib.md5(b"".join((source / file).read_bytes() for file in files)).hexdigest()

    def check(output):
        if output.split()[0].decode() != digest:
            raise data.Mismatch("not what stands in the files")
    return mounted(place, start, lambda mnt: (["sh", "-c", f"cat '{mnt / SOURCE / source.name}'/*/*.dat | md5sum"], check, nothing)), 0


def create(place, start, source, count):
    return mounted(place, start, lambda mnt: (["cp", "-r", source, mnt / TARGET],
                                              lambda _: data.check_equal(source, place.inbox / source.name), nothing)), 0


def remove(place, start, source, count):
    there = place.inbox / source.name

    def check(_):
        if there.exists():
            raise data.Mismatch("something is left")
    return mounted(place, start, lambda mnt: (["rm", "-r", mnt / TARGET / source.name], check,
                                              lambda: shutil.copytree(source, there))), 0


def fio(place, start, source, size, how, jobs, requests):
    """So many requests of 4 KiB in each of `jobs` threads."""
    def work(mnt):
        def words(file, *more):
            return ["fio", "--name=x", f"--filename={file}", f"--rw={how}", "--bs=4k", "--ioengine=psync", "--thread",
                    f"--numjobs={jobs}", f"--number_ios={requests}", "--group_reporting", "--output-format=json",
                    f"--size={source.stat().st_size}", *more]
        if how == "randread":
            def check(output):
                return {"IOPS": json.loads(output)["jobs"][0]["read"]["iops"]}
            return words(mnt / SOURCE / source.name), check, nothing
        there, marked = place.inbox / source.name, ("--verify=crc32c", "--verify_state_save=0")

        def check(output):
            again = subprocess.run(words(there, *marked, "--verify_only"), env=place.env, check=False, capture_output=True, text=True)
            if again.returncode:
                raise data.Mismatch(f"not what was written: {again.stderr[-200:]}")
            return {"IOPS": json.loads(output)["jobs"][0]["write"]["iops"]}
        return (words(mnt / TARGET / source.name, *marked, "--do_verify=0", "--end_fsync=1"), check,
                lambda: shutil.copyfile(source, there))
    place.tool("fio")
    return mounted(place, start, work), 0


random_read = functools.partial(fio, how="randread", jobs=1, requests=20_000)
random_read_16 = functools.partial(fio, how="randread", jobs=16, requests=2_500)
random_write = functools.partial(fio, how="randwrite", jobs=1, requests=20_000)
listed_again = functools.partial(listed, again=True)
