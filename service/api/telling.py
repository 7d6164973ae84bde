"""What a patient feels and what a screen shows, told into the session (robustness-and-screens 3.6, detection 6)."""

from typing import Annotated, Literal

import msgspec
import structlog
from fastapi import APIRouter, Depends, Request, Response
from msgspec import Meta

from service.api import bodies
from service.api.access import Needs, TheStation
from service.api.machines import Named
from service.live.answers import CHECK_IN, PAIN
from service.recordings.labels import Uuid
from service.security import Action
from wire.names import SafeId

router = APIRouter(tags=["machines"])

Where = Literal["back", "buttock", "leg"]

log = structlog.get_logger()


class PainTold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much it hurts (0 = not at all, 10 = as much as can be imagined), where, and how; None = not said.

    What is told again with the same `press` (the id of the stop) replaces what was told before; `id` is new each time. `session` = the
    one in which the patient stopped; None = the open one.
    """

    id: Uuid
    press: Uuid | None = None
    session: SafeId | None = None
    pain: Annotated[int, Meta(ge=0, le=10)] | None = None
    where: Annotated[list[Where], Meta(max_length=3)] = []
    quality: Literal["sharp", "dull"] | None = None


class CheckedIn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a patient says before the first set of a session; None = not said.

    `who`: the alias is his own, or he is somebody else; `pain` as it is now, 0-10; `ready`: he is; `skipped`: he passes over the rest.
    `id` is new each time; what is told later replaces what was.
    """

    id: Uuid
    session: SafeId
    who: Literal["self", "other"] | None = None
    pain: Annotated[int, Meta(ge=0, le=10)] | None = None
    ready: bool = False
    skipped: bool = False


class Shown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a set was shown to the patient.

    `full` = target and own movement, `band` = the target alone, `after` = the result of each repetition.
    """

    id: Uuid
    session: SafeId
    set: Annotated[int, Meta(ge=1)]
    feedback: Literal["full", "band", "after"]
    motion: Literal["scroll", "gauge"] = "scroll"
    sound: bool = False


class ScreenFailed(msgspec.Struct, frozen=True, kw_only=True):
    """A screen could not draw, and has taken its cue away. `message` as the browser put it."""

    message: Annotated[str, Meta(max_length=1000)]


@router.post(
    "/machines/{site}/{machine}/pain",
    status_code=204,
    dependencies=[Depends(Needs(Action.TELL))],
    responses=bodies.problems(),
    openapi_extra=bodies.body_of(PainTold),
)
async def tell_pain(station: TheStation, machine: Named, request: Request) -> Response:
    """Keep with the session what the patient says of the pain. 204 once it would outlive a kill; 409 when the recording is closed."""
    body = await bodies.read_as(request, PainTold)
    press = None if body.press is None else body.press.lower()
    told = {"press": press, "pain": body.pain, "where": body.where, "quality": body.quality}
    await station.floor.tell(machine, body.id.lower(), body.session, PAIN, **told)
    return Response(status_code=204)


@router.post(
    "/machines/{site}/{machine}/check-in",
    status_code=204,
    dependencies=[Depends(Needs(Action.TELL))],
    responses=bodies.problems(),
    openapi_extra=bodies.body_of(CheckedIn),
)
async def tell_check_in(station: TheStation, machine: Named, request: Request) -> Response:
    """Keep with the session what the patient says before it. 204 once it would outlive a kill; 409 when the recording is closed."""
    body = await bodies.read_as(request, CheckedIn)
    told = {"who": body.who, "pain": body.pain, "ready": body.ready, "skipped": body.skipped}
    await station.floor.tell(machine, body.id.lower(), body.session, CHECK_IN, **told)
    return Response(status_code=204)


@router.post(
    "/machines/{site}/{machine}/shown",
    status_code=204,
    dependencies=[Depends(Needs(Action.TELL))],
    responses=bodies.problems(),
    openapi_extra=bodies.body_of(Shown),
)
async def tell_shown(station: TheStation, machine: Named, request: Request) -> Response:
    """Keep with the session how its sets are shown to the patient."""
    body = await bodies.read_as(request, Shown)
    told = {"set": body.set, "feedback": body.feedback, "motion": body.motion, "sound": body.sound}
    await station.floor.tell(machine, body.id.lower(), body.session, "set_shown", **told)
    return Response(status_code=204)


@router.post(
    "/machines/{site}/{machine}/screen-failed",
    status_code=204,
    dependencies=[Depends(Needs(Action.TELL))],
    responses=bodies.problems(),
    openapi_extra=bodies.body_of(ScreenFailed),
)
async def tell_failure(station: TheStation, machine: Named, request: Request) -> Response:
    """A screen reports that it could not draw: logged, and counted in the metrics."""
    body = await bodies.read_as(request, ScreenFailed)
    station.floor.counts.screens_failed += 1
    log.error("a patient's screen could not draw", machine=machine, reason=body.message)
    return Response(status_code=204)
