"""How long a machine is away after an outage, one kind at a time, many times (robustness F01, F03, F05, F08).

    scripts/bench outages [--runs 20] [--only broker_killed]

One machine in a running set at 100 Hz behind a nats-server of its own. Each fault is done, mended and waited for; at the end every sample
is accounted for. Prints a table and writes `benchmarks/results/outages-KIND.json`. Exit code 1 when a sample is lost or stands twice.
"""

import argparse
import random
import sys
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from benchmarks import figures
from benchmarks.faults.account import event_faults
from benchmarks.faults.outcome import pair, summary, verdict
from benchmarks.faults.rig import Rig, fleet
from benchmarks.faults.strike import Fault, Recovery, strike
from benchmarks.faults.treatment import Treatment


class Kind(NamedTuple):
    """How long the fault lasts, s, how often it is done, and its figure to reach (robustness 1.3)."""

    length_s: float
    runs: int
    to_reach: str


KINDS = {
    "broker_killed": Kind(10.0, 50, "live <= 3 s (p95) after the broker listens"),
    "service_killed": Kind(0.0, 200, "ready <= 5 s, live <= 8 s after the kill"),
    "agents_killed": Kind(0.0, 50, "sampling again <= 3 s"),
    "partition": Kind(60.0, 10, "whole <= 5 s after it heals"),
}
APART_S = (1.0, 6.0)
"""Faults come at any moment of a repetition of 10 s."""
COMMIT_S = 0.05


def main() -> int:
    """The exit code."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, prog="scripts/bench outages", formatter_class=layout)
    parser.add_argument("--runs", type=int, help="of each instead of as many as the figure asks for")
    parser.add_argument("--only", action="append", choices=sorted(KINDS), help="this kind alone; may be repeated")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    outcomes: list[dict[str, Any]] = []
    for kind in options.only or KINDS:
        facts = figures.computer()
        runs = options.runs or KINDS[kind].runs
        chance = random.Random(f"{kind} {options.seed}")  # noqa: S311 - no secret
        outcomes.append({"seed": options.seed, **outage(kind, runs, chance, options.seed)})
        print(f"{kind}: {runs} runs, lost {outcomes[-1]['samples']['lost']}", file=sys.stderr, flush=True)
        print(f"written to {figures.write(f'outages-{kind}', facts, figures.rounded(outcomes[-1]))}", file=sys.stderr)
    print(page(outcomes))
    faults = [f"{each['kind']}: {words}" for each in outcomes for words in each["faults"]]
    for words in faults:
        print(f"FAULT: {words}", file=sys.stderr)
    return 1 if faults else 0


def outage(kind: str, runs: int, chance: random.Random, seed: int) -> dict[str, Any]:
    """So many of one kind against one rig; times and account."""
    with Rig(fleet(1, 1), "nats") as rig:
        with Treatment(rig, seed):
            found: list[Recovery] = []
            for number in range(1, runs + 1):
                time.sleep(chance.uniform(*APART_S))
                came = strike(rig, Fault(kind, 0, KINDS[kind].length_s, chance.getrandbits(30)))
                found.append(came)
                print(f"{kind}: {number} of {runs}: {came.words()}", file=sys.stderr, flush=True)
        ledger = rig.finish(COMMIT_S)
        shown = event_faults(ledger.recordings, rig.screen.events)
        backwards = [words for each in rig.screen.frames.values() for words in each.backwards]
        events = {**rig.screen.event_counts(), "differences": len(shown)}
        wrong = verdict(ledger.total, ledger.faults, len(rig.unfinished()), found, backwards, events) + shown
    times = summary(found)[kind]
    return {"kind": kind, "runs": runs, "to_reach": KINDS[kind].to_reach, **times, "samples": ledger.total._asdict(), "faults": wrong}


def page(outcomes: Sequence[dict[str, Any]]) -> str:
    """The table, a row for each kind."""
    rows = [
        [each["kind"], each["runs"], each["to_reach"], *(three(each[name]) for name in ("live_s", "whole_s", "ready_s")), each["never"],
         f"{each['samples']['lost']} / {each['samples']['duplicated']}"]
        for each in outcomes
    ]  # fmt: skip
    head = ["fault", "runs", "to reach", "live s", "whole s", "ready s", "never", "lost / duplicated"]
    return figures.table(head, rows)


def three(value: dict[str, float] | None) -> str:
    """p50 / p95 / most."""
    return "-" if value is None else f"{pair(value)} / {value['most']:.1f}"


if __name__ == "__main__":
    sys.exit(main())
