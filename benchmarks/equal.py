"""The same events, whichever way: sessions of the accuracy tiers as they are analysed live, against every other way to their events.

    scripts/bench equal
    scripts/bench equal --sets 2000 --seeds frozen     every session of the tiers, takes an hour; each tier is kept when it is done
    scripts/bench equal --case hostile 7               one session: which way says what otherwise, first

Each session is recorded as the service records one (batches of 20 ms, inputs, events as they become known, killed and taken up again in
its midst for the last way), and its events are compared bit for bit: as JSON texts, ids and times included.

    final       computed anew from the whole recording, and kept in it
    rerun       what `POST /sessions/{id}/rerun` and `ilex rerun` compare with those, asked for nothing else
    command     what `ilex analyze --json` writes
    notebook    `ilex.open(...).analyze()`
    replay      played as a machine: through the edge's driver, cut into other batches, with the same inputs
    lived       as the replay page lives it again for what it shows of the analysis and of the patient's screen
    recovery    cut off at any byte, taken up again by the service, gone on with what is sent again
"""

import argparse
import asyncio
import contextlib
import dataclasses
import io
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

import ilex
from benchmarks import figures
from benchmarks.score import fleet
from benchmarks.score.analysis import inputs, quicken
from benchmarks.score.metrics import TIERS
from edge_agent.drivers.driver import Host
from edge_agent.drivers.recording import RecordingSettings
from edge_agent.simulator.cases import Case, case
from service import recordings
from service.analysis import Parameters, Session
from service.analysis.parameters import described
from service.analysis.run import analyse
from service.cli.analyze import analyze
from service.live.resuming import Resumed, resumed
from service.metrics import Counts
from service.recordings import Recorder
from service.recordings.finalise import finalise
from service.recordings.rerun import rerun
from wire import samples
from wire.capture import Capture
from wire.events import Event
from wire.messages import Input
from wire.plan import PastSet
from wire.recorded import RecordedError
from wire.samples import SampleBatch

BATCH_S = 0.02
BOOT = "0198a5b2-1111-7abc-8def-0123456789ab"
MACHINE = "bench/one"
UTC_OFFSET_NS = 1_790_000_000_000_000_000
CUT_S = 1.0
"""A chunk ends so often, as the service's does."""
REPLAYED_S = 0.07
"""The batches of the replay: none begins where one of the recording does for long."""
WAYS = ("final", "rerun", "command", "notebook", "replay", "lived", "recovery")

_text = msgspec.json.encode


class Outcome(NamedTuple):
    """One session: how many events it has, and of each way that tells it otherwise the first event in which it does."""

    tier: str
    seed: int
    events: int
    samples: int
    inputs: int
    otherwise: dict[str, str]


class Live:
    """A session as the service runs one: fed, told, recorded."""

    def __init__(self, folder: Path, subject: Case) -> None:
        self.n = max(round(subject.rate_hz * BATCH_S), 1)
        self.events: list[Event] = []
        self.subject = subject
        self.told = inputs(subject)
        self.session = Session(subject.plan)
        about = {"started_utc": "2026-03-01T09:30:00.000Z", "parameters": _text(described(Parameters())).decode()}
        self.recorder = Recorder(folder, machine=MACHINE, session=f"{subject.tier}-{subject.seed}", plan=subject.plan, metadata=about)
        self.recorder.utc_offset_ns = UTC_OFFSET_NS

    def run(self) -> Path:
        """The whole session; its recording, final."""
        total = len(self.subject.t_ns)
        told, every = list(self.told), max(round(CUT_S / BATCH_S), 1)
        for number, first in enumerate(range(0, total, self.n)):
            while told and told[0][0] <= first:
                self.tell(told.pop(0)[1], first)
            self.feed(first)
            if number % every == every - 1:
                self.recorder.cut()
        for entry in (*(entry for _, entry in told), Input(kind="end", reason="stopped")):
            self.tell(entry, total)
        path = self.recorder.finish({"expected": total, "stored": total, "missing": 0, "refused": 0}, {"reason": "stopped"})
        self.recorder.close()
        assert finalise(path)
        return path

    def feed(self, first: int) -> None:
        """The batch of 20 ms that begins at a sample, over the wire."""
        batch = samples.decode(samples.encode(batch_of(self.subject, first, self.n)))
        t0 = int(batch.times_ns()[0])
        self.recorder.batch(samples.encode(batch), t0)
        self._heard(self.session.feed(batch.times_ns(), batch.angle_deg(), batch.torque_nm()), int(batch.times_ns()[-1]))

    def tell(self, entry: Input, first: int) -> None:
        """An input, before the sample of that number."""
        if first:
            entry = msgspec.structs.replace(entry, boot=BOOT, seq=first - 1)
        t_ns = int(self.subject.t_ns[max(first - 1, 0)])
        self.recorder.entry(entry, t_ns)
        self._heard(self.session.apply(entry), t_ns)

    def _heard(self, events: list[Event], t_ns: int) -> None:
        self.events += events
        for event in events:
            self.recorder.event(event, t_ns)


