"""The man pages against the programs: options, verbs, keys, exit codes and environment are documented, and exist."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("DFTP_BIN", ROOT / "build/release/bin")).resolve()
FORMATTERS = (["groff", "-mdoc", "-ww", "-z", "-Tutf8"], ["mandoc", "-Tlint", "-Werror"])
PAGES = {name: ROOT / "docs/man" / name for name in ("dftp-cli.1", "dftp-mount.8", "dftp-server.8", "dftp-server.toml.5")}

# "  -r, --recursive   ..." and "      --streams N   ..."
HELP_LINE = re.compile(r"^ {2,6}(?:-(\w), )?--([\w-]+)(?: (\S+))?(?: {2}|$)", re.MULTILINE)
# ".It Fl r , Fl -recursive" and ".It Fl -streams Ar N"
ITEM = re.compile(r"^\.It (?:Fl (\w) , )?Fl -([\w-]+)(?: Ar (\S+))?$", re.MULTILINE)


def run(*arguments, expect=0):
    done = subprocess.run([BIN / arguments[0], *arguments[1:]], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == expect, f"{arguments}: exit code {done.returncode}\n{done.stderr}"
    return done.stdout + done.stderr


def options_of(*arguments):
    """(letter, name, value) of each option that a help shows."""
    return set(HELP_LINE.findall(run(*arguments)))


def page(name):
    return PAGES[name].read_text(encoding="utf-8")


def section(name, title):
    return re.search(rf"^\.Sh {title}$(.*?)(?=^\.Sh |\Z)", page(name), re.MULTILINE | re.DOTALL)[1]


def documented(text):
    return set(ITEM.findall(text))


def names_of(options):
    return {name for letter, long, _ in options for name in (letter, long) if name}


def mentioned(text):
    """Every option in running text, ".Fl r" and ".Fl -recursive", and in what is shown literally, "--recursive"."""
    macros = re.findall(r"\bFl (-?\w[\w-]*)", text)
    return {name.removeprefix("-") for name in macros} | set(re.findall(r"(?<![\w-])--([a-z][\w-]*)", text))


def verbs():
    """(name, aliases) of each row in the table of verbs: a session's have no list outside of it."""
    rows = re.findall(r'^    \{"(\w+)", "([^"]*)", Scope::', (ROOT / "client/cli/verbs/verbs.cpp").read_text(), re.MULTILINE)
    return [(name, aliases.split()) for name, aliases in rows]


def sources(*rooms, without=None):
    for room in rooms:
        for file in sorted((ROOT / room).rglob("*.cpp")):
            if not without or ROOT / without not in file.parents:
                yield file.read_text(encoding="utf-8")


