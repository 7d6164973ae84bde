"""F04: the service is told to end in the midst of sets, and started again, as an upgrade does."""

import random
import signal
import sys
import time

from benchmarks.faults.account import event_faults
from benchmarks.faults.rig import Rig, fleet
from benchmarks.faults.strike import LIVE_S
from benchmarks.faults.treatment import Treatment
from benchmarks.trials.figure import Figure, at_most, none

MACHINES, ROUNDS = 6, 10
APART_S = (4.0, 10.0)
"""At any moment of a repetition of 10 s."""
WARM_S = 8.0
ENDED_S, BACK_S = 5.0, 3.0
WITH_A_WORD = 1012


def run(*, short: bool) -> list[Figure]:
    """Ten times."""
    rounds = 2 if short else ROUNDS
    chance = random.Random(4)  # noqa: S311 - no secret
    ended_s: list[float] = []
    back_s: list[float] = []
    wrong = open_files = 0
    with Rig(fleet(MACHINES, 2)) as rig:
        with Treatment(rig, 1):
            time.sleep(WARM_S)
            for number in range(1, rounds + 1):
                time.sleep(chance.uniform(*APART_S))
                deaths, starts = len(rig.service.deaths), len(rig.service.starts)
                told_s = time.monotonic()
                rig.service.send(signal.SIGTERM)
                rig.until(lambda n=deaths: len(rig.service.deaths) > n, "it does not end", 30.0)  # type: ignore[misc]
                open_files += len(list(rig.data.rglob("*.part")))
                at_s, code = rig.service.deaths[-1]
                ended_s.append(at_s - told_s)
                wrong += code != 0
                rig.until(lambda n=starts: len(rig.service.starts) > n, "it is not started again", 30.0)  # type: ignore[misc]
                rig.until(rig.ready, "not ready", LIVE_S)
                ready_s = time.monotonic()
                rig.until(lambda: rig.live_again(rig.service.starts[-1]), "not live again", LIVE_S)
                back_s.append(max(0.0, time.monotonic() - ready_s))
                print(
                    f"F04: {number} of {rounds}: {ended_s[-1]:.2f} s, back {back_s[-1]:.2f} s after it was ready",
                    file=sys.stderr,
                    flush=True,
                )
        wrong += sum(code != WITH_A_WORD for _, code in rig.screen.closings)
        ledger = rig.finish()
        events = len(event_faults(ledger.recordings, rig.screen.events)) + rig.screen.repeated
        left = len(rig.unfinished())
    total = ledger.total
    return [
        at_most("F04", f"until it has ended, the longest of {rounds}, {MACHINES} machines in sets", max(ended_s), ENDED_S, "s", 2),
        at_most("F04", "until all machines are live on the screen again, from when it is ready", max(back_s), BACK_S, "s", 2),
        none("F04", "`.part` files left by it", open_files + left),
        none("F04", "ends by another code than 0, screens let go by another than 1012", wrong),
        none("F04", "samples lost or twice", total.lost + total.duplicated, f"{total.attempted:,}"),
        none("F04", "events repeated, or shown otherwise than recorded", events),
    ]
