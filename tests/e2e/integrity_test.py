"""Bytes that change where nobody should change them: in a partial, or on the wire. Found, repaired, and told."""
import threading
import unittest

from harness import Case, in_use, make_file, partials, same, wait_for
from corrupting_proxy import CorruptingProxy, flip

MIB = 1 << 20
LEAF = 65536
SIZE = 24 * MIB + 12345
HALF = 12 * MIB


class Integrity(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server("--allow-plain-data")
        self.client = self.cli(self.host)

    def proxy(self, damage=None):
        proxy = CorruptingProxy(self.host.port, damage)
        self.addCleanup(proxy.close)
        return proxy

    def transfer(self, direction, port, *options):
        """Arguments of one transfer of SIZE bytes, its source and its target."""
        url = self.host.url("/file").replace(f":{self.host.port}/", f":{port}/")
        if direction == "put":
            source, target = self.dir / "source", self.host.share / "file"
        else:
            source, target = self.host.share / "file", self.dir / "got"
        make_file(source, SIZE)
        operands = (source, url) if direction == "put" else (url, target)
        return [direction, *options, *operands], source, target

    def interrupted(self, direction):
        """The rest of an attempt that died in the middle."""
        proxy = self.proxy()
        proxy.stall_after(HALF)
        arguments, source, target = self.transfer(direction, proxy.port, "--streams", "1")
        client = self.client.start(*arguments)
        self.assertTrue(proxy.stalled.wait(20))
        wait_for(lambda: [p for p in partials(target.parent) if p.stat().st_size > 6 * MIB], what="what had come to be written")
        client.kill()
        client.communicate()
        proxy.close()
        (partial,) = partials(target.parent)
        wait_for(lambda: not in_use(partial), what="the end of the attempt")
        self.assertGreater(partial.stat().st_size, 6 * MIB)
        return partial, self.transfer(direction, self.host.port)[0], source, target

    def check_damaged_partial(self, damage, repaired):
        for direction in ("put", "get"):
            with self.subTest(direction):
                partial, arguments, source, target = self.interrupted(direction)
                before = partial.stat().st_size
                with open(partial, "r+b") as file:
                    there = damage(file, before)
                result = self.client.result(*arguments)
                self.assertTrue(same(source, target))
                self.assertEqual(result["repaired"], repaired)
                self.assertEqual(result["resumed"] + result["transferred"], SIZE)
                self.assertGreaterEqual(result["resumed"], there // LEAF * LEAF - repaired)
                self.assertEqual(partials(target.parent), [])
                target.unlink()

    def test_an_untouched_partial_needs_no_repair(self):
        self.check_damaged_partial(lambda _, size: size, 0)

    def test_bytes_flipped_in_a_partial(self):
        def flip_three_leaves(file, size):
            for at in (0, 3 * MIB + 77, 5 * MIB + LEAF - 1):
                file.seek(at)
                byte = file.read(1)[0]
                file.seek(at)
                file.write(bytes([byte ^ 1]))
            return size
        self.check_damaged_partial(flip_three_leaves, 3 * LEAF)

    def test_a_partial_cut_off(self):
        def cut(file, size):
            file.truncate(size - 2 * MIB - 100)
            return size - 2 * MIB - 100
        self.check_damaged_partial(cut, 0)

    def test_a_partial_with_bytes_appended(self):
        def append_four_leaves(file, size):
            file.seek(size)
            file.write(b"x" * 4 * LEAF)
            return size
        self.check_damaged_partial(append_four_leaves, 4 * LEAF)

    def test_a_partial_longer_than_the_file(self):
        for direction in ("put", "get"):
            partial, arguments, source, target = self.interrupted(direction)
            with open(partial, "r+b") as file:
                file.seek(SIZE + 5 * MIB)
                file.write(b"beyond")
            self.client.run(*arguments)
            self.assertTrue(same(source, target), direction)
            self.assertEqual(target.stat().st_size, SIZE, direction)
            target.unlink()

    def test_a_partial_of_garbage(self):
        for direction in ("put", "get"):
            partial, arguments, source, target = self.interrupted(direction)
            partial.write_bytes(b"\xff" * (SIZE + 1))
            result = self.client.result(*arguments)
            self.assertEqual((result["transferred"], result["resumed"]), (SIZE, 0), direction)
            self.assertTrue(same(source, target), direction)
            target.unlink()

    def check_wire(self, damage, repaired, streams):
        for direction in ("put", "get"):
            with self.subTest(direction):
                arguments, source, target = self.transfer(direction, self.proxy(damage()).port, "--streams", streams)
                result = self.client.result("--plain-data", *arguments)
                self.assertTrue(same(source, target))
                self.assertGreaterEqual(result["repaired"], repaired)
                self.assertEqual(result["transferred"] - SIZE, result["repaired"])
                self.assertLessEqual(result["repaired"], SIZE)
                target.unlink()

    def test_bytes_flipped_on_the_wire(self):
        self.check_wire(lambda: Once(range(0, SIZE, MIB), lambda offset, payload: (offset, flip(payload, len(payload) - 9))),
                        24 * LEAF, 1)

    def test_bytes_flipped_on_the_wire_of_several_connections(self):
        self.check_wire(lambda: Once(range(0, SIZE, MIB), lambda offset, payload: (offset, flip(payload, len(payload) // 2))),
                        24 * LEAF, 4)

    def test_digests_flipped_on_the_wire(self):
        self.check_wire(lambda: Once([3 * MIB], lambda offset, payload: (offset, flip(payload, 3))), LEAF, 1)

    def test_good_bytes_that_arrive_at_a_wrong_place(self):
        for direction in ("put", "get"):
            damage = Once([3 * MIB], lambda offset, payload: (offset + MIB, payload))
            arguments, source, target = self.transfer(direction, self.proxy(damage).port, "--streams", "1")
            self.client.run("--plain-data", *arguments)
            self.assertTrue(same(source, target), direction)
            target.unlink()

    def test_a_line_that_always_damages_is_given_up(self):
        def damage(offset, payload):
            return (offset, flip(payload, len(payload) - 1) if offset // MIB == 7 else payload)
        for direction in ("put", "get"):
            arguments, _, target = self.transfer(direction, self.proxy(damage).port)
            result = self.client.result("--plain-data", *arguments, expect=9)
            self.assertEqual(result["error"]["code"], "integrity", direction)
            self.assertFalse(target.exists(), direction)

    def test_plain_data_only_where_the_server_allows_it(self):
        self.host.stop()
        self.host.options = ()
        self.host.start()
        arguments, _, target = self.transfer("put", self.host.port)
        self.client.run("--plain-data", *arguments, expect=7)
        self.assertFalse(target.exists())


class Once:
    """Damages each of these blocks the first time that it passes."""

    def __init__(self, offsets, how):
        self.left, self.how, self.lock = set(offsets), how, threading.Lock()

    def __call__(self, offset, payload):
        with self.lock:
            if offset not in self.left:
                return offset, payload
            self.left.remove(offset)
        return self.how(offset, payload)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
