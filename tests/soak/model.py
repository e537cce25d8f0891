"""What must be there: for each name the contents that it may have, and for each log the records that it must hold."""
import hashlib
import os
import threading

ABSENT = None


def digest(content):
    """Of bytes; ABSENT stays what it is."""
    return ABSENT if content is ABSENT else hashlib.md5(content).hexdigest()


class Names:
    """Contents by name. An operation that was acknowledged leaves one content; one that failed may have been done or not."""

    def __init__(self):
        self.lock = threading.Lock()
        self.allowed = {}

    def begin(self, name, content):
        """The name may have this content from now on, besides what it may have already."""
        with self.lock:
            self.allowed.setdefault(name, {ABSENT}).add(digest(content))

    def done(self, name, content):
        """Acknowledged: the name has this content and no other."""
        with self.lock:
            self.allowed[name] = {digest(content)}

    def may_have(self, name, content):
        with self.lock:
            return digest(content) in self.allowed.get(name, {ABSENT})

    def settle(self, name, content):
        """Seen while nothing is under way: what it has now it keeps."""
        with self.lock:
            allowed = self.allowed.get(name, {ABSENT})
            if digest(content) not in allowed:
                return False
            self.allowed[name] = {digest(content)}
            return True

    def names(self):
        with self.lock:
            return list(self.allowed)


class Records:
    """Lines that are appended to a file by several writers: which are acknowledged, and which may be there."""

    def __init__(self):
        self.lock = threading.Lock()
        self.acknowledged, self.tried = set(), set()

    def begin(self, line):
        with self.lock:
            self.tried.add(line)

    def done(self, line):
        with self.lock:
            self.acknowledged.add(line)

    def whole(self, piece):
        """The record in it. The beginning of one that was not acknowledged may stand before it, of one byte or more:
        the disk was full, or the server was killed while it wrote."""
        while piece and piece not in self.tried:
            torn = max((os.path.commonprefix([piece, line]) for line in self.tried - self.acknowledged), key=len, default=b"")
            if not torn:
                return [piece]
            piece = piece[len(torn):]
        return [piece] if piece else []

    def wrong(self, content):
        """Why these bytes cannot be right, or None."""
        with self.lock:
            lines = [line for piece in content.split(b"\n") for line in self.whole(piece)]
            if strange := [line for line in lines if line not in self.tried]:
                return f"{len(strange)} records that nobody wrote: {strange[0][:80]!r}"
            if len(set(lines)) != len(lines):
                return "a record stands there twice"
            if lost := self.acknowledged - set(lines):
                return f"{len(lost)} acknowledged records are lost: {min(lost)[:80]!r}"
        return None
