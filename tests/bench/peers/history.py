"""How fast dftp was beside its peers, commit by commit: lines of docs/bench-history.jsonl, and a drawing of them."""
import json
import math
from xml.sax.saxutils import escape

from place import ROOT
from plot import STYLE, text
from report import OURS, summaries

FILE = ROOT / "docs/bench-history.jsonl"
DRAWING = ROOT / "docs/pictures/bench-history.svg"
WIDTH, LEFT, RIGHT, HEIGHT, HEAD, FOOT = 860, 60, 20, 90, 34, 26
LINES = STYLE + """
polyline { fill: none; stroke-width: 2 } .tls { stroke: #1f5fae } .plain { stroke: #5f7f1f } .one { stroke: #9198a1; stroke-width: 1 }
circle.tls { fill: #1f5fae } circle.plain { fill: #5f7f1f }
@media (prefers-color-scheme: dark) { .tls { stroke: #6ea8fe } .plain { stroke: #a9cf54 } }
"""


def entries(result):
    """One for each case with a peer: how many times as long the fastest of them takes as dftp does, by medians."""
    found = []
    for case in result["cases"]:
        all_of_it = summaries(case)
        ours = {group: all_of_it[name]["median"] for name, group in OURS if name in all_of_it}
        peers = {name: s["median"] for name, s in all_of_it.items() if not name.startswith("dftp") and s["group"] != "floor"}
        if not ours or not peers:
            continue
        peer = min(peers, key=peers.get)
        found.append({"time": result["machine"].get("time", ""), "version": result["versions"].get("dftp", ""),
                      "processor": result["machine"].get("processor", ""), "runs": result["runs"], "case": case["name"],
                      "peer": peer} | {group: round(peers[peer] / median, 3) for group, median in ours.items()})
    return found


def record(result, file=FILE, drawing=DRAWING):
    with open(file, "a", encoding="utf-8") as out:
        out.writelines(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries(result))
    drawing.write_text(svg(read(file)))


def read(file=FILE):
    """Of a commit that was measured twice the later time counts."""
    with open(file, encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    return list({(entry["version"], entry["case"]): entry for entry in found}.values())


def svg(found):
    versions = list(dict.fromkeys(entry["version"] for entry in found))
    cases = list(dict.fromkeys(entry["case"] for entry in found))
    parts = [panel(34 + number * (HEAD + HEIGHT + FOOT), case, [entry for entry in found if entry["case"] == case], versions)
             for number, case in enumerate(cases)]
    height = 34 + len(cases) * (HEAD + HEIGHT + FOOT)
    legend = "how many times as long the fastest peer takes: above the line dftp is faster; blue: over TLS, green: plain data"
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">',
        "<title>dftp and the fastest peer, commit by commit</title>", f"<style>{LINES}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>', text(10, 22, legend, "note"), *parts, "</svg>\n"])


def panel(y, case, found, versions):
    """Its scale is logarithmic: twice as fast and half as fast are as far from the line."""
    ratios = [entry[group] for entry in found for _, group in OURS if group in entry]
    reach = max(1.0, *(abs(math.log2(ratio)) for ratio in ratios)) * 1.15
    step = (WIDTH - LEFT - RIGHT) / max(1, len(versions) - 1)
    at_x = lambda entry: LEFT + versions.index(entry["version"]) * step if len(versions) > 1 else (LEFT + WIDTH - RIGHT) / 2
    at_y = lambda ratio: y + HEAD + HEIGHT / 2 * (1 - math.log2(ratio) / reach)
    parts = [text(10, y + 20, f"{case}: beside {found[-1]['peer']}", "title"),
             f'<line class="one" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at_y(1):.1f}" y2="{at_y(1):.1f}"/>',
             text(LEFT - 8, at_y(1) + 4.5, "1", "note", "end")]
    for _, group in OURS:
        points = [(at_x(entry), at_y(entry[group]), entry) for entry in found if group in entry]
        parts.append(f'<polyline class="{group}" points="{" ".join(f"{x:.1f},{at:.1f}" for x, at, _ in points)}"/>')
        parts += [f'<circle class="{group}" cx="{x:.1f}" cy="{at:.1f}" r="3"><title>{escape(told(entry, group))}</title></circle>'
                  for x, at, entry in points]
    return "\n".join(parts)


def told(entry, group):
    return f"{entry['version']}, {entry['time']}: {entry['peer']} takes {entry[group]} times as long; {entry['processor']}"
