"""The outcome of a bench as a page of Markdown."""
from figures import ratio, summary

MIB = 1 << 20
OURS = (("dftp", "tls"), ("dftp plain", "plain"))  # whom the others are compared with

# Heading, and what stands under it; s: figures.summary() of the row, ours: those of OURS, or None.
COLUMNS = (
    ("best s", lambda s, ours: seconds(s["best"])),
    ("median s", lambda s, ours: seconds(s["median"])),
    ("spread", lambda s, ours: f"{s['spread']:.0%}"),
    ("MB/s", lambda s, ours: f"{s['rate'] / 1e6:,.0f}" if s["rate"] else "–"),
    ("× dftp TLS: median, best", lambda s, ours: ratios(s, ours[0])),
    ("× dftp plain: median, best", lambda s, ours: ratios(s, ours[1])),
    ("CPU s client", lambda s, ours: f"{s['client_cpu']:.2f}"),
    ("CPU s server", lambda s, ours: f"{s['server_cpu']:.2f}"),
    ("CPU s/GiB client", lambda s, ours: per_gib(s["client_cpu_per_gib"])),
    ("CPU s/GiB server", lambda s, ours: per_gib(s["server_cpu_per_gib"])),
    ("peak MiB client", lambda s, ours: f"{s['client_peak'] / MIB:,.0f}"),
    ("peak MiB server", lambda s, ours: f"{s['server_peak'] / MIB:,.0f}"),
)
NOTES = """\
Times are wall seconds of the client's command, in turn (A B A B ...), the order within a round shuffled; the first round does
not count. Spread is the width of all counted runs as a share of the median. A ratio is how many times as long that peer takes.
CPU seconds (user and system) are medians, with all child processes. Peaks are the largest of all runs: the resident memory of all
processes together, shared pages counted in each. The groups: *tls* is encrypted, *plain* is not, *floor* is what the machine can do.
After each run what arrived was compared with its source.
"""


def seconds(value):
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def per_gib(value):
    return "–" if value is None else f"{value:.2f}"


def ratios(one, other):
    return f"{ratio(one, other, 'median'):.2f}, {ratio(one, other, 'best'):.2f}" if other else "–"


def table(head, rows):
    """Markdown; the first column to the left, all others to the right."""
    escape = lambda cell: str(cell).replace("|", "\\|")
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "".join("| " + " | ".join(map(escape, line)) + " |\n" for line in lines)


def summaries(case):
    """By name, fastest first; those without a counted run are left out."""
    found = {}
    for contender in case["contenders"]:
        if counted := [run for run in contender["runs"] if run["counted"]]:
            found[contender["name"]] = summary(counted, case["size"]) | {"group": contender["group"]}
    return dict(sorted(found.items(), key=lambda item: item[1]["median"]))


def case_section(case, all_cases):
    found = summaries(case)
    ours = [found.get(name) for name, _ in OURS]
    head = ["peer", "group", *(heading for heading, _ in COLUMNS)]
    rows = [[name, s["group"], *(cell(s, ours) for _, cell in COLUMNS)] for name, s in found.items()]
    text = f"## {case['name']}: {case['title']}\n\n" + table(head, rows)
    text += facts_table(found) + growth(case, found, all_cases)
    if case["remarks"]:
        text += f"\nThe link: {case['remarks']}.\n"
    for out in case["left_out"]:
        text += f"\nLeft out: {out['name']}: {out['reason']}\n"
    return text


def facts_table(found):
    told = {name: s["facts"] for name, s in found.items() if s["facts"]}
    keys = list(dict.fromkeys(key for facts in told.values() for key in facts))
    rows = [[name, *(f"{facts[key]:.2f}" if key in facts else "–" for key in keys)] for name, facts in told.items()]
    return "\n" + table(["medians", *keys], rows) if rows else ""


def growth(case, found, all_cases):
    """Each time as a multiple of the same peer's in the case that this one is compared with, if that was run too."""
    base = next((summaries(other) for other in all_cases if other["name"] == case["against"]), {})
    rows = [[name, f"{ratio(s, base[name], 'median'):.2f}", f"{ratio(s, base[name], 'best'):.2f}"]
            for name, s in found.items() if name in base]
    return "\n" + table([f"times {case['against']}", "median", "best"], rows) if rows else ""


def markdown(result):
    machine = "".join(f"- {key}: {value}\n" for key, value in result["machine"].items())
    versions = "".join(f"- {name} {version}\n" for name, version in result["versions"].items())
    small = "; small sizes, not those of the titles: times say nothing" if result["small"] else ""
    return "\n".join([
        "# dftp and its peers\n", f"{machine}- runs: {result['runs']} counted, seed {result['seed']}{small}\n",
        "![all medians](bench.svg)\n", NOTES,
        *(case_section(case, result["cases"]) for case in result["cases"]), "## Versions\n", versions])
