"""Sessions: the list, one of them, its events, its recording (contract 6)."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import FileResponse

from service import recordings
from service.api import bodies
from service.api.access import Needs, TheStation
from service.api.problems import Problem
from service.security import Action
from service.station import Station
from service.store import CursorError, SessionRow
from wire.plan import Plan
from wire.recorded import RecordedError

router = APIRouter(tags=["sessions"])

JSON_LINES = "application/jsonl"
MOST_ITEMS = 500


class Completeness(msgspec.Struct, frozen=True):
    """Samples: how many there should be, are, are not, and were refused."""

    expected: int
    stored: int
    missing: int
    refused: int


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One session. `ended_utc` is null while it runs; `final` says that its result was computed from the whole recording."""

    session: str
    machine: str
    started_utc: datetime
    ended_utc: datetime | None
    plan: Plan | None
    sets: list[dict[str, Any]]
    completeness: Completeness
    final: bool


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
    limit: Annotated[int, Query(ge=1, le=MOST_ITEMS)] = 50,
    after: Annotated[str | None, Query(description="`next` of the page before")] = None,
) -> Response:
    """Sessions that ran or run, newest first."""
    try:
        rows, following = await station.index.list(machine=machine, from_=_utc(from_), to=_utc(to), limit=limit, after=after)
    except CursorError as error:
        raise Problem("invalid-request", f"after: {error}") from error
    return bodies.answer(Sessions([_session(row) for row in rows], following))


@router.get(
    "/sessions/{session}",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.described(200, Session, "The session"),
)
async def session(station: TheStation, session: str) -> Response:
    """One session, with its sets and what was stored of it."""
    return bodies.answer(_session(await _row(station, session)))


@router.get(
    "/sessions/{session}/events",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.file_of(JSON_LINES, "The events of contract 4, one JSON object a line"),
)
async def events(station: TheStation, session: str, version: Literal["live", "final"] | None = None) -> Response:
    """The events as they were shown live, or as computed from the whole recording: that one by default, once it exists."""
    row = await _row(station, session)
    if row.ended_utc is None:
        if version == "final":
            raise Problem("no-such-version", "The session still runs: its final events come when it has ended.")
        return Response(b"".join(text + b"\n" for text in await station.floor.events(session)), media_type=JSON_LINES)
    wanted = version or ("final" if row.final else "live")
    if wanted == "final" and not row.final:
        raise Problem("no-such-version", "The session has no final events: its recording is not complete.")
    try:
        lines = await asyncio.to_thread(recordings.events, _file(row), wanted)
    except RecordedError as error:
        raise Problem("recording-damaged", str(error)) from error
    return Response(b"".join(text + b"\n" for text in lines), media_type=JSON_LINES)


@router.get(
    "/sessions/{session}/recording",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.file_of("application/octet-stream", "The MCAP file"),
)
async def recording(station: TheStation, session: str) -> Response:
    """The recording as a file. 409 while it is still being written: an MCAP file is whole only with its end."""
    row = await _row(station, session)
    if row.ended_utc is None:
        raise Problem("session-running", "The recording can be fetched when the session has ended.")
    return FileResponse(_file(row), media_type="application/octet-stream", filename=f"{row.session}.mcap")


async def _row(station: Station, session: str) -> SessionRow:
    row = await station.index.get(session)
    if row is None:
        raise Problem("unknown-session", f"No session has the id {session[:64]}.")
    return row


def _file(row: SessionRow) -> Path:
    path = Path(row.path)
    if not path.is_file():
        raise Problem("recording-missing", "The session is listed, but its recording is not on disk any more.")
    return path


def _session(row: SessionRow) -> Session:
    return msgspec.convert(row, Session, from_attributes=True)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
