"""Draws the pictures of the documents: python3 docs/pictures/draw.py. tests/unit/documents_test.py compares them with what stands here."""
import pathlib

import boxes
import record
import terminal

HERE = pathlib.Path(__file__).parent


def session():
    recordings = [(HERE / f"{name}.typescript").read_bytes() for name in ("server", "session")]
    return terminal.picture(recordings, record.COLUMNS, "A session: a server, an upload that is interrupted and resumed, and its MD5 at both ends")


def connections():
    diagram = boxes.Diagram(800, 300, "The connections of one transfer")
    diagram.box(20, 40, 170, 220, "client", "dftp-cli or", "dftp-mount")
    diagram.box(610, 40, 170, 220, "server", "one address,", "port 2121")
    diagram.arrow(190, 90, 608, 90, both=True)
    diagram.words(400, 78, "control connection", bold=True)
    diagram.words(400, 108, "requests and replies in JSON: login, list, put, ... and tickets", size=12, colour=boxes.PALE)
    for y in (178, 190, 202):
        diagram.arrow(190, y, 608, y, both=True, thick=3)
    diagram.words(400, 162, "data connections", bold=True)
    diagram.words(400, 228, "the content of files, and its MD5; 1 to 16, each opened with a ticket", size=12, colour=boxes.PALE)
    diagram.words(400, 280, "all go to the same port, over TLS 1.3", size=12, colour=boxes.PALE)
    return diagram.svg()


PROGRAM, LIBRARY, SHARED = "#e3f1e6", "#eef3fa", "#fbf3dd"


def rooms():
    diagram = boxes.Diagram(860, 510, "The rooms of dftp: each uses only what stands below it")
    diagram.words(430, 26, "a room uses only rooms below it", size=12, colour=boxes.PALE)
    diagram.box(20, 40, 270, 60, "client/cli: dftp-cli", "main, shell, verbs, view, line", fill=PROGRAM)
    diagram.box(310, 40, 240, 60, "fuse", "dftp-mount", fill=PROGRAM)
    diagram.box(20, 110, 270, 50, "client/sync", "what a sync has to do", fill=LIBRARY)
    diagram.box(310, 110, 240, 50, "client/mount", "a mount that survives its connections", fill=LIBRARY)
    diagram.box(20, 170, 530, 60, "client", "connection, login, typed calls, transfers with retries", fill=LIBRARY)
    diagram.box(590, 40, 250, 190, "server: dftp-server", "main", "commands, admin, announce", "mount, exec", "session, watch", "guard",
                "observe", "config", "auth", "toml", fill=PROGRAM)
    diagram.words(570, 140, "never", size=11, colour=boxes.PALE)
    diagram.words(570, 154, "meet", size=11, colour=boxes.PALE)
    diagram.box(20, 250, 820, 50, "proto/transfer", "Sender and Receiver: the same code at both ends", fill=SHARED)
    diagram.box(20, 310, 400, 60, "proto/net", "loops, streams, TLS (Asio, OpenSSL)", fill=SHARED)
    diagram.box(440, 310, 400, 60, "proto/storage", "files below a root (openat2)", fill=SHARED)
    diagram.box(20, 380, 400, 50, "proto/digest", "MD5 and the digest tree", fill=SHARED)
    diagram.box(440, 380, 400, 50, "proto/completions", "scripts for shells", fill=SHARED)
    diagram.box(20, 440, 820, 50, "proto/wire", "errors, limits, paths, JSON, messages", fill=SHARED)
    return diagram.svg()


PICTURES = {"session.svg": session, "connections.svg": connections, "rooms.svg": rooms}

if __name__ == "__main__":
    for name, draw in PICTURES.items():
        (HERE / name).write_text(draw(), encoding="utf-8")
