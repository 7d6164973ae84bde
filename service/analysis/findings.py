"""What is found in a set beyond its repetitions: struggle, failure, its look-alikes, reserve. Each is told at most once a repetition."""

import math
from collections.abc import Sequence
from typing import Any

from service.analysis import approach, letting
from service.analysis import state as s
from service.analysis.demand import Demand, middle
from service.analysis.failure import LATE, Stand, by_choice, held, judge, reason
from service.analysis.habits import Change, Habits
from service.analysis.lookalikes import Anchors, Ascent, assisted, bounced, end_stop, momentum
from service.analysis.motor import MotorFailure
from service.analysis.outbox import Outbox
from service.analysis.parameters import Parameters
from service.analysis.repetition import Measures, Repetition
from service.analysis.reserve import Estimate, Reserve
from service.analysis.struggle import Signs, Struggle, Tops
from service.analysis.tape import Tape
from wire.events import (
    AbruptStop,
    Assisted,
    EndStop,
    Event,
    Evidence,
    Failure,
    FailureLikely,
    Halted,
    Momentum,
    ReserveEstimated,
    Unable,
    Unsure,
)
from wire.events import Struggle as Struggled
from wire.plan import PastSet, Plan, Range


class Findings:
    """The detectors of one set, told by it what its repetitions do. `failed` once a failure was told."""

    def __init__(
        self,
        number: int,
        plan: Plan | None,
        range_: Range,
        parameters: Parameters,
        state: s.State,
        tape: Tape,
        out: Outbox,
        past: Sequence[PastSet],
    ) -> None:
        self._set = number
        self._plan = plan
        self._p = parameters
        self._state = state
        self._tape = tape
        self._out = out
        self.demand = Demand(parameters, range_)
        self._struggle = Struggle(parameters)
        self._tops = Tops()
        self._anchors = Anchors(parameters)
        self._habits = Habits(parameters, plan)
        self._reserve = Reserve(parameters, plan, past)
        self._motor = MotorFailure(parameters, plan) if plan is not None and plan.resistance == "motor" else None
        self.estimate: Estimate | None = None
        """The newest one of the reserve, before it is rounded for its event."""
        self._unable: set[str] = set()
        self._bottom_ns: int | None = None
        self._from_deg: float | None = None
        """The farthest flexion before the repetition that was completed last, deg."""
        self._looked_ns: int | None = None
        """Until when the running repetition's extension was last looked at."""
        self.failed = False

    @property
    def expected_nm(self) -> float:
        """The torque that the load asks for, Nm: of the plan, else learnt; NaN until known."""
        if self._plan is not None and self._plan.load_nm is not None:
            return self._plan.load_nm
        return self.demand.mean_nm

    # Asked and told by the set.

    def nearing(self, repetition: Repetition, cue_s: float | None) -> None:
        """90 % of the range is reached: `cue_s` is the cue's own time to there."""
        signs = self._signs(repetition, cue_s, tremor=False)
        paused_s = self._paused_s(repetition)
        self._note(repetition, signs._replace(lag_s=signs.lag_s - paused_s, rise_s=signs.rise_s - paused_s))

    def sagged(self, repetition: Repetition) -> None:
        """The hold was lost by more than allowed."""
        self._note(repetition, Signs(sag=self._state.f[s.DIP]))

    def stalled(self, repetition: Repetition, at_ns: int) -> None:
        """It stands, for `STALL_NEXT_NS` so far; asked again while it goes on."""
        n, p = self._state.n, self._p
        n[s.STALL_NEXT_NS] += round(p.stall_again_s * 1e9)
        if self._motor is not None or repetition.void or not self._able(repetition, at_ns, tell=False):
            return
        since = n[s.STALL_NS]
        stand = self._stand(repetition, since, at_ns, (at_ns - since) * 1e-9)
        verdict = judge(stand, p)
        if verdict.confidence >= p.likely_confidence and (stand.struggle or stand.recent or stand.reserve_high <= p.reserve_last):
            self._tell(repetition, FailureLikely, since, confidence=round(verdict.confidence, 3))

    def let_go(self, repetition: Repetition, row: int, at_ns: int) -> bool:
        """The torque fell away while the load was up: whether that is told as suspected pain (detection.md 4.5)."""
        n, p, tape = self._state.n, self._p, self._tape
        earlier: float = tape.signals[s.NM * tape.size + n[s.BACK]].item()
        if repetition.void or not self._trusted(repetition) or earlier < p.drop_loaded * self.expected_nm:
            return False
        driven_nm = self.expected_nm if self._motor is not None else None
        strained = self._stalled_s() >= p.stall_least_s or bool(repetition.reasons)
        known = letting.Known(driven_nm, self._usual_hold_s(), strained, earlier > p.drop_pressed * self.expected_nm)
        it = letting.measured(repetition, row, at_ns, known, self._state, tape, self.demand)
        if not letting.let_go(it, p):
            return False
        n[s.LET_TOLD] = 1
        if letting.by_choice(it, p):
            return False
        self._tell(repetition, AbruptStop, at_ns)
        return True

    def arrived(self, repetition: Repetition, at_ns: int) -> None:
        """The extended end is reached."""
        if not self.demand.known or repetition.void or self._motor is not None or not self._trusted(repetition):
            return
        ascent = self._look(repetition, at_ns)
        stood = self._stalled_s() >= self._p.stall_least_s and self._state.f[s.STALL_AT] < self._p.near
        if stood and "assisted" not in repetition.flags and not self._hard(repetition):
            self._tell(repetition, Halted, self._state.n[s.STALL_BEGAN_NS])
        if momentum(ascent, self._p, self._state.c[s.V_NOM]) and "momentum" not in repetition.flags:
            repetition.flags.add("momentum")
            self._tell(repetition, Momentum, repetition.start_ns)

    def lowered(self, repetition: Repetition, at_ns: int) -> None:
        """It has turned back: finds whether that was a failure, and if not, what."""
        if self._motor is not None:
            self._judge_motor(self._motor, repetition, at_ns)
            return
        if repetition.void:
            return
        if "AbruptStop" not in repetition.told:
            self._judge(repetition, at_ns)
        self._tops.add(repetition.high, self._bottom(repetition), failed="Failure" in repetition.told)

    def _judge(self, repetition: Repetition, at_ns: int) -> None:
        p, n = self._p, self._state.n
        arrived = repetition.hold_ns is not None
        stalled_s = self._stalled_s()
        lost = self._hold_lost(repetition, at_ns)
        stood = stalled_s >= p.stall_least_s and not arrived
        # Every turn is judged; of one that never stood nothing is said but a failure.
        plain = stood or (lost and bool(repetition.reasons))
        doubtful = plain or lost or (not arrived and (stalled_s >= p.brief_stall_s or self._slow(repetition)))
        hold_s = (at_ns - repetition.hold_ns) * 1e-9 if repetition.hold_ns is not None else math.nan
        done = self._done(repetition, hold_s, lost=lost)
        if not self._able(repetition, at_ns, tell=plain and not done):
            return
        if not arrived:
            ascent = self._look(repetition, at_ns)
            if end_stop(ascent, p, self._state.c[s.STALL_SPEED]):
                self._tell(repetition, EndStop, n[s.STALL_BEGAN_NS])
                return
        if done:
            return
        began = n[s.STALL_BEGAN_NS] if n[s.STALL_LONGEST_NS] > 0 else repetition.hold_ns or repetition.start_ns
        if not arrived and stalled_s < p.brief_stall_s:
            # What it came to at last is looked at over as long as a stand would have lasted.
            began = max(repetition.peak_ns - round(p.brief_stall_s * 1e9), repetition.start_ns)
        stand = self._stand(repetition, began, repetition.peak_ns, stalled_s)
        stand = stand._replace(hold_s=hold_s, hold_lost=lost, lowering=approach.lowering(self._tape, self._state.c))
        verdict = judge(stand, p)
        turned_ns = repetition.peak_ns if not arrived else at_ns
        if verdict.confidence >= p.failure_confidence and not by_choice(stand, p):
            self._fail(repetition, turned_ns, reason(stand, p), verdict.confidence, verdict.evidence())
        elif doubtful and verdict.confidence >= p.unsure_confidence:
            self._tell(repetition, Unsure, turned_ns)
        elif stood and repetition.high < self._struggle.top - p.usual_short:
            self._tell(repetition, Halted, began)

    def completed(self, repetition: Repetition, measures: Measures, cue_s: float | None, *, last: bool) -> None:
        """A repetition is over: baselines, demand, reserve. `last` where the set ends with it unfinished."""
        p, _n = self._p, self._state.n
        extent = repetition.extent(p)
        if measures.peak_torque_nm is None:
            if not repetition.void and not last:
                self._cannot("no_torque")
        elif not last and not repetition.void:
            self._measure(repetition)
        signs = self._signs(repetition, cue_s)._replace(sag=self._state.f[s.DIP] if repetition.hold_ns is not None else math.nan)
        clean = not repetition.flags & {"void", "gap", "assisted", "momentum", "hold_dip", "incomplete_return"}
        good = extent != "attempt" and clean and not self._hard(repetition) and not {"Halted", "Unsure", "Failure"} & repetition.told
        self._from_deg = self._flexed_deg(repetition)
        if good and extent == "full" and self._anchors.shifted(self._from_deg, measures.extended_deg):
            repetition.flags.add("setup_shift")
        well = extent != "attempt" and not last and not repetition.flags & {"void", "assisted", "momentum"} and repetition.number > 1
        if well and self._trusted(repetition):
            self.demand.learn(self._tape, repetition.start_ns, repetition.peak_ns)
        self._struggle.add(signs, good=good, hurried=repetition.hurried, whole=repetition.begin <= p.boundary_low)
        self._bottom_ns = repetition.end_ns
        if not last:
            self._estimate_reserve(repetition, signs)

    def habits(self, repetition: Repetition, measures: Measures) -> list[Change]:
        """Faults that only whole repetitions show, which begin or end by this one."""
        extended, end, fall, extent = measures.extended_deg, repetition.end_ns, repetition.flexion_ns(), repetition.extent(self._p)
        if extent == "attempt" or repetition.void or extended is None or end is None or fall is None:
            return []
        first, last = self._tape.between(s.SEEN_NS, fall, end)
        torque = self._tape.column(s.NM)[first:last]
        lowering = float(torque.mean()) if len(torque) else math.nan
        known = extent == "full" and self._trusted(repetition)
        torques = (measures.mean_torque_nm, None if math.isnan(lowering) else lowering) if known else (None, None)
        return self._habits.completed(end, *torques, self._from_deg, extended)

    def over(self, at_ns: int) -> list[Change]:
        """The set is over: such faults end with it."""
        return self._habits.over(at_ns)

    # Between them.

    def _trusted(self, repetition: Repetition) -> bool:
        """Whether the torque of a repetition is what it says: nothing is judged by one that isn't (detection.md 6)."""
        return self._state.n[s.TORQUE_BAD] == 0 and "no_torque" not in repetition.flags

    def _flexed_deg(self, repetition: Repetition) -> float | None:
        """The farthest flexion of the turn before it, deg: what is reported of a repetition begins at 5 % of the range only."""
        if self._bottom_ns is None:
            return None
        first, last = self._tape.between(s.SEEN_NS, self._bottom_ns, repetition.start_ns)
        return float(self._tape.column(s.SHOWN)[first:last].max()) if last > first else None

    def _measure(self, repetition: Repetition) -> None:
        """Signs that need the whole repetition: help, bounce."""
        if not self.demand.known or self._motor is not None or not self._trusted(repetition):
            return
        until = repetition.extension_end_ns() or repetition.peak_ns
        if until != self._looked_ns:
            self._look(repetition, until)
        bottom = self._bottom_ns
        if bottom is not None and bounced(self._tape, self.demand, self._p, bottom, repetition.start_ns):
            repetition.flags.add("bounced")

    def _look(self, repetition: Repetition, until_ns: int) -> Ascent:
        self._looked_ns = until_ns
        ascent = Ascent(self._tape, self.demand, repetition.start_ns, until_ns)
        if "assisted" not in repetition.flags and assisted(ascent, self._p, self._state.c[s.V_NOM]):
            repetition.flags.add("assisted")
            self._tell(repetition, Assisted, None)
        return ascent

    def _signs(self, repetition: Repetition, cue_s: float | None, *, tremor: bool = True) -> Signs:
        n = self._state.n
        near = n[s.NEAR_NS]
        rise_s = (near - repetition.start_ns) * 1e-9 if near != s.NEVER else math.nan
        lag_s = rise_s - cue_s if cue_s is not None else math.nan
        fall, hold = repetition.flexion_ns(), repetition.hold_ns
        hold_s = (fall - hold) * 1e-9 if fall is not None and hold is not None else math.nan
        shaking = approach.tremor(self._tape, self._p, repetition) if tremor and self._trusted(repetition) else math.nan
        return Signs(lag_s, rise_s, math.nan, shaking, self._stalled_s(), repetition.high, hold_s)

    def _usual_hold_s(self) -> float:
        """The plan's hold, else the patient's own; infinite until known, so that nothing is short of it."""
        if self._plan is not None:
            return self._plan.tempo.hold_s
        return math.inf if math.isnan(usual := self._struggle.hold_s) else usual

    def _done(self, repetition: Repetition, hold_s: float, *, lost: bool) -> bool:
        """Whether all that is asked was done: up to the usual top, and there, without a sag, for as long as asked (decision 0279).

        Full, but short of where a hold begins, it stands there instead.
        """
        usual_s, arrived = self._usual_hold_s(), repetition.hold_ns is not None
        short = lost or repetition.high < max(self._p.full, self._tops.usual - self._p.fallen)
        stood_s = hold_s if arrived else self._state.n[s.TOP_NS] * 1e-9
        return (arrived and usual_s == 0.0) or (not short and held(stood_s, usual_s, self._plan))

    def _stalled_s(self) -> float:
        return self._state.n[s.STALL_LONGEST_NS] * 1e-9

    def _note(self, repetition: Repetition, signs: Signs) -> None:
        """Signs of struggle in this repetition: told once, kept as what came before a failure."""
        reasons = self._struggle.reasons(signs)
        if not reasons or repetition.void:
            return
        repetition.reasons |= reasons
        if self._struggle.struggled[-1:] != [repetition.number]:
            self._struggle.struggled.append(repetition.number)
        self._tell(repetition, Struggled, None, reasons=sorted(reasons))

    def _hard(self, repetition: Repetition) -> bool:
        return bool(repetition.reasons) or self._struggle.recently(repetition.number)

    def _able(self, repetition: Repetition, at_ns: int, *, tell: bool) -> bool:
        """Whether failure can be judged: there is torque at that time, and the demand is known (detection.md 4.3)."""
        _, row = self._tape.between(s.AT_NS, at_ns, at_ns)
        if math.isnan(self._tape.column(s.NM)[row - 1]) or not self._trusted(repetition):
            if tell:
                self._cannot("no_torque")
            return False
        if not self.demand.known:
            if tell:
                self._cannot("too_early")
            return False
        return True

    def _cannot(self, why: str) -> None:
        if why not in self._unable:
            self._unable.add(why)
            self._out.put(Unable, self._set, None, reason=why)

    def _paused_s(self, repetition: Repetition) -> float:
        """How long it stood still by choice on its way: a halt without slowing before it is no sign of struggle."""
        if self._stalled_s() < self._p.stall_least_s:
            return 0.0
        began: int = self._state.n[s.STALL_BEGAN_NS]
        return self._stalled_s() if approach.slowing_s(self._tape, self._p, repetition, began) < self._p.slowing_s else 0.0

    def _pace(self, repetition: Repetition, began_ns: int) -> float:
        """Time to a stand over the usual time to there; NaN until known."""
        return approach.pace(self._tape, self._p, self._state.c, repetition, began_ns, self._struggle.rise_s)

    def _slow(self, repetition: Repetition) -> bool:
        """Whether it was late, or slow to where it turned, by the patient's first ones: it may have failed without a stand."""
        late = not LATE.isdisjoint(repetition.reasons)
        return late or self._pace(repetition, repetition.peak_ns) > self._p.struggle_ratio

    def _stand(self, repetition: Repetition, began_ns: int, until_ns: int, stalled_s: float) -> Stand:
        """Of a repetition that came to stand, or near it, from one time to another."""
        p, tape = self._p, self._tape
        reasons = {name: value for name, value in repetition.reasons.items() if name != "extension_ratio"}
        pace = self._pace(repetition, began_ns)
        if pace > p.struggle_ratio:
            reasons["extension_ratio"] = pace
        pushed = self.demand.effort(tape, max(until_ns - round(p.push_s * 1e9), repetition.start_ns), until_ns)
        bottom = self._bottom(repetition)
        return Stand(
            stall_s=stalled_s,
            effort=middle(self.demand.effort(tape, began_ns, until_ns)),
            push=float(pushed.max()) if len(pushed) else math.nan,
            slowing_s=approach.slowing_s(tape, p, repetition, began_ns),
            pace=self._speed_before(repetition, began_ns),
            top=repetition.high,
            usual_top=self._tops.usual,
            late_top=self._tops.expected(self._struggle.top, bottom),
            travel_short=self._tops.usual_travel - (repetition.high - bottom),
            hold_s=math.nan,
            hold_lost=False,
            lowering=math.nan,
            struggle=reasons,
            recent=self._struggle.recently(repetition.number),
            reserve_high=self.estimate.high if self.estimate is not None else math.inf,
            ordered=self._plan is not None and self._plan.endpoint == "failure",
            again=self.failed,
        )

    def _hold_lost(self, repetition: Repetition, fall_ns: int) -> bool:
        """Whether it arrived and then hardly held, or sagged."""
        if repetition.hold_ns is None:
            return False
        short = (fall_ns - repetition.hold_ns) * 1e-9 < self._p.hold_lost * self._usual_hold_s()
        return short or self._state.f[s.DIP] > self._p.hold_sag

    def _bottom(self, repetition: Repetition) -> float:
        """The place it came up from; NaN before the second repetition."""
        flexed_deg, c = self._flexed_deg(repetition), self._state.c
        return math.nan if flexed_deg is None else (c[s.FLEXION_DEG] - flexed_deg) / c[s.SPAN_DEG]

    def _speed_before(self, repetition: Repetition, began_ns: int) -> float:
        """Mean speed of the last second before a stand, over the cue's; NaN where it arrived and hardly stood."""
        if self._stalled_s() < self._p.brief_stall_s and repetition.hold_ns is not None:
            return math.nan
        return approach.speed_deg_s(self._tape, self._p, repetition, began_ns) / self._state.c[s.V_NOM]

    def _fail(self, repetition: Repetition, at_ns: int, why: str, confidence: float, evidence: list[Evidence]) -> None:
        angle = self.demand.flexion_deg - repetition.high * self.demand.span_deg
        fields = {"angle_deg": angle, "reason": why, "confidence": round(confidence, 3), "evidence": evidence}
        self._tell(repetition, Failure, at_ns, **fields)
        self.failed = True

    def _judge_motor(self, motor: MotorFailure, repetition: Repetition, at_ns: int) -> None:
        if repetition.void or not {"motor", "AbruptStop"}.isdisjoint(repetition.told):
            return
        repetition.told.add("motor")
        until = repetition.hold_ns if repetition.hold_ns is not None else at_ns
        if motor.after(motor.mean_nm(self._tape, repetition.start_ns, until) if self._trusted(repetition) else math.nan):
            confidence = 0.5 + 0.5 * min(max(1.0 - motor.share, 0.0), 1.0)
            self._fail(repetition, at_ns, "torque_lost", confidence, motor.evidence())

    def _estimate_reserve(self, repetition: Repetition, signs: Signs) -> None:
        self.estimate = None if self.failed else self._reserve.after(repetition.number, self._struggle.for_reserve(signs))
        if self.estimate is not None:
            left, low, high = self.estimate.left, self.estimate.low, self.estimate.high
            self._out.put(ReserveEstimated, self._set, None, repetition=repetition.number, repetitions_left=left, low=low, high=high)

    def _tell(self, repetition: Repetition, kind: type[Event], at_ns: int | None, **fields: Any) -> None:
        if kind.__name__ not in repetition.told:
            repetition.told.add(kind.__name__)
            self._out.put(kind, self._set, at_ns, repetition=repetition.number, **fields)
