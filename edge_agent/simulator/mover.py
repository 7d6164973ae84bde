"""How a body moves the lever: an intended movement, followed by feed-forward and correction, within what the muscle can do."""

import math
from enum import Enum, auto
from random import Random

from edge_agent.simulator.characters import Character
from edge_agent.simulator.conduct import PLAIN
from edge_agent.simulator.machine import DEGREES, Machine
from edge_agent.simulator.muscle import Muscle, MuscleSettings
from edge_agent.simulator.noise import Noise

SWAY_S = 0.5
EFFORT_S = 0.4
REFLEX_DEG_S = 25.0
"""A falling lever is braked beyond this speed, by reflex: Nm per deg/s, as a share of the load."""
REFLEX = 0.012


class Stage(Enum):
    """What the patient is doing."""

    REST = auto()
    EXTENSION = auto()
    HOLD = auto()
    FLEXION = auto()
    TURN = auto()
    UNLOADING = auto()


class Mover:
    """Who pushes. What is intended, and when, is decided by whoever is built on this: `_decide` is called after every step."""

    def __init__(self, character: Character, machine: Machine, random: Random, noise: Noise, muscle: Muscle) -> None:
        self.character = character
        self.machine = machine
        self.muscle = muscle
        self.stage = Stage.REST
        self.conduct = PLAIN
        self.help_nm = 0.0
        """What somebody else adds at the lever."""
        self.k = 0
        """Steps done."""
        self._random = random
        self._noise = noise
        self._range_deg = machine.range_deg
        inertia = machine.settings.inertia_kg_m2 / DEGREES
        self._inertia = inertia
        self._stiffness = inertia * character.stiffness_per_s**2
        self._damping = 2.0 * character.damping * inertia * character.stiffness_per_s
        turn = math.tau * character.tremor_hz * 0.01
        self._wave_1, self._wave_2 = 2.0 * 0.97 * math.cos(turn), 0.97**2
        self._wave_in = math.sqrt(2.0) * 0.245 * abs(math.sin(turn))  # its own amplitude is then about 1
        self._wave = self._wave_before = 0.0
        self._goal_deg = self._from_deg = machine.lift_deg
        self._clock_s = self._clock_begun_s = 0.0
        """Time into the movement under way: it may run slower, faster, or stand."""
        self._span_s = 1.0
        self._rate = 1.0
        self._lead = self._intent = machine.lift_deg  # the two poles' states
        self._dip_s = self._resume_s = self._release_s = math.inf
        self._pulse_until_s = 0.0
        self._release_nm = 0.0
        self._stalled_s = 0.0
        self._sway_deg = 0.0
        self._effort = self._left = 1.0
        self._eased = 0.0

    @property
    def resting(self) -> bool:
        """At the bottom, unloaded, nothing under way."""
        return self.stage is Stage.REST

    def step(self, t_s: float, dt_s: float) -> float:
        """Push for `dt_s` from `t_s` on, move with the machine, decide. Returns the torque on the pad, Nm."""
        machine, character, noise = self.machine, self.character, self._noise
        self.k += 1
        stage = self.stage
        if stage is Stage.REST:
            machine.step(0.0, dt_s)
            return 0.0
        lift, speed, load = machine.lift_deg, machine.speed_deg_s, machine.load_nm
        self._sway_deg += -self._sway_deg * dt_s / SWAY_S + character.sway_deg * math.sqrt(2.0 * dt_s / SWAY_S) * noise()
        aim = self._aim(t_s, dt_s) + self._sway_deg
        poles = character.intent_per_s
        lead_rate = poles * (aim - self._lead)
        rate = poles * (self._lead - self._intent)
        self._lead += lead_rate * dt_s
        self._intent = intent = self._intent + rate * dt_s
        # The weight that is felt; on the way up from the stop it is known before it is felt.
        felt = load if lift > 0.5 * intent else machine.load_at(0.5 * intent)
        still = 1.0 if -0.6 < rate < 0.6 and stage is not Stage.TURN else 0.0
        self._eased += (still - self._eased) * dt_s / 0.5
        friction = machine.settings.friction_nm
        wanted = (
            felt
            + friction * (max(-1.0, min(1.0, rate)) - 0.9 * character.ease * self._eased)
            + self._inertia * poles * (lead_rate - rate)
            + self._stiffness * (intent - lift)
            + self._damping * (rate - speed)
            - 0.8 * self.help_nm
        )
        if t_s < self._pulse_until_s:
            wanted += self.conduct.share * load
        if stage is Stage.UNLOADING:
            wanted *= max(0.0, 1.0 - self._clock_s / self._span_s)
        rested = self.muscle.rested_nm(machine.rest_deg - lift, speed)
        fatigued = self.muscle.fatigued
        self._effort += (1.0 - self._effort) * dt_s / EFFORT_S + character.sd_effort * math.sqrt(2.0 * dt_s / EFFORT_S) * noise()
        capacity = rested * (1.0 - fatigued) * self._effort * self._left
        if self._stalled_s > 0.5 and stage is Stage.EXTENSION:  # pushes, in bursts
            capacity *= 1.0 + character.surge * max(0.0, math.sin(4.5 * self._stalled_s) - 0.3)
        if t_s >= self._release_s:
            wanted = min(wanted, self._released(t_s, speed, load))
        torque = capacity if wanted > capacity else max(0.0, wanted)
        used = torque / rested
        self._wave, self._wave_before = self._wave_1 * self._wave - self._wave_2 * self._wave_before + self._wave_in * noise(), self._wave
        torque += torque * character.tremor * used * used / ((1.0 - fatigued) * (1.0 - fatigued)) * (1.0 + fatigued) * self._wave
        settings = self.muscle.settings
        cost = 1.0
        if stage is Stage.FLEXION:
            cost = settings.eccentric_cost
        elif stage is Stage.TURN or stage is Stage.UNLOADING:
            cost = settings.turn_cost
        self.muscle.work(torque, rested, cost, dt_s)
        machine.step(torque + self.help_nm, dt_s)
        self._decide(t_s + dt_s, wanted >= capacity, dt_s)
        return torque

    def _aim(self, t_s: float, dt_s: float) -> float:
        """Where the current movement wants to be."""
        stage = self.stage
        if stage is Stage.HOLD:
            into = t_s - self._dip_s
            if 0.0 < into < self.conduct.seconds:
                return self._goal_deg - self.conduct.share * self._range_deg * math.sin(math.pi * into / self.conduct.seconds) ** 2
            return self._goal_deg
        if stage is Stage.TURN:
            return self._goal_deg
        self._clock_s += self._rate * dt_s
        share = self._clock_s / self._span_s
        if share >= 1.0:
            return self._goal_deg
        shape = self.character.shape
        way = share + shape * (share * share * share * (10.0 - share * (15.0 - 6.0 * share)) - share)
        ripple = self.character.ripple
        if ripple:
            beat = math.tau * self.character.ripple_hz
            way += ripple * share * (1.0 - share) * 4.0 / (beat * self._span_s) * math.sin(beat * self._clock_s)
        return self._from_deg + (self._goal_deg - self._from_deg) * way

    def _released(self, t_s: float, speed: float, load: float) -> float:
        """Most that is still held after letting go: falls within the time of the conduct; a fast fall is braked by reflex."""
        conduct = self.conduct
        gone = min(1.0, (t_s - self._release_s) / max(conduct.seconds, 0.02))
        held = self._release_nm + (conduct.share * load - self._release_nm) * gone
        if -speed > REFLEX_DEG_S:
            held += REFLEX * load * (-speed - REFLEX_DEG_S)
        return min(held, load)

    def _decide(self, t_s: float, strained: bool, dt_s: float) -> None:
        """What comes next; `strained`: all that the muscle can give is asked for."""
        raise NotImplementedError

    def _move(self, stage: Stage, t_s: float, goal_deg: float, duration_s: float) -> None:
        self._from_deg = self._goal_deg if self.stage in (Stage.TURN, Stage.HOLD, Stage.REST) else self._place()
        self.stage = stage
        self._goal_deg = goal_deg
        self._clock_begun_s = t_s
        self._clock_s, self._span_s, self._rate, self._resume_s = 0.0, max(duration_s, 0.05), 1.0, math.inf

    def _place(self) -> float:
        """Where the movement under way stands."""
        share = min(1.0, self._clock_s / self._span_s)
        return self._from_deg + (self._goal_deg - self._from_deg) * share

    def _time(self, seconds: float) -> float:
        return seconds * max(0.6, 1.0 + self._random.gauss(0.0, self.character.sd_duration))


def strength_nm(muscle: MuscleSettings, machine: Machine, load_share: float) -> float:
    """Strength at full extension such that the load is `load_share` of it where it is scarcest along the range."""
    shape = Muscle(muscle, 1.0)
    lifts = [machine.gap_deg + share / 50 * machine.range_deg for share in range(51)]
    return max(machine.load_at(lift) / shape.rested_nm(machine.rest_deg - lift, 0.0) for lift in lifts) / load_share
