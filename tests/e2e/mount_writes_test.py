"""What programs write through a mount stands where the call says, whole, and for as long as they like."""
import concurrent.futures
import contextlib
import errno
import fcntl
import mmap
import os
import pathlib
import signal
import subprocess
import sys
import threading
import unittest

from harness import PASSWORD, USER, add_user, wait_for
from mount_harness import MountCase, why_not

PLAIN, OTHER = 54321, 54322  # users of no name

# Appends records of one letter to a file: path, letter, sizes...
APPENDER = """
import os, sys
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND)
for size in map(int, sys.argv[3:]):
    record = sys.argv[2].encode() * (size - 1) + b"\\n"
    assert os.write(fd, record) == size
"""
# Opens a file so many times, says so, and waits for its end: path, number, "map" or "open".
HOLDER = """
import mmap, os, resource, sys, time
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
held = []
for _ in range(int(sys.argv[2])):
    fd = os.open(sys.argv[1], os.O_RDONLY)
    if sys.argv[3] == "map":
        held.append(mmap.mmap(fd, 1, prot=mmap.PROT_READ))
print("holds", flush=True)
time.sleep(600)
"""


def setUpModule():
    if reason := why_not():
        raise unittest.SkipTest(reason)


def fill(descriptor):
    """Writes until the disk is full; the errors that are told then, by write, fsync, fsync and close."""
    told = []
    block = os.urandom(1 << 16)
    for _ in range(2000):
        try:
            os.write(descriptor, block)
        except OSError as error:
            told.append(("write", error.errno))
            break
    for name, call in (("fsync", os.fsync), ("fsync", os.fsync), ("close", os.close)):
        try:
            call(descriptor)
        except OSError as error:
            told.append((name, error.errno))
    return told


