"""sync: one directory made like another, in both directions, and what it must never do."""
import json
import os
import pathlib
import subprocess
import unittest

from harness import Case, make_file, partials, wait_for

SOME, USAGE, NOT_FOUND = 1, 2, 6
MIB = 1024 * 1024


def tree(top):
    """What lies beneath: content, target or None of a directory, by path."""
    found = {}
    for path in sorted(pathlib.Path(top).rglob("*")):
        name = str(path.relative_to(top))
        found[name] = os.readlink(path) if path.is_symlink() else None if path.is_dir() else path.read_bytes()
    return found


class Sync(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = self.cli(self.host)
        self.here = self.dir / "here"
        self.there = self.host.share / "there"
        self.fill(self.here)

    def fill(self, top):
        for name in ("a", "d/b", "d/e/c", "name with blanks/射频", "x.o", "d/y.o"):
            path = top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(name.encode())
        (top / "d/empty").mkdir()
        (top / "link").symlink_to("d/b")

    def ends(self):
        """Both directions: the source's and the destination's directory, and the operands."""
        url = self.host.url("/there")
        return ((self.here, self.there, (self.here, url)), (self.there, self.here, (url, self.here)))

    def sync(self, *arguments, **more):
        return self.client.result("sync", *arguments, **more)

    def planned(self, *arguments, **more):
        done = self.client.run("--json", "sync", *arguments, **more)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return {(line["action"], line.get("from"), line["path"]) for line in lines if line["event"] == "planned"}

    def test_the_second_becomes_what_the_first_is(self):
        first = tree(self.here)
        result = self.sync(self.here, self.host.url("/there"))
        self.assertEqual((result["files"], result["removed"], result["renamed"], result["dry_run"]), (7, 0, 0, False))
        self.assertEqual(tree(self.there), first)
        for source, destination, operands in self.ends():
            (source / "a").write_bytes(b"longer than before")
            (source / "d/new").write_bytes(b"new")
            (source / "link").unlink()
            (source / "link").symlink_to("a" if source == self.here else "d/b")
            self.assertEqual({path for _, _, path in self.planned("-n", *operands)}, {"a", "d/new", "link"})
            self.sync(*operands)
            self.assertEqual(tree(destination), tree(source))
            self.assertEqual(self.planned(*operands), set())
            (source / "d/new").unlink()
            (destination / "d/new").unlink()
        self.assertEqual(partials(self.dir), [])

    def test_slashes_at_the_end_make_no_difference(self):
        for end in ("", "/", "/."):
            self.sync(f"{self.here}{end}", self.host.url("/there" + end.rstrip(".")))
            self.assertEqual(tree(self.there), tree(self.here))
        self.sync(self.here, self.host.url("/deep/down/there"))
        self.assertEqual(tree(self.host.share / "deep/down/there"), tree(self.here))
        self.sync(".", self.host.url("/other/"), cwd=self.here)
        self.sync(self.host.url("/other"), "back/again/", cwd=self.dir)
        self.assertEqual(tree(self.dir / "back/again"), tree(self.here))

    def test_the_whole_share(self):
        self.sync(self.here, self.host.url("/"))
        self.assertEqual(tree(self.host.share), tree(self.here))
        self.sync(self.host.url("/"), self.dir / "copy")
        self.assertEqual(tree(self.dir / "copy"), tree(self.here))

    def test_in_a_session_a_colon_stands_before_the_path_there(self):
        self.client.run("-c", f"mkdir there; cd there; sync {self.here} :in; sync :in {self.dir}/back", self.host.url())
        self.assertEqual(tree(self.there / "in"), tree(self.here))
        self.assertEqual(tree(self.dir / "back"), tree(self.here))
        self.client.run("-c", "sync a b", self.host.url(), expect=USAGE)
        self.client.run("sync", self.here, self.here, expect=USAGE)
        self.client.run("sync", self.host.url("/a"), self.host.url("/b"), expect=USAGE)

    def test_a_dry_run_says_all_and_does_nothing(self):
        self.sync(self.here, self.host.url("/there"))
        for source, destination, operands in self.ends():
            (source / "new").mkdir()
            (source / "new/f").write_bytes(b"1")
            (destination / "old").write_bytes(b"2")
            before = tree(self.host.share), tree(self.here)
            said = self.planned("--dry-run", "--delete", *operands)
            self.assertEqual(said, {("make_directory", None, "new"), ("send", None, "new/f"), ("remove_file", None, "old")})
            self.assertEqual((tree(self.host.share), tree(self.here)), before)
            text = self.client.run("sync", "-n", "--delete", *operands).stdout.decode()
            self.assertEqual(text, "make_directory new\nsend new/f\nremove_file old\n")
            self.assertEqual(self.planned("--delete", *operands), said)
            self.assertEqual(tree(destination), tree(source))
            for top in (source, destination):
                (top / "new/f").unlink()
                (top / "new").rmdir()

    # ---- removing

    def test_delete(self):
        self.sync(self.here, self.host.url("/there"))
        for source, destination, operands in self.ends():
            (destination / "only/here").mkdir(parents=True)
            (destination / "only/here/f").write_bytes(b"1")
            self.sync(*operands)
            self.assertTrue((destination / "only/here/f").exists())
            self.assertEqual(self.sync("--delete", *operands)["removed"], 3)
            self.assertEqual(tree(destination), tree(source))

    def test_a_source_that_is_empty_or_missing_removes_nothing(self):
        self.sync(self.here, self.host.url("/there"))
        before = tree(self.host.share), tree(self.here)
        (self.host.share / "empty").mkdir()
        (self.dir / "empty").mkdir()
        for operands in ((self.dir / "empty", self.host.url("/there")), (self.host.url("/empty"), self.here)):
            said = self.client.run("sync", "--delete", *operands, expect=USAGE).stderr
            self.assertIn(b"the source is empty", said)
        for operands in ((self.dir / "gone", self.host.url("/there")), (self.host.url("/gone"), self.here)):
            self.client.run("sync", "--delete", *operands, expect=NOT_FOUND)
        (self.host.share / "empty").rmdir()
        self.assertEqual((tree(self.host.share), tree(self.here)), before)

    def test_no_more_is_removed_than_was_allowed(self):
        self.sync(self.here, self.host.url("/there"))
        (self.here / "a").unlink()
        (self.here / "x.o").unlink()
        (self.here / "new").write_bytes(b"1")
        before = tree(self.there)
        said = self.client.run("sync", "--delete", "--max-delete", 1, self.here, self.host.url("/there"), expect=USAGE).stderr
        self.assertIn(b"2 things would be removed", said)
        self.assertEqual(tree(self.there), before)
        self.sync("--delete", "--max-delete", 2, self.here, self.host.url("/there"))
        self.assertEqual(tree(self.there), tree(self.here))

    def test_after_a_failure_the_rest_is_done_and_removed(self):
        self.sync(self.here, self.host.url("/there"))
        (self.here / "a").unlink()
        (self.here / "new").write_bytes(b"1")
        (self.here / "taken").write_bytes(b"1")
        os.mkfifo(self.there / "taken")
        done = self.client.run("sync", "--delete", self.here, self.host.url("/there"), expect=SOME)
        self.assertIn(b"taken", done.stderr)
        self.assertFalse((self.there / "a").exists())
        self.assertEqual((self.there / "new").read_bytes(), b"1")

    def test_a_file_and_a_directory_change_places_only_with_delete(self):
        self.sync(self.here, self.host.url("/there"))
        for source, destination, operands in self.ends():
            for top, name in ((source, "a"), (source, "link")):
                (top / name).unlink()
                (top / name).mkdir()
                (top / name / "f").write_bytes(b"1")
            self.client.run("sync", *operands, expect=SOME)
            self.assertFalse((destination / "a").is_dir())
            self.sync("--delete", *operands)
            self.assertEqual(tree(destination), tree(source))
            for name in ("a", "link"):
                (source / name / "f").unlink()
                (source / name).rmdir()
                (source / name).write_bytes(b"a file again")
            self.sync("--delete", *operands)
            self.assertEqual(tree(destination), tree(source))

    # ---- what is compared

    def test_checksum_sees_what_size_and_time_hide(self):
        self.sync(self.here, self.host.url("/there"))
        for time, (source, destination, operands) in enumerate(self.ends(), start=1):
            time *= 1_000_000_000
            known = (source / "a").stat()
            (source / "a").write_bytes(b"b")
            os.utime(source / "a", ns=(known.st_atime_ns, known.st_mtime_ns))
            os.utime(source / "d/b", ns=(1, time))
            self.assertEqual(self.planned("-n", *operands), {("send", None, "d/b")})
            said = self.planned("--checksum", *operands)
            self.assertEqual(said, {("send", None, "a"), ("set_time", None, "d/b")})
            self.assertEqual((destination / "a").read_bytes(), b"b")
            self.assertEqual((destination / "d/b").stat().st_mtime_ns, time)
            (source / "a").write_bytes(b"a")
            self.sync(*operands)

    def test_modes_are_made_alike(self):
        self.sync(self.here, self.host.url("/there"))
        for source, destination, operands in self.ends():
            os.chmod(source / "a", 0o640 if source == self.here else 0o604)
            os.chmod(source / "d/e", 0o500)
            self.assertEqual(self.planned("--no-modes", *operands), set())
            (destination / "d/e/gone").write_bytes(b"1")
            said = self.planned("--delete", *operands)
            self.assertEqual(said, {("set_mode", None, "a"), ("set_mode", None, "d/e"), ("remove_file", None, "d/e/gone")})
            for name in ("a", "d/e"):
                self.assertEqual((destination / name).stat().st_mode, (source / name).stat().st_mode)
            self.assertEqual(self.planned("--delete", *operands), set())
            os.chmod(source / "d/e", 0o755)
            self.assertEqual(self.planned(*operands), {("set_mode", None, "d/e")})

    def test_what_stays_as_it_is_is_not_counted(self):
        self.sync(self.here, self.host.url("/there"))
        for source, destination, operands in self.ends():
            (source / "d/b").write_bytes(source.name.encode())
            result = self.sync(*operands)
            self.assertEqual((result["files"], result["skipped"], result["bytes"]), (1, 0, len(source.name)))

    def test_a_file_that_was_renamed_is_not_sent_again(self):
        make_file(self.here / "d/large", 3 * MIB)
        self.sync(self.here, self.host.url("/there"))
        for source, destination, operands in self.ends():
            (source / "moved").mkdir(exist_ok=True)
            os.rename(source / "d/large", source / "moved/large")
            result = self.sync("--delete", *operands)
            self.assertEqual((result["renamed"], result["removed"], result["transferred"]), (1, 0, 0))
            self.assertEqual(tree(destination), tree(source))
            os.rename(source / "moved/large", source / "d/large")
            os.rename(destination / "moved/large", destination / "d/large")

    def test_what_only_looks_like_a_renamed_file_is_sent(self):
        make_file(self.there / "old", MIB, seed=1)
        make_file(self.here / "new", MIB, seed=2)
        for path in (self.there / "old", self.here / "new"):
            os.utime(path, ns=(10**18, 10**18))
        result = self.sync("--delete", self.here, self.host.url("/there"))
        self.assertEqual(result["renamed"], 0)
        self.assertEqual(tree(self.there), tree(self.here))

    # ---- what is left out

    def test_patterns(self):
        (self.dir / "patterns").write_text("# objects\n!/d/y.o\n*.o\n")
        for source, destination, operands in self.ends():
            self.fill(source) if not (source / "a").exists() else None
            (destination / "d").mkdir(parents=True, exist_ok=True)
            (destination / "d/keep.o").write_bytes(b"1")
            self.sync("--delete", "--exclude-from", self.dir / "patterns", "--exclude", "/d/e/", *operands)
            self.assertFalse((destination / "x.o").exists() and destination == self.there)
            self.assertTrue((destination / "d/y.o").exists())
            self.assertTrue((destination / "d/keep.o").exists())
            self.assertEqual(self.planned("--delete", "-n", "--exclude", "*.o", "--exclude", "e", *operands), set())
            (destination / "d/keep.o").unlink()
        self.assertFalse((self.there / "d/e").exists())
        self.assertEqual(self.sync("--include", "d/", "--exclude", "/*", self.host.url("/there"), self.dir / "part")["files"], 2)
        self.assertEqual({path.name for path in (self.dir / "part").iterdir()}, {"d"})
        self.client.run("sync", "--exclude", "/", self.here, self.host.url("/there"), expect=USAGE)
        self.client.run("sync", "--exclude-from", self.dir / "missing", self.here, self.host.url("/there"), expect=USAGE)

    # ---- trouble

    def test_killed_in_between_it_goes_on(self):
        make_file(self.here / "large", 24 * MIB)
        client = self.client.start("--limit-rate", "20M", "sync", self.here, self.host.url("/there"))
        wait_for(lambda: any(path.stat().st_size > 2 * MIB for path in partials(self.there)) if self.there.exists() else False, what="a partial")
        client.kill()
        client.communicate()
        self.assertFalse((self.there / "large").exists())
        wait_for(lambda: self.client.run("sync", "-n", self.here, self.host.url("/there")).returncode == 0)
        result = self.sync(self.here, self.host.url("/there"))
        self.assertGreater(result["resumed"], 0)
        self.assertEqual(tree(self.there), tree(self.here))

    def test_a_tree_that_is_the_same_already_is_left_alone(self):
        for i in range(300):
            (self.here / f"many/{i}").mkdir(parents=True)
            (self.here / f"many/{i}/f").write_bytes(b"1")
        self.sync(self.here, self.host.url("/there"))
        self.assertEqual(self.planned(self.here, self.host.url("/there")), set())
        self.assertEqual(self.sync("--delete", "--max-delete", 601, self.host.url("/there"), self.here)["removed"], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
