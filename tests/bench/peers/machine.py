"""What was measured with: the machine and the versions of all programs."""
import datetime
import os
import platform
import re
import subprocess

import cases
from data import filesystem_of
from place import BIN, ROOT, UNPACKED


def told(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    return done.stdout.strip() if done.returncode == 0 else ""


def first(path, pattern):
    with open(path, encoding="utf-8", errors="replace") as file:
        found = re.search(pattern, file.read(), re.M)
    return found[1] if found else "unknown"


def facts(scratch):
    return {
        "time": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": f"{first('/proc/cpuinfo', r'^model name.*: (.*)$')}, {os.cpu_count()} cores",
        "memory": f"{int(first('/proc/meminfo', r'^MemTotal: *([0-9]+) kB')) / 2**20:.1f} GiB",
        "kernel": platform.release(),
        "system": first("/etc/os-release", r'^PRETTY_NAME="(.*)"$'),
        "data on": filesystem_of(scratch),
        "TCP": f"congestion control {first('/proc/sys/net/ipv4/tcp_congestion_control', '(.*)')}, "
               f"tcp_wmem {first('/proc/sys/net/ipv4/tcp_wmem', '(.*)')}".replace("\t", " "),
        "load at the start": f"{os.getloadavg()[0]:.2f}",
    }


def versions(selected, names):
    """Of dftp, and of each package that takes part and is there."""
    found = {"dftp": f"{told(BIN / 'dftp-server', '--version')} {told('git', 'describe', '--always', '--dirty')}".strip()}
    peers = {peer.name: peer for case in selected for peer in cases.peers_of(case, names)}.values()
    for package in sorted({package for peer in peers for package in peer.packages} | {"coreutils"}):
        if version := told("dpkg-query", "-W", "-f", "${Version}", package):
            found[package] = version
    for package in sorted({package for peer in peers for package in peer.unpacked}):
        for file in UNPACKED.glob(f"{package}_*.deb"):
            found[package] = file.name.split("_")[1].replace("%3a", ":")
    return found
