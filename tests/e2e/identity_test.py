"""Whether the server is the right one: pinned fingerprints, certificates of an authority."""
import os
import re
import subprocess
import unittest

from harness import Case

IDENTITY, LOGIN, USAGE = 4, 5, 2


def tool(*arguments, **more):
    return subprocess.run([*map(str, arguments)], check=True, capture_output=True, **more)


class Identity(Case):
    def test_an_unknown_server_is_refused_and_it_says_what_to_do(self):
        host = self.server()
        done = self.cli().run("ls", host.url(), expect=IDENTITY)
        for words in (host.fingerprint, "--accept-new", "--fingerprint"):
            self.assertIn(words, done.stderr.decode())
        self.assertEqual(self.cli().result("ls", host.url(), expect=IDENTITY)["error"]["code"], "identity")

    def test_accept_new_pins_and_a_change_is_refused(self):
        host, client = self.server(), self.cli()
        # It is remembered, and not given what was meant for others.
        said = client.run("--accept-new", "ls", host.url(), expect=LOGIN).stderr.decode()
        self.assertIn(host.fingerprint, said)
        self.assertIn("$DFTP_PASSWORD", said)
        client.run("ls", host.url())
        host.stop()
        for name in os.listdir(host.state):
            if not name.startswith("users"):
                os.remove(host.state / name)
        before = host.fingerprint
        host.start()
        self.assertNotEqual(host.fingerprint, before)
        for options in ([], ["--accept-new"]):
            said = client.run(*options, "ls", host.url(), expect=IDENTITY).stderr.decode()
            self.assertIn(before, said)
            self.assertIn(host.fingerprint, said)
            self.assertIn("known_hosts", said)

    def test_the_fingerprint_given_decides(self):
        host = self.server()
        client = self.cli()
        client.run("--fingerprint", host.fingerprint, "ls", host.url())
        client.run("--fingerprint", "SHA256:" + "A" * 43, "ls", host.url(), expect=IDENTITY)
        client.run("--fingerprint", "SHA256:short", "ls", host.url(), expect=USAGE)

    def test_a_server_of_a_fingerprint_is_known_from_then_on(self):
        host, client = self.server(), self.cli()
        client.run("--fingerprint", "SHA256:" + "A" * 43, "ls", host.url(), expect=IDENTITY)
        client.run("ls", host.url(), expect=IDENTITY)
        client.run("--fingerprint", host.fingerprint, "ls", host.url())
        client.run("ls", host.url())

    def test_a_fingerprint_does_not_change_a_server_that_is_known(self):
        host, client = self.server(), self.cli()
        known_hosts = client.home / ".config/dftp/known_hosts"
        known_hosts.parent.mkdir(parents=True)
        text = f"{host.host}:{host.port} SHA256:{'A' * 43}\n"
        known_hosts.write_text(text)
        client.run("--fingerprint", host.fingerprint, "ls", host.url())
        self.assertEqual(known_hosts.read_text(), text)
        client.run("ls", host.url(), expect=IDENTITY)

    def test_every_start_prints_the_fingerprint_before_it_listens(self):
        for options in ((), ("--anonymous",), ("--log-file", self.dir / "file.log")):
            with self.subTest(options):
                host = self.server(*options)
                self.assertRegex(host.output(), r"(?m)^fingerprint SHA256:[\w+/]{43}\nlistening on ")
                host.stop()
                self.assertEqual(len({*re.findall(r"SHA256:[\w+/]{43}", host.output())}), 1)

    def test_the_fingerprint_stays_over_a_restart(self):
        host = self.server()
        before = host.fingerprint
        host.stop()
        host.start()
        self.assertEqual(host.fingerprint, before)