class Appends(MountCase):
    def two(self):
        return [self.mount(name=name).directory for name in ("one", "two")]

    def lines(self, name="log"):
        return (self.share / name).read_bytes().splitlines()

    def test_a_flag_counts_from_when_fcntl_sets_it_until_it_takes_it_away(self):
        (self.share / "log").write_bytes(b"")
        files = [os.open(mount / "log", os.O_RDWR) for mount in self.two()]
        self.addCleanup(lambda: [os.close(file) for file in files])
        for file in files:
            fcntl.fcntl(file, fcntl.F_SETFL, os.O_APPEND)
        for i in range(20):
            for k, file in enumerate(files):
                os.write(file, b"line %d %d\n" % (k, i))
        self.assertEqual(self.lines(), [b"line %d %d" % (k, i) for i in range(20) for k in range(2)])
        for file in files:
            fcntl.fcntl(file, fcntl.F_SETFL, 0)
        os.pwrite(files[0], b"LINE", 0)
        os.fsync(files[0])
        os.write(files[1], b"")
        self.assertEqual(self.lines()[0], b"LINE 0 0")
        self.assertEqual(len(self.lines()), 40)
        fcntl.fcntl(files[1], fcntl.F_SETFL, os.O_APPEND)
        os.write(files[1], b"last\n")
        self.assertEqual(self.lines()[-1], b"last")
        self.assertEqual(len(self.lines()), 41)

    def test_a_flag_that_is_taken_away_does_not_append(self):
        [mount] = self.two()[:1]
        with open(mount / "log", "ab", buffering=0) as file:
            file.write(b"0123456789")
            fcntl.fcntl(file, fcntl.F_SETFL, 0)
            os.pwrite(file.fileno(), b"abc", 2)
            os.fsync(file)
        self.assertEqual((self.share / "log").read_bytes(), b"01abc56789")

    def test_a_mapped_page_stands_where_it_is(self):
        mount = self.mount().directory
        for mode in ("a+b", "r+b"):
            (mount / "file").write_bytes(b"0123456789" * 1000)
            with open(mount / "file", mode, buffering=0) as file, mmap.mmap(file.fileno(), 0) as pages:
                pages[0:4] = b"ABCD"
                file.seek(0, os.SEEK_END)
                if mode == "a+b":
                    os.write(file.fileno(), b"appended")
                else:
                    fcntl.fcntl(file, fcntl.F_SETFL, os.O_APPEND)
                    os.write(file.fileno(), b"appended")
                pages[5000:5004] = b"EFGH"
                pages.flush()
            content = (self.share / "file").read_bytes()
            expected = bytearray(b"0123456789" * 1000 + b"appended")
            expected[0:4], expected[5000:5004] = b"ABCD", b"EFGH"
            self.assertEqual(content, bytes(expected), mode)

    def test_a_record_is_whole_whatever_others_append(self):
        (self.share / "log").write_bytes(b"")
        mounts = [self.mount(name=name).directory for name in ("one", "two", "three")]
        sizes = [1, 2, 100, 3000, 4095, 4096, 4097, 10_000, 65_536, 70_001, 200_000, 1_000_000]
        children = [subprocess.Popen([sys.executable, "-c", APPENDER, mount / "log", letter, *map(str, sizes * 3)])
                    for mount, letter in zip(mounts, "abc")]
        self.assertEqual([child.wait(60) for child in children], [0, 0, 0])
        records = (self.share / "log").read_bytes().split(b"\n")
        self.assertEqual(records.pop(), b"")
        self.assertEqual(len(records), 3 * 3 * len(sizes))
        # One of a single byte is a line end alone.
        self.assertEqual([record[:20] for record in records if len(set(record)) > 1 or len(record) + 1 not in sizes], [])

    def test_gathered_and_direct_records_are_whole(self):
        (self.share / "log").write_bytes(b"")
        mounts = self.two()
        gathered = [os.open(mount / "log", os.O_WRONLY | os.O_APPEND) for mount in mounts]
        direct = [os.open(mount / "log", os.O_WRONLY | os.O_APPEND | os.O_DIRECT) for mount in mounts]
        self.addCleanup(lambda: [os.close(file) for file in gathered + direct])
        page = mmap.mmap(-1, 8192)

        def append(k):
            for _ in range(20):
                os.writev(gathered[k], [b"%d" % k * 1000] * 5 + [b"\n"])
            page_of_mine = memoryview(page)[k * 4096:(k + 1) * 4096]
            page_of_mine[:] = b"%d" % (k + 2) * 4095 + b"\n"
            for _ in range(20):
                os.write(direct[k], page_of_mine)
            page_of_mine.release()

        threads = [threading.Thread(target=append, args=(k,)) for k in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        lines = self.lines()
        self.assertEqual(len(lines), 80)
        self.assertEqual({(len(set(line)), len(line)) for line in lines}, {(1, 5000), (1, 4095)})

    def test_a_reader_of_the_mount_sees_what_is_appended(self):
        mount = self.mount().directory
        (mount / "log").write_bytes(b"first\n")
        with open(mount / "log", "rb", buffering=0) as reader, open(mount / "log", "ab", buffering=0) as writer:
            seen = reader.read(100)
            for i in range(200):
                writer.write(b"line %d\n" % i)
                seen += reader.read(100)
        self.assertEqual(seen, b"first\n" + b"".join(b"line %d\n" % i for i in range(200)))

    def test_there_is_no_last_append(self):
        mount = self.mount().directory

        def append(name):
            with open(mount / name, "ab", buffering=0) as file:
                for i in range(140):
                    file.write(b"line %d\n" % i)

        # More than the server keeps replies, from several descriptors for the sake of speed.
        names = [f"log{k}" for k in range(8)]
        with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(append, names))
        append("after")
        for name in names + ["after"]:
            self.assertEqual(self.lines(name), [b"line %d" % i for i in range(140)])

    def test_shells_append(self):
        mounts = self.two()
        script = "for i in $(seq 100); do echo $0 $i; done >> log"
        children = [subprocess.Popen(["sh", "-c", script, letter], cwd=mount) for mount, letter in zip(mounts * 2, "abcd")]
        self.assertEqual([child.wait(60) for child in children], [0] * 4)
        lines = self.lines()
        for letter in b"abcd":
            self.assertEqual([line for line in lines if line[0] == letter], [b"%c %d" % (letter, i) for i in range(1, 101)])
        self.assertEqual(len(lines), 400)


