"""Which room may include which, and which file may include a library: the architecture, held to by a test."""
import pathlib
import re
import tempfile
import unittest

PROTO = {"proto/wire", "proto/digest", "proto/storage", "proto/net", "proto/transfer"}

# What every room of the server that looks after clients uses.
GUARDED = {"server/config", "server/observe", "server/guard"}

# Each room, and what it may include besides itself. A file belongs to the room with the longest name.
ROOMS = {
    "proto/wire": set(),
    "proto/completions": {"proto/wire"},
    "proto/digest": {"proto/wire"},
    "proto/storage": {"proto/wire", "proto/digest"},
    "proto/net": {"proto/wire"},
    "proto/transfer": PROTO,
    "server/toml": {"proto/wire"},
    "server/auth": {"proto/wire", "proto/digest", "proto/storage", "server/toml"},
    "server/config": {"proto/wire", "proto/digest", "proto/storage", "proto/completions", "server/toml", "server/auth"},
    "server/confine": {"proto/wire", "proto/digest", "proto/storage"},
    "server/observe": PROTO | {"server/config"},
    "server/guard": PROTO | {"server/config", "server/observe"},
    "server/announce": PROTO | {"server/guard"},
    "server/watch": PROTO | {"server/guard"},
    "server/session": PROTO | {"server/auth"} | GUARDED,
    "server/exec": PROTO | GUARDED | {"server/session"},
    "server/mount": PROTO | GUARDED | {"server/auth", "server/session", "server/watch"},
    "server/commands": PROTO | GUARDED | {"server/auth", "server/session", "server/exec", "server/mount", "server/watch"},
    "server/admin": PROTO | GUARDED | {"server/auth", "server/session", "server/mount"},
    "server/main": PROTO | GUARDED | {"server/toml", "server/auth", "server/session", "server/exec", "server/mount",
                                      "server/commands", "server/admin", "server/announce", "server/confine"},
    "client": PROTO,
    "client/mount": PROTO | {"client"},
    "client/sync": PROTO | {"client"},
    "client/cli/line": PROTO | {"client"},
    "client/cli/view": PROTO | {"client", "client/cli/line"},
    "client/cli/verbs": PROTO | {"proto/completions", "client", "client/sync", "client/cli/line", "client/cli/view"},
    "client/cli/shell": PROTO | {"client", "client/cli/line", "client/cli/view", "client/cli/verbs"},
    "client/cli/main": PROTO | {"client", "client/cli/line", "client/cli/view", "client/cli/verbs", "client/cli/shell"},
    "fuse": PROTO | {"proto/completions", "client", "client/mount"},
}

# Headers of a library, and where alone they may be included.
LIBRARIES = {
    r"simdjson\b": "proto/wire/json.cpp",
    r"asio\b": "proto/net/",
    r"openssl/(ssl|tls1)\b": "proto/net/",
    r"toml\+\+": "server/toml/",
    r"cxxopts\b": ("client/cli/line/options.cpp", "server/config/command_line.cpp"),
    r"(fuse3?/)?fuse": "fuse/operations",
    r"histedit\b": "client/cli/shell/editor.cpp",
}

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def room_of(path):
    """The room of a file, given relative to the root; None for what stands in no room."""
    rooms = [room for room in ROOMS if path.startswith(room + "/")]
    return max(rooms, key=len, default=None)


def all_below(room, uses):
    """What `room` uses, directly or through others."""
    below, left = set(), set(uses[room])
    while left:
        one = left.pop()
        if one not in below:
            below.add(one)
            left |= uses[one]
    return below - {room}


def wrong_include(root, path, quote, name):
    """Why the file `path` may not include `name`, or None."""
    for library, allowed in LIBRARIES.items():
        if re.match(library, name) and not (root / name).is_file():
            return None if path.startswith(allowed) else f"only {allowed} may include <{name}>"
    if quote == "<":
        return None
    if not (root / name).is_file() or ".." in name.split("/"):
        return f'"{name}" is no path from the root of the repository'
    here, there = room_of(path), room_of(name)
    if there == here or there in ROOMS[here]:
        return None
    return f'{here} may not include "{name}"'


