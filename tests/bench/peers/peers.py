"""Who is compared: a row each. Commands are templates in the shell's words, filled with what is known of server and case."""
import shlex
from dataclasses import dataclass

# {source} and {result}: local paths of the file or tree and of where it goes; {path}: the source's path beneath the share, of
# a get; {name}: the name beneath the share's folder `in`, of a put. {share}, {home}, {bytes}, and the server's own facts.
DFTP = "dftp-cli -q --retries 0 --key {home}/dftp-key --fingerprint {fingerprint} "
CURL = "curl -sS --fail "
LFTP = "lftp -c 'set ftp:ssl-allow no; set cmd:fail-exit yes; open ftp://{host}:{port}; "
GLOBUS = "globus-url-copy -nodcau "
GLOBUS_TREE, GLOBUS_FAR = GLOBUS + "-r -cd -pp -cc 4 ", GLOBUS + "-p 8 -fast "
GRID = "ftp://{host}:{port}{share}/"
SFTP = "sh -c 'echo \"{command}\" | sftp {{options}} -b - {{user}}@{{host}}'"
XRD = "root://{host}:{port}/{share}/"
RSYNC = "rsync -rtpW "


@dataclass(frozen=True)
class Peer:
    name: str
    group: str  # tls, plain: what protects the data; floor: what it is measured by
    server: str = ""  # in servers.SERVERS
    packages: tuple = ()
    unpacked: tuple = ()  # packages of services that would start by themselves, or shut out others of their kind
    get: str = ""
    put: str = ""
    get_tree: str = ""
    put_tree: str = ""
    carries: bool = True  # False: bytes are sent, but no file
    far: bool = False  # True: takes part over long links only, to which its options are tuned

    def command(self, verb, tree, facts):
        """Its words; None when this peer has no such command."""
        template = getattr(self, verb + "_tree" if tree else verb)
        return [word.format(**facts) for word in shlex.split(template)] if template else None


def dftp(name, group, option):
    call = DFTP + option
    return Peer(name, group, "dftp", get=call + "get {url}/{path} {result}", put=call + "put {source} {url}/in/{name}",
                get_tree=call + "get -r {url}/{path} {result}", put_tree=call + "put -r {source} {url}/in/{name}")


def nginx(name, group, option, base):
    return Peer(name, group, "nginx", ("curl", "openssl"), ("nginx",), get=CURL + option + "-o {result} " + base + "{path}",
                put=CURL + option + "-T {source} " + base + "in/{name}")


GRIDFTP = {"server": "gridftp", "packages": (
    "globus-gass-copy-progs", "libglobus-gridftp-server6", "libglobus-gfork0", "libglobus-common0", "libglobus-xio0",
    "libglobus-gssapi-gsi4"), "unpacked": ("globus-gridftp-server-progs",)}
FTP = ("libwrap0", "libpam0g", "libcap2")

PEERS = (
    dftp("dftp", "tls", ""),
    dftp("dftp plain", "plain", "--plain-data "),
    nginx("curl https (nginx)", "tls", "--cacert {ca} ", "https://{host}:{tls_port}/"),
    Peer("sftp", "tls", "sshd", ("openssh-server", "openssh-client"),
         get=SFTP.format(command="get {share}/{path} {result}"), put=SFTP.format(command="put {source} {share}/in/{name}"),
         get_tree=SFTP.format(command="get -r {share}/{path} {result}"),
         put_tree=SFTP.format(command="put -r {source} {share}/in/{name}")),
    nginx("curl http (nginx)", "plain", "", "http://{host}:{port}/"),
    Peer("curl (vsftpd)", "plain", "vsftpd", ("curl", *FTP), ("vsftpd",),
         get=CURL + "-o {result} ftp://{host}:{port}/{path}", put=CURL + "-T {source} ftp://{host}:{port}/in/{name}"),
    Peer("lftp (vsftpd)", "plain", "vsftpd", ("lftp", *FTP), ("vsftpd",),
         get=LFTP + "pget -n 4 {path} -o {result}'", put=LFTP + "put {source} -o in/{name}'",
         get_tree=LFTP + "mirror -P 8 {path} {result}'",
         put_tree=LFTP + "mirror -R -P 8 --no-perms {source} in/{name}'"),
    Peer("gridftp", "plain", **GRIDFTP,
         get=GLOBUS + GRID + "{path} file://{result}", put=GLOBUS + "file://{source} " + GRID + "in/{name}",
         get_tree=GLOBUS_TREE + GRID + "{path}/ file://{result}/",
         put_tree=GLOBUS_TREE + "file://{source}/ " + GRID + "in/{name}/"),
    Peer("gridftp -p 8", "plain", **GRIDFTP, far=True, get=GLOBUS_FAR + GRID + "{path} file://{result}",
         put=GLOBUS_FAR + "file://{source} " + GRID + "in/{name}"),
    Peer("rsync daemon", "plain", "rsync", ("rsync",),
         get=RSYNC + "rsync://{host}:{port}/share/{path} {result}", put=RSYNC + "{source} rsync://{host}:{port}/share/in/{name}",
         get_tree=RSYNC + "rsync://{host}:{port}/share/{path}/ {result}/",
         put_tree=RSYNC + "{source}/ rsync://{host}:{port}/share/in/{name}/"),
    Peer("xrdcp", "plain", "xrootd", ("xrootd-server", "xrootd-client"),
         get="xrdcp -f -s " + XRD + "{path} {result}", put="xrdcp -f -s {source} " + XRD + "in/{name}",
         get_tree="xrdcp -f -s -r " + XRD + "{path} {out}/", put_tree="xrdcp -f -s -r {source} " + XRD + "in/"),
    Peer("cp", "floor", get="cp {source} {result}", put="cp {source} {share}/in/{name}",
         get_tree="cp -r {source} {result}", put_tree="cp -r {source} {share}/in/{name}"),
    Peer("iperf3", "floor", "iperf3", ("iperf3",), get="iperf3 -c {host} -p {port} -n {bytes} -Z -R",
         put="iperf3 -c {host} -p {port} -n {bytes} -Z", carries=False),
)
