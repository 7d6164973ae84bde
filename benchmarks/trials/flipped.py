"""F24: a bit flips in a file that a service or an agent keeps. Either that is told, or what is read is what was written.

The files are those of a clinic that was killed in the midst of its work: service, broker and two agents, one of which had no line.
What was sampled is known from the agents' truth, so that what is read is compared with that and not with what was read before.
"""

import asyncio
import contextlib
import random
import shutil
import sqlite3
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from structlog.testing import capture_logs

from benchmarks.faults.rig import Machines, Rig
from benchmarks.faults.truth import Truth
from benchmarks.trials.figure import Figure, none
from disk.records import records
from edge_agent.anchors import Anchors
from edge_agent.spool import Spool
from service.ingest.journal import Journal as SaidJournal
from service.recordings import recover
from service.recordings.salvage import open_capture
from service.recordings.survey import survey
from service.store import Index, StoreGoneError
from service.store.journal import Journal as RowJournal
from service.store.row import SessionRow
from wire.capture import Capture
from wire.channels import EVENTS, EVENTS_FINAL, INPUTS, SAMPLES
from wire.messages import ClockAnchor
from wire.recorded import RecordedError
from wire.samples import SampleBatch, decode

TOLD, SAME, SILENT, DEAD = "told", "same", "silent", "dead"
"""What came of a flip: somebody is told; nobody is, and all is as it was written; nobody is, and it is not; who reads it dies of it."""
KEPT, CUT = "lab/kept", "lab/cut"
SET_S, SHORT_SET_S = 15.0, 5.0
WORDS = {
    "finished": "finished recordings",
    "unfinished": "recordings that a kill has left open",
    "spool": "segments and positions of a spool",
    "notes": "the clocks of earlier boots, beside a spool",
    "said": "the journal of what `stored` has said",
    "rows": "the journal of the list's rows",
    "list": "the database of the list",
}
FLIPS = {"finished": 500, "unfinished": 400, "spool": 600, "notes": 400, "said": 2_000, "rows": 2_000, "list": 500}
SHORT = 40
"""Of each, for a look."""
LOOK_S = 30.0
MOST_NAMED = 5
SPOOL = {"spool": (".spool", ".stored"), "notes": (".json",)}
CHANNELS = (EVENTS, EVENTS_FINAL, INPUTS)
Judge = Callable[[], str]
Known = tuple[set[int], set[int], set[str]]
"""Of a boot: samples that are stored or refused, those that are refused, the sessions that have some."""


class Files(NamedTuple):
    """Where they are."""

    service: Path
    spool: Path
    truth: Path


def left(folder: Path, set_s: float) -> Files:
    """Finished sessions, some that run, samples that nobody has fetched, rows that no database has taken; then everything is killed."""
    with contextlib.ExitStack() as later, Rig([Machines([KEPT]), Machines([CUT])], folder=folder) as rig:
        _treat(rig, set_s)
        for name in rig.names:
            rig.call("DELETE", f"/api/v1/machines/{name}/plan")
        rig.until(lambda: len(list(rig.data.rglob("*.mcap"))) >= len(rig.names), "not finished", LOOK_S)
        other = later.enter_context(contextlib.closing(sqlite3.connect(rig.data / "index.sqlite", isolation_level=None)))
        other.execute("BEGIN IMMEDIATE")  # until the service is dead
        rig.wires[1].cut()
        _treat(rig, set_s)
        rig.until(lambda: (rig.data / "index.journal").stat().st_size > 0, "no row waits", LOOK_S)
    with contextlib.closing(sqlite3.connect(rig.data / "index.sqlite")) as database:  # its write-ahead log into the file
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Files(rig.data, folder / "edge1" / "spool" / CUT.replace("/", "."), folder / "truth")


def _treat(rig: Rig, set_s: float) -> None:
    for name in rig.names:
        rig.put_plan(name)
        rig.call("POST", f"/api/v1/machines/{name}/start", {"id": str(uuid.uuid4())})
    rig.later(set_s)


def tried(path: Path, times: int, chance: random.Random, judge: Judge) -> Counter[str]:
    """So many flips of one file, one at a time; what came of them. The file is as before then."""
    data, found = path.read_bytes(), Counter[str]()
    try:
        for _ in range(times):
            at = chance.randrange(len(data))
            flipped = bytearray(data)
            flipped[at] ^= 1 << chance.randrange(8)
            path.write_bytes(flipped)
            why = "nobody is told"
            try:
                came = judge()
            except Exception as error:  # noqa: BLE001 - all of them would end a service or an agent
                came, why = DEAD, repr(error)
            found[came] += 1
            if came in (SILENT, DEAD) and found[came] <= MOST_NAMED:
                print(f"F24: {path.name}: byte {at}, {why}", file=sys.stderr, flush=True)
    finally:
        path.write_bytes(data)
    return found


