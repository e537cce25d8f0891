"""The tables of docs/protocol are what proto/wire and the server's table of commands say: no member is missing, none is invented."""
import functools
import re
import unittest

import wire_source
from wire_source import ROOT

PAGES = ROOT / "docs/protocol"
# The operator's socket is not in the table of commands.
OPERATOR = {"kick": ("Kick", "KickReply"), "users": ("ReadUsers", "ReadUsersReply"), "reload": ("Reload", "ReloadReply"),
            "penalties": ("ListPenalties", "ListPenaltiesReply"), "penalties.lift": ("LiftPenalty", "LiftPenaltyReply")}


def rows_below(page, header):
    """The cells of the rows of each table of a page whose header begins so."""
    rows, reading = [], False
    for line in (PAGES / page).read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells[:len(header)] == header:
            reading = True
        elif not cells:
            reading = False
        elif reading and not set(cells[0]) <= set("-"):
            rows.append(cells)
    return rows


@functools.cache
def typed_tables():
    """{(kind, name): [(member, type, default)]}; kind is request, reply, part, event or object."""
    found = {}
    for page in PAGES.glob("*.md"):
        section = table = None
        for line in page.read_text(encoding="utf-8").splitlines():
            if match := re.match(r"#+ `([\w.]+)`$", line):
                section = match[1]
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if not cells:
                table = None
            elif match := re.match(r"(request|reply|part|event|object)(?: `(\w+(?:\.\w+)?)`)?$", cells[0]):
                assert cells[1:] == ["type", "default", "meaning"], f"{page.name}: {line}"
                table = (match[1], match[2] or section)
                assert table not in found, f"there are two tables of {table}"
                found[table] = []
            elif table and not set(cells[0]) <= set("-"):
                assert cells[3], f"{page.name}: {cells[0]} of {table} has no meaning"
                found[table].append((cells[0].strip("`"), cells[1], cells[2].strip("`")))
    return found


def as_table(message):
    return [("*once*" if one.name == "once" else one.name + "?" * one.optional, one.type, one.default) for one in message.members]


class Messages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.messages = {one.name: one for one in wire_source.messages()}
        cls.commands = wire_source.commands()

    def expected(self):
        """{(kind, name): struct}; what has no members needs no table."""
        found = {(kind, getattr(one, kind)): one for one in self.messages.values() for kind in ("event", "part") if getattr(one, kind)}
        for struct, name in wire_source.OBJECTS.items():
            found["object", name] = self.messages[struct if struct in self.messages else "fs." + struct]
        shared = {one.name for one in found.values()}
        pairs = {name: (one.request, one.reply) for name, one in self.commands.items()} | OPERATOR
        for name, (request, reply) in pairs.items():
            if request not in shared or name == "put":
                found["request", name] = self.messages[request]
            if reply not in shared and reply != "TransferReply":
                found["reply", name] = self.messages[reply]
        found["reply", "get"] = self.messages["TransferReply"]
        del found["object", "put"]  # the request
        return {key: one for key, one in found.items() if one.members}

    def test_each_message_has_a_table_and_each_table_a_message(self):
        self.assertEqual(set(typed_tables()), set(self.expected()))

    def test_the_tables_have_the_members_of_the_wire(self):
        for key, message in self.expected().items():
            with self.subTest(kind=key[0], name=key[1]):
                self.assertEqual(typed_tables().get(key), as_table(message))

    def test_no_struct_of_the_wire_is_left_out(self):
        told = {one.name for one in self.expected().values()}
        self.assertEqual({one.name for one in self.messages.values() if one.members} - told, set())

    def test_each_command_is_in_the_list_with_its_right_and_order(self):
        listed = {re.match(r"\[`([\w.]+)`\]", cells[0])[1]: tuple(cells[1:3]) for cells in rows_below("README.md", ["command", "right"])}
        self.assertEqual(listed, {name: (one.permission, one.order.replace("_", " ")) for name, one in self.commands.items()})

    def test_each_command_has_a_section(self):
        headings = {match for page in PAGES.glob("*.md") for match in re.findall(r"^### `([\w.]+)`$", page.read_text(encoding="utf-8"), re.MULTILINE)}
        self.assertEqual(set(self.commands) | set(OPERATOR) | {"mounted", "copy_result"}, headings)

    def test_a_reply_without_a_table_is_named(self):
        """Where several commands have one reply, each says which."""
        objects = {struct if struct in self.messages else "fs." + struct: name for struct, name in wire_source.OBJECTS.items()}
        text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES.glob("*.md"))
        for name, command in self.commands.items():
            if command.reply in objects:
                section = re.search(rf"^### `{re.escape(name)}`$(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)[1]
                self.assertRegex(section, rf"The reply is an? \[{objects[command.reply]}\]|The reply is \[{objects[command.reply]}\]", name)


class Extensions(unittest.TestCase):
    def test_the_page_has_those_of_the_code_with_their_commands(self):
        source = (ROOT / "proto/wire/extensions").with_suffix(".cpp").read_text()
        names = dict(re.findall(r'string_view (\w+) = "([\w-]+/\d+)"', (ROOT / "proto/wire/extensions.h").read_text()))
        coded = {names[one]: set(commands.split()) for one, commands in re.findall(r'\{extensions::(\w+), "[^"]*", "([^"]*)"\}', source)}
        page = (ROOT / "docs/protocol/README.md").read_text()
        told = {name: set(re.findall(r"`([\w.]+)`", what)) - {"message"} for name, what in re.findall(r"^\| `([\w-]+/\d+)` \| \S+ \| (.*) \|$", page, re.M)}
        self.assertEqual(told, coded)


class Numbers(unittest.TestCase):
    def test_the_limits_are_those_of_the_code(self):
        seconds = set(re.findall(r"(\w+) = [^;,]*\d(?:ms|s|h)\b", (wire_source.WIRE / "limits.h").read_text(encoding="utf-8")))
        listed = {cells[0].strip("`"): cells[1] for cells in rows_below("limits.md", ["limit", "value"])}
        self.assertEqual(set(listed), set(wire_source.limits()))
        for name, value in wire_source.limits().items():
            expected = (f"{value:g} s" if value < 3600 else f"{value:,} s") if name in seconds else f"{value:,}"
            self.assertEqual(listed[name], expected, name)

    def test_the_codes_of_errors_are_those_of_the_code(self):
        self.assertEqual([cells[0].strip("`") for cells in rows_below("errors.md", ["code", "meaning"])], wire_source.codes())

    def test_error_numbers_have_the_codes_of_the_code(self):
        listed = {number: cells[0].strip("`") for cells in rows_below("errors.md", ["code", "`errno`"]) for number in re.findall(r"`(E\w+)`", cells[1])}
        self.assertEqual(listed, wire_source.errnos())

    def test_the_types_of_blocks_have_their_numbers_and_payloads(self):
        listed = {}
        for page in ("core.md", "transfers.md", "mount.md", "exec.md"):
            for number, name, _, size, _ in rows_below(page, ["type", "name", "from", "bytes"]):
                least, _, most = size.replace(",", "").partition(" to ")
                name = name.strip("`")
                self.assertNotIn(name, listed)
                listed[name] = int(number), int(least), int(most or least)
        self.assertEqual(listed, wire_source.block_types())


if __name__ == "__main__":
    unittest.main()
