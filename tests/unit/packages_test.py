"""debian/ against the build: what is installed is in one package, what is documented is installed, versions are the same."""
import fnmatch
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("DFTP_BIN", ROOT / "build/release/bin")).resolve().parent
PACKAGES = ("dftp-server", "dftp-client", "dftp-mount", "dftp-doc")
# debhelper finds it in build-essential; the rest are for the developer's tests and comfort.
NOT_TO_BUILD = {"g++", "ccache", "libgtest-dev", "python3"}


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def patterns_of(package):
    return [line.split()[0] for line in read(f"debian/{package}.install").splitlines()]


def matches(name, pattern):
    return fnmatch.fnmatchcase(name, pattern) or name.startswith(pattern + "/")


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        root = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        subprocess.run(["cmake", "--install", BUILD, "--prefix", "/usr"], env=os.environ | {"DESTDIR": str(root)}, check=True,
                       stdout=subprocess.DEVNULL)
        cls.files = sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_symlink() or path.is_file())

    def test_programs_pages_and_completions_are_among_them(self):
        names = [name.rpartition("/")[2] for name in self.files]
        for program, page in (("dftp-server", 8), ("dftp-cli", 1), ("dftp-mount", 8)):
            for expected in (program, f"{program}.{page}", f"{program}.fish", f"_{program}"):
                self.assertIn(expected, names)
            self.assertEqual(names.count(program), 2, "the program, and what bash reads")

    def test_each_is_in_exactly_one_package(self):
        for name in self.files:
            packages = [package for package in PACKAGES if any(matches(name, pattern) for pattern in patterns_of(package))]
            self.assertEqual(len(packages), 1, f"{name}: {packages}")

    def test_nothing_is_packaged_that_is_not_there(self):
        for package in PACKAGES:
            for pattern in patterns_of(package):
                self.assertTrue(any(matches(name, pattern) for name in self.files), f"{package}: {pattern}")

    def test_what_the_readme_links_to_is_installed(self):
        for readme in ("README.md", "docs/README.zh-CN.md"):
            links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(readme)) + re.findall(r'src="([^":]+)"', read(readme))
            self.assertGreater(len(links), 5)
            for link in links:
                path = os.path.normpath(os.path.join(os.path.dirname(readme), link))
                if path != "docs/man":  # installed for man(1)
                    self.assertTrue(any(matches(name, f"usr/share/doc/dftp/{path}") for name in self.files), f"{readme}: {link}")


class Units(unittest.TestCase):
    """What systemd says of the sandbox: 0 is none that could be tighter, 10 is none at all."""

    @unittest.skipUnless(shutil.which("systemd-analyze"), "no systemd here")
    def test_the_sandbox_is_tight(self):
        for name, limit in (("dftp@", 18), ("dftp-root@", 30)):
            done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={limit}",
                                   ROOT / f"debian/dftp-server.{name}.service"], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout[-200:] + done.stderr)

    def test_the_two_differ_where_root_needs_it(self):
        """The same but for what users with act_as need."""
        lines = {name: set(read(f"debian/dftp-server.{name}.service").splitlines()) for name in ("dftp@", "dftp-root@")}
        keys = {line.partition("=")[0] for line in lines["dftp@"] ^ lines["dftp-root@"]}
        self.assertEqual(keys, {"Description", "User", "RestrictSUIDSGID", "SystemCallFilter", "CapabilityBoundingSet"})


class Source(unittest.TestCase):
    def test_the_version_is_that_of_the_build(self):
        built = re.search(r"^project\(dftp VERSION (\S+)", read("CMakeLists.txt"), re.MULTILINE)[1]
        self.assertRegex(read("debian/changelog"), rf"\Adftp \({re.escape(built)}\) ")

    def test_what_it_is_built_with_is_what_dev_installs(self):
        fields = read("debian/control").split("\n\n")[0]
        depends = re.search(r"^Build-Depends:(.*?)^\S", fields, re.MULTILINE | re.DOTALL)[1]
        packaged = {re.split(r"[ (]", part.strip())[0] for part in depends.split(",")} - {"debhelper-compat"}
        developed = set(re.search(r"^to_build=\((.*?)\)", read("dev"), re.MULTILINE | re.DOTALL)[1].split())
        self.assertEqual(packaged, developed - NOT_TO_BUILD)

    def test_the_licence_is_that_of_the_project(self):
        text = re.split(r"^License: Expat$", read("debian/copyright"), flags=re.MULTILINE)[-1]
        self.assertEqual(text.replace("\n .\n", "\n\n").split(), read("LICENSE").split("\n\n", 2)[2].split())

    def test_the_packages_are_those_of_control(self):
        self.assertEqual(tuple(re.findall(r"^Package: (\S+)$", read("debian/control"), re.MULTILINE)), PACKAGES)


if __name__ == "__main__":
    unittest.main()
