"""Sessions: the list, one of them, its events, its recording (contract 6)."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import FileResponse

from service import recordings
from service.api import bodies
from service.api.access import Needs, TheStation
from service.api.problems import Problem, unusable
from service.live.errors import NoSession
from service.live.running import Running
from service.recordings.labels import Label
from service.recordings.placed import PlacedLabel, with_spans
from service.security import Action
from service.station import Station
from service.store import CursorError, SessionRow
from service.store.flags import Flag
from wire.plan import Plan
from wire.recorded import RecordedError

router = APIRouter(tags=["sessions"])

JSON_LINES = "application/jsonl"
MOST_ITEMS = 500


class Completeness(msgspec.Struct, frozen=True, omit_defaults=True):
    """Samples: how many there should be, are, are not, and were refused.

    `open_ended`: runs of the machine of which nobody knows the last sample; `expected` and `missing` are that many at least then.
    """

    expected: int
    stored: int
    missing: int
    refused: int
    open_ended: int = 0


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One session. `ended_utc` is null while it runs; `final` says that its result was computed from the whole recording.

    `flags`: what stands out in it (see the query's `flag`); null where that was not looked for yet.
    """

    session: str
    machine: str
    started_utc: datetime
    ended_utc: datetime | None
    plan: Plan | None
    sets: list[dict[str, Any]]
    completeness: Completeness
    final: bool
    flags: list[str] | None = None


