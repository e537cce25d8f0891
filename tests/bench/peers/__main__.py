"""./dev bench: dftp and its peers on this machine, in the same run; see cases.py and peers.py for what and whom."""
import argparse
import contextlib
import json
import os
import pathlib
import resource
import signal
import sys
import tempfile

import cases
import data
import history
import machine
import measure
import mounts
import plot
import report
import servers
from peers import PEERS
from networks import NETWORKS
from place import ROOT, Place, Unavailable
from verified import VERIFIED

ALL_PEERS = {peer.name: peer for peer in (*PEERS, *VERIFIED)}
SHORT_PEERS = ["dftp", "dftp plain", "cp"]  # there on any machine


def options(words):
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("case", nargs="*", help="names, or how they begin; all: " + " ".join(case.name for case in cases.CASES))
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="counted runs of each peer (5); one more goes before")
    parser.add_argument("--peers", type=lambda text: text.split(","), default=[], metavar="A,B",
                        help="only these of: " + ", ".join(ALL_PEERS))
    parser.add_argument("--small", action="store_true", help="small sizes, to see whether all works")
    parser.add_argument("--short", action="store_true", help="a few seconds: small sizes, one run, dftp and cp alone")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/bench", metavar="DIR",
                        help="for the report (build/bench)")
    parser.add_argument("--scratch", type=pathlib.Path, metavar="DIR", help="for the data that is moved (/dev/shm)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the order within each round (1)")
    parser.add_argument("--without-missing", action="store_true", help="peers that are not there are left out, and it is no failure")
    parser.add_argument("--record", action="store_true",
                        help="add the ratios to docs/bench-history.jsonl and draw docs/pictures/bench-history.svg anew")
    parser.add_argument("--packages", action="store_true", help="print what each peer needs: packages / packages to unpack")
    chosen = parser.parse_args(words)
    if chosen.short:
        chosen.small, chosen.runs, chosen.peers = True, 1, SHORT_PEERS
    if unknown := set(chosen.peers) - ALL_PEERS.keys() - {kind[0] for kind in mounts.KINDS}:
        parser.error(f"--peers: {', '.join(sorted(unknown))}: unknown")
    if chosen.record and chosen.small:
        parser.error("--record: not with small sizes, whose times say nothing")
    if not chosen.scratch:
        chosen.scratch = pathlib.Path("/dev/shm" if os.path.isdir("/dev/shm") else tempfile.gettempdir())
    return chosen


def say(text):
    print(text, flush=True)


class Bench:
    def __init__(self, chosen):
        self.chosen, self.failures = chosen, 0

    def run(self, case):
        """The case's part of the outcome. What cannot take part is named in it, with the reason."""
        say(f"\n== {case.name}: {case.title}" + (", small sizes" if self.chosen.small else ""))
        outcome = {"name": case.name, "title": case.title, "against": case.against, "size": 0, "remarks": "", "contenders": [],
                   "left_out": []}
        with contextlib.ExitStack() as stack:
            try:
                network = stack.enter_context(NETWORKS[case.network]())
            except Unavailable as error:
                self.leave_out(outcome, "everybody", error)
                return outcome
            place = Place(self.chosen.scratch, network)
            stack.callback(place.remove)
            contenders = self.contenders(case, place, stack, outcome)
            measure.alternate(contenders, self.chosen.runs, self.chosen.seed,
                              lambda contender, error: self.leave_out(outcome, contender.name, error), say)
            outcome["remarks"] = network.remarks()
        outcome["contenders"] = [{"name": one.name, "group": one.group, "runs": one.runs} for one in contenders]
        return outcome

    def contenders(self, case, place, stack, outcome):
        source = self.make_source(case, place, outcome)

        def start(make, **more):
            server = make(place, **more)
            stack.callback(server.stop)
            return server
        if case.own:
            return self.own(case, place, start, source, outcome)
        found, running = [], {}
        for peer in cases.peers_of(case, self.chosen.peers):
            try:
                if peer.server and peer.server not in running:
                    running[peer.server] = self.attempt(start, servers.SERVERS[peer.server])
                server = running.get(peer.server)
                if isinstance(server, Unavailable):
                    raise server
                found.append(cases.copying(case, place, peer, server, source, outcome["size"]))
            except Unavailable as error:
                self.leave_out(outcome, peer.name, error)
        return found

    def attempt(self, start, make):
        """The server, or why there is none: for all peers that need it."""
        try:
            return start(make)
        except Unavailable as error:
            return error

    def own(self, case, place, start, source, outcome):
        try:
            found, outcome["size"] = case.own(place, start, source, case.sized(self.chosen.small))
        except Unavailable as error:
            self.leave_out(outcome, "everybody" if case.mounts else "dftp", error)
            return []
        wanted = self.chosen.peers or case.only
        return [one for one in found if not case.mounts or (one.name in wanted and one.name in case.only)]

    def make_source(self, case, place, outcome):
        if not case.data:
            return None
        source, amount = place.data / case.data, case.sized(self.chosen.small)
        outcome["size"] = sum(data.sizes_of(amount)) if case.tree else amount
        (data.make_tree if case.tree else data.make_file)(source, amount)
        return source

    def leave_out(self, outcome, name, error):
        """A comparison that lacks somebody is no comparison, unless it was asked for; that dftp fails, or that something
        arrives damaged, is a failure always."""
        reason = str(error) or type(error).__name__
        say(f"  left out: {name}: {reason}")
        outcome["left_out"].append({"name": name, "reason": reason})
        if not self.chosen.without_missing or isinstance(error, data.Mismatch) or name.startswith("dftp"):
            self.failures += 1


def write(out, result):
    out.mkdir(parents=True, exist_ok=True)
    (out / "bench.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    (out / "bench.md").write_text(report.markdown(result))
    (out / "bench.svg").write_text(plot.svg(result))


def main(words):
    chosen = options(words)
    selected = cases.chosen(chosen.case, chosen.short)
    if chosen.packages:
        for peer in ALL_PEERS.values():
            if any(peer in cases.peers_of(case, chosen.peers) for case in selected) and (peer.packages or peer.unpacked):
                print(f"{peer.name}|{' '.join(peer.packages)}|{' '.join(peer.unpacked)}")
        if any(case.mounts for case in selected) and not chosen.short:
            print(f"mounts|{mounts.PACKAGES}|")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 32768), hard))  # 10,000 sessions, at both ends
    data.check_room(chosen.scratch, max(case.needs(chosen.small) for case in selected))
    bench = Bench(chosen)
    result = {"machine": machine.facts(chosen.scratch), "versions": machine.versions(selected, chosen.peers),
              "runs": chosen.runs, "seed": chosen.seed, "small": chosen.small, "cases": []}
    for case in selected:
        result["cases"].append(bench.run(case))
        write(chosen.out, result)  # after each case: a run of hours that is interrupted has not been in vain
    if chosen.record:
        history.record(result)
    done = sum(len(one["runs"]) == chosen.runs + 1 for case in result["cases"] for one in case["contenders"])
    skipped = sum(len(case["left_out"]) for case in result["cases"]) - bench.failures
    say(f"\n{chosen.out}/bench.md, bench.json, bench.svg")
    say(f"{done} passed, {bench.failures} failed, {skipped} skipped")
    return 1 if bench.failures or not done else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except data.NoRoom as error:
        sys.exit(f"bench: {error}")