def batch_of(subject: Case, first: int, n: int) -> SampleBatch:
    """Up to `n` samples, each with its own time: stamps of the tiers jitter, jump and fall."""
    rows = slice(first, first + n)
    t_ns, angle, torque = (column[rows] for column in (subject.t_ns, subject.angle_deg, subject.torque_nm))
    dt = round(1e9 / subject.rate_hz)
    even = bool((np.diff(t_ns) == dt).all())
    return SampleBatch(
        boot=BOOT, seq=first, t0=int(t_ns[0]), dt=dt, angle=angle.astype("<f4").tobytes(), torque=torque.astype("<f4").tobytes(),
        t=None if even else t_ns.astype("<i8").tobytes(),
    )  # fmt: skip


def one(folder: Path, tier: str, seed: int) -> Outcome:
    """Every way to the events of one session, against those of its live analysis."""
    subject = remembered(case(tier, seed))  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory(dir=folder) as name:
        live = Live(Path(name), subject)
        path = live.run()
        texts = [_text(event) for event in live.events]
        ways: dict[str, Callable[[], list[bytes]]] = {
            "final": lambda: recordings.events(path, "final"),
            "rerun": lambda: list(_encoded(rerun(Capture(path)))),
            "command": lambda: _written(path),
            "notebook": lambda: [_text(event) for event in ilex.open(path).analyze().events],
            "replay": lambda: list(_encoded(_replayed(path))),
            "lived": lambda: list(_encoded(analyse(Capture(path).lived(), subject.plan))),
            "recovery": lambda: list(_encoded(_recovered(Path(name), subject, live.n))),
        }
        otherwise = {}
        for way, told in ways.items():
            try:
                found = told()
            except Exception as error:  # noqa: BLE001 - one way's trouble is a finding, not the end of the others
                otherwise[way] = f"{type(error).__name__}: {error}"
                continue
            if found != texts:
                otherwise[way] = _first(texts, found)
    return Outcome(tier, seed, len(texts), len(subject.t_ns), len(live.told), otherwise)


def remembered(subject: Case) -> Case:
    """The same session under a plan that holds the patient's earlier sets (decision 0247)."""
    if subject.plan is None or not subject.past:
        return subject
    past = [PastSet(each.load_nm, each.repetitions, each.cycle_s) for each in subject.past]
    return dataclasses.replace(subject, plan=msgspec.structs.replace(subject.plan, past=past))


def _encoded(events: Iterator[Event] | Sequence[Event]) -> Iterator[bytes]:
    return map(_text, events)


def _first(texts: list[bytes], found: list[bytes]) -> str:
    """Where two tellings part."""
    at = next((n for n, (one, other) in enumerate(zip(texts, found, strict=False)) if one != other), min(len(texts), len(found)))
    sides = (each[at].decode() if at < len(each) else "nothing" for each in (texts, found))
    return " | ".join(sides)


def _written(path: Path) -> list[bytes]:
    """The lines of `ilex analyze --json`, without the start of a process."""
    with contextlib.redirect_stdout(io.StringIO()) as told:
        analyze([path], as_json=True)
    return told.getvalue().encode().splitlines()


class _Hurried:
    """A clock on which nothing is waited for."""

    def now_ns(self) -> int:
        return 0

    def utc_ns(self) -> int:
        return 0

    async def sleep_until(self, t_ns: int) -> None:
        """It is that time."""


def _replayed(path: Path) -> list[Event]:
    """The recording as a machine, and who told the session what told it then."""
    capture = Capture(path)
    told = [entry for entry in capture.entries() if isinstance(entry, Input)]
    session, events = Session(capture.plan), list[Event]()

    async def play() -> None:
        clock, fed = _Hurried(), 0
        driver = RecordingSettings(file=path.name).open(clock, path.parent)
        async for block in driver.read(Host(clock, REPLAYED_S, lambda _: None)):
            first = 0
            while told and (told[0].seq is None or told[0].seq < fed + len(block.t_ns)) and told[0].kind != "end":
                last = 0 if told[0].seq is None else told[0].seq + 1 - fed
                if last > first:
                    events.extend(session.feed(block.t_ns[first:last], block.angle_deg[first:last], block.torque_nm[first:last]))
                events.extend(session.apply(told.pop(0)))
                first = max(first, last)
            if first < len(block.t_ns):
                events.extend(session.feed(block.t_ns[first:], block.angle_deg[first:], block.torque_nm[first:]))
            fed += len(block.t_ns)

    asyncio.run(play())
    for entry in told:
        events += session.apply(entry)
    return events


