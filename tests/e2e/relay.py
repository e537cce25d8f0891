"""Passes connections on to a server: what stands between it and its clients in tests that cut, hold or damage them."""
import contextlib
import socket
import threading


class Relay:
    """Can end all connections. `buffer`: so many bytes at most are held on each side of a connection."""

    def __init__(self, port, buffer=None):
        self.target, self.buffer, self.ends, self.lock = port, buffer, [], threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.bound(self.listener)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def bound(self, end):
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF) if self.buffer else ():
            end.setsockopt(socket.SOL_SOCKET, option, self.buffer)

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket()
            self.bound(server)
            try:
                server.connect(("127.0.0.1", self.target))
            except OSError:  # it is not there at the moment
                server.close()
                client.close()
                continue
            with self.lock:
                self.ends += [client, server]
            threading.Thread(target=self.serve, args=(client, server), daemon=True).start()

    def serve(self, client, server):
        pump = self.pump_for(client)
        back = threading.Thread(target=self.run, args=(pump, server, client), daemon=True)
        back.start()
        self.run(pump, client, server)
        back.join()
        with self.lock:
            self.ends = [end for end in self.ends if end not in (client, server)]
        client.close()
        server.close()

    def run(self, pump, source, sink):
        with contextlib.suppress(OSError, EOFError):
            pump(source, sink)
        for end, how in ((source, socket.SHUT_RD), (sink, socket.SHUT_WR)):
            with contextlib.suppress(OSError):
                end.shutdown(how)

    def pump_for(self, client):
        """How both directions of this connection are passed."""
        return self.pump

    def pump(self, source, sink):
        while data := source.recv(self.buffer or 1 << 16):
            sink.sendall(self.passed(data))

    def passed(self, data):
        """What goes on in its place; may wait."""
        return data

    def cut(self):
        """Ends all connections that there are."""
        with self.lock:
            ends, self.ends = self.ends, []
            for end in ends:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.close()
        self.cut()