class Rights(MountCase):
    """A server that acts as the callers."""

    def setUp(self):
        super().setUp()
        self.host.stop()
        add_user(self.host.state, "mounter", PASSWORD, "--act-as")
        self.host.start()
        self.mnt = self.mount("-o", "allow_other,default_permissions,suid", url=self.host.url(user="mounter")).directory
        os.chmod(self.dir, 0o755)

    def as_user(self, uid, *words, **more):
        return subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=60, check=False, user=uid, group=uid,
                              extra_groups=[], cwd="/", **more)

    def done_by(self, uid, program, path):
        """The exit code of a process of this one's that becomes the user."""
        child = os.fork()
        if child == 0:
            try:
                os.setgroups([])
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
                exec(program, {"os": os, "mmap": mmap, "p": str(path)})  # pylint: disable=exec-used
                os._exit(0)
            except BaseException as error:  # pylint: disable=broad-except
                os.write(2, repr(error).encode())
                os._exit(1)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def mode(self, path):
        return self.as_user(OTHER, "stat", "-c", "%a", path).stdout.strip()

    def test_whoever_changes_a_program_takes_its_set_id_bits_away(self):
        changes = {
            "append": "with open(p, 'ab') as f: f.write(b'x')",
            "write": "with open(p, 'r+b') as f: f.write(b'x')",
            "truncate": "os.truncate(p, 10)",
            "ftruncate": "with open(p, 'r+b') as f: os.ftruncate(f.fileno(), 10)",
            "empty": "open(p, 'wb').close()",
            "allocate": "with open(p, 'r+b') as f: os.posix_fallocate(f.fileno(), 0, 100000)",
            "copy": "with open(p, 'r+b') as f: os.copy_file_range(f.fileno(), f.fileno(), 10, 0, 20)",
            "map": "f = open(p, 'r+b'); m = mmap.mmap(f.fileno(), 0); m[0] = 1; m.flush(); m.close(); f.close()",
            "owner": "os.chown(p, -1, os.getgid())",
        }
        for name, change in changes.items():
            with self.subTest(name):
                path = self.mnt / name
                path.write_bytes(b"#!/bin/sh\n" + b"#" * 5000)
                os.chown(path, PLAIN, PLAIN)
                os.chmod(path, 0o6777)
                self.assertEqual(self.mode(path), "6777")
                self.assertEqual(self.done_by(PLAIN, change, path), 0)
                self.assertEqual((self.mode(self.share / name), self.mode(path)), ("777", "777"))

    def test_a_program_runs_that_may_not_be_read(self):
        for mode in (0o755, 0o711, 0o111):
            path = self.share / f"program-{mode:o}"
            path.write_bytes(pathlib.Path("/bin/true").read_bytes())
            os.chmod(path, mode)
            with self.subTest(f"{mode:o}"):
                self.assertEqual(self.as_user(PLAIN, self.mnt / path.name).returncode, 0)
                self.assertEqual(self.as_user(PLAIN, "cat", self.mnt / path.name).returncode == 0, mode == 0o755)
                self.assertEqual(self.as_user(PLAIN, self.mnt / path.name).returncode, 0)
        os.chmod(self.share / "program-711", 0o600)
        self.assertRaises(PermissionError, self.as_user, PLAIN, self.mnt / "program-711")


class Full(MountCase):
    def setUp(self):
        super().setUp()
        self.disk = self.share / "disk"
        self.disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", self.disk], check=False).returncode:
            self.skipTest("no file system can be mounted")
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=False)

    def test_a_full_disk_is_told_once(self):
        mount = self.mount().directory
        for name, flags in (("new", os.O_CREAT | os.O_WRONLY), ("old", os.O_RDWR), ("log", os.O_CREAT | os.O_WRONLY | os.O_APPEND)):
            with self.subTest(name):
                if name == "old":
                    (self.disk / name).write_bytes(b"x")
                told = fill(os.open(mount / "disk" / name, flags, 0o644))
                self.assertEqual([number for _, number in told], [errno.ENOSPC], told)
                (mount / "disk" / name).unlink()
                wait_for(lambda: os.statvfs(self.disk).f_bfree > 4000, what="space")


    def test_a_child_that_closes_its_copy_takes_no_error_away(self):
        mount = self.mount().directory
        (self.disk / "old").write_bytes(b"x")
        with open(self.disk / "ballast", "wb", buffering=0) as ballast, contextlib.suppress(OSError):
            while True:
                ballast.write(bytes(4096))
        file = os.open(mount / "disk" / "old", os.O_RDWR)
        os.pwrite(file, bytes(900_000), 4096)
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        with self.assertRaises(OSError) as told:
            os.close(file)
        self.assertEqual(told.exception.errno, errno.ENOSPC)


