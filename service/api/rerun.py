"""Sessions analysed again, otherwise: one, or many (contract 6, decisions 0150, 0230)."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any, cast, get_args

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from service.analysis.overrides import value_faults
from service.api import bodies
from service.api.access import Needs, TheStation
from service.api.problems import Problem
from service.api.sessions import JSON_LINES, listed, recording_of
from service.replay.crew import Crew
from service.replay.series import Line, Recording, faulty
from service.replay.versions import installed
from service.replay.whatif import Base, Order, Otherwise, RerunDifference
from service.security import Action
from service.station import Station
from service.store.row import Place
from wire.errors import Fault, step
from wire.plan import Plan, plan_faults
from wire.shape import came

router = APIRouter(tags=["sessions"])

MOST_SESSIONS = 5000
"""In one request: what its body holds (robustness-and-screens C16)."""
UNHELD = {"x-accel-buffering": "no"}
"""A proxy before the service passes lines on as they come."""


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


class RerunOfMany(Rerun, frozen=True, kw_only=True):
    """The same of many sessions, by their ids."""

    sessions: list[str]


class Version(msgspec.Struct, frozen=True):
    """A version that sessions can be analysed again with; `here`: this one."""

    name: str
    here: bool


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
    otherwise = await _otherwise(station, await bodies.read_object(request))
    found = await station.shelf.rerun(Order(str(path), otherwise))
    _check(found.faults)
    if found.unreadable is not None:
        raise Problem("recording-damaged", f"{path.name}: {found.unreadable}")
    return bodies.answer(found.difference)


@router.post(
    "/sessions/rerun",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.lines_of(Line, "A line for each session, in the order in which they are done"),
    openapi_extra=bodies.body_of(RerunOfMany),
)
async def rerun_many(station: TheStation, request: Request) -> Response:
    """Analyse many sessions again, all otherwise in the same way; nothing is kept (decision 0230).

    JSON Lines, sent as they are done: each what a rerun of that `session` alone answers, or with `fault`, why there is nothing. Who
    goes away ends it.
    """
    wanted = await bodies.read_object(request)
    sessions = wanted.pop("sessions", None)
    if not isinstance(sessions, list) or not 1 <= len(sessions) <= MOST_SESSIONS or not all(isinstance(one, str) for one in sessions):
        _check([Fault("/sessions", f"expected a list of 1 to {MOST_SESSIONS} ids of sessions")])
    otherwise = await _otherwise(station, wanted)
    places = await station.index.places(sessions)
    station.shelf.crew.enter()
    return _Lines(station.shelf.crew, _lines(station.shelf.crew, list(dict.fromkeys(sessions)), places, otherwise))


class _Lines(StreamingResponse):
    """Ends what makes the lines with the answer, and leaves the crew, also where its reader goes away."""

    def __init__(self, crew: Crew, lines: AsyncGenerator[bytes, None]) -> None:
        super().__init__(lines, media_type=JSON_LINES, headers=UNHELD)
        self._crew = crew

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with aclosing(cast("AsyncGenerator[bytes, None]", self.body_iterator)):
                await super().__call__(scope, receive, send)
        finally:
            self._crew.leave()


async def _lines(crew: Crew, sessions: list[str], places: Mapping[str, Place], otherwise: Otherwise) -> AsyncGenerator[bytes, None]:
    """First those with which nothing can be done."""
    ended = []
    for session in sessions:
        if (place := places.get(session)) is None:
            yield faulty(session, f"no session has the id {session[:64]}")
        elif not place.ended:
            yield faulty(session, "it can be analysed again when it has ended")
        else:
            ended.append(Recording(session, place.path))
    async with aclosing(crew.over(ended, otherwise)) as found:
        async for lines in found:
            yield lines


async def _otherwise(station: Station, wanted: dict[str, Any]) -> Otherwise:
    """What a body asks for. Raises a Problem: 422."""
    others = await asyncio.to_thread(installed, station.settings.versions) if wanted.get("version") is not None else {}
    _check(list(_body_faults(wanted, others)))
    plan = None if wanted.get("plan") is None else msgspec.convert(wanted["plan"], Plan)
    command = None if wanted.get("version") is None else str(others[wanted["version"]])
    return Otherwise(plan, wanted.get("parameters") or {}, wanted.get("base") or "recorded", command)


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
