"""Sessions looked at again: their signals at any resolution, their analysis run otherwise (contract 6, decisions 0150, 0152)."""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from service.analysis import Parameters
from service.analysis.kept import kept
from service.analysis.overrides import value_faults
from service.analysis.parameters import described
from service.api import bodies
from service.api.access import Needs, TheStation
from service.api.problems import Problem
from service.api.sessions import listed, recording_of
from service.recordings.survey import surveyed
from service.replay.columns import MEDIA_TYPE
from service.replay.pyramid import Pyramid
from service.replay.resident import WorkError
from service.replay.stretches import Wanted, stretch
from service.replay.versions import installed
from service.replay.whatif import Base, Order, RerunDifference
from service.replay.worker import BusyError
from service.security import Action
from service.store import SessionRow
from wire.errors import Fault, WireError, step
from wire.plan import Plan, plan_faults
from wire.recorded import RecordedError
from wire.shape import came

router = APIRouter(tags=["sessions"])

MOST_POINTS = 8192
DAMAGE = "Ilex-Damage"
"""The header that says what is wrong with the recording that a table was made of (decision 0201)."""
TABLES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


From = Annotated[float, Query(alias="from", ge=0, allow_inf_nan=False, description="s since the session's first sample")]
To = Annotated[float | None, Query(gt=0, allow_inf_nan=False, description="s; the newest sample without it")]
Points = Annotated[int, Query(ge=16, le=MOST_POINTS, description="stretches of time wanted, about one a pixel")]


class Parameter(msgspec.Struct, frozen=True):
    """A threshold of the analysis: its default, its unit, where the default comes from."""

    name: str
    value: float
    unit: str
    source: str


class SessionParameter(Parameter, frozen=True):
    """The same of a session: `value` is what a rerun starts from, `default` this version's value.

    `recorded`: the recording keeps it; where it doesn't, `value` is the default, whatever its analysis had instead.
    """

    default: float
    recorded: bool


class Replacement(msgspec.Struct, frozen=True):
    """A parameter's other value; a `unit`, where given, must be the parameter's own."""

    value: float
    unit: str | None = None


class Rerun(msgspec.Struct, frozen=True):
    """What is to be otherwise: nothing, another plan (then the samples alone are judged), other parameters by name.

    `base`: what those are that aren't named, the recording's or this version's `defaults` (decision 0206). Or another installed `version`
    (`GET /versions`), which judges by its own parameters and the recording's plan.
    """

    plan: Plan | None = None
    parameters: dict[str, float | Replacement] = {}
    base: Base = "recorded"
    version: str | None = None


class Version(msgspec.Struct, frozen=True):
    """A version that sessions can be analysed again with; `here`: this one."""

    name: str
    here: bool


@router.get(
    "/parameters",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.described(200, list[Parameter], "Every parameter of the analysis"),
)
async def parameters() -> Response:
    """The parameters that a rerun may replace, with the values of this version."""
    return bodies.answer([{"name": name, **about} for name, about in described(Parameters()).items()])


@router.get(
    "/sessions/{session}/parameters",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.described(200, list[SessionParameter], "Every parameter of the analysis, as the session has it"),
)
async def session_parameters(station: TheStation, session: str) -> Response:
    """What a rerun of this session starts from, beside what this version has. 409 while the session runs."""
    row = await listed(station, session)
    if row.ended_utc is None:
        raise Problem("session-running", "Its parameters can be asked for when it has ended.")
    path = recording_of(row)
    try:
        found = kept((await asyncio.to_thread(surveyed, path)).metadata.get("ilex", {}))
    except RecordedError as error:
        raise Problem("recording-damaged", str(error)) from error
    except WireError as error:
        raise Problem("recording-damaged", f"{path}: {error}") from error
    own = described(Parameters())
    return bodies.answer(
        [
            {"name": name, **one, "default": own[name]["value"], "recorded": name not in found.lacking}
            for name, one in described(found.parameters).items()
        ]
    )


@router.get(
    "/sessions/{session}/signals",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.file_of(MEDIA_TYPE, "Typed columns behind a small header in JSON (docs/decisions/0152)"),
)
async def signals(station: TheStation, session: str, from_: From = 0.0, to: To = None, points: Points = 2000) -> Response:
    """Angle, torque, speed and cue between two times: the samples, or the least and the greatest value of each stretch.

    The header has `from_s`, `to_s`, `width_s` (0: the columns are samples), `period_s`, `length_s` and `open` (more may come). A session
    that still runs is given as far as it is on disk, a damaged recording as far as it is whole: then `damage` says what is wrong.
    """
    row = await listed(station, session)
    is_open = row.ended_utc is None
    wanted = _wanted(session, from_, to, points, is_open=is_open)
    with _problems():
        pyramid = await (station.shelf.follow(_part_of(row)) if is_open else station.shelf.of(recording_of(row)))
    return await _columns(pyramid, wanted)