def sources(root):
    for room in ROOMS:
        for file in sorted((root / room).rglob("*")):
            path = file.relative_to(root).as_posix()
            if file.suffix in (".h", ".cpp") and room_of(path) == room:
                yield path, file.read_text(encoding="utf-8")


def violations(root):
    """One line for each wrong include beneath `root`."""
    found = []
    for path, text in sources(root):
        for number, line in enumerate(text.splitlines(), 1):
            include = INCLUDE.match(line)
            wrong = include and wrong_include(root, path, *include.groups())
            if wrong:
                found.append(f"{path}:{number}: {wrong}")
    return found


class Repository(unittest.TestCase):
    root = pathlib.Path(__file__).resolve().parents[2]

    def test_has_files_in_every_room_below_the_programs(self):
        with_files = {room_of(path) for path, _ in sources(self.root)}
        self.assertLessEqual(set(ROOMS), with_files)

    def test_has_no_source_outside_of_the_rooms(self):
        for folder in {room.split("/")[0] for room in ROOMS}:
            for file in (self.root / folder).rglob("*"):
                if file.suffix in (".h", ".cpp"):
                    self.assertIsNotNone(room_of(file.relative_to(self.root).as_posix()), file)

    def assert_same_order(self, uses):
        self.assertEqual(sorted(uses), sorted(ROOMS))
        for room in ROOMS:
            with self.subTest(room=room):
                self.assertEqual(all_below(room, uses), all_below(room, ROOMS))

    def test_the_table_of_the_architecture_says_what_each_room_uses(self):
        text = (self.root / "docs/architecture.md").read_text(encoding="utf-8").partition("## Where to begin")[0]

        def named(room, names):
            if names == "nothing":
                return set()
            near = room.rpartition("/")[0]
            found = {name: [one for one in (f"{near}/{name}", name, f"proto/{name}") if one in ROOMS]
                     for name in names.split(", ") if name != "proto"}
            self.assertTrue(all(found.values()), f"{room}: {names}")
            return {rooms[0] for rooms in found.values()} | (PROTO if "proto" in names.split(", ") else set())

        rows = re.findall(r"^\| `([a-z_/]+)` \| .* \| (.+) \|$", text, re.MULTILINE)
        self.assert_same_order({room: named(room, names) for room, names in rows})

    def test_each_room_is_a_target_that_links_what_it_uses(self):
        text = "".join(file.read_text(encoding="utf-8") for folder in sorted({room.split("/")[0] for room in ROOMS})
                       for file in (self.root / folder).rglob("CMakeLists.txt"))
        targets = re.findall(r"^dftp_room\((\w+) ([^\s)]+)([^)]*)\)", text, re.MULTILINE)
        room_of_target = {target: room for target, room, _ in targets}
        self.assert_same_order({room: {room_of_target[link] for link in links.split() if link in room_of_target}
                                for _, room, links in targets})

    def test_has_no_wrong_include(self):
        self.assertEqual(violations(self.root), [])