class Client(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.verb_options = set().union(*(options_of("dftp-cli", "help", name) for name, _ in verbs()))

    def test_the_options_of_every_call_are_those_of_the_help(self):
        self.assertGreater(len(options_of("dftp-cli", "--help")), 5)
        self.assertEqual(documented(section("dftp-cli.1", "OPTIONS")), options_of("dftp-cli", "--help"))

    def test_the_options_of_the_verbs_are_those_of_their_help(self):
        self.assertGreater(len(self.verb_options), 5)
        self.assertEqual(documented(section("dftp-cli.1", "VERBS")), self.verb_options)

    def test_no_other_option_is_mentioned(self):
        known = names_of(options_of("dftp-cli", "--help") | self.verb_options)
        self.assertLessEqual(mentioned(page("dftp-cli.1")), known)

    def test_the_verbs_are_those_of_the_table(self):
        text = section("dftp-cli.1", "VERBS") + section("dftp-cli.1", "SESSIONS")
        items = re.findall(r"^\.It Cm ((?:\S+ , )*\S+)", text, re.MULTILINE)
        words = {word.replace("\\&", "") for item in items for word in item.split(" , ")}
        self.assertEqual(words, {word for name, aliases in verbs() for word in (name, *aliases)})

    def test_the_exit_codes_are_those_of_the_program(self):
        codes = re.findall(r"^  exit_\w+ = (\d+)", (ROOT / "client/cli/view/exit_code.h").read_text(), re.MULTILINE)
        items = re.findall(r"^\.It (\d+)$", section("dftp-cli.1", "EXIT STATUS"), re.MULTILINE)
        self.assertGreater(len(codes), 5)
        self.assertEqual(items, codes)

    def test_every_environment_variable_is_there(self):
        read = {name for text in sources("client") for name in re.findall(r'(?:getenv|environment)\("(\w+)"\)', text)}
        items = set(re.findall(r"^\.It Ev (\w+)$", section("dftp-cli.1", "ENVIRONMENT"), re.MULTILINE))
        self.assertGreater(len(read), 2)
        self.assertEqual(items, read | {"TZ"})


class Mount(unittest.TestCase):
    def test_the_options_are_those_of_the_help(self):
        self.assertGreater(len(options_of("dftp-mount", "--help")), 5)
        self.assertEqual(documented(section("dftp-mount.8", "OPTIONS")), options_of("dftp-mount", "--help"))

    def test_no_other_option_is_mentioned(self):
        known = names_of(options_of("dftp-mount", "--help")) | {"o", "s", "n", "v", "N"}  # what mount(8) gives
        self.assertLessEqual(mentioned(page("dftp-mount.8")), known)

    def test_the_words_of_the_list_are_those_of_the_program(self):
        table = (ROOT / "fuse/mount_options.cpp").read_text()
        words = re.search(r"kernel_words\[\] = \{([^}]*)\}", table)[1]
        items = re.search(r"passed on to the kernel:\n\.Cm (.*) \.$", page("dftp-mount.8"), re.MULTILINE)[1]
        self.assertEqual(set(items.split(" , ")), set(re.findall(r'"(\w+)"', words)))

    def test_every_environment_variable_is_there(self):
        items = re.search(r"^\.Ev (.*) \.$", section("dftp-mount.8", "ENVIRONMENT"), re.MULTILINE)[1]
        clients = {name for text in sources("client", without="client/cli") for name in re.findall(r'(?:getenv|environment)\("(\w+)"\)', text)}
        self.assertEqual(set(items.split(" , ")), clients)


class Server(unittest.TestCase):
    def test_the_options_are_those_of_the_help(self):
        self.assertGreater(len(options_of("dftp-server", "--help")), 5)
        self.assertEqual(documented(section("dftp-server.8", "OPTIONS")), options_of("dftp-server", "--help"))

    def test_the_options_of_user_are_those_of_its_help(self):
        help_options = options_of("dftp-server", "user", "--help")
        self.assertGreater(len(help_options), 5)
        self.assertEqual(documented(section("dftp-server.8", "USERS")), help_options)

    def test_the_actions_of_user_are_those_of_its_help(self):
        actions = re.search(r"^actions:\n(.*?)\n\n", run("dftp-server", "user", "--help"), re.MULTILINE | re.DOTALL)[1]
        items = re.findall(r"^\.It Cm user (\w+)", section("dftp-server.8", "USERS"), re.MULTILINE)
        self.assertEqual(items, re.findall(r"^  (\w+)", actions, re.MULTILINE))

    def test_the_options_of_the_operators_commands_are_those_of_their_help(self):
        own = self.operators_options() - options_of("dftp-server", "user", "--help")
        self.assertEqual(len(own), 2)
        self.assertEqual(documented(section("dftp-server.8", "OPERATION")), own)

    def operators_options(self):
        return {option for command in ("say", "sessions", "kick") for option in options_of("dftp-server", command, "--help")}

    def test_no_other_option_is_mentioned(self):
        known = names_of(options_of("dftp-server", "--help") | options_of("dftp-server", "user", "--help") | self.operators_options())
        for name in ("dftp-server.8", "dftp-server.toml.5"):
            self.assertLessEqual(mentioned(page(name)), known)

    def test_every_environment_variable_is_there(self):
        read = {name for text in sources("server") for name in re.findall(r'getenv\("(\w+)"\)', text)}
        items = re.findall(r"^\.It Ev (\w+)$", section("dftp-server.8", "ENVIRONMENT"), re.MULTILINE)
        self.assertGreater(len(read), 2)
        self.assertEqual(set(items), read)

    def test_the_keys_of_the_file_are_those_that_the_server_knows(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write("no-such-key = 1\n")
            file.flush()
            complaint = run("dftp-server", "--config", file.name, expect=2)
        keys = re.search(r"the keys are (.*)$", complaint, re.MULTILINE)[1].split(", ")
        items = re.findall(r"^\.It Va ([\w-]+) No =", section("dftp-server.toml.5", "KEYS"), re.MULTILINE)
        self.assertEqual(list(dict.fromkeys(items)), keys)


class Pages(unittest.TestCase):
    def test_the_formatters_find_no_fault(self):
        formatters = [command for command in FORMATTERS if shutil.which(command[0])]
        if not formatters:
            self.skipTest("there is neither groff nor mandoc")
        for command in formatters:
            for file in PAGES.values():
                done = subprocess.run([*command, file], capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""), (command[0], file.name))

    def test_no_line_ends_in_a_blank(self):
        for name in PAGES:
            self.assertNotRegex(page(name), re.compile(r"[ \t]$", re.MULTILINE), name)

    def test_every_page_is_installed(self):
        rules = (ROOT / "CMakeLists.txt").read_text()
        for file in (ROOT / "docs/man").iterdir():
            self.assertTrue(re.search(rf"\b{re.escape(file.name)}\b", rules), file.name)
            self.assertIn(file.name, PAGES)


if __name__ == "__main__":
    unittest.main()
