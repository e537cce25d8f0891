"""The interactive session, at a terminal: typed keys, and what then stands on the screen."""
import unittest

from house import BIN, Case, make_file
from terminal import CTRL_C, CTRL_D, ENTER, UP, Terminal


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


if __name__ == "__main__":
    unittest.main()
