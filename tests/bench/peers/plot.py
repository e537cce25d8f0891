"""The outcome of a bench as a drawing: for each case a group of horizontal bars, the median with best and worst."""
from xml.sax.saxutils import escape

from report import seconds, summaries

WIDTH, LABELS, VALUES, BAR, GAP, HEAD = 860, 190, 90, 16, 6, 40
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 15px } .note { fill: #59636e }
.tls { fill: #8ba6c9 } .plain { fill: #b9c4a0 } .floor { fill: #c4c4c4 }
.ours.tls { fill: #1f5fae } .ours.plain { fill: #5f7f1f }
line { stroke: #1f2328; stroke-width: 1.5 } .paper { fill: #ffffff }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .note { fill: #9198a1 } line { stroke: #e6edf3 } .paper { fill: #0d1117 }
  .tls { fill: #47618a } .plain { fill: #667044 } .floor { fill: #5c5c5c }
  .ours.tls { fill: #6ea8fe } .ours.plain { fill: #a9cf54 }
}
"""


def text(x, y, words, kind="", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def bar(y, name, s, scale):
    """The bar, its name on the left, a line from best to worst across its end, the median on the right."""
    ours = "ours " if name.startswith("dftp") else ""
    middle, x = y + BAR / 2, lambda value: LABELS + value * scale
    return "\n".join([
        text(LABELS - 8, middle + 4.5, name, anchor="end"),
        f'<rect x="{LABELS}" y="{y:.1f}" width="{s["median"] * scale:.1f}" height="{BAR}" rx="2" class="{ours}{s["group"]}"/>',
        f'<line x1="{x(s["best"]):.1f}" x2="{x(s["worst"]):.1f}" y1="{middle:.1f}" y2="{middle:.1f}"/>',
        text(x(s["worst"]) + 8, middle + 4.5, f"{seconds(s['median'])} s", "note"),
    ])


def case_bars(y, case, found):
    scale = (WIDTH - LABELS - VALUES) / max([s["worst"] for s in found.values()] + [1e-9])
    parts = [text(10, y + 22, f"{case['name']}: {case['title']}", "title")]
    for number, (name, s) in enumerate(found.items()):
        parts.append(bar(y + HEAD + number * (BAR + GAP), name, s, scale))
    return parts, y + HEAD + len(found) * (BAR + GAP) + 14


def svg(result):
    parts, y = [], 34
    for case in result["cases"]:
        if found := summaries(case):
            drawn, y = case_bars(y, case, found)
            parts += drawn
    legend = "median seconds, less is better; the line goes from best to worst; blue: encrypted, green: not, grey: the floor"
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" role="img">',
        "<title>dftp and its peers</title>", f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{y}"/>', text(10, 22, legend, "note"), *parts, "</svg>\n"])
