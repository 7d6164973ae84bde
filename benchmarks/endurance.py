"""The figures of the fault list that no soak and no outage gives (robustness 1.3), each a trial of its own.

    scripts/bench endurance                            all, two hours
    scripts/bench endurance --only mutation --only stuck
    scripts/bench endurance --short                    a few minutes, to see that they work: writes nothing

Prints a table and writes `benchmarks/results/endurance-NAME.json`, one for each trial. Exit code 1 where a figure is not reached.
"""

import argparse
import importlib
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks import figures
from benchmarks.trials.figure import Figure

TRIALS = {
    "ended": "F04: the service is told to end, in the midst of sets",
    "cut": "F06: the power goes, at every write; and each sync left out",
    "catching_up": "F08: a machine brings back a minute, others and its own live lane must not wait",
    "away": "F09: a machine comes back after a day",
    "filled": "F10: the edge's disk fills up",
    "stepped": "F12: wall clocks that step in the midst of sets",
    "echoed": "F13: every batch ten times and in any order",
    "mutation": "F14: a million mutated messages through the parsers",
    "garbage": "F14: garbage at 200 a second under one machine's name",
    "oversized": "F15: a broker that hangs up on long messages",
    "stalled": "F16: 200 screens that do not read",
    "asleep": "F17: browsers that sleep in the midst of a set",
    "doubled": "F18: a second agent under the same name",
    "locked": "F19: the list of sessions is locked",
    "versions": "F20: other versions",
    "stuck": "F21: channels that stick, and fifty hours of holds that do not",
    "sensorless": "F22: readings that stop in the midst of sets",
    "starved": "F23: the event loop, with the computer to itself and with four times too much to do",
    "flipped": "F24: bits that flip in everything that is kept",
}
"""Each a module of `benchmarks/trials`."""
SWITCH_S = 0.001
"""Wires and judge share this process: they must not wait for each other's turn."""


def main() -> int:
    """The exit code."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, prog="scripts/bench endurance", formatter_class=layout)
    parser.add_argument("--only", action="append", choices=sorted(TRIALS), help="this trial alone; may be repeated")
    parser.add_argument("--short", action="store_true", help="a look at whether they work: less of everything, writes nothing")
    options = parser.parse_args()
    sys.setswitchinterval(SWITCH_S)
    found: list[Figure] = []
    for name in options.only or TRIALS:
        print(f"{TRIALS[name]} ...", file=sys.stderr, flush=True)
        facts, began_s = figures.computer(), time.monotonic()
        run: Callable[..., list[Figure]] = importlib.import_module(f"benchmarks.trials.{name}").run
        reached = run(short=options.short)
        found += reached
        took_s = time.monotonic() - began_s
        print(f"{name}: {took_s:.0f} s", file=sys.stderr, flush=True)
        if not options.short:
            content = {"took_s": took_s, "figures": reached}
            print(f"written to {figures.write(f'endurance-{name}', facts, figures.rounded(content))}", file=sys.stderr)
    print(table([each._asdict() for each in found]))
    return 0 if all(each.held for each in found) else 1


def table(rows: Sequence[dict[str, Any]]) -> str:
    """What was to be reached and what was."""
    cells = [[each["fault"], each["what"], each["to_reach"], f"{each['reached']}{'' if each['held'] else ' **missed**'}"] for each in rows]
    return figures.table(["fault", "figure", "to reach", "reached"], cells)


if __name__ == "__main__":
    sys.exit(main())
