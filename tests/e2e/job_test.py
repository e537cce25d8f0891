"""Uploads that are done once: jobs and their receipts, versions, and what is kept of the file that gives way."""
import json
import os
import unittest

from harness import Case, grown, make_file, partials, result_of, wait_for

SOME, USAGE, NOT_FOUND, INTEGRITY, CHANGED, EXISTS = 1, 2, 6, 9, 10, 11
MIB = 1024 * 1024


class Jobs(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        self.client = self.cli(self.host)
        self.source = make_file(self.dir / "dump", 300_000)
        self.receipt = self.dir / "receipt.json"

    def put(self, *options, path="/dump", **more):
        return self.client.result("put", *options, self.source, self.host.url(path), **more)

    # ---- once

    def test_a_job_is_done_once(self):
        first = self.put("--job", "nightly 1")
        self.assertFalse(first["already"])
        stored = (self.host.share / "dump").stat()
        make_file(self.source, 1000, seed=2)
        again = self.put("--job", "nightly 1", "--receipt", self.receipt)
        self.assertTrue(again["already"])
        self.assertEqual(again["receipt"], first["receipt"])
        self.assertEqual(json.loads(self.receipt.read_text()), first["receipt"])
        self.assertEqual((self.host.share / "dump").stat().st_ino, stored.st_ino)
        self.put("--job", "nightly 2")
        self.assertEqual((self.host.share / "dump").stat().st_size, 1000)

    def test_it_is_known_to_another_server_on_the_same_files_and_hidden(self):
        self.put("--job", "once")
        self.host.kill()
        self.host.start()
        self.assertTrue(self.put("--job", "once")["already"])
        self.assertEqual([entry["name"] for entry in self.client.result("ls", self.host.url("/"))["entries"]], ["dump"])

    def test_an_id_that_has_stored_another_file_is_refused(self):
        self.put("--job", "once")
        said = self.put("--job", "once", path="/other", expect=EXISTS)
        self.assertIn("/dump", said["error"]["message"])
        self.assertFalse((self.host.share / "other").exists())

    def test_killed_in_between_the_same_job_goes_on(self):
        make_file(self.source, 24 * MIB)
        client = self.client.start("--limit-rate", "20M", "put", "--job", "once", self.source, self.host.url("/dump"))
        wait_for(lambda: any(path.stat().st_size > 2 * MIB for path in partials(self.host.share)), what="a partial")
        client.kill()
        client.communicate()
        result = self.put("--job", "once", "--job-wait")
        self.assertFalse(result["already"])
        self.assertGreater(result["resumed"], 0)
        self.assertEqual((self.host.share / "dump").read_bytes(), self.source.read_bytes())

    def test_two_at_once_one_is_refused_or_waits(self):
        make_file(self.source, 4 * MIB)
        first = self.client.start("--json", "--limit-rate", "3M", "put", "--job", "once", self.source, self.host.url("/dump"))
        wait_for(lambda: partials(self.host.share), what="a partial")
        wait_for(lambda: len(partials(self.host.share)) == 2, what="both partials")
        refused = self.put("--job", "once", "--retries", 0, expect=SOME)
        self.assertEqual(refused["error"]["code"], "busy")
        waited = self.put("--job", "once", "--job-wait")
        output, _ = first.communicate(timeout=30)
        self.assertEqual(first.returncode, 0)
        self.assertTrue(waited["already"])
        self.assertEqual(waited["receipt"], result_of(output)["receipt"])

    # ---- receipts

    def test_a_receipt_proves_what_was_stored(self):
        self.put("--receipt", self.receipt)
        receipt = json.loads(self.receipt.read_text())
        self.assertEqual(set(receipt), {"url", "path", "size", "version", "md5", "root", "time", "durable"})
        stat = self.client.result("stat", self.host.url("/dump"))["entries"][0]
        self.assertEqual((receipt["version"], receipt["size"], receipt["durable"]), (stat["version"], 300_000, True))
        self.assertEqual(receipt["md5"], self.client.result("md5", self.host.url("/dump"))["md5"])
        self.assertEqual(self.client.run("verify", self.receipt).stdout, b"/dump: OK\n")
        os.rename(self.host.share / "dump", self.host.share / "moved")
        self.client.run("verify", self.receipt, expect=NOT_FOUND)
        self.client.run("verify", self.receipt, self.host.url("/moved"))
        self.client.run("-c", f"verify {self.receipt} moved", self.host.url())
        with open(self.host.share / "moved", "r+b") as file:
            file.write(b"x")
        self.client.run("verify", self.receipt, self.host.url("/moved"), expect=CHANGED)

    def test_a_receipt_without_a_directory_in_its_name(self):
        self.put("--receipt", "here.json", cwd=self.dir)
        self.client.run("verify", "here.json", cwd=self.dir)

    def test_no_more_jobs_are_remembered_than_was_set(self):
        self.host.stop()
        self.host.options = ("--max-jobs", "2")
        self.host.start()
        for job in ("1", "2", "1"):
            self.put("--job", job)
        said = self.client.run("put", "--job", "3", self.source, self.host.url("/other"), expect=SOME).stderr
        self.assertIn(b"max-jobs", said)
        self.assertFalse((self.host.share / "other").exists())
        self.assertTrue(self.put("--job", "2")["already"])
        self.assertEqual(len(partials(self.host.share)), 2)
        os.unlink(partials(self.host.share)[0])
        self.put("--job", "3", path="/other")

    def test_a_job_that_was_begun_goes_on_when_there_is_room_for_no_other(self):
        self.host.stop()
        self.host.options = ("--max-jobs", "2")
        self.host.start()
        self.put("--job", "1")
        make_file(self.source, 6_000_000)
        process = self.client.start("--limit-rate", "2M", "put", "--job", "2", self.source, self.host.url("/large"))
        wait_for(lambda: grown(self.host.share, 1_000_000), what="a part of it")
        process.kill()
        process.communicate()
        self.assertEqual(len(partials(self.host.share)), 3)
        self.assertGreater(self.put("--job", "2", path="/large")["resumed"], 0)

    def test_garbage_in_a_receipt(self):
        self.put("--receipt", self.receipt)
        good = json.loads(self.receipt.read_text())
        for text in ("", "{", "[]", "{}", json.dumps(good | {"md5": "x"}), json.dumps(good | {"size": -1}), json.dumps(good | {"url": 5}),
                     json.dumps(good | {"path": "/../etc/passwd"}), json.dumps(good | {"url": "http://x/"}), "\0" * 2_000_000):
            self.receipt.write_text(text)
            done = self.client.run("verify", self.receipt, expect=None)
            self.assertIn(done.returncode, (SOME, USAGE), text[:200])
        self.client.run("verify", self.dir / "missing", expect=NOT_FOUND)

    def test_no_receipt_without_a_file(self):
        self.source.unlink()
        self.put("--receipt", self.receipt, "--job", "once", expect=NOT_FOUND)
        self.assertFalse(self.receipt.exists())
        make_file(self.source, 10)
        self.put("--receipt", self.dir / "no/receipt", expect=USAGE)
        self.client.run("put", "--receipt", self.receipt, self.source, self.source, self.host.url("/"), expect=USAGE)
        self.client.run("put", "-r", "--job", "x", self.source, self.host.url("/"), expect=USAGE)

    # ---- versions

    def version(self, path="/dump"):
        return self.client.result("stat", self.host.url(path))["entries"][0]["version"]

    def test_put_if_version(self):
        self.put("--if-version", "none")
        self.put("--if-version", "none", expect=CHANGED)
        for size in (1000, 300_001):  # one with its announcement, one asked for
            version = self.version()
            make_file(self.source, size)
            self.put("--if-version", version)
            self.assertEqual((self.host.share / "dump").read_bytes(), self.source.read_bytes())
            make_file(self.source, size + 1)
            said = self.put("--if-version", version, expect=CHANGED)
            self.assertIn(self.version(), said["error"]["message"])
            self.assertEqual((self.host.share / "dump").stat().st_size, size)
        self.assertEqual([path.name for path in self.host.share.iterdir() if path.name != "dump" and not path.name.startswith(".dftp-part-")], [])

    def test_what_changes_while_it_is_sent_is_not_lost(self):
        self.put()
        make_file(self.source, 4 * MIB, seed=3)
        client = self.client.start("--json", "--limit-rate", "4M", "put", "--if-version", self.version(), self.source, self.host.url("/dump"))
        wait_for(lambda: partials(self.host.share), what="a partial")
        (self.dir / "theirs").write_bytes(b"theirs")
        os.replace(self.dir / "theirs", self.host.share / "dump")
        output, _ = client.communicate(timeout=30)
        self.assertEqual(client.returncode, CHANGED, output)
        self.assertEqual((self.host.share / "dump").read_bytes(), b"theirs")

    def test_get_if_version(self):
        self.put()
        version = self.version()
        target = self.dir / "got"
        self.client.run("get", "--if-version", version, self.host.url("/dump"), target)
        (self.host.share / "dump").write_bytes(b"other")
        said = self.client.run("get", "--if-version", version, self.host.url("/dump"), target, expect=CHANGED).stderr
        self.assertIn(self.version().encode(), said)
        self.assertEqual(target.stat().st_size, 300_000)

    # ---- what is there already

    def test_no_clobber(self):
        self.put()
        make_file(self.source, 10)
        self.put("--no-clobber", expect=EXISTS)
        target = self.dir / "got"
        target.write_bytes(b"mine")
        self.client.run("get", "--no-clobber", self.host.url("/dump"), target, expect=EXISTS)
        self.assertEqual((target.read_bytes(), (self.host.share / "dump").stat().st_size), (b"mine", 300_000))

    def test_backup(self):
        target = self.dir / "got"
        for size in (10, 300_000, 20, 300_001):
            make_file(self.source, size)
            before = (self.host.share / "dump").read_bytes() if size != 10 else None
            self.put("--backup")
            self.client.run("get", "--suffix", ".old", self.host.url("/dump"), target)
            for top, name, suffix in ((self.host.share, "dump", "~"), (self.dir, "got", ".old")):
                self.assertEqual((top / name).stat().st_size, size)
                kept = top / (name + suffix)
                self.assertEqual(kept.read_bytes() if kept.exists() else None, before)
        self.put("--suffix", "/x", expect=SOME)


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
