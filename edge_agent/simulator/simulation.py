"""Machine, patient and sensors in one loop: samples on demand, as fast as they are asked for; no clock of its own."""

import math
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge_agent.simulator.characters import CHARACTERS, Character
from edge_agent.simulator.conduct import PLAIN, Conduct
from edge_agent.simulator.machine import Machine, MachineSettings
from edge_agent.simulator.motion import STEP_S, settled
from edge_agent.simulator.mover import strength_nm
from edge_agent.simulator.muscle import Muscle
from edge_agent.simulator.noise import Noise
from edge_agent.simulator.patient import Course, Patient
from edge_agent.simulator.sensor import Sensor, SensorSettings, between
from edge_agent.simulator.truth import Attempt
from wire.plan import Plan, Range, Tempo

DEFAULT_PLAN = Plan(range=Range(60.0, 6.0), tempo=Tempo(4.0, 2.0, 3.0, 1.0))
"""What a patient without a plan does: the study's tempo over a common range."""
SWEEP_DEG_S = 3.0
SWEEPS = 2
"""A passive sweep: at most 3 deg/s, two cycles (detection 7)."""
AHEAD = 3
"""Steps that the movement is ahead of the newest sample: a curve through the sample needs its neighbours."""
STEP_NS = round(STEP_S * 1e9)


class Block(NamedTuple):
    """Samples and their truth: columns of shape (n,); `attempts` are those that were over within the block."""

    t_ns: NDArray[np.int64]
    angle_deg: NDArray[np.float32]
    torque_nm: NDArray[np.float32]
    attempts: tuple[Attempt, ...]


