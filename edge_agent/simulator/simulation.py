"""Machine, patient and sensors in one loop: samples on demand, as fast as they are asked for; no clock of its own."""

import math
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge_agent.simulator.characters import CHARACTERS, Character
from edge_agent.simulator.machine import Machine, MachineSettings
from edge_agent.simulator.patient import Patient
from edge_agent.simulator.sensor import Sensor, SensorSettings
from edge_agent.simulator.truth import Attempt
from wire.plan import Plan, Range, Tempo

STEP_S = 0.010
"""Of the physics at most: the stiffest part, the stack's touch (30 rad/s), needs less than 0.02."""
DEFAULT_PLAN = Plan(range=Range(60.0, 6.0), tempo=Tempo(4.0, 2.0, 3.0, 1.0))
"""What a patient without a plan does: the study's tempo over a common range."""
SWEEP_DEG_S = 3.0
SWEEPS = 2
"""A passive sweep: at most 3 deg/s, two cycles (detection 7)."""


class Block(NamedTuple):
    """Samples and their truth: columns of shape (n,); `attempts` are those that ended within the block."""

    t_ns: NDArray[np.int64]
    angle_deg: NDArray[np.float32]
    torque_nm: NDArray[np.float32]
    attempts: tuple[Attempt, ...]


class Simulation:
    """One machine with one patient. Same seed and same calls, same samples, to the bit, however they are cut."""

    def __init__(
        self,
        character: Character | str = "steady",
        plan: Plan | None = None,
        seed: int = 0,
        rate_hz: float = 100.0,
        *,
        sensor: SensorSettings | None = None,
        machine: MachineSettings | None = None,
    ) -> None:
        self.character = CHARACTERS[character] if isinstance(character, str) else character
        self.dt_ns = round(1e9 / rate_hz)
        self.samples = 0
        self.attempts: list[Attempt] = []
        """All that were begun, through all sets."""
        self._random = Random(seed)  # noqa: S311 - repeatable, not secret
        self._machine_settings = machine or self.character.machine
        self._sensor = Sensor(sensor or SensorSettings(), Random(seed + 1))  # noqa: S311 - repeatable, not secret
        self._steps = math.ceil(self.dt_ns / 1e9 / STEP_S - 1e-9)
        self._sweep_s: float | None = None
        self._set_plan(plan)

    @property
    def now_s(self) -> float:
        """Time of the next sample, s from the first."""
        return self.samples * self.dt_ns / 1e9

    @property
    def resting(self) -> bool:
        """Nothing is under way."""
        return self._patient.resting and self._sweep_s is None

    def give_plan(self, plan: Plan | None) -> None:
        """Sit down anew under a plan; a set that runs is broken off at once."""
        self._set_plan(plan)

    def start(self, origin_s: float | None = None) -> None:
        """The cue runs from `origin_s` (now): a rested patient begins a set. Ignored while one is running."""
        if self._patient.resting:
            lift = self.machine.lift_deg
            self._seat()
            self.machine.lift_deg = lift
            self._patient.begin(self.now_s, self.now_s if origin_s is None else origin_s)

    def stop(self) -> None:
        """The patient is told to stop: lowers, unloads, rests."""
        self._patient.stop(self.now_s)

    def pause(self) -> None:
        """The patient lowers and waits at the bottom."""
        self._patient.pause(self.now_s)

    def resume(self, origin_s: float | None = None) -> None:
        """The cue runs anew from `origin_s` (now)."""
        self._patient.resume(self.now_s, self.now_s if origin_s is None else origin_s)

    def sweep(self) -> None:
        """Somebody moves the relaxed patient through the range and back, twice. Ignored while a set is running."""
        if self._patient.resting:
            self._sweep_s = 0.0

    def advance(self, n: int) -> Block:
        """The next n samples."""
        machine, patient, dt_s, steps = self.machine, self._patient, self.dt_ns / 1e9, self._steps
        step_s = dt_s / steps
        angles, torques = [0.0] * n, [0.0] * n
        ended: list[Attempt] = []
        t_ns = np.arange(self.samples, self.samples + n, dtype=np.int64) * self.dt_ns
        for index in range(n):
            t_s = self.samples * dt_s
            torque = 0.0
            for step in range(steps if self.samples else 0):  # the first sample is the state as it was found
                at_s = t_s - dt_s + step * step_s
                if self._sweep_s is not None:
                    torque = self._swept(step_s)
                    continue
                attempt, before, count = patient.attempt, machine.progress, len(patient.attempts)
                torque = patient.torque_nm(at_s, step_s)
                machine.step(torque, step_s)
                if attempt is not None:
                    was_over = attempt.end_s is not None
                    attempt.see(before, machine.progress, at_s + step_s, step_s)
                    if attempt.end_s is not None and not was_over:
                        ended.append(attempt)
                if len(patient.attempts) > count:
                    self.attempts.append(patient.attempts[-1])
            angles[index], torques[index] = self._sensor.read(machine.angle_deg, torque + machine.gravity_nm())
            self.samples += 1
        return Block(t_ns, np.array(angles, np.float32), np.array(torques, np.float32), tuple(ended))

    def _swept(self, step_s: float) -> float:
        """One step of the passive sweep: up at a steady speed, down, up, down. Torque at the pad, Nm."""
        assert self._sweep_s is not None
        span = self.machine.rest_deg - self._plan.range.extension_deg
        self._sweep_s += step_s
        way = self._sweep_s * SWEEP_DEG_S
        if way >= 2 * SWEEPS * span:
            self._sweep_s = None
            return self.machine.carry(0.0, 0.0)
        up = way % (2 * span) < span
        lift = way % span if up else span - way % span
        return self.machine.carry(lift, SWEEP_DEG_S if up else -SWEEP_DEG_S)

    def _set_plan(self, plan: Plan | None) -> None:
        self._plan = plan or DEFAULT_PLAN
        self._seat()

    def _seat(self) -> None:
        """Machine and patient for the next set."""
        load_nm = self._plan.load_nm or self.character.load_nm
        self.machine = Machine(self._machine_settings, self._plan.range, load_nm)
        self._patient = Patient(self.character, self.machine, self._plan, self._random)


def simulate(
    character: Character | str,
    plan: Plan | None = None,
    seed: int = 0,
    rate_hz: float = 100.0,
    *,
    block: int = 100,
    rest_s: float = 5.0,
    sensor: SensorSettings | None = None,
    machine: MachineSettings | None = None,
) -> Iterator[Block]:
    """One whole set, `rest_s` of rest before and after it, in blocks of `block` samples: as fast as the processor goes."""
    simulation = Simulation(character, plan, seed, rate_hz, sensor=sensor, machine=machine)
    while simulation.now_s < rest_s:
        yield simulation.advance(block)
    simulation.start()
    while not simulation.resting:
        yield simulation.advance(block)
    until_s = simulation.now_s + rest_s
    while simulation.now_s < until_s:
        yield simulation.advance(block)
