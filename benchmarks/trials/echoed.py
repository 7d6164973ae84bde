"""F13: every batch of a machine ten times, each at any moment of the next five seconds, so in any order; others go on beside it."""

import itertools
import random
import sys
import time
from collections.abc import Iterable

from benchmarks.faults.account import event_faults
from benchmarks.faults.relay import Relay, Sent
from benchmarks.faults.rig import Machines, Rig
from benchmarks.faults.treatment import Treatment
from benchmarks.trials.audience import Audience, Span, lasting
from benchmarks.trials.figure import Figure, at_most, none
from benchmarks.usage import rss_mib
from wire.capture import Capture
from wire.recorded import Block
from wire.topics import Leaf

NAME, OTHERS = "lab/echoed", 5
TIMES, WINDOW_S = 10, 5.0
CALM_S, ECHOED_S, WARM_S = 30.0, 90.0, 12.0
LATER_MS, GROWTH_MIB = 10.0, 20.0
"""Of others as in F14. Five seconds of a machine are 10 kB: what the service grows by is everything else."""
TAKEN = (Leaf.SAMPLES, Leaf.BACKFILL)


def run(*, short: bool) -> list[Figure]:
    """A minute and a half of it."""
    calm_s, echoed_s = (5.0, 10.0) if short else (CALM_S, ECHOED_S)
    chance = random.Random(13)  # noqa: S311 - no secret

    def up(leaf: Leaf, name: str, payload: bytes) -> Iterable[Sent]:
        if leaf not in TAKEN:
            return (Sent(0.0, name, payload),)
        return (Sent(chance.uniform(0.0, WINDOW_S), name, payload) for _ in range(TIMES))

    others = [f"lab/m{number}" for number in range(1, OTHERS + 1)]
    with Rig([Machines([NAME]), Machines(others)]) as rig:
        with Treatment(rig, 1), Audience(rig, others) as audience:
            time.sleep(WARM_S)
            calm = lasting(calm_s)
            assert rig.service.pid is not None
            before_mib = most_mib = rss_mib([rig.service.pid])
            begin_ns = time.monotonic_ns()
            with Relay(rig, NAME, up) as relay:
                while time.monotonic_ns() < begin_ns + echoed_s * 1e9:
                    time.sleep(0.2)
                    most_mib = max(most_mib, rss_mib([rig.service.pid]))
            during = Span(begin_ns, time.monotonic_ns())
            audience.leave()
        ledger = rig.finish()
        disorder = sum(_disorder(Capture(path)) for path in ledger.recordings)
        events = len(event_faults(ledger.recordings, rig.screen.events)) + rig.screen.repeated
        past = sum(len(seen.backwards) for seen in rig.screen.frames.values())
    total = ledger.total
    quiet, echoed = audience.delays(others, [calm]), audience.delays(others, [during])
    later_ms = echoed.p99_ms - quiet.p99_ms
    print(f"F13: {relay.sent:,} messages; {total}", file=sys.stderr)
    how = f"every batch {TIMES} times within {WINDOW_S:g} s"
    figure = at_most("F13", "others' live p99 meanwhile, later than before", later_ms, LATER_MS, "ms")
    return [
        none("F13", f"samples stored twice, lost or altered, {how}", total.duplicated + total.lost + total.altered, f"{total.attempted:,}"),
        none("F13", "samples that a reader of the recordings is given out of order", disorder, f"{total.stored:,}"),
        none("F13", "events repeated, or shown otherwise than recorded; frames that show the past", events + past),
        at_most("F13", "memory of the service, more than before", most_mib - before_mib, GROWTH_MIB, "MiB"),
        figure._replace(reached=f"{later_ms:+.1f} ms ({echoed.p99_ms:.1f}, of {echoed.samples:,} samples)"),
    ]


def _disorder(capture: Capture) -> int:
    """Samples that stand behind a later one of their boot, or twice."""
    blocks = [(entry.boot, entry.seq, len(entry.t_ns)) for entry in capture.entries() if isinstance(entry, Block)]
    return sum(max(0, before[1] + before[2] - after[1]) for before, after in itertools.pairwise(blocks) if before[0] == after[0])