class MadeUpTree(unittest.TestCase):
    """The checker itself: one header in each room, and one file that includes something."""

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.root = pathlib.Path(directory.name)
        for folder in [*ROOMS, "tests"]:
            cls.write(f"{folder}/a.h", "")

    @classmethod
    def write(cls, path, text):
        (cls.root / path).parent.mkdir(parents=True, exist_ok=True)
        (cls.root / path).write_text(text)

    def check(self, path, include):
        self.write(path, include + "\n")
        found = violations(self.root)
        (self.root / path).unlink()
        return found

    def assert_allowed(self, path, include):
        self.assertEqual(self.check(path, include), [])

    def assert_refused(self, path, include):
        self.assertEqual(len(self.check(path, include)), 1, f"{path}: {include}")

    def test_every_room_may_include_itself_and_what_its_row_names_and_nothing_else(self):
        for here, below in ROOMS.items():
            for there in ROOMS:
                with self.subTest(here=here, there=there):
                    allowed = there == here or there in below
                    (self.assert_allowed if allowed else self.assert_refused)(f"{here}/b.cpp", f'#include "{there}/a.h"')

    def test_the_rooms_stand_in_the_order_of_the_design(self):
        for here, there in [("proto/wire", "proto/digest"), ("proto/digest", "proto/storage"),
                            ("proto/storage", "proto/net"), ("proto/net", "proto/storage"),
                            ("proto/net", "proto/transfer"), ("proto/transfer", "server/session"),
                            ("proto/transfer", "client"), ("server/main", "client"), ("client", "server/session"),
                            ("client", "client/cli/line"), ("client", "client/mount"), ("client/cli/verbs", "server/config"),
                            ("client/cli/main", "fuse"), ("fuse", "client/cli/view"), ("fuse", "server/mount"),
                            ("client/cli/line", "client/cli/view"), ("client/cli/view", "client/cli/verbs"),
                            ("client/cli/verbs", "client/cli/shell"), ("client/cli/shell", "client/cli/main"),
                            ("client/sync", "client/cli/verbs"),
                            ("server/config", "server/observe"), ("server/guard", "server/session"),
                            ("server/watch", "server/session"), ("server/session", "server/exec"),
                            ("server/session", "server/mount"), ("server/session", "server/commands"),
                            ("server/mount", "server/commands"), ("server/exec", "server/commands"),
                            ("server/commands", "server/admin"), ("server/admin", "server/main")]:
            with self.subTest(here=here, there=there):
                self.assert_refused(f"{here}/b.cpp", f'#include "{there}/a.h"')

    def test_folders_inside_a_room_belong_to_it(self):
        self.assert_allowed("fuse/inner/b.cpp", '#include "client/a.h"')
        self.assert_refused("fuse/inner/b.cpp", '#include "client/sync/a.h"')

    def test_the_rooms_have_no_circle(self):
        for room in ROOMS:
            for below in all_below(room, ROOMS):
                self.assertNotIn(room, all_below(below, ROOMS), f"a circle of {room} and {below}")

    def test_headers_are_checked_as_well(self):
        self.assert_refused("proto/wire/b.h", '#include "proto/net/a.h"')

    def test_blanks_do_not_hide_an_include(self):
        self.assert_refused("proto/wire/b.h", '  #  include  "proto/net/a.h"')

    def test_a_comment_is_no_include(self):
        self.assert_allowed("proto/wire/b.h", '// #include "proto/net/a.h"')

    def test_tests_are_out_of_bounds(self):
        self.assert_refused("proto/wire/b.cpp", '#include "tests/a.h"')

    def test_an_include_relative_to_its_file_is_refused(self):
        self.assert_refused("proto/wire/b.cpp", '#include "a.h"')
        self.assert_refused("proto/wire/b.cpp", '#include "proto/wire/../wire/a.h"')

    def test_libraries_are_included_in_their_place(self):
        for path, header in [("proto/wire/json.cpp", "simdjson.h"), ("proto/net/b.h", "asio/post.hpp"),
                             ("proto/net/b.cpp", "openssl/ssl.h"), ("server/toml/b.cpp", "toml++/toml.h"),
                             ("client/cli/line/options.cpp", "cxxopts.hpp"), ("server/config/command_line.cpp", "cxxopts.hpp"),
                             ("fuse/operations.cpp", "fuse3/fuse_lowlevel.h"),
                             ("proto/digest/b.cpp", "openssl/evp.h"), ("server/main/b.cpp", "vector")]:
            with self.subTest(path=path, header=header):
                self.assert_allowed(path, f"#include <{header}>")

    def test_libraries_are_refused_elsewhere(self):
        for path, header in [("proto/wire/json.h", "simdjson.h"), ("proto/wire/message.cpp", "simdjson.h"),
                             ("proto/transfer/b.h", "asio.hpp"), ("client/b.cpp", "asio/post.hpp"),
                             ("server/main/b.cpp", "openssl/ssl.h"), ("server/main/b.cpp", "toml++/toml.h"),
                             ("client/cli/view/b.cpp", "cxxopts.hpp"), ("fuse/b.cpp", "fuse_lowlevel.h"),
                             ("client/b.cpp", "fuse3/fuse.h")]:
            with self.subTest(path=path, header=header):
                self.assert_refused(path, f"#include <{header}>")
                self.assert_refused(path, f'#include "{header}"')


if __name__ == "__main__":
    unittest.main()
