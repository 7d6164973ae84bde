"""The small therapist of `ilex demo`: gives simulated patients their plan, starts their sets, and begins anew."""

import asyncio
import uuid

import msgspec

from service.live.errors import NoSession, NoSignal
from service.live.floor import Floor
from wire.plan import Plan, Range, Repetitions, Tempo

REST_S = 8.0
"""Between two sets."""
GIVEN_UP_S = 12.0
"""Without any event for so long within a set, the patient has given up."""
LOOK_S = 0.25

_RANGE = Range(flexion_deg=60.0, extension_deg=6.0)
_TEMPO = Tempo(extension_s=4.0, hold_s=2.0, flexion_s=3.0, turn_s=1.0)

PLANS = {
    "steady": Plan(range=_RANGE, tempo=_TEMPO, repetitions=Repetitions(8, 12), endpoint="repetitions", load_nm=120.0),
    "hurried": Plan(range=_RANGE, tempo=_TEMPO, repetitions=Repetitions(8, 12), endpoint="repetitions", load_nm=90.0),
    "tires": Plan(range=_RANGE, tempo=_TEMPO, endpoint="failure", load_nm=160.0),
}
"""One plan a character. The loads are those that the simulated patients were made for."""


async def treat(floor: Floor, machine: str, plan: Plan, speed: float = 1.0) -> None:
    """Sets under `plan`, one session each, for ever. Waits are shortened by `speed`, as the patient's time is."""
    await floor.put_plan(machine, plan)
    while True:
        await _until_live(floor, machine)
        try:
            await floor.act(machine, "start", str(uuid.uuid4()))
            await _until_over(floor, machine, GIVEN_UP_S / speed)
        except (NoSignal, NoSession):  # the signal went in between: wait for it again
            await asyncio.sleep(LOOK_S)
            continue
        await asyncio.sleep(REST_S / speed)
        await _stop(floor, machine)


async def _stop(floor: Floor, machine: str) -> None:
    """End the session, and the set where one still runs; nothing where both are over."""
    if floor.describe(machine)["session"] is not None:
        await floor.act(machine, "stop", str(uuid.uuid4()), "stopped")


async def _until_live(floor: Floor, machine: str) -> None:
    while floor.describe(machine)["feed"] != "live":  # noqa: ASYNC110 - a demonstration may look now and then
        await asyncio.sleep(LOOK_S)


async def _until_over(floor: Floor, machine: str, given_up_s: float) -> None:
    """Until the running set has ended; one in which nothing happens for `given_up_s` is stopped."""
    loop = asyncio.get_running_loop()
    seen, since_s = 0, loop.time()
    while (session := floor.describe(machine)["session"]) is not None:
        events = await floor.events(session, after=seen)
        if events:
            seen, since_s = seen + len(events), loop.time()
        if any(msgspec.json.decode(event)["kind"] == "set_ended" for event in events):
            return
        if loop.time() - since_s > given_up_s:
            await _stop(floor, machine)
            return
        await asyncio.sleep(LOOK_S)