class Broken(NamedTuple):
    """The angle's sensor fails between two times: it sticks, or gives no reading."""

    start_s: float
    end_s: float
    sticks: bool


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
        """All that were begun, through all sets; their boundaries are filled in when they are over."""
        self.broken: list[Broken] = []
        self._random = Random(seed)  # noqa: S311 - repeatable, not secret
        self._noise = Noise([seed, 1])
        self._sensor = Sensor(sensor or SensorSettings(), [seed, 2])
        self._machine_settings = machine or self.character.machine
        self._sweep_s: float | None = None
        self._stuck_deg: float | None = None
        self._presses: list[float] = []
        self._begun = 0
        self._first_k = -1
        self._lifts: list[float] = []
        self._speeds: list[float] = []
        self._torques: list[float] = []
        self._coming: Plan | None = None
        """The plan to sit down under, once at rest."""
        self._due_s: float | None = None
        """When the cue began that waits for that."""
        self._rests: list[float] = []
        """Where rest is, deg: a new plan may move it."""
        self._plan = plan or DEFAULT_PLAN
        self._sit()
        for _ in range(2):
            self._note(0.0)

    @property
    def now_s(self) -> float:
        """Time of the next sample, s from the first."""
        return self.samples * self.dt_ns / 1e9

    @property
    def resting(self) -> bool:
        """Nothing is under way."""
        return self._patient.resting and self._sweep_s is None

    def give_plan(self, plan: Plan | None) -> None:
        """Sit down anew under a plan. Whoever works lowers first: no lever jumps."""
        self._coming, self._due_s = plan or DEFAULT_PLAN, None
        if self.resting:
            self._change()
        else:
            self._patient.stop(self._reached_s)

    def start(self, origin_s: float | None = None) -> None:
        """The cue runs from `origin_s` (now): a rested patient begins a set, under a plan that comes once seated. Else ignored."""
        if self._coming is not None:
            self._due_s = self._reached_s if origin_s is None else origin_s
            return
        if not self._patient.resting:
            return
        self._sit(self.machine.lift_deg)
        now_s = self._reached_s
        origin_s = now_s if origin_s is None else origin_s
        self._patient.k = self._first_k + len(self._lifts) - 1
        self._patient.begin(now_s, origin_s, self._course())
        if self.character.breaks:
            cycle_s = sum((self._plan.tempo.extension_s, self._plan.tempo.hold_s, self._plan.tempo.flexion_s, self._plan.tempo.turn_s))
            for repetition, seconds, sticks in ((2, 3.0, True), (4, 2.0, False)):
                start_s = origin_s + repetition * cycle_s + self._random.uniform(0.1, 0.5) * self._plan.tempo.extension_s
                self.broken.append(Broken(start_s, start_s + seconds, sticks))

    def stop(self) -> None:
        """The patient is told to stop: lowers, unloads, rests."""
        self._due_s = None
        self._patient.stop(self._reached_s)

    def pause(self) -> None:
        """The patient lowers and waits at the bottom, or seated under a plan that comes."""
        if self._coming is not None:
            self._due_s = None
            return
        self._patient.pause(self._reached_s)

    def resume(self, origin_s: float | None = None) -> None:
        """The cue runs anew from `origin_s` (now); whoever has not begun yet begins."""
        if self._patient.resting or self._coming is not None:
            self.start(origin_s)
            return
        now_s = self._reached_s
        self._patient.resume(now_s, now_s if origin_s is None else origin_s)

    def sweep(self) -> None:
        """Somebody moves the relaxed patient through the range and back, twice. Ignored while a set is running."""
        if self._patient.resting:
            self._sweep_s = 0.0

    def presses(self, until_s: float) -> int:
        """How often the pain button was pressed up to then, less those that were asked for before."""
        due = [at_s for at_s in self._presses if at_s <= until_s]
        self._presses = self._presses[len(due) :]
        return len(due)

    def advance(self, n: int) -> Block:
        """The next n samples."""
        t_ns = np.arange(self.samples, self.samples + n, dtype=np.int64) * self.dt_ns
        ended = self._move(int(t_ns[-1]) // STEP_NS + AHEAD) if n else []
        first = int(t_ns[0]) // STEP_NS - 1 - self._first_k if n else 0
        lifts, speeds = np.array(self._lifts[first:]), np.array(self._speeds[first:])
        torques, rests = np.array(self._torques[first:]), np.array(self._rests[first:])
        first_s, t_s = (first + self._first_k) * STEP_S, t_ns / 1e9
        speed = between(t_s, first_s, STEP_S, speeds)
        angle = between(t_s, first_s, STEP_S, rests, np.zeros(len(rests))) - between(t_s, first_s, STEP_S, lifts, speeds)
        torque = between(t_s, first_s, STEP_S, torques)
        if self._machine_settings.gravity_nm:
            torque += self._machine_settings.gravity_nm * np.array([math.sin(math.radians(each)) for each in angle.tolist()])
        angle, torque = self._sensor.read(t_s, angle, speed, torque)
        self._break(t_s, angle)
        self.samples += n
        self._forget()
        return Block(t_ns, angle.astype(np.float32), torque.astype(np.float32), tuple(ended))

    @property
    def _reached_s(self) -> float:
        """The newest step: what is told now takes effect from there on."""
        return (self._first_k + len(self._lifts) - 1) * STEP_S

    def _move(self, last_k: int) -> list[Attempt]:
        """Physics up to the step `last_k`; returns the attempts that were over."""
        patient, ended = self._patient, []
        k = self._first_k + len(self._lifts)
        while k <= last_k:
            if self._sweep_s is not None:
                torque = self._swept()
            else:
                patient.k = k - 1
                torque = patient.step((k - 1) * STEP_S, STEP_S)
            self._note(torque)
            k += 1
            if len(patient.attempts) > self._begun:
                self._begun += 1
                self.attempts.append(patient.attempts[-1])
            if len(patient.tracks) > 1 or (patient.tracks and patient.resting):
                ended.append(self._settle())
            if self._coming is not None and self.resting and not patient.tracks:
                self._change()
                patient = self._patient
        if patient.pressed:
            self._presses += patient.pressed
            patient.pressed.clear()
        return ended

    def _note(self, torque_nm: float) -> None:
        self._lifts.append(self.machine.lift_deg)
        self._speeds.append(self.machine.speed_deg_s)
        self._torques.append(torque_nm)
        self._rests.append(self.machine.rest_deg)

    def _settle(self) -> Attempt:
        """The oldest attempt is over: fill in its boundaries."""
        tracks = self._patient.tracks
        first = tracks[0].from_k - self._first_k
        progress = (np.array(self._lifts[first:]) - self.machine.gap_deg) / self.machine.range_deg
        settled(tracks, progress, tracks[0].from_k)
        return tracks.pop(0).attempt

    def _forget(self) -> None:
        """Steps that no sample and no attempt needs."""
        keep = min(self.samples * self.dt_ns // STEP_NS - 1, self._patient.needed_k)
        if (gone := keep - self._first_k) > 0:
            for values in (self._lifts, self._speeds, self._torques, self._rests):
                del values[:gone]
            self._first_k = keep

    def _break(self, t_s: NDArray[np.float64], angle_deg: NDArray[np.float64]) -> None:
        """The sensor fails where it is due to; what it then shows replaces the samples."""
        for each in self.broken:
            out = (t_s >= each.start_s) & (t_s < each.end_s)
            if not out.any():
                continue
            if each.sticks:
                if self._stuck_deg is None:
                    self._stuck_deg = float(angle_deg[int(out.argmax())])
                angle_deg[out] = self._stuck_deg
            else:
                angle_deg[out] = math.nan
        if len(t_s) and self.broken and t_s[-1] >= self.broken[0].end_s:
            self.broken.pop(0)
            self._stuck_deg = None

    def _swept(self) -> float:
        """One step of the passive sweep: up at a steady speed, down, up, down. Torque at the pad, Nm: friction alone."""
        assert self._sweep_s is not None
        span = self.machine.rest_deg - self._plan.range.extension_deg
        self._sweep_s += STEP_S
        way = self._sweep_s * SWEEP_DEG_S
        if way >= 2 * SWEEPS * span:
            self._sweep_s = None
            self.machine.place(0.0)
            return 0.0
        up = way % (2 * span) < span
        lift = way % span if up else span - way % span
        self.machine.place(lift)
        self.machine.speed_deg_s = SWEEP_DEG_S if up else -SWEEP_DEG_S
        return self.machine.settings.friction_nm * (1.0 if up else -1.0)

    def _course(self) -> Course:
        """Plain repetitions up to the plan's most, but for those of the character."""
        most, pain = self._plan.repetitions.most, self.character.pain
        hurts = None if pain is None else self._random.randint(*pain)
        conduct = Conduct(deed="pain", at=self._random.uniform(0.4, 0.75), seconds=self._random.uniform(0.15, 0.3), share=0.25)

        patient = self._patient

        def course() -> Conduct | None:
            if patient.completed >= most:
                return None
            return conduct if len(patient.attempts) + 1 == hurts else PLAIN

        return course

    def _change(self) -> None:
        """The plan that came is the one from now on, and the cue that began meanwhile is followed."""
        assert self._coming is not None
        self._plan, self._coming = self._coming, None
        self._sit()
        if self._due_s is not None:
            self.start(self._due_s)

    def _sit(self, lift: float = 0.0) -> None:
        """A rested person on the machine as it stands; a plan's load, range and tempo."""
        load_nm = self._plan.load_nm or self.character.load_nm
        self.machine = Machine(self._machine_settings, self._plan.range, load_nm)
        self.machine.place(lift)
        form = 1.0 + self._random.gauss(0.0, self.character.sd_form)
        muscle = Muscle(self.character.muscle, strength_nm(self.character.muscle, self.machine, self.character.load_share) * form)
        self._patient = Patient(self.character, self.machine, self._plan.tempo, self._random, self._noise, muscle)
        self._patient.presses = self.character.pain is not None
        self._begun = 0


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