class Authorities(Case):
    def setUp(self):
        super().setUp()
        self.authority("ca")

    def authority(self, name):
        tool("openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", self.dir / f"{name}.key",
             "-out", self.dir / f"{name}.pem", "-days", "2", "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE")

    def serve(self, names, expired=False, signer="ca"):
        request, extensions = self.dir / "request", self.dir / "extensions"
        extensions.write_text(f"subjectAltName={names}\nbasicConstraints=CA:FALSE\n")
        tool("openssl", "req", "-newkey", "ed25519", "-nodes", "-keyout", self.dir / "server.key", "-out", request,
             "-subj", "/CN=server")
        if expired:
            self.sign_expired(request, extensions, signer)
        else:
            tool("openssl", "x509", "-req", "-in", request, "-CA", self.dir / f"{signer}.pem", "-CAkey", self.dir / f"{signer}.key",
                 "-CAcreateserial", "-extfile", extensions, "-out", self.dir / "server.pem", "-days", "2")
        return self.server("--certificate", self.dir / "server.pem", "--key", self.dir / "server.key")

    def sign_expired(self, request, extensions, signer):
        """`openssl x509` of OpenSSL 3.0 cannot set dates; `openssl ca` can."""
        (self.dir / "index").touch()
        (self.dir / "serial").write_text("01\n")
        config = self.dir / "ca.cnf"
        config.write_text(f"[ca]\ndefault_ca=c\n[c]\ndatabase={self.dir}/index\nserial={self.dir}/serial\n"
                          f"new_certs_dir={self.dir}\ndefault_md=default\npolicy=p\n[p]\ncommonName=supplied\n")
        tool("openssl", "ca", "-batch", "-config", config, "-in", request, "-cert", self.dir / f"{signer}.pem", "-notext",
             "-keyfile", self.dir / f"{signer}.key", "-extfile", extensions, "-out", self.dir / "server.pem",
             "-startdate", "20200101000000Z", "-enddate", "20200102000000Z")

    def ls(self, host, expect, authority="ca", *options):
        return self.cli().run("--ca", self.dir / f"{authority}.pem", *options, "ls", host.url(), expect=expect)

    def test_a_certificate_of_the_ca_for_this_host(self):
        self.ls(self.serve("IP:127.0.0.1"), 0)

    def test_a_certificate_for_another_host(self):
        host = self.serve("DNS:example.org")
        self.ls(host, IDENTITY)
        self.cli().run("--fingerprint", host.fingerprint, "ls", host.url())

    def test_a_certificate_of_another_ca(self):
        self.authority("other")
        self.ls(self.serve("IP:127.0.0.1", signer="other"), IDENTITY)

    def plainly(self, host, expect, authority="ca", *options, client=None):
        """Without --ca, where the machine trusts this authority."""
        client = client or self.cli()
        client.env |= {"SSL_CERT_FILE": str(self.dir / f"{authority}.pem"), "SSL_CERT_DIR": "/nowhere"}
        return client.run(*options, "ls", host.url(), expect=expect)

    def test_who_is_vouched_for_by_the_machine_needs_no_pin_and_gets_none(self):
        host, client = self.serve("IP:127.0.0.1"), self.cli()
        self.plainly(host, 0, client=client)
        self.assertFalse((client.home / ".config/dftp/known_hosts").exists())
        self.plainly(host, IDENTITY, "missing", client=client)

    def test_the_machine_vouches_for_this_host_and_this_day_only(self):
        self.plainly(self.serve("DNS:example.org"), IDENTITY)
        self.authority("other")
        self.plainly(self.serve("IP:127.0.0.1", signer="other"), IDENTITY)
        self.plainly(self.server(), IDENTITY)

    def test_a_known_key_counts_more_than_who_vouches(self):
        host, client = self.serve("IP:127.0.0.1"), self.cli()
        known_hosts = client.home / ".config/dftp/known_hosts"
        known_hosts.parent.mkdir(parents=True)
        known_hosts.write_text(f"{host.host}:{host.port} SHA256:{'A' * 43}\n")
        self.plainly(host, IDENTITY, client=client)

    def test_a_renewed_certificate_of_the_same_key_is_no_alarm(self):
        host, client = self.serve("IP:127.0.0.1"), self.cli()
        client.run("--fingerprint", host.fingerprint, "ls", host.url())
        before, certificate = host.fingerprint, (self.dir / "server.pem").read_bytes()
        host.stop()
        tool("openssl", "x509", "-req", "-in", self.dir / "request", "-CA", self.dir / "ca.pem", "-CAkey", self.dir / "ca.key", "-CAcreateserial",
             "-out", self.dir / "server.pem", "-days", "1")
        self.assertNotEqual((self.dir / "server.pem").read_bytes(), certificate)
        host.start()
        self.assertEqual(host.fingerprint, before)
        client.run("ls", host.url())

    def test_authorities_that_cannot_be_read(self):
        host, noise = self.server(), self.dir / "noise.pem"
        noise.write_text("nothing of the kind")
        for authority in ("noise", "missing"):
            said = self.ls(host, USAGE, authority).stderr
            self.assertIn(os.fsencode(self.dir / f"{authority}.pem"), said)

    def test_a_certificate_made_by_the_server_itself(self):
        self.ls(self.server(), IDENTITY)

    def test_an_expired_certificate(self):
        try:
            host = self.serve("IP:127.0.0.1", expired=True)
        except AssertionError as refused:  # a server that does not even start with it
            self.assertIn("expired", str(refused))
            return
        self.assertIn(b"expired", self.ls(host, IDENTITY).stderr)
        self.assertIn(b"expired", self.cli().run("--fingerprint", host.fingerprint, "ls", host.url(), expect=IDENTITY).stderr)
        self.assertIn(b"expired", self.cli().run("--accept-new", "ls", host.url(), expect=IDENTITY).stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
