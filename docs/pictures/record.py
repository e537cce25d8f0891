"""Records the session that session.svg shows: record.py DIRECTORY, on a host named "host", with the programs on $PATH.

Types what a person would type into a real shell at a pseudo-terminal, and writes everything that the terminal was sent to
server.typescript and session.typescript. DIRECTORY becomes the home of the person; draw.py draws the picture. Run it where
nothing else is: unshare --net --uts --pid --fork, with the loopback device up.
"""
import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import termios
import time

COLUMNS, ROWS = 96, 60
PROMPT = b"$ "
SESSION = b":/> "
CTRL_C = "\x03"


class Person:
    def __init__(self, home):
        master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (ROWS, COLUMNS))
        env = {"HOME": str(home), "USER": "ann", "PATH": os.environ["PATH"], "TERM": "xterm-256color", "PS1": PROMPT.decode(), "LC_ALL": "C.UTF-8"}
        self.shell = subprocess.Popen(["setsid", "--ctty", "bash", "--norc", "--noprofile", "-i"], cwd=home, env=env, stdin=slave, stdout=slave,
                                      stderr=slave)
        os.close(slave)
        self.master, self.seen, self.read_up_to = master, b"", 0

    def wait(self, pattern, seconds=60):
        """Until the terminal has shown this since the last time; what it found."""
        end = time.monotonic() + seconds
        while not (found := re.compile(pattern, re.DOTALL).search(self.seen, self.read_up_to)):
            if time.monotonic() > end:
                raise SystemExit(f"waited in vain for {pattern}:\n{self.seen.decode(errors='replace')}")
            if select.select([self.master], [], [], 0.1)[0]:
                self.seen += os.read(self.master, 65536)
        self.read_up_to = found.end()
        return found

    def type(self, text):
        time.sleep(0.5)  # what comes before a program asks for it without echo is lost
        os.write(self.master, text.encode())

    def line(self, text, then):
        self.type(text + "\n")
        return self.wait(then)


def record(home):
    (home / "shared" / "photos").mkdir(parents=True)
    (home / "shared" / "photos" / "天线15.jpg").write_bytes(b"picture" * 40_000)
    (home / "film.mkv").write_bytes(os.urandom(600_000_000))
    operator, user = Person(home), Person(home)
    operator.wait(re.escape(PROMPT))
    password = operator.line("dftp-server ~/shared 2>server.log", rb"\n  password +(\S+).*listening on \S+\r\n")[1].decode()

    user.wait(re.escape(PROMPT))
    user.line("dftp-cli dftp://ann@host/", rb"\(yes/no\)")
    user.line("yes", rb"Password[^\r\n]*: ")
    user.line(password, re.escape(SESSION))
    user.line("ls -l photos", re.escape(SESSION))
    user.line("put ~/film.mkv", rb"[34]\d %")
    user.type(CTRL_C)
    user.wait(re.escape(SESSION))
    for line in ("put ~/film.mkv", "md5 film.mkv", "!md5sum ~/film.mkv"):
        user.line(line, re.escape(SESSION))
    user.line("close", re.escape(PROMPT))
    return {"server": operator.seen, "session": user.seen}


if __name__ == "__main__":
    for name, typescript in record(pathlib.Path(sys.argv[1])).items():
        (pathlib.Path(__file__).parent / f"{name}.typescript").write_bytes(typescript)
