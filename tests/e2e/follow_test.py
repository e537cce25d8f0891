"""tail and watch: what the server pushes as it happens."""
import json
import os
import signal
import threading
import time
import unittest

from harness import Case, wait_for

NOT_FOUND = 6


class Followed:
    """A running client, with what it has written so far."""

    def __init__(self, process):
        self.process, self.out, self.said = process, b"", b""
        self.readers = [threading.Thread(target=self.read, args=pair, daemon=True) for pair in
                        ((process.stdout, "out"), (process.stderr, "said"))]
        for reader in self.readers:
            reader.start()

    def read(self, pipe, name):
        while chunk := os.read(pipe.fileno(), 65536):
            setattr(self, name, getattr(self, name) + chunk)

    def wait_for(self, *texts):
        for text in texts:
            wait_for(lambda: text in self.out + self.said, 10, f"{text} in {self.out[-500:]} {self.said[-500:]}")

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(10)
        for reader in self.readers:
            reader.join()
        self.process.stdout.close()
        self.process.stderr.close()
        return code


class Following(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = self.cli(self.host)
        self.log = self.host.share / "log"
        self.log.write_bytes(b"".join(b"line %d\n" % i for i in range(1, 31)))

    def follow(self, *arguments):
        followed = Followed(self.client.start(*arguments))
        self.addCleanup(lambda: followed.process.poll() is None and followed.interrupt())
        return followed

    def add(self, text, path=None):
        with open(path or self.log, "ab") as file:
            file.write(text)


class Tail(Following):
    def tail(self, *options, path="/log"):
        return self.client.run("tail", *options, self.host.url(path)).stdout

    def test_the_last_lines(self):
        whole = self.log.read_bytes()
        lines = whole.splitlines(keepends=True)
        self.assertEqual(self.tail(), b"".join(lines[-10:]))
        for count in (0, 1, 3, 30, 31):
            self.assertEqual(self.tail("--lines", str(count)), b"".join(lines[len(lines) - min(count, 30):]), count)
        self.add(b"no newline at the end")
        self.assertEqual(self.tail("--lines", "2"), b"line 30\nno newline at the end")
        (self.host.share / "empty").touch()
        self.assertEqual(self.tail(path="/empty"), b"")

    def test_lines_that_are_longer_than_a_part(self):
        lines = [b"a" * 100_000 + b"\n", b"b" * 65_535 + b"\n", b"\xff" * 200_000 + b"\n"]
        self.log.write_bytes(b"".join(lines))
        self.assertEqual(self.tail("--lines", "1"), lines[2])
        self.assertEqual(self.tail("--lines", "2"), lines[1] + lines[2])
        self.assertEqual(self.tail(), b"".join(lines))

    def test_what_is_added_comes_at_once(self):
        followed = self.follow("tail", "--follow", "--lines", "1", self.host.url("/log"))
        followed.wait_for(b"line 30\n")
        for i in range(5):
            self.add(b"added %d\n" % i)
            followed.wait_for(b"added %d\n" % i)
        self.assertEqual(followed.interrupt(), 0)
        self.assertEqual(followed.out, b"line 30\n" + b"".join(b"added %d\n" % i for i in range(5)))

    def test_a_rotated_and_a_truncated_log_are_followed(self):
        followed = self.follow("tail", "-f", "-n", "1", self.host.url("/log"))
        followed.wait_for(b"line 30\n")
        self.add(b"first\n")
        followed.wait_for(b"first\n")
        self.log.rename(self.host.share / "log.1")
        self.add(b"late\n", self.host.share / "log.1")
        followed.wait_for(b"is gone")
        self.log.write_bytes(b"second\n")
        followed.wait_for(b"second\n", b"another file")
        self.log.write_bytes(b"3\n")
        followed.wait_for(b"3\n", b"truncated")
        followed.interrupt()
        self.assertEqual(followed.out, b"line 30\nfirst\nlate\nsecond\n3\n")

    def test_a_server_that_is_gone_for_a_while_loses_and_repeats_nothing(self):
        followed = self.follow("tail", "--follow", "--lines", "1", self.host.url("/log"))
        followed.wait_for(b"line 30\n")
        self.host.kill()
        self.add(b"meanwhile\n")
        followed.wait_for(b"trying again")
        self.host.start()
        followed.wait_for(b"meanwhile\n")
        self.add(b"afterwards\n")
        followed.wait_for(b"afterwards\n")
        followed.interrupt()
        self.assertEqual(followed.out, b"line 30\nmeanwhile\nafterwards\n")

    def test_as_json_and_errors(self):
        lines = [json.loads(line) for line in self.client.run("--json", "tail", "--lines", "1", self.host.url("/log")).stdout.splitlines()]
        self.assertEqual([(line["what"], line["data"]) for line in lines[:-1]], [("data", "line 30\n")])
        self.client.run("tail", self.host.url("/missing"), expect=NOT_FOUND)
        self.client.run("tail", self.host.url("/"), expect=1)


class Watch(Following):
    def watch(self, *options, path="/"):
        followed = self.follow("--json", "watch", *options, self.host.url(path))
        followed.wait_for(b"watching")
        return followed

    @staticmethod
    def told(followed):
        events = [json.loads(line) for line in followed.out.splitlines()]
        return [(event["what"], event["path"]) for event in events if event["event"] == "changed"]

    def expect(self, followed, *changes):
        wait_for(lambda: set(changes) <= set(self.told(followed)), 10, f"{changes} in {followed.out[-800:]}")

    def test_names_and_content_in_a_directory(self):
        followed = self.watch()
        (self.host.share / "new 中").write_bytes(b"x")
        self.expect(followed, ("made", "/new 中"))
        time.sleep(0.05)
        self.add(b"more\n")
        self.log.chmod(0o600)
        (self.host.share / "new 中").rename(self.host.share / "other")
        self.expect(followed, ("content", "/log"), ("removed", "/new 中"), ("made", "/other"))
        (self.host.share / "other").unlink()
        self.expect(followed, ("removed", "/other"))
        (self.host.share / "directory/deep").mkdir(parents=True)
        self.expect(followed, ("made", "/directory"))
        (self.host.share / "directory/deep/file").touch()
        self.log.chmod(0o644)
        self.expect(followed, ("attributes", "/log"))
        self.assertNotIn(("made", "/directory/deep/file"), self.told(followed))
        self.assertEqual(followed.interrupt(), 0)

    def test_recursive_follows_new_directories_and_those_that_move(self):
        (self.host.share / "a/b").mkdir(parents=True)
        followed = self.watch("-r")
        (self.host.share / "a/b/one").touch()
        (self.host.share / "x/y").mkdir(parents=True)
        self.expect(followed, ("made", "/a/b/one"), ("made", "/x"), ("made", "/x/y"))
        (self.host.share / "x/y/two").touch()
        self.expect(followed, ("made", "/x/y/two"))
        (self.host.share / "a").rename(self.host.share / "moved")
        self.expect(followed, ("removed", "/a"), ("made", "/moved"))
        (self.host.share / "moved/b/three").touch()
        self.expect(followed, ("made", "/moved/b/three"))
        followed.interrupt()

    def test_an_upload_shows_under_its_own_name_only(self):
        followed = self.watch()
        self.client.run("put", "-", self.host.url("/uploaded"), input=b"x" * 200_000)
        self.expect(followed, ("made", "/uploaded"))
        followed.interrupt()
        self.assertNotIn(b"dftp-part", followed.out)

    def test_one_file_also_when_it_is_replaced(self):
        followed = self.watch(path="/log")
        self.add(b"x")
        self.expect(followed, ("content", "/log"))
        (self.host.share / "new").write_bytes(b"x")
        (self.host.share / "new").rename(self.log)
        self.expect(followed, ("made", "/log"))
        followed.interrupt()
        self.assertEqual({path for _, path in self.told(followed)}, {"/log"})

    def test_what_is_watched_goes_away(self):
        (self.host.share / "gone").mkdir()
        followed = self.watch(path="/gone")
        (self.host.share / "gone").rmdir()
        self.assertEqual(followed.process.wait(10), NOT_FOUND)

    def test_a_lost_connection_is_said(self):
        followed = self.watch()
        self.host.kill()
        followed.wait_for(b"trying again")
        self.host.start()
        followed.wait_for(b"are lost")
        (self.host.share / "after").touch()
        self.expect(followed, ("made", "/after"))
        followed.interrupt()


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
