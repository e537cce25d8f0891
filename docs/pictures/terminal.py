"""What a terminal shows after it was sent a recording, as an SVG. Knows the few escape sequences that the recordings have."""
import re
import unicodedata
from xml.sax.saxutils import escape

TOKEN = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|([\r\n\b])|([^\x1b\r\n\b])")
PROMPT = re.compile(r"^(\$ |\S+ \S+:/\S*> )(.*)$")
CELL, LINE, FONT = 8.4, 19, 14


def width(text):
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def screen(recording, columns):
    """The lines that stand there at the end, those that have scrolled away included."""
    rows, row, column = [""], 0, 0
    for numbers, order, control, character in TOKEN.findall(recording.decode()):
        if order == "A":
            row = max(0, row - int(numbers or 1))
        elif order == "J":
            rows[row:] = [rows[row][:column]]
        elif order == "K":
            rows[row] = rows[row][:column]
        elif order and (order, numbers) not in (("h", "?2004"), ("l", "?2004")):
            raise ValueError(f"a sequence that is not known: {numbers}{order}")
        elif control == "\n":
            row += 1
            rows += [""] * (row + 1 - len(rows))
        elif control == "\r":
            column = 0
        elif control == "\b":
            column -= 1
        elif character:
            if width(rows[row][:column]) + width(character) > columns:  # the line goes on in the next one
                row, column = row + 1, 0
                rows += [""] * (row + 1 - len(rows))
            rows[row] = rows[row][:column].ljust(column) + character + rows[row][column + 1:]
            column += 1
    while rows and not rows[-1].strip():
        rows.pop()
    return [line.rstrip() for line in rows]


def window(lines, columns, top):
    """(elements, height) of one window whose upper edge is at `top`; what was typed is bold."""
    height = LINE * len(lines) + 24
    drawn = [f'<rect x="0" y="{top}" width="{columns * CELL + 24:g}" height="{height}" rx="8" fill="#1d2430"/>']
    for number, line in enumerate(lines):
        y = top + 26 + number * LINE
        prompt = PROMPT.match(line)
        pieces = [(prompt[1], "#7fb4ff", ""), (prompt[2], "#ffffff", ' font-weight="bold"')] if prompt else [(line, "#d5dbe5", "")]
        x = 12.0
        for text, colour, style in pieces:
            if text.strip():
                drawn.append(f'<text x="{x:g}" y="{y}" fill="{colour}"{style} textLength="{width(text) * CELL:g}" xml:space="preserve">{escape(text)}</text>')
            x += width(text) * CELL
    return drawn, height


def picture(recordings, columns, title):
    """An SVG of one window for each recording, one below the other."""
    drawn, top = [], 0
    for recording in recordings:
        elements, height = window(screen(recording, columns), columns, top)
        drawn += elements
        top += height + 12
    size = f'width="{columns * CELL + 24:g}" height="{top - 12}"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{FONT}">',
                      f"<title>{escape(title)}</title>", *drawn, "</svg>", ""])
