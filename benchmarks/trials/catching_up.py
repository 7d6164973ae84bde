"""F08: a machine brings back what it sampled while its line was cut; what others see live, and what it sends live itself, must not wait."""

import random
import sys
import time

from benchmarks.faults.rig import Machines, Rig
from benchmarks.faults.strike import WHOLE_S
from benchmarks.faults.treatment import Treatment
from benchmarks.trials.audience import Audience, Span, lasting
from benchmarks.trials.figure import Figure, at_most, none

CUT_S, ROUNDS, CALM_S = 60.0, 10, 15.0
OTHERS = 5
WARM_S = 12.0
LATER_MS = 20.0
WITHIN_S = 5.0
COMMIT_S = 0.05


def run(*, short: bool) -> list[Figure]:
    """Ten cuts of a minute; the times from each healing until everything is called stored, against those of calm before."""
    cut_s, rounds, calm_s = (6.0, 2, 5.0) if short else (CUT_S, ROUNDS, CALM_S)
    chance = random.Random(1)  # noqa: S311 - no secret
    others = [f"lab/m{number}" for number in range(1, OTHERS + 1)]
    before: list[Span] = []
    during: list[Span] = []
    with Rig([Machines(["lab/cut"]), Machines(others)]) as rig:
        with Treatment(rig, 1), Audience(rig) as audience:
            time.sleep(WARM_S)
            for number in range(1, rounds + 1):
                before.append(lasting(calm_s + chance.uniform(0, 10 if not short else 0)))
                rig.wires[0].cut()
                time.sleep(cut_s)
                rig.wires[0].heal()
                healed_ns = time.monotonic_ns()
                rig.mark()
                whole_s = rig.until(rig.whole, "not whole", WHOLE_S)
                during.append(Span(healed_ns, time.monotonic_ns()))
                print(f"F08: {number} of {rounds}: {cut_s:g} s brought back within {whole_s:.1f} s", file=sys.stderr, flush=True)
            audience.leave()
        ledger = rig.finish(COMMIT_S)
    longest_s = max(span.end_ns - span.begin_ns for span in during) / 1e9
    found = [at_most("F08", f"{cut_s:g} s are whole after the line has healed, the longest of {rounds} times", longest_s, WITHIN_S, "s")]
    for whose, names in (("other machines'", others), ("the machine's own", ["lab/cut"])):
        calm, draining = audience.delays(names, before), audience.delays(names, during)
        later_ms = draining.p99_ms - calm.p99_ms
        figure = at_most("F08", f"{whose} live p99 while {cut_s:g} s are brought back, later than before", later_ms, LATER_MS, "ms")
        found.append(figure._replace(reached=f"{later_ms:+.1f} ms ({draining.p99_ms:.1f}, of {draining.samples:,} samples)"))
    return [*found, none("F08", "samples lost", ledger.total.lost, f"{ledger.total.attempted:,}")]