class Stretch(msgspec.Struct, frozen=True):
    """A stretch of a session, seconds since its first sample: shown live, came later, or not there."""

    kind: Literal["live", "backfilled", "gap"]
    from_s: float
    to_s: float


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Events that stand in one version only; when they became known is no difference. `version` of the software computed the final one."""

    only_live: list[dict[str, Any]]
    only_final: list[dict[str, Any]]
    version: str | None = None
    computed_utc: str | None = None


class Damage(msgspec.Struct, frozen=True):
    """What is wrong with the recording, and from which time on, seconds since its first message."""

    from_s: float
    reason: str


class SessionRecord(Session, frozen=True, kw_only=True):
    """One session with what befell its recording. `settling`: it has ended, and samples may still come.

    `notes`: gaps, clock steps, restarts, quarantined payloads, each with `kind` and `noted_utc`. `difference` is null without a final
    result; `damage` where nothing is known to be wrong. `labels`: what therapists said of it, in the order in which they said it.
    `imported`: its samples come from a table, and no screen has shown them.
    """

    coverage: list[Stretch] = []
    notes: list[dict[str, Any]] = []
    difference: Difference | None = None
    damage: Damage | None = None
    settling: bool = False
    labels: list[PlacedLabel] = []
    imported: bool = False


class Sessions(msgspec.Struct, frozen=True):
    """A page: `next` goes into `after` for the following one, null on the last."""

    items: list[Session]
    next: str | None


@router.get(
    "/sessions",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.described(200, Sessions, "One page of sessions, newest first"),
)
async def sessions(
    station: TheStation,
    machine: Annotated[str | None, Query(description="only this one, `site/machine`")] = None,
    from_: Annotated[datetime | None, Query(alias="from", description="started at or after this time; UTC without an offset")] = None,
    to: Annotated[datetime | None, Query(description="started before this time; UTC without an offset")] = None,
    flag: Annotated[list[Flag], Query(description="only those that have it; several: all of them")] = [],  # noqa: B006 - FastAPI copies it
    limit: Annotated[int, Query(ge=1, le=MOST_ITEMS)] = 50,
    after: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> Response:
    """Sessions that ran or run, newest first."""
    try:
        rows, following = await station.index.list(machine=machine, from_=_utc(from_), to=_utc(to), flags=flag, limit=limit, after=after)
    except CursorError as error:
        raise unusable("after", str(error)) from error
    return bodies.answer(Sessions([_session(_so_far(station, row)) for row in rows], following))


@router.get(
    "/sessions/{session}",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.described(200, SessionRecord, "The session"),
)
async def session(station: TheStation, session: str) -> Response:
    """One session, with its sets, what was stored of it, what of it was shown live and what the final result has changed."""
    row = await listed(station, session)
    record = await (_unfinished(station, row) if row.ended_utc is None else _finished(station, row))
    return bodies.answer(record)


@router.get(
    "/sessions/{session}/events",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.file_of(JSON_LINES, "The events of contract 4, one JSON object a line"),
)
async def events(station: TheStation, session: str, version: Literal["live", "final"] | None = None) -> Response:
    """The events as they were shown live, or as computed from the whole recording: that one by default, once it exists."""
    row = await listed(station, session)
    if row.ended_utc is None:
        if version == "final":
            raise Problem("no-such-version", "The session still runs: its final events come when it has ended.")
        return Response(b"".join(text + b"\n" for text in await _told(station, row)), media_type=JSON_LINES)
    wanted = version or ("final" if row.final else "live")
    if wanted == "final" and not row.final:
        raise Problem("no-such-version", "The session has no final events: its recording is not complete.")
    try:
        lines = await asyncio.to_thread(recordings.events, recording_of(row), wanted)
    except RecordedError:
        await mark(station, row)
        raise
    return Response(b"".join(text + b"\n" for text in lines), media_type=JSON_LINES)


@router.get(
    "/sessions/{session}/recording",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.file_of("application/octet-stream", "The MCAP file"),
)
async def recording(
    station: TheStation,
    session: str,
    damaged: Annotated[bool, Query(description="give the file although it is damaged, for `ilex recover`")] = False,
) -> Response:
    """The recording as a file. 409 while it is still being written: an MCAP file is whole only with its end."""
    row = await listed(station, session)
    if row.ended_utc is None:
        raise Problem("session-running", "The recording can be fetched when the session has ended.")
    if not damaged and (found := await mark(station, row)) is not None:
        raise Problem("recording-damaged", f"{found.reason}; with ?damaged=true it is given as it is")
    return FileResponse(recording_of(row), media_type="application/octet-stream", filename=f"{row.session}.mcap")


async def listed(station: Station, session: str) -> SessionRow:
    """A session of the list. Raises a Problem (404), StoreGoneError."""
    row = await station.index.get(session)
    if row is None:
        raise Problem("unknown-session", f"No session has the id {session[:64]}.")
    return row


def recording_of(row: SessionRow) -> Path:
    """Its finished recording. Raises a Problem: 410."""
    path = Path(row.path)
    if not path.is_file():
        raise Problem("recording-missing", "The session is listed, but its recording is not on disk any more.")
    return path


async def _told(station: Station, row: SessionRow) -> list[bytes]:
    """The events so far of a session whose recording is open; of one that nobody has taken up again as that has them."""
    try:
        return await station.floor.events(row.session)
    except NoSession:
        return await asyncio.to_thread(recordings.events_after, Path(row.path), 0)


async def _finished(station: Station, row: SessionRow) -> SessionRecord:
    """As the recording tells of it; where nothing of that can be read, as the list does, and that it is damaged (robustness F24)."""
    path = Path(row.path)
    try:
        found = await asyncio.to_thread(recordings.account, path)
    except RecordedError as error:
        there = await asyncio.to_thread(path.is_file)
        return _record(row, damage=Damage(0.0, error.message) if there else row.damage)
    if found.row != row:
        await station.index.put(found.row)
    labels = with_spans(msgspec.convert(found.row.labels, list[Label]), found.shown)
    return _record(
        found.row, coverage=found.coverage, notes=found.notes, difference=found.difference, labels=labels, imported=found.imported
    )  # fmt: skip


async def _unfinished(station: Station, row: SessionRow) -> SessionRecord:
    """Sets and completeness so far; of a session that has ended and whose recording is still open, also what that one says."""
    running = _running(station, row)
    if running is not None:
        try:
            coverage = await station.shelf.coverage(Path(f"{row.path}.part"))
        except RecordedError:
            coverage = []
        return _record(_so_far(station, row), coverage=coverage, notes=running.told)
    try:
        found = await asyncio.to_thread(recordings.unfinished, Path(f"{row.path}.part"))
    except RecordedError:
        # Finished since the list was asked, or not to be read.
        return await _finished(station, row)
    ended = found.ended.get("ended_utc") if found.ended is not None else None
    so_far = replace(
        row, sets=found.sets, completeness=found.completeness, ended_utc=datetime.fromisoformat(ended) if ended is not None else None
    )
    return _record(so_far, coverage=found.coverage, notes=found.notes, settling=ended is not None)


def _running(station: Station, row: SessionRow) -> Running | None:
    """The session itself while it is open."""
    line = station.floor.lines.get(row.machine)
    return line.running if line is not None and line.running is not None and line.running.session == row.session else None


def _so_far(station: Station, row: SessionRow) -> SessionRow:
    """A session as it is listed; an open one with its sets and completeness so far (decision 0125), from memory."""
    running = _running(station, row)
    if running is None:
        return row
    refused = station.floor.lines[row.machine].refused()
    return replace(row, sets=recordings.sets(running.set_events), completeness=running.completeness(refused))


def _record(row: SessionRow, **more: Any) -> SessionRecord:
    members = {name: getattr(row, name) for name in (*Session.__struct_fields__, "damage", "labels")}
    stretches = [stretch._asdict() for stretch in more.pop("coverage", [])]
    return msgspec.convert({**members, **more, "coverage": stretches}, SessionRecord)


async def mark(station: Station, row: SessionRow) -> Damage | None:
    """What is wrong with a recording; found now, it stands in the list from now on."""
    try:
        found = await asyncio.to_thread(recordings.summary, recording_of(row))
    except RecordedError as error:
        return Damage(0.0, error.message)
    if found.damage != row.damage:
        await station.index.put(found)
    return msgspec.convert(found.damage, Damage | None)


def _session(row: SessionRow) -> Session:
    return msgspec.convert(row, Session, from_attributes=True)


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo is None:
        return moment if moment is None else moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # within hours of the calendar's first or last moment
        return datetime.min.replace(tzinfo=UTC) if moment.year == 1 else datetime.max.replace(tzinfo=UTC)
