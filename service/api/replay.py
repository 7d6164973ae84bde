"""Sessions looked at again: their signals at any resolution, their samples as a table, their parameters (contract 6, decision 0152)."""

import asyncio
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from service.analysis import Parameters
from service.analysis.kept import kept
from service.analysis.parameters import described
from service.api import bodies
from service.api.access import Needs, TheStation
from service.api.problems import Problem
from service.api.sessions import listed, recording_of
from service.recordings.survey import surveyed
from service.replay.columns import MEDIA_TYPE
from service.replay.pyramid import Pyramid
from service.replay.stretches import Wanted, stretch
from service.security import Action
from service.store import SessionRow
from wire.errors import WireError

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
    except WireError as error:
        raise Problem("recording-damaged", f"{path.name}: {error}") from error
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
    made, damage = await station.shelf.table(recording_of(row), to, station.settings.exports)
    return FileResponse(
        made,
        headers={} if damage is None else {DAMAGE: damage.encode("ascii", "replace").decode()},
        filename=f"{row.session}.{to}",
        media_type=TABLES[to],
        background=BackgroundTask(made.unlink, missing_ok=True),
    )
