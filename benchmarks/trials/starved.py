"""F23: how late the event loop comes to its timers; then with four busy processes a core, where no age may be stated untruly."""

import itertools
import os
import subprocess
import sys
import time
from contextlib import ExitStack

from benchmarks.faults.rig import Rig, fleet
from benchmarks.faults.treatment import Treatment
from benchmarks.trials.figure import Figure, none
from benchmarks.trials.measures import lag

MACHINES = 10
CALM_S, STARVED_S = 120.0, 120.0
WARM_S = 15.0
LAG_S, SHARE = 0.02, 0.99
TIMES = 4
LATE_MS = 250.0


def run(*, short: bool) -> list[Figure]:
    """Two minutes each."""
    calm_s, starved_s = (6.0, 6.0) if short else (CALM_S, STARVED_S)
    with Rig(fleet(MACHINES, 2)) as rig:
        with Treatment(rig, 1):
            time.sleep(WARM_S)
            before = lag(rig)
            time.sleep(calm_s)
            calm = lag(rig).since(before)
            frames = [rig.screen.frames[name] for name in rig.names]
            seen, lies = [len(each.received_s) for each in frames], sum(each.lies for each in frames)
            with ExitStack() as stack:
                for _ in range(TIMES * (os.cpu_count() or 1)):
                    busy = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
                    stack.callback(busy.kill)
                before = lag(rig)
                time.sleep(starved_s)
                starved = lag(rig).since(before)
                lies = sum(each.lies for each in frames) - lies
                ages_ms = [
                    1e3 * (received_s - sampled_s)
                    for each, first in zip(frames, seen, strict=True)
                    for received_s, sampled_s in zip(
                        itertools.islice(each.received_s, first, None), itertools.islice(each.sampled_s, first, None), strict=False
                    )
                ]
        total = rig.finish().total
    late = sum(age_ms > LATE_MS for age_ms in ages_ms)
    print(
        f"F23: starved, {starved.share(LAG_S):.2%} of timers within 20 ms; oldest frame {max(ages_ms, default=0):.0f} ms", file=sys.stderr
    )
    share = calm.share(LAG_S)
    return [
        Figure(
            "F23",
            f"timers of the event loop at most 20 ms late, {MACHINES} machines",
            ">= 99 %",
            f"{share:.2%} of {calm.timers:,.0f}",
            share >= SHARE,
        ),
        none(
            "F23", f"frames called live that were not, at {TIMES} busy processes a core", lies, f"{len(ages_ms):,}, {late:,} of them late"
        ),
        none("F23", "samples lost meanwhile", total.lost, f"{total.attempted:,}"),
    ]
