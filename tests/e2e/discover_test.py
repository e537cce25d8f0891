"""Servers that are found, that are waited for, and what the doctor says of them."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest
import xml.etree.ElementTree

from harness import USER, Case, wait_for
from corrupting_proxy import CorruptingProxy

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
from link import inside  # noqa: E402

NO_CONNECTION, IDENTITY, LOGIN, NOT_FOUND = 3, 4, 5, 6
PORT, SIZE = 2121, 1024


def question(ask="0123"):
    return (b'dftp1? ' + json.dumps({"ask": ask}).encode()).ljust(SIZE)


class TwoMachines:
    """Two network namespaces on one link that has IPv6 and nothing else; ended with the `with` block."""

    def __enter__(self):
        self.holders = []
        for _ in range(2):
            holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo ready; exec sleep 1000"], stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True)
            self.holders.append(holder)
            said = holder.stdout.readline()
            if said != "ready\n":
                self.give_up(said)
        one, other = (str(holder.pid) for holder in self.holders)
        self.ip("link", "add", "cable", "netns", one, "type", "veth", "peer", "name", "cable", "netns", other)
        for pid in (one, other):
            with inside(f"/proc/{pid}/ns/net"):
                self.ip("link", "set", "lo", "up")
                self.ip("link", "set", "cable", "up")
        return self

    def give_up(self, why):
        self.__exit__()
        raise unittest.SkipTest(f"no network namespaces with a link can be made here: {why.strip()}")

    def ip(self, *words):
        done = subprocess.run(["ip", *words], capture_output=True, text=True)
        if done.returncode != 0:
            self.give_up(done.stderr)

    def at(self, end):
        """For a `with` block: what it starts is on this machine, 0 or 1."""
        return inside(f"/proc/{self.holders[end].pid}/ns/net")

    def wait_until_up(self):
        for end in range(2):
            with self.at(end):
                wait_for(lambda: "tentative" not in self.addresses() and "fe80" in self.addresses(), what="an address")

    def addresses(self):
        return subprocess.run(["ip", "-6", "address", "show", "dev", "cable"], capture_output=True, text=True).stdout

    def __exit__(self, *_):
        for holder in self.holders:
            holder.kill()
            holder.communicate()


class Discover(Case):
    def found(self, client, server):
        """What is found of this server: others may run on this machine."""
        entries = client.result("discover")["entries"]
        return [entry for entry in entries if entry["fingerprint"] == server.fingerprint]

    def ask(self, datagram, seconds=0.5):
        """The answers that servers on this machine give."""
        answers = []
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            peer.sendto(datagram, ("127.255.255.255", PORT))
            deadline = time.monotonic() + seconds
            while (left := deadline - time.monotonic()) > 0:
                peer.settimeout(left)
                try:
                    answers.append(peer.recv(4096))
                except TimeoutError:
                    break
        return answers

    def test_announced_servers_are_found_and_remembered_others_are_not(self):
        silent = self.server()
        self.assertEqual(self.found(self.cli(), silent), [])
        silent.stop()
        server = self.server("--announce", "--announce-name", "Fotos 目录")
        client = self.cli(server)
        entry, = self.found(client, server)
        self.assertEqual(entry["name"], "Fotos 目录")
        self.assertTrue(entry["url"].endswith(f":{server.port}/"), entry)
        text = self.cli().run("--timeout", "2", "discover").stdout.decode()
        self.assertIn(server.fingerprint, text)
        remembered = (client.home / ".cache/dftp/servers").read_text().splitlines()
        self.assertIn("Fotos 目录", [json.loads(line)["name"] for line in remembered])

    def test_no_answer_is_larger_than_its_question_or_comes_to_rubbish(self):
        server = self.server("--announce", "--announce-name", "x" * 64)
        own = [answer for answer in self.ask(question()) if server.fingerprint.encode() in answer]
        self.assertEqual(len(own), 1)
        self.assertLessEqual(len(own[0]), SIZE)
        self.assertTrue(own[0].startswith(b"dftp1! {"))
        for wrong in (b"", b"dftp1? {}", question()[:-1], question() + b" ", b"x" * SIZE, b"dftp1? [".ljust(SIZE), question(""), question("x" * 65),
                      own[0].ljust(SIZE)):
            self.assertEqual([answer for answer in self.ask(wrong, 0.1) if server.fingerprint.encode() in answer], [], wrong)

    def test_a_source_gets_so_many_answers_a_second(self):
        server = self.server("--announce")
        time.sleep(1.1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            for _ in range(200):
                peer.sendto(question(), ("127.255.255.255", PORT))
            peer.settimeout(0.5)
            count = 0
            try:
                while True:
                    count += server.fingerprint.encode() in peer.recv(4096)
            except TimeoutError:
                pass
        self.assertTrue(1 <= count <= 20, count)

    def test_by_ipv6_alone_and_what_is_found_can_be_opened(self):
        if os.getuid() != 0 or not shutil.which("ip"):
            self.skipTest("needs root and ip(8)")
        with TwoMachines() as machines:
            machines.wait_until_up()
            with machines.at(0):
                server = self.server("--announce", listen="[::]:0")
            (server.share / "目录").mkdir()
            with machines.at(1):
                entry, = self.cli(server).result("discover")["entries"]
                self.assertEqual(entry["fingerprint"], server.fingerprint)
                self.assertRegex(entry["url"], r"^dftp://\[fe80::.*cable\]")
                url = entry["url"].replace("dftp://", f"dftp://{USER}@")
                self.assertEqual(self.cli(server).run("ls", url).stdout.decode(), "目录\n")

    def test_listens_as_long_as_it_is_told(self):
        server = self.server("--announce")
        begun = time.monotonic()
        self.cli(server).run("--timeout", "3", "discover")
        self.assertTrue(2.5 < time.monotonic() - begun < 6)
        self.assertIn(server.fingerprint, self.cli(server).run("-c", "discover", server.url()).stdout.decode())

    def test_the_service_for_avahi_is_what_it_says(self):
        service = xml.etree.ElementTree.parse(ROOT / "docs/dftp.avahi.service").getroot().find("service")
        self.assertEqual((service.findtext("type"), service.findtext("port")), ("_dftp._tcp", str(PORT)))
        self.assertIn("dftp.avahi.service", (ROOT / "docs/operations.md").read_text())

    def test_a_server_without_an_address_on_the_network_cannot_announce(self):
        with self.assertRaisesRegex(AssertionError, "needs an address on the network"):
            self.server("--announce", listen=f"unix:{self.dir}/s")

    # ---- --wait

    def test_waits_for_a_server_that_is_not_up_yet(self):
        server = self.server()
        (server.share / "file").write_bytes(b"content")
        server.stop()
        child = self.cli(server).start("--wait=30", "cat", server.url("/file"))
        self.addCleanup(child.communicate)
        line = child.stderr.readline()
        self.assertIn(b"Waiting for it for up to 30 s", line)
        server.start()
        self.assertEqual(child.communicate(timeout=20)[0], b"content")
        self.assertEqual(child.returncode, 0)

    def test_waits_no_longer_than_it_may_and_not_for_what_time_does_not_mend(self):
        server = self.server()
        self.cli(server, password="wrong").run("--wait=30", "ls", server.url(), expect=LOGIN, timeout=15)
        server.stop()
        begun = time.monotonic()
        self.cli(server).run("--wait=1", "--retries", 0, "ls", server.url(), expect=NO_CONNECTION)
        self.assertTrue(1 <= time.monotonic() - begun < 8)

    # ---- doctor

    def verdicts(self, *arguments, expect=0, client=None):
        result = client.result("doctor", *arguments, expect=expect)
        return {entry["check"]: entry["verdict"] for entry in result["entries"]}, result

    def test_a_healthy_server(self):
        server = self.server()
        verdicts, result = self.verdicts(server.url(), client=self.cli(server))
        self.assertEqual(list(verdicts), ["name", "port", "identity", "login", "round trip", "clock", "data connection", "upload", "download",
                                          "commit", "clean-up"])
        self.assertLessEqual(set(verdicts.values()), {"ok", "slow"}, result)
        rates = [entry["bytes_per_second"] for entry in result["entries"] if entry["check"] in ("upload", "download")]
        self.assertTrue(all(rate > 0 for rate in rates))
        self.assertEqual(list(pathlib.Path(server.share).iterdir()), [])
        text = self.cli(server).run("doctor", server.url()).stdout.decode()
        self.assertEqual(len(text.splitlines()), 11)
        self.assertRegex(text, r"(?m)^ok +login +as anna$")

    def test_who_may_only_read_is_told_what_was_not_checked(self):
        server = self.server("--read-only")
        verdicts, _ = self.verdicts(server.url(), client=self.cli(server))
        self.assertEqual({verdicts[name] for name in ("upload", "download", "commit", "clean-up")}, {"skipped"})
        self.assertEqual(verdicts["login"], "ok")

    def test_each_failure_has_its_line_and_its_exit_code(self):
        server = self.server()
        for client, arguments, code, failed in ((self.cli(server, password="wrong"), [server.url()], LOGIN, "login"),
                                                (self.cli(), ["--fingerprint", "SHA256:" + "A" * 43, server.url()], IDENTITY, "identity"),
                                                (self.cli(server), [server.url("/missing")], NOT_FOUND, "upload"),
                                                (self.cli(server), ["dftp://no.such.host.invalid/"], NO_CONNECTION, "name")):
            verdicts, result = self.verdicts(*arguments, expect=code if failed != "upload" else 1, client=client)
            self.assertEqual(next(name for name in verdicts if verdicts[name] == "failed"), failed, result)
        server.stop()
        verdicts, _ = self.verdicts(server.url(), expect=NO_CONNECTION, client=self.cli(server))
        self.assertEqual((verdicts["port"], verdicts["login"]), ("failed", "skipped"))

    def slow_doctor(self, server, budget, *arguments):
        """One whose upload hangs behind so many bytes, and the proxy that holds it up."""
        proxy = CorruptingProxy(server.port)
        self.addCleanup(proxy.close)
        proxy.stall_after(budget)
        doctor = self.cli(server).start("doctor", *arguments, f"dftp://{USER}@127.0.0.1:{proxy.port}/")
        self.addCleanup(doctor.communicate)
        self.assertTrue(proxy.stalled.wait(20))
        return doctor, proxy

    def test_nothing_is_left_on_the_server_when_it_is_interrupted(self):
        server = self.server()
        for budget in (600_000, 5_000_000):  # in the first file, and in the one that takes its place
            doctor, proxy = self.slow_doctor(server, budget)
            doctor.send_signal(signal.SIGINT)
            time.sleep(0.2)
            proxy.stall_after(None)
            out, err = doctor.communicate(timeout=30)
            self.assertEqual(doctor.returncode, 130, err)
            self.assertRegex(out.decode(), r"(?m)^skipped upload +interrupted$")
            self.assertRegex(out.decode(), r"(?m)^ok +clean-up +the test file is removed$")
            self.assertEqual(os.listdir(server.share), [])

    def test_a_second_interrupt_waits_for_nothing(self):
        server = self.server()
        doctor, _ = self.slow_doctor(server, 600_000)
        for _ in range(2):
            doctor.send_signal(signal.SIGINT)
            time.sleep(0.3)
        self.assertEqual(doctor.wait(5), 130)

    # ---- UNIX sockets

    def test_a_unix_socket_needs_neither_tls_nor_password(self):
        path = self.dir / "dftp.sock"
        server = self.server(listen=f"unix:{path}", user=False)
        (server.share / "file").write_bytes(b"content")
        client = self.cli(password=None)
        self.assertEqual(client.run("cat", f"dftp+unix://{path}:/file").stdout, b"content")
        self.assertEqual(client.run("echo", f"dftp+unix://{path}:/", "hi").stdout, b"hi\n")
        verdicts, _ = self.verdicts(f"dftp+unix://{path}:/", client=client)
        self.assertEqual(verdicts["clean-up"], "ok")


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
