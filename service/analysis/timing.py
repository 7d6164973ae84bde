"""The phases of a set against its cue: what is overdue, what was too fast or too slow (contract 3, detection.md 5)."""

from typing import Literal

from service.analysis import state as s
from service.analysis.cadence import Cadence
from service.analysis.cue import Cue
from service.analysis.outbox import Outbox
from service.analysis.parameters import Parameters
from service.analysis.repetition import Repetition
from wire.events import CadenceDeviated, Phase
from wire.plan import Plan


class Timing:
    """Tells each phase's deviation once, as soon as it is certain; without a plan nothing is prescribed and nothing told."""

    def __init__(self, number: int, plan: Plan | None, cue: Cue | None, parameters: Parameters, state: s.State, out: Outbox) -> None:
        self.cadence = Cadence(plan, cue, parameters.boundary_low, parameters.boundary_high) if plan and cue else None
        self._number = number
        self._judges_turns = plan is not None and plan.pacing == "fixed"
        """Under `follow` the cue waits for the patient."""
        self._near = parameters.near
        self._restart_below = parameters.restart_below
        self._again_ns = round(parameters.overdue_again_s * 1e9)
        self._state = state
        self._out = out
        self._start_ns = self._due_ns = s.FAR
        self._begin = 0.0

    def to_near_s(self, repetition: Repetition) -> float | None:
        """The cue's time from where the repetition began to near the extended end."""
        return self.cadence.cue_s("extension", repetition.begin, self._near) if self.cadence else None

    def expect(self, phase: Phase, start_ns: int, begin: float, end: float) -> None:
        """From when on a phase is certain to be slow."""
        if self.cadence is not None:
            allowed_s = self.cadence.cue_s(phase, begin, end) + self.cadence.tolerance_s[phase]
            self._start_ns, self._begin = start_ns, begin
            self._due_ns = self._state.n[s.DUE_NS] = start_ns + round(allowed_s * 1e9)

    def overdue(self, repetition: Repetition, now_ns: int) -> None:
        """The time that `expect` allowed is over, and the phase is not, as far as anybody knows."""
        assert self.cadence is not None
        if (repetition.phase == "flexion" and self._may_be_down(self.cadence)) or (
            repetition.phase == "extension" and self._may_have_turned(self.cadence, repetition)
        ):
            self._state.n[s.DUE_NS] = now_ns + self._again_ns
            return
        self._state.n[s.DUE_NS] = s.FAR
        self._deviate(repetition, repetition.phase, "slow", self._due_ns, self.cadence.tolerance_s[repetition.phase])

    def _may_be_down(self, cadence: Cadence) -> bool:
        """Whether the flexion was over in time, should the patient turn where he has come to: a bottom may lie above 5 % (contract 4)."""
        low = self._state.f[s.R_LOW]
        taken_s = (self._state.n[s.LOW_FIRST_NS] - self._start_ns) * 1e-9
        return low < self._restart_below and cadence.deviation_s("flexion", taken_s, self._begin, low) <= cadence.tolerance_s["flexion"]

    def _may_have_turned(self, cadence: Cadence, repetition: Repetition) -> bool:
        """Whether the extension was over in time, should the patient have turned at the top that he has come down from: decision 0294."""
        taken_s = (repetition.peak_ns - self._start_ns) * 1e-9
        return cadence.deviation_s("extension", taken_s, self._begin, repetition.peak) <= cadence.tolerance_s["extension"]

    def judge(self, repetition: Repetition, phase: Phase, begin_ns: int | None, end_ns: int | None, begin: float, end: float) -> None:
        """A phase that is over, against the cue's own time between the same two places."""
        if self.cadence is None or begin_ns is None or end_ns is None or (phase == "turn" and not self._judges_turns):
            return
        deviation = self.cadence.deviation_s(phase, (end_ns - begin_ns) * 1e-9, begin, end)
        tolerance = self.cadence.tolerance_s[phase]
        if deviation < -tolerance:
            self._deviate(repetition, phase, "fast", end_ns, deviation)
        elif deviation > tolerance:
            due_ns = begin_ns + round((self.cadence.cue_s(phase, begin, end) + tolerance) * 1e9)
            self._deviate(repetition, phase, "slow", due_ns, tolerance)

    def _deviate(self, repetition: Repetition, phase: Phase, direction: Literal["fast", "slow"], at_ns: int, deviation_s: float) -> None:
        """A slow phase is told when it passes its tolerance, and then is as much too long, whenever it ends."""
        if phase in repetition.deviated or repetition.void:
            return
        repetition.deviated.add(phase)
        repetition.hurried |= phase == "extension" and direction == "fast"
        self._out.put(
            CadenceDeviated, self._number, at_ns, repetition=repetition.number, phase=phase, direction=direction, deviation_s=deviation_s
        )
