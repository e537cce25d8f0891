"""What is measured: a row each."""
from dataclasses import dataclass

import own
import data
import mounts
from measure import Contender
from peers import PEERS
from verified import VERIFIED

MIB, GIB = 1 << 20, 1 << 30


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    amount: int  # bytes of a file; or files of a tree; or sessions
    small: int  # the same for a look whether all works
    data: str = "file"  # or tree, or nothing
    verb: str = ""  # get or put, of a case in which peers take part
    own: object = None  # else: the function in own.py that makes its contenders
    only: tuple = ()  # peers; empty: all that can
    against: str = ""  # the case of which each time is shown as a multiple
    network: str = "loopback"  # in networks.NETWORKS
    slow: bool = False  # takes seconds even when small: not in the short form, unless named
    room: float = 2.2  # space needed, in multiples of the source
    mounts: bool = False  # the contenders are those of mounts.py
    verified: bool = False  # the peers are those of verified.py, with all that dftp does

    @property
    def tree(self):
        return self.data == "tree"

    def sized(self, small):
        return self.small if small else self.amount

    def needs(self, small):
        """Bytes of room, about: each small file fills pages."""
        amount = self.sized(small)
        return int(self.room * {"file": amount, "tree": amount * 14_000, "": 0}[self.data]) + 64 * MIB


def mounted(name, title, amount, small, function, data="file", **more):
    """A case of mounts.py."""
    more = {"only": MOUNTS} | more
    return Case("mount-" + name, title + ", on a mount", amount, small, data=data, own=function, mounts=True, **more)


MOUNTS = ("dftp", "dftp plain", "sshfs")
# rclone reads small files and small pieces too slowly to wait for, and writes a file some seconds after its close.
ALL_MOUNTS = (*MOUNTS, "rclone mount")
FEW = ("dftp", "dftp plain", "rsync daemon", "cp")
LONG = ("dftp", "dftp plain", "curl https (nginx)", "gridftp -p 8", "iperf3")

