"""Nobody leaves the root: not by names, not by links, not by links swapped in meanwhile."""
import contextlib
import ctypes
import json
import os
import pathlib
import subprocess
import threading
import time
import unittest

from harness import PASSWORD, USER, Case, add_user, wait_for
from independent_client import DATA, DONE, FILE, LISTED, STORED, WANT, Client, DftpError, leaves, root, announcement

SECRET = b"the secret outside"
RACE = float(os.environ.get("DFTP_RACE_SECONDS", "3"))
AT_FDCWD, RENAME_EXCHANGE = -100, 2
libc = ctypes.CDLL(None, use_errno=True)


def exchange(one, other):
    if libc.renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) != 0:
        raise OSError(ctypes.get_errno(), "renameat2")


def snapshot(top):
    """Everything beneath a directory: names, modes, times, links, contents."""
    found = {}
    for path in sorted([top, *top.rglob("*")]):
        status = path.lstat()
        content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        found[str(path)] = (status.st_mode, status.st_mtime_ns if not path.is_dir() else None, content)
    return found


class Server(Case):
    """The server against a client that wants out."""

    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.share, self.outside = self.host.share, self.dir / "outside"
        (self.outside / "deeper").mkdir(parents=True)
        for path in (self.outside / "secret", self.outside / "deeper" / "secret"):
            path.write_bytes(SECRET)
        self.before = snapshot(self.outside)
        self.client = self.connect()

    def tearDown(self):
        self.assertEqual(snapshot(self.outside), self.before)

    def connect(self):
        client = Client(self.host.host, self.host.port, self.host.fingerprint, USER, PASSWORD)
        self.addCleanup(client.control.stream.close)
        return client

    def attempts(self, path):
        """Every command that takes a path, on this one."""
        call = self.client.call
        return {
            "list": lambda: call("list", path=path), "stat": lambda: call("stat", path=path),
            "md5": lambda: call("md5", path=path), "digests": lambda: call("digests", path=path),
            "statfs": lambda: call("statfs", path=path), "times": lambda: call("times", path=path), "mkdir": lambda: call("mkdir", path=path, parents=True),
            "rmdir": lambda: call("rmdir", path=path), "remove": lambda: call("remove", path=path, recursive=True),
            "rename from": lambda: call("rename", **{"from": path, "to": "/moved"}),
            "rename to": lambda: call("rename", **{"from": "/file", "to": path}),
            "symlink": lambda: call("symlink", target="file", path=path),
            "readlink": lambda: call("readlink", path=path),
            "chmod": lambda: call("chmod", path=path, mode=0o777), "utime": lambda: call("utime", path=path, mtime=1),
            "get": lambda: self.client.get(path), "put": lambda: self.client.put(path, b"evil"),
        }

    def refused(self, path, codes, leave_out=()):
        for command, attempt in self.attempts(path).items():
            if command in leave_out:
                continue
            with self.subTest(command, path=path):
                with self.assertRaises(DftpError) as raised:
                    attempt()
                self.assertIn(raised.exception.code, codes)

    def test_names_that_are_none(self):
        (self.share / "file").write_bytes(b"inside")
        for path in ("..", "/..", "../outside/secret", "/a/../../outside/secret", "file/..", ".", "./file", "a\0b",
                     {"b64": "Li4="}, {"b64": "YQBi"}, "n" * 256):
            self.refused(path, ("invalid_name", "invalid_request", "name_too_long"))
        self.assertEqual((self.share / "file").read_bytes(), b"inside")

    def test_an_absolute_name_counts_from_the_root_of_the_share(self):
        self.client.put(str(self.outside / "secret")[1:].replace("/", "-"), b"x")
        with self.assertRaises(DftpError) as raised:
            self.client.get(str(self.outside / "secret"))
        self.assertEqual(raised.exception.code, "not_found")

    def test_reserved_names(self):
        hidden = self.share / ".dftp-part-0123"
        hidden.write_bytes(b"x")
        (self.share / "file").write_bytes(b"inside")
        for path in ("/.dftp-part-0123", "/.dftp-part-new", "/.dftp-part-0123/below"):
            self.refused(path, ("invalid_name",))
        self.assertEqual(self.client.list("/"), [b"file"])
        self.assertEqual(hidden.read_bytes(), b"x")

    def test_a_put_whose_announcement_leads_out(self):
        (self.share / "in").mkdir()
        for path in ("../evil", "/../evil", "a/../../evil", "..", "a\0b", ".dftp-part-x"):
            with self.subTest(path), self.assertRaises((DftpError, EOFError, OSError)):
                self.put_announced(path=path, size=4, mode=0o644)
        self.assertEqual(sorted(os.listdir(self.share)), ["in"])

    def test_a_put_through_a_link_of_its_own(self):
        for target in ("../outside", str(self.outside)):
            (self.share / "in").mkdir()
            self.client.call("symlink", target=target, path="/in/x")
            with self.assertRaises((DftpError, EOFError, OSError)):
                self.put_announced(path="x/evil", size=4, mode=0o644)
            self.client.call("remove", path="/in", recursive=True)

    def put_announced(self, **members):
        channel = self.client.attach(self.client.call("put", targets=[{"path": "/in"}])["tickets"][0])
        channel.send_block(FILE, 1, 0, announcement(**members), flags=1)
        channel.send_block(DATA, 1, 0, leaves(b"evil")[0] + b"evil")
        channel.send_block(DONE, 1, 4, root(leaves(b"evil")))
        channel.send_block(LISTED, offset=1)
        while channel.read_block()[0] not in (STORED, WANT):
            pass

    def test_links_that_lead_out(self):
        (self.share / "file").write_bytes(b"inside")
        (self.share / "d").mkdir()
        links = {"absolute": self.outside, "relative": "../outside", "d/deep": "../../outside", "chain": "relative",
                 "dots": "d/../../outside", "proc": "/proc/self/root" + str(self.outside)}
        for name, target in links.items():
            os.symlink(target, self.share / name)
        codes = ("outside_root", "not_found", "exists")  # the last: a link is in the way of `mkdir` with parents
        for name in links:
            self.refused(f"/{name}/secret", codes)
            self.refused(f"/{name}/deeper/secret", codes)
            # These are about the link itself, and may do to it what they like.
            itself = ("rename from", "rename to", "remove", "readlink", "rmdir", "put", "symlink", "mkdir", "chmod", "utime")
            self.refused(f"/{name}", codes, leave_out=itself)
        for name in links:
            self.client.put(f"/{name}", b"takes the link's place")
            self.assertFalse((self.share / name).is_symlink())

    def test_a_link_to_a_file_outside(self):
        os.symlink("../outside/secret", self.share / "link")
        for command in ("stat", "md5", "digests"):
            with self.assertRaises(DftpError):
                self.client.call(command, path="/link")
        for command, more in (("chmod", {"mode": 0o777}), ("utime", {"mtime": 1})):
            try:
                self.client.call(command, path="/link", **more)
            except DftpError:
                pass
        with self.assertRaises(DftpError):
            self.client.get("/link")

    def test_remove_takes_the_link_and_not_what_it_leads_to(self):
        (self.share / "tree" / "d").mkdir(parents=True)
        os.symlink(self.outside, self.share / "tree" / "d" / "out")
        self.client.call("remove", path="/tree", recursive=True)
        self.assertEqual(os.listdir(self.share), [])

    def test_links_swapped_in_while_requests_run(self):
        place, spare = self.share / "place", self.dir / "spare"
        (place / "deeper").mkdir(parents=True)
        os.symlink("../outside", spare)
        clients = [self.connect() for _ in range(3)]
        stop = time.monotonic() + RACE
        seen, answers = [], {"good": 0, "refused": 0}

        def swap():
            while time.monotonic() < stop:
                exchange(place, spare)

        def restore():
            for path in ("secret", "deeper/secret"):
                os.makedirs(os.path.dirname(inside / path), exist_ok=True)
                (inside / path).write_bytes(b"inside")

        def ask(client):
            rounds = [lambda: seen.append(client.get("/place/secret")[0]),
                      lambda: seen.append(client.get("/place/deeper/secret")[0]),
                      lambda: client.put("/place/evil", os.urandom(20)),
                      lambda: client.put("/place/deeper/evil", os.urandom(20)),
                      lambda: client.call("list", path="/place/deeper"),
                      lambda: client.call("mkdir", path="/place/made/below", parents=True),
                      lambda: client.call("symlink", target="x", path="/place/link"),
                      lambda: client.call("chmod", path="/place/secret", mode=0o600),
                      lambda: client.call("utime", path="/place/secret", mtime=1),
                      lambda: client.call("rename", **{"from": "/place/evil", "to": "/place/deeper/evil"}),
                      lambda: client.call("remove", path="/place/deeper/evil"),
                      lambda: client.call("remove", path="/place/made", recursive=True),
                      lambda: client.call("remove", path="/place/deeper", recursive=True),
                      lambda: client.call("remove", path="/place/link")]
            while time.monotonic() < stop:
                for request in rounds:
                    try:
                        request()
                        answers["good"] += 1
                    except (DftpError, EOFError):
                        answers["refused"] += 1

        # The real directory is now at one of two places; a descriptor finds it at both.
        handle = os.open(place, os.O_PATH | os.O_DIRECTORY)
        self.addCleanup(os.close, handle)
        inside = type(place)(f"/proc/self/fd/{handle}")
        restore()
        threads = [threading.Thread(target=swap), *(threading.Thread(target=ask, args=(client,)) for client in clients)]
        for thread in threads:
            thread.start()
        while time.monotonic() < stop:
            try:
                restore()
            except OSError:
                pass  # removed at this moment
            time.sleep(0.002)
        for thread in threads:
            thread.join()
        self.assertNotIn(SECRET, seen)
        self.assertGreater(answers["good"], 0)
        self.assertGreater(answers["refused"], 0)

    def test_a_tree_is_fetched_while_links_are_swapped_in(self):
        place, spare = self.share / "tree" / "place", self.dir / "spare"
        place.mkdir(parents=True)
        (place / "secret").write_bytes(b"inside")
        os.symlink(self.outside, spare)
        stop = threading.Event()

        def swap():
            while not stop.is_set():
                exchange(place, spare)
        swapper = threading.Thread(target=swap)
        swapper.start()
        try:
            client = self.cli(self.host)
            for number in range(25):
                got = client.start("get", "-r", self.host.url("/tree"), self.dir / f"got{number}")
                try:
                    self.assertIn(got.wait(20), range(12))
                except subprocess.TimeoutExpired:
                    got.kill()
                    raise AssertionError("the client hangs") from None
        finally:
            stop.set()
            swapper.join()
        for path in self.dir.glob("got*/**/secret"):
            if not path.parent.is_symlink():
                self.assertEqual(path.read_bytes(), b"inside")


