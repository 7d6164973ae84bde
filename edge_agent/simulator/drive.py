"""A motor machine and who exercises on it: the drive sets the speed, the patient the torque (detection 11, machine (b))."""

import math
from dataclasses import dataclass
from random import Random

from edge_agent.simulator.characters import Character
from edge_agent.simulator.conduct import PLAIN, Conduct
from edge_agent.simulator.motion import Track
from edge_agent.simulator.muscle import Muscle
from edge_agent.simulator.noise import Noise
from edge_agent.simulator.patient import Course
from edge_agent.simulator.truth import Attempt, Incident
from wire.plan import Range, Tempo

MIDDLE = (0.15, 0.85)
"""The part of the extension over which the torque is judged: its middle 70 % (detection 4.4)."""
CLEARLY = 0.97
"""Of the plan's load: a mean below it is lost, not just missed."""
GIVEN_IN = (0.8, 0.93)
"""What is left of the effort once the line cannot be kept."""
EFFORT_S = 0.8


@dataclass(frozen=True, slots=True)
class DriveSettings:
    """The speed loop: its own frequency, how far it overshoots, how fast it may change speed; the ripple of its torque."""

    loop_per_s: float = 20.0
    overshoot: float = 0.1
    """Of a step in speed."""
    ramp_s: float = 0.25
    ripple_nm: float = 1.0
    ripple_hz: float = 12.0
    arm_kg_m2: float = 1.5
    """Between the load cell and the body: its inertia shows when the speed changes."""


class Drive:
    """The lever under its drive: `lift_deg` from the flexed end of its range, `speed_deg_s`."""

    __slots__ = ("_damping", "_rate", "change_deg_s2", "gap_deg", "lift_deg", "range_deg", "rest_deg", "settings", "speed_deg_s")

    def __init__(self, settings: DriveSettings, reach: Range) -> None:
        self.settings = settings
        self.gap_deg = 0.0
        self.rest_deg = reach.flexion_deg
        self.range_deg = reach.flexion_deg - reach.extension_deg
        self.lift_deg = self.speed_deg_s = self._rate = self.change_deg_s2 = 0.0
        log = math.log(max(settings.overshoot, 0.002))
        self._damping = -log / math.hypot(math.pi, log)

    @property
    def progress(self) -> float:
        """Share of the range from its flexed end."""
        return self.lift_deg / self.range_deg

    def place(self, lift_deg: float) -> None:
        """Stand there, still."""
        self.lift_deg = lift_deg
        self.speed_deg_s = self._rate = self.change_deg_s2 = 0.0

    def step(self, goal_deg: float, speed_deg_s: float, dt_s: float) -> None:
        """Move toward a place at a speed, as the loop allows."""
        settings = self.settings
        most = speed_deg_s / settings.ramp_s
        left = goal_deg - self.lift_deg
        wanted = math.copysign(min(speed_deg_s, math.sqrt(max(0.0, most * abs(left))), abs(left) * 8.0), left)
        self._rate += max(-most * dt_s, min(most * dt_s, wanted - self._rate))
        loop = settings.loop_per_s
        self.change_deg_s2 += (loop * loop * (self._rate - self.speed_deg_s) - 2.0 * self._damping * loop * self.change_deg_s2) * dt_s
        self.speed_deg_s += self.change_deg_s2 * dt_s
        self.lift_deg += self.speed_deg_s * dt_s


