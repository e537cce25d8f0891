"""Cases in which dftp stands alone, beside the plain tool that shows what the machine can do.

Each function takes (place, start, source, size) and returns its contenders and the bytes that one run is about; `start`
takes a function from servers.py and its arguments, and stops that server after the case.
"""
import hashlib
import itertools
import json
import pathlib
import subprocess
import sys

import data
import proc
import servers
from measure import Contender, Failed
from place import BIN

MIB, LEAF = 1 << 20, 65536
QUOTA_EXIT = 8
SESSIONS = pathlib.Path(__file__).with_name("sessions.py")


def cli(place, server, *arguments):
    return [*place.network.client, BIN / "dftp-cli", "--retries", "0", "--key", place.home / "dftp-key",
            "--fingerprint", server.facts["fingerprint"], *arguments]


def python(place, server, verb, *arguments):
    facts = server.facts
    return [*place.network.client, sys.executable, "-B", SESSIONS, verb, facts["host"], str(facts["port"]), facts["fingerprint"],
            *map(str, arguments)]


def resume(place, start, source, size):
    """An interrupted transfer is real: the receiver's quota ends one MiB before the end."""
    server, numbers = start(servers.dftp), itertools.count()
    quota = {"LD_PRELOAD": str(BIN / "dftp_quota.so"), "DFTP_TEST_QUOTA": str(size - MIB)}
    here, there = place.out / source.name, place.inbox / source.name

    def interrupted(at, *arguments, env=None):
        done = subprocess.run(cli(place, at, "-q", *arguments), env=place.env | (env or {}), check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != QUOTA_EXIT:
            raise Failed(f"the transfer was not interrupted as planned: exit code {done.returncode} {done.stderr[-300:]}")

    def begin_get():
        interrupted(server, "get", server.facts["url"] + f"/data/{source.name}", here, env=quota)

    def begin_put():  # another server over the same directory; the one that is measured goes on with what this one leaves
        limited = servers.dftp(place, f"dftp-quota-{next(numbers)}", env=quota)
        try:
            interrupted(limited, "put", source, limited.facts["url"] + f"/in/{source.name}")
        finally:
            limited.stop()

    def arrived(result):
        def check(output):
            data.check_equal(source, result)
            sent = json.loads(output.splitlines()[-1])["transferred"]
            if sent > 2 * MIB:
                raise data.Mismatch(f"{sent} bytes were sent again: nothing was resumed")
            return {"MiB sent": sent / MIB}
        return check

    def clean():
        data.empty(place.out)
        data.empty(place.inbox)
    url, env = server.facts["url"], place.env
    read = ["sh", "-c", f"exec dd if=\"$(echo '{place.out}'/.dftp-part-*)\" of=/dev/null bs=1M status=none"]
    return [
        Contender("dftp", "tls", cli(place, server, "--json", "get", url + f"/data/{source.name}", here), env, server,
                  begin_get, arrived(here), clean),
        Contender("dftp (upload)", "tls", cli(place, server, "--json", "put", source, url + f"/in/{source.name}"), env, server,
                  begin_put, arrived(there), clean),
        Contender("reading the partial", "floor", read, env, before=begin_get, after=clean),
    ], size


def md5(place, start, source, size):
    server = start(servers.dftp)
    whole, leaves = hashlib.md5(), []
    with open(source, "rb") as file:
        while leaf := file.read(LEAF):
            whole.update(leaf)
            leaves.append(hashlib.md5(leaf).digest())

    def says(expected):
        def check(output):
            if output.split()[0].decode() != expected:
                raise data.Mismatch(f"{output.decode()[:100]}: {expected} was expected")
        return check
    path = f"/data/{source.name}"
    serial, tree = says(whole.hexdigest()), says(hashlib.md5(b"".join(leaves)).hexdigest())
    return [
        Contender("dftp", "tls", cli(place, server, "md5", server.facts["url"] + path), place.env, server, check=serial),
        Contender("dftp digests", "tls", python(place, server, "digests", path), place.env, server, check=tree),
        Contender("md5sum", "floor", ["md5sum", source], place.env, check=serial),
    ], size


def idle(place, start, _, count):
    server = start(servers.dftp, options=("--anonymous",))
    [pid] = proc.descendants(server.watchdog.pid)
    at_start = proc.memory([pid], "VmRSS")
    return [Contender("dftp", "tls", python(place, server, "idle", count, pid, at_start), place.env, server, check=json.loads)], 0


def crowd(place, start, _, count):
    server = start(servers.dftp, options=("--anonymous",))
    source = place.data / "one-mib"
    data.make_file(source, MIB)
    command = python(place, server, "crowd", count, f"/data/{source.name}", hashlib.md5(source.read_bytes()).hexdigest())
    return [Contender("dftp", "tls", command, place.env, server, check=json.loads)], count * MIB
