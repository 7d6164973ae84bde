"""How long a machine is away after an outage, one kind at a time, many times (robustness F01, F03, F05, F08).

    scripts/bench outages [--runs 20] [--partitions 3] [--only broker_killed]

One machine in a running set at 100 Hz behind a nats-server of its own. Each fault is done, mended and waited for; at the end every sample
is accounted for. Prints a table and writes `benchmarks/results/outages.json`. Exit code 1 when a sample is lost or stands twice.
"""

import argparse
import random
import sys
import time
from typing import Any

from benchmarks import figures
from benchmarks.faults.account import event_faults
from benchmarks.faults.outcome import pair, summary, verdict
from benchmarks.faults.rig import Rig, fleet
from benchmarks.faults.strike import Fault, Recovery, strike
from benchmarks.faults.treatment import Treatment

KINDS = {
    "broker_killed": (10.0, "live <= 3 s (p95) after the broker listens"),
    "service_killed": (0.0, "ready <= 5 s, live <= 8 s after the kill"),
    "agents_killed": (0.0, "sampling again <= 3 s"),
    "partition": (60.0, "whole <= 5 s after it heals"),
}
"""Each with its length, s, and its figure to reach (robustness 1.3)."""
APART_S = (1.0, 6.0)
"""Faults come at any moment of a repetition of 10 s."""
COMMIT_S = 0.05


def main() -> int:
    """The exit code."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, prog="scripts/bench outages", formatter_class=layout)
    parser.add_argument("--runs", type=int, default=20, help="of each but the partition of 60 s")
    parser.add_argument("--partitions", type=int, default=3)
    parser.add_argument("--only", action="append", choices=sorted(KINDS), help="this kind alone; may be repeated")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    facts = figures.computer()
    outcomes: dict[str, dict[str, Any]] = {}
    for kind in options.only or KINDS:
        runs = options.partitions if kind == "partition" else options.runs
        outcomes[kind] = outage(kind, runs, random.Random(f"{kind} {options.seed}"), options.seed)  # noqa: S311 - no secret
        print(f"{kind}: {runs} runs, lost {outcomes[kind]['samples']['lost']}", file=sys.stderr, flush=True)
    content = {"runs": options.runs, "seed": options.seed, "kinds": outcomes}
    print(page(content))
    print(f"written to {figures.write('outages', facts, figures.rounded(content))}", file=sys.stderr)
    faults = [f"{kind}: {words}" for kind, outcome in outcomes.items() for words in outcome["faults"]]
    for words in faults:
        print(f"FAULT: {words}", file=sys.stderr)
    return 1 if faults else 0


def outage(kind: str, runs: int, chance: random.Random, seed: int) -> dict[str, Any]:
    """So many of one kind against one rig; times and account."""
    length_s, target = KINDS[kind]
    with Rig(fleet(1, 1), "nats") as rig:
        with Treatment(rig, seed):
            found: list[Recovery] = []
            for _ in range(runs):
                time.sleep(chance.uniform(*APART_S))
                found.append(strike(rig, Fault(kind, 0, length_s, chance.getrandbits(30))))
        ledger = rig.finish(COMMIT_S)
        shown = event_faults(ledger.recordings, rig.screen.events)
        backwards = [words for each in rig.screen.frames.values() for words in each.backwards]
        events = {**rig.screen.event_counts(), "differences": len(shown)}
        wrong = verdict(ledger.total, ledger.faults, len(rig.unfinished()), found, backwards, events) + shown
    times = summary(found)[kind]
    return {"runs": runs, "to_reach": target, **times, "samples": ledger.total._asdict(), "faults": wrong}


def page(content: dict[str, Any]) -> str:
    """The table."""
    rows = [
        [kind, each["runs"], each["to_reach"], *(pair(each[name]) for name in ("live_s", "whole_s", "ready_s")), each["never"],
         f"{each['samples']['lost']} / {each['samples']['duplicated']}"]
        for kind, each in content["kinds"].items()
    ]  # fmt: skip
    head = ["fault", "runs", "to reach", "live s", "whole s", "ready s", "never", "lost / duplicated"]
    return figures.table(head, rows)


if __name__ == "__main__":
    sys.exit(main())
