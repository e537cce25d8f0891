"""How each server is started: a function each, from a Place to a Server (or Unavailable)."""
import os
import re

from place import BIN, PASSWORD, USER, free_port, stranger


def dftp(place, name="dftp", options=(), env=None):
    state = place.state(name)
    key = place.home / "dftp-key"  # a login by password costs 50 ms on purpose
    if not key.exists():
        place.call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
    place.call(BIN / "dftp-server", "user", "add", USER, "--key", f"{key}.pub", "--password-stdin", "--state", state,
               input=PASSWORD)
    port = free_port()
    server = place.launch(state, BIN / "dftp-server", place.share, "--state", state, "--listen",
                          f"{place.network.host}:{port}", "--allow-plain-data", *options, port=port, says="listening on", env=env)
    server.facts |= {"fingerprint": re.search(r"SHA256:[\w+/]+", server.output())[0],
                     "url": f"dftp://{USER}@{place.network.host}:{port}"}
    return server


def nginx(place):
    state, port, tls_port = place.state("nginx"), free_port(), free_port()
    place.call("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
               "-subj", "/CN=bench", "-addext", f"subjectAltName=IP:{place.network.host}",
               "-keyout", state / "key.pem", "-out", place.home / "nginx.pem")
    temporary = "\n".join(f"  {kind}_temp_path {state}/{kind};" for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.geteuid() == 0 else ""
    config = state / "nginx.conf"
    config.write_text(f"""
{user} worker_processes auto; daemon off; pid {state}/pid; error_log stderr;
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; sendfile_max_chunk 2m; client_max_body_size 0;
  client_body_temp_path {place.share}/.nginx;
{temporary}
  server {{
    listen {place.network.host}:{port}; listen {place.network.host}:{tls_port} ssl;
    ssl_certificate {place.home}/nginx.pem; ssl_certificate_key {state}/key.pem; ssl_protocols TLSv1.3;
    root {place.share}; dav_methods PUT;
  }}
}}
""")
    return place.launch(state, "nginx", "-p", state, "-e", "stderr", "-c", config, port=port, tls_port=tls_port,
                        ca=place.home / "nginx.pem")


def vsftpd(place):
    state, port = place.state("vsftpd"), free_port()
    (state / "empty").mkdir(mode=0o555)
    options = {
        "listen": "YES", "listen_ipv6": "NO", "listen_address": place.network.host, "listen_port": port, "background": "NO",
        "anonymous_enable": "YES", "no_anon_password": "YES", "anon_root": place.share, "anon_umask": "022", "write_enable": "YES",
        "anon_upload_enable": "YES", "anon_mkdir_write_enable": "YES", "anon_world_readable_only": "NO",
        "seccomp_sandbox": "NO", "secure_chroot_dir": state / "empty",
    }
    if os.geteuid() == 0:
        options |= {"ftp_username": "daemon", "nopriv_user": stranger()}  # it insists on a home directory
    else:
        options |= {"run_as_launching_user": "YES", "allow_writeable_chroot": "YES"}
    config = state / "vsftpd.conf"
    config.write_text("".join(f"{key}={value}\n" for key, value in options.items()))
    return place.launch(state, "vsftpd", config, port=port)


def gridftp(place):
    state, port = place.state("gridftp"), free_port()
    return place.launch(state, "globus-gridftp-server", "-aa", "-anonymous-user", stranger(), "-p", port, "-control-interface",
                        place.network.host, "-data-interface", place.network.host, "-no-detach",
                        "-exec", place.tool("globus-gridftp-server"), port=port)


def rsync(place):
    state, port = place.state("rsync"), free_port()
    config = state / "rsyncd.conf"
    config.write_text(f"address = {place.network.host}\nport = {port}\nuse chroot = no\nlog file = {state}/log\n"
                      f"[share]\npath = {place.share}\nread only = false\n")
    return place.launch(state, "rsync", "--daemon", "--no-detach", f"--config={config}", port=port)


def sshd(place):
    state, port = place.state("sshd"), free_port()
    for name in (state / "host", place.home / "key"):
        place.call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name)
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)  # where Debian's sshd locks up its unprivileged half
    host_key = (state / "host.pub").read_text()
    (place.home / "known_hosts").write_text(f"[{place.network.host}]:{port} {host_key}")
    config = state / "sshd_config"
    config.write_text(f"ListenAddress {place.network.host}:{port}\nHostKey {state}/host\nAuthorizedKeysFile {place.home}/key.pub\n"
                      "Subsystem sftp internal-sftp\nUsePAM no\nStrictModes no\nPermitRootLogin prohibit-password\nPidFile none\n")
    user = place.call("id", "-un").strip()
    options = f"-q -P {port} -i {place.home}/key -o UserKnownHostsFile={place.home}/known_hosts -o IdentitiesOnly=yes -F none"
    return place.launch(state, "sshd", "-D", "-e", "-f", config, port=port, options=options, user=user)


def xrootd(place):
    user = stranger()
    state, port = place.state("xrootd", owner=user), free_port()
    config = state / "xrootd.cfg"
    config.write_text(f"all.export {place.share} writable\nall.adminpath {state}/admin\nall.pidpath {state}\n"
                      f"oss.localroot /\nxrd.port {port}\nxrd.network nodnr\n"
                      "xrootd.chksum md5\n")
    as_user = ("-R", user) if os.geteuid() == 0 else ()
    config.chmod(0o644)
    return place.launch(state, "xrootd", *as_user, "-n", "bench", "-c", config, port=port)


def iperf3(place):
    state, port = place.state("iperf3"), free_port()
    return place.launch(state, "iperf3", "-s", "-B", place.network.host, "-p", port, port=port)


SERVERS = {"dftp": dftp, "nginx": nginx, "vsftpd": vsftpd, "gridftp": gridftp, "rsync": rsync, "sshd": sshd, "xrootd": xrootd,
           "iperf3": iperf3}