@router.get(
    "/sessions/{session}/internals",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.file_of(MEDIA_TYPE, "Typed columns behind a small header in JSON (docs/decisions/0186)"),
)
async def internals(station: TheStation, session: str, from_: From = 0.0, to: To = None, points: Points = 2000) -> Response:
    """What the live analysis had in mind, every 20 ms, by range and resolution as the signals are (decision 0186).

    Columns: the detection path, progress, torque shown and asked for, tremor, speed and length of a stall, reserve. The header also has
    `cues`, where the cue stood from when on, and `levels`, the parameters that the columns are held against. A session that still runs
    is given as far as it is on disk (decision 0207).
    """
    row = await listed(station, session)
    is_open = row.ended_utc is None
    wanted = _wanted(session, from_, to, points, is_open=is_open)
    with _problems():
        if is_open:
            return Response(await station.shelf.so_far(_part_of(row), wanted), media_type=MEDIA_TYPE)
        pyramid = await station.shelf.inside(recording_of(row))
    return await _columns(pyramid, wanted)


def _wanted(session: str, from_s: float, to_s: float | None, points: int, *, is_open: bool) -> Wanted:
    """What is asked for. Raises a Problem: 422."""
    if to_s is not None and to_s <= from_s:
        raise Problem("invalid-request", f"to: expected more than from ({from_s:g} s), got {to_s:g}")
    return Wanted(session, from_s, to_s, points, is_open)


def _part_of(row: SessionRow) -> Path:
    return Path(f"{row.path}.part")


async def _columns(pyramid: Pyramid, wanted: Wanted) -> Response:
    return Response(await asyncio.to_thread(stretch, pyramid, wanted), media_type=MEDIA_TYPE)


@router.get(
    "/sessions/{session}/table",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.file_of("application/octet-stream", "The samples: t_s from the first one, angle_deg, torque_nm; empty = no reading"),
)
async def table(
    station: TheStation, session: str, to: Annotated[Literal["csv", "parquet"], Query(description="which kind of table")] = "csv"
) -> Response:
    """The samples as a table, as `ilex export` writes it. 409 while the session runs.

    Of a damaged recording those that are whole: the header `Ilex-Damage` says what is wrong, and a Parquet file keeps it.
    """
    row = await listed(station, session)
    if row.ended_utc is None:
        raise Problem("session-running", "The samples can be fetched as a table when the session has ended.")
    with _problems():
        made, damage = await station.shelf.table(recording_of(row), to, station.settings.exports)
    return FileResponse(
        made,
        headers={} if damage is None else {DAMAGE: damage.encode("ascii", "replace").decode()},
        filename=f"{row.session}.{to}",
        media_type=TABLES[to],
        background=BackgroundTask(made.unlink, missing_ok=True),
    )


@router.get(
    "/versions",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.described(200, list[Version], "This version, and those that are installed beside it (decision 0188)"),
)
async def versions(station: TheStation) -> Response:
    """What sessions can be analysed again with."""
    others = await asyncio.to_thread(installed, station.settings.versions)
    return bodies.answer([Version(version_of("ilex"), here=True), *(Version(name, here=False) for name in others)])


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
    others = await asyncio.to_thread(installed, station.settings.versions) if wanted.get("version") is not None else {}
    _check(list(_body_faults(wanted, others)))
    plan = None if wanted.get("plan") is None else msgspec.convert(wanted["plan"], Plan)
    command = None if wanted.get("version") is None else str(others[wanted["version"]])
    order = Order(str(path), plan, wanted.get("parameters") or {}, wanted.get("base") or "recorded", command)
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


def _body_faults(wanted: dict[str, Any], others: Mapping[str, Path]) -> Iterator[Fault]:
    for name in wanted:
        if name not in Rerun.__struct_fields__:
            yield Fault(step("", name), "expected `plan`, `parameters` and `base`, or `version`, alone")
    if (base := wanted.get("base")) not in (None, *get_args(Base)):
        yield Fault("/base", f"expected {' or '.join(get_args(Base))}, got {came(base)}")
    if (version := wanted.get("version")) is not None:
        if not isinstance(version, str) or version not in others:
            yield Fault("/version", f"expected one of {', '.join(others) or 'those installed (there are none)'}")
        if wanted.get("plan") is not None or wanted.get("parameters") or base is not None:
            yield Fault("/version", "another version judges by its own parameters and the recording's plan")
    if wanted.get("plan") is not None:
        for fault in plan_faults(wanted["plan"]):
            yield Fault(f"/plan{fault.pointer}", fault.message)
    if wanted.get("parameters") is not None:
        # Those that must rise in an order are held against those of the recording, when that is read.
        yield from value_faults(wanted["parameters"])


@contextlib.contextmanager
def _problems() -> Iterator[None]:
    """What making columns raises as a Problem: 500, 503."""
    try:
        yield
    except BusyError as error:
        raise Problem("busy", f"{error}; try again in a moment.") from error
    except WorkError as error:
        raise Problem("analysis-failed", f"The signals could not be had: {error}.") from error
    except RecordedError as error:
        raise Problem("recording-damaged", str(error)) from error