class Driven:
    """One person on a drive, who keeps the torque at the plan's load as long as possible. `begin` as of a Patient."""

    def __init__(
        self, character: Character, machine: Drive, tempo: Tempo, random: Random, noise: Noise, muscle: Muscle, load_nm: float
    ) -> None:
        self.character = character
        self.machine = machine
        self.muscle = muscle
        self.load_nm = load_nm
        self.attempts: list[Attempt] = []
        self.tracks: list[Track] = []
        self.incidents: list[Incident] = []
        self.pressed: list[float] = []
        self.k = 0
        self.set = 1
        self.presses = False
        self.leaving = False
        self._tempo = tempo
        self._random = random
        self._noise = noise
        self._course: Course = lambda: None
        self._conduct = PLAIN
        self._phase = "rest"
        self._until_s = 0.0
        self._since_s = 0.0
        self._effort = 0.0
        self._margin = 1.0 + random.uniform(0.03, 0.12)
        self._level_nm = 0.0
        self._gone_s = math.inf
        self._sum = self._strained = 0.0
        self._seen = 0
        self._weak = 0
        self._more = random.choice((2, 2, 3))
        self._given = 1.0
        self._left_k = 0
        self._beat = 0.0

    @property
    def resting(self) -> bool:
        """At the flexed end, nothing under way."""
        return self._phase == "rest"

    @property
    def completed(self) -> int:
        """How many extensions of this set kept the torque."""
        return sum(attempt.outcome == "completed" and attempt.set == self.set for attempt in self.attempts)

    def begin(self, now_s: float, origin_s: float, course: Course) -> None:
        """The drive starts at `origin_s`, and after each turn."""
        self._course, self.leaving = course, False
        self._left_k = self.k
        self._phase, self._since_s, self._until_s = "turn", now_s, max(now_s, origin_s)
        self._conduct = self._following() or PLAIN

    def step(self, t_s: float, dt_s: float) -> float:
        """Move with the drive for `dt_s`, push; returns the torque at the load cell, Nm."""
        machine, tempo, settings = self.machine, self._tempo, self.machine.settings
        self.k += 1
        phase = self._phase
        self._effort += -self._effort * dt_s / EFFORT_S + 0.04 * math.sqrt(2.0 * dt_s / EFFORT_S) * self._noise()
        share = 0.0
        if phase == "extension":
            machine.step(machine.range_deg, machine.range_deg / (tempo.extension_s - settings.ramp_s), dt_s)
            share = 1.0
        elif phase == "flexion":
            machine.step(0.0, machine.range_deg / (tempo.flexion_s - settings.ramp_s), dt_s)
            share = 1.0
        else:
            machine.step(machine.range_deg if phase == "hold" else machine.lift_deg if phase == "halt" else 0.0, 10.0, dt_s)
            share = {"hold": 1.0, "turn": 0.25, "halt": 0.0}.get(phase, 0.0)
        target = share * self.load_nm * self._margin * (1.0 + self._effort)
        if t_s >= self._gone_s:
            target *= max(self._conduct.share, 1.0 - (t_s - self._gone_s) / self._conduct.seconds)
        self._level_nm += (target - self._level_nm) * dt_s / 0.08
        angle = machine.rest_deg - machine.lift_deg
        rested = self.muscle.rested_nm(angle, machine.speed_deg_s)
        capacity = rested * (1.0 - self.muscle.fatigued) * self._given
        torque = min(max(0.0, self._level_nm), capacity)
        cost = self.muscle.settings.eccentric_cost if phase == "flexion" else 1.0
        self.muscle.work(torque, rested, cost, dt_s)
        if phase == "extension" and MIDDLE[0] <= machine.progress <= MIDDLE[1]:
            self._sum += torque
            self._seen += 1
            self._strained += self._level_nm >= capacity
        self._decide(t_s + dt_s)
        self._beat = (self._beat + math.tau * settings.ripple_hz * dt_s) % math.tau
        moving = min(1.0, abs(machine.speed_deg_s) / 2.0)
        return torque + moving * settings.ripple_nm * math.sin(self._beat) + settings.arm_kg_m2 * math.radians(machine.change_deg_s2)

    def _decide(self, t_s: float) -> None:
        machine, conduct, tempo = self.machine, self._conduct, self._tempo
        phase = self._phase
        if phase == "extension":
            if conduct.deed == "pain" and machine.progress >= conduct.at and self._gone_s == math.inf:
                self._let_go(t_s)
            if t_s >= self._gone_s + conduct.seconds + 0.4:  # somebody stops the drive
                self._enter("halt", t_s, self._random.uniform(1.0, 3.0))
            elif t_s >= self._until_s and machine.progress > 0.98:
                self._judge(t_s)
                self._enter("hold", t_s, max(0.1, tempo.hold_s))
        elif phase == "hold" and t_s >= self._until_s:
            self.attempts[-1].turned_s = t_s
            self._enter("flexion", t_s, tempo.flexion_s)
        elif phase == "halt" and t_s >= self._until_s:
            self._enter("flexion", t_s, tempo.flexion_s * machine.progress)
        elif phase == "flexion" and t_s >= self._until_s and machine.progress < 0.02:
            self._left_k = self.k
            following = None if self.leaving else self._following()
            if following is None:
                self._phase, self._until_s = "leave", t_s + 1.5
            else:
                self._conduct = following
                self._enter("turn", t_s, max(0.1, tempo.turn_s + following.wait_s))
        elif phase == "turn" and t_s >= self._until_s:
            self._extend(t_s)
        elif phase == "leave" and t_s >= self._until_s:
            self._phase = "rest"

    def _enter(self, phase: str, t_s: float, seconds: float) -> None:
        self._phase, self._since_s, self._until_s = phase, t_s, t_s + seconds

    def _following(self) -> Conduct | None:
        return self._course()

    def _extend(self, t_s: float) -> None:
        if self._conduct.deed == "talk":
            self.incidents.append(Incident("talk", self._since_s, t_s))
        self._sum, self._seen, self._strained = 0.0, 0, 0.0
        attempt = Attempt(len(self.attempts) + 1, t_s, set=self.set)
        self.attempts.append(attempt)
        self.tracks.append(Track(attempt, self._left_k, self.k))
        self._enter("extension", t_s, self._tempo.extension_s)

    def _let_go(self, t_s: float) -> None:
        attempt = self.attempts[-1]
        self._gone_s, self.leaving = t_s, True
        attempt.outcome, attempt.turned_s = "pain", t_s
        self.incidents.append(Incident("pain", t_s, t_s + self._conduct.seconds, attempt.number, detail="extension"))
        if self.presses:
            self.pressed.append(t_s + self._random.uniform(0.8, 2.5))

    def _judge(self, t_s: float) -> None:
        """The extension is over: see whether the torque was kept. Failed is who lost it twice in a row (detection 4.4)."""
        attempt = self.attempts[-1]
        if attempt.outcome == "pain":
            return
        lost = self._seen > 0 and self._sum / self._seen < CLEARLY * self.load_nm and self._strained > 0.5 * self._seen
        self._weak = self._weak + 1 if lost else 0
        attempt.outcome = "completed"
        if self._weak == 1:
            self._given = self._random.uniform(*GIVEN_IN)
        else:
            self._given = 1.0 if not lost else self._given
        if self._weak >= 2:
            attempt.outcome, attempt.failure, attempt.turned_s = "failed", "torque_lost", t_s
        self.leaving = self.leaving or self._weak >= self._more
