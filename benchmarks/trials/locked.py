"""F19: somebody else holds the database of the list of sessions while sessions end and begin."""

import contextlib
import sqlite3
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from benchmarks.faults.rig import Refused, Rig, fleet
from benchmarks.faults.treatment import Treatment
from benchmarks.trials.audience import Audience, Span, lasting
from benchmarks.trials.figure import Figure, at_most, none

MACHINES = 6
LOCKED_S, CALM_S, ROUNDS = 30.0, 20.0, 4
WARM_S = 12.0
LATER_MS, REPLAYED_S = 5.0, 10.0
WAIT_S = 60.0


def run(*, short: bool) -> list[Figure]:
    """Four times half a minute."""
    locked_s, calm_s, rounds = (5.0, 4.0, 1) if short else (LOCKED_S, CALM_S, ROUNDS)
    before: list[Span] = []
    during: list[Span] = []
    replayed_s: list[float] = []
    refused = most = 0
    with Rig(fleet(MACHINES, 2)) as rig:
        journal = rig.data / "index.journal"
        with Treatment(rig, 1), Audience(rig) as audience:
            time.sleep(WARM_S)
            for number in range(1, rounds + 1):
                before.append(lasting(calm_s))
                with held(rig.data / "index.sqlite"):
                    begin_ns = time.monotonic_ns()
                    for name in rig.names[number % 2 :: 2]:
                        refused += not _anew(rig, name)
                    time.sleep(max(0.0, locked_s - (time.monotonic_ns() - begin_ns) / 1e9))
                    during.append(Span(begin_ns, time.monotonic_ns()))
                    most = max(most, journal.stat().st_size)
                replayed_s.append(rig.until(lambda: journal.stat().st_size == 0, "rows stay in the journal", WAIT_S))
                print(
                    f"F19: {number} of {rounds}: {most:,} bytes of rows, listed {replayed_s[-1]:.2f} s later", file=sys.stderr, flush=True
                )
            audience.leave()
        ledger = rig.finish()
        listed = {each["session"] for each in rig.sessions()}
        unlisted = sum(path.name.removesuffix(".mcap") not in listed for path in ledger.recordings)
    total = ledger.total
    calm, locked = audience.delays(rig.names, before), audience.delays(rig.names, during)
    later_ms = locked.p99_ms - calm.p99_ms
    figure = at_most(
        "F19", f"live p99 while the list is locked, {rounds} times {locked_s:g} s, later than before", later_ms, LATER_MS, "ms"
    )
    return [
        figure._replace(reached=f"{later_ms:+.1f} ms ({locked.p99_ms:.1f}, of {locked.samples:,} samples)"),
        none("F19", "plans and starts refused meanwhile", refused),
        at_most("F19", "until all rows are in the list, from when it is free", max(replayed_s), REPLAYED_S, "s", 2),
        none("F19", "sessions that are not listed", unlisted, f"{len(ledger.recordings):,}"),
        none("F19", "samples lost or twice", total.lost + total.duplicated, f"{total.attempted:,}"),
    ]


def _anew(rig: Rig, name: str) -> bool:
    """A session ends and another begins. False where that is refused."""
    try:
        rig.call("DELETE", f"/api/v1/machines/{name}/plan")
        rig.put_plan(name)
        rig.call("POST", f"/api/v1/machines/{name}/start", {"id": str(uuid.uuid4())})
    except Refused as refused_:
        print(f"F19: {refused_}", file=sys.stderr, flush=True)
        return False
    return True


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Another writer of a SQLite file holds it."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=10.0)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
