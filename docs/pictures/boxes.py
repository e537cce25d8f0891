"""Boxes, lines and words of a diagram, as an SVG."""
from xml.sax.saxutils import escape

INK, PALE = "#1d2430", "#5b6675"
HEAD = ('<marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
        f'<path d="M0 0L10 5L0 10z" fill="{PALE}"/></marker>')


class Diagram:
    def __init__(self, width, height, title):
        self.width, self.height, self.title, self.drawn = width, height, title, []

    def words(self, x, y, text, size=14, bold=False, colour=INK, anchor="middle"):
        weight = ' font-weight="bold"' if bold else ""
        self.drawn.append(f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"{weight}>{escape(text)}</text>')

    def box(self, x, y, width, height, title, *lines, fill="#eef3fa"):
        """A title in bold, and smaller lines below it, in the middle of the box."""
        self.drawn.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="{fill}" stroke="#9fb0c6"/>')
        first = y + height / 2 + 5 - 9 * len(lines)
        self.words(x + width / 2, f"{first:g}", title, bold=True)
        for number, line in enumerate(lines, 1):
            self.words(x + width / 2, f"{first + 18 * number:g}", line, size=12, colour=PALE)

    def arrow(self, x1, y1, x2, y2, both=False, thick=1.5):
        start = ' marker-start="url(#head)"' if both else ""
        self.drawn.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{PALE}" stroke-width="{thick}"{start} marker-end="url(#head)"/>')

    def svg(self):
        return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="{self.height}" font-family="DejaVu Sans, Helvetica, Arial, sans-serif">',
                          f"<title>{escape(self.title)}</title>", f"<defs>{HEAD}</defs>",
                          f'<rect width="{self.width}" height="{self.height}" fill="#ffffff"/>', *self.drawn, "</svg>", ""])
