"""Recordings of sessions that have ended, open for what is still to come of them (contract 2; decision 0118)."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from service.live.record import Record
from service.live.running import Arrival
from service.recordings import Recorder
from wire.capture import Capture
from wire.recorded import RecordedError

if TYPE_CHECKING:
    from service.live.line import Line

SETTLE_NS = 600_000_000_000
"""A recording whose missing samples have not come for so long is finished without them; they may still come later."""
CUT_OFF_NS = 3_600_000_000_000
"""The recording of a session that ended only because its machine was cut off stays open for so long."""
GRACE_NS = 2_000_000_000
"""So long even a machine without a spool may send what was on its way."""
MOST_HELD = 1024
"""Batches that may wait while a recording is opened again; more are not taken now, and come again."""

log = structlog.get_logger()


class _Ended:
    def __init__(self, record: Record, reason: str, now_ns: int) -> None:
        self.record = record
        self.reason = reason
        self.ended_ns = now_ns
        self.heard_ns = now_ns


class Settling:
    """One machine's recordings between the end of a session and the finished file."""

    def __init__(self, line: "Line", finish: Callable[[Record, str, set[str]], None]) -> None:
        self._line = line
        self._finish = finish
        self._ended: dict[str, _Ended] = {}
        self._opening: dict[str, list[Arrival]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def records(self) -> list[Record]:
        """All that may have changed since the last sync."""
        return [each.record for each in self._ended.values()]

    def take(self, record: Record, reason: str, now_ns: int) -> None:
        """A session has ended: its recording is finished as soon as nothing of it is missing and the journal knows it."""
        self._ended[record.session] = _Ended(record, reason, now_ns)
        self.tick(now_ns)

    def let_go(self, record: Record) -> None:
        """Nothing more is done with it here."""
        self._ended.pop(record.session, None)

    def covering(self, boot: str, seq: int, now_ns: int) -> Record | None:
        """The recording that a late sample belongs to."""
        for each in self._ended.values():
            if each.record.covers(boot, seq):
                each.heard_ns = now_ns
                return each.record
        return None

    def tick(self, now_ns: int) -> None:
        """Finishes what is whole, and what nothing more will come of."""
        for each in list(self._ended.values()):
            each.record.begin(now_ns)
            if self._over(each, now_ns):
                if not each.record.journaled:
                    self._line.store_now(now_ns)
                    continue
                del self._ended[each.record.session]
                # What waits for its place in it is not stored, and comes again.
                self._line.backlog.let_go(each.record)
                if each.record.recorder is not None:
                    self._end(each)

    def close(self) -> None:
        """The service ends: nothing is waited for. What the journal doesn't know stays as it is for the next start."""
        for each in self._ended.values():
            recorder = each.record.recorder
            if recorder is None:
                continue
            if each.record.journaled:
                self._end(each)
            else:
                log.error("recording left unfinished: what is stored of it can't be written down", session=each.record.session)
                recorder.close()
        self._ended.clear()

    def reopen(self, session: str, arrival: Arrival) -> None:
        """A finished recording lacks these samples: they are added to it."""
        held = self._opening.get(session)
        if held is not None:
            if len(held) < MOST_HELD:
                held.append(arrival)
            return
        path = self._line.folder / f"{session}.mcap"
        if path.with_name(f"{path.name}.part").exists():
            # It is being finished at this moment, or was left by a kill and is not taken up yet: a copy of `path` would take the place of
            # what it holds more (decision 0286). The samples come again.
            return
        if not path.exists():
            self._line.refuse_batch(arrival.batch)  # it was deleted
            return
        self._opening[session] = [arrival]
        task = asyncio.create_task(self._open(path, session), name=f"open {session} again")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Waits for recordings that are being opened."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _open(self, path: Path, session: str) -> None:
        line = self._line
        try:
            record = await asyncio.to_thread(reopened, path, line)
        except (OSError, RecordedError) as error:
            log.error("recording not opened again; its samples are left with the machine", recording=path.name, reason=str(error))  # noqa: TRY400 - the reason says it all
            del self._opening[session]
            return
        held = self._opening.pop(session)
        self._ended[session] = _Ended(record, "completed", held[0].now_ns)
        for arrival in held:
            line.backlog.record(record, arrival)

    def _end(self, each: _Ended) -> None:
        self._finish(each.record, each.reason, self._named(each) or set())

    def _named(self, each: _Ended) -> set[str] | None:
        """The boots of which the machine may still have samples; None where it keeps none on a disk of its own."""
        boots, named = self._line.boots_to_come(each.ended_ns), self._line.presence.named
        # Whoever is gone has no more of an earlier boot than it named before.
        return boots if boots is None or named is None else boots & named

    def _over(self, each: _Ended, now_ns: int) -> bool:
        record, line = each.record, self._line
        if record.recorder is None:
            return now_ns - each.ended_ns > SETTLE_NS and not record.begins
        boots, named = line.boots_to_come(each.ended_ns), self._named(each)
        if boots is None or named is None:
            if record.goes_on is not None and line.presence.named is None:
                return now_ns - each.heard_ns > CUT_OFF_NS  # since a restart nothing is known of it but perhaps its will
            # A machine without a spool has nothing more than what is on its way.
            return now_ns - each.heard_ns > GRACE_NS or record.missing(line.refused()) == 0
        if not any(boot in boots for boot in record.begins):
            return True
        if record.missing(line.refused()) == 0 and record.goes_on not in boots and not record.open_ended(named):
            return True
        return now_ns - each.heard_ns > (SETTLE_NS if record.goes_on is None else CUT_OFF_NS)


def reopened(path: Path, line: "Line") -> Record:
    """A recording, finished or cut off, open for samples that come late. Blocks. Raises OSError, RecordedError."""
    recorder = Recorder.resume(path)
    capture = Capture(recorder.path)
    record = Record(line.folder, line.machine, capture.session or path.name.partition(".")[0], capture.plan, {}, line.counts)
    record.take_over(recorder, capture)
    record.goes_on = None  # it was finished
    return record
