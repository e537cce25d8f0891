"""Many sessions of one server at once, by the tests' small client: sessions.py VERB HOST PORT FINGERPRINT ARGUMENT...

Prints what it has found, as one JSON object or one word.
"""
import base64
import hashlib
import json
import os
import pathlib
import socket
import statistics
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "e2e"))
import proc  # noqa: E402
from place import PASSWORD, USER  # noqa: E402
import independent_client  # noqa: E402


class Prompt(independent_client.Channel):
    """Small frames leave at once, as those of dftp-cli do."""

    def __init__(self, *server):
        super().__init__(*server)
        self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


independent_client.Channel = Prompt  # for data connections too


class Session(independent_client.Client):
    """Logs in as it is told: without a password, which costs the server next to nothing, unless there is one."""

    def __init__(self, *server, **login):
        self.server, self.control, self.last_id, self.events = server, Prompt(*server), 0, []
        self.call("hello", version=1)
        self.call("login", **(login or {"method": "anonymous"}))


KNOWN = {"method": "password", "user": USER, "password": PASSWORD}


def timed(make):
    begin = time.monotonic()
    result = make()
    return result, time.monotonic() - begin


def idle(server, count, pid, at_start):
    """What a session costs: how much larger the server is than when it was new; and how long one more login takes."""
    sessions = [Session(*server) for _ in range(int(count))]
    time.sleep(1)
    memory = proc.memory([int(pid)], "VmRSS") - int(at_start)
    guests = statistics.median(timed(lambda: Session(*server))[1] for _ in range(9))
    password = statistics.median(timed(lambda: Session(*server, **KNOWN))[1] for _ in range(5))
    for session in sessions:
        session.call("ping")
    return {"KiB a session": memory / 1024 / len(sessions), "anonymous login ms": guests * 1e3, "password login ms": password * 1e3}


def crowd(server, count, path, md5):
    """All log in, then all ask at the same moment."""
    clients = [Session(*server) for _ in range(int(count))]
    start, seconds, errors = threading.Barrier(len(clients) + 1), [], []

    def download(client):
        start.wait()
        try:
            (content, _), taken = timed(lambda: client.get(path))
            assert hashlib.md5(content).hexdigest() == md5, "not equal"
            seconds.append(taken)
        except Exception as error:  # told below: one that is not served must not hide behind the others
            errors.append(error)
    threading.stack_size(256 << 10)
    threads = [threading.Thread(target=download, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    start.wait()
    for thread in threads:
        thread.join()
    if errors:
        sys.exit(f"{len(errors)} of {len(clients)} were not served: {errors[0]!r}")
    median = statistics.median(seconds)
    return {"slowest s": max(seconds), "median s": median, "slowest / median": max(seconds) / median}


def digests(server, path):
    """The root over all leaves of a file, as the server's answers give it."""
    client, leaves, total = Session(*server, **KNOWN), b"", 1
    while len(leaves) // 16 < total:
        page = client.call("digests", path=path, first=len(leaves) // 16)
        leaves += base64.b64decode(page["digests"])
        total = -(-page["size"] // 65536)
    return hashlib.md5(leaves).hexdigest()


VERBS = {"idle": idle, "crowd": crowd, "digests": digests}

if __name__ == "__main__":
    verb, host, port, fingerprint, *arguments = sys.argv[1:]
    found = VERBS[verb]((host, int(port), fingerprint), *arguments)
    print(found if isinstance(found, str) else json.dumps(found), flush=True)
    os._exit(0)  # 10,000 farewells are nobody's concern
