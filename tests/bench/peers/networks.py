"""What lies between client and server: nothing but loopback, or a long link of tests/support/link.py."""
import contextlib
import functools
import os
import pathlib
import socket
import sys
import tempfile
from dataclasses import dataclass
from typing import Callable

from place import BIN, Unavailable

os.environ.setdefault("DFTP_BIN", str(BIN))  # link.py looks there too
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import link  # noqa: E402


@dataclass(frozen=True)
class Network:
    """`client` and `server` are words put before a command, so that it runs at that end."""
    host: str = "127.0.0.1"
    client: tuple = ()
    server: tuple = ()
    remarks: Callable = lambda: ""  # after the runs: what the reader of their times should know


@contextlib.contextmanager
def loopback():
    yield Network()


@contextlib.contextmanager
def long_link(rtt, loss=0.0, rate=1e9):
    with contextlib.ExitStack() as stack:
        try:
            line = stack.enter_context(link.Link(rtt=rtt, rate=rate, loss=loss))
        except link.Unavailable as error:
            raise Unavailable(f"no link: {error}") from None
        hosts = stack.enter_context(tempfile.NamedTemporaryFile("w", prefix="dftp-bench-hosts-"))
        hosts.write(f"127.0.0.1 localhost\n{line.server_address} far {socket.gethostname()}\n{line.client_address} near\n")
        hosts.flush()
        os.chmod(hosts.name, 0o644)
        enter = lambda end: ("nsenter", f"--net={end}", "--")
        # Some servers want names for addresses, and there is nobody to ask.
        named = ("unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', hosts.name)
        yield Network(line.server_address, enter(line.client_end), (*enter(line.server_end), *named),
                      lambda: remarks(line.stats()))


def remarks(stats):
    """Many late packets: the machine was too busy, measure again."""
    return "; ".join(f"{way.replace('_', ' ')} {one['packets']:,} packets, {one['lost']:,} lost by chance, {one['dropped']:,} "
                     f"dropped from the full queue, {one['late']:,} late" for way, one in stats.items())


# A case names one of these; entering it gives a Network that is there until it is left.
NETWORKS = {
    "loopback": loopback,
    "100ms": functools.partial(long_link, 0.1),
    "100ms-loss": functools.partial(long_link, 0.1, 0.001),
    "50ms": functools.partial(long_link, 0.05),
    "20ms": functools.partial(long_link, 0.02),
}
