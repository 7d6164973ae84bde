"""Machines: what stands where, its plan, and what it is told to do (contract 6)."""

from typing import Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from service.api import bodies
from service.api.access import Needs, TheLine, machine_of
from service.api.problems import Problem
from service.live.floor import NoSession, NoSignal, SetRunning, UnknownMachine
from service.security import Action
from wire.live import FeedState
from wire.plan import Fault, Plan, plan_faults
from wire.topics import is_machine

router = APIRouter(tags=["machines"])

Verb = Literal["start", "pause", "resume", "stop"]


class Machine(msgspec.Struct, frozen=True):
    """One machine as it stands: `session` is the open one's id."""

    machine: str
    feed: FeedState
    plan: Plan | None
    session: str | None


class Act(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the caller wants done, once for each `id`. `reason` goes with stop."""

    id: UUID
    reason: Literal["stopped", "pain"] | None = None


@router.get(
    "/machines",
    dependencies=[Depends(Needs(Action.WATCH))],
    responses=bodies.described(200, list[Machine], "Every machine known so far"),
)
async def machines(line: TheLine, request: Request) -> Response:
    """All machines, by name; a screen bound to one machine sees that one."""
    identity = line.gate.identify(request.scope)
    names = [name for name in line.floor.names() if line.gate.may(identity, Action.WATCH, name)]
    return bodies.answer([line.floor.describe(name) for name in names])


@router.put(
    "/machines/{site}/{machine}/plan",
    dependencies=[Depends(Needs(Action.PLAN))],
    responses=bodies.described(200, Plan, "The plan as taken, with its session"),
    openapi_extra=bodies.body_of(Plan),
)
async def put_plan(line: TheLine, request: Request) -> Response:
    """Give a machine a plan. 409 during a set; 422 with a pointer to each fault. A machine never seen is known from then on."""
    machine = named(request)
    raw = await bodies.read_object(request)
    faults = plan_faults(raw)
    if faults:
        raise Problem("invalid-plan", f"{faults[0].pointer or 'the plan'}: {faults[0].message}", faults)
    try:
        return bodies.answer(await line.floor.put_plan(machine, msgspec.convert(raw, Plan)))
    except SetRunning as error:
        raise Problem("set-running", str(error)) from error


@router.delete(
    "/machines/{site}/{machine}/plan",
    status_code=204,
    dependencies=[Depends(Needs(Action.PLAN))],
    responses=bodies.problems(),
)
async def remove_plan(line: TheLine, request: Request) -> Response:
    """Take the plan away; ends the set and the session. 204 also where there was none."""
    try:
        await line.floor.remove_plan(named(request))
    except UnknownMachine as error:
        raise Problem("unknown-machine", str(error)) from error
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
    async def act(line: TheLine, request: Request) -> Response:
        machine = named(request)
        body = await bodies.read_as(request, Act)
        if body.reason is not None and verb != "stop":
            raise Problem("invalid-request", "a reason goes with stop alone", [Fault("/reason", "a reason goes with stop alone")])
        try:
            await line.floor.act(machine, verb, str(body.id), body.reason or ("stopped" if verb == "stop" else None))
        except UnknownMachine as error:
            raise Problem("unknown-machine", str(error)) from error
        except NoSignal as error:
            raise Problem("no-signal", str(error)) from error
        except NoSession as error:
            raise Problem("no-session", str(error)) from error
        except SetRunning as error:
            raise Problem("set-running", str(error)) from error
        return bodies.answer(line.floor.describe(machine))


_act_route("start", "Start a set: a countdown of 3 s, then the cue. Opens a session where there is none. 409 without a live signal.")
_act_route("pause", "Stop the cue and the counting until resume.")
_act_route("resume", "Go on after a pause, with a countdown of 3 s.")
_act_route("stop", "End the set. Reason `stopped` (the default) ends the session too, `pain` leaves it open.")


def named(request: Request) -> str:
    """The machine of the path. Raises a Problem (422) for a name the contract refuses."""
    machine = machine_of(request)
    if not is_machine(machine):
        raise Problem("invalid-request", "a machine is site/machine, each of a-z, 0-9, _ and -, 1 to 64 letters")
    return machine
