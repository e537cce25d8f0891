"""A program at a terminal: keys that are typed, and the screen as a person would see it."""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

# Debian's python3-pyte, also where another python3 comes first in $PATH.
sys.path.append("/usr/lib/python3/dist-packages")
import pyte  # noqa: E402

CTRL_C, CTRL_D, CTRL_U, TAB, UP, ENTER = "\x03", "\x04", "\x15", "\t", "\x1b[A", "\r"


class Terminal:
    """Runs `command` at a pseudo-terminal of its own; ended with the `with` block."""

    def __init__(self, command, env, columns=80, rows=24, cwd=None):
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.seen = b""  # everything that was ever written
        self.master, slave = pty.openpty()
        self._size(columns, rows)
        self.process = subprocess.Popen(list(map(str, command)), env=env | {"TERM": "xterm-256color"}, cwd=cwd, stdin=slave,
                                        stdout=slave, stderr=slave, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)

    def _size(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns, rows):
        """As a window's owner does: the screen keeps its text as far as it fits, the program hears of it."""
        self.screen.resize(rows, columns)
        self._size(columns, rows)

    def type(self, keys):
        os.write(self.master, keys.encode() if isinstance(keys, str) else keys)

    def read(self, seconds=0.02):
        """Takes in what was written; waits so long for the first of it."""
        while select.select([self.master], [], [], seconds)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError:  # nobody has it open any more
                return
            if not data:
                return
            self.seen += data
            self.stream.feed(data)
            seconds = 0

    def lines(self):
        """What stands on the screen, without blank ends."""
        lines = [line.rstrip() for line in self.screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def text(self):
        return "\n".join(self.lines())

    def wait(self, condition, seconds=20):
        """Until `condition` holds of the screen: a text that is on it, or a function of its lines."""
        holds = condition if callable(condition) else lambda lines: condition in "\n".join(lines)
        deadline = time.monotonic() + seconds
        while not holds(self.lines()):
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds} s in vain for {condition!r} on the screen:\n{self.text()}")
            self.read()
        return self.lines()

    def wait_prompt(self, end="> ", seconds=20):
        """Until the cursor stands behind a prompt: its end, or one of several."""
        def at_prompt(_):
            before = self.screen.display[self.screen.cursor.y][:self.screen.cursor.x]
            return before.endswith(end)
        return self.wait(at_prompt, seconds)

    def command(self, line, seconds=20):
        """Types a line, and returns what stands on the screen when the next prompt is there."""
        self.screen.reset()
        self.type(line + ENTER)
        self.wait(lambda lines: len(lines) > 0, seconds)
        return self.wait_prompt(seconds=seconds)

    def ended(self, seconds=20):
        """The exit code, once the program has ended by itself."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"the program did not end; its screen:\n{self.text()}")
            self.read()
        self.read()
        return self.process.returncode

    def modes(self):
        return termios.tcgetattr(self.master)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self.master)
