"""The files that are moved, and whether what arrived is equal to them."""
import math
import os
import pathlib
import random
import shutil
import subprocess

PIECE = 16 << 20
FILES_A_DIRECTORY = 100


class NoRoom(Exception):
    pass


class Mismatch(Exception):
    pass


def make_file(path, size, seed=1):
    """Bytes that do not repeat."""
    bits = random.Random(seed)
    with open(path, "wb") as out:
        for at in range(0, size, PIECE):
            out.write(bits.randbytes(min(PIECE, size - at)))


def sizes_of(count, seed=1):
    """As in a source tree: log-normal, half of the files under 5 KB, the mean near 10 KB."""
    bits = random.Random(seed)
    return [int(bits.lognormvariate(math.log(5000), 1.16)) for _ in range(count)]


def make_tree(top, count, seed=1):
    """Returns the bytes in it."""
    bits, sizes = random.Random(seed), sizes_of(count, seed)
    for number, size in enumerate(sizes):
        directory = pathlib.Path(top) / f"d{number // FILES_A_DIRECTORY:04}"
        if number % FILES_A_DIRECTORY == 0:
            directory.mkdir(parents=True)
        (directory / f"file-{number:06}.dat").write_bytes(bits.randbytes(size))
    return sum(sizes)


def check_room(directory, needed):
    """In memory both count: what the file system lets in, and what the machine has."""
    free = os.statvfs(directory)
    have = free.f_bavail * free.f_frsize
    if filesystem_of(directory) == "tmpfs":
        with open("/proc/meminfo", encoding="ascii") as file:
            have = min(have, next(int(line.split()[1]) * 1024 for line in file if line.startswith("MemAvailable:")))
    if have < needed:
        raise NoRoom(f"{directory}: {have >> 20} MiB free, {needed >> 20} MiB needed (--scratch DIR names another place)")


def filesystem_of(directory):
    return subprocess.run(["stat", "-f", "-c", "%T", directory], capture_output=True, text=True, check=True).stdout.strip()


def check_equal(source, result):
    """Raises Mismatch unless both are equal: bytes, and in a tree all relative names."""
    source, result = pathlib.Path(source), pathlib.Path(result)
    if not result.exists():
        raise Mismatch(f"{result.name}: nothing arrived")
    if source.is_dir():
        ours, theirs = names_in(source), names_in(result)
        if ours != theirs:
            raise Mismatch(f"{result.name}: {len(theirs)} of {len(ours)} names, the first that differs: "
                           f"{min(ours ^ theirs)}")
        for name in ours:
            one, other = source / name, result / name
            if one.is_dir() != other.is_dir() or (one.is_file() and one.read_bytes() != other.read_bytes()):
                raise Mismatch(f"{name}: not equal")
    elif source.stat().st_size != result.stat().st_size or subprocess.run(["cmp", source, result], check=False,
                                                                          capture_output=True).returncode:
        raise Mismatch(f"{result.name}: not equal")


def names_in(top):
    """Of files and directories, relative to it."""
    return {os.path.relpath(os.path.join(directory, name), top)
            for directory, names, files in os.walk(top) for name in [*names, *files]}


def empty(directory):
    """Removes all that is in it."""
    for entry in os.scandir(directory):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)