CASES = (
    Case("get-1g", "Download of one file, 1 GiB", GIB, 8 * MIB, verb="get"),
    Case("put-1g", "Upload of one file, 1 GiB", GIB, 8 * MIB, verb="put"),
    Case("tree-10k-get", "Download of 10,000 small files", 10_000, 300, data="tree", verb="get"),
    Case("tree-10k-put", "Upload of 10,000 small files", 10_000, 300, data="tree", verb="put"),
    Case("tree-100k-get", "Download of 100,000 small files", 100_000, 600, data="tree", verb="get", only=FEW,
         against="tree-10k-get"),
    Case("tree-100k-put", "Upload of 100,000 small files", 100_000, 600, data="tree", verb="put", only=FEW,
         against="tree-10k-put"),
    Case("get-4g", "Download of one file, 4 GiB", 4 * GIB, 20 * MIB, verb="get"),
    Case("put-4g", "Upload of one file, 4 GiB", 4 * GIB, 20 * MIB, verb="put"),
    Case("verified-1g-get", "Download of one file, 1 GiB, compared by MD5 and synced", GIB, 8 * MIB, verb="get", verified=True),
    Case("verified-1g-put", "Upload of one file, 1 GiB, compared by MD5 and synced", GIB, 8 * MIB, verb="put", verified=True),
    Case("verified-10k-get", "Download of 10,000 small files, compared by MD5 and synced", 10_000, 300, data="tree", verb="get",
         verified=True),
    Case("verified-10k-put", "Upload of 10,000 small files, compared by MD5 and synced", 10_000, 300, data="tree", verb="put",
         verified=True),
    Case("resume", "All but the last MiB of 4 GiB is there", 4 * GIB, 20 * MIB, own=own.resume),
    Case("md5", "MD5 of 4 GiB on the server", 4 * GIB, 20 * MIB, own=own.md5, room=1.1),
    Case("idle", "10,000 idle TLS sessions", 10_000, 50, data="", own=own.idle),
    Case("crowd", "1,000 clients download 1 MiB at once", 1_000, 20, data="", own=own.crowd),
    Case("wan-256m-get", "Download of 256 MiB, 100 ms, 1 Gbit/s", 256 * MIB, 4 * MIB,
         verb="get", network="100ms", slow=True),
    Case("wan-256m-put", "Upload of 256 MiB, 100 ms, 1 Gbit/s", 256 * MIB, 4 * MIB,
         verb="put", network="100ms", slow=True),
    Case("wan-256m-loss", "Download of 256 MiB, 100 ms, 1 Gbit/s, 0.1 % loss", 256 * MIB, 4 * MIB,
         verb="get", network="100ms-loss", slow=True),
    Case("wan-256m-20ms", "Download of 256 MiB, 20 ms, 1 Gbit/s", 256 * MIB, 4 * MIB,
         verb="get", network="20ms", slow=True),
    Case("wan-1g-get", "Download of 1 GiB, 100 ms, 1 Gbit/s", GIB, 4 * MIB,
         verb="get", only=LONG, network="100ms", slow=True),
    Case("wan-1g-loss", "Download of 1 GiB, 100 ms, 1 Gbit/s, 0.1 % loss", GIB, 4 * MIB,
         verb="get", only=LONG, network="100ms-loss", slow=True),
    Case("wan-tree-get", "Download of 2,000 small files, 100 ms", 2_000, 200, data="tree",
         verb="get", only=FEW, network="100ms", slow=True),
    Case("wan-tree-put", "Upload of 2,000 small files, 100 ms", 2_000, 200, data="tree",
         verb="put", only=FEW, network="100ms", slow=True),
    Case("wan-2b-get", "Download of two bytes, 100 ms", 2, 2, verb="get", network="100ms"),
    mounted("read", "Read 1 GiB", GIB, 8 * MIB, mounts.read, only=ALL_MOUNTS),
    mounted("write", "Write 1 GiB and fsync", GIB, 8 * MIB, mounts.write),
    mounted("ls", "ls -lR of 10,000 files", 10_000, 300, mounts.listed, "tree", only=ALL_MOUNTS),
    mounted("ls-again", "The same once more", 10_000, 300, mounts.listed_again, "tree", only=ALL_MOUNTS),
    mounted("cat", "cat of 2,000 small files", 2_000, 100, mounts.cat, "tree"),
    mounted("create", "cp -r of 2,000 small files", 2_000, 100, mounts.create, "tree"),
    mounted("remove", "rm -r of 2,000 small files", 2_000, 100, mounts.remove, "tree", only=ALL_MOUNTS),
    mounted("randread-1", "fio randread 4k, 1 thread", 256 * MIB, 8 * MIB, mounts.random_read, slow=True),
    mounted("randread-16", "fio randread 4k, 16 threads", 256 * MIB, 8 * MIB, mounts.random_read_16, slow=True),
    mounted("randwrite", "fio randwrite 4k", 256 * MIB, 8 * MIB, mounts.random_write, slow=True),
    mounted("50ms-read", "Read 64 MiB, 50 ms, 1 Gbit/s", 64 * MIB, 4 * MIB, mounts.read, network="50ms", slow=True),
    mounted("50ms-ls", "ls -lR of 2,000 files, 50 ms", 2_000, 100, mounts.listed, "tree", network="50ms", slow=True),
    mounted("50ms-cat", "cat of 200 small files, 50 ms", 200, 50, mounts.cat, "tree", network="50ms", slow=True),
    mounted("50ms-create", "cp -r of 200 small files, 50 ms", 200, 50, mounts.create, "tree", network="50ms", slow=True),
)


def chosen(words, short):
    """Cases with these names, or whose names begin so: get, tree-10k. Without words: all."""
    unknown = [word for word in words if not any(case.name.startswith(word) for case in CASES)]
    if unknown:
        raise SystemExit(f"bench: {' '.join(unknown)}: no such case; there are: {' '.join(case.name for case in CASES)}")
    if not words:
        return [case for case in CASES if not (short and case.slow)]
    return [case for case in CASES if any(case.name.startswith(word) for word in words)]


def peers_of(case, names):
    """Peers that take part; `names` narrows them down unless it is empty."""
    if case.own:
        return []
    far = case.network != "loopback"
    command = case.verb + ("_tree" if case.tree else "")
    can = [peer for peer in (VERIFIED if case.verified else PEERS) if (peer.server if far else not peer.far) and getattr(peer, command)]
    return [peer for peer in can if (not case.only or peer.name in case.only) and (not names or peer.name in names)]


def copying(case, place, peer, server, source, size):
    """The contender that carries `source` from one end to the other with this peer's command."""
    result = (place.out if case.verb == "get" else place.inbox) / source.name
    facts = {"source": source, "result": result, "name": source.name, "path": source.relative_to(place.share),
             "share": place.share, "out": place.out, "home": place.home, "bytes": size} | (server.facts if server else {})
    command = peer.command(case.verb, case.tree, facts)
    command[0] = place.tool(command[0])

    def clean():
        data.empty(place.out)
        data.empty(place.inbox)
    return Contender(peer.name, peer.group, [*place.network.client, *command], place.env, server,
                     check=(lambda _: data.check_equal(source, result)) if peer.carries else lambda _: {}, after=clean)
