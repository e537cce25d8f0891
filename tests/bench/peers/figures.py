"""What the runs of one contender come to."""
import statistics

GIB = 1 << 30


def summary(runs, size):
    """Of at least one run: each a mapping with wall, client_cpu, server_cpu (seconds), client_peak, server_peak (bytes)."""
    walls = [run["wall"] for run in runs]
    median = statistics.median(walls)
    middle = lambda key: statistics.median(run[key] for run in runs)
    client, server = middle("client_cpu"), middle("server_cpu")
    return {
        "best": min(walls), "median": median, "worst": max(walls),
        "spread": (max(walls) - min(walls)) / median,  # the width of all runs, as a share of the median
        "rate": size / median,  # bytes a second
        "client_cpu": client, "server_cpu": server,
        "client_cpu_per_gib": client * GIB / size if size else None,
        "server_cpu_per_gib": server * GIB / size if size else None,
        "client_peak": max(run["client_peak"] for run in runs), "server_peak": max(run["server_peak"] for run in runs),
        "facts": facts(runs),
    }


def facts(runs):
    """The medians of what the runs said of themselves."""
    keys = dict.fromkeys(key for run in runs for key in run["facts"])
    return {key: statistics.median(run["facts"][key] for run in runs if key in run["facts"]) for key in keys}


def ratio(one, other, key):
    """How many times as long `one` takes as `other`; None if there is no other."""
    return one[key] / other[key] if other else None
