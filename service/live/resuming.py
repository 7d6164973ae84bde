"""A session that ran when the service was killed, from its recording: analysed again as it was lived (robustness F03)."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from time import monotonic_ns
from typing import TYPE_CHECKING, NamedTuple

import structlog

from service import aside, recordings
from service.live import restart
from service.live.record import Record
from service.live.running import Running, started_by
from service.metrics import Counts
from service.recordings import Recorder
from service.recordings.rerun import recorded_parameters
from wire.capture import Capture
from wire.events import Event, SetEnded
from wire.messages import Input
from wire.recorded import RecordedError
from wire.topics import Leaf, is_machine

if TYPE_CHECKING:
    from service.live.floor import Floor
    from service.live.line import Line

log = structlog.get_logger()

RECENT_S = 660.0
"""Before the newest one: a session ends after 600 s of silence, and all of an older one was called stored long ago."""

FEW = 4
"""So many recordings are ended here: a process takes a third of a second to start."""
A_CORE = 2
"""Processes for the others: a third of the time goes by waiting for the disk."""
ENDING_S = 600.0


class Resumed(NamedTuple):
    """A session as it was at the kill. `boot`: its newest sample's, None before the first one; `next` follows that sample.

    `events` are all that the samples made known, `recorded_id` the last one that was written before the kill: shown, perhaps.
    `actions` are the verbs and ids of what people told the session.
    """

    running: Running
    boot: str | None
    next: int
    events: list[Event]
    recorded_id: int
    actions: list[tuple[str, str]]
    utc_offsets_ns: dict[str, int]


class Left(NamedTuple):
    """A recording of a session that wasn't running: it had ended, or (`reason` None) is one that nobody saw, in the midst of a backlog."""

    record: Record
    reason: str | None
    utc_offsets_ns: dict[str, int]


def resumed(part: Path, machine: str, counts: Counts) -> Resumed | Left:
    """Takes up a recording that a kill cut off. Blocks. Raises OSError, RecordedError."""
    recorder = Recorder.resume(part)
    try:
        capture = Capture(recorder.path)
        session = capture.session or part.name.partition(".")[0]
        offsets_ns = capture.utc_offsets_ns()
        if capture.ended is not None or capture.metadata.get("lane") == Leaf.BACKFILL:
            record = Record(part.parent, machine, session, capture.plan, {}, counts)
            record.take_over(recorder, capture)
            return Left(record, None if capture.ended is None else capture.ended.get("reason", "interrupted"), offsets_ns)
        # An update in between changes nothing of a session that has begun (hazard H17): what it has shown stays as it was.
        running = Running(part.parent, machine, session, capture.plan, {}, counts, monotonic_ns(), recorded_parameters(capture))
        running.take_over(recorder, capture)
        running.ends.clear()
        # Later boots began while the session was open (decision 0290).
        running.begins |= dict.fromkeys(list(running.begins)[1:], 0)
        with contextlib.suppress(RecordedError):
            running.set_events = recordings.of_sets(recordings.events_after(part.parent / f"{session}.mcap", 0))
        return _lived_again(running, capture, offsets_ns)
    except BaseException:
        recorder.close()
        raise


def _lived_again(running: Running, capture: Capture, offsets_ns: dict[str, int]) -> Resumed:
    analysis, events, actions = running.analysis, list[Event](), list[tuple[str, str]]()
    boot, following = None, 0
    for entry in capture.lived():
        if isinstance(entry, Input):
            running.by_start = started_by(entry, running.by_start)
            if entry.id is not None:
                # Pain at a screen is a stop that is recorded as a press (decision 0134).
                actions.append(("stop" if entry.kind == "button" and entry.button != "pause" else entry.kind, entry.id))
            known = analysis.apply(entry)
        else:
            known = analysis.continue_boot() if boot not in (None, entry.boot) else []
            if boot is None and entry.boot is not None:
                running.base_utc_ns = offsets_ns[entry.boot]
            boot, following = entry.boot, entry.seq + len(entry.t_ns)
            known += analysis.feed(entry.t_ns, entry.angle_deg, entry.torque_nm)
            running.newest_ns = int(entry.t_ns[-1])
        if any(isinstance(event, SetEnded) for event in known):
            running.by_start = False
        events += known
    recorded_id = max(capture.event_ids, default=0)
    if analysis.last_event_id < recorded_id:
        # The disk had kept events without their samples (robustness F11).
        running.remark("replay_short", shown=recorded_id, known=analysis.last_event_id)
        analysis.number_on(recorded_id)
    return Resumed(running, boot, following, events, recorded_id, actions, offsets_ns)


