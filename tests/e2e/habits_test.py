"""What people type who come from ftp, sftp, scp and lftp, and what they settle once for all in a file."""
import stat
import unittest

from harness import PASSWORD, USER, Case, Server, make_file, same

USAGE, NOT_FOUND = 2, 6


class HabitsCase(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = self.cli(self.host)
        self.here = self.dir / "here"
        self.here.mkdir()
        for name in ("photos/a.jpg", "photos/b.jpg", "photos/sub/c.jpg", "photos/.hidden", "notes.txt"):
            path = self.host.share / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
        self.place = f"{self.host.host}:{self.host.port}"
        self.config = self.client.home / ".config/dftp/config"
        self.config.parent.mkdir(parents=True, exist_ok=True)

    def settle(self, text):
        self.config.write_text(text)

    def nas(self, *lines):
        self.settle(f"Host nas\n  HostName {self.place}\n  User {USER}\n" + "".join(line + "\n" for line in lines))

    def run_here(self, *words, **more):
        return self.client.run(*words, cwd=self.here, **more)

    def out(self, *words, **more):
        return self.run_here(*words, **more).stdout.decode()

    def refused(self, *words, code=USAGE):
        return self.run_here(*words, expect=code).stderr.decode()


class WithoutScheme(HabitsCase):
    def test_in_calls_sessions_and_syncs(self):
        at = f"{USER}@{self.place}"
        self.assertEqual(self.out("ls", f"{at}/photos"), "a.jpg\nb.jpg\nsub\n")
        self.assertEqual(self.out("-c", "pwd", f"{at}/photos"), "/photos\n")
        self.run_here("get", f"{at}/notes.txt")
        self.run_here("sync", f"{at}/photos", "copy")
        self.assertTrue(same(self.host.share / "photos/sub/c.jpg", self.here / "copy/sub/c.jpg"))
        self.run_here("sync", "copy", f"{at}/copy")
        self.assertTrue(same(self.here / "copy/a.jpg", self.host.share / "copy/a.jpg"))

    def test_a_password_is_refused_and_not_repeated(self):
        for words in (["ls", f"{USER}:geheim@{self.place}/"], [f"{USER}:geheim@{self.place}"]):
            self.assertIn("a password does not belong in a URL", self.refused(*words))
        for words in (["ls", f"{USER}:geheim@h"], ["get", f"{USER}:ge/heim@h"], [f"{USER}:ge/heim@h"]):
            self.assertNotIn("heim", self.refused(*words))

    def test_the_other_order_is_said(self):
        self.assertIn("the URL comes first", self.refused("get", "notes.txt", self.host.url()))
        self.assertIn("what is here first", self.refused("put", self.host.url("/a"), "."))


class Words(HabitsCase):
    def test_what_may_have_been_meant(self):
        for words, meant in ((["lst"], "ls"), (["gte", "x"], "get"), (["find", "--nmae", "x", self.host.url()], "--name"),
                             (["-c", "hlep", self.host.url()], "help")):
            self.assertIn(f"did you mean {meant}?", self.refused(*words))

    def test_ls_as_ls_has_it(self):
        top = self.host.url("/photos")
        self.assertEqual(self.out("ls", "-1", top), "a.jpg\nb.jpg\nsub\n")
        self.assertEqual(self.out("ls", "-d", top), "photos\n")
        self.assertEqual(self.out("ls", "-R", top), f"{top}:\na.jpg\nb.jpg\nsub\n\n{top}/sub:\nc.jpg\n")
        self.assertEqual(self.out("-c", "ls -R photos; ls -d photos notes.txt", self.host.url()),
                         "photos:\na.jpg\nb.jpg\nsub\n\nphotos/sub:\nc.jpg\nnotes.txt\nphotos\n")

    def test_rm_f_and_rmdir(self):
        self.run_here("rm", "-f", self.host.url("/none"))
        self.run_here("rm", "-rf", self.host.url("/none"))
        self.assertIn("none", self.refused("rm", self.host.url("/none"), code=NOT_FOUND))
        (self.host.share / "empty/er").mkdir(parents=True)
        self.assertIn("not empty", self.refused("rmdir", self.host.url("/empty"), code=1).lower())
        self.run_here("rmdir", self.host.url("/empty/er"), self.host.url("/empty"))
        self.assertFalse((self.host.share / "empty").exists())
        self.refused("rmdir", self.host.url("/notes.txt"), code=None)
        self.assertTrue((self.host.share / "notes.txt").exists())

    def test_changes_of_modes(self):
        notes, photos = self.host.share / "notes.txt", self.host.share / "photos"
        notes.chmod(0o640)
        photos.chmod(0o700)
        mode = lambda path: stat.S_IMODE(path.stat().st_mode)
        for change, of_file, of_directory in (("+x", 0o751, 0o711), ("go-rwx", 0o700, 0o700), ("a=rX", 0o555, 0o555), ("u=rw,go=", 0o600, 0o600),
                                              ("a+X", 0o600, 0o711), ("644", 0o644, 0o644)):
            self.run_here("chmod", change, self.host.url("/notes.txt"), self.host.url("/photos"))
            self.assertEqual((mode(notes), mode(photos)), (of_file, of_directory), change)
        self.assertIn("is not a mode", self.refused("chmod", "+q", self.host.url("/notes.txt")))

    def test_directories_of_a_session(self):
        self.assertEqual(self.out("-c", "cd photos; cd sub; cd -; pwd; cd ~; pwd; ls -1 ~/photos/sub; cd ./photos", self.host.url()),
                         "/photos\n/photos\n/\nc.jpg\n")

    def test_commands_of_other_clients(self):
        done = self.run_here("-c", "binary; passive; prompt; hash; ls -1 photos/sub", self.host.url())
        self.assertEqual(done.stdout, b"c.jpg\n")
        self.assertIn("byte for byte", done.stderr.decode())
        self.assertEqual(self.run_here("-q", "-c", "binary", self.host.url()).stderr, b"")
        self.assertIn("open dftp://", self.refused("-c", "user ann", self.host.url()))
        self.run_here("-c", "mirror photos; mirror -R photos back; rename notes.txt n; nlist; reget n; delete n; disconnect", self.host.url())
        self.assertTrue((self.here / "photos/sub/c.jpg").exists() and (self.host.share / "back/sub/c.jpg").exists())
        self.assertTrue((self.here / "n").exists() and not (self.host.share / "n").exists())

    def test_mirror_removes_only_when_it_is_told_to(self):
        (self.here / "photos").mkdir()
        (self.here / "photos/mine").touch()
        self.run_here("-c", "mirror photos", self.host.url())
        self.assertTrue((self.here / "photos/mine").exists())
        self.run_here("-c", "mirror -e photos", self.host.url())
        self.assertFalse((self.here / "photos/mine").exists())


class Verbose(HabitsCase):
    def test_says_what_goes_on(self):
        make_file(self.host.share / "big", 30_000_000)
        said = self.run_here("-v", "get", self.host.url("/big"), "--streams", "3").stderr.decode()
        for step in (f"connecting to {self.place}", f"connected to {self.place} in ", f"key {self.host.fingerprint} (as it was given)",
                     f"logged in as {USER} with ", "3 data connections", "limited by: "):
            self.assertIn(step, said)
        self.assertNotIn(PASSWORD, said)
        self.client.env["DFTP_PASSWORD"] = "wrong-word"
        said = self.run_here("-v", "ls", self.host.url(), expect=5).stderr.decode()
        self.assertIn("login with ", said)
        self.assertNotIn("wrong-word", said)

    def test_is_silent_without_it(self):
        self.assertEqual(self.run_here("ls", self.host.url()).stderr, b"")


class Patterns(HabitsCase):
    def test_in_urls(self):
        self.assertEqual(self.out("cat", self.host.url("/photos/*.jpg")), "photos/a.jpgphotos/b.jpg")
        self.run_here("get", self.host.url("/photos/*.jpg"), self.here)
        self.assertEqual(sorted(path.name for path in self.here.iterdir()), ["a.jpg", "b.jpg"])
        self.assertEqual(self.out("cat", self.host.url("/**/c.jpg")), "photos/sub/c.jpg")
        self.assertIn("*.gif", self.refused("ls", self.host.url("/*.gif"), code=NOT_FOUND))

    def test_a_name_that_looks_like_one_is_itself(self):
        for name in ("[ab].txt", "*"):
            (self.host.share / name).write_text(name)
        (self.host.share / "a.txt").touch()
        self.assertEqual(self.out("cat", self.host.url("/[ab].txt")), "[ab].txt")
        self.run_here("rm", self.host.url("/*"))
        self.assertEqual(sorted(path.name for path in self.host.share.iterdir()), ["[ab].txt", "a.txt", "notes.txt", "photos"])
        self.assertIn("%2A", self.refused("ls", self.host.url("/%2A"), code=NOT_FOUND) + "%2A")
        self.run_here("rm", self.host.url("/a%2A"), expect=NOT_FOUND)

    def test_a_target_is_none(self):
        make_file(self.here / "file", 10)
        self.run_here("put", "file", self.host.url("/new*"))
        self.assertTrue((self.host.share / "new*").exists())


class Settled(HabitsCase):
    def test_of_a_server(self):
        self.nas("  Directory photos")
        self.assertEqual(self.out("ls", "nas/photos/sub"), "c.jpg\n")
        self.assertEqual(self.out("ls", "dftp://nas/photos/sub"), "c.jpg\n")
        self.assertEqual(self.out("-c", "pwd", "nas"), "/photos\n")
        self.assertEqual(self.out("-c", "pwd", "nas/"), "/\n")
        self.run_here("sync", "nas:photos", "copy")
        self.assertTrue((self.here / "copy/sub/c.jpg").exists())

    def test_what_is_said_of_one_server_holds_for_no_other(self):
        """Neither a password file nor plain data goes along to where `open` leads."""
        other = self.enterContext(Server(self.dir / "other", self.dir / "other-state"))
        secret = self.dir / "secret"
        secret.write_text(PASSWORD)
        secret.chmod(0o600)
        self.nas(f"  PasswordFile {secret}")
        client = self.cli(self.host, password=None)
        client.options = ["--retries", "0", "--accept-new"]
        self.assertEqual(client.run("-c", "ls photos/sub", "nas").stdout, b"c.jpg\n")
        failed = client.run("-c", f"open {other.url()}", "nas", expect=5)
        self.assertIn("nothing to log in with", failed.stderr.decode())

    def test_the_command_line_comes_first(self):
        self.nas("  Fingerprint SHA256:" + "A" * 43)
        self.client.options = ["--retries", "0"]
        self.run_here("ls", "nas:", expect=4)
        self.assertIn("notes.txt", self.out("--fingerprint", self.host.fingerprint, "ls", "nas:"))

    def test_names_of_ones_own(self):
        self.settle(f"alias ll ls -l\nalias fetch get -r\n")
        self.assertIn("-rw", self.out("ll", self.host.url("/notes.txt")))
        self.assertIn("-rw", self.out("-c", "ll notes.txt; fetch photos", self.host.url()))
        self.assertTrue((self.here / "photos/sub/c.jpg").exists())

    def test_a_wrong_line_is_named_and_nothing_is_done(self):
        self.settle("Host nas\nPrt 5\n")
        self.assertIn(f"{self.config}:2", self.refused("ls", self.host.url()))
        self.assertIn("HostName", self.refused("ls", self.host.url()))
        self.run_here("--help")
        self.run_here("--version")

    def test_others_must_not_write_it(self):
        self.nas()
        self.config.chmod(0o666)
        self.assertIn("others may write", self.run_here("ls", "nas:", expect=None).stderr.decode())

    def test_another_file_and_none(self):
        self.settle("nonsense\n")
        elsewhere = self.dir / "elsewhere"
        elsewhere.write_text(f"Host there\nHostName {self.place}\nUser {USER}\n")
        self.client.env["DFTP_CONFIG"] = str(elsewhere)
        self.assertIn("notes.txt", self.out("ls", "there:"))
        self.client.env["DFTP_CONFIG"] = ""
        self.assertIn("notes.txt", self.out("ls", self.host.url()))

    def test_bookmarks(self):
        self.settle("# mine\nRetries 2")
        self.run_here("-c", "cd photos; bookmark pics; bookmark", self.host.url())
        self.assertEqual(self.out("-c", "pwd; open pics; pwd", "pics"), "/photos\n/photos\n")
        self.assertIn("# mine", self.config.read_text())
        self.assertEqual(self.out("-c", "bookmark", "pics"), f"pics              {self.host.url('/photos/')}\n")
        self.assertIn("already", self.refused("-c", "bookmark pics", "pics", code=None))
        for wrong in ("'a b'", "'a*'", "''", "a/b"):
            self.refused("-c", f"bookmark {wrong}", "pics")
        self.assertEqual(stat.S_IMODE(self.config.stat().st_mode) & 0o022, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
