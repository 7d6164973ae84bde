"""A recording opened in a Lichtblick that the operator has named: another page, which reads it over HTTP by ranges (decision 0237)."""

from urllib.parse import urlsplit

import msgspec
from fastapi import APIRouter, Depends, Response
from fastapi.responses import FileResponse

from service.api import bodies
from service.api.access import Needs, TheStation
from service.api.problems import Problem
from service.api.sessions import listed, mark, recording_of
from service.security import Action
from service.station import Station

router = APIRouter(tags=["sessions"])

LENT = "/sessions/{session}/lent/{code}/{name}.mcap"
"""Lichtblick knows what a file is by the end of its path."""
_EXPOSED = "accept-ranges, content-length, content-range, etag, last-modified"


class Viewer(msgspec.Struct, frozen=True):
    """Where recordings may be opened; null: nowhere but on this page."""

    lichtblick: str | None


class Loan(msgspec.Struct, frozen=True):
    """Where the recording can be read for a while, a path of this service. Whoever has it can read this recording, and nothing else."""

    path: str


@router.get(
    "/viewer",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.described(200, Viewer, "The viewer that the operator has named"),
)
async def viewer(station: TheStation) -> Response:
    """Which other page recordings may be opened in."""
    return bodies.answer(Viewer(station.settings.lichtblick))


@router.post(
    "/sessions/{session}/loan",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.described(200, Loan, "The recording, lent"),
)
async def loan(station: TheStation, session: str) -> Response:
    """Lends the recording to the viewer. 404 where no viewer is named, 409 while the session runs."""
    if station.settings.lichtblick is None:
        raise Problem("not-found", "No Lichtblick is named here: start the service with --lichtblick ADDRESS.")
    row = await listed(station, session)
    if row.ended_utc is None:
        raise Problem("session-running", "The recording can be opened elsewhere when the session has ended.")
    if (found := await mark(station, row)) is not None:
        raise Problem("recording-damaged", found.reason)
    code = station.gate.loans.lend(row.session)
    return bodies.answer(Loan(f"/api/v1/sessions/{row.session}/lent/{code}/{row.session}.mcap"))


@router.api_route(LENT, methods=["GET", "HEAD"], dependencies=[Depends(Needs(Action.OPEN))], include_in_schema=False)
async def lent(station: TheStation, session: str, code: str, name: str) -> Response:
    """The recording, whole or by ranges, for as long as it is lent."""
    if name != session or not station.gate.loans.holds(code, session):
        raise Problem("unknown-code", "This recording is not lent, or no longer: open it from its session once more.")
    response = FileResponse(recording_of(await listed(station, session)), media_type="application/octet-stream")
    response.headers.update(_allowed(station))
    return response


@router.options(LENT, dependencies=[Depends(Needs(Action.OPEN))], include_in_schema=False)
async def asked_before(station: TheStation, session: str, code: str, name: str) -> Response:  # noqa: ARG001 - of the path
    """What a browser asks before it asks for a range: gives nothing away."""
    return Response(status_code=204, headers=_allowed(station) | {"access-control-max-age": "600"})


def _allowed(station: Station) -> dict[str, str]:
    """For pages of the viewer's origin, and of no other; nothing where none is named."""
    if station.settings.lichtblick is None:
        return {}
    return {
        "access-control-allow-origin": origin_of(station.settings.lichtblick),
        "access-control-allow-methods": "GET, HEAD",
        "access-control-allow-headers": "range",
        "access-control-expose-headers": _EXPOSED,
        "vary": "origin",
    }


def origin_of(address: str) -> str:
    """The origin of an address as browsers write it: in lower case, without the port that the scheme has anyway (RFC 6454, 6.1)."""
    parts = urlsplit(address)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, usual) else "")
