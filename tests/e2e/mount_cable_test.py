"""A mount whose network cable is pulled out for a while."""
import pathlib
import subprocess
import sys
import time
import unittest

from harness import USER, make_file, same
from mount_harness import MountCase, why_not

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from link import Link, why_not as why_no_link  # noqa: E402


def setUpModule():
    if reason := why_not() or why_no_link():
        raise unittest.SkipTest(reason)


class MountCable(MountCase):
    def test_reads_and_writes_go_on_after_five_seconds(self):
        self.link = self.enterContext(Link(rtt=0.02, rate=200e6))
        with self.link.at_server():
            host = self.server(listen=f"{self.link.server_address}:0")
        source = make_file(host.share / "source", 40_000_000)
        with self.link.at_client():
            mnt = self.mount(url=f"dftp://{USER}@{self.link.server_address}:{host.port}/").directory
        copies = [subprocess.Popen(["cp", *pair], stderr=subprocess.PIPE)
                  for pair in ((mnt / "source", self.dir / "read"), (source, mnt / "written"))]
        time.sleep(0.7)
        self.link.down()
        time.sleep(5)
        self.assertEqual([copy.poll() for copy in copies], [None, None])
        self.link.up()
        self.assertEqual([(copy.communicate(timeout=60)[1], copy.returncode) for copy in copies], [(b"", 0)] * 2)
        self.assertTrue(same(source, self.dir / "read"))
        self.assertTrue(same(source, host.share / "written"))


if __name__ == "__main__":
    unittest.main()
