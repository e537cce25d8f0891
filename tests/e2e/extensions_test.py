"""What client and server say of themselves in `hello`, and that both keep to it."""
import json
import os
import unittest

from guard_harness import Peer, Refused
from harness import PASSWORD, USER, Case

ALL = ["feeds/1", "mount/1", "exec/1", "conversation/1", "plain-data/1"]
EXEC = '[exec.say]\nargv = ["/bin/echo", "said"]\nusers = ["*"]\n' + ('run-as = "nobody"\n' if os.getuid() == 0 else "")


class Extensions(Case):
    def configured(self, text, *options):
        (self.dir / "server.toml").write_text(text)
        return self.server("--config", self.dir / "server.toml", *options)

    def peer(self, host, **hello):
        peer = Peer(host)
        self.addCleanup(peer.stream.close)
        peer.greeting = peer.call("hello", version=1, **hello)
        return peer

    def logged_in(self, host, **hello):
        peer = self.peer(host, **hello)
        peer.call("login", method="password", user=USER, password=PASSWORD)
        return peer

    def refused(self, peer, command, **params):
        with self.assertRaises(Refused) as refused:
            peer.call(command, **params)
        return json.loads(str(refused.exception))

    def test_the_server_names_what_is_configured(self):
        self.assertEqual(self.peer(self.server()).greeting["extensions"], ["feeds/1", "mount/1", "conversation/1"])

    def test_what_the_operator_allows_is_named_too(self):
        greeting = self.peer(self.configured(EXEC, "--allow-plain-data")).greeting
        self.assertEqual((greeting["extensions"], greeting["digest"]), (ALL, "md5"))

    def test_what_is_not_named_is_refused(self):
        peer = self.logged_in(self.server(), extensions=ALL)
        for command, params in (("commands", {}), ("exec", {"name": "say"})):
            error = self.refused(peer, command, **params)
            self.assertEqual((error["code"], error["message"]), ("unsupported", "this server has no remote commands (exec/1)"))
        self.assertEqual(peer.call("ping"), {})

    def test_the_digest_is_agreed_on(self):
        host = self.server()
        for digests in (["md5"], ["blake3", "md5"], ["md5", "md5"]):
            self.assertEqual(self.peer(host, digests=digests).greeting["digest"], "md5")
        for digests in ([], ["blake3"], ["MD5"]):
            peer = Peer(host)
            self.addCleanup(peer.stream.close)
            error = self.refused(peer, "hello", version=1, digests=digests)
            self.assertEqual((error["code"], error["where"]), ("unsupported", "params.digests"))
            self.assertEqual(peer.call("hello", version=1)["digest"], "md5", "and it may be tried again")

    def test_anything_may_stand_in_the_list_but_not_anything_else_than_a_list(self):
        host = self.server()
        self.peer(host, extensions=["", "mount/99", "nonsense", "mount/1/2", "é"] + ["x"] * 100)
        for wrong in ("mount/1", [1], {"mount": 1}, [["mount/1"]]):
            peer = Peer(host)
            self.addCleanup(peer.stream.close)
            self.assertEqual(self.refused(peer, "hello", version=1, extensions=wrong)["code"], "invalid_request")

    def test_messages_come_to_those_who_know_what_they_are(self):
        host = self.server()
        knows, other = self.logged_in(host, extensions=["conversation/1"]), self.logged_in(host, extensions=["conversation/2"])
        speaker = self.logged_in(host)
        self.assertEqual(speaker.call("say", text="dinner")["sessions"], 1)
        self.assertEqual(json.loads(self.frame_of(knows))["event"], "message")
        self.assertEqual(other.call("ping"), {}, "nothing was in between")

    def frame_of(self, peer):
        return peer.read(int.from_bytes(peer.read(4), "big"))

    def test_the_client_asks_for_nothing_that_is_not_there(self):
        host = self.server()
        done = self.cli(host).run("--trace", "-c", "ls; exec", host.url(), expect=None)
        self.assertIn("this server has no remote commands (exec/1)", done.stderr.decode())
        self.assertIn('"cmd":"list"', done.stderr.decode())
        self.assertNotIn('"cmd":"commands"', done.stderr.decode())

    def test_the_client_says_so_of_a_real_server(self):
        host = self.server()
        self.assertIn("no remote commands", self.cli(host).run("exec", host.url(), expect=None).stderr.decode())


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
