"""Runs contenders in turn, and what each run takes."""
import contextlib
import os
import random
import select
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from typing import Callable

import proc

TIMEOUT = 1800  # seconds; a run that takes longer hangs
INTERVAL = 0.05  # seconds between looks at the memory


class Failed(Exception):
    """A command did not do what it was to do."""


@dataclass
class Contender:
    """One command of one peer in one case."""
    name: str
    group: str
    command: list
    env: dict
    server: object = None  # place.Server, whose use of the machine counts too
    before: Callable = lambda: None  # not timed
    check: Callable = lambda output: {}  # the standard output -> facts to keep; raises data.Mismatch
    after: Callable = lambda: None  # removes what has arrived, also when the run failed
    runs: list = field(default_factory=list)


def run(contender):
    """One timed run: wall, client_cpu, server_cpu (seconds), client_peak, server_peak (bytes), facts."""
    watchdog = contender.server.watchdog.pid if contender.server else None
    servers = lambda: proc.descendants(watchdog) if watchdog else []
    proc.forget_peaks(servers())
    used = proc.cpu(watchdog) if watchdog else 0.0
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        begin = time.monotonic()
        client = subprocess.Popen(contender.command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                                  env=contender.env, start_new_session=True)
        try:
            peaks = watch(client.pid, servers, begin + TIMEOUT)
            _, status, usage = os.wait4(client.pid, 0)
            wall = time.monotonic() - begin
            client.returncode = os.waitstatus_to_exitcode(status)
        finally:
            end_group(client)
        if client.returncode:
            raise Failed(f"exit code {client.returncode}: {tail(errors) or tail(output)}")
        output.seek(0)
        facts = contender.check(output.read())
    return {
        "wall": wall, "client_cpu": usage.ru_utime + usage.ru_stime,
        # After the check, so that a server's helpers have come to their end.
        "server_cpu": proc.cpu(watchdog) - used if watchdog else 0.0,
        "client_peak": max(peaks[0], own_peak(usage)), "server_peak": peaks[1], "facts": facts or {},
    }


def watch(pid, servers, deadline):
    """Waits for the process; returns the peaks of its memory, with its children's, and of the servers'."""
    client, server, pause = 0, 0, 0.002
    handle = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        while not poll.poll(pause * 1000):
            client = max(client, proc.memory([pid, *proc.descendants(pid)], "VmHWM"))
            server = max(server, proc.memory(servers(), "VmHWM"))
            if time.monotonic() > deadline:
                raise Failed(f"not done after {TIMEOUT} s")
            pause = min(2 * pause, INTERVAL)
    finally:
        os.close(handle)
    return client, max(server, proc.memory(servers(), "VmHWM"))


def own_peak(usage):
    """A process that is started from here inherits this program's own peak: what is not above it says nothing."""
    mine = proc.memory([os.getpid()], "VmHWM")
    peak = usage.ru_maxrss * 1024
    return peak if peak > mine else 0


def end_group(client):
    """Whatever the command has left behind."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(client.pid, signal.SIGKILL)
    if client.returncode is None:
        client.wait()


def tail(file):
    file.seek(0)
    return file.read().decode(errors="replace").strip()[-300:]


def alternate(contenders, rounds, seed, failed, say):
    """All of them once, uncounted, then `rounds` times: in each round in another order. `failed(contender, error)` is told
    who cannot go on; runs stand in contender.runs."""
    shuffle = random.Random(seed).shuffle
    order = list(contenders)
    for number in range(rounds + 1):
        shuffle(order)
        for contender in list(order):
            try:
                contender.before()
                result = run(contender)
            except Exception as error:  # whatever it is, the others go on
                order.remove(contender)
                failed(contender, error)
                continue
            finally:
                contender.after()
            contender.runs.append(result | {"counted": number > 0})
            say(f"  {'warm-up' if number == 0 else f'round {number}':8} {contender.name:22} {result['wall']:8.3f} s")
