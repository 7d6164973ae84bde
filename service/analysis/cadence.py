"""Cadence, judged like with like: the patient's time between two places against the cue's own (contract 3, detection.md 5)."""

from typing import NamedTuple

from service.analysis.cue import Cue
from wire.events import Phase
from wire.plan import Plan


class Judgement(NamedTuple):
    """The patient's time less the cue's (negative = fast), and the prescribed duration plus it, never negative. Seconds."""

    deviation_s: float
    duration_s: float


class Cadence:
    """What each phase should take, and what is too far from it: tolerance max(least_s, share of the phase) (contract 3)."""

    def __init__(self, plan: Plan, cue: Cue, low: float, high: float) -> None:
        tempo = plan.tempo
        self._cue = cue
        self._low, self._high = low, high
        self.prescribed_s: dict[Phase, float] = {
            "extension": tempo.extension_s,
            "hold": tempo.hold_s,
            "flexion": tempo.flexion_s,
            "turn": tempo.turn_s,
        }
        self.tolerance_s = {
            phase: max(plan.tolerance.least_s, plan.tolerance.share * length) for phase, length in self.prescribed_s.items()
        }

    def cue_s(self, phase: Phase, begin: float, end: float) -> float:
        """The unrounded cue's time in a phase between two places (progress where the phase began and ended)."""
        up, down = self.prescribed_s["extension"], self.prescribed_s["flexion"]
        if phase == "extension":
            return max(end - begin, 0.0) * up
        if phase == "flexion":
            return max(begin - end, 0.0) * down
        if phase == "hold":
            return (1.0 - begin) * up + self.prescribed_s["hold"] + (1.0 - end) * down
        return begin * down + self.prescribed_s["turn"] + end * up

    def deviation_s(self, phase: Phase, measured_s: float, begin: float, end: float) -> float:
        """By how much a phase that took `measured_s` between two places was longer than the cue."""
        return measured_s - self.cue_s(phase, begin, end)

    def judge(self, phase: Phase, measured_s: float, begin: float, end: float) -> Judgement:
        """A phase that took `measured_s` between two places."""
        deviation = self.deviation_s(phase, measured_s, begin, end)
        return Judgement(deviation, max(self.prescribed_s[phase] + deviation, 0.0))