def untrue(batches: Iterable[SampleBatch], truth: Truth) -> int:
    """Samples that were never sampled so."""
    count = 0
    for one in batches:
        last = one.seq + one.n
        if last > truth.counts.get(one.boot, 0):
            count += one.n
            continue
        sampled = truth.boot(one.boot)
        rows = slice(one.seq, last)
        same = (sampled.t_ns[rows] == one.times_ns()) & (sampled.angle[rows] == np.frombuffer(one.angle, "<u4"))
        count += int((~(same & (sampled.torque[rows] == np.frombuffer(one.torque, "<u4")))).sum())
    return count


class Held(NamedTuple):
    """What a recording says. `messages`: of each channel but the samples'."""

    ranges: dict[str, list[tuple[int, int]]]
    messages: dict[str, list[bytes]]
    about: tuple[Any, ...]

    def within(self, other: "Held") -> bool:
        """True where nothing is said that the other doesn't say."""
        return all(message in other.messages[topic] for topic, some in self.messages.items() for message in some)


def held(capture: Capture) -> Held:
    """Raises RecordedError."""
    said = {topic: [message.data for message in capture.messages(topic)] for topic in CHANNELS}
    about = (capture.machine, capture.session, capture.plan, capture.metadata, capture.completeness, capture.final, capture.ended)
    return Held(capture.ranges(), said, (*about, capture.utc_offsets_ns()))


def samples_of(capture: Capture) -> Iterable[SampleBatch]:
    """As they were recorded."""
    return (decode(message.data) for message in capture.messages(SAMPLES))


def of_finished(path: Path, truth: Truth) -> Judge:
    """A recording that is listed: whoever opens it, and whoever reads it through, must be told, and is given what is true."""
    before = held(Capture(path))

    def judge() -> str:
        try:
            capture = open_capture(path)
            told, found, wrong = capture.damage is not None, held(capture), untrue(samples_of(capture), truth)
        except RecordedError:
            return TOLD
        try:
            seen = survey(path).damage is not None
        except RecordedError:
            seen = True
        if wrong or told != seen or not found.within(before):
            return SILENT
        return TOLD if told else SAME if found == before else SILENT

    return judge


def of_unfinished(path: Path, truth: Truth) -> Judge:
    """One that a kill has left open: what is made of it says what it lacks."""
    again = path.with_name("again.mcap")
    whole, before = Capture(path).damage, held(Capture(path))
    open_end = recover(path, again).faults  # of a whole one: that nobody has finished it
    again.unlink()

    def judge() -> str:
        try:
            faults = recover(path, again).faults
            capture = Capture(again)
            found, wrong = held(capture), untrue(samples_of(capture), truth)
        except RecordedError:
            return TOLD
        finally:
            again.unlink(missing_ok=True)
        try:
            told = Capture(path).damage != whole
        except RecordedError:
            told = True
        if wrong or not found.within(before):
            return SILENT
        return TOLD if told or faults != open_end else SAME if found == before else SILENT

    return judge


class Looked(NamedTuple):
    """What an agent finds in a spool: samples that wait by boot, how many it can send and how many of these are untrue, the clocks."""

    waiting: dict[str, set[int]]
    samples: int
    wrong: int
    clocks: dict[str, ClockAnchor]
    logged: bool


def looked(folder: Path, copy: Path, truth: Truth) -> Looked:
    """Of a copy, for an agent that starts changes what it finds."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    with capture_logs() as logs, contextlib.closing(Spool(copy)) as spool:
        spool.open()
        clocks = Anchors(spool).pending()
        batches = [one for holding in spool.holdings() for one in holding.batches(0)]
        waiting = {holding.boot: _numbers(holding.waiting()) for holding in spool.holdings()}
    return Looked(waiting, sum(one.n for one in batches), untrue(batches, truth), clocks, bool(logs))


def of_spool(folder: Path, copy: Path, truth: Truth) -> Judge:
    """A file of a spool: the next agent sends what is true, and takes nothing for stored that waits."""
    before = looked(folder, copy, truth)

    def judge() -> str:
        found = looked(folder, copy, truth)
        if found.wrong or (found.clocks != before.clocks and not found.logged):
            return SILENT
        if found.logged or found.samples < before.samples:  # what is lacking in the midst is missing by its numbers
            return TOLD
        return SILENT if any(seqs - found.waiting.get(boot, set()) for boot, seqs in before.waiting.items()) else SAME

    return judge


def _numbers(ranges: Iterable[tuple[int, int]]) -> set[int]:
    return {seq for first, last in ranges for seq in range(first, last + 1)}


def _within(one: Known, known: Known | None) -> bool:
    return known is not None and one[0] <= known[0] and one[1] <= known[1] and one[2] <= known[2]


def of_said(path: Path) -> Judge:
    """The journal of what `stored` has said: nothing is taken for stored that isn't."""

    def look() -> tuple[dict[tuple[str, str], Known], bool]:
        with capture_logs() as logs:
            journal = SaidJournal(path)
            ledgers = [ledger for some in journal.ledgers().values() for ledger in some]
            journal.close()
        for copy in path.parent.glob(f"{path.name}.damaged-*"):
            copy.unlink()
        return {(one.machine, one.boot): (_numbers(one.seen), _numbers(one.refused), set(one.sessions)) for one in ledgers}, bool(logs)

    before, _ = look()

    def judge() -> str:
        found, told = look()
        if any(not _within(one, before.get(key)) for key, one in found.items()):
            return SILENT
        return TOLD if told else SAME if found == before else SILENT

    return judge


