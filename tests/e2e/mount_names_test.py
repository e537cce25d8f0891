"""The names of a mount, and what they stand for, through the protocol."""
import os
import stat
import unittest

from mount_client import bytes_of
from mount_protocol_harness import MIB, ROOT, MountCase


class Names(MountCase):
    def test_a_mount_begins_at_a_directory_and_says_how_it_is(self):
        (self.share / "deep" / "in").mkdir(parents=True)
        (self.share / "deep" / "in" / "file").write_text("x")
        fs = self.fs(path="/deep/in")
        self.assertEqual((len(fs.token), fs.mounted["write"], fs.mounted["act_as"], fs.mounted["io_bytes"]), (32, True, False, MIB))
        self.assertEqual(fs.mounted["attr"]["inode"], (self.share / "deep" / "in").stat().st_ino)
        self.assertEqual(fs.names(ROOT), ["file"])

    def test_what_is_no_directory_is_not_mounted(self):
        (self.share / "file").write_text("x")
        fs = self.fs(mount=False)
        self.fails("not_directory", fs.call, "mount", path="/file")
        self.fails("not_found", fs.call, "mount", path="/nowhere")
        self.fails("invalid_request", fs.call, "fs.getattr", node=ROOT)

    def test_lookup_finds_what_is_there_and_says_node_0_for_what_is_not(self):
        (self.share / "file").write_text("12345")
        fs = self.fs()
        found = fs.lookup(ROOT, "file")
        status = (self.share / "file").stat()
        attr = found["attr"]
        self.assertEqual((attr["inode"], attr["mode"], attr["size"], attr["mtime"], attr["ctime"], attr["links"]),
                         (status.st_ino, status.st_mode, 5, status.st_mtime_ns, status.st_ctime_ns, 1))
        self.assertEqual(fs.lookup(ROOT, "nothing")["node"], 0)
        self.assertTrue(found["watched"])

    def test_one_file_has_one_node_whatever_it_is_called(self):
        (self.share / "one").write_text("x")
        os.link(self.share / "one", self.share / "two")
        fs = self.fs()
        self.assertEqual(fs.lookup(ROOT, "one")["node"], fs.lookup(ROOT, "two")["node"])

    def test_names_are_bytes(self):
        name = b"\xff\xfe caf\xe9"
        fs = self.fs()
        made = fs.mkdir(ROOT, name)
        self.assertIn(name, os.listdir(os.fsencode(self.share)))
        self.assertEqual([bytes_of(one) for one in fs.readdir(ROOT)[0]["names"]], [name])
        self.assertEqual(fs.lookup(ROOT, name)["node"], made["node"])

    def test_readdir_brings_everything_in_pages_with_and_without_attributes(self):
        for i in range(300):
            (self.share / f"file{i}").write_text("x" * i)
        (self.share / "directory").mkdir()
        os.symlink("nowhere", self.share / "link")
        fs = self.fs()
        for limit in (1, 7, 0):
            self.assertEqual(fs.names(ROOT), sorted(os.listdir(self.share)))
            pages = fs.readdir(ROOT, plus=True, limit=limit)
            found = {name: i for page in pages for i, name in enumerate(page["names"])}
            self.assertEqual(sorted(found), sorted(os.listdir(self.share)))
            sizes = {name: size for page in pages for name, size in zip(page["names"], page["sizes"])}
            self.assertEqual(sizes["file299"], 299)
            self.assertTrue(all(page["nodes"] for page in pages))
            self.assertEqual(len({node for page in pages for node in page["nodes"]}), 302)
        types = {name: stat.S_IFMT(mode) for page in fs.readdir(ROOT) for name, mode in zip(page["names"], page["modes"])}
        self.assertEqual((types["directory"], types["link"], types["file1"]), (stat.S_IFDIR, stat.S_IFLNK, stat.S_IFREG))

    def test_a_large_directory_of_long_names_fits_its_frames(self):
        for i in range(3000):
            (self.share / (f"{i:04}" + "\x01" * 240)).touch()
        fs = self.fs()
        pages = fs.readdir(ROOT, plus=True)
        self.assertEqual(sum(len(page["names"]) for page in pages), 3000)
        self.assertGreater(len(pages), 2)

    def test_everything_can_be_made_with_exactly_its_mode(self):
        fs = self.fs()
        for mode, umask, expected in [(0o777, 0, 0o777), (0o666, 0o027, 0o640), (0o700, 0o077, 0o700)]:
            with self.subTest(mode=oct(mode), umask=oct(umask)):
                name = f"{mode:o}-{umask:o}"
                self.assertEqual(fs.mkdir(ROOT, "d" + name, mode, umask=umask)["attr"]["mode"], stat.S_IFDIR | expected)
                self.assertEqual(fs.create(ROOT, "f" + name, mode, umask=umask)["attr"]["mode"], stat.S_IFREG | expected)
                fs.once("mknod", parent=ROOT, name="p" + name, mode=stat.S_IFIFO | mode, umask=umask)
                self.assertEqual((self.share / ("p" + name)).stat().st_mode, stat.S_IFIFO | expected)
        made = fs.once("symlink", parent=ROOT, name="link", target="some/where")
        self.assertEqual(fs.call("fs.readlink", node=made["node"])["target"], "some/where")
        self.assertEqual(os.readlink(self.share / "link"), "some/where")
        self.assertEqual(made["parent"]["mtime"], self.share.stat().st_mtime_ns)

    def test_a_link_is_a_further_name_and_counts(self):
        fs = self.fs()
        node = fs.create(ROOT, "one")["node"]
        linked = fs.once("link", node=node, parent=ROOT, name="two")
        self.assertEqual((linked["node"], linked["attr"]["links"]), (node, 2))
        removed = fs.once("unlink", parent=ROOT, name="one")
        self.assertEqual((removed["node"], removed["attr"]["links"]), (node, 1))
        self.assertEqual(fs.getattr(node)["links"], 1)
        self.fails("EPERM", fs.once, "link", node=fs.mkdir(ROOT, "d")["node"], parent=ROOT, name="three")

    def test_what_was_removed_stays_usable_through_node_and_handle(self):
        fs = self.fs()
        data = self.stream(fs)
        made = fs.create(ROOT, "file")
        data.write(made["handle"], 0, b"content")
        removed = fs.once("unlink", parent=ROOT, name="file")
        self.assertEqual((removed["attr"]["links"], removed["parent"]["mtime"]), (0, self.share.stat().st_mtime_ns))
        self.assertEqual(data.read(made["handle"], 0, 100), b"content")
        self.assertEqual(fs.getattr(made["node"])["links"], 0)
        fs.once("setattr", node=made["node"], mode=0o600)
        again = fs.open(made["node"], first=100)
        self.assertEqual(again["data"], "content")
        directory = fs.mkdir(ROOT, "directory")["node"]
        fs.once("rmdir", parent=ROOT, name="directory")
        self.assertEqual(fs.getattr(directory)["links"], 0)
        self.assertEqual(fs.lookup(directory, "x")["node"], 0)

    def test_rename_moves_and_replaces_and_everything_goes_along(self):
        fs = self.fs()
        one, two = fs.mkdir(ROOT, "one")["node"], fs.mkdir(ROOT, "two")["node"]
        file, old = fs.create(one, "file")["node"], fs.create(two, "old")["node"]
        moved = fs.once("rename", parent=one, name="file", new_parent=two, new_name="old")
        self.assertEqual((moved["node"], moved["other"], moved["other_attr"]["links"]), (file, old, 0))
        self.assertEqual(moved["new_parent"]["mtime"], (self.share / "two").stat().st_mtime_ns)
        self.assertEqual((fs.names(one), fs.names(two)), ([], ["old"]))
        fs.once("rename", parent=ROOT, name="two", new_parent=one, new_name="below")
        self.assertEqual(fs.lookup(two, "old")["node"], file)
        self.assertEqual(fs.getattr(file)["inode"], (self.share / "one" / "below" / "old").stat().st_ino)
        self.assertEqual(fs.getattr(old)["links"], 0)

    def test_rename_knows_noreplace_and_exchange(self):
        fs = self.fs()
        one, two = fs.create(ROOT, "one")["node"], fs.create(ROOT, "two")["node"]
        move = dict(parent=ROOT, name="one", new_parent=ROOT, new_name="two")
        self.fails("EEXIST", fs.once, "rename", **move, mode="noreplace")
        swapped = fs.once("rename", **move, mode="exchange")
        self.assertEqual((swapped["node"], swapped["other"]), (one, two))
        self.assertEqual((fs.lookup(ROOT, "one")["node"], fs.lookup(ROOT, "two")["node"]), (two, one))
        fs.once("rename", parent=ROOT, name="one", new_parent=ROOT, new_name="three", mode="noreplace")
        self.assertEqual(fs.names(ROOT), ["three", "two"])

    def test_errors_are_those_of_the_kernel(self):
        fs = self.fs()
        inner = fs.mkdir(ROOT, "directory")["node"]
        fs.create(inner, "file")
        file = fs.create(ROOT, "file")["node"]
        self.fails("ENOTEMPTY", fs.once, "rmdir", parent=ROOT, name="directory")
        self.fails("ENOTDIR", fs.once, "rmdir", parent=ROOT, name="file")
        self.fails("EISDIR", fs.once, "unlink", parent=ROOT, name="directory")
        self.fails("EEXIST", fs.mkdir, ROOT, "file")
        self.fails("ENOENT", fs.once, "unlink", parent=ROOT, name="nothing")
        self.fails("ENOTDIR", fs.mkdir, file, "below")
        self.fails("EINVAL", fs.call, "fs.readlink", node=file)
        self.fails("EISDIR", fs.open, inner)
        self.fails("ENODATA", fs.call, "fs.getxattr", node=file, name="user.none")

    def test_a_directory_that_holds_nothing_but_a_hidden_partial_can_be_removed(self):
        (self.share / "directory").mkdir()
        (self.share / "directory" / ".dftp-part-0123").write_text("x")
        fs = self.fs()
        node = fs.lookup(ROOT, "directory")["node"]
        self.assertEqual(fs.names(node), [])
        fs.once("rmdir", parent=ROOT, name="directory")
        self.assertFalse((self.share / "directory").exists())

    def test_a_node_whose_name_stands_for_something_else_is_stale(self):
        (self.share / "file").write_text("x")
        (self.share / "directory").mkdir()
        (self.share / "directory" / "inner").write_text("x")
        fs = self.fs()
        node = fs.lookup(ROOT, "file")["node"]
        os.unlink(self.share / "file")
        (self.share / "file").write_text("another")
        self.fails("ESTALE", fs.getattr, node)
        self.assertNotEqual(fs.lookup(ROOT, "file")["node"], node)
        inner = fs.lookup(fs.lookup(ROOT, "directory")["node"], "inner")["node"]
        os.rename(self.share / "directory", self.share / "elsewhere")
        found = fs.lookup(ROOT, "elsewhere")["node"]
        self.assertEqual(fs.lookup(found, "inner")["node"], inner)

    def test_a_file_that_was_replaced_is_linked_as_it_was_asked_for(self):
        fs = self.fs()
        for name in ("file", "other"):
            (self.share / name).write_text(name)
        node = fs.lookup(ROOT, "file", hold=True)["node"]
        os.rename(self.share / "other", self.share / "file")
        self.fails("ESTALE", fs.once, "link", node=node, parent=ROOT, name="named", named=True)
        self.fails("ENOENT", fs.once, "link", node=node, parent=ROOT, name="itself")
        made = fs.once("link", node=node, parent=ROOT, name="instead", instead=True)
        self.assertNotEqual(made["node"], node)
        self.assertEqual(made["attr"]["links"], 2)
        self.assertEqual((self.share / "instead").read_text(), "other")
        os.unlink(self.share / "file")
        self.fails("ENOENT", fs.once, "link", node=node, parent=ROOT, name="nothing", instead=True)

    def test_forget_ends_a_node_when_all_lookups_are_given_back(self):
        (self.share / "file").write_text("x")
        fs = self.fs()
        node = [fs.lookup(ROOT, "file")["node"] for _ in range(3)][0]
        fs.forget([node], [2])
        fs.getattr(node)
        fs.forget([node], [1])
        self.fails("ESTALE", fs.getattr, node)


if __name__ == "__main__":
    unittest.main()
