"""Nobody takes all that there is once for everybody: sessions, descriptors, lines of the log."""
import os
import resource
import time
import unittest

from guard_harness import STRANGER, GuardCase, Refused
from hostile_client import announced, block
from harness import USER, make_file, wait_for
from independent_client import FILE

OTHER = "127.0.0.3"


class Budgets(GuardCase):
    def limited(self, descriptors, *options):
        """A server that may have so many descriptors."""
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        host = self.server("--anonymous", *options)
        host.stop()
        host.wrapper = ["prlimit", f"--nofile={descriptors}:{descriptors}"]
        host.start()
        self.assertEqual(resource.getrlimit(resource.RLIMIT_NOFILE), before)
        return host

    def descriptors(self, host):
        return len(os.listdir(f"/proc/{host.process.pid}/fd"))

    def until_refused(self, function, most=3000):
        for done in range(most):
            try:
                function()
            except (Refused, OSError, EOFError) as error:
                return done, error
        return most, None

    def check_others(self, host, user=USER):
        other = self.peer(host, user, OTHER)
        self.assertIn("f", other.call("list", path="/")["names"])
        other.call("mount", path="/")
        node = other.call("fs.lookup", parent=1, name="f")["node"]
        other.once("fs.open", node=node)

    def test_handles(self):
        host = self.limited(1024)
        make_file(host.share / "f", 10)
        reader = self.peer(host, None)
        reader.call("mount", path="/")
        node = reader.call("fs.lookup", parent=1, name="f")["node"]
        opened, error = self.until_refused(lambda: reader.once("fs.open", node=node))
        self.assertEqual((error.code, error.errno), ("too_many", "EMFILE"))
        self.assertTrue(100 < opened < 1024, opened)
        self.check_others(host)

    def test_what_is_looked_at(self):
        host = self.limited(1024)
        make_file(host.share / "f", 10)
        os.mkdir(host.share / "d")
        for number in range(1500):
            (host.share / "d" / str(number)).touch()
        reader = self.peer(host, None)
        reader.call("mount", path="/")
        directory = reader.call("fs.lookup", parent=1, name="d")["node"]
        for number in range(1500):
            reader.call("fs.lookup", parent=directory, name=str(number))
        self.assertLess(self.descriptors(host), 512)
        os.rename(host.share / "d", self.dir / "d")
        self.check_others(host)

    def test_mounts_and_sessions(self):
        host = self.limited(1024)
        make_file(host.share / "f", 10)
        kept = []

        def one_more():
            kept.append(self.peer(host, None))
            kept[-1].call("mount", path="/")
        done, error = self.until_refused(one_more, 600)
        self.assertIsNotNone(error)
        self.assertGreater(done, 10)
        self.check_others(host)

    def test_transfers_that_leave_all_files_open(self):
        host = self.limited(1024)
        make_file(host.share / "f", 10)
        kept = []

        def one_more():
            reader = self.peer(host, None)
            kept.append(reader)
            for _ in range(16):
                kept.append(reader.attach(reader.call("get", sources=["/f"])["tickets"][0]))
        done, error = self.until_refused(one_more, 100)
        self.assertIsNotNone(error, done)
        self.check_others(host)

    def test_uploads_that_leave_all_files_open(self):
        host = self.limited(1024)
        make_file(host.share / "f", 10)
        many = block(FILE, 1, payload=announced(kind="directory", size=None))
        for number in range(2, 302):
            many += block(FILE, number, payload=announced(path=f"/{number}", size=64 << 20, sparse=True))
        kept = []

        def one_more():
            writer = self.peer(host)
            kept.append(writer.attach(writer.call("put", targets=[{"path": f"/d{len(kept)}"}])["tickets"][0]))
            kept[-1].stream.sendall(many)
        self.until_refused(one_more, 12)
        counts = [0]

        def settled():
            time.sleep(0.5)
            counts.append(self.descriptors(host))
            return counts[-1] == counts[-2] > 100
        wait_for(settled, what="the end of opening files")
        self.assertLess(counts[-1], 800)
        self.check_others(host, None)

    def test_locks_of_many_owners(self):
        host = self.limited(1024)
        make_file(host.share / "f", 10)
        locker = self.peer(host, None)
        locker.call("mount", path="/")
        node = locker.call("fs.lookup", parent=1, name="f")["node"]
        handle = locker.once("fs.open", node=node)["handle"]
        owners = iter(range(1, 5000))
        locked, error = self.until_refused(lambda: locker.call("fs.lock", handle=handle, owner=next(owners), kind="posix",
                                                               type="read", start=0, length=1))
        self.assertEqual(error.errno, "ENOLCK")
        self.assertTrue(100 < locked < 1024, locked)
        self.check_others(host)

    def test_watches(self):
        host = self.server("--max-watches", "40", "--anonymous")
        for number in range(60):
            (host.share / "d" / str(number)).mkdir(parents=True)
        (host.share / "mine").mkdir()
        mine = self.peer(host)
        mine.begin("watch", path="/mine", recursive=True)
        mine.read_frame()
        greedy = self.peer(host, None)
        greedy.begin("watch", path="/d", recursive=True)
        while "part" in (answer := greedy.read_frame()):
            pass
        self.assertEqual(answer["error"]["code"], "too_many")
        walker = self.peer(host, None)
        walker.call("mount", path="/")
        directory = walker.call("fs.lookup", parent=1, name="d")["node"]
        for number in range(60):
            node = walker.call("fs.lookup", parent=directory, name=str(number))["node"]
            walker.call("fs.readdir", node=node, cookie=0)
        (host.share / "mine" / "new").touch()
        self.assertEqual(mine.read_frame()["part"]["paths"], ["/new"])

    def test_sessions_of_one_address(self):
        host = self.server("--anonymous", "--max-sessions", "40")
        done, error = self.until_refused(lambda: self.peer(host, None), 41)
        self.assertEqual(error.code, "too_many")
        self.assertEqual(done, 30)
        self.peer(host, source=OTHER)

    def test_sessions_of_one_user_and_of_one_address_as_the_operator_says(self):
        host = self.server("--anonymous", "--max-sessions-per-user", "3", "--max-sessions-per-source", "4")
        self.assertEqual(self.until_refused(lambda: self.peer(host, None))[0], 3)
        self.assertEqual(self.until_refused(lambda: self.peer(host, USER))[0], 1)
        self.assertEqual(self.until_refused(lambda: self.peer(host, USER, OTHER))[0], 2)

    def test_what_is_given_back_is_there_for_the_next(self):
        host = self.server("--max-sessions-per-user", "2")
        for _ in range(5):
            peers = [self.peer(host), self.peer(host)]
            for peer in peers:
                peer.close()

            def gone():
                try:
                    self.peer(host).close()
                    return True
                except Refused:
                    time.sleep(0.05)
                    return False
            wait_for(gone, what="a session to be given back")
            time.sleep(0.1)


