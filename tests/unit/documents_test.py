"""The documents: every link, anchor and path in them exists, prose has one sentence a line, and pictures are those that are drawn."""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
MOST_SENTENCES = 5  # in a paragraph or an item of a list

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:client|docs|fuse|proto|server|tests)/[\w./*-]+)`")
ITEM = re.compile(r"^ *(?:[-*]|\d+\.) +")
LEAD = re.compile(r"^\*\*[^*]+\*\*$")  # alone on its line it is a heading within a section
# A full stop, what may close after it, a blank, and what may begin a sentence. "e.g. X" is none.
BETWEEN = re.compile(r"(?<!e\.g)(?<!i\.e)[.!?](?:[)\"`]|\*\*)* +(?=(?:\*\*|[`(\"\[])?[A-Z0-9`])|[。！？](?=[^」”）)*`\s])")
END = re.compile(r"[.!?:。！？：][)\"`*”）]*$")


def prose(path):
    """(number, line) outside of code blocks, tables, headings and pictures; blank lines are kept, as they end paragraphs."""
    code = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            code = not code
            line = ""
        yield number, "" if code or line.startswith(("|", "#", "![")) else line


def sentences(line):
    """How many begin in a line: what stands in a code span, and a bold lead in front, are not looked into."""
    text = ITEM.sub("", line.strip())
    text = re.sub(r"^\*\*[^*]+\*\* ?", "", text)
    return 1 + len(BETWEEN.findall(re.sub(r"`[^`]*`", "`x`", text))) if text else 1


def anchors(path):
    """The anchors that a page of GitHub has: its headings, in small letters, without punctuation, and with dashes for blanks."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


class Documents(unittest.TestCase):
    def test_each_relative_link_and_its_anchor_exist(self):
        for document in DOCUMENTS:
            for target in LINK.findall(document.read_text(encoding="utf-8")):
                if "://" in target:
                    continue
                name, _, anchor = target.partition("#")
                page = (document.parent / name).resolve() if name else document
                with self.subTest(document=document.name, target=target):
                    self.assertTrue(page.exists(), "there is no such file")
                    self.assertTrue(not anchor or anchor in anchors(page), "there is no such heading")

    def test_each_path_of_the_tree_that_is_named_exists(self):
        for document in DOCUMENTS:
            for path in PATH.findall(document.read_text(encoding="utf-8")):
                with self.subTest(document=document.name, path=path):
                    self.assertTrue(list(ROOT.glob(path.rstrip("*/") + "*")), "there is no such path")

    def test_each_heading_that_a_comment_names_exists(self):
        for folder in ("client", "fuse", "proto", "server", "tests"):
            for source in sorted(path for ending in ("h", "cpp") for path in (ROOT / folder).rglob(f"*.{ending}")):
                comments = re.sub(r"\n *// ?", " ", source.read_text(encoding="utf-8"))
                for name, heading in re.findall(r'(docs/[\w/-]+\.md)(?:, "([^"]+)")?', comments):
                    with self.subTest(source=str(source.relative_to(ROOT)), heading=heading):
                        self.assertTrue((ROOT / name).exists(), f"there is no {name}")
                        titles = re.findall(r"^#+ `?(.*?)`?$", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
                        self.assertTrue(not heading or heading in titles, f"{name} has no such heading")

    def test_a_line_of_prose_is_one_sentence(self):
        for document in DOCUMENTS:
            lines = list(prose(document))
            for (number, line), (_, following) in zip(lines, lines[1:] + [(0, "")]):
                with self.subTest(document=document.name, line=number):
                    self.assertEqual(sentences(line), 1, f"more than one sentence: {line}")
                    goes_on = following.strip() and not ITEM.match(following)
                    self.assertTrue(not goes_on or not line.strip() or END.search(line), f"a sentence goes on in the next line: {line}")

    def test_a_paragraph_is_short(self):
        for document in DOCUMENTS:
            length = 0
            for number, line in prose(document):
                length = 0 if not line.strip() or LEAD.match(line) else 1 if ITEM.match(line) else length + 1
                with self.subTest(document=document.name, line=number):
                    self.assertLessEqual(length, MOST_SENTENCES, line)


def outline(path):
    """What a page and its translation have alike: the levels of headings, and the commands without comments and what is said."""
    code, found = False, []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            code = not code
        elif code:
            found.append(re.sub(r" +#.*", "", re.sub(r"(say \S+) \".*\"", r"\1", line)))
        elif line.startswith("#"):
            found.append(line.split()[0])
    return found


class Translations(unittest.TestCase):
    def test_a_translation_has_the_same_headings_and_commands(self):
        for original, translation in (("README.md", "docs/README.zh-CN.md"), ("docs/recipes.md", "docs/recipes.zh-CN.md")):
            self.assertEqual(outline(ROOT / original), outline(ROOT / translation), translation)


class Pictures(unittest.TestCase):
    def test_the_pictures_are_those_that_are_drawn(self):
        sys.path.insert(0, str(ROOT / "docs/pictures"))
        import draw
        drawn = {path.name for path in (ROOT / "docs/pictures").glob("*.svg")}
        self.assertEqual(drawn, set(draw.PICTURES))
        for name, picture in draw.PICTURES.items():
            self.assertEqual((ROOT / "docs/pictures" / name).read_text(encoding="utf-8"), picture(), f"run docs/pictures/draw.py to draw {name}")


class Rules(unittest.TestCase):
    """What counts as a sentence."""

    def test_two_sentences_are_seen(self):
        for line in ("One. Two.", "- **Lead.** One. Two.", "(One.) Two.", "One `a`. `b` is two.", "一句。两句。"):
            self.assertEqual(sentences(line), 2, line)

    def test_one_sentence_is_one(self):
        for line in ("One.", "- **Lead.** One.", "1. One: two; three.", "As in `a. B`, e.g. C.", "Version 1.2 of it.", "一句，还是一句。", ""):
            self.assertEqual(sentences(line), 1, line)


if __name__ == "__main__":
    unittest.main()
