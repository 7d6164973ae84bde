"""Patients' screens: a browser becomes the screen of one machine by a short code, and ceases to be (decisions 0176, 0177)."""

import asyncio
import math
from datetime import datetime
from time import monotonic_ns
from typing import Annotated

import msgspec
import structlog
from fastapi import APIRouter, Depends, Path, Request, Response
from msgspec import Meta

from service.api import bodies
from service.api.access import Needs, TheStation, give_cookie
from service.api.machines import Named
from service.api.problems import Problem, document
from service.live.beside import AWAY_NS
from service.live.errors import SetRunning
from service.live.viewer import PARTED
from service.security import Action
from service.security.codes import LIFE_S
from service.security.gate import COOKIE_LIFE_S, SCREEN_LIFE_S
from service.station import Station

router = APIRouter(tags=["screens"])

log = structlog.get_logger()


class Code(msgspec.Struct, frozen=True):
    """A code to be typed at the screen of `machine` within `lasts_s`."""

    machine: str
    code: str
    lasts_s: float


class PairedScreen(msgspec.Struct, frozen=True):
    """A browser that is the machine's screen. `watching`: it is connected, and was heard from in the last 5 s."""

    id: str
    paired_utc: datetime
    watching: bool


class ScreensOf(msgspec.Struct, frozen=True):
    """A machine's screens, oldest first, and how long its open code still counts; null where it has none."""

    screens: list[PairedScreen]
    code_left_s: float | None


class Pair(msgspec.Struct, frozen=True, omit_defaults=True):
    """The code as typed. `machine`: whose screen this is by its address; null = whosever the code is."""

    code: Annotated[str, Meta(max_length=32)]
    machine: Annotated[str, Meta(max_length=200)] | None = None


class Here(msgspec.Struct, frozen=True):
    """What this browser is: the one machine that it may show (null = any), and whether it was paired with it by a code."""

    machine: str | None
    paired: bool


@router.post(
    "/machines/{site}/{machine}/code",
    dependencies=[Depends(Needs(Action.PAIR))],
    responses=bodies.described(200, Code, "The code"),
)
async def ask_for_code(station: TheStation, machine: Named, request: Request) -> Response:
    """A code for one screen of the machine, good once and for 5 min. The one before it counts no more."""
    station.floor.known(machine)
    identity = station.gate.identify(request.scope)
    asked = station.gate.codes.issue(machine, identity.name if identity is not None else "")
    return bodies.answer(Code(machine, asked.code, LIFE_S))


@router.get(
    "/machines/{site}/{machine}/screens",
    dependencies=[Depends(Needs(Action.PAIR))],
    responses=bodies.described(200, ScreensOf, "Its screens"),
)
async def screens(station: TheStation, machine: Named) -> Response:
    """The browsers that are paired with the machine."""
    station.floor.known(machine)
    now_ns = monotonic_ns()
    watching = {viewer.pairing for viewer in station.floor.hub.viewers if now_ns - viewer.heard_ns <= AWAY_NS}
    found = [PairedScreen(one.id, one.paired_utc, one.id in watching) for one in station.gate.screens.of(machine)]
    return bodies.answer(ScreensOf(found, station.gate.codes.left_s(machine)))


@router.delete(
    "/machines/{site}/{machine}/screens/{screen}",
    status_code=204,
    dependencies=[Depends(Needs(Action.PAIR))],
    responses=bodies.problems(),
)
async def part(station: TheStation, machine: Named, screen: Annotated[str, Path(description="the screen's id")]) -> Response:
    """End that this browser is the machine's screen: it is let go at once. 409 during a set, when a patient looks at it."""
    running = station.floor.known(machine).running
    if running is not None and running.in_set:
        raise SetRunning(f"{machine}: a set is running; stop it first")
    try:
        await asyncio.to_thread(station.gate.screens.remove, screen, machine)
    except OSError as error:
        raise _not_kept(error) from error
    _let_go(station, {screen})
    log.info("screen parted", machine=machine, screen=screen)
    return Response(status_code=204)


@router.get(
    "/screen",
    dependencies=[Depends(Needs(Action.WATCH))],
    responses=bodies.described(200, Here, "What this browser is"),
)
async def here(station: TheStation, request: Request) -> Response:
    """What the asking browser may show. A cookie that has become old is renewed with the answer (decisions 0177, 0249)."""
    identity = station.gate.identify(request.scope)
    assert identity is not None
    response = bodies.answer(Here(identity.machine, identity.pairing is not None))
    fresh = station.gate.renewed(request.scope)
    if fresh is not None:
        give_cookie(station, request, response, fresh, COOKIE_LIFE_S if identity.pairing is None else SCREEN_LIFE_S)
    return response


@router.post(
    "/screen",
    dependencies=[Depends(Needs(Action.OPEN))],
    responses=bodies.described(200, Here, "It is the machine's screen from now on"),
    openapi_extra=bodies.body_of(Pair),
)
async def pair(station: TheStation, request: Request) -> Response:
    """Make the asking browser a machine's screen, by a code. It is that alone then, whoever was signed in there before.

    Only from our own pages, so that no foreign one pairs a browser. 404 for a code that does not count, 409 for another machine's,
    429 after several wrong ones.
    """
    gate = station.gate
    if not gate.own_origin(request.scope):
        raise Problem("not-allowed", "Pair it from Ilex' own page.")
    body = await bodies.read_as(request, Pair)
    address = request.client.host if request.client is not None else ""
    wait_s = gate.tries.wait_s(address)
    if wait_s > 0:
        return _too_many(wait_s)
    asked = gate.codes.find(body.code)
    if asked is None:
        gate.tries.wrong(address)
        log.warning("a wrong pairing code", address=address)
        raise Problem("unknown-code", "It is wrong, was used, or its time is over. Ask for another one at the wall.")
    if body.machine is not None and body.machine != asked.machine:
        raise Problem("code-of-another-machine", f"The code is for {asked.machine}, not for {body.machine}.", machine=asked.machine)
    gate.codes.withdraw(asked.machine)  # before anything is waited for: it counts once
    before = gate.identify(request.scope)
    instead_of = None if before is None else before.pairing
    try:
        screen, parted = await asyncio.to_thread(gate.screens.add, asked.machine, asked.by, instead_of)
    except OSError as error:
        raise _not_kept(error) from error
    _let_go(station, {one.id for one in parted})
    log.info("screen paired", machine=asked.machine, screen=screen.id, by=asked.by)
    response = bodies.answer(Here(asked.machine, paired=True))
    give_cookie(station, request, response, gate.screen_cookie(screen), SCREEN_LIFE_S)
    return response


def _let_go(station: Station, parted: set[str]) -> None:
    """Their sockets are closed at once (C05)."""
    for viewer in station.floor.hub.viewers:
        if viewer.pairing in parted:
            viewer.end(PARTED)


def _too_many(wait_s: float) -> Response:
    seconds = math.ceil(wait_s)
    response = document(Problem("too-many-tries", f"Try again in {seconds} s.", wait_s=seconds))
    response.headers["retry-after"] = str(seconds)
    return response


def _not_kept(error: OSError) -> Problem:
    return Problem("not-kept", f"The disk did not take it: {error.strerror or error}")
