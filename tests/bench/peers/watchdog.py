"""Runs one server and keeps all that comes of it together: watchdog.py COMMAND...

What the server leaves behind becomes the watchdog's child, so the processor time of everything that ended is found in the
watchdog's own /proc/PID/stat. On SIGTERM, or when the bench is gone, all of it is ended, and nothing else.
"""
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
GRACE = 5  # seconds between SIGTERM and SIGKILL


def children(pid):
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
    except OSError:
        pass
    return found


def descendants(pid):
    found = children(pid)
    for child in found:
        found.extend(children(child))  # the loop goes on over what it adds
    return found


def end_all(number):
    for pid in descendants(os.getpid()):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def stop(*_):
    end_all(signal.SIGTERM)
    signal.alarm(GRACE)


def kill(*_):
    end_all(signal.SIGKILL)
    signal.alarm(1)  # a server may be forking


def main(command):
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGALRM, kill)
    try:
        server = os.posix_spawnp(command[0], command, os.environ, setsigdef=[signal.SIGTERM, signal.SIGPIPE])
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")
    code = 0
    while True:
        try:
            pid, status = os.wait()
        except ChildProcessError:
            return code
        if pid == server:
            code = abs(os.waitstatus_to_exitcode(status))
            stop()  # a server that ended takes its helpers with it


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