class Held(MountCase):
    """Descriptors by the thousand."""

    def open_there(self):
        there = pathlib.Path(f"/proc/{self.host.process.pid}/fd")
        count = 0
        for fd in os.listdir(there):
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                count += os.readlink(there / fd).endswith("/held")
        return count

    def test_a_program_that_ends_leaves_nothing_open(self):
        (self.share / "held").write_bytes(b"content")
        mount = self.mount().directory
        for how, number in (("open", signal.SIGKILL), ("open", signal.SIGTERM), ("map", signal.SIGKILL)):
            with self.subTest(how):
                program = subprocess.Popen([sys.executable, "-c", HOLDER, mount / "held", "1200", how], stdout=subprocess.PIPE)
                self.addCleanup(program.stdout.close)
                self.assertEqual(program.stdout.readline(), b"holds\n")
                self.assertGreaterEqual(self.open_there(), 1200)
                program.send_signal(number)
                program.wait()
                # One stays for ten seconds, to be opened again, and one for the node.
                wait_for(lambda: self.open_there() <= 2, 60, "the server to have closed them")


class Options(MountCase):
    def test_flags_of_a_mount_can_be_changed(self):
        mount = self.mount()
        remount = lambda *words: subprocess.run(  # noqa: E731
            [os.environ.get("DFTP_BIN", "build/release/bin") + "/dftp-mount", self.host.url(), mount.directory, "-o", ",".join(("remount", *words))],
            capture_output=True, text=True, check=False)
        self.assertEqual(remount("ro").returncode, 0)
        self.assertRaises(OSError, (mount.directory / "file").write_text, "text")
        self.assertEqual(remount("rw", "noexec").returncode, 0)
        (mount.directory / "file").write_text("text")
        mounts = [line.split() for line in pathlib.Path("/proc/mounts").read_text().splitlines()]
        options = [line[3].split(",") for line in mounts if line[1] == str(mount.directory)]
        self.assertIn("noexec", options[0])
        self.assertIn("nosuid", options[0])
        mount.end()
        self.assertIn("no dftp share is mounted there", remount("ro").stderr)

    def test_masks_are_of_files_and_of_directories(self):
        mount = self.mount("-o", "fmask=0137,dmask=0027,uid=root,gid=0").directory
        (self.share / "directory").mkdir(mode=0o755)
        (self.share / "file").write_text("")
        os.chmod(self.share / "file", 0o755)
        self.assertEqual([(mount / name).stat().st_mode & 0o777 for name in ("directory", "file")], [0o750, 0o640])

    def test_only_a_mount_has_a_status(self):
        directory = self.dir / "directory"
        directory.mkdir()
        try:
            os.setxattr(directory, "user.dftp.status", b"\x1b[31mred")
        except OSError:
            self.skipTest("no user attributes here")
        done = subprocess.run([os.environ.get("DFTP_BIN", "build/release/bin") + "/dftp-mount", "--status", directory], capture_output=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertNotIn(b"\x1b", done.stdout + done.stderr)


class Passwords(MountCase):
    def test_a_mount_reads_its_password_anew(self):
        file = self.dir / "password"
        file.write_text(PASSWORD + "\n")
        file.chmod(0o600)
        mount = self.mount("--password-file", file, password="")
        (mount.directory / "file").write_text("text")
        subprocess.run([self.host_program(), "user", "passwd", USER, "--password-stdin", "--state", self.host.state], input="another one",
                       text=True, check=True, stdout=subprocess.DEVNULL)
        self.host.kill()
        self.host.start()
        wait_for(lambda: "refused" in mount.status().get("trouble", ""), what="a refused login")
        file.write_text("another one\n")
        wait_for(lambda: mount.status()["connected"], 60, "a connection")
        self.assertEqual((mount.directory / "file").read_text(), "text")

    def host_program(self):
        return os.environ.get("DFTP_BIN", "build/release/bin") + "/dftp-server"


if __name__ == "__main__":
    unittest.main()
