"""The same job by each peer: every file is compared with its source by MD5, from end to end, and is on the disk."""
from peers import CURL, FTP, GRIDFTP, GRID, GLOBUS, GLOBUS_TREE, PEERS, XRD, Peer

SFTP = 'echo "{command}" | sftp {{options}} -b - {{user}}@{{host}}'
RSYNC = "rsync -rtpW --fsync --checksum-choice=md5 "
# The source is hashed while it is carried, and at both ends by the tool that is there for it: no time for a login to
# the other machine counts.
SUM_OF_FILE = "md5sum < {%s} > {home}/%s"
SUM_OF_TREE = "(cd {%s} && find . -type f -print0 | sort -z | xargs -0 md5sum) > {home}/%s"
SYNC_FILE, SYNC_TREE = "sync -d {result}", "find {result} -type f -print0 | xargs -0 sync -d"


def synced(call, tree=False):
    """Of a peer that compares by itself, but leaves what arrives to the kernel."""
    return f"sh -c '{call} && {SYNC_TREE if tree else SYNC_FILE}'"


def summed(call, tree=False):
    """Of a peer that only carries."""
    total = SUM_OF_TREE if tree else SUM_OF_FILE
    return (f"sh -c '{total % ('source', 'sent')} & {call} && {SYNC_TREE if tree else SYNC_FILE} && "
            f"{total % ('result', 'arrived')} && wait && cmp {{home}}/sent {{home}}/arrived'")


def rsync(name, option):
    call = RSYNC + option
    return Peer(name, "plain", "rsync", ("rsync",), get=call + "rsync://{host}:{port}/share/{path} {result}",
                put=call + "{source} rsync://{host}:{port}/share/in/{name}",
                get_tree=call + "rsync://{host}:{port}/share/{path}/ {result}/",
                put_tree=call + "{source}/ rsync://{host}:{port}/share/in/{name}/")


def gridftp():
    one, many = GLOBUS + "-verify-checksum -checksum-alg MD5 ", GLOBUS_TREE + "-verify-checksum -checksum-alg MD5 "
    return Peer("gridftp -verify-checksum", "plain", **GRIDFTP, get=synced(one + GRID + "{path} file://{result}"),
                put=synced(one + "file://{source} " + GRID + "in/{name}"),
                # It asks its server for the sums of directories too, which fails.
                get_tree=summed(GLOBUS_TREE + GRID + "{path}/ file://{result}/", tree=True),
                put_tree=synced(many + "file://{source}/ " + GRID + "in/{name}/", tree=True))


def xrdcp():
    one, many = "xrdcp -f -s --cksum md5 ", "xrdcp -f -s -r --cksum md5 "
    return Peer("xrdcp --cksum md5", "plain", "xrootd", ("xrootd-server", "xrootd-client"),
                get=synced(one + XRD + "{path} {result}"), put=synced(one + "{source} " + XRD + "in/{name}"),
                get_tree=synced(many + XRD + "{path} {out}/", tree=True), put_tree=synced(many + "{source} " + XRD + "in/", tree=True))


def sftp():
    call = lambda words: SFTP.format(command=words)
    return Peer("sftp + md5sum", "tls", "sshd", ("openssh-server", "openssh-client"),
                get=summed(call("get {share}/{path} {result}")), put=summed(call("put {source} {share}/in/{name}")),
                get_tree=summed(call("get -r {share}/{path} {result}"), tree=True),
                put_tree=summed(call("put -r {source} {share}/in/{name}"), tree=True))


def curl(name, group, option, base):
    return Peer(name, group, "nginx", ("curl", "openssl"), ("nginx",), get=summed(CURL + option + "-o {result} " + base + "{path}"),
                put=summed(CURL + option + "-T {source} " + base + "in/{name}"))


VERIFIED = (
    *(peer for peer in PEERS if peer.name.startswith("dftp")),  # which does all of this by itself
    rsync("rsync --fsync", ""),  # it compares what arrived in any case
    rsync("rsync --fsync -c", "-c "),
    gridftp(),
    xrdcp(),
    curl("curl https + md5sum", "tls", "--cacert {ca} ", "https://{host}:{tls_port}/"),
    curl("curl http + md5sum", "plain", "", "http://{host}:{port}/"),
    sftp(),
    Peer("curl ftp + md5sum", "plain", "vsftpd", ("curl", *FTP), ("vsftpd",),
         get=summed(CURL + "-o {result} ftp://{host}:{port}/{path}"), put=summed(CURL + "-T {source} ftp://{host}:{port}/in/{name}")),
)