def _recovered(folder: Path, subject: Case, n: int) -> list[Event]:
    """Killed in its midst: the recording ends at any byte. Taken up again, it is sent what it lacks."""
    random = np.random.default_rng(subject.seed)
    cut = Live(folder / "cut", subject)
    total = len(subject.t_ns)
    told = list(cut.told)
    for first in range(0, int(random.integers(n, total)), n):
        while told and told[0][0] <= first:
            cut.tell(told.pop(0)[1], first)
        cut.feed(first)
        if first // n % 50 == 49:
            cut.recorder.flush()
    cut.recorder.flush()
    cut.recorder.close()
    part = cut.recorder.path
    size = part.stat().st_size
    with part.open("r+b") as file:
        # Of the last tenth any part may not have been written.
        file.truncate(int(random.integers(size - size // 10, size + 1)))
    try:
        found = resumed(part, MACHINE, Counts())
    except RecordedError:
        # Cut off before its first chunk was whole: nothing of it was called stored, so all is sent again, to a session from the beginning.
        return _heard_again(subject, Session(subject.plan), [], 0, cut.told, n)
    assert isinstance(found, Resumed)
    assert found.running.recorder is not None
    known = sum(isinstance(entry, Input) for entry in Capture(found.running.recorder.path).lived())
    found.running.recorder.close()
    return _heard_again(subject, found.running.analysis, found.events, found.next, cut.told[known:], n)


def _heard_again(
    subject: Case, session: Session, events: list[Event], following: int, told: Sequence[tuple[int, Input]], n: int
) -> list[Event]:
    """A session that goes on, from a sample's number to the end, with what it is still to be told."""
    total, told = len(subject.t_ns), list(told)
    for first in range(following, total, n):
        while told and -(-told[0][0] // n) * n <= first:
            events += session.apply(told.pop(0)[1])
        batch = batch_of(subject, first, n)
        events += session.feed(batch.times_ns(), batch.angle_deg(), batch.torque_nm())
    for entry in (*(entry for _, entry in told), Input(kind="end", reason="stopped")):
        events += session.apply(entry)
    return events


def run(tiers: Sequence[str], seeds: range, jobs: int) -> list[Outcome]:
    """All sessions over the cores, with a line of progress now and then, and one for each that is told otherwise."""
    found: list[Outcome] = []
    quicken(fleet.MANY)
    with tempfile.TemporaryDirectory() as name, multiprocessing.Pool(jobs, quicken, (fleet.MANY,)) as pool:
        for tier in tiers:
            began = told = time.monotonic()
            for done, outcome in enumerate(pool.imap_unordered(partial(one, Path(name), tier), seeds, chunksize=2), 1):
                found.append(outcome)
                if outcome.otherwise:
                    _say(f"{tier} {outcome.seed}: {', '.join(outcome.otherwise)} otherwise")
                now = time.monotonic()
                if now - told >= fleet.EVERY_S or done == len(seeds):
                    told = now
                    _say(f"{tier}: {done} of {len(seeds)} sessions, {now - began:.0f} s")
    return found


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def rows(found: Sequence[Outcome]) -> list[dict[str, Any]]:
    """One a tier: of how many sessions each way tells all events alike."""
    made = []
    for tier in dict.fromkeys(each.tier for each in found):
        mine = [each for each in found if each.tier == tier]
        made.append(
            {
                "tier": tier,
                "sessions": len(mine),
                "samples": sum(each.samples for each in mine),
                "inputs": sum(each.inputs for each in mine),
                "events": sum(each.events for each in mine),
                "equal": {way: sum(way not in each.otherwise for each in mine) for way in WAYS},
                "otherwise": [{"seed": each.seed, **each.otherwise} for each in mine if each.otherwise],
            }
        )
    return made


def table(made: Sequence[dict[str, Any]]) -> str:
    """What is equal, of how many."""
    return figures.table(
        ["tier", "sessions", "samples", "inputs", "events", *WAYS],
        [
            [row["tier"], *(f"{row[name]:,}" for name in ("sessions", "samples", "inputs", "events")), *(row["equal"][way] for way in WAYS)]
            for row in made
        ],
    )


def main() -> int:
    """The command line. Exit code 1 where one session is told otherwise by any way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=10, metavar="N", help="sessions a tier (10)")
    parser.add_argument("--seeds", choices=("frozen", "dev"), default="frozen")
    parser.add_argument("--tier", action="append", choices=TIERS, help="this tier only (may be given again)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (one a core)")
    parser.add_argument("--case", nargs=2, metavar=("TIER", "SEED"), help="one session; writes nothing")
    arguments = parser.parse_args()
    if arguments.case:
        quicken(fleet.MANY)
        outcome = one(Path(tempfile.gettempdir()), arguments.case[0], int(arguments.case[1]))
        print(*(f"{way}: {words}" for way, words in outcome.otherwise.items()), sep="\n")
        return int(bool(outcome.otherwise))
    facts = figures.computer()
    made = []
    for tier in arguments.tier or TIERS:
        made += rows(run([tier], fleet.seeds(arguments.seeds, arguments.sets), arguments.jobs))
        # Hours may be cut short: each tier is kept as soon as it is done.
        own, parts = facts, {row["tier"]: row for row in made}
        if arguments.tier or len(made) < len(TIERS):
            own, parts = figures.beside("equal", facts, {tier: made[-1]})
        written = figures.write("equal", own, parts)
    print(table(made))
    print(written)
    return int(any(row["otherwise"] for row in made))


if __name__ == "__main__":
    sys.exit(main())
