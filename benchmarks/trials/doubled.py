"""F18: a second agent under the name of a machine that is there."""

import sys
import time

from benchmarks.faults.rig import Machines, Rig
from benchmarks.faults.truth import Truth
from benchmarks.trials.figure import Figure, at_most, none

ROUNDS = 10
STAYS_S = 10.0
WAIT_S = 60.0
SHOWN_S = 2.0


def run(*, short: bool) -> list[Figure]:
    """Ten times ten seconds."""
    shown_s: list[float] = []
    reconnects, mixed, lost = 0, 0, 0
    rounds = 1 if short else ROUNDS
    for number in range(1, rounds + 1):
        with Rig([Machines(["lab/one"])]) as rig:
            rig.put_plan("lab/one")
            rig.later(3)
            before, second = rig.wires[0].connections, Truth(rig.folder / "impostor0" / "truth")
            with rig.impostor(0) as impostor:
                rig.until(second.refresh, "the second does not sample", WAIT_S)
                began_s = time.monotonic()
                rig.until(lambda: any(message["conflict"] for _, message in list(rig.screen.said["keeping"])), "nobody is told", WAIT_S)
                shown_s.append(time.monotonic() - began_s)
                time.sleep(STAYS_S)
                impostor.stop()
            reconnects = max(reconnects, rig.wires[0].connections - before - 1)
            total = rig.finish().total
            mixed, lost = mixed + total.invented, lost + total.lost
        print(f"F18: {number} of {rounds}: shown after {shown_s[-1]:.2f} s", file=sys.stderr, flush=True)
    return [
        at_most("F18", "until the conflict is shown", max(shown_s), SHOWN_S, "s", 2),
        at_most("F18", "reconnections of both", reconnects / STAYS_S, 1.0, "a second"),
        none("F18", "samples of the second in a recording, samples lost of the first", mixed + lost),
    ]
