"""The link emulator keeps its word, with real TCP and UDP through it; and dftp over a long link that fails."""
import contextlib
import json
import pathlib
import socket
import sys
import threading
import time
import unittest

import harness

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from link import Link, why_not  # noqa: E402


def setUpModule():
    reason = why_not()
    if reason:
        raise unittest.SkipTest(f"no link can be made here: {reason}")


def connection(link):
    """A TCP connection through the link, as (server's socket, client's socket)."""
    with link.at_server():
        listener = socket.create_server((link.server_address, 0))
    with listener:
        with link.at_client():
            client = socket.create_connection(listener.getsockname(), timeout=20)
        return listener.accept()[0], client


def datagrams(link):
    """UDP sockets as (server's, client's); the client's is connected to the other."""
    with link.at_server():
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((link.server_address, 0))
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    server.settimeout(2)
    with link.at_client():
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.connect(server.getsockname())
    return server, client


def received(server):
    """The numbers in all datagrams that come until none comes for a while."""
    numbers = []
    with contextlib.suppress(TimeoutError):
        while True:
            numbers.append(int.from_bytes(server.recv(2000)[:4], "big"))
    return numbers


def datagram(number, size=100):
    return number.to_bytes(4, "big").ljust(size, b"\0")


class Emulator(unittest.TestCase):
    def test_a_connect_takes_a_round_trip(self):
        with Link(rtt=0.1) as link:
            with link.at_server():
                listener = socket.create_server((link.server_address, 0))
            with listener, link.at_client():
                begin = time.monotonic()
                with socket.create_connection(listener.getsockname()):
                    self.assertGreaterEqual(time.monotonic() - begin, 0.1)
                    stats = link.stats()
            self.assertEqual((stats["to_server"]["flights"], stats["to_client"]["flights"]), (1, 2))

    def test_flights_are_those_that_somebody_waits_for(self):
        with Link(rtt=0.02) as link:
            server, client = connection(link)
            before = link.flights()
            with server, client:
                for _ in range(3):  # a question and its answer
                    client.sendall(b"?")
                    server.recv(1)
                    server.sendall(bytes(100_000))
                    left = 100_000
                    while left:
                        left -= len(client.recv(left))
                self.assertEqual(link.flights() - before, 3 * 2)
                for _ in range(3):  # one way only
                    client.sendall(b"!")
                    server.recv(1)
                self.assertEqual(link.flights() - before, 3 * 2 + 1)

    def test_tcp_runs_at_the_rate_and_not_above(self):
        size, rate = 24_000_000, 50e6
        with Link(rtt=0.01, rate=rate) as link:
            server, client = connection(link)
            with server, client:
                sender = threading.Thread(target=server.sendall, args=(bytes(size),))
                sender.start()
                left = size
                while left:
                    left -= len(client.recv(1 << 20))
                sender.join()
                carried = link.stats()["to_client"]
        seconds = (carried["last_arrival"] - carried["first_arrival"]) / 1e9
        self.assertGreaterEqual(carried["bytes"], size)
        self.assertLess(size * 8 / seconds, rate)

    def test_the_directions_have_a_rate_each(self):
        size, rate = 6_000_000, 50e6
        with Link(rtt=0.01, rate=rate) as link:
            ends = connection(link)
            with ends[0], ends[1]:
                threads = [threading.Thread(target=end.sendall, args=(bytes(size),)) for end in ends]
                for thread in threads:
                    thread.start()
                left = {end: size for end in ends}
                readers = [threading.Thread(target=drain, args=(end, left)) for end in ends]
                for thread in readers:
                    thread.start()
                for thread in threads + readers:
                    thread.join()
                one, other = link.stats().values()
        # Each had its line for itself: on a shared one the first of one would be behind the last of the other, or both late.
        self.assertLess(one["first_arrival"], other["last_arrival"])
        self.assertLess(other["first_arrival"], one["last_arrival"])

    def test_loss_is_as_asked_and_repeats_with_the_seed(self):
        def numbers(seed):
            with Link(rtt=0.01, loss=0.1, seed=seed) as link:
                server, client = datagrams(link)
                with server, client:
                    for number in range(5000):
                        client.send(datagram(number))
                    arrived = received(server)
                counted = link.stats()["to_server"]
                self.assertEqual(counted["lost"] + counted["dropped"], counted["packets"] - len(arrived))
                self.assertAlmostEqual(counted["lost"] / counted["packets"], 0.1, delta=0.02)
                return arrived

        first = numbers(1)
        self.assertEqual(first, sorted(first), "nothing is overtaken")
        self.assertEqual(first, numbers(1))
        self.assertNotEqual(first, numbers(2))

    def test_what_does_not_fit_into_the_queue_is_dropped(self):
        with Link(rate=1e6, queue=20_000) as link:
            server, client = datagrams(link)
            with server, client:
                for number in range(100):
                    client.send(datagram(number, 962))  # 1,028 bytes on the line, 8 ms of it
                arrived = received(server)
            self.assertEqual(link.stats()["to_server"]["dropped"], 100 - len(arrived))
        self.assertEqual(arrived[:19], list(range(19)))
        self.assertLess(len(arrived), 60)

    def test_while_it_is_down_nothing_arrives(self):
        with Link() as link:
            server, client = datagrams(link)
            with server, client:
                client.send(datagram(1))
                self.assertEqual(server.recv(100)[:4], datagram(1)[:4])
                link.down()
                client.send(datagram(2))
                link.up()
                client.send(datagram(3))
                self.assertEqual(received(server), [3])

    def test_nothing_stays_when_it_is_killed(self):
        with Link() as link:
            with link.at_server():
                self.assertIn("link", [name for _, name in socket.if_nameindex()])
                link.end()
                self.assertNotIn("link", [name for _, name in socket.if_nameindex()])
            self.assertNotIn("link", [name for _, name in socket.if_nameindex()])
            self.assertFalse(pathlib.Path(link.server_end).exists())


