"""What things are called: a class has one name, and no other room has another class of that name."""
import collections
import pathlib
import re
import unittest

from include_edges_test import room_of, sources

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Names that several rooms may define, and why.
SHARED = {
    "Array": "json::Array and toml::Array: the word of both formats, told apart by its namespace",
    "Member": "likewise",
    "Value": "likewise",
}

# At the left edge: what is nested in another class is known by that.
TYPE = re.compile(r"^(?:template <[^;]*?>\s*)?(?:class|struct|union|enum class|enum)\s+(\w+)\b(?!::)(?=[^;()]*\{)", re.MULTILINE)
ALIAS = re.compile(r"^using (\w+) =", re.MULTILINE)
# A limit is max_x: one way to say it, so that one search finds all.
ODD_LIMIT = re.compile(r"\b(?:most_\w+|\w+_most_?)\b")


def code(text):
    """The text without comments and strings, with its lines."""
    return re.sub(r'//[^\n]*|"(?:\\.|[^"\\\n])*"', '""', text)


def defined(path, text):
    """What it defines; a shorter name that a .cpp gives to something is its own business."""
    return set(TYPE.findall(code(text))) | (set(ALIAS.findall(code(text))) if path.endswith(".h") else set())


def clashes(files):
    """`files`: (path, text). The names that a header defines, and a file of another room as well."""
    rooms, in_headers = collections.defaultdict(dict), set()
    for path, text in files:
        for name in defined(path, text):
            rooms[name][room_of(path)] = path
            if path.endswith(".h"):
                in_headers.add(name)
    return {name: sorted(rooms[name].values()) for name in in_headers if len(rooms[name]) > 1 and name not in SHARED}


class Names(unittest.TestCase):
    maxDiff = None

    def test_no_class_is_defined_in_two_rooms(self):
        self.assertEqual(clashes(sources(ROOT)), {})

    def test_a_limit_is_called_max(self):
        for folder in ("client", "fuse", "proto", "server", "tests"):
            for path in sorted((ROOT / folder).rglob("*")):
                if path.suffix in (".h", ".cpp"):
                    odd = ODD_LIMIT.findall(code(path.read_text(encoding="utf-8")))
                    self.assertEqual(odd, [], path.relative_to(ROOT))


class Rules(unittest.TestCase):
    def test_a_class_of_two_rooms_is_found(self):
        both = [("client/a.h", "class Session {\n};\n"), ("server/a.cpp", "struct Session final : Other {\n};\n")]
        self.assertEqual(clashes(both), {"Session": ["client/a.h", "server/a.cpp"]})

    def test_files_of_one_room_may_share_a_name(self):
        self.assertEqual(clashes([("client/a.h", "class A {\n};\n"), ("client/b.cpp", "class A {\n};\n")]), {})

    def test_what_is_declared_nested_or_private_to_two_files_counts_not(self):
        first = ("client/a.h", "class Session;\nclass A {\n  struct Session {\n  };\n};\n// class Session {\n")
        self.assertEqual(clashes([first, ("server/a.cpp", "struct Session {\n};\n")]), {})
        self.assertEqual(clashes([("client/a.cpp", "struct Row {\n};\n"), ("server/a.cpp", "struct Row {\n};\n")]), {})

    def test_an_alias_and_an_enum_count(self):
        both = [("client/a.h", "using Held = int;\n"), ("server/a.h", "enum class Held { a, b };\n")]
        self.assertIn("Held", clashes(both))


if __name__ == "__main__":
    unittest.main()
