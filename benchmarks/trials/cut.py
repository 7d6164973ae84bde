"""F06: the power goes while an agent samples, at every write; and each single sync that is left out must show (robustness 1.4).

The twin of the disk door (`tests/faults/twin.py`) rebuilds what a cut may leave behind: writes dropped, reordered, torn, names not there
yet. The agent's part is played here as the agent does it, a commit each 40 ms; the stories of recordings, of the list's journal and of the
button's file are those of their tests.
"""

import shutil
import sys
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
from structlog.testing import capture_logs

from benchmarks.trials.figure import Figure, none
from edge_agent import spool as spools
from edge_agent.spool import Spool
from tests.faults.twin import State, Twin
from tests.service.live.test_presses import story as presses
from tests.service.recordings.test_power_cut import story as recording
from tests.service.store.test_journal import story as rows
from wire.messages import Stored
from wire.samples import SampleBatch, encode

RATE_HZ, BATCH = 100, 2
COMMIT_S = 0.04
SECONDS, SHORT_SECONDS = 10.0, 4.0
DRAWS, SHORT_DRAWS = 4, 1
MOST_LOST_S = 0.1
SEGMENT_BYTES = 8 * 1024
"""So small that segments end and are forgotten within the time."""
QUOTA_BYTES = 8 * 1024 * 1024
SHM = Path("/dev/shm")  # noqa: S108 - a folder of its own in it
"""Each state is a folder of small files that are synced."""
NOTE = "clocks.json"
ALL = 1 << 62
FOR_TIME = "edge_agent.reserve.Reserve.grow:"
"""Space is prepared in small synced steps for the sake of the disk's time, not of what is in it."""
BOOT = "0199e7a1-0000-7000-8000-000000000000"
STORIES: dict[str, Callable[[Twin], None]] = {
    "recordings": lambda twin: recording(twin, draws=6),
    "the list's journal": rows,
    "the file of the buttons": presses,
}


class Counting(Twin):
    """A twin that counts the states it was asked for."""

    states = 0

    def cut(self, random: Random, moment: int | None = None) -> State:
        Counting.states += 1
        return super().cut(random, moment)

    def worst(self, moment: int | None = None) -> State:
        Counting.states += 1
        return super().worst(moment)

    def cuts(self, random: Random, every: int = 1, draws: int = 2) -> Iterator[tuple[int, State]]:
        for found in super().cuts(random, every, draws):
            Counting.states += 1
            yield found


class Lived(NamedTuple):
    """What an agent had done, each with the twin's moment. `settled`: what its next run knows to be stored; `noted`: of its small file."""

    taken: list[tuple[int, int]]
    synced: list[tuple[int, int]]
    stored: list[tuple[int, int]]
    settled: list[tuple[int, int]]
    noted: list[tuple[int, int]]


