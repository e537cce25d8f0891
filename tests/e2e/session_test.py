"""The interactive session, at a terminal: typed keys, and what then stands on the screen."""
import os
import pathlib
import signal
import sys
import unittest

from harness import BIN, USER, Case, make_file, same
from corrupting_proxy import CorruptingProxy
from terminal import CTRL_C, CTRL_D, ENTER, TAB, UP, Terminal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from link import Link, why_not  # noqa: E402


class SessionCase(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.share, self.home = self.dir / "share", self.dir / "home"

    def terminal(self, path="/", columns=80, rows=24, options=(), url=None, env=None):
        """A session at its first prompt."""
        cli = self.cli(self.host)
        terminal = Terminal([BIN / "dftp-cli", *cli.options, *options, url or self.host.url(path)], cli.env | (env or {}), columns,
                            rows, cwd=self.home)
        self.addCleanup(terminal.__exit__)
        terminal.wait_prompt()
        return terminal


class LineEditing(SessionCase):
    def test_names_of_two_columns_a_character_are_typed_shown_and_brought_back(self):
        (self.share / "资料/报告").mkdir(parents=True)
        terminal = self.terminal(columns=40)
        self.assertIn("报告", terminal.command("ls 资料"))
        terminal.type(UP)
        terminal.wait(lambda lines: lines[-1].endswith("> ls 资料"))

    def test_ctrl_c_drops_the_line_and_ctrl_d_ends_the_session(self):
        terminal = self.terminal()
        terminal.type("rm -r everything")
        terminal.wait("everything")
        terminal.type(CTRL_C)
        terminal.wait(lambda lines: lines[-1].endswith(":/>"))
        self.assertIn("rm -r everything^C", terminal.text())
        terminal.type(CTRL_D)
        self.assertEqual(terminal.ended(), 0)

    def test_a_line_that_is_folded_stays_whole_when_the_window_changes(self):
        make_file(self.share / "file", 10)
        terminal = self.terminal()
        terminal.type("stat file " + "./././file " * 6)
        terminal.wait(lambda lines: len(lines) == 3)
        terminal.resize(100, 24)
        terminal.wait(lambda lines: lines[-1].endswith("/file ./././file"))
        terminal.type(ENTER)
        terminal.wait_prompt()
        self.assertIn("-rw-", terminal.text())

    def test_the_terminal_is_left_as_it_was(self):
        terminal = self.terminal()
        at_prompt = terminal.modes()
        terminal.process.terminate()
        self.assertEqual(terminal.ended(), 143)
        self.assertNotEqual(terminal.modes()[3], at_prompt[3])  # echo and line mode


class Completion(SessionCase):
    def setUp(self):
        super().setUp()
        for name in ("my report.txt", "资料/射频仿真.doc", "资料/天线.doc", "other"):
            make_file(self.share / name, 10)

    def completed(self, terminal, typed, expected):
        terminal.type(typed + TAB)
        terminal.wait(lambda lines: lines[-1].endswith(expected))
        terminal.type(CTRL_C)
        terminal.wait_prompt()

    def test_commands_options_and_names_there(self):
        terminal = self.terminal()
        self.completed(terminal, "mge", "> mget")
        self.completed(terminal, "get --no-r", "> get --no-resume")
        self.completed(terminal, "get my", "> get my\\ report.txt")
        self.completed(terminal, "get 'my", "> get 'my report.txt'")
        self.completed(terminal, "cd 资", "> cd 资料/")
        self.completed(terminal, "get 资料/射", "> get 资料/射频仿真.doc")

    def test_names_here(self):
        make_file(self.home / "local file", 10)
        terminal = self.terminal()
        self.completed(terminal, "put loc", "> put local\\ file")
        self.completed(terminal, "!cat loc", "> !cat local\\ file")

    def test_choices_stand_above_the_line(self):
        terminal = self.terminal(columns=40)
        terminal.type("get 资料/" + TAB)
        lines = terminal.wait(lambda lines: "天线.doc" in lines[-2] if len(lines) > 1 else False)
        self.assertIn("射频仿真.doc", "".join(lines[-3:-1]))
        self.assertTrue(lines[-1].endswith("get 资料/"), lines)

    def test_a_server_that_does_not_answer_holds_nobody_up(self):
        terminal = self.terminal()
        self.host.process.send_signal(signal.SIGSTOP)
        try:
            terminal.type("get my" + TAB + "x")
            terminal.wait(lambda lines: lines[-1].endswith("get myx"), seconds=5)
        finally:
            self.host.process.send_signal(signal.SIGCONT)


class Patterns(SessionCase):
    def setUp(self):
        super().setUp()
        for name in ("a.iso", "b.iso", "c.txt", "build/x", "build/deep/y", "star*"):
            make_file(self.share / name, 10)

    def session(self, *lines, expect=0):
        done = self.cli(self.host).run(self.host.url(), input="\n".join(lines).encode(), cwd=self.home, expect=expect)
        return done.stdout.decode(), done.stderr.decode()

    def here(self):
        return sorted(name for name in os.listdir(self.home) if not name.startswith("."))

    def test_mget_and_mput_take_what_matches(self):
        self.session("mget *.iso", "lmkdir up", "!mv a.iso up/new.iso", "cd build", "mput up/*")
        self.assertEqual(self.here(), ["b.iso", "up"])
        self.assertTrue((self.share / "build/new.iso").exists())

    def test_get_of_a_pattern_alone_has_no_target_among_the_names(self):
        self.session("get *.iso --md5")
        self.assertEqual(self.here(), ["a.iso", "b.iso"])

    def test_two_stars_are_every_file_beneath(self):
        self.session("rm build/**")
        self.assertEqual([path.name for path in (self.share / "build").rglob("*")], ["deep"])

    def test_a_quoted_pattern_is_a_name(self):
        self.session("rm 'star*'")
        self.assertFalse((self.share / "star*").exists())
        self.assertTrue((self.share / "a.iso").exists())

    def test_what_matches_nothing_is_an_error_that_says_so(self):
        for line in ("get *.zip", "rm build/*.o", "put *.none"):
            self.assertIn("no name matches", self.session(line, expect=6)[1])


class Trouble(SessionCase):
    """Slow and cut connections: through a proxy that stalls."""

    def setUp(self):
        super().setUp()
        make_file(self.share / "work/big", 8_000_000)
        (self.share / "work/small").write_bytes(b"content")
        self.proxy = CorruptingProxy(self.host.port)
        self.addCleanup(self.proxy.close)

    def slow_terminal(self, budget=3_000_000, **more):
        terminal = self.terminal(url=f"dftp://{USER}@127.0.0.1:{self.proxy.port}/work", **more)
        self.proxy.stall_after(budget)
        return terminal

    def test_ctrl_c_stops_the_transfer_and_not_the_session(self):
        terminal = self.slow_terminal(columns=40)
        terminal.type("get big" + ENTER)
        terminal.wait(lambda lines: any("[#" in line and "%" in line for line in lines))
        terminal.resize(80, 24)  # at 60 the line is as long as at 40 while nobody knows how long it will take
        terminal.wait(lambda lines: any(len(line) > 45 and "%" in line for line in lines))
        self.proxy.stalled.wait(10)
        terminal.type(CTRL_C)
        terminal.wait_prompt()
        self.assertIn("interrupted; the same command goes on from here", terminal.text().replace("\n", ""))
        self.proxy.stall_after(None)
        terminal.command("get big")
        self.assertIn("resumed", terminal.text())
        self.assertTrue(same(self.share / "work/big", self.home / "big"))

    def test_a_lost_connection_is_made_again_in_its_directory(self):
        terminal = self.terminal(path="/work", columns=60)
        terminal.type("sta")
        terminal.wait(lambda lines: lines[-1].endswith("> sta"))
        self.host.kill()
        lines = terminal.wait("rying until it is back")
        terminal.wait(lambda lines: lines[-1].endswith("> sta"))
        self.host.start()
        terminal.wait("connected again")
        lines = terminal.wait(lambda lines: lines[-1].endswith("> sta"))
        self.assertEqual(sum("> sta" in line for line in lines), 1, lines)
        terminal.type("t small" + ENTER)
        terminal.wait("7 (7 B)")

    def test_jobs_run_beside_the_prompt_and_can_be_cancelled(self):
        terminal = self.slow_terminal()
        terminal.command("get big &")
        self.proxy.stalled.wait(10)
        terminal.command("lmkdir here")
        terminal.wait(lambda lines: "[1] get big: " in "".join(terminal.command("jobs")))
        terminal.type("hel")
        terminal.wait(lambda lines: lines[-1].endswith("> hel"))
        terminal.type(CTRL_C)
        terminal.wait_prompt()
        terminal.type("cancel 1" + ENTER)
        terminal.wait("[1] get big: cancelled")
        self.proxy.stall_after(None)
        terminal.command("queue get big one")
        terminal.command("queue get big two")
        terminal.command("wait")
        self.assertTrue(same(self.share / "work/big", self.home / "two"))
        self.assertEqual(terminal.command("jobs")[1:], [terminal.lines()[-1]])

    def test_leaving_with_jobs_must_be_said_twice(self):
        terminal = self.slow_terminal()
        terminal.command("get big &")
        self.proxy.stalled.wait(10)
        self.assertIn("1 job is under way", "\n".join(terminal.command("quit")))
        terminal.type("quit" + ENTER)
        self.assertEqual(terminal.ended(), 0)


class Said(SessionCase):
    """What others say while a line is being typed."""

    def check(self, columns, typed, message):
        """The message stands above the line, which is whole, once, and goes on where the cursor was."""
        (self.share / "目录").mkdir(exist_ok=True)
        terminal = self.terminal(columns=columns)
        terminal.type(typed)
        end = "".join(typed.split())[-6:]
        terminal.wait(lambda lines: "".join(lines).replace(" ", "").endswith(end))
        before = terminal.lines()
        self.cli(self.host).run("say", self.host.url(), message)
        said = f"{USER}: {message}".replace(" ", "")
        terminal.wait(lambda lines: said in "".join(lines).replace(" ", "") and lines[-1] == before[-1])
        lines = terminal.lines()
        prompt = next(i for i, line in enumerate(before) if "> " in line)
        self.assertEqual(lines[-len(before[prompt:]):], before[prompt:])
        self.assertEqual("".join(lines).count("> "), 1, lines)
        terminal.type(" end" + ENTER)
        terminal.wait_prompt()
        self.assertIn((typed + " end").removeprefix("echo ").replace(" ", ""), terminal.text().replace("\n", "").replace(" ", ""))

    def test_a_message_comes_above_the_line_that_is_typed(self):
        self.check(80, "echo half a line", "lunch?")

    def test_in_a_narrow_window_with_a_line_that_is_folded(self):
        self.check(40, "echo " + "a long line that does not fit in one row of it", "and a message that is longer than a row of this window")

    def test_with_characters_of_two_columns_on_both_sides(self):
        # The last column of each row is taken, or too narrow for a character: 55 of them end in the row that the next would begin.
        for blanks, characters in ((1, 38), (2, 38), (1, 55), (2, 55)):
            self.check(40, "echo" + " " * blanks + "".join(chr(ord("一") + i) for i in range(characters)), "大家好今天下午三点在会议室开会请准时参加谢谢")


class Session(SessionCase):
    def test_the_lines_are_there_in_the_next_session(self):
        terminal = self.terminal()
        terminal.command("pwd")
        terminal.type(CTRL_D)
        terminal.ended()
        terminal = self.terminal()
        terminal.type(UP)
        terminal.wait(lambda lines: lines[-1].endswith("> pwd"))
        self.assertEqual((self.home / ".local/state/dftp/history").stat().st_mode & 0o777, 0o600)

    def test_open_goes_to_another_directory_and_close_comes_back(self):
        (self.share / "one/two").mkdir(parents=True)
        terminal = self.terminal("/one")
        lines = terminal.command("open " + self.host.url("/one/two"))
        self.assertTrue(lines[-1].endswith(":/one/two>"), lines)
        self.assertTrue(terminal.command("close")[-1].endswith(":/one>"))
        self.assertIn("missing", "\n".join(terminal.command("open " + self.host.url("/missing"))))
        self.assertTrue(terminal.lines()[-1].endswith(":/one>"))
        terminal.type("close" + ENTER)
        self.assertEqual(terminal.ended(), 0)

    def test_listings_have_colours_on_a_terminal_unless_nobody_wants_them(self):
        (self.share / "目录").mkdir()
        make_file(self.share / ".hidden", 10)
        for environment, colored in (({}, True), ({"NO_COLOR": "1"}, False)):
            terminal = self.terminal(env=environment)
            lines = terminal.command("ls")
            self.assertEqual(lines[1], "目录")
            self.assertEqual(b"\x1b[1;34m" in terminal.seen, colored)
            self.assertIn(".hidden", terminal.command("ls -a")[1])

    def test_a_command_of_this_machine_has_the_terminal(self):
        terminal = self.terminal()
        self.assertIn("terminal", "\n".join(terminal.command("!test -t 0 && echo a terminal")))


class LongLink(Case):
    def test_completion_patterns_and_transfers_at_a_hundred_milliseconds(self):
        reason = why_not()
        if reason:
            self.skipTest(f"no link can be made here: {reason}")
        for name in ("资料/一号.iso", "资料/二号.iso"):
            make_file(self.dir / "share" / name, 100_000)
        with Link(rtt=0.1) as link:
            with link.at_server():
                host = self.server(listen=f"{link.server_address}:0")
            cli = self.cli(host)
            url = f"dftp://{USER}@{link.server_address}:{host.port}/"
            with link.at_client():
                terminal = Terminal([BIN / "dftp-cli", *cli.options, url], cli.env, columns=40, cwd=cli.home)
            with terminal:
                terminal.wait_prompt()
                terminal.type("mget 资" + TAB)
                terminal.wait(lambda lines: lines[-1].endswith("mget 资料/"))
                terminal.type("*.iso" + ENTER)
                terminal.wait("2 files, 200 kB")
                terminal.wait_prompt()
                self.assertTrue(same(self.dir / "share/资料/一号.iso", cli.home / "一号.iso"))


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