def drain(end, left):
    while left[end]:
        left[end] -= len(end.recv(1 << 20))


class Dftp(harness.Case):
    SIZE = 16_000_000

    def start(self, **shape):
        self.link = self.enterContext(Link(**shape))
        with self.link.at_server():
            self.far = self.server(listen=f"{self.link.server_address}:0")

    def transfer(self, verb, *options):
        """A client that gets `remote` or puts `local`, of SIZE bytes, and where the copy is to stand."""
        source, copy = self.dir / verb / "source", self.dir / verb / "copy"
        copy.parent.mkdir(exist_ok=True)
        cli = harness.Cli(self.dir / verb / "home", self.far)
        if verb == "get":
            source = self.far.share / "got"
            words = [self.far.url("/got"), copy]
        else:
            copy = self.far.share / "put"
            words = [source, self.far.url("/put")]
        harness.make_file(source, self.SIZE)
        with self.link.at_client():
            process = cli.start(*options, "--quiet", verb, *words)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process, source, copy

    def carried(self, direction):
        return self.link.stats()[direction]["bytes"]

    def test_get_and_put_outlast_a_link_that_is_down_for_a_moment(self):
        self.start(rtt=0.05, rate=40e6)
        for verb, direction in [("get", "to_client"), ("put", "to_server")]:
            with self.subTest(verb):
                enough = self.carried(direction) + self.SIZE / 4
                process, source, copy = self.transfer(verb)
                harness.wait_for(lambda: self.carried(direction) > enough, what="a transfer under way")
                lost = self.link.stats()[direction]["lost"]
                self.link.down()
                time.sleep(1)
                self.assertIsNone(process.poll())
                self.assertGreater(self.link.up()[direction]["lost"], lost, "something was under way")
                _, errors = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 0, errors)
                self.assertTrue(harness.same(source, copy))

    def test_a_slow_network_is_named_as_what_limits(self):
        self.SIZE = 4_000_000
        self.start(rtt=0.02, rate=40e6)
        for verb in ("get", "put"):
            process, _, _ = self.transfer(verb, "--json")
            output, errors = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, errors)
            self.assertEqual(json.loads(output.splitlines()[-1])["limited_by"], "network")

    def test_a_small_file_takes_three_round_trips_to_come_and_four_to_go(self):
        """TCP, TLS, and a request whose data connection attaches along with it; who sends waits for the answer first."""
        self.SIZE = 2
        self.start(rtt=0.3)
        for verb, trips in (("get", 3), ("put", 4)):
            taken = []
            for _ in range(3):
                before = self.link.flights()
                process, source, copy = self.transfer(verb)
                _, errors = process.communicate(timeout=60)
                # Of what says goodbye something may be counted, too, when this comes late.
                taken.append(max(direction["flights"] for direction in self.link.stats().values()) - before)
                self.assertEqual(process.returncode, 0, errors)
                self.assertTrue(harness.same(source, copy))
                copy.unlink()
            self.assertLessEqual(min(taken), trips * 2, (verb, taken))

    def test_a_link_that_is_gone_ends_a_client_that_must_not_retry(self):
        self.start(rtt=0.05, rate=40e6)
        clients = [self.transfer(verb, "--retries", 0)[0] for verb in ("get", "put")]
        for direction in ("to_client", "to_server"):
            harness.wait_for(lambda: self.carried(direction) > self.SIZE / 4, what="a transfer under way")
        self.link.end()
        for process in clients:
            # A minute of silence means that the peer is lost.
            _, errors = process.communicate(timeout=200)
            self.assertEqual(process.returncode, 3, errors)


if __name__ == "__main__":
    unittest.main()
