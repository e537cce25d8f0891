"""What goes on meanwhile. Each workload has names of its own, does one thing at a time, and says so to its model.

`step` does one thing; `check` is called while nothing is under way and nothing is broken: the texts of what is wrong.
"""
import collections
import contextlib
import fcntl
import os
import shutil
import time

from model import ABSENT, Names, Records, digest
from world import NAMES

SIZES = (0, 1, 100, 4095, 65_536, 65_537, 300_000, 2_000_000)
# Exit codes of dftp-cli that may come of a fault; others are a lie or a bug.
EXPECTED = {0, 1, 3, 4, 6, 8, 9, 10, 11}


def read(path):
    """The content; ABSENT where there is none."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return ABSENT


class Workload:
    def __init__(self, world, name, chance):
        self.world, self.name, self.chance = world, name, chance
        self.label = f"{type(self).__name__.lower()}-{name}"
        self.dir = world.dir / f"work-{self.label}"
        self.dir.mkdir()
        (world.work / self.label).mkdir()
        self.names, self.wrong, self.steps, self.done = Names(), [], 0, 0
        # By name: what was done, and what came of it.
        self.past = collections.defaultdict(lambda: collections.deque(maxlen=12))

    def tell(self, name, what, content=b""):
        size = "no file" if content is ABSENT else f"{len(content)} bytes {digest(content)[:6]}"
        self.past[name].append(f"\n    {time.monotonic():.3f} step {self.steps}: {what} {size}")

    def content(self):
        return self.chance.randbytes(self.chance.choice(SIZES))

    def cli(self, *words):
        code, errors = self.world.run(self.name, *words)
        # A signal is a fault that was made.
        if code is None or code >= 0 and code not in EXPECTED:
            self.wrong.append(f"{self.label}: {words[0]}: exit code {code}: {errors[-300:]}")
        if code == 0:
            self.done += 1
        return code

    def url(self, name=""):
        return self.world.url(self.name, f"work/{self.label}/{name}")

    def check_share(self):
        found = self.wrong
        top = self.world.work / self.label
        for name in self.names.names():
            if not self.names.settle(name, content := read(top / name)):
                what = "is not there" if content is ABSENT else f"has {len(content)} bytes that it cannot have"
                found.append(f"{self.label}: {name} {what}" + "".join(self.past[name]))
        known = {name.split("/")[0] for name in self.names.names()}
        strays = [entry for entry in os.listdir(top) if entry not in known and not entry.startswith(".dftp-part-")]
        if strays:
            found.append(f"{self.label}: names that nobody made: {strays[:3]}")
        self.wrong = []
        return found


class Verbs(Workload):
    """put, get, rm and mv of single files."""

    def step(self):
        name = f"f{self.chance.randrange(6)}"
        self.chance.choice([self.put, self.put, self.put_job, self.get, self.get, self.remove, self.move])(name)

    def local(self, content):
        path = self.dir / "source"
        path.write_bytes(content)
        return path

    def put(self, name, *options):
        content = self.content()
        self.names.begin(name, content)
        plain = ["--plain-data"] if self.chance.random() < 0.4 else []
        if self.cli("put", *options, *plain, self.local(content), self.url(name)) == 0:
            self.names.done(name, content)

    def put_job(self, name):
        self.put(name, "--job", f"{self.label}-{self.steps}")

    def get(self, name):
        copy = self.dir / "copy"
        copy.unlink(missing_ok=True)
        if self.cli("get", self.url(name), copy) == 0 and not self.names.may_have(name, read(copy)):
            self.wrong.append(f"{self.label}: get of {name} brought bytes that were never there")

    def remove(self, name):
        self.names.begin(name, ABSENT)
        if self.cli("rm", self.url(name)) == 0:
            self.names.done(name, ABSENT)

    def move(self, name):
        """To a name of its own, from one whose content is known."""
        path = self.world.work / self.label / name
        content = read(path)
        if content is ABSENT or not self.names.settle(name, content):
            return
        target = f"m{self.chance.randrange(3)}"
        self.names.begin(name, ABSENT)
        self.names.begin(target, content)
        if self.cli("mv", self.url(name), self.url(target)) == 0:
            self.names.done(name, ABSENT)
            self.names.done(target, content)

    check = Workload.check_share


class Sync(Workload):
    """A tree that changes here and is brought there; what was said to be the same must be the same."""

    def step(self):
        tree = self.dir / "tree"
        for _ in range(self.chance.randrange(1, 6)):
            path = tree / f"d{self.chance.randrange(4)}" / f"f{self.chance.randrange(5)}"
            if path.exists() and self.chance.random() < 0.3:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(self.content())
        if self.cli("sync", "--delete", "--max-delete", "1000", tree, self.url("tree")) == 0:
            self.compare(tree, self.world.work / self.label / "tree")
        back = self.dir / "back"
        shutil.rmtree(back, ignore_errors=True)
        if self.chance.random() < 0.3 and self.cli("get", "-r", self.url("tree"), back) == 0:
            self.compare(back, self.world.work / self.label / "tree")

    def compare(self, here, there):
        def tree(top):
            return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*")
                    if path.is_file() and not path.name.startswith(".dftp-part-")}
        if (one := tree(here)) != (other := tree(there)):
            names = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
            self.wrong.append(f"{self.label}: said to be the same, and differ: {names[:3]}")

    def check(self):
        found, self.wrong = self.wrong, []
        return found


class Mounted(Workload):
    """A program that writes, renames and removes files of a mount; what close or fsync acknowledged must be there."""

    def __init__(self, *words):
        super().__init__(*words)
        self.begun = {}  # by name: contents that were written since the last acknowledgement, of which any part may be there

    def done_with(self, name, content):
        self.tell(name, "acknowledged", content)
        self.names.done(name, content)
        self.begun.pop(name, None)

    def may_have(self, name, content):
        """What a write that failed has left may have holes: its parts travel side by side."""
        if self.names.may_have(name, content):
            return True
        begun = self.begun.get(name, [])
        if content is ABSENT or not begun:
            return False
        for at in range(0, len(content), 4096):
            block = content[at:at + 4096]
            if not any(all(byte in (0, other) for byte, other in zip(block, whole[at:at + 4096].ljust(len(block), b"\0")))
                       for whole in begun):
                return False
        return True

    def step(self):
        name = f"f{self.chance.randrange(8)}"
        operation = self.chance.choice([self.write, self.write, self.replace, self.remove, self.read_back])
        try:
            with self.world.at(self.name, self.label) as self.top:
                operation(name)
            self.done += 1
        except OSError as error:
            self.tell(name, f"{operation.__name__}: {error.strerror}")

    def write(self, name):
        content = self.content()
        # Until close returns the file may have any part of it: it is emptied first, and written in pieces.
        self.names.begin(name, b"")
        self.names.begin(name, content)
        self.tell(name, "write", content)
        self.begun.setdefault(name, []).append(content)
        pieces = [content[at:at + 100_000] for at in range(0, len(content), 100_000)]
        fd = os.open(self.top / name, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644)
        try:
            for piece in pieces:
                view = memoryview(piece)
                while view:
                    view = view[os.write(fd, view):]
            if self.chance.random() < 0.3:
                os.fsync(fd)
        finally:
            os.close(fd)
        self.done_with(name, content)

    def replace(self, name):
        """As editors do it: whole or not at all."""
        content, beside = self.content(), f".{name}.new"
        self.names.begin(beside, ABSENT)
        path = self.top / beside
        with open(path, "wb", buffering=0) as file:
            view = memoryview(content)
            while view:
                view = view[file.write(view):]
        self.names.begin(name, content)
        self.tell(name, "replace", content)
        os.rename(path, self.top / name)
        self.done_with(name, content)

    def remove(self, name):
        self.names.begin(name, ABSENT)
        self.tell(name, "remove", ABSENT)
        try:
            os.unlink(self.top / name)
        except FileNotFoundError as error:
            self.tell(name, error.strerror, ABSENT)
        self.done_with(name, ABSENT)

    def read_back(self, name):
        content = read(self.top / name)
        if not self.may_have(name, content):
            what = "no file" if content is ABSENT else f"{len(content)} bytes"
            self.tell(name, "read", content)
            self.wrong.append(f"{self.label}: a read of {name} gave {what} in step {self.steps}, which it cannot have; "
                              f"writes without an acknowledgement: {[len(each) for each in self.begun.get(name, [])]}"
                              + "".join(self.past[name]))

    def check(self):
        top = self.world.work / self.label
        for name in self.names.names():
            content = read(top / name)
            if name.startswith("."):  # half written files beside, which were never promised
                self.done_with(name, content)
                continue
            if self.unsure(name) and self.may_have(name, content):
                self.done_with(name, content)
            with self.world.at(self.name, self.label) as mounted:
                seen = read(mounted / name)
            if seen != content:
                self.wrong.append(f"{self.label}: {name}: the mount shows {len(seen or b'')} bytes, the server has {len(content or b'')}")
        return self.check_share()

    def unsure(self, name):
        with self.names.lock:
            return len(self.names.allowed.get(name, ())) > 1


class Local(Workload):
    """A program of the server that replaces files, and mounts that open them afterwards: they see the newest at once."""

    def __init__(self, *words):
        super().__init__(*words)
        self.given = {}  # the step that gave a name its content

    def step(self):
        name = f"f{self.chance.randrange(4)}"
        content, path = self.content(), self.world.work / self.label / name
        try:
            with open(f"{path}.new", "wb") as file:
                file.write(content)
            os.rename(f"{path}.new", path)
        except OSError:  # the disk is full
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{path}.new")
            return
        self.names.done(name, content)
        self.given[name, digest(content)] = self.steps
        with contextlib.suppress(OSError), self.world.at(self.name, self.label) as top:
            seen = read(top / name)
            if not self.names.may_have(name, seen):
                self.wrong.append(f"{self.label}: {name} was replaced at the server in step {self.steps}, "
                                  f"and a mount reads {self.described(name, seen)}")
            self.done += 1

    def described(self, name, seen):
        if seen is ABSENT:
            return "that it is not there"
        if step := self.given.get((name, digest(seen))):
            return f"what it had in step {step}"
        return f"{len(seen)} bytes that it never had"

    check = Workload.check_share


class Appended:
    """Both mounts and a program of the server append records to one file."""

    def __init__(self, world, name, chance):
        self.world, self.name, self.chance = world, name, chance
        self.label = f"appended-{name}"
        self.steps = self.done = 0
        self.records = world.records

    def step(self):
        line = f"{self.label} {self.steps} ".encode() + b"x" * self.chance.choice((0, 10, 3000, 9000))
        self.records.begin(line)
        at = contextlib.nullcontext(self.world.work) if self.chance.random() < 0.3 else self.world.at(self.name)
        with contextlib.suppress(OSError), at as top:
            fd = os.open(top / "log", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
            try:
                written = os.write(fd, line + b"\n")
            finally:
                os.close(fd)
            if written == len(line) + 1:
                self.records.done(line)
                self.done += 1

    def check(self):
        content = read(self.world.work / "log") or b""
        if (wrong := self.records.wrong(content)) is not None:
            return [f"log: {wrong}"]
        with self.world.at(self.name) as top:
            seen = read(top / "log") or b""
        if seen != content:
            return [f"log: the mount shows {len(seen)} bytes, the server has {len(content)}"]
        return []


class Counted:
    """A counter that both mounts increment under an fcntl lock: an increment that was acknowledged is never lost."""

    def __init__(self, world, name, chance):
        self.world, self.name, self.chance = world, name, chance
        self.label = f"counted-{name}"
        self.steps = self.done = self.tried = 0
        world.counters.append(self)
        path = world.work / "counter"
        if not path.exists():
            path.write_bytes(b"%010d" % 0)

    def step(self):
        with contextlib.suppress(OSError, ValueError), self.world.at(self.name) as top:
            fd = os.open(top / "counter", os.O_RDWR)
            try:
                fcntl.lockf(fd, fcntl.LOCK_EX)
                value = int(os.pread(fd, 10, 0)) + 1
                self.tried += 1
                os.pwrite(fd, b"%010d" % value, 0)
                os.fsync(fd)
            finally:
                os.close(fd)
            self.done += 1

    def check(self):
        value = int(read(self.world.work / "counter"))
        done, tried = (sum(getattr(each, what) for each in self.world.counters) for what in ("done", "tried"))
        return [] if done <= value <= tried else [f"counter: {value}, with {done} acknowledged of {tried}"]


TRANSFERS = {"verbs": Verbs, "sync": Sync}
ON_MOUNTS = {"mounted": Mounted, "local": Local, "appended": Appended, "counted": Counted}
KINDS = TRANSFERS | ON_MOUNTS


def table(world, chance, chosen):
    """All that run at the same time, of the kinds that were chosen."""
    world.records, world.counters = Records(), []
    kinds = [KINDS[word] for word in chosen if world.with_mounts or word in TRANSFERS]
    return [kind(world, name, type(chance)(chance.random())) for kind in kinds for name in NAMES]