class Homes(Case):
    """A user whose home another user can put something else in the place of."""

    def setUp(self):
        super().setUp()
        self.outside = self.dir / "outside"
        self.outside.mkdir()
        (self.outside / "secret").write_bytes(SECRET)
        add_user(self.dir / "state", "ben", PASSWORD)
        add_user(self.dir / "state", "eve", PASSWORD, "--home", "home")
        add_user(self.dir / "state", "zoe", PASSWORD, "--home", "home/inner")
        self.host = self.server()
        (self.host.share / "home/inner").mkdir(parents=True)
        (self.host.share / "home/inner/file").write_bytes(b"inside")

    def login(self, user):
        client = Client(self.host.host, self.host.port, self.host.fingerprint, user, PASSWORD)
        self.addCleanup(client.control.stream.close)
        return client

    def names(self, user):
        """What a new session of the user sees; a home is opened anew when no session has it open."""
        client = self.login(user)
        try:
            return client.list("/")
        finally:
            client.call("bye")
            wait_for(lambda: not self.is_open(self.host.share / "home"), what="the session's end")

    def is_open(self, path):
        for descriptor in pathlib.Path(f"/proc/{self.host.process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                if os.readlink(descriptor).startswith(str(path)):
                    return True
        return False

    def test_a_home_that_became_a_link_out(self):
        self.assertEqual(self.names("eve"), [b"inner"])
        self.assertEqual(self.names("zoe"), [b"file"])
        ben = self.login("ben")
        ben.call("rename", **{"from": "/home", "to": "/before"})
        for target in (str(self.outside), "../outside", "before", "/"):
            ben.call("mkdir", path="/made")
            ben.call("symlink", target=target, path="/made/home")
            ben.call("rename", **{"from": "/made/home", "to": "/home"})
            for user in ("eve", "zoe"):
                with self.subTest(user, target=target), self.assertRaises(DftpError):
                    self.login(user)
            ben.call("remove", path="/home")
            ben.call("rmdir", path="/made")
        ben.call("rename", **{"from": "/before", "to": "/home"})
        self.assertEqual(self.names("eve"), [b"inner"])

    def test_homes_swapped_for_links_while_users_come_in(self):
        home, spare = self.host.share / "home", self.dir / "spare"
        os.symlink(self.outside, spare)
        stop = time.monotonic() + RACE

        def swap():
            while time.monotonic() < stop:
                exchange(home, spare)
        swapper = threading.Thread(target=swap)
        swapper.start()
        self.addCleanup(swapper.join)
        answers = {"good": 0, "refused": 0}
        while time.monotonic() < stop:
            try:
                client = self.login("eve")
                self.assertEqual(client.list("/"), [b"inner"])
                answers["good"] += 1
                client.control.stream.close()
            except DftpError:
                answers["refused"] += 1
        self.assertGreater(answers["good"], 0)
        self.assertGreater(answers["refused"], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
