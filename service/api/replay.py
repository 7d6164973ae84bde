"""Sessions looked at again: their signals at any resolution, their analysis run otherwise (contract 6, decisions 0150, 0152)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from service.analysis import Parameters
from service.analysis.difference import Difference
from service.analysis.overrides import override_faults
from service.analysis.parameters import described
from service.api import bodies
from service.api.access import Needs, TheStation
from service.api.problems import Problem
from service.api.sessions import listed, recording_of
from service.replay.columns import MEDIA_TYPE, pieces
from service.replay.pyramid import Pyramid, cut
from service.replay.whatif import Order
from service.replay.worker import BusyError, WorkError
from service.security import Action
from service.station import Station
from service.store import SessionRow
from wire.errors import Fault, step
from wire.plan import Plan, plan_faults
from wire.recorded import RecordedError

router = APIRouter(tags=["sessions"])

MOST_POINTS = 8192


class Parameter(msgspec.Struct, frozen=True):
    """A threshold of the analysis: its default, its unit, where the default comes from."""

    name: str
    value: float
    unit: str
    source: str


class Replacement(msgspec.Struct, frozen=True):
    """A parameter's other value; a `unit`, where given, must be the parameter's own."""

    value: float
    unit: str | None = None


class Rerun(msgspec.Struct, frozen=True):
    """What is to be otherwise: nothing, another plan (then the samples alone are judged), other parameters by name."""

    plan: Plan | None = None
    parameters: dict[str, float | Replacement] = {}


class RerunDifference(Difference, frozen=True):
    """What a rerun answers: events that only one analysis has, and those that both tell, but otherwise (decision 0160)."""


@router.get(
    "/parameters",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.described(200, list[Parameter], "Every parameter of the analysis"),
)
async def parameters() -> Response:
    """The parameters that a rerun may replace, with the values of this version."""
    return bodies.answer([{"name": name, **about} for name, about in described(Parameters()).items()])


@router.get(
    "/sessions/{session}/signals",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.file_of(MEDIA_TYPE, "Typed columns behind a small header in JSON (docs/decisions/0152)"),
)
async def signals(
    station: TheStation,
    session: str,
    from_: Annotated[float, Query(alias="from", ge=0, allow_inf_nan=False, description="s since the session's first sample")] = 0.0,
    to: Annotated[float | None, Query(gt=0, allow_inf_nan=False, description="s; the newest sample without it")] = None,
    points: Annotated[int, Query(ge=16, le=MOST_POINTS, description="stretches of time wanted, about one a pixel")] = 2000,
) -> Response:
    """Angle, torque, speed and cue between two times: the samples, or the least and the greatest value of each stretch.

    The header has `from_s`, `to_s`, `width_s` (0: the columns are samples), `period_s`, `length_s` and `open` (more may come). A session
    that still runs is given as far as it is on disk.
    """
    row = await listed(station, session)
    is_open = row.ended_utc is None
    pyramid = await _signals_of(station, row)
    to_s = to if to is not None else max(pyramid.length_s, from_ + 0.001)
    if to_s <= from_:
        raise Problem("invalid-request", f"to: expected more than from ({from_:g} s), got {to_s:g}")
    found = await asyncio.to_thread(cut, pyramid, from_, to_s, points)
    about = {
        "session": session, "from_s": from_, "to_s": to_s, "width_s": found.width_s, "period_s": pyramid.period_s,
        "length_s": pyramid.length_s, "open": is_open,
    }  # fmt: skip
    content = b"".join(pieces(about, found.columns))
    return Response(content, media_type=MEDIA_TYPE)


@router.post(
    "/sessions/{session}/rerun",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.described(200, RerunDifference, "What the analysis says otherwise than the session's result"),
    openapi_extra=bodies.body_of(Rerun),
)
async def rerun(station: TheStation, session: str, request: Request) -> Response:
    """Analyse again, otherwise; nothing is kept. Compared with the final result, with the live one where there is none."""
    row = await listed(station, session)
    if row.ended_utc is None:
        raise Problem("session-running", "It can be analysed again when it has ended.")
    path = recording_of(row)
    wanted = await bodies.read_object(request)
    _check(list(_body_faults(wanted)))
    plan = None if wanted.get("plan") is None else msgspec.convert(wanted["plan"], Plan)
    order = Order(str(path), plan, wanted.get("parameters") or {})
    try:
        found = await station.shelf.rerun(order)
    except BusyError as error:
        raise Problem("busy", f"{error}; try again in a moment.") from error
    except WorkError as error:
        raise Problem("analysis-failed", f"The analysis came to no end: {error}.") from error
    _check(found.faults)
    if found.unreadable is not None:
        raise Problem("recording-damaged", found.unreadable)
    return bodies.answer(found.difference)


def _check(faults: list[Fault]) -> None:
    if faults:
        raise Problem("invalid-request", f"{faults[0].pointer or 'the body'}: {faults[0].message}", faults)


def _body_faults(wanted: dict[str, Any]) -> Iterator[Fault]:
    for name in wanted:
        if name not in Rerun.__struct_fields__:
            yield Fault(step("", name), "expected `plan` and `parameters` alone")
    if wanted.get("plan") is not None:
        for fault in plan_faults(wanted["plan"]):
            yield Fault(f"/plan{fault.pointer}", fault.message)
    if wanted.get("parameters") is not None:
        yield from override_faults(wanted["parameters"], Parameters())


async def _signals_of(station: Station, row: SessionRow) -> Pyramid:
    """Raises a Problem: 410, 500, 503."""
    try:
        if row.ended_utc is None:
            return await station.shelf.follow(Path(f"{row.path}.part"))
        return await station.shelf.of(recording_of(row))
    except BusyError as error:
        raise Problem("busy", f"{error}; try again in a moment.") from error
    except WorkError as error:
        raise Problem("analysis-failed", f"The signals could not be had: {error}.") from error
    except RecordedError as error:
        raise Problem("recording-damaged", str(error)) from error
