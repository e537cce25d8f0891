"""./dev soak: random faults beside random work, and a model that knows what must be there afterwards."""
import argparse
import collections
import os
import random
import signal
import sys
import threading
import time

import faults
import workloads
from world import World

# What ends a run that hangs: every wait of the programs is shorter than this.
PATIENCE = 300


def options(words):
    parser = argparse.ArgumentParser(prog="./dev soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, metavar="N", help="how long (600)")
    parser.add_argument("--faults", type=int, default=10**9, metavar="N", help="end after so many faults")
    parser.add_argument("--seed", type=int, default=int(time.time()), metavar="N", help="of what is done and what goes wrong")
    parser.add_argument("--no-mounts", action="store_true", help="transfers only")
    parser.add_argument("--work", default=",".join(workloads.KINDS), metavar="KIND,...",
                        help="what is done (all: %(default)s)")
    chosen = parser.parse_args(words)
    chosen.work = chosen.work.split(",")
    if strange := [word for word in chosen.work if word not in workloads.KINDS]:
        parser.error(f"--work: there is no {strange[0]!r}")
    return chosen


def say(text):
    print(text, flush=True)


class Soak:
    def __init__(self, chosen):
        self.chosen, self.chance = chosen, random.Random(chosen.seed)
        mounts = not chosen.no_mounts and os.path.exists("/dev/fuse") and os.geteuid() == 0
        if not mounts:
            say("without mounts: they were not asked for, or there is no /dev/fuse, or this is not root")
        self.world = World(mounts)
        self.work = workloads.table(self.world, self.chance, chosen.work)
        self.counts, self.wrong = collections.Counter(), []
        self.past = collections.deque(maxlen=20)  # the last faults

    def round(self):
        """Work and faults for a while; then all is healed, and looked at."""
        stop = threading.Event()
        threads = [threading.Thread(target=self.labour, args=(each, stop)) for each in self.work]
        for thread in threads:
            thread.start()
        table = faults.table(self.world)
        for _ in range(self.chance.randrange(10, 50)):
            time.sleep(self.chance.uniform(0, 0.3))
            fault = self.chance.choice(table)
            begin = time.monotonic()
            fault(self.world, self.chance)
            self.past.append(f"{begin:.3f} to {time.monotonic():.3f}: {fault.__name__}")
            self.counts[fault.__name__] += 1
        stop.set()
        self.world.heal()
        deadline = time.monotonic() + PATIENCE
        for thread, each in zip(threads, self.work):
            thread.join(max(0, deadline - time.monotonic()))
            if thread.is_alive():
                self.wrong.append(f"{each.label}: hangs for {PATIENCE} s\n{self.world.state()}")
                return False
        self.world.heal()
        self.world.settle()
        for each in self.work:
            self.wrong += each.check()
        return True

    def labour(self, workload, stop):
        while not stop.is_set():
            workload.steps += 1
            try:
                workload.step()
            except Exception as error:  # noqa: BLE001: a bug of the soak itself is told like a fault
                self.wrong.append(f"{workload.label}: {error!r}")
                return

    def run(self):
        begin, rounds = time.monotonic(), 0
        total = self.counts.total
        while time.monotonic() - begin < self.chosen.seconds and total() < self.chosen.faults and not self.wrong:
            rounds += 1
            if not self.round():
                break
            say(f"round {rounds}: {total()} faults, {sum(each.done for each in self.work)} acknowledged steps, {len(self.wrong)} wrong")
        return rounds

    def report(self, rounds):
        say("")
        for name, count in sorted(self.counts.items()):
            say(f"  {name:<12} {count:6}")
        for each in self.work:
            say(f"  {each.label:<14} {each.steps:6} steps, {each.done} acknowledged")
        for text in self.wrong:
            say(f"WRONG: {text}")
        for text in self.past if self.wrong else ():
            say(f"  {text}")
        say(f"seed {self.chosen.seed}: {rounds} rounds, {self.counts.total()} faults, {len(self.wrong)} wrong")
        # Each fault counts as a test: what was acknowledged had to be there behind it.
        say(f"{self.counts.total()} passed, {len(self.wrong)} failed, 0 skipped")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(124))
    soak = Soak(options(sys.argv[1:]))
    try:
        rounds = soak.run()
        soak.report(rounds)
    finally:
        soak.world.close()
    os._exit(bool(soak.wrong) or not soak.counts)


main()
