"""What the tests of a mount's protocol share: a server, and clients written from docs/protocol."""
import socket
import struct

from harness import PASSWORD, USER, Case
from mount_client import Fs, FsError

MIB = 1 << 20
ROOT = 1


class MountCase(Case):
    options = ()

    def setUp(self):
        super().setUp()
        self.host = self.server(*self.options)
        self.share = self.host.share

    def fs(self, **more):
        more = {"user": USER, "password": PASSWORD} | more
        client = Fs(self.host.host, self.host.port, self.host.fingerprint, **more)
        self.addCleanup(client.control.stream.close)
        return client

    def stream(self, fs):
        [data] = fs.streams(1)
        self.addCleanup(data.close)
        return data

    def fails(self, what, call, /, *arguments, **members):
        """With this errno, or this code when it is in small letters."""
        with self.assertRaises(FsError) as raised:
            call(*arguments, **members)
        error = raised.exception
        self.assertEqual(error.code if what.islower() else error.errno, what, error)

    def cut(self, fs):
        """As when the network fails: nobody says goodbye."""
        fs.control.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        fs.control.stream.close()

    def resume(self, fs, **more):
        again = self.fs(remount=fs.token, **more)
        again.seq, again.acked = fs.seq, fs.acked
        return again