class Log(GuardCase):
    def test_refused_commands_fill_no_log(self):
        log, config = self.dir / "server.log", self.dir / "server.toml"
        config.write_text('[exec.true]\nargv = ["/bin/true"]\nusers = ["*"]\n' + ('run-as = "nobody"\n' if os.getuid() == 0 else ""))
        host = self.server("--config", config, "--anonymous", "--read-only", "--log-file", log)
        reader = self.peer(host, None)
        until = time.monotonic() + 4
        calls = 0
        while time.monotonic() < until:
            for number in [reader.begin("exec", name="\x01" * 4096, arguments=["\x01" * 4000]) for _ in range(40)]:
                with self.assertRaises(Refused):
                    reader.end(number)
                calls += 1
        self.check_log(host, log, calls, "exec-refused")

    def test_transfers_and_sessions_fill_no_log(self):
        log = self.dir / "server.log"
        host = self.server("--anonymous", "--log-file", log)
        reader = self.peer(host, None)
        (host.share / "f").touch()
        calls = 0
        for _ in range(1500):
            number = reader.begin("get", sources=["/f"])
            reader.call("cancel", id=number)
            with self.assertRaises(Refused):
                reader.end(number)
            calls += 1
        self.check_log(host, log, calls, "transfer")

    def check_log(self, host, log, calls, kind):
        self.assertLess(log.stat().st_size, 1 << 20, f"{calls} calls")
        self.assertLess(max(map(len, log.read_bytes().splitlines())), 8193)
        host.stop()
        text = log.read_text()
        self.assertRegex(text, rf"lines-lost count=\d+ of={kind} source={STRANGER}")


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