def batch(seq: int) -> SampleBatch:
    """Samples that say which ones they are."""
    column = np.arange(seq, seq + BATCH, dtype="<f4").tobytes()
    return SampleBatch(boot=BOOT, seq=seq, t0=seq * 10**9 // RATE_HZ, dt=10**9 // RATE_HZ, angle=column, torque=column)


def opened(folder: Path, disk: Any = None) -> Spool:
    """With a disk that never fills up, and a clock on which positions are written in each round."""
    ticks = iter(range(0, 10**9, 10))
    rest = () if disk is None else (disk,)
    spool = Spool(folder, QUOTA_BYTES, *rest, size=lambda: (1 << 40, 1 << 40), now_s=lambda: float(next(ticks)))
    spool.open()
    return spool


def live(twin: Twin, seconds: float) -> Lived:
    """An agent samples for so long; what it sent is called stored a second later."""
    lived = Lived([], [], [], [], [])
    spool = opened(twin.root / "spool", twin)
    spool.begin(BOOT)
    at = 0
    for step in range(1, round(seconds / COMMIT_S) + 1):
        until = round(step * COMMIT_S * RATE_HZ)
        while at < until:
            spool.put(at, BATCH, encode(batch(at)))
            at += BATCH
            lived.taken.append((twin.moment, at))
        if at % RATE_HZ < BATCH and at > 2 * RATE_HZ:
            spool.stored(Stored(boot=BOOT, upto=at - RATE_HZ - 1))
            lived.stored.append((twin.moment, at - RATE_HZ))
            spool.note(NOTE, b"%d" % at)
        spool.round()
        lived.synced.append((twin.moment, at))
        if lived.stored and at % RATE_HZ < BATCH:
            spool.round()  # what was forgotten in the one before is written down in this one
            lived.settled.append((twin.moment, lived.stored[-1][1]))
            lived.noted.append((twin.moment, at))
    return lived


def _at(known: list[tuple[int, int]], moment: int) -> int:
    """What was so then."""
    found = bisect_right(known, (moment, ALL))
    return known[found - 1][1] if found else 0


class Cuts(NamedTuple):
    """How many states there were; in how many the spool didn't open, or gave what was never taken or in another order; samples."""

    states: int
    failed: int
    synced_lost: int
    longest_s: float


def sweep(folder: Path, seconds: float, draws: int, off: str | None = None) -> tuple[Cuts, list[str]]:
    """A cut at each write of an agent that samples. `off`: a place whose syncs do nothing. Also the places that call a sync."""
    root = folder / "disk"
    root.mkdir(parents=True)
    twin = Twin(root)
    twin.off = off
    before = spools.SEGMENT_BYTES, spools.LEAST_SEGMENT_BYTES
    spools.SEGMENT_BYTES = spools.LEAST_SEGMENT_BYTES = SEGMENT_BYTES
    states = failed = synced_lost = 0
    longest_s = 0.0
    try:
        with capture_logs():
            lived = live(twin, seconds)
            for moment, state in twin.cuts(Random(6), draws=draws):  # noqa: S311 - no secret
                left = state.put(folder / "left" / str(states))
                states += 1
                held, waits, note = found(left / "spool")
                if held is None or waits < _at(lived.settled, moment) or note < _at(lived.noted, moment):
                    failed += 1
                    continue
                first, synced, taken = _at(lived.stored, moment), _at(lived.synced, moment), _at(lived.taken, moment)
                synced_lost += len(set(range(first, synced)) - held)
                longest_s = max(longest_s, len(set(range(first, taken)) - held) / RATE_HZ)
                failed += bool(held - set(range(_end(lived, moment))))
                shutil.rmtree(left)
    finally:
        spools.SEGMENT_BYTES, spools.LEAST_SEGMENT_BYTES = before
    return Cuts(states, failed, synced_lost, longest_s), list(twin.sites)


def _end(lived: Lived, moment: int) -> int:
    """Behind the last sample that may be on the medium: of a commit that was being made, all."""
    return next((count for at, count in lived.synced if at >= moment), lived.taken[-1][1])


def found(folder: Path) -> tuple[set[int] | None, int, int]:
    """What the next agent holds, from which sample on it would send, and the number in the small file.

    None where it doesn't open, or gives others than were taken, or not in order.
    """
    try:
        spool = opened(folder)
        if spool.trouble is not None:
            return None, 0, 0
        note = int(spool.noted(NOTE) or b"0")
        waits = next((first for holding in spool.holdings() for first, _ in holding.waiting()), ALL)
        held: list[int] = []
        for one in spool.batches(BOOT, 0):
            numbers = list(range(one.seq, one.seq + one.n))
            if one.angle_deg().tolist() != numbers:
                return None, 0, 0
            held += numbers
        spool.close()
    except Exception:  # noqa: BLE001 - whatever it is, it didn't start
        return None, 0, 0
    return (set(held) if held == sorted(set(held)) else None), waits, note


def unnoticed(folder: Path, story: Callable[[Twin], None]) -> tuple[int, list[str]]:
    """How many syncs there are, and which of them can be left out without the story failing. Raises what the whole story raises."""

    def told(number: int, off: str | None) -> Twin:
        root = folder / str(number)
        root.mkdir(parents=True)
        twin = Counting(root)
        twin.off = off
        with capture_logs():
            story(twin)
        return twin

    sites = list(told(0, None).sites)
    silent = []
    for number, site in enumerate(sites, 1):
        try:
            told(number, site)
        except AssertionError:
            continue
        silent.append(site)
    return len(sites), silent


def run(*, short: bool) -> list[Figure]:
    """Ten seconds of sampling, each moment of it; then the same and the stories without each single sync."""
    seconds, draws = (SHORT_SECONDS, SHORT_DRAWS) if short else (SECONDS, DRAWS)
    with tempfile.TemporaryDirectory(prefix="ilex-cut-", dir=SHM if SHM.is_dir() else None) as own:
        folder = Path(own)
        cuts, sites = sweep(folder / "sweep", seconds, draws)
        print(f"F06: {cuts}", file=sys.stderr, flush=True)
        seen = cuts.states
        missed, sites = [], [site for site in sites if not site.startswith(FOR_TIME)]
        for number, site in enumerate(sites[:1] if short else sites):
            without, _ = sweep(folder / f"without {number}", SHORT_SECONDS, 4, site)
            seen += without.states
            if not (without.failed or without.synced_lost or without.longest_s > MOST_LOST_S):
                missed.append(site)
        left_out = len(sites)
        for what, story in () if short else STORIES.items():
            count, silent = unnoticed(folder / what.replace(" ", "-"), story)
            print(f"1.4: {what}: {count} syncs, left out unnoticed: {silent}", file=sys.stderr, flush=True)
            left_out, missed = left_out + count, missed + silent
    for site in missed:
        print(f"1.4: nobody misses {site}", file=sys.stderr)
    states = f"{cuts.states:,} states"
    return [
        none("F06", "states after a power cut at any write in which a spool does not open, or gives other things", cuts.failed, states),
        none("F06", "samples lost that a returned sync had covered", cuts.synced_lost, states),
        Figure("F06", "samples lost before a cut, at most", f"<= {MOST_LOST_S * 1e3:g} ms", f"{cuts.longest_s * 1e3:.0f} ms",
               cuts.longest_s <= MOST_LOST_S),
        none("F06", "syncs, each left out alone, whose absence no state shows", len(missed),
             f"{left_out}, by {seen + Counting.states:,} states"),
    ]  # fmt: skip
