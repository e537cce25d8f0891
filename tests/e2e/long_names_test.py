"""Names that make a path too long: each is told whole, and work goes on with the rest."""
import os
import unittest

from harness import Case

GOOD, LONG = 20, 10


class LongNames(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = self.cli(self.host)

    def plant(self, top):
        """Files at the end of the longest path, and beyond it."""
        here = os.getcwd()
        top.mkdir()
        os.chdir(top)
        try:
            for name in ["y" * 200] * 19 + ["z" * 150]:
                os.mkdir(name)
                os.chdir(name)
            for name in [f"s{i}" for i in range(GOOD)] + [f"L{i}" + "L" * 240 for i in range(LONG)]:
                with open(name, "w", encoding="ascii") as file:
                    file.write("x")
        finally:
            os.chdir(here)

    def check_named(self, done):
        self.assertNotEqual(done.returncode, 0)
        told = done.stdout + done.stderr
        for i in range(LONG):
            self.assertIn(b"z/L%d" % i + b"L" * 240, told)

    def test_find_and_du(self):
        self.plant(self.host.share / "nl")
        done = self.client.run("find", self.host.url("/nl"), expect=1)
        self.check_named(done)
        self.assertEqual(sum(line.split(b"/")[-1].startswith(b"s") for line in done.stdout.splitlines()), GOOD)
        self.check_named(self.client.run("du", self.host.url("/nl"), expect=1))

    def test_copies(self):
        self.plant(self.host.share / "nl")
        self.check_named(self.client.run("cp", "-r", self.host.url("/nl"), self.host.url("/c"), expect=1))
        files = sum(len(files) for _, _, files, _ in os.fwalk(self.host.share / "c"))
        self.assertEqual(files, GOOD)

    def test_removals(self):
        self.plant(self.host.share / "nl")
        self.check_named(self.client.run("rm", "-r", self.host.url("/nl"), expect=1))
        files = sum(len(files) for _, _, files, _ in os.fwalk(self.host.share / "nl"))
        self.assertEqual(files, LONG)

    def test_gets(self):
        self.plant(self.host.share / "nl")
        self.check_named(self.client.run("get", "-r", self.host.url("/nl"), self.dir / "got", expect=None))
        files = sum(len(files) for _, _, files, _ in os.fwalk(self.dir / "got"))
        self.assertEqual(files, GOOD)


if __name__ == "__main__":
    unittest.main()
