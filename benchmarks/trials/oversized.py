"""F15: a broker that hangs up on messages of a length that the edge may send."""

import sys
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.faults.rig import Machines, Rig
from benchmarks.faults.strike import WHOLE_S
from benchmarks.trials.figure import Figure, at_most, none
from tests.brokers import Nats

NAME = "lab/one"
RATE_HZ = 1000.0
MOST_BYTES = 4096
"""Half of a second at 1 kHz, as the backlog sends it."""
AWAY_S, ROUNDS = 20.0, 5
BREAKS, FLOWS_S = 2, 5.0


class Small(Nats):
    """The embedded broker with a lower limit."""

    def command(self) -> list[str]:
        command = super().command()
        file = Path(command[2])
        lines = [f"max_payload: {MOST_BYTES}" if line.startswith("max_payload") else line for line in file.read_text().splitlines()]
        file.write_text("\n".join(lines) + "\n")
        return command


class Outage(NamedTuple):
    """How often the line broke after it, how long until everything that had waited was called stored, and what the account says."""

    breaks: int
    whole_s: float
    attempted: int
    wrong: int


def run(*, short: bool) -> list[Figure]:
    """An outage of the broker in each, so that the backlog is full of such messages; every agent is a new one and knows of no limit."""
    rounds = 1 if short else ROUNDS
    found: list[Outage] = []
    for number in range(1, rounds + 1):
        found.append(_outage())
        print(f"F15: {number} of {rounds}: {found[-1].breaks} breaks, whole after {found[-1].whole_s:.1f} s", file=sys.stderr, flush=True)
    what = f"{rounds} outages of {AWAY_S:.0f} s at 1 kHz, a broker that takes {MOST_BYTES // 1024} KiB"
    return [
        at_most("F15", f"{what}: the line breaks for a message's length", max(each.breaks for each in found), BREAKS, "times", 0),
        at_most("F15", "until all that waited is called stored", max(each.whole_s for each in found), FLOWS_S, "s"),
        none("F15", "samples lost or twice", sum(each.wrong for each in found), f"{sum(each.attempted for each in found):,}"),
    ]


def _outage() -> Outage:
    with Rig([Machines([NAME], rate_hz=RATE_HZ)], Small) as rig:
        rig.later(3)
        wire = rig.wires[0]
        before = wire.connections
        rig.kill_broker()
        time.sleep(AWAY_S)
        rig.mark()
        rig.start_broker()
        rig.until(lambda: wire.connections > before, "the agent does not come back", WHOLE_S)
        whole_s = rig.until(rig.whole, "not everything is called stored", WHOLE_S)
        breaks = wire.connections - before - 1
        total = rig.finish().total
        return Outage(breaks, whole_s, total.attempted, total.lost + total.duplicated)
