"""F16: two hundred screens that connect, watch everything and read nothing, again and again; others must not notice."""

import contextlib
import sys
import time

from benchmarks.faults.rig import HOST, Rig, fleet
from benchmarks.faults.treatment import Treatment
from benchmarks.trials.audience import Audience, Span, lasting
from benchmarks.trials.figure import Figure, at_most, none
from benchmarks.trials.measures import metrics
from benchmarks.usage import rss_mib
from benchmarks.viewers import ClosedError, Viewer, Watcher

MACHINES = 6
SCREENS = 200
CALM_S, ROUND_S, ROUNDS = 30.0, 6.0, 10
"""A screen that doesn't read is let go after 2 s; then it comes again."""
WARM_S = 12.0
GAP_MS, P99_MS, GROWTH_MIB = 100.0, 100.0, 100.0


def run(*, short: bool) -> list[Figure]:
    """Ten times two hundred."""
    screens, rounds, calm_s = (30, 2, 5.0) if short else (SCREENS, ROUNDS, CALM_S)
    with Rig(fleet(MACHINES, 2)) as rig:
        with Treatment(rig, 1), Audience(rig) as audience:
            time.sleep(WARM_S)
            calm = lasting(calm_s)
            assert rig.service.pid is not None
            before_mib, most_mib, begin_ns, made = rss_mib([rig.service.pid]), 0.0, time.monotonic_ns(), 0
            there, left = metrics(rig)["ilex_clients"], 0.0
            for number in range(1, rounds + 1):
                with contextlib.ExitStack() as stack:
                    until_s = time.monotonic() + ROUND_S
                    for _ in range(screens):
                        with contextlib.suppress(ClosedError, OSError):
                            stack.callback(Viewer(HOST, rig.port, rig.token, Watcher("*", 60.0), keep=False).socket.close)
                            made += 1
                    while time.monotonic() < until_s:
                        time.sleep(0.2)
                        most_mib = max(most_mib, rss_mib([rig.service.pid]))
                    left += metrics(rig)["ilex_clients"] - there
                print(f"F16: {number} of {rounds}, {made} screens", file=sys.stderr, flush=True)
            during = Span(begin_ns, time.monotonic_ns())
            audience.leave()
        rig.finish()
    names = rig.names
    quiet, busy = audience.delays(names, [calm]), audience.delays(names, [during])
    figure = at_most("F16", f"live p99 of {MACHINES} others", busy.p99_ms, P99_MS, "ms")
    calm_gap_ms = audience.longest_gap_ms(names, calm)
    gap = at_most("F16", "longest time without a frame, of any of them", audience.longest_gap_ms(names, during), GAP_MS, "ms")
    return [
        figure._replace(reached=f"{figure.reached} (calm {quiet.p99_ms:.1f})"),
        gap._replace(reached=f"{gap.reached} (calm {calm_gap_ms:.1f})"),
        at_most("F16", f"memory of the service, more than before, {screens} at a time", most_mib - before_mib, GROWTH_MIB, "MiB"),
        none("F16", f"screens that do not read and were not let go within {ROUND_S:g} s", round(left), f"{made:,}"),
    ]
