"""Labels: what a therapist says of a session, beside what the engine found (decision 0140)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from service.api import bodies
from service.api.access import Needs, TheStation
from service.api.problems import Problem
from service.live.errors import NoSession
from service.recordings.labels import Said, TooManyLabelsError, faults
from service.recordings.placed import PlacedLabel
from service.security import Action
from wire.recorded import RecordedError

router = APIRouter(tags=["sessions"])

REFUSED = (NoSession, TooManyLabelsError, RecordedError, OSError)
_Session = Annotated[str, Path(description="the session's id")]


@router.post(
    "/sessions/{session}/labels",
    dependencies=[Depends(Needs(Action.LABEL))],
    responses=bodies.described(200, list[PlacedLabel], "The session's labels then, in the order in which they were made"),
    openapi_extra=bodies.body_of(Said),
)
async def say(station: TheStation, session: _Session, request: Request) -> Response:
    """Say something of a session that runs or has ended, once for each `id`. What is said last of a repetition counts."""
    said = await bodies.read_as(request, Said)
    if found := faults(said):
        raise Problem("invalid-request", "; ".join(f"{fault.pointer}: {fault.message}" for fault in found), found)
    identity = station.gate.identify(request.scope)
    try:
        return bodies.answer(await station.labelling.add(session, said, by=identity.name if identity is not None else ""))
    except REFUSED as error:
        raise _refusal(error) from error


@router.delete(
    "/sessions/{session}/labels/{label}",
    dependencies=[Depends(Needs(Action.LABEL))],
    responses=bodies.described(200, list[PlacedLabel], "The session's labels then"),
)
async def withdraw(station: TheStation, session: _Session, label: Annotated[str, Path(description="the label's id")]) -> Response:
    """Take a label back. It stays on record as withdrawn; nothing happens where there is none of that id."""
    try:
        return bodies.answer(await station.labelling.withdraw(session, label))
    except REFUSED as error:
        raise _refusal(error) from error


def _refusal(error: Exception) -> Problem:
    match error:
        case NoSession():
            return Problem("unknown-session", str(error))
        case TooManyLabelsError():
            return Problem("too-many-labels", str(error))
        case RecordedError():
            return Problem("labels-damaged", f"{error.path.name} {error.message}")
        case _:
            return Problem("not-kept", f"The disk did not take the label: {getattr(error, 'strerror', None) or error}")