def of_rows(path: Path) -> Judge:
    """The journal of rows: each is what was kept, and of one that is gone somebody is told."""

    def look() -> tuple[list[SessionRow], bool]:
        with capture_logs() as logs:
            journal = RowJournal(path)
            rows = journal.replay()
            journal.close()
        return rows, bool(logs)

    kept = [msgspec.json.decode(payload, type=SessionRow) for _, payload in records(path.read_bytes())]
    before, _ = look()

    def judge() -> str:
        found, told = look()
        if any(row not in kept for row in found):
            return SILENT
        return TOLD if told else SAME if found == before else SILENT

    return judge


def of_list(folder: Path) -> Judge:
    """The database of the list of sessions: what it says is what it said, or it is set aside."""

    async def rows() -> list[SessionRow]:
        index = await Index.open(f"sqlite+aiosqlite:///{folder / 'index.sqlite'}", journal=folder / "none.journal")
        try:
            return (await index.list(limit=1000))[0]
        finally:
            await index.close()

    before = asyncio.run(rows())

    def judge() -> str:
        try:
            with capture_logs() as logs:
                found = asyncio.run(rows())
        except (StoreGoneError, ValueError, TypeError):
            return TOLD
        finally:
            for path in folder.glob("index.sqlite?*"):
                path.unlink()
        return TOLD if logs else SAME if found == before else SILENT

    return judge


def plans(files: Files, truth: Truth, folder: Path) -> dict[str, list[tuple[Path, Judge]]]:
    """Of each kind its files, each with its judge."""
    recordings, copy = files.service / "recordings", folder / "copy"
    said, rows = files.service / "stored.journal", files.service / "index.journal"
    return {
        "finished": [(path, of_finished(path, truth)) for path in sorted(recordings.rglob("*.mcap"))],
        "unfinished": [(path, of_unfinished(path, truth)) for path in sorted(recordings.rglob("*.mcap.part"))],
        **{
            kind: [(path, of_spool(files.spool, copy, truth)) for path in sorted(files.spool.iterdir()) if path.suffix in suffixes]
            for kind, suffixes in SPOOL.items()
        },
        "said": [(said, of_said(said))],
        "rows": [(rows, of_rows(rows))],
        "list": [(files.service / "index.sqlite", of_list(files.service))],
    }


def run(*, short: bool) -> list[Figure]:
    """Thousands, over each kind of file."""
    chance = random.Random(24)  # noqa: S311 - no secret
    times = dict.fromkeys(FLIPS, SHORT) if short else FLIPS
    found = {kind: Counter[str]() for kind in FLIPS}
    with tempfile.TemporaryDirectory(prefix="ilex-flipped-") as own:
        folder = Path(own)
        files = left(folder / "clinic", SHORT_SET_S if short else SET_S)
        truth = Truth(files.truth)
        truth.refresh()
        for kind, some in plans(files, truth, folder).items():
            began_s = time.monotonic()
            size = sum(path.stat().st_size for path, _ in some)
            for path, judge in some:
                found[kind] += tried(path, -(-times[kind] * path.stat().st_size // size), chance, judge)
            took_s = time.monotonic() - began_s
            print(f"F24: {kind}: {len(some)} files, {size:,} bytes, {dict(found[kind])}, {took_s:.0f} s", file=sys.stderr, flush=True)
    return [_figure(what, found[kind]) for kind, what in WORDS.items()]


def _figure(what: str, came: Counter[str]) -> Figure:
    of = f"{came.total():,}: {came[TOLD]:,} told, {came[SAME]:,} of no effect"
    if came[DEAD]:
        of += f", {came[DEAD]:,} keep it from starting"
    return none("F24", f"flipped bits after which other things are read and nobody is told: {what}", came[SILENT] + came[DEAD], of)
