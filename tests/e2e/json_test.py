"""docs/json.md against what the program prints."""
import json
import os
import pathlib
import re
import unittest

from harness import Case, make_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/json.md").read_text(encoding="utf-8")
MEMBER = re.compile(r"`(\w+)(\??) (text|number|flag|name|time|error|object|list)(\\\|null)?`")


def is_name(value):
    return isinstance(value, str) or (isinstance(value, dict) and set(value) == {"b64"})


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_error(value):
    return isinstance(value, dict) and {"code", "message"} <= set(value) <= {"code", "message", "errno", "where"}


TYPES = {"text": lambda value: isinstance(value, str), "flag": lambda value: isinstance(value, bool), "number": is_number, "time": is_number,
         "name": is_name, "error": is_error, "object": lambda value: isinstance(value, dict), "list": lambda value: isinstance(value, list)}


def rows(title):
    """{what stands in the first column: {member: (optional, type, may be null)}}; a row may be about several."""
    found = {}
    for line in re.search(rf"^## {title}$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)[1].splitlines():
        cells = re.split(r"(?<!\\)\|", line)[1:-1]
        if len(cells) < 2 or cells[0].strip("- ") in ("", "event", "verb"):
            continue
        members = {name: (bool(optional), kind, bool(null)) for name, optional, kind, null in MEMBER.findall(cells[-1])}
        for name in re.findall(r"`(\w+)`", cells[0]):
            found.setdefault(name, {}).update(members)
    return found


EVENTS, RESULTS, ENTRIES = rows("Events"), rows("Results"), rows("Entries")
TRANSFERS = ("get", "put", "sync", "diff")


class Json(Case):
    def check(self, value, members, what):
        for name, (optional, kind, null) in members.items():
            if name not in value:
                self.assertTrue(optional, f"{what} has no {name}: {value}")
            elif not (null and value[name] is None):
                self.assertTrue(TYPES[kind](value[name]), f"{what}: {name} is no {kind}: {value}")
        self.assertEqual(set(value) - set(members) - {"event", "entries"}, set(), f"{what} has undocumented members: {value}")

    def check_line(self, line):
        value = json.loads(line)
        self.assertIn(value["event"], EVENTS)
        members = EVENTS[value["event"]] | {"job": (True, "number", False)}
        if value["event"] == "result":
            self.assertIn(value["verb"], set(RESULTS) | set(ENTRIES))
            short = value["status"] == "failed" and "files" not in value
            members |= {} if short else RESULTS.get(value["verb"], {})
            self.assertEqual("entries" in value, value["verb"] not in TRANSFERS, value)
            for entry in value.get("entries", []):
                self.check(entry, ENTRIES[value["verb"]], value["verb"])
            if "receipt" in value:
                about = re.search(r"The `receipt` has (.*?);", PAGE)[1]
                self.check(value["receipt"], {name: (False, kind, False) for name, _, kind, _ in MEMBER.findall(about)}, "receipt")
        self.check(value, members, value.get("verb", value["event"]))
        return value

    def test_everything_printed_is_documented(self):
        host = self.server()
        client = self.cli(host)
        here = self.dir / "here"
        make_file(here / "a", 100_000)
        (here / "link").symlink_to("a")
        os.mkfifo(here / "fifo")
        (pathlib.Path(os.fsdecode(os.fsencode(here) + b"/odd\xff"))).write_bytes(b"1")
        lines = []
        script = [f"lcd {here}", "lpwd", "mkdir d", "put --md5 a d/", f"put --job 1 --receipt {self.dir}/r a d/a", f"verify {self.dir}/r", "put missing",
                  f"sync {here} :s", f"sync -n --delete :d {here}", f"put -r a missing {here}/a d/", "ls -l s", "ls s d", "stat s/link d/a missing", "md5 d/a", "md5 d/a s/a",
                  "get -r --md5 s back", "get nothing", "mv d/a d/b", "find d", "du d", "cp d/b d/c", "touch d/b",
                  f"diff -r {here} s", "diff a d/l", "tail -n 1 d/b", "ln -s b d/l", "chmod 600 d/b missing", "df", "cd d", "pwd", "rm b", "cd ..", "rm -r d", "mkdir e", "rmdir e", "bookmark here", "bookmark", "help",
                  "help get", "close"]
        done = client.run("--json", "--keep-going", "-f", "-", host.url(), input="\n".join(script).encode(), expect=None)
        lines += done.stdout.splitlines()
        done = client.run("--json", "--limit-rate", "200K", "get", host.url("/s/a"), self.dir / "slow")
        lines += done.stdout.splitlines()
        lines += client.run("--json", "--retries", "0", "ls", "dftp://127.0.0.1:1/", expect=None).stdout.splitlines()
        checked = [self.check_line(line) for line in lines]
        others = {"copying", "changed", "missed"}  # that take time, or somebody else
        self.assertEqual({value["event"] for value in checked} | others, set(EVENTS), "an event that is documented was not seen")
        results = [value for value in checked if value["event"] == "result"]
        self.assertEqual([value["line"] for value in results if "line" in value], list(range(1, len(script) + 1)))

    def test_what_runs_in_the_background_has_its_number(self):
        host = self.server()
        for name in ("a", "b"):
            make_file(host.share / name, 300_000)
        script = [f"lcd {self.dir}", "get --md5 a &", "queue get b", "get missing &", "jobs", "pwd", "wait"]
        done = self.cli(host).run("--json", "--keep-going", "--limit-rate", "300K", "-f", "-", host.url(), input="\n".join(script).encode(), expect=None)
        values = [self.check_line(line) for line in done.stdout.splitlines()]
        results = {value["line"]: value for value in values if value["event"] == "result"}
        self.assertEqual({line: value.get("job") for line, value in results.items()}, {1: None, 2: 1, 3: 2, 4: 3, 5: None, 6: None, 7: None})
        self.assertEqual([results[line]["status"] for line in (2, 3, 4)], ["ok", "ok", "failed"])
        self.assertLessEqual({1, 2}, {value["job"] for value in values if value["event"] == "progress"})
        self.assertEqual([value["job"] for value in values if value["event"] == "md5"], [1])
        self.assertEqual([entry["job"] for entry in results[5]["entries"]], [1, 2, 3])

    def test_every_verb_is_documented(self):
        table = (ROOT / "client/cli/verbs/verbs.cpp").read_text()
        verbs = set(re.findall(r'^    \{"(\w+)", "[^"]*", Scope::', table, re.MULTILINE)) - {"cat"}
        self.assertEqual(verbs - set(RESULTS) - set(ENTRIES), set(), "verbs without a row in docs/json.md")


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
