"""Machines: what stands where, its plan, and what it is told to do (contract 6)."""

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response

from service.api import bodies
from service.api.access import Needs, TheStation
from service.api.problems import Problem
from service.security import Action
from wire.live import FeedState
from wire.plan import Plan, plan_faults
from wire.topics import is_machine

router = APIRouter(tags=["machines"])

Verb = Literal["start", "pause", "resume", "stop"]


class Machine(msgspec.Struct, frozen=True):
    """One machine as it stands: `session` is the open one's id."""

    machine: str
    feed: FeedState
    plan: Plan | None
    session: str | None


Uuid = Annotated[
    str,
    msgspec.Meta(
        pattern="^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![\\s\\S])", description="a UUID, 8-4-4-4-12 hexadecimal digits"
    ),
]


class Act(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the caller wants done, once for each `id`. `reason` says why it is stopped."""

    id: Uuid
    reason: Literal["stopped", "pain"] | None = None


_Part = Annotated[str, Path(description="a-z, 0-9, _ and -, 1 to 64 letters")]


def named(site: _Part, machine: _Part) -> str:
    """The machine of the path, `site/machine`. Raises a Problem (422) for a name the contract refuses."""
    name = f"{site}/{machine}"
    if not is_machine(name):
        raise Problem("invalid-request", "a machine is site/machine, each of a-z, 0-9, _ and -, 1 to 64 letters")
    return name


Named = Annotated[str, Depends(named)]


@router.get(
    "/machines",
    dependencies=[Depends(Needs(Action.WATCH))],
    responses=bodies.described(200, list[Machine], "Every machine known so far"),
)
async def machines(station: TheStation, request: Request) -> Response:
    """All machines, by name; a screen bound to one machine sees that one."""
    identity = station.gate.identify(request.scope)
    names = [name for name in station.floor.names() if station.gate.may(identity, Action.WATCH, name)]
    return bodies.answer([station.floor.describe(name) for name in names])


@router.put(
    "/machines/{site}/{machine}/plan",
    dependencies=[Depends(Needs(Action.PLAN))],
    responses=bodies.described(200, Plan, "The plan as taken, with its session"),
    openapi_extra=bodies.body_of(Plan),
)
async def put_plan(station: TheStation, machine: Named, request: Request) -> Response:
    """Give a machine a plan. 409 during a set; 422 with a pointer to each fault. A machine never seen is known from then on."""
    raw = await bodies.read_object(request)
    faults = plan_faults(raw)
    if faults:
        raise Problem("invalid-plan", f"{faults[0].pointer or 'the plan'}: {faults[0].message}", faults)
    return bodies.answer(await station.floor.put_plan(machine, msgspec.convert(raw, Plan)))


@router.delete(
    "/machines/{site}/{machine}/plan",
    status_code=204,
    dependencies=[Depends(Needs(Action.PLAN))],
    responses=bodies.problems(),
)
async def remove_plan(station: TheStation, machine: Named) -> Response:
    """Take the plan away; ends the set and the session. 204 also where there was none."""
    await station.floor.remove_plan(machine)
    return Response(status_code=204)


def _act_route(verb: Verb, words: str) -> None:
    @router.post(
        f"/machines/{{site}}/{{machine}}/{verb}",
        name=verb,
        description=words,
        dependencies=[Depends(Needs(Action(verb)))],
        responses=bodies.described(200, Machine, "The machine as it stands now"),
        openapi_extra=bodies.body_of(Act),
    )
    async def act(station: TheStation, machine: Named, request: Request) -> Response:
        body = await bodies.read_as(request, Act)
        reason = (body.reason or "stopped") if verb == "stop" else None
        await station.floor.act(machine, verb, body.id.lower(), reason)
        return bodies.answer(station.floor.describe(machine))


_act_route("start", "Start a set: a countdown of 3 s, then the cue. Opens a session where there is none. 409 without a live signal.")
_act_route("pause", "Stop the cue and the counting until resume.")
_act_route("resume", "Go on after a pause, with a countdown of 3 s.")
_act_route("stop", "End the set. Reason `stopped` (the default) ends the session too, `pain` leaves it open and is heard without one.")
