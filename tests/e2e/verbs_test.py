"""The verbs that look at the server's files and change them without a transfer: alone, in a session, and as JSON."""
import json
import os
import stat
import unittest

from harness import Case

USAGE, NOT_FOUND, DENIED, EXISTS = 2, 6, 7, 11


class Verbs(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = self.cli(self.host)
        for name in ("one", "two"):
            (self.host.share / name).write_bytes(b"content")
        (self.host.share / "directory").mkdir()

    def url(self, *paths):
        return [self.host.url(path) for path in paths]

    def session(self, *lines, expect=0, options=()):
        return self.client.run(*options, self.host.url(), input="".join(line + "\n" for line in lines).encode(), expect=expect)

    def mode(self, name):
        return stat.S_IMODE((self.host.share / name).stat().st_mode)

    # ---- chmod

    def test_chmod(self):
        self.client.run("chmod", "0600", *self.url("/one", "/two"))
        self.assertEqual((self.mode("one"), self.mode("two")), (0o600, 0o600))
        result = self.client.result("chmod", "750", *self.url("/directory"))
        self.assertEqual(result["entries"], [{"path": "/directory", "mode": 0o750}])
        self.assertEqual(self.mode("directory"), 0o750)

    def test_chmod_in_a_session(self):
        self.session("cd directory", "chmod 640 ../one")
        self.assertEqual(self.mode("one"), 0o640)

    def test_chmod_refuses_what_is_no_mode(self):
        before = self.mode("one")
        for mode in ("", "8", "1000", "4755", "u+s", "-1", "644x", "99999999999999999999"):
            with self.subTest(mode):
                self.client.run("chmod", "--", mode, *self.url("/one"), expect=USAGE)
        self.assertEqual(self.mode("one"), before)

    def test_chmod_of_several_says_which_failed(self):
        failed = self.client.run("chmod", "600", *self.url("/one", "/missing", "/two"), expect=1)
        self.assertIn(b"/missing", failed.stderr)
        self.assertEqual((self.mode("one"), self.mode("two")), (0o600, 0o600))
        self.client.run("chmod", "600", *self.url("/missing"), expect=NOT_FOUND)

    # ---- ln

    def test_ln(self):
        self.client.run("ln", "-s", "one", *self.url("/link"))
        self.assertEqual(os.readlink(self.host.share / "link"), "one")
        self.assertEqual(self.client.run("cat", *self.url("/link")).stdout, b"content")
        result = self.client.result("ln", "--symbolic", "not there", *self.url("/directory/link"))
        self.assertEqual(result["entries"], [{"path": "/directory/link", "target": "not there"}])
        self.assertEqual(os.readlink(self.host.share / "directory/link"), "not there")

    def test_ln_in_a_session(self):
        self.session("cd directory", "ln -s ../one 'a link'")
        self.assertEqual(os.readlink(self.host.share / "directory/a link"), "../one")

    def test_ln_of_bytes_that_are_no_text(self):
        self.session(r'ln -s "a\xffb" link')
        self.assertEqual(os.readlink(os.fsencode(self.host.share / "link")), b"a\xffb")

    def test_ln_replaces_nothing(self):
        for name in ("one", "directory"):
            self.client.run("ln", "-s", "two", *self.url(f"/{name}"), expect=EXISTS)
        self.assertEqual((self.host.share / "one").read_bytes(), b"content")
        self.assertEqual(os.listdir(self.host.share / "directory"), [])

    def test_ln_needs_its_option_and_a_target(self):
        said = self.client.run("ln", "one", *self.url("/link"), expect=USAGE).stderr
        self.assertIn(b"-s", said)
        self.client.run("ln", "-s", "", *self.url("/link"), expect=USAGE)
        self.client.run("ln", "-s", *self.url("/link"), expect=USAGE)
        self.assertFalse(os.path.lexists(self.host.share / "link"))

    # ---- df

    def test_df(self):
        disk = os.statvfs(self.host.share)
        entry, = self.client.result("df", *self.url("/directory"))["entries"]
        self.assertEqual(set(entry), {"path", "total", "free", "available", "files", "files_free"})
        self.assertEqual((entry["path"], entry["total"]), ("/directory", disk.f_blocks * disk.f_frsize))
        self.assertLessEqual(entry["available"], entry["total"])
        text = self.client.run("df", *self.url("/", "/directory")).stdout.decode()
        self.assertEqual(text.count(f"total      {entry['total']} ("), 2)
        self.assertIn("/directory\n", text)
        self.client.run("df", *self.url("/missing"), expect=NOT_FOUND)

    def test_df_in_a_session_is_of_the_current_directory(self):
        lines = self.session("cd directory", "df", options=["--json"]).stdout.splitlines()
        results = [value for value in map(json.loads, lines) if value.get("verb") == "df"]
        self.assertEqual([entry["path"] for value in results for entry in value["entries"]], ["/directory"])

    def test_who_may_only_read_changes_nothing(self):
        self.host.stop()
        reader = self.server("--read-only")
        client = self.cli(reader)
        client.run("chmod", "600", reader.url("/one"), expect=DENIED)
        client.run("ln", "-s", "one", reader.url("/link"), expect=DENIED)
        client.run("df", reader.url("/"))

    # ---- names with a / at their end

    def test_a_file_written_as_a_directory_is_not_meant(self):
        (self.dir / "here").write_bytes(b"content")
        (self.host.share / "to directory").symlink_to("directory")
        one, to, link = self.url("/one/", "/to", "/to directory/")
        calls = (["rm", one], ["rm", "-r", link], ["mv", one, to], ["mv", link, to], ["cp", one, to], ["get", one, self.dir / "x"], ["cat", one],
                 ["stat", one], ["md5", one], ["chmod", "600", one], ["touch", one], ["tail", one], ["ln", "-s", "x", one],
                 ["put", f"{self.dir}/here/", to])
        for call in calls:
            with self.subTest(call[0]):
                self.assertIn(b"is meant itself" if link in call else b"leave the /", self.client.run(*call, expect=1).stderr)
        self.client.run("touch", *self.url("/missing/"), expect=NOT_FOUND)
        self.session("rm one/", "mv one/ to", expect=1)
        self.assertEqual(sorted(os.listdir(self.host.share)), ["directory", "one", "to directory", "two"])
        for call in (["ls", link], ["stat", link], ["find", one], ["cp", "-r", link, to]):
            self.client.run(*call)
        self.client.run("rm", "-r", *self.url("/directory/", "/to/"))
        self.client.run("mkdir", *self.url("/made/"))
        (self.dir / "tree").mkdir()
        self.client.run("put", "-r", f"{self.dir}/tree/", *self.url("/"))

    def test_what_cannot_come_to_its_place_is_said_once(self):
        tree = self.dir / "tree"
        tree.mkdir()
        for number in range(5):
            (tree / f"f{number}").write_bytes(b"content")
        said = self.client.run("put", "-r", tree, *self.url("/one"), expect=1).stderr.decode().splitlines()
        self.assertEqual([line for line in said if "failed" not in line], ["dftp-cli: /one: a file is in the way of a directory; name a directory"])


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
