"""What /proc says of processes: who belongs together, processor time, memory."""
import os

from watchdog import descendants  # noqa: F401  (part of what this module offers)

TICK = os.sysconf("SC_CLK_TCK")


def parse_stat(text):
    """Seconds of processor time in a /proc/PID/stat: (its own, that of its children that ended). A name may hold ') '."""
    fields = text[text.rindex(")") + 2:].split()
    user, system, children_user, children_system = map(int, fields[11:15])
    return (user + system) / TICK, (children_user + children_system) / TICK


def parse_status(text, key):
    """Bytes behind `key` (VmHWM, VmRSS) in a /proc/PID/status; 0 if it has none, as a process that ended."""
    for line in text.splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    return 0


def read(path):
    """Its text; empty when the process is gone."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def cpu(watchdog):
    """Seconds that all servers under a watchdog have used, those that ended included; not the watchdog's own."""
    seconds = 0.0
    for pid in [watchdog, *descendants(watchdog)]:
        if text := read(f"/proc/{pid}/stat"):
            own, ended = parse_stat(text)
            seconds += ended + (own if pid != watchdog else 0)
    return seconds


def memory(pids, key):
    """Bytes of these processes together; what they share counts each time."""
    return sum(parse_status(read(f"/proc/{pid}/status"), key) for pid in pids)


def forget_peaks(pids):
    """From now on VmHWM is the peak since now."""
    for pid in pids:
        try:
            with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
                file.write("5")
        except OSError:
            pass  # another user's, or gone: then the peak is that of its whole life
