"""The patient: reads the cue, moves by feed-forward and correction, within what the muscle can do."""

import math
from enum import Enum, auto
from random import Random

from edge_agent.simulator.characters import Character
from edge_agent.simulator.machine import DEGREES, Machine
from edge_agent.simulator.muscle import Muscle, MuscleSettings
from edge_agent.simulator.truth import Attempt
from wire.plan import Plan

INTENT_PER_S = 12.0
"""Both poles of the intended movement: corners as soft as a person's. It lags by 2/12 s, which preview makes good."""
LAG_S = 2.0 / INTENT_PER_S
STIFFNESS_NM_PER_DEG = 12.0
DAMPING_NM_S_PER_DEG = 2.5
NEAR = 0.03
"""Of the range: close enough to the end that was aimed at."""
INSET = 0.012
"""Of the range: people stay this much inside the lines they see."""
STALL_SPEED = 0.25
"""Of the cue's speed: slower, while pushing all one can, is a stall (detection 4.3)."""
LATE = 0.3
"""Of a cycle: who comes later than this waits for the cue's next start."""
SWAY_S = 0.5
TREMOR_HZ = 9.0


class Stage(Enum):
    """What the patient is doing."""

    REST = auto()
    EXTENSION = auto()
    HOLD = auto()
    FLEXION = auto()
    TURN = auto()
    UNLOADING = auto()


