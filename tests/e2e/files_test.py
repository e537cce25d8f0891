"""The verbs that look through trees and copy within the server: find, du, diff, cp, touch."""
import json
import os
import pathlib
import shutil
import signal
import stat
import time
import unittest

from harness import PASSWORD, SANITIZED, Case, add_user, make_file, partials, quota, same, wait_for

SOME_FAILED, USAGE, NOT_FOUND, DENIED, NO_SPACE, EXISTS = 1, 2, 6, 7, 8, 11


class Files(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = self.cli(self.host)

    def write(self, name, content=b"content", at=None):
        path = (at or self.host.share) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def lines(self, *arguments, **more):
        return sorted(self.client.run(*arguments, **more).stdout.decode().splitlines())

    def session(self, *lines, expect=0):
        return self.client.run(self.host.url(), input="".join(line + "\n" for line in lines).encode(), expect=expect)


class Find(Files):
    def setUp(self):
        super().setUp()
        self.write("a/one.iso", b"x" * 5000)
        self.write("a/b/two.ISO")
        self.write("a/b/ü 中文.iso")
        os.symlink("one.iso", self.host.share / "a/link")
        (self.host.share / "a/empty").mkdir()

    def test_everything_beneath(self):
        self.assertEqual(self.lines("find", self.host.url("/a")),
                         ["/a", "/a/b", "/a/b/two.ISO", "/a/b/ü 中文.iso", "/a/empty", "/a/link", "/a/one.iso"])
        self.assertEqual(self.lines("find", self.host.url("/a/one.iso")), ["/a/one.iso"])

    def test_conditions(self):
        url = self.host.url("/a")
        for options, names in ((["--name", "*.iso"], ["/a/b/ü 中文.iso", "/a/one.iso"]),
                               (["--name", "? ??.iso"], ["/a/b/ü 中文.iso"]),
                               (["--type", "d"], ["/a", "/a/b", "/a/empty"]),
                               (["--type", "l", "--type", "d", "--max-depth", "1"], ["/a", "/a/b", "/a/empty", "/a/link"]),
                               (["--size", "+4k"], ["/a/one.iso"]),
                               (["--size", "7"], ["/a/b/two.ISO", "/a/b/ü 中文.iso"]),
                               (["--size=-8", "--name", "t*"], ["/a/b/two.ISO"]),
                               (["--max-depth", "0"], ["/a"])):
            with self.subTest(options):
                self.assertEqual(self.lines("find", *options, url), names)

    def test_newer(self):
        os.utime(self.host.share / "a/one.iso", (1e9, 1e9))
        url = self.host.url("/a")
        self.assertNotIn("/a/one.iso", self.lines("find", "--newer", "1h", url))
        self.assertIn("/a/one.iso", self.lines("find", "--newer", "2001-01-01", url))
        self.assertNotIn("/a/one.iso", self.lines("find", "--newer", "2002-01-01 12:00", url))

    def test_in_a_session_names_are_as_the_operand_was_written(self):
        said = self.session("cd a", "find b --name two*", "find").stdout.decode().splitlines()
        self.assertEqual(said[0], "b/two.ISO")
        self.assertIn("./b", said)

    def test_as_json(self):
        lines = [json.loads(line) for line in self.client.run("--json", "find", "--type", "f", self.host.url("/a")).stdout.splitlines()]
        self.assertEqual({line["path"]: line["size"] for line in lines[:-1]},
                         {"/a/one.iso": 5000, "/a/b/two.ISO": 7, "/a/b/ü 中文.iso": 7})
        self.assertEqual((lines[-1]["verb"], lines[-1]["found"]), ("find", 3))

    def test_what_is_no_condition_is_refused(self):
        for options in (["--type", "x"], ["--size", "big"], ["--newer", "soon"], ["--newer", "2023-02-29"], ["--newer", "2024-04-31 12:00"], ["--name", ""], ["--size", "99999999999T"]):
            with self.subTest(options):
                self.client.run("find", *options, self.host.url("/a"), expect=USAGE)
        self.client.run("find", self.host.url("/missing"), expect=NOT_FOUND)

    def test_unfinished_uploads_are_hidden(self):
        self.write("a/.dftp-part-x")
        self.assertFalse([line for line in self.lines("find", self.host.url("/")) if "dftp-part" in line])

    @unittest.skipIf(os.geteuid() == 0, "root reads everything")
    def test_a_directory_that_cannot_be_read_is_said_and_the_rest_goes_on(self):
        (self.host.share / "a/b").chmod(0)
        self.addCleanup((self.host.share / "a/b").chmod, 0o755)
        done = self.client.run("find", self.host.url("/a"), expect=SOME_FAILED)
        self.assertIn(b"/a/one.iso", done.stdout)
        self.assertIn(b"/a/b", done.stderr)

    def test_many_names_come_in_several_parts(self):
        (self.host.share / "many").mkdir()
        for i in range(5000):
            (self.host.share / "many" / f"a name that is long enough to fill parts, number {i}").touch()
        self.assertEqual(len(self.lines("find", "--type", "f", self.host.url("/many"))), 5000)


class DiskUsage(Files):
    def setUp(self):
        super().setUp()
        make_file(self.host.share / "d/one", 100_000)
        make_file(self.host.share / "d/inner/two", 50_000)
        os.link(self.host.share / "d/one", self.host.share / "d/inner/again")

    def test_directories_hold_what_is_beneath_them(self):
        entries = {}
        for line in self.client.run("--json", "du", self.host.url("/d")).stdout.splitlines():
            entry = json.loads(line)
            if entry["event"] == "used":
                entries[entry["path"]] = entry
        self.assertEqual(set(entries), {"/d", "/d/inner"})
        self.assertEqual((entries["/d"]["size"], entries["/d"]["files"]), (150_000, 2))  # one file has two names
        blocks = sum(path.lstat().st_blocks for path in {self.host.share / "d", *(self.host.share / "d").rglob("*")} if path.name != "again")
        self.assertEqual(entries["/d"]["allocated"], blocks * 512)

    def test_lines(self):
        self.assertEqual(len(self.lines("du", self.host.url("/d"))), 2)
        line, = self.lines("du", "-s", "-h", self.host.url("/d"))
        self.assertRegex(line, r"^1\d\d kB\t/d$")
        self.assertEqual(len(self.lines("du", "--max-depth", "0", self.host.url("/"))), 1)
        self.assertEqual(self.lines("du", self.host.url("/d/one"))[0].split("\t")[1], "/d/one")

    def test_df_for_people_is_one_line(self):
        line, = self.lines("df", "-h", self.host.url("/d"))
        self.assertRegex(line, r"total.*used.*available  /d$")


class Copying(Files):
    def url(self, *paths):
        return [self.host.url(path) for path in paths]

    def test_a_file(self):
        source = make_file(self.host.share / "one", 3_000_001)
        source.chmod(0o640)
        os.utime(source, (1e9, 1e9))
        self.client.run("cp", *self.url("/one", "/two"))
        copy = self.host.share / "two"
        self.assertTrue(same(source, copy))
        self.assertEqual((stat.S_IMODE(copy.stat().st_mode), copy.stat().st_mtime), (0o640, 1e9))
        self.assertNotEqual(copy.stat().st_ino, source.stat().st_ino)
        self.assertEqual(partials(self.host.share), [])

    def test_into_a_directory_and_several(self):
        for name in ("one", "two"):
            self.write(name, name.encode())
        (self.host.share / "into").mkdir()
        entries = self.client.result("cp", *self.url("/one", "/two", "/into"))["entries"]
        self.assertEqual([entry["to"] for entry in entries], ["/into/one", "/into/two"])
        self.assertEqual((self.host.share / "into/two").read_bytes(), b"two")
        self.client.run("cp", *self.url("/one", "/two", "/nowhere"), expect=1)
        self.client.run("cp", *self.url("/one", "/missing", "/into"), expect=SOME_FAILED)

    def test_an_empty_file_and_one_with_holes(self):
        self.write("empty", b"")
        with open(self.host.share / "sparse", "wb") as file:
            file.seek(50_000_000)
            file.write(b"end")
            file.truncate(60_000_000)
        self.client.run("cp", *self.url("/empty", "/empty2"))
        self.client.run("cp", *self.url("/sparse", "/sparse2"))
        self.assertEqual((self.host.share / "empty2").stat().st_size, 0)
        self.assertTrue(same(self.host.share / "sparse", self.host.share / "sparse2"))
        self.assertLess((self.host.share / "sparse2").stat().st_blocks * 512, 1_000_000)

    def test_a_tree(self):
        self.write("tree/a/file", b"x")
        for i in range(150):
            self.write(f"tree/many/{i}", str(i).encode())
        os.symlink("../nowhere", self.host.share / "tree/a/link")
        (self.host.share / "tree/a").chmod(0o711)
        os.utime(self.host.share / "tree/a", (1e9, 1e9))
        self.client.run("cp", *self.url("/tree", "/copy"), expect=SOME_FAILED)  # without -r
        self.assertFalse((self.host.share / "copy").exists())
        entry, = self.client.result("cp", "-r", *self.url("/tree", "/copy"))["entries"]
        self.assertEqual((entry["files"], entry["failed"]), (152, 0))
        copy = self.host.share / "copy"
        self.assertEqual(sorted(path.name for path in (copy / "many").iterdir()), sorted(map(str, range(150))))
        self.assertEqual(os.readlink(copy / "a/link"), "../nowhere")
        self.assertEqual((stat.S_IMODE((copy / "a").stat().st_mode), (copy / "a").stat().st_mtime), (0o711, 1e9))
        # Again: what is the same is left, what is missing comes.
        (copy / "many/7").unlink()
        entry, = self.client.result("cp", "-r", *self.url("/tree/many", "/copy"))["entries"]
        self.assertEqual((entry["files"], entry["skipped"]), (1, 149))

    def test_what_cannot_be(self):
        self.write("one")
        self.write("tree/inner/file")
        (self.host.share / "directory/one").mkdir(parents=True)
        self.client.run("cp", *self.url("/one", "/one"), expect=1)
        os.link(self.host.share / "one", self.host.share / "same")
        self.client.run("cp", *self.url("/one", "/same"), expect=1)
        self.client.run("cp", "-r", *self.url("/tree", "/tree/inner/copy"), expect=1)
        self.client.run("cp", *self.url("/one", "/directory"), expect=1)
        self.client.run("cp", *self.url("/missing", "/new"), expect=NOT_FOUND)
        self.client.run("cp", *self.url("/one", "/no/such/directory"), expect=NOT_FOUND)
        self.assertEqual((self.host.share / "one").read_bytes(), b"content")
        self.assertEqual(partials(self.host.share), [])

    def test_a_link_back_into_the_tree_is_no_way_to_copy_it_for_ever(self):
        self.write("tree/file")
        os.symlink("tree", self.host.share / "door")
        self.client.run("cp", "-r", *self.url("/tree", "/door/copy"), expect=SOME_FAILED)
        self.assertFalse((self.host.share / "tree/copy/copy").exists())

    def test_no_replace(self):
        self.write("one", b"new")
        self.write("two", b"old")
        self.client.run("cp", "-n", *self.url("/one", "/two"), expect=EXISTS)
        self.assertEqual((self.host.share / "two").read_bytes(), b"old")
        self.client.run("cp", *self.url("/one", "/two"))
        self.assertEqual((self.host.share / "two").read_bytes(), b"new")

    def test_a_full_disk_leaves_no_half_target(self):
        self.host.stop()
        make_file(self.host.share / "one", 8_000_000)
        self.write("two", b"old")
        tight = self.server(env=quota(4_000_000))
        client = self.cli(tight)
        client.run("cp", tight.url("/one"), tight.url("/two"), expect=NO_SPACE)
        self.assertEqual((self.host.share / "two").read_bytes(), b"old")
        self.assertEqual(partials(self.host.share), [])

    def test_who_may_only_read_copies_nothing(self):
        self.host.stop()
        self.write("one")
        reader = self.server("--read-only")
        client = self.cli(reader)
        client.run("cp", reader.url("/one"), reader.url("/two"), expect=DENIED)
        client.run("touch", reader.url("/one"), expect=DENIED)

    def test_touch(self):
        old = self.write("old")
        os.utime(old, (1e9, 1e9))
        self.client.run("touch", *self.url("/old", "/new"))
        self.assertLess(abs(time.time() - old.stat().st_mtime), 60)
        self.assertEqual(old.read_bytes(), b"content")
        self.assertEqual((self.host.share / "new").stat().st_size, 0)
        self.client.run("touch", "--no-create", *self.url("/other"))
        self.assertFalse((self.host.share / "other").exists())
        self.client.run("touch", *self.url("/no/such/directory"), expect=NOT_FOUND)
        self.assertEqual(partials(self.host.share), [])


class Diff(Files):
    DIFFERENT, TROUBLE = 1, 2

    def setUp(self):
        super().setUp()
        self.here = self.dir / "here"
        for root in (self.here, self.host.share / "there"):
            self.write("same", b"same", at=root)
            self.write("a/large", b"0123456789" * 20_000, at=root)
            self.write("a/b/中 文", b"", at=root)
            os.symlink("same", root / "link")

    def diff(self, *options, expect=0):
        return self.lines("diff", *options, self.here, self.host.url("/there"), expect=expect)

    def test_equal_trees(self):
        self.assertEqual(self.diff("-r"), [])
        result = self.client.result("diff", "-r", self.here, self.host.url("/there"))
        self.assertEqual((result["status"], result["different"]), ("ok", 0))

    def test_every_difference_is_told(self):
        large = bytearray(b"0123456789" * 20_000)
        large[150_000] ^= 1
        self.write("a/large", bytes(large), at=self.here)
        self.write("same", b"longer", at=self.here)
        self.write("only/inner/file", at=self.here)
        self.write("there/more", at=self.host.share)
        (self.here / "link").unlink()
        os.symlink("other", self.here / "link")
        (self.here / "a/b/中 文").unlink()
        (self.here / "a/b/中 文").mkdir()
        self.assertEqual(self.diff("-r", expect=self.DIFFERENT),
                         ["differs: a/large", "differs: same", "only here: only", "only there: more",
                          "other link: link", "other type: a/b/中 文"])

    def test_nothing_is_transferred(self):
        self.diff("-r")
        self.assertNotIn("get ", self.host.output())

    def test_files(self):
        there = self.host.url("/there/same")
        self.client.run("diff", self.here / "same", there)
        self.client.run("diff", self.here / "same", self.host.url("/there"))  # the one of this name
        self.assertEqual(self.lines("diff", self.here / "a/large", there, expect=self.DIFFERENT), [f"differs: {self.here / 'a/large'}"])
        self.write("same", b"ehm.", at=self.here)
        self.client.run("diff", self.here / "same", there, expect=self.DIFFERENT)

    def test_trouble_is_never_1(self):
        for arguments, code in ((["diff", self.here, self.host.url("/there")], self.TROUBLE),  # directories without -r
                                (["diff", self.here / "missing", self.host.url("/there")], NOT_FOUND),
                                (["diff", self.here / "same", self.host.url("/missing")], NOT_FOUND),
                                (["diff", "--nonsense", self.here, self.host.url("/there")], USAGE)):
            with self.subTest(arguments):
                self.client.run(*arguments, expect=code)

    def test_many_small_files(self):
        for root in (self.here, self.host.share / "there"):
            for i in range(600):
                self.write(f"many/{i}", str(i).encode(), at=root)
        self.write("there/many/77", b"xx", at=self.host.share)
        self.assertEqual(self.diff("-r", expect=self.DIFFERENT), ["differs: many/77"])


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