class Resuming:
    """What a killed service left behind: each machine's sessions that ran and those that were written to lately are gone on with.

    Older ones, which had ended, are finished after.
    """

    def __init__(self, floor: "Floor", parts: Sequence[Path]) -> None:
        self.parts = len(parts)
        self.taken_up = asyncio.Event()
        """Every machine has its session again."""
        self._floor = floor
        self._whole: list[Path] = []
        self._known: dict[str, list[Path]] = {}
        self._others: list[Path] = []
        self._changed_s = _changed_s(parts)
        for part in sorted(self._changed_s, key=self._changed_s.__getitem__, reverse=True):
            machine = _machine_of(part)
            if is_machine(machine) and (line := floor.line(machine)) is not None:
                if machine not in self._known:
                    line.ready.hold()
                self._known.setdefault(machine, []).append(part)
            else:
                self._others.append(part)

    async def run(self) -> list[Path]:
        """Until everything is taken up or ended; the recordings that were made whole."""
        # One at a time: threads of one interpreter that all compute only take turns.
        for machine, parts in self._known.items():
            line = self._floor.lines[machine]
            try:
                first, older = await asyncio.to_thread(_in_turn, parts, self._changed_s)
                self._others += older
                for part in first:
                    await self._go_on(line, part)
            finally:
                line.ready.go_on()
        self.taken_up.set()
        async for path in made_whole(self._others):
            self._end(path)
            if (known := self._floor.lines.get(_machine_of(path))) is not None:
                await _known_to(known, path)
        return self._whole

    async def _go_on(self, line: "Line", part: Path) -> None:
        """Takes a recording up, or ends it: whatever is wrong with one, the others are gone on with."""
        began_ns = monotonic_ns()
        try:
            found = await asyncio.to_thread(resumed, part, line.machine, self._floor.counts)
        except (OSError, RecordedError) as error:
            log.error("session not taken up again", recording=part.name, reason=str(error))  # noqa: TRY400 - the reason says it all
        except Exception:
            log.exception("session not taken up again", recording=part.name)
        else:
            record = found.record if isinstance(found, Left) else found.running
            try:
                if isinstance(found, Left):
                    restart.take_back(line, record, found.reason, found.utc_offsets_ns)
                elif line.running is not None:
                    restart.take_back(line, record, "interrupted", found.utc_offsets_ns)
                else:
                    restart.take_up(line, found, monotonic_ns())
                    seconds = round((monotonic_ns() - began_ns) * 1e-9, 3)
                    log.warning("session taken up again", machine=line.machine, session=record.session, seconds=seconds)
            except Exception:
                log.exception("session not taken up again", recording=part.name)
                restart.let_go(line, record)
            else:
                return
        async for path in made_whole([part]):
            self._end(path)
            await _known_to(line, path)

    def _end(self, path: Path) -> None:
        log.warning("recording recovered", recording=path.name)
        self._whole.append(path)


def _changed_s(parts: Sequence[Path]) -> dict[Path, float]:
    """When each was written to last; one of which the system tells nothing is logged, and left for the next start."""
    found: dict[Path, float] = {}
    for part in parts:
        try:
            found[part] = part.stat().st_mtime
        except OSError as error:
            log.error("unfinished recording left for the next start: it can't be looked at", part=str(part), reason=str(error))  # noqa: TRY400 - the reason says it all
    return found


def _machine_of(part: Path) -> str:
    return "/".join(part.parts[-3:-1])


def _in_turn(parts: Sequence[Path], changed_s: Mapping[Path, float]) -> tuple[list[Path], list[Path]]:
    """Of one machine's, newest first: what is gone on with, in this order, and what is only to be finished. Blocks.

    A wall clock may have stepped between them (robustness F12), so times never say that a session had ended: its recording does. A copy
    under another name is not the session's recording, whatever it says (decision 0286).
    """
    copies = [part for part in parts if not recordings.at_its_place(part)]
    own = [part for part in parts if part not in copies]
    ended = {part for part in own if len(own) > 1 and recordings.over(part)}
    older = [part for part in own if part in ended and changed_s[own[0]] - changed_s[part] >= RECENT_S]
    return sorted((part for part in own if part not in older), key=ended.__contains__), older + copies


async def made_whole(parts: Sequence[Path]) -> AsyncIterator[Path]:
    """Ends what is not gone on with; the new files. More than a few are shared out to processes.

    What such a process leaves is tried again here, so that one recording at which it breaks off hides no other.
    """
    if len(parts) > FEW:
        processes = min(A_CORE * (os.cpu_count() or 1), len(parts) // FEW)
        for some in await asyncio.gather(*(_elsewhere(parts[k::processes]) for k in range(processes))):
            for path in some:
                yield path
    for part in parts:
        try:
            whole = await asyncio.to_thread(recordings.make_whole, part) if part.exists() else None
        except Exception:
            log.exception("recording left as it is", recording=part.name)
        else:
            if whole is not None:
                yield whole


async def _known_to(line: "Line", path: Path) -> None:
    """The line knows the samples of a recording that was ended: those that the journal did not know are sent again."""
    try:
        capture = await asyncio.to_thread(Capture, path)
        if not await asyncio.to_thread(recordings.at_its_place, path):
            return  # what a copy holds alone is wanted in the session's own recording all the same
        record = Record(path.parent, line.machine, capture.session or path.name.partition(".")[0], capture.plan, {}, line.counts)
        record.holds(capture)
        restart.restore(line, record, capture.utc_offsets_ns())
    except Exception:
        log.exception("samples of an ended recording not known", recording=path.name)


async def _elsewhere(parts: Sequence[Path]) -> list[Path]:
    """The same by a process of its own."""
    try:
        done = await aside.run(aside.python("service.recordings.recovery", *parts), ENDING_S)
    except TimeoutError:
        return []
    for line in done.words.decode(errors="replace").splitlines():
        log.error("trouble with what was left open", words=line)
    return [Path(line) for line in done.output.decode().splitlines()]
