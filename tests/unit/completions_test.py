"""The completions that the programs print, in the real shells; tests/e2e/complete_test.py has them at a terminal."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("DFTP_BIN", ROOT / "build/release/bin")).resolve()


PROGRAMS = {"dftp-cli": ["completions"], "dftp-server": ["completions"], "dftp-mount": ["--completions"]}


def script(shell, program="dftp-cli"):
    return subprocess.run([BIN / program, *PROGRAMS[program], shell], check=True, capture_output=True, text=True).stdout


class Bash(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        pathlib.Path(self.directory.name, "a file").touch()

    def complete(self, *words):
        """What bash offers for the last of these words."""
        driver = script("bash") + """
COMP_WORDS=("$@"); COMP_LINE=$*; COMP_POINT=${#COMP_LINE}; COMP_CWORD=$(($# - 1)); compopt() { :; }
_dftp_cli dftp-cli "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""
        done = subprocess.run(["bash", "-uc", driver, "bash", "dftp-cli", *words], cwd=self.directory.name,
                              capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [line for line in done.stdout.splitlines() if line]

    def test_verbs(self):
        self.assertEqual(self.complete("mk"), ["mkdir"])
        self.assertIn("find", self.complete(""))
        self.assertNotIn("lcd", self.complete(""))
        self.assertEqual(self.complete("help", "chm"), ["chmod"])

    def test_options_are_those_of_the_verb(self):
        self.assertEqual(self.complete("get", "--over"), ["--overwrite"])
        self.assertEqual(self.complete("ls", "--over"), [])
        self.assertIn("--json", self.complete("--j"))
        self.assertEqual(self.complete("--json", "find", "--newe"), ["--newer"])

    def test_values_and_files(self):
        self.assertEqual(self.complete("put", "--overwrite", "n"), ["never"])
        self.assertEqual(self.complete("put", "a"), ["a file"])
        self.assertEqual(self.complete("--key", "a"), ["a file"])
        self.assertEqual(self.complete("get", "--streams", "a"), [])
        self.assertEqual(self.complete("ls", "a"), [])
        self.assertEqual(self.complete("completions", "z"), ["zsh"])

    def test_sourced_it_is_registered(self):
        done = subprocess.run(["bash", "-euc", script("bash") + "complete -p dftp-cli"], capture_output=True, text=True)
        self.assertEqual(done.stdout, "complete -F _dftp_cli dftp-cli\n", done.stderr)


    def test_of_the_server_and_of_mounts(self):
        for program, options in (("dftp-server", "--announce-name"), ("dftp-mount", "--negative-timeout")):
            done = subprocess.run(["bash", "-euc", script("bash", program) + f"complete -p {program}"], capture_output=True, text=True)
            self.assertEqual(done.stdout, f"complete -F _{program.replace('-', '_')} {program}\n", done.stderr)
            self.assertIn(options, script("bash", program))
        self.assertNotIn("keep-command", script("bash", "dftp-server"))


class Others(unittest.TestCase):
    def check(self, shell, *command):
        if not shutil.which(shell):
            self.skipTest(f"{shell} is not installed")
        for program in PROGRAMS:
            done = subprocess.run([*command], input=script(shell, program), capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), program)

    def test_zsh_reads_it(self):
        self.check("zsh", "zsh", "-n")

    def test_fish_reads_it(self):
        self.check("fish", "fish", "--no-execute")

    def test_every_verb_and_option_is_in_each(self):
        listed = subprocess.run([BIN / "dftp-cli", "help", "find"], check=True, capture_output=True, text=True).stdout
        self.assertIn("--newer", listed)
        for shell, form in (("bash", "--newer"), ("zsh", "'--newer["), ("fish", "-l newer ")):
            self.assertIn(form, script(shell), shell)

    def test_another_shell_is_refused(self):
        for program, words in PROGRAMS.items():
            done = subprocess.run([BIN / program, *words, "tcsh"], capture_output=True, text=True)
            self.assertIn(done.returncode, (1, 2))
            self.assertIn("bash, zsh and fish", done.stderr)


if __name__ == "__main__":
    unittest.main()
