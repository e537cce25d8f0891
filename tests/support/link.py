"""A long link for tests and benches: two network namespaces joined by dftp_link (link_emulator.cpp). Needs root.

    with Link(rtt=0.1, rate=1e9, loss=0.001) as link:
        server = link.server(["iperf3", "-s"])
        client = link.client(["iperf3", "-c", link.server_address])

The server's end has the address 10.99.0.1 and the client's 10.99.0.2; each has a loopback of its own, and they see
nothing else of the world. The rate is Ethernet's, so 1 Gbit/s carries 941 Mbit/s of TCP. All that was started by
server() and client() ends with the block. Other code runs at one end by

        with link.at_server():
            listener = socket.create_server((link.server_address, 0))

and sockets stay where they were made. By hand, in three terminals (PIDs and numbers are those that dftp_link prints):

    dftp_link --rtt 100ms --rate 1gbit --loss 0.001      # ends with Ctrl-D; `stats` and `loss 1` are commands
    nsenter --net=/proc/PID/fd/3 dftp-server DIRECTORY
    nsenter --net=/proc/PID/fd/6 dftp-cli ...
"""
import contextlib
import ctypes
import json
import os
import pathlib
import subprocess
import time

BIN = pathlib.Path(os.environ.get("DFTP_BIN", "build/release/bin")).resolve()


class Unavailable(Exception):
    """There can be no link here, and why."""


class Link:
    server_address, client_address = "10.99.0.1", "10.99.0.2"

    def __init__(self, rtt=0.0, rate=1e9, loss=0.0, queue=None, seed=1):
        """`rtt` in seconds, `rate` in bits a second each way, `queue` in bytes (by default one round trip's, at least
        1 MiB). Random loss is for each packet by itself, of 1,500 bytes at most, and repeats with the seed."""
        self.rtt, self.rate, self.loss = rtt, rate, loss
        self.command = [BIN / "dftp_link", "--rtt", f"{rtt * 1e6:.0f}us", "--rate", f"{rate:.0f}bit", "--loss", str(loss),
                        "--seed", str(seed), *(["--queue", str(queue)] if queue else [])]
        self.children = []

    def __enter__(self):
        try:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE, text=True)
        except FileNotFoundError:
            raise Unavailable(f"no program {self.command[0]}") from None
        ready = self.process.stdout.readline().split()
        if not ready:
            raise Unavailable(self.process.communicate()[1].strip())
        _, self.server_end, self.client_end = ready
        return self

    def __exit__(self, *_):
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.wait()
        self.end()

    def end(self):
        """Takes the link away: both ends are cut off for ever. What runs there goes on."""
        self.process.kill()
        self.process.communicate()

    def server(self, command, **popen):
        """Starts a process at the server's end; the rest is as for subprocess.Popen."""
        return self._start(self.at_server(), command, popen)

    def client(self, command, **popen):
        return self._start(self.at_client(), command, popen)

    def at_server(self):
        """For a `with` block in which this thread is at the server's end, and so is what it starts."""
        return inside(self.server_end)

    def at_client(self):
        return inside(self.client_end)

    def down(self):
        """From now on nothing arrives, as if the cable had been pulled out."""
        return self._ask("loss 1")

    def up(self):
        return self._ask(f"loss {self.loss}")

    def stats(self):
        """{"to_client": {...}, "to_server": {...}}: packets and bytes offered so far; how many packets were `lost` by
        chance or while the link was down, `dropped` because the queue was full, and `late` by over a millisecond because the
        machine was too busy for the link: where these are not few, measure again. `flights`: the longest chain of packets, each
        sent when the one before had arrived, whose last was delivered in this direction; two make a round trip that somebody
        waited for. `first_arrival` and `last_arrival` are the line's own clock, in nanoseconds."""
        return self._ask("stats")

    def flights(self):
        """The longest chain of packets so far, when nothing is under way any more."""
        before = None
        while (now := self.stats()) != before:
            before = now
            time.sleep(2 * self.rtt + 0.1)
        return max(direction["flights"] for direction in now.values())

    def _ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def _start(self, place, command, popen):
        with place:
            child = subprocess.Popen(list(map(str, command)), **popen)
        self.children.append(child)
        return child


def why_not():
    """Why there can be no link here, or None."""
    try:
        with Link():
            return None
    except Unavailable as why:
        return str(why)


@contextlib.contextmanager
def inside(end):
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        there = os.open(end, os.O_RDONLY)
        try:
            _enter(there)
        finally:
            os.close(there)
        try:
            yield
        finally:
            _enter(here)
    finally:
        os.close(here)


def _enter(namespace):
    libc = ctypes.CDLL(None, use_errno=True)
    clone_newnet = 0x40000000
    if libc.setns(namespace, clone_newnet) != 0:
        raise OSError(ctypes.get_errno(), "setns")
