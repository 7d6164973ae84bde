"""The patient: reads the cue, begins and ends each movement, stops, fails, lets go."""

import math
from collections.abc import Callable
from random import Random

from edge_agent.simulator.characters import Character
from edge_agent.simulator.conduct import PLAIN, Conduct
from edge_agent.simulator.machine import Machine
from edge_agent.simulator.motion import Track
from edge_agent.simulator.mover import Mover, Stage
from edge_agent.simulator.muscle import Muscle
from edge_agent.simulator.noise import Noise
from edge_agent.simulator.truth import Attempt, Incident
from wire.plan import Tempo

NEAR = 0.025
"""Of the range: close enough to the end that was aimed at."""
STALL_SPEED = 0.25
"""Of the cue's speed: slower, while pushing all one can, is a stall (detection 4.3)."""
LATE = 0.3
"""Of a cycle: who comes later than this waits for the cue's next start."""
RIPE = 3.0
"""Repetitions in which the delay to the cue shrinks to 1/e of what is learnt."""
SAG = 0.05
"""Of the range: a hold that is lost."""
GRIND_S = 0.5
"""Having stood this long on the way up, a person may have nothing left for the hold."""

Course = Callable[[], Conduct | None]
"""What the next repetition is to be; None = no more."""


class Patient(Mover):
    """One person on one machine. `begin` starts a run of repetitions; fatigue stays from run to run."""

    def __init__(self, character: Character, machine: Machine, tempo: Tempo, random: Random, noise: Noise, muscle: Muscle) -> None:
        super().__init__(character, machine, random, noise, muscle)
        self.attempts: list[Attempt] = []
        self.tracks: list[Track] = []
        self.incidents: list[Incident] = []
        self.pressed: list[float] = []
        """When the pain button was pressed."""
        self.set = 1
        self.presses = False
        """Presses the pain button after having let go."""
        self._tempo = tempo
        self._stall_deg_s = STALL_SPEED * self._range_deg / tempo.extension_s
        self._lag_s = 2.0 / character.intent_per_s
        self._course: Course = lambda: None
        self._ahead: Conduct | None = None
        self._until_s = self._origin_s = 0.0
        self._cycle = self._done = 0
        self._leaving = self._paused = self._failed_before = self._deed_done = False
        self._hold_end_s = self._patience_s = 0.0
        self._pinned_s = math.inf
        self._since_s = self._waiting_s = 0.0
        self._left_k = 0

    @property
    def completed(self) -> int:
        """How many extensions of this set reached their end."""
        return sum(attempt.outcome == "completed" and attempt.set == self.set for attempt in self.attempts)

    @property
    def leaving(self) -> bool:
        """Gives up, or was told to stop: no more of this run."""
        return self._leaving

    @property
    def needed_k(self) -> int:
        """The first step that an attempt under way, or to come, still needs."""
        if self.tracks:
            return self.tracks[0].from_k
        return self.k if self._paused or self.resting else self._left_k

    def begin(self, now_s: float, origin_s: float, course: Course) -> None:
        """Start a run whose cue runs from `origin_s`; who reads of it late begins late and catches up."""
        self._origin_s, self._cycle, self._leaving, self._paused, self._failed_before = origin_s, 0, False, False, False
        self._course, self._ahead = course, None
        self._lead = self._intent = self._goal_deg = self.machine.lift_deg
        self._release_s = math.inf
        self._left_k = self.k
        self._wait_for_start(now_s)

    def stop(self, now_s: float) -> None:
        """Told to stop: lower what is up, then unload."""
        self._leaving = True
        if self.stage in (Stage.EXTENSION, Stage.HOLD):
            self.attempts[-1].turned_s = now_s
            self._lower(now_s, 0.8 * self._tempo.flexion_s)
        elif self.stage is Stage.TURN:
            self._unload(now_s)

    def pause(self, now_s: float) -> None:
        """Told to pause: lower what is up and wait at the bottom for `resume`."""
        self._paused = True
        if self.stage in (Stage.EXTENSION, Stage.HOLD):
            self.attempts[-1].turned_s = now_s
            self._lower(now_s, self._tempo.flexion_s)
        elif self.stage is Stage.TURN:
            self._until_s = math.inf

    def resume(self, now_s: float, origin_s: float) -> None:
        """The cue runs anew from `origin_s`."""
        self._paused, self._origin_s, self._cycle = False, origin_s, 0
        if self.stage is Stage.TURN:
            self._left_k = self.k
            self._wait_for_start(now_s)

    # Deciding: from one stage to the next.

    def _decide(self, t_s: float, strained: bool, dt_s: float) -> None:
        stage = self.stage
        if stage is Stage.EXTENSION:
            self._extending(t_s, strained, dt_s)
        elif stage is Stage.HOLD:
            self._holding(t_s, strained)
        elif stage is Stage.FLEXION:
            self._flexing(t_s)
        elif stage is Stage.TURN:
            if t_s >= self._until_s:
                self._extend(t_s)
        elif stage is Stage.UNLOADING and self._clock_s >= self._span_s + 0.5:
            self.stage = Stage.REST

    def _extending(self, t_s: float, strained: bool, dt_s: float) -> None:
        machine, conduct = self.machine, self.conduct
        attempt = self.attempts[-1]
        if self.help_nm:
            self._helping(t_s)
        if conduct.deed is not None and not self._deed_done and self._deed(t_s, attempt):
            return
        if t_s >= self._resume_s:
            self._end_pause(t_s, attempt)
            if self.stage is not Stage.EXTENSION:
                return
        if machine.lift_deg > machine.pin_deg:
            # Against the pin: no strength helps. Pushes on as long as the cue does, then takes it for the end.
            self._pinned_s = min(self._pinned_s, t_s)
            if self._clock_s >= self._span_s:
                self._hold(t_s)
        elif self._clock_s >= self._span_s and machine.lift_deg >= self._goal_deg - NEAR * self._range_deg:
            if conduct.deed in ("voluntary_partial", "restart"):
                self._turn_back(t_s, attempt)
            else:
                self._hold(t_s)
        elif strained and machine.speed_deg_s < self._stall_deg_s and self._clock_s > 0.5:
            if attempt.stalled_s is None:
                attempt.stalled_s = t_s
            self._stalled_s += dt_s
            if conduct.rescue and not self._deed_done and self._stalled_s > conduct.at:
                self._assist(t_s, attempt)
            elif self._stalled_s > self._patience_s and not self.help_nm:
                self._give_up(t_s, attempt)

    def _deed(self, t_s: float, attempt: Attempt) -> bool:
        """Begin what this extension has in store, once it is there. True where the stage has changed."""
        conduct, progress = self.conduct, self.machine.progress
        deed = conduct.deed
        if deed == "heave":
            if progress > 0.35:
                self._rate, self._deed_done = 1.0, True
                self._clock_s = max(self._clock_s, (progress + 0.05) * self._span_s)  # goes on from where it was thrown to
                self.incidents.append(Incident("heave", self._since_s, t_s, attempt.number))
            return False
        if conduct.flexing or conduct.rescue or progress < conduct.at:
            return False
        if deed in ("pause", "pause_lowered"):
            self._halt(t_s)
        elif deed == "pain":
            self._let_go(t_s, attempt)
            return True
        elif deed == "assist":
            self._assist(t_s, attempt)
        return False

    def _halt(self, t_s: float) -> None:
        self._deed_done = True
        self._rate, self._since_s, self._resume_s = 0.0, t_s, t_s + self.conduct.seconds

    def _end_pause(self, t_s: float, attempt: Attempt) -> None:
        self._rate, self._resume_s = 1.0, math.inf
        deed = self.conduct.deed
        assert deed is not None
        self.incidents.append(Incident(deed, self._since_s, t_s, attempt.number, detail="flexion" if self.conduct.flexing else "extension"))
        if deed == "pause_lowered":
            attempt.outcome, attempt.turned_s, attempt.stalled_s = "paused", t_s, None
            self._lower(t_s, self._time(self._tempo.flexion_s) * max(0.3, self.machine.progress))

    def _turn_back(self, t_s: float, attempt: Attempt) -> None:
        """Reverse at ordinary speed, by choice."""
        conduct = self.conduct
        attempt.outcome, attempt.turned_s, attempt.stalled_s = "partial", t_s, None
        self._since_s = t_s
        if conduct.deed == "voluntary_partial":
            self.incidents.append(Incident("voluntary_partial", attempt.begun_s, t_s, attempt.number))
        to = conduct.share if conduct.deed == "restart" else None
        self._lower(t_s, self._time(self._tempo.flexion_s) * max(0.3, conduct.at - (to or 0.0)), to)

    def _let_go(self, t_s: float, attempt: Attempt) -> None:
        conduct = self.conduct
        self._deed_done = True
        attempt.outcome, attempt.turned_s, attempt.stalled_s = "pain", t_s, None
        self.incidents.append(Incident("pain", t_s, t_s + conduct.seconds, attempt.number, detail=self.stage.name.lower()))
        self._leaving = True
        self._release_s, self._release_nm = t_s, self.machine.load_nm
        if self.presses:
            self.pressed.append(t_s + self._random.uniform(0.8, 2.5))
        self._lower(t_s, 0.6 * self._tempo.flexion_s * max(0.3, self.machine.progress))

    def _assist(self, t_s: float, attempt: Attempt) -> None:
        self._deed_done = attempt.helped = True
        self._since_s = t_s
        self.help_nm = 1e-9

    def _helping(self, t_s: float) -> None:
        """The therapist's hands: on within 0.5 s, off at the end of the extension."""
        target = self.conduct.share * self.machine.load_nm if self.stage is Stage.EXTENSION else 0.0
        self.help_nm += max(-0.05, min(0.008, (target - self.help_nm) / max(self.machine.load_nm, 1.0))) * self.machine.load_nm
        if self.stage is not Stage.EXTENSION and self.help_nm < 0.5:
            self.help_nm = 0.0
            detail = "rescue" if self.conduct.rescue else ""
            self.incidents.append(Incident("assist", self._since_s, t_s, self.attempts[-1].number, detail=detail))

    def _holding(self, t_s: float, strained: bool) -> None:
        conduct, attempt = self.conduct, self.attempts[-1]
        if self.help_nm:
            self._helping(t_s)
        if conduct.deed == "hold_dip" and not self._deed_done and t_s >= self._dip_s + conduct.seconds:
            self._deed_done = True
            self.incidents.append(Incident("hold_dip", self._dip_s, t_s, attempt.number))
        elif conduct.deed == "pain" and not conduct.flexing and conduct.at >= 1.0 and t_s > self._hold_end_s - 0.5 and not self._deed_done:
            self._let_go(t_s, attempt)
            return
        lost_deg = self._goal_deg - (NEAR + SAG) * self._range_deg
        if strained and self.machine.lift_deg < min(lost_deg, self.machine.pin_deg) and conduct.deed != "hold_dip":
            attempt.failure = "hold_lost"
            self._give_up(t_s, attempt)
        elif t_s >= self._hold_end_s:
            attempt.turned_s = t_s
            if self._pinned_s < t_s:
                self.incidents.append(Incident("end_pin", self._pinned_s, t_s, attempt.number))
            flexion_s = self._tempo.flexion_s * self.character.pace_flexion * conduct.flexion
            to = conduct.share if conduct.deed == "incomplete_return" else None
            self._lower(t_s, self._time(flexion_s), to)

    def _flexing(self, t_s: float) -> None:
        machine, conduct = self.machine, self.conduct
        if self.help_nm:
            self._helping(t_s)
        if conduct.deed is not None and not self._deed_done and conduct.flexing and machine.progress < conduct.at:
            if conduct.deed == "pause":
                self._halt(t_s)
            elif conduct.deed == "pain":
                self._let_go(t_s, self.attempts[-1])
                return
        if t_s >= self._resume_s:
            self._end_pause(t_s, self.attempts[-1])
        if conduct.deed == "bounce" and not self._leaving and self.attempts[-1].outcome == "completed":
            if machine.progress < 0.3:
                self._rate, self._goal_deg = 2.2, -0.12 * self._range_deg
            if machine.lift_deg <= 0.4 * machine.settings.slack_deg:
                self._bounce(t_s)
            return
        if conduct.caught and t_s > self._release_s + conduct.seconds + 0.4:
            self._release_s = math.inf
        arrived = self._clock_s >= self._span_s + self._lag_s or self._release_s < t_s
        if arrived and machine.lift_deg <= self._goal_deg + NEAR * self._range_deg:
            if conduct.deed == "restart" and self.attempts[-1].outcome == "partial":
                self.incidents.append(Incident("restart", self._since_s, t_s, self.attempts[-1].number, detail="midway"))
                self._left_k = self.k
                self._extend(t_s, PLAIN)
            else:
                if conduct.deed in ("incomplete_return", "early", "late") and self.attempts[-1].outcome == "completed":
                    attempt = self.attempts[-1]
                    start_s = self._clock_begun_s if conduct.deed == "incomplete_return" else attempt.begun_s
                    self.incidents.append(Incident(conduct.deed, start_s, t_s, attempt.number, detail=conduct.detail))
                self._turn(t_s)

    def _bounce(self, t_s: float) -> None:
        """Off the stop and up again at once, with a push."""
        self._lead = self._intent = self._goal_deg = self.machine.lift_deg
        self.incidents.append(Incident("bounce", t_s - 0.1, t_s + 0.3))
        push = self.conduct.share
        self._cycle += 1
        self._left_k = self.k
        if self._course() is None:
            self._unload(t_s)
            return
        self._extend(t_s, Conduct(share=push))
        self._pulse_until_s = t_s + 0.25

    def _extend(self, t_s: float, conduct: Conduct | None = None) -> None:
        conduct = conduct or self._ahead or PLAIN
        self._ahead = None
        self.conduct = conduct
        character, random = self.character, self._random
        end = min(random.gauss(0.0, character.sd_end), 2.0 * character.inset)
        goal = conduct.goal - character.inset + end
        span_s = self._tempo.extension_s * character.pace_extension * conduct.extension
        if conduct.deed in ("voluntary_partial", "restart"):
            span_s *= conduct.at / goal
            goal = conduct.at
        self._move(Stage.EXTENSION, t_s, self.machine.gap_deg + self._range_deg * goal, self._time(span_s))
        self._patience_s = random.uniform(*character.patience_s)
        self._left = 1.0
        self._stalled_s = 0.0
        self._dip_s = self._release_s = self._pinned_s = math.inf
        self._deed_done = False
        self._since_s = t_s
        if conduct.deed == "heave":
            self._rate, self._pulse_until_s = 2.6, t_s + conduct.seconds
        elif conduct.deed == "talk":
            self.incidents.append(Incident("talk", self._waiting_s, t_s))
        self._done += 1
        attempt = Attempt(len(self.attempts) + 1, t_s, set=self.set)
        self.attempts.append(attempt)
        self.tracks.append(Track(attempt, self._left_k, self.k))
        self._left_k = self.k

    def _hold(self, t_s: float) -> None:
        attempt, conduct = self.attempts[-1], self.conduct
        attempt.outcome = "completed"
        if self._stalled_s > GRIND_S and self._random.random() < self.character.spent:
            self._left = self._random.uniform(0.78, 0.92)
        # A stand that was overcome is a struggle, not a failure.
        if not (attempt.helped and conduct.rescue):
            attempt.stalled_s = None
        self._failed_before = False
        hold_s = self._time(self._tempo.hold_s * self.character.pace_hold * conduct.hold)
        late_s = self._clock_s - self._span_s
        self._hold_end_s = t_s + max(hold_s - late_s, 0.4 * hold_s)
        if self._pinned_s < t_s:
            self._goal_deg = self.machine.pin_deg + self._random.uniform(0.5, 3.0)
        if conduct.deed == "hold_dip":
            self._dip_s = t_s + 0.3 + 0.3 * self._tempo.hold_s
            self._hold_end_s = max(self._hold_end_s, self._dip_s + conduct.seconds + 0.4)
        self.stage = Stage.HOLD

    def _give_up(self, t_s: float, attempt: Attempt) -> None:
        attempt.outcome, attempt.turned_s = "failed", t_s
        if attempt.stalled_s is None:
            attempt.stalled_s = t_s
        self._leaving = self._failed_before or self._random.random() >= self.character.again
        self._failed_before = True
        self._left = 1.0
        progress = max(0.3, self.machine.progress)
        if self._random.random() < self.character.drops:
            self.conduct = Conduct(seconds=0.3, share=self._random.uniform(0.3, 0.7))
            self._release_s, self._release_nm = t_s, self.machine.load_nm
            self._lower(t_s, 0.4 * self._tempo.flexion_s * progress)
        else:
            self._lower(t_s, self._random.uniform(2.0, 3.0) * progress)

    def _lower(self, t_s: float, duration_s: float, to: float | None = None) -> None:
        character = self.character
        bottom = self._range_deg * ((character.inset if to is None else to) + self._random.gauss(0, character.sd_end))
        lift = self.machine.lift_deg
        if abs(self._intent - lift) > NEAR * self._range_deg:  # let go of a goal that was never reached
            self._lead = self._intent = self._goal_deg = lift
            self.stage = Stage.HOLD
        self._move(Stage.FLEXION, t_s, max(0.5, self.machine.gap_deg + bottom), duration_s)

    def _turn(self, t_s: float) -> None:
        self._left_k = self.k
        if self._leaving:
            self._unload(t_s)
            return
        self._cycle += 1
        if self._failed_before:
            self._origin_s = t_s + self._random.uniform(1.0, 4.0)
            self._cycle = 0
        self._wait_for_start(t_s)

    def _wait_for_start(self, t_s: float) -> None:
        """Turn until the next extension: the cue's next start, or the own pace."""
        self.stage = Stage.TURN
        self._waiting_s = t_s
        self._goal_deg = max(self._goal_deg, 0.5)
        if self._paused:
            self._until_s = math.inf
            return
        character, tempo = self.character, self._tempo
        following = self._ahead = self._ahead or self._course()
        if following is None:
            self._unload(t_s)
            return
        cycle_s = tempo.extension_s + tempo.hold_s + tempo.flexion_s + tempo.turn_s
        if not character.follows and self._cycle > 0:
            self._until_s = t_s + max(0.15, self._time(tempo.turn_s * character.pace_turn) - self._lag_s + following.wait_s)
            return
        while t_s > self._origin_s + self._cycle * cycle_s + LATE * cycle_s:
            self._cycle += 1
        learning_s = character.more_delay_s * math.exp(-self._done / RIPE)
        delay_s = max(-0.1, self._random.gauss(character.delay_s + learning_s, character.sd_delay_s)) + following.wait_s
        self._until_s = max(t_s, self._origin_s + self._cycle * cycle_s + delay_s - self._lag_s)

    def _unload(self, t_s: float) -> None:
        self._move(Stage.UNLOADING, t_s, 0.0, 0.9 if self._release_s == math.inf else 0.3)
