"""Random operations on a mounted file, side by side with the same in memory: after each of them both must agree."""
import ctypes
import errno
import mmap
import os
import pathlib
import random
import shutil
import tempfile
import unittest

from harness import Server, wait_for
from mount_harness import MountCase, why_not

SEED = int(os.environ.get("DFTP_SEED", "1"))
STEPS = int(os.environ.get("DFTP_STEPS", "3000"))
MOST = 400_000  # bytes of the file
KEEP_SIZE, PUNCH_HOLE, COLLAPSE, ZERO, INSERT = 1, 2, 8, 16, 32
BLOCK = 4096  # what COLLAPSE and INSERT want
LIBC = ctypes.CDLL(None, use_errno=True)


def setUpModule():
    if reason := why_not():
        raise unittest.SkipTest(reason)


def fallocate(handle, mode, at, size):
    """False: the server's file system has no such thing."""
    if LIBC.fallocate(handle, mode, ctypes.c_long(at), ctypes.c_long(size)) == 0:
        return True
    if ctypes.get_errno() == errno.EOPNOTSUPP:
        return False
    raise OSError(ctypes.get_errno(), f"fallocate {mode} {at} {size}")


class Model:
    """What a file must hold, changed along with it. Each operation takes a descriptor of it, a place and a size."""

    def __init__(self, case, chance):
        self.case, self.chance, self.content = case, chance, bytearray()

    def extend(self, size):
        self.content.extend(bytes(max(0, size - len(self.content))))

    def put(self, at, content):
        self.extend(at + len(content))
        self.content[at:at + len(content)] = content

    def write(self, handle, at, size):
        content = self.chance.randbytes(size)
        os.pwrite(handle, content, at)
        self.put(at, content)

    def read(self, handle, at, size):
        self.case.assertTrue(os.pread(handle, size, at) == self.content[at:at + size])

    def truncate(self, handle, at, _):
        os.ftruncate(handle, at)
        del self.content[at:]
        self.extend(at)

    def map_write(self, handle, at, size):
        size = min(size, len(self.content) - at)
        if size <= 0:
            return
        content = self.chance.randbytes(size)
        with mmap.mmap(handle, len(self.content)) as mapped:
            mapped[at:at + size] = content
        self.put(at, content)

    def map_read(self, handle, at, size):
        if at < len(self.content):
            with mmap.mmap(handle, len(self.content), prot=mmap.PROT_READ) as mapped:
                self.case.assertTrue(mapped[at:at + size] == self.content[at:at + size])

    def look(self, handle, *_):
        self.case.assertEqual(os.fstat(handle).st_size, len(self.content))

    def sync(self, handle, *_):
        os.fsync(handle)

    def allocate(self, handle, at, size):
        os.posix_fallocate(handle, at, size)
        self.extend(at + size)

    def allocate_behind(self, handle, at, size):
        fallocate(handle, KEEP_SIZE, at, size)

    def punch(self, handle, at, size):
        if fallocate(handle, PUNCH_HOLE | KEEP_SIZE, at, size):
            end = min(at + size, len(self.content))
            self.content[at:end] = bytes(max(0, end - at))

    def zero(self, handle, at, size):
        if fallocate(handle, ZERO, at, size):
            self.put(at, bytes(size))

    def collapse(self, handle, at, size):
        at, size = at // BLOCK * BLOCK, size // BLOCK * BLOCK
        if size > 0 and at + size < len(self.content) and fallocate(handle, COLLAPSE, at, size):
            del self.content[at:at + size]

    def insert(self, handle, at, size):
        at, size = at // BLOCK * BLOCK, size // BLOCK * BLOCK
        if size > 0 and at < len(self.content) < MOST - size and fallocate(handle, INSERT, at, size):
            self.content[at:at] = bytes(size)

    def copy(self, handle, at, size):
        """Within the file, from anywhere to where it does not overlap."""
        begin = self.chance.randrange(MOST)
        size = min(size, abs(begin - at), max(0, len(self.content) - begin))
        if size > 0:
            copied = os.copy_file_range(handle, handle, size, begin, at)
            self.put(at, self.content[begin:begin + copied])
            self.case.assertGreater(copied, 0)

    def step(self, handle):
        often, sometimes = [self.write, self.read], [self.truncate, self.map_write, self.map_read, self.look, self.sync]
        rarely = [self.allocate, self.allocate_behind, self.punch, self.zero, self.collapse, self.insert, self.copy]
        operation = self.chance.choice(often * 12 + sometimes * 2 + rarely)
        operation(handle, self.chance.randrange(MOST), self.chance.choice((1, 100, 5000, 4096, 70_000, 131_072)))
        return operation.__name__


