"""Driver `simulator`: a simulated patient on a simulated machine, who reads the screen of its machine as a person would."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from edge_agent.clock import Clock, next_tick
from edge_agent.drivers.driver import Host, Samples
from edge_agent.simulator.characters import CHARACTERS
from edge_agent.simulator.simulation import Simulation
from wire.events import Event, Paused, Resumed, SetEnded, SetStarted
from wire.messages import Command
from wire.plan import Plan

AHEAD_S = 0.2
"""The patient is computed so far ahead: many samples at a time cost a fifth each, and people take as long to react."""
ALONE_S = 5.0
"""Who is told nothing begins by himself after so long."""

COUNTDOWN_S = 3.0
"""The service counts down for so long after a resume; a start is told when that is over."""

_turns = itertools.count()


class SimulatorSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="name", tag="simulator"):
    """`start`: `cue` waits for the set to be started, `either` begins alone when nobody does within 5 s of sitting down."""

    character: Literal["steady", "hurried", "tires", "strong", "stops_for_pain", "sensor_breaks"] = "steady"
    seed: int = 0
    sample_rate_hz: Annotated[float, msgspec.Meta(ge=10, le=1000)] = 100.0
    speed: Annotated[float, msgspec.Meta(gt=0, le=100)] = 1.0
    start: Literal["cue", "either"] = "either"
    gravity_nm: float = 0.0
    """What the torque sensor sees of the body's weight, at 90 deg from upright: for trying out `sweep`."""

    def open(self, clock: Clock, folder: Path) -> "SimulatorDriver":  # noqa: ARG002 - it reads no file
        """The driver."""
        return SimulatorDriver(self, clock)


class SimulatorDriver:
    """Samples of a simulation as they fall due. Plan and events reach the patient, who begins, pauses and stops by them."""

    waits = False
    again_s = None

    def __init__(self, settings: SimulatorSettings, clock: Clock) -> None:
        character = CHARACTERS[settings.character]
        self._settings = settings
        self.sample_rate_hz: float | None = settings.sample_rate_hz
        self._simulation = Simulation(
            character,
            seed=settings.seed,
            rate_hz=settings.sample_rate_hz,
            machine=replace(character.machine, gravity_nm=settings.gravity_nm),
        )
        self._base_ns = clock.now_ns()
        self._given_s = 0.0
        self._plan: Plan | None = None
        self._alone_s: float | None = ALONE_S if settings.start == "either" else None

    async def read(self, host: Host) -> AsyncIterator[Samples]:
        """Sample k at base + k x dt of the device's clock, taken when that time has come."""
        simulation, speed, clock, settings = self._simulation, self._settings.speed, host.clock, self._settings
        n = max(1, round(settings.sample_rate_hz * host.batch_s * speed))
        slots = max(1, round(AHEAD_S * settings.sample_rate_hz / n))
        ahead = n * (1 + next(_turns) % slots)  # the first one shorter, so that many machines don't compute at the same time
        self._base_ns = base_ns = next_tick(clock.now_ns())
        while True:
            if self._alone_s is not None and simulation.now_s >= self._alone_s:
                self._alone_s = None
                simulation.start()
            block = simulation.advance(ahead)
            t_ns = block.t_ns + base_ns
            for start in range(0, ahead, n):
                end = start + n
                self._given_s = float(block.t_ns[end - 1]) / 1e9
                await clock.sleep_until(base_ns + int(block.t_ns[end - 1] / speed))
                for _ in range(simulation.presses(self._given_s)):
                    host.press("pain")
                yield Samples(t_ns[start:end], block.angle_deg[start:end], block.torque_nm[start:end])
            ahead = n * slots
            # Those who share the tick send first; what comes next is computed between two ticks.
            await clock.sleep_until(base_ns + int((block.t_ns[-1] + n * simulation.dt_ns / 8) / speed))

    def device_ns(self, now_ns: int) -> int:
        """The device's clock: it runs `speed` times as fast as the agent's."""
        return self._base_ns + int((now_ns - self._base_ns) * self._settings.speed)

    def take_plan(self, plan: Plan | None) -> None:
        """A new plan: sit down under it. The same one again (a line that came back) changes nothing, nor does a session's name."""
        if plan == self._plan:
            return
        before, self._plan = _movement(self._plan), plan
        if _movement(plan) != before:
            self._simulation.give_plan(plan)
        if self._settings.start == "either":
            self._alone_s = self._simulation.now_s + ALONE_S

    def take_event(self, event: Event) -> None:
        """The cue began, halted, or the set is over: as on the screen."""
        simulation = self._simulation
        # The announcement says how long ago it happened; the way here took some milliseconds more.
        at_s = self._given_s - max(0.0, event.known_s - event.at_s)
        if isinstance(event, SetStarted):
            self._alone_s = None
            simulation.start(at_s)
        elif isinstance(event, Paused):
            simulation.pause()
        elif isinstance(event, Resumed):
            simulation.resume(at_s + COUNTDOWN_S)
        elif isinstance(event, SetEnded) and event.reason != "failure":
            simulation.stop()

    def take_command(self, command: Command) -> None:
        """`sweep` moves the relaxed patient through the range."""
        if command.verb == "sweep":
            self._simulation.sweep()


def _movement(plan: Plan | None) -> Plan | None:
    """The plan without the names that change nothing for the patient."""
    return None if plan is None else msgspec.structs.replace(plan, session=None, label=None)
