"""The recording of a session leafed through: what it holds, its messages one by one, its checksums (issue 6, point 1; decision 0235)."""

import asyncio
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from service.api import bodies
from service.api.access import Needs, TheStation
from service.api.problems import unusable
from service.api.sessions import listed, recording_of
from service.replay.catalogue import Contents
from service.replay.checksums import Checksums
from service.replay.leafing import Order, What
from service.replay.messages import RawMessage, Wanted
from service.security import Action
from service.station import Station
from wire.channels import SAMPLES
from wire.recorded import RecordedError

router = APIRouter(tags=["sessions"])


@router.get(
    "/sessions/{session}/contents",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.described(200, Contents, "What the recording holds beside its messages"),
)
async def contents(station: TheStation, session: str) -> Response:
    """Channels with their schemas, metadata, attachments by name, chunks. Of a running session as far as it is on disk."""
    return _json(await _leaf(station, session, "contents"))


@router.get(
    "/sessions/{session}/message",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.described(200, RawMessage, "The message, as it lies in the recording and as it reads"),
)
async def message(
    station: TheStation,
    session: str,
    topic: Annotated[str, Query(max_length=256, description="a channel of the recording")] = SAMPLES,
    at: Annotated[float, Query(ge=0, le=1e8, allow_inf_nan=False, description="s since the session's first sample")] = 0.0,
    number: Annotated[int | None, Query(ge=1, le=2**53, description="in place of `at`: which one in the topic, by log time")] = None,
) -> Response:
    """The last message of a topic up to a time, the first where there is none before; or the one with a number, the last beyond the end."""
    found = await _leaf(station, session, "message", Wanted(topic, at, number))
    if found == b"null":
        raise unusable("topic", f"the recording has no message of {topic[:64]}")
    return _json(found)


@router.get(
    "/sessions/{session}/checksums",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.described(200, Checksums, "Whether the recording is as it was written"),
)
async def checksums(station: TheStation, session: str) -> Response:
    """Size, SHA-256, and every checksum in the file, worked out now: it takes as long as the file takes to read."""
    return _json(await _leaf(station, session, "checksums"))


async def _leaf(station: Station, session: str, what: What, wanted: Wanted | None = None) -> bytes:
    """Raises a Problem, BusyError, WorkError, RecordedError."""
    row = await listed(station, session)
    path = Path(f"{row.path}.part") if row.ended_utc is None else recording_of(row)
    try:
        return await station.shelf.leaf(Order(str(path), what, wanted))
    except RecordedError:
        # It may have been finished since, and the list is about to say so.
        if row.ended_utc is not None or not await asyncio.to_thread(Path(row.path).is_file):
            raise
        return await station.shelf.leaf(Order(row.path, what, wanted))


def _json(found: bytes) -> Response:
    return Response(found, media_type="application/json")