class OneMount(MountCase):
    def setUp(self):
        super().setUp()
        # A disk's file system knows more operations than a memory's.
        disk = pathlib.Path(tempfile.mkdtemp(prefix="dftp-e2e-"))
        self.addCleanup(shutil.rmtree, disk, ignore_errors=True)
        self.host = Server(disk / "share", disk / "state")
        self.addCleanup(self.host.__exit__)
        self.share = self.host.share

    def test_file_holds_what_the_operations_leave(self):
        mnt = self.mount().directory
        chance = random.Random(SEED)
        model = Model(self, chance)
        handles = [os.open(mnt / "file", os.O_CREAT | os.O_RDWR) for _ in range(2)]
        for step in range(STEPS):
            which = chance.randrange(2)
            if chance.random() < 0.03:
                os.close(handles[which])
                handles[which] = os.open(mnt / "file", os.O_RDWR)
            with self.subTest(seed=SEED, step=step):
                model.step(handles[which])
        for handle in handles:
            os.close(handle)
        self.assertTrue((self.share / "file").read_bytes() == model.content)


    def test_file_that_one_handle_only_writes_is_what_the_others_read_and_map(self):
        mnt = self.mount().directory
        chance = random.Random(SEED)
        model = Model(self, chance)
        writing = [model.write] * 12 + [model.truncate, model.look, model.sync, model.allocate, model.punch, model.zero]
        reading = [model.read, model.map_read] * 6 + [model.look]
        writer, others, mapped = os.open(mnt / "file", os.O_CREAT | os.O_WRONLY), [], None
        for step in range(STEPS):
            if chance.random() < 0.03:
                os.close(writer)
                writer = os.open(mnt / "file", os.O_WRONLY | os.O_TRUNC)
                model.content.clear()
            if chance.random() < 0.05 and others:
                os.close(others.pop(chance.randrange(len(others)))[0])
            if chance.random() < 0.05 and len(others) < 3:
                mode = chance.choice((os.O_RDONLY, os.O_RDWR))
                others.append((os.open(mnt / "file", mode), mode))
            handle, mode = chance.choice([(writer, os.O_WRONLY), *others])
            known = {os.O_WRONLY: writing, os.O_RDONLY: reading, os.O_RDWR: reading + writing + [model.map_write] * 3}
            with self.subTest(seed=SEED, step=step):
                chance.choice(known[mode])(handle, chance.randrange(MOST), chance.choice((1, 100, 4096, 5000, 131_072)))
                # What stays mapped shows each change, too.
                if mapped and len(model.content) < len(mapped):
                    mapped = None
                if mapped is None and others and model.content:
                    mapped = mmap.mmap(others[0][0], len(model.content), prot=mmap.PROT_READ)
                at = chance.randrange(MOST)
                self.assertTrue(mapped is None or mapped[at:at + 10_000] == model.content[at:min(at + 10_000, len(mapped))])
        for handle in [writer, *(handle for handle, _ in others)]:
            os.close(handle)
        self.assertTrue((self.share / "file").read_bytes() == model.content)


class TwoMounts(MountCase):
    """What one of them has written and closed, the other one sees whole."""

    def test_each_sees_what_the_other_has_left(self):
        mounts = [self.mount(name=name).directory for name in ("one", "two")]
        chance = random.Random(SEED)
        model = Model(self, chance)
        (mounts[0] / "file").touch()
        for turn in range(STEPS // 15):
            writer, reader = chance.sample(mounts, 2)
            handle = os.open(writer / "file", os.O_RDWR)
            done = [model.step(handle) for _ in range(5)]
            os.close(handle)
            wait_for(lambda: (reader / "file").read_bytes() == model.content, seconds=5,
                     what=f"seed {SEED}, turn {turn}: what {done} have left")


if __name__ == "__main__":
    unittest.main()
