"""Machines: what stands where, its plan, and what it is told to do (contract 6)."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response

from service.api import bodies
from service.api.access import Needs, TheStation
from service.api.problems import Problem
from service.live import calibration
from service.live.confirmation import Confirmation
from service.recordings.labels import Uuid
from service.security import Action
from wire import encoding
from wire.live import FeedState, Seen
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


class Device(msgspec.Struct, frozen=True):
    """What the machine's edge agent said last of itself (contract 2, `status`); `clock` is the quality of its wall clock.

    `calibrated_utc`: when zero and gravity curve were measured, the older of the two; null where neither was, or it is not known when.
    """

    software: str
    sample_rate_hz: float | None
    calibration: dict[str, Any] | None
    clock: str | None
    calibrated_utc: datetime | None
    calibration_expired: bool


class MachineRecord(Machine, frozen=True):
    """A machine with its device; null where that has not said anything since the service started."""

    device: Device | None


class Act(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the caller wants done, once for each `id`. `reason` says why it is stopped.

    `confirmed`, with a start: what was made sure of at the machine. It is checked, and kept with the session.
    """

    id: Uuid
    reason: Literal["stopped", "pain"] | None = None
    confirmed: Confirmation | None = None


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


@router.get(
    "/machines/{site}/{machine}",
    dependencies=[Depends(Needs(Action.WATCH))],
    responses=bodies.described(200, MachineRecord, "The machine as it stands now"),
)
async def machine(station: TheStation, machine: Named) -> Response:
    """One machine, and what its device has said of itself: software, sample rate, calibration."""
    found = station.floor.describe(machine)
    status = station.floor.known(machine).presence.status
    device = None
    if status is not None:
        clock = status.clock.quality if status.clock is not None else None
        of = status.calibration
        device = Device(
            status.software, status.sample_rate_hz, of, clock, calibration.measured(of), calibration.expired(of, datetime.now(UTC))
        )
    return bodies.answer(MachineRecord(**found, device=device))


@router.put(
    "/machines/{site}/{machine}/plan",
    dependencies=[Depends(Needs(Action.PLAN))],
    responses=bodies.described(200, Plan, "The plan as taken, with its session"),
    openapi_extra=bodies.body_of(Plan),
)
async def put_plan(station: TheStation, machine: Named, request: Request, alone: bool = False) -> Response:
    """Give a machine a plan. 409 during a set or where the machine's storage is full; 422 with a pointer to each fault.

    `alone`: 409 too where a session of the same alias is open at another machine. A machine never seen is known from then on.
    """
    raw = await bodies.read_object(request)
    faults = plan_faults(raw)
    if faults:
        raise Problem("invalid-plan", f"{faults[0].pointer or 'the plan'}: {faults[0].message}", faults)
    return bodies.answer(await station.floor.put_plan(machine, msgspec.convert(raw, Plan), alone=alone))


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


class Sight(msgspec.Struct, frozen=True):
    """What staff have seen: the need as the screens name it; `told` = the patient's answer that they saw with it, by its id."""

    need: Annotated[str, msgspec.Meta(pattern="^[a-z_]{1,32}(?![\\s\\S])", description="1 to 32 of a-z and _")]
    told: Uuid | None = None


@router.post(
    "/machines/{site}/{machine}/seen",
    status_code=204,
    dependencies=[Depends(Needs(Action.SEE))],
    responses=bodies.problems(),
    openapi_extra=bodies.body_of(Sight),
)
async def seen(station: TheStation, machine: Named, request: Request) -> Response:
    """Tell the other screens that somebody has seen what the machine needs: they stop calling for it until it needs something else."""
    sight = await bodies.read_as(request, Sight)
    line = station.floor.known(machine)
    if sight.need != "pain" or not line.orders.see():
        line.channel.say_to_staff(encoding.encode(Seen(machine=machine, need=sight.need)))
    if sight.told is not None:
        line.answers.see(sight.told.lower())
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
        await station.floor.act(machine, verb, body.id.lower(), reason, body.confirmed if verb == "start" else None)
        return bodies.answer(station.floor.describe(machine))


_act_route(
    "start",
    "Start a set: a countdown of 3 s, then the cue. Opens a session where there is none: 409 if the machine's storage is full. "
    "409 without a live signal; with `confirmed` also for another patient or plan than is there now, a patient with a session "
    "elsewhere, an expired calibration.",
)
_act_route("pause", "Stop the cue until resume; the repetition under way is void. What is done meanwhile is counted.")
_act_route("resume", "Go on after a pause, with a countdown of 3 s.")
_act_route("stop", "End the set. Reason `stopped` (the default) ends the session too, `pain` leaves it open and is heard without one.")
