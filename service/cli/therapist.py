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
INTERRUPTED_S = 3.0
"""A cue that was stopped stands for so long before the therapist pauses the set, and lets it go on with a countdown."""
LOWERED_S = 4.0
"""Who is told to pause has put the load down by then."""
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
    """Sets under `plan`, one session each, for ever; one that runs is gone on with. `speed` shortens waits as the patient's time."""
    taken_up = await _in_set(floor, machine)
    if not taken_up:
        await floor.put_plan(machine, plan)
    while True:
        await _until_live(floor, machine)
        try:
            if taken_up:
                # However short the break was: the simulated patient is another one, and knows of no cue.
                taken_up = False
                await _lead_back(floor, machine, speed)
            elif not await _in_set(floor, machine):
                await floor.act(machine, "start", str(uuid.uuid4()))
            await _until_over(floor, machine, speed)
        except (NoSignal, NoSession):  # the signal went in between: wait for it again
            await asyncio.sleep(LOOK_S)
            continue
        await asyncio.sleep(REST_S / speed)
        await _stop(floor, machine)


async def _in_set(floor: Floor, machine: str) -> bool:
    """Whether a set runs, as one does that a restarted service has taken up again."""
    line = floor.line(machine)
    if line is None:
        return False
    await line.ready.wait()
    return line.running is not None and line.running.in_set


async def _stop(floor: Floor, machine: str) -> None:
    """End the session, and the set where one still runs; nothing where both are over."""
    if floor.describe(machine)["session"] is not None:
        await floor.act(machine, "stop", str(uuid.uuid4()), "stopped")


async def _until_live(floor: Floor, machine: str) -> None:
    while floor.describe(machine)["feed"] != "live":  # noqa: ASYNC110 - a demonstration may look now and then
        await asyncio.sleep(LOOK_S)


async def _until_over(floor: Floor, machine: str, speed: float) -> None:
    """Until the running set has ended. One whose cue was stopped is gone on with; one in which nothing happens is stopped."""
    loop = asyncio.get_running_loop()
    seen, since_s, standing_s = 0, loop.time(), loop.time()
    while (session := floor.describe(machine)["session"]) is not None:
        events = await floor.events(session, after=seen)
        if events:
            seen, since_s = seen + len(events), loop.time()
        if any(msgspec.json.decode(event)["kind"] == "set_ended" for event in events):
            return
        if loop.time() - since_s > GIVEN_UP_S / speed:
            await _stop(floor, machine)
            return
        if not _interrupted(floor, machine):
            standing_s = loop.time()
        elif loop.time() - standing_s > INTERRUPTED_S / speed:
            await _lead_back(floor, machine, speed)
        await asyncio.sleep(LOOK_S)


async def _lead_back(floor: Floor, machine: str, speed: float) -> None:
    """Into the running set, by positioning and a countdown."""
    await floor.act(machine, "pause", str(uuid.uuid4()))
    await asyncio.sleep(LOWERED_S / speed)
    await floor.act(machine, "resume", str(uuid.uuid4()))


def _interrupted(floor: Floor, machine: str) -> bool:
    """Whether the cue stands in a running set, and nobody paused it: after a lost signal, a restart, a limit that was exceeded."""
    line = floor.known(machine)
    running = line.running
    return line.feed == "live" and running is not None and running.in_set and not (running.analysis.cue.running or running.analysis.paused)
