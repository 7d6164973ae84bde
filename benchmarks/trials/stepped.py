"""F12: wall clocks that step in the midst of sets: the service's and the agents', by an hour, back, and to 1970.

The processes are given a wall clock that can be stepped (`benchmarks/faults/stepping.py`); what is judged comes from the device's own.
The reference is the analysis of the samples that the live one was fed, from the recording, which knows of no wall clock; and the truth.
"""

import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from benchmarks.faults.rig import Machines, Rig
from benchmarks.faults.stepping import HOUR_S, TO_1970_S, Stepping
from benchmarks.faults.treatment import Treatment
from benchmarks.trials.figure import Figure, at_most, none
from service import kernels
from service.analysis import engine
from service.analysis.run import analyse
from service.recordings import events
from service.recordings.rerun import recorded_parameters
from wire.capture import Capture
from wire.channels import SAMPLES
from wire.samples import decode

STEPS_S = (HOUR_S, -HOUR_S, TO_1970_S, 0.0)
"""Less the right time, one after the other; then it is right again."""
APART_S, ROUNDS, WARM_S = (3.0, 8.0), 6, 8.0
MOST_MS = 1.0


def run(*, short: bool) -> list[Figure]:
    """Six times around, each side for itself and both at once."""
    rounds, apart_s = (1, (1.0, 2.0)) if short else (ROUNDS, APART_S)
    chance = random.Random(12)  # noqa: S311 - no secret
    with Stepping() as clocks, Rig([Machines(["lab/one", "lab/two"]), Machines(["lab/three"])], python=clocks.python) as rig:
        with Treatment(rig, 1):
            time.sleep(WARM_S)
            steps = 0
            for number in range(1, rounds + 1):
                for step_s in STEPS_S:
                    clocks.step(step_s)
                    for wire in rig.wires:
                        wire.reset()  # who comes back says what its clocks are; otherwise that is told each minute
                    steps += 1
                    time.sleep(chance.uniform(*apart_s))
                print(f"F12: {number} of {rounds}", file=sys.stderr, flush=True)
        starts = len(rig.service.starts) + sum(len(agents.starts) for agents in rig.agents) - 1 - len(rig.agents)
        ledger = rig.finish()
        past = sum(len(seen.backwards) for seen in rig.screen.frames.values())
        total = ledger.total
        captures = [Capture(path) for path in ledger.recordings]
        pairs = [pair for path, capture in zip(ledger.recordings, captures, strict=True) for pair in _events(path, capture)]
        differ_ms = max((_differ_ms(shown, reference) for shown, reference in pairs), default=0.0)
        uneven = sum(_uneven(capture) for capture in captures)
        noted = sum(note["kind"] == "clock_step" for capture in captures for note in capture.notes())
    print(f"F12: {noted} marks; {total}", file=sys.stderr)
    figure = at_most(
        "F12", f"times and durations of events by {steps} steps of the clocks, other than without", differ_ms, MOST_MS, "ms", 3
    )
    return [
        figure._replace(reached=f"{figure.reached}, of {len(pairs):,} events"),
        Figure("F12", "marks of it in the recordings", "there are", f"{noted:,}", noted > 0),
        none("F12", "times of samples that do not rise", uneven, f"{total.stored:,}"),
        none("F12", "samples lost, twice or altered", total.lost + total.duplicated + total.altered, f"{total.attempted:,}"),
        none("F12", "frames that show the past, restarts of any process", past + starts),
    ]


def _events(path: Path, capture: Capture) -> Iterator[tuple[dict[str, Any] | None, dict[str, Any] | None]]:
    """What was shown live, and what the analysis says of the same samples, which the recording holds."""
    engine.use(kernels.for_samples(capture.total))
    own = ("machine", "session")
    shown = [{name: value for name, value in msgspec.json.decode(text).items() if name not in own} for text in events(path, "live")]
    again = [msgspec.to_builtins(event) for event in analyse(capture.lived(), capture.plan, recorded_parameters(capture))]
    longest = max(len(shown), len(again))
    return zip(shown + [None] * (longest - len(shown)), again + [None] * (longest - len(again)), strict=True)


def _differ_ms(shown: Any, reference: Any) -> float:
    """By how much numbers in seconds differ, ms; anything else that differs is beyond all bounds."""
    if isinstance(shown, dict) and isinstance(reference, dict) and shown.keys() == reference.keys():
        return max((_differ_ms(value, reference[name]) for name, value in shown.items()), default=0.0)
    if isinstance(shown, float) and isinstance(reference, float):
        return abs(shown - reference) * 1e3
    return 0.0 if shown == reference else float("inf")


def _uneven(capture: Capture) -> int:
    """Samples of a boot that are not later than the one before."""
    times: dict[str, list[tuple[int, Any]]] = {}
    for message in capture.messages(SAMPLES):
        one = decode(message.data)
        times.setdefault(one.boot, []).append((one.seq, one.times_ns()))
    whole = [np.concatenate([part for _, part in sorted(some, key=lambda pair: pair[0])]) for some in times.values()]
    return int(sum((np.diff(each) <= 0).sum() for each in whole))
