"""Certificates and keys for servers, made by openssl: (certificate, key), in files of a directory."""
import base64
import functools
import hashlib
import ssl
import subprocess


def tool(*arguments):
    subprocess.run(arguments, check=True, capture_output=True)


def self_signed(directory, name):
    crt, key = directory / f"{name}.crt", directory / f"{name}.key"
    tool("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout", key,
         "-out", crt, "-days", "10")
    return crt, key


def expired(directory, name):
    """`openssl req` of OpenSSL 3.0 cannot set dates; `openssl ca` can."""
    crt, key, request = directory / f"{name}.crt", directory / f"{name}.key", directory / f"{name}.request"
    tool("openssl", "req", "-newkey", "ed25519", "-nodes", "-keyout", key, "-out", request, "-subj", f"/CN={name}")
    (directory / "index").touch()
    (directory / "serial").write_text("01\n")
    config = directory / "ca.cnf"
    config.write_text(f"[ca]\ndefault_ca=c\n[c]\ndatabase={directory}/index\nserial={directory}/serial\nnew_certs_dir={directory}\n"
                      "default_md=default\npolicy=p\n[p]\ncommonName=supplied\n")
    tool("openssl", "ca", "-batch", "-config", config, "-selfsign", "-in", request, "-keyfile", key, "-notext", "-out", crt,
         "-startdate", "20200101000000Z", "-enddate", "20200102000000Z")
    return crt, key


@functools.cache
def fingerprint_of(certificate):
    """Of the key in a certificate (DER), which openssl takes out."""
    pem = ssl.DER_cert_to_PEM_cert(certificate).encode()
    key = subprocess.run(["openssl", "x509", "-noout", "-pubkey"], input=pem, check=True, capture_output=True).stdout
    digest = hashlib.sha256(base64.b64decode(b"".join(key.splitlines()[1:-1]))).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