class Patient:
    """One set: from `begin` to rest. Each set is a rested person of the same character."""

    def __init__(self, character: Character, machine: Machine, plan: Plan, random: Random) -> None:
        self._character = character
        self._machine = machine
        self._tempo = plan.tempo
        self._most = plan.repetitions.most
        self._random = random
        form = 1.0 + random.gauss(0.0, character.sd_form)
        self.muscle = Muscle(character.muscle, _strength_nm(character, machine) * form)
        self.stage = Stage.REST
        self.attempts: list[Attempt] = []
        self._range_deg = machine.range_deg
        self._stall_deg_s = STALL_SPEED * self._range_deg / plan.tempo.extension_s
        self._goal_deg = self._from_deg = machine.lift_deg
        self._begun_s = self._until_s = 0.0
        self._lead = self._intent = machine.lift_deg  # the two poles' states
        self._origin_s = 0.0
        self._cycle = 0
        self._leaving = False
        self._paused = False
        self._hold_end_s = 0.0
        self._patience_s = 0.0
        self._stalled_s = 0.0
        self._sway_deg = 0.0
        self._tremor_phase = random.uniform(0.0, math.tau)

    @property
    def resting(self) -> bool:
        """At the bottom, unloaded, no set under way."""
        return self.stage is Stage.REST

    @property
    def attempt(self) -> Attempt | None:
        """The one under way."""
        active = self.stage not in (Stage.REST, Stage.UNLOADING)
        return self.attempts[-1] if active and self.attempts else None

    def begin(self, now_s: float, origin_s: float) -> None:
        """Start a set whose cue runs from `origin_s`; who reads of it late begins late and catches up."""
        self._origin_s, self._cycle, self._leaving, self._paused = origin_s, 0, False, False
        self._lead = self._intent = self._machine.lift_deg
        self._wait_for_start(now_s)

    def stop(self, now_s: float) -> None:
        """Told to stop: lower what is up, then unload."""
        self._leaving = True
        if self.stage in (Stage.EXTENSION, Stage.HOLD):
            self._lower(now_s, 0.8 * self._tempo.flexion_s)
        elif self.stage is Stage.TURN:
            self._unload(now_s)

    def pause(self, now_s: float) -> None:
        """Told to pause: lower what is up and wait at the bottom for `resume`."""
        self._paused = True
        if self.stage in (Stage.EXTENSION, Stage.HOLD):
            self._lower(now_s, self._tempo.flexion_s)
        elif self.stage is Stage.TURN:
            self._until_s = math.inf

    def resume(self, now_s: float, origin_s: float) -> None:
        """The cue runs anew from `origin_s`."""
        self._paused, self._origin_s, self._cycle = False, origin_s, 0
        if self.stage is Stage.TURN:
            self._wait_for_start(now_s)

    def torque_nm(self, t_s: float, dt_s: float) -> float:
        """What the patient does on the pad from `t_s` on, for `dt_s`."""
        if self.stage is Stage.REST:
            return 0.0
        machine, character = self._machine, self._character
        lift, speed = machine.lift_deg, machine.speed_deg_s
        aim = self._aim(t_s)
        lead_rate = INTENT_PER_S * (aim - self._lead)
        rate = INTENT_PER_S * (self._lead - self._intent)
        acceleration = INTENT_PER_S * (lead_rate - rate)
        self._lead += lead_rate * dt_s
        self._intent += rate * dt_s
        self._sway_deg += -self._sway_deg * dt_s / SWAY_S + self._random.gauss(0.0, character.sway_deg * math.sqrt(2 * dt_s / SWAY_S))
        wanted = (
            machine.load_at(max(lift, 0.5 * self._intent))
            + machine.settings.friction_nm * math.tanh(rate / 0.3)
            + machine.settings.inertia_kg_m2 * acceleration / DEGREES
            + STIFFNESS_NM_PER_DEG * (self._intent + self._sway_deg - lift)
            + DAMPING_NM_S_PER_DEG * (rate - speed)
        )
        if self.stage is Stage.UNLOADING:
            wanted *= max(0.0, 1.0 - (t_s - self._begun_s) / max(self._until_s - self._begun_s, dt_s))
        angle = machine.angle_deg
        rested = self.muscle.rested_nm(angle, speed)
        capacity = rested * (1.0 - self.muscle.fatigued)
        torque = min(max(wanted, 0.0), capacity)
        used = torque / rested
        self._tremor_phase = (self._tremor_phase + math.tau * TREMOR_HZ * dt_s) % math.tau
        torque += torque * character.tremor * used * (1.0 + 2.0 * self.muscle.fatigued) * math.sin(self._tremor_phase)
        self.muscle.work(torque, rested, self._cost(), dt_s)
        self._decide(t_s, wanted >= capacity, dt_s)
        return torque

    def _cost(self) -> float:
        settings: MuscleSettings = self.muscle.settings
        if self.stage is Stage.FLEXION:
            return settings.eccentric_cost
        return settings.turn_cost if self.stage in (Stage.TURN, Stage.UNLOADING) else 1.0

    def _aim(self, t_s: float) -> float:
        """Where the current movement wants to be: a straight line in time from where it began to its goal."""
        if t_s >= self._until_s or self.stage in (Stage.HOLD, Stage.TURN):
            return self._goal_deg
        return self._from_deg + (self._goal_deg - self._from_deg) * (t_s - self._begun_s) / (self._until_s - self._begun_s)

    def _decide(self, t_s: float, strained: bool, dt_s: float) -> None:
        """From one stage to the next."""
        lift = self._machine.lift_deg
        if self.stage is Stage.EXTENSION:
            if t_s >= self._until_s and lift >= self._goal_deg - NEAR * self._range_deg:
                self._hold(t_s)
            elif strained and self._machine.speed_deg_s < self._stall_deg_s and self._machine.progress > 0.1:
                attempt = self.attempts[-1]
                attempt.stalled_s = attempt.stalled_s or t_s
                self._stalled_s += dt_s
                if self._stalled_s > self._patience_s:
                    self._give_up(t_s, attempt)
        elif self.stage is Stage.HOLD:
            if t_s >= self._hold_end_s:
                self._lower(t_s, self._time(self._tempo.flexion_s * self._character.pace_flexion))
        elif self.stage is Stage.FLEXION:
            if t_s >= self._until_s + LAG_S and lift <= self._goal_deg + NEAR * self._range_deg:
                self._turn(t_s)
        elif self.stage is Stage.TURN:
            if t_s >= self._until_s:
                self._extend(t_s)
        elif self.stage is Stage.UNLOADING and t_s >= self._until_s + 0.5:
            self.stage = Stage.REST

    def _move(self, stage: Stage, t_s: float, goal_deg: float, duration_s: float) -> None:
        self.stage = stage
        self._from_deg, self._goal_deg = self._aim(t_s), goal_deg
        self._begun_s, self._until_s = t_s, t_s + duration_s

    def _extend(self, t_s: float) -> None:
        character = self._character
        top = self._machine.settings.slack_deg + self._range_deg * (1.0 - INSET + min(self._random.gauss(0, character.sd_end), 2 * INSET))
        self._move(Stage.EXTENSION, t_s, top, self._time(self._tempo.extension_s * character.pace_extension))
        self._patience_s = self._random.uniform(1.5, 4.5)  # 1-5 s in all with the slow-down before (detection 11)
        self._stalled_s = 0.0
        self.attempts.append(Attempt(len(self.attempts) + 1, t_s))

    def _hold(self, t_s: float) -> None:
        self.attempts[-1].outcome = "completed"
        # A stand that was overcome is a struggle, not a failure.
        self.attempts[-1].stalled_s = None
        hold_s = self._time(self._tempo.hold_s * self._character.pace_hold)
        late_s = t_s - self._until_s
        self._hold_end_s = t_s + max(hold_s - late_s, 0.4 * hold_s)
        self.stage = Stage.HOLD

    def _give_up(self, t_s: float, attempt: Attempt) -> None:
        attempt.outcome, attempt.turned_s = "failed", t_s
        tried_again = len(self.attempts) > 1 and self.attempts[-2].outcome == "failed"
        self._leaving = tried_again or self._random.random() >= self._character.again
        self._lower(t_s, self._random.uniform(2.0, 3.0) * max(0.3, self._machine.progress))

    def _lower(self, t_s: float, duration_s: float) -> None:
        bottom = self._machine.settings.slack_deg + self._range_deg * (INSET + self._random.gauss(0, self._character.sd_end))
        lift = self._machine.lift_deg
        if self._intent - lift > NEAR * self._range_deg:  # let go of a goal that was never reached
            self._lead = self._intent = self._goal_deg = lift
            self._until_s = t_s
        self._move(Stage.FLEXION, t_s, max(0.5, bottom), duration_s)

    def _turn(self, t_s: float) -> None:
        if self._leaving or self.completed >= self._most:
            self._unload(t_s)
            return
        self._cycle += 1
        self._wait_for_start(t_s)

    @property
    def completed(self) -> int:
        """How many extensions reached their end."""
        return sum(attempt.outcome == "completed" for attempt in self.attempts)

    def _wait_for_start(self, t_s: float) -> None:
        """Turn until the next extension: the cue's next start, or the own pace."""
        self.stage = Stage.TURN
        self._goal_deg = max(self._goal_deg, 0.5)
        if self._paused:
            self._until_s = math.inf
            return
        character, tempo = self._character, self._tempo
        cycle_s = tempo.extension_s + tempo.hold_s + tempo.flexion_s + tempo.turn_s
        if not character.follows and self._cycle > 0:
            self._until_s = t_s + max(0.15, self._time(tempo.turn_s * character.pace_turn) - LAG_S)
            return
        while t_s > self._origin_s + self._cycle * cycle_s + LATE * cycle_s:
            self._cycle += 1
        delay_s = max(-0.1, self._random.gauss(character.delay_s, character.sd_delay_s))
        self._until_s = max(t_s, self._origin_s + self._cycle * cycle_s + delay_s - LAG_S)

    def _unload(self, t_s: float) -> None:
        self._move(Stage.UNLOADING, t_s, 0.0, 0.9)

    def _time(self, seconds: float) -> float:
        return seconds * max(0.6, 1.0 + self._random.gauss(0.0, self._character.sd_duration))


def _strength_nm(character: Character, machine: Machine) -> float:
    """Strength at full extension such that the load is `load_share` of it where it is scarcest along the range."""
    shape = Muscle(character.muscle, 1.0)
    lifts = [machine.settings.slack_deg + share / 50 * machine.range_deg for share in range(51)]
    return max(machine.load_at(lift) / shape.rested_nm(machine.rest_deg - lift, 0.0) for lift in lifts) / character.load_share
