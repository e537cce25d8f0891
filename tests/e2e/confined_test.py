"""What a server gives up when it starts, as the kernel has it; tests/unit/confine tries what is left, from within."""
import pathlib
import re
import unittest

from exec_test import RUN_AS, config_text
from harness import Case, make_file, same, wait_for

GIVEN_UP, KEPT = "1", "0"


class Confined(Case):
    def confined(self, words, output):
        """The log has a thread of its own."""
        wait_for(lambda: " confined " in output(), what="a word on what is given up")
        self.assertRegex(output(), words)

    def no_new_privileges(self, host):
        """Of each thread: the kernel has it by thread."""
        tasks = list(pathlib.Path(f"/proc/{host.process.pid}/task").iterdir())
        self.assertGreater(len(tasks), 3)
        return {re.search(r"^NoNewPrivs:\s*(\d)", (task / "status").read_text(), re.MULTILINE)[1] for task in tasks}

    def test_every_thread_is_confined_and_the_log_says_so(self):
        host = self.server()
        self.confined(r" confined privileges=given-up files=(its-own programs=none landlock=\d+|all programs=any reason=.*)\n", host.output)
        self.assertEqual(self.no_new_privileges(host), {GIVEN_UP})

    def test_nothing_is_given_up_where_it_is_not_wanted(self):
        host = self.server("--confine=false")
        self.confined(' confined privileges=as-started files=all programs=any reason="confine = false"\n', host.output)
        self.assertEqual(self.no_new_privileges(host), {KEPT})

    def test_commands_reach_what_they_did(self):
        self.dir.chmod(0o755)
        config = self.dir / "server.toml"
        outside = self.dir / "outside"
        outside.write_text("reached")
        config.write_text(config_text({"read": {"argv": ["/bin/cat", str(outside)]}}, RUN_AS))
        host = self.server("--config", config)
        self.confined(' confined privileges=given-up files=all programs=any reason="remote commands are configured"\n', host.output)
        self.assertEqual(self.no_new_privileges(host), {GIVEN_UP})
        self.assertEqual(self.cli(host).run("exec", host.url(), "--", "read").stdout, b"reached")

    def test_a_first_start_and_all_work_on_files(self):
        # A state directory that is made, a log beside it, a UNIX socket, and files that change their directories.
        log = self.dir / "logs/server.log"
        log.parent.mkdir()
        host = self.server("--listen", f"unix:{self.dir}/socket", "--log-file", log)
        self.confined(" confined privileges=given-up ", log.read_text)
        client, source = self.cli(host), make_file(self.dir / "source", 3 << 20)
        client.run("put", source, host.url("/a"))
        client.run("mkdir", host.url("/d"))
        client.run("mv", host.url("/a"), host.url("/d/b"))
        client.run("get", host.url("/d/b"), self.dir / "back")
        self.assertTrue(same(source, self.dir / "back"))
        client.run("rm", "-r", host.url("/d"))
        self.assertEqual(host.stop(), 0)
        self.assertFalse((self.dir / "socket").exists(), "the server removes its socket")


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
