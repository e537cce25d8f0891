"""Data connections that come before the request that they are for."""
import hmac
import json
import os
import unittest

from guard_harness import Peer, Refused
from harness import PASSWORD, USER, Case, add_user
from independent_client import ABORT, ATTACH, ATTACHED, FILE, block, proof

EARLY = 1


class EarlyAttach(Case):
    def setUp(self):
        super().setUp()
        self.host = self.server()
        (self.host.share / "file").write_bytes(b"content")

    def session(self):
        peer = Peer(self.host)
        self.addCleanup(peer.stream.close)
        return peer.log_in(USER, PASSWORD)

    def data(self, ticket, flags=EARLY):
        peer = Peer(self.host)
        self.addCleanup(peer.stream.close)
        peer.stream.sendall(block(ATTACH, payload=proof(ticket, "attach"), flags=flags))
        return peer

    def block(self, peer):
        header = peer.read(24)
        return header[4], peer.read(int.from_bytes(header[:4], "big"))

    def attached(self, peer, ticket):
        kind, payload = self.block(peer)
        self.assertEqual(kind, ATTACHED, payload)
        self.assertTrue(hmac.compare_digest(payload, proof(ticket, "attached")))
        return peer

    def cut(self, peer, code):
        kind, payload = self.block(peer)
        self.assertEqual((kind, json.loads(payload)["code"]), (ABORT, code))
        self.assertRaises(EOFError, peer.read, 1)

    def ticket(self):
        return os.urandom(32).hex()

    def refused(self, session, code, command="get", **params):
        with self.assertRaises(Refused) as refused:
            session.call(command, **params)
        error = json.loads(str(refused.exception))
        self.assertEqual(error["code"], code, error)
        return error

    def test_before_and_after_its_request(self):
        session = self.session()
        for first in (True, False):
            ticket = self.ticket()
            if first:
                data = self.data(ticket)
            part = session.part(session.begin("get", sources=["/file"], ticket=ticket, eager=100))
            self.assertEqual(part["tickets"], [ticket])
            if not first:
                data = self.data(ticket)
            self.attached(data, ticket)
            self.assertEqual(self.block(data)[0], FILE)

    def test_letters_of_either_size(self):
        session, ticket = self.session(), "AB" + self.ticket()[2:]
        data = self.data(ticket)
        session.part(session.begin("get", sources=["/file"], ticket=ticket))
        self.attached(data, ticket)

    def test_a_request_that_is_refused_ends_the_waiting(self):
        session, ticket = self.session(), self.ticket()
        data = self.data(ticket)
        self.refused(session, "not_found", sources=["/none"], ticket=ticket)
        self.cut(data, "login_failed")
        data = self.data(ticket)
        self.refused(session, "not_found", "put", targets=[{"path": "/none/there"}], ticket=ticket)
        self.cut(data, "login_failed")

    def test_whoever_comes_after_the_refusal_does_not_wait_either(self):
        """However it was refused: by its handler, or before it was begun."""
        add_user(self.host.state, "reader", PASSWORD, "--read-only")
        reader = Peer(self.host)
        self.addCleanup(reader.stream.close)
        reader.log_in("reader", PASSWORD)
        for session, command, code, params in ((self.session(), "get", "not_found", {"sources": ["/none"]}),
                                               (reader, "put", "read_only", {"targets": [{"path": "/new"}]})):
            ticket = self.ticket()
            self.refused(session, code, command, ticket=ticket, **params)
            self.cut(self.data(ticket), "login_failed")

    def test_requests_that_are_refused_are_no_offence(self):
        """Who asks for files that are not there is not kept out for what came along."""
        session = self.session()
        for _ in range(60):
            ticket = self.ticket()
            data = self.data(ticket)
            self.refused(session, "not_found", sources=["/none"], ticket=ticket)
            self.cut(data, "login_failed")
            data.stream.close()
        self.session()

    def test_without_the_flag_nobody_waits(self):
        self.cut(self.data(self.ticket(), flags=0), "login_failed")

    def test_who_does_not_know_the_secret_is_cut_and_uses_nothing_up(self):
        session, ticket = self.session(), self.ticket()
        wrong = self.data(ticket[:32] + self.ticket()[32:])
        right = self.data(ticket)
        session.part(session.begin("get", sources=["/file"], ticket=ticket))
        self.cut(wrong, "login_failed")
        self.attached(right, ticket)

    def test_what_is_no_ticket_is_refused(self):
        session = self.session()
        for ticket in ("x", "0" * 63, "g" * 64, "0" * 64, "f" * 64, self.ticket()[:32] + "7" * 32, self.ticket() + "00"):
            error = self.refused(session, "invalid_request", sources=["/file"], ticket=ticket)
            self.assertEqual(error["where"], "params.ticket", ticket)

    def test_one_that_is_out_is_refused_in_any_session_and_the_first_goes_on(self):
        first, second, ticket = self.session(), self.session(), self.ticket()
        first.part(first.begin("get", sources=["/file"], ticket=ticket))
        for session in (first, second):
            self.refused(session, "exists", sources=["/file"], ticket=ticket)
        self.attached(self.data(ticket), ticket)

    def test_a_ticket_is_good_once(self):
        session, ticket = self.session(), self.ticket()
        session.part(session.begin("get", sources=["/file"], ticket=ticket))
        self.attached(self.data(ticket), ticket)
        self.cut(self.data(ticket, flags=0), "login_failed")

    def test_a_copy_between_servers_has_no_use_for_one(self):
        session = self.session()
        self.refused(session, "invalid_request", "fetch", put={"targets": [{"path": "/a"}], "ticket": self.ticket()})


if __name__ == "__main__":
    unittest.main(verbosity=2, warnings="ignore")
