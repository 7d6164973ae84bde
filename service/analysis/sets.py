"""One set: a run of repetitions in a range, from its first onset to its end (contract 1 and 4, detection.md 2.2)."""

from collections import deque
from typing import Literal

from service.analysis.cadence import Cadence
from service.analysis.cue import Cue
from service.analysis.learning import RangeLearning
from service.analysis.outbox import Outbox
from service.analysis.parameters import Parameters
from service.analysis.repetition import Repetition, progress
from service.analysis.trace import Sample, Trace
from wire.events import (
    CadenceDeviated,
    Phase,
    PhaseEntered,
    RepetitionCompleted,
    RepetitionStarted,
    SetEnded,
    SetStarted,
)
from wire.plan import Plan, Range

Reason = Literal["failure", "target_reached", "stopped", "pain", "idle", "signal_lost", "recording_ended"]

CATCH_UP = 64
"""Back-dated samples analysed a new sample once a range is learnt: quick, and one known_s for what one of them tells."""


class Set:
    """State is per set: a new one begins when one has ended, and starts with its first onset or a start input."""

    def __init__(self, number: int, plan: Plan | None, parameters: Parameters, outbox: Outbox) -> None:
        self.number = number
        self.plan = plan
        self._p = parameters
        self._out = outbox
        self._range: Range | None = plan.range if plan else None
        self._learning = None if plan else RangeLearning(parameters)
        self._cue = Cue(plan) if plan else None
        self._cadence = Cadence(plan, self._cue, parameters.boundary_low, parameters.boundary_high) if plan and self._cue else None
        self._backlog: deque[Sample] = deque()
        self._trace = Trace()
        self._reversal = self._band = 0.0
        if self._range:
            self._scale(self._range)
        self.started_ns: int | None = None
        self.by_input = False
        self.over = False
        self.repetition: Repetition | None = None
        self.completed: list[dict[str, object]] = []
        self.number_done = 0
        self._counts = {"full": 0, "short": 0, "partial": 0, "attempt": 0}
        self._work_j: float | None = None
        self._tension_s: float | None = None
        # The bottom between two repetitions: least progress, last time near it, last crossing of the lower boundary.
        self._low: float | None = None
        self._before = 0.0
        self._low_last_ns = self._before_ns = 0
        self._up_ns: int | None = None
        self._turn_end_ns: int | None = None
        self._turn_begin = 0.0
        self._due: tuple[Phase, int] | None = None
        self._announced: Repetition | None = None
        self._broken_until_ns: int | None = None

    def _scale(self, range_: Range) -> None:
        span = range_.flexion_deg - range_.extension_deg
        self._reversal = max(self._p.reversal_least_deg / span, self._p.reversal)
        self._band = self._p.bottom_band_deg / span

    @property
    def started(self) -> bool:
        """Whether its first onset or a start input has come."""
        return self.started_ns is not None

    @property
    def phase(self) -> Phase | None:
        """The phase that the patient is in; None outside a set and before its first repetition."""
        if self.repetition is not None:
            return self.repetition.phase
        return "turn" if self.started and self.number_done else None

    def start(self, at_ns: int, *, by_input: bool) -> None:
        """The set starts: by a start input, or with its first onset."""
        self.started_ns = at_ns
        self.by_input = by_input
        self._out.put(SetStarted, self.number, at_ns, plan=self.plan)

    def step(self, sample: Sample) -> None:
        """One reading. Without a range it waits until one is learnt; then what was kept follows, back-dated."""
        if self._range is not None and not self._backlog:
            self._track(sample)
            return
        self._backlog.append(sample)
        if self._learning is not None:
            self._range = self._learning.step(sample.t_ns, sample.detected_deg)
            if self._range is None:
                since = self._learning.since_ns
                while self._backlog and self._backlog[0].t_ns < since:
                    self._backlog.popleft()
                return
            self._learning = None
            self._scale(self._range)
        for _ in range(min(CATCH_UP, len(self._backlog))):
            self._track(self._backlog.popleft())
            if self._out:
                break

    def drain(self) -> None:
        """Everything kept is analysed now: before an input takes effect."""
        while self._range is not None and self._backlog:
            self._track(self._backlog.popleft())

    def _track(self, sample: Sample) -> None:
        assert self._range is not None
        place = progress(self._range, sample.detected_deg)
        at_ns = sample.t_ns - sample.detection_delay_ns
        self._trace.add(sample)
        self._tell_announced()
        if self._low is None:
            self._bottom_out(place, at_ns)
        elif self.repetition is None:
            self._wait(place, at_ns)
        else:
            self._follow(self.repetition, place, at_ns)
        self._before, self._before_ns = place, at_ns

    def _tell_announced(self) -> None:
        """The phase of a new repetition follows its announcement by one sample: at one known_s phases stand first (decision 0002)."""
        repetition = self._announced
        if repetition is None:
            return
        self._announced = None
        self._enter(repetition, "extension", repetition.start_ns)
        self._judge(repetition, "turn", repetition.turn_end_ns, repetition.start_ns, repetition.turn_begin, repetition.begin)

    def _bottom_out(self, place: float, at_ns: int) -> None:
        self._low = place
        self._low_last_ns = at_ns
        self._up_ns = None

    def _crossing(self, level: float, place: float, at_ns: int) -> int:
        share = (level - self._before) / (place - self._before)
        return self._before_ns + round(share * (at_ns - self._before_ns))

    def _wait(self, place: float, at_ns: int) -> None:
        """At the flexed end: follow the bottom until an onset becomes an attempt."""
        p = self._p
        low = self._low = min(self._low if self._low is not None else place, place)
        if place <= low + self._band:
            self._low_last_ns = at_ns
        if self._before < p.boundary_low <= place:
            self._up_ns = self._crossing(p.boundary_low, place, at_ns)
        if place >= p.attempt and low <= p.restart_below and place - low >= p.restart_rise:
            self._open(place, at_ns)
        else:
            begun = self._up_ns if low < p.boundary_low <= place and self._up_ns is not None else None
            self._trace.forget_before((begun if begun is not None else self._low_last_ns) - 1_000_000_000)

    def _open(self, place: float, at_ns: int) -> None:
        """A repetition is announced: numbered, back-dated to the lower boundary or to the turning point above it."""
        low = self._low if self._low is not None else place
        from_boundary = low < self._p.boundary_low and self._up_ns is not None
        start_ns = self._up_ns if from_boundary and self._up_ns is not None else self._low_last_ns
        begin = self._p.boundary_low if from_boundary else low
        if not self.started:
            self.start(start_ns, by_input=False)
        repetition = Repetition(self.number_done + 1, start_ns, begin, self._turn_end_ns, self._turn_begin)
        repetition.high = repetition.peak = place
        repetition.peak_ns = at_ns
        if self.plan is None:
            repetition.flags.add("range_learnt")
        if self._broken_until_ns is not None and start_ns <= self._broken_until_ns:
            repetition.flags |= {"gap", "void"}
            repetition.turn_end_ns = None
        self.repetition = self._announced = repetition
        self._out.put(RepetitionStarted, self.number, start_ns, repetition=repetition.number)
        self._expect("extension", start_ns, begin, self._p.boundary_high)

    def _follow(self, repetition: Repetition, place: float, at_ns: int) -> None:
        """Inside a repetition: the upper boundary, the reversal, the return."""
        p = self._p
        before = self._before
        repetition.high = max(repetition.high, place)
        if repetition.phase != "flexion" and place >= repetition.peak - self._band:
            repetition.peak = max(repetition.peak, place)
            repetition.peak_ns = at_ns
        if place >= p.boundary_high and repetition.phase != "hold":
            self._reach(repetition, place, at_ns)
        elif place < p.boundary_high <= before:
            repetition.fall_ns = self._crossing(p.boundary_high, place, at_ns)
        top = min(repetition.peak, p.boundary_high if repetition.phase == "hold" else 1.0)
        if repetition.phase != "flexion" and place < top - self._reversal:
            self._lower(repetition, place, at_ns)
        if repetition.phase == "flexion":
            self._return(repetition, place, at_ns)
        if self._due is not None and self.repetition is not None and at_ns > self._due[1]:
            self._overdue(self.repetition, place)

    def _reach(self, repetition: Repetition, place: float, at_ns: int) -> None:
        """The upper boundary, from below."""
        high = self._p.boundary_high
        crossed = self._crossing(high, place, at_ns) if self._before < high else at_ns
        if repetition.hold_ns is None:
            repetition.hold_ns = crossed
            self._judge(repetition, "extension", repetition.start_ns, crossed, repetition.begin, high)
        else:
            repetition.flags.add("hold_dip")
        repetition.peak, repetition.peak_ns = place, at_ns
        self._enter(repetition, "hold", crossed)
        self._expect("hold", repetition.hold_ns, high, high)

    def _lower(self, repetition: Repetition, place: float, at_ns: int) -> None:
        """The reversal is confirmed: the flexion began at the last fall through the upper boundary, or at the turning point."""
        was = repetition.phase
        repetition.phase = "flexion"
        repetition.low = repetition.low_ref = place
        repetition.low_first_ns = at_ns
        begun = repetition.peak_ns
        top = repetition.peak
        if repetition.hold_ns is None:
            self._judge(repetition, "extension", repetition.start_ns, begun, repetition.begin, top)
        else:
            top = self._p.boundary_high
            begun = repetition.fall_ns if repetition.fall_ns is not None else at_ns
            if was == "hold":
                self._judge(repetition, "hold", repetition.hold_ns, begun, top, top)
        self._enter(repetition, "flexion", begun)
        self._expect("flexion", begun, top, self._p.boundary_low)

    def _return(self, repetition: Repetition, place: float, at_ns: int) -> None:
        """On the way back: down through the lower boundary, or up again before it."""
        p = self._p
        if place < repetition.low_ref - self._band:
            repetition.low_ref, repetition.low_first_ns = place, at_ns
        repetition.low = min(repetition.low, place)
        if place <= repetition.low + self._band:
            self._low_last_ns = at_ns
        if place < p.boundary_low:
            if repetition.end_ns is None:
                repetition.end_ns = self._crossing(p.boundary_low, place, at_ns) if self._before >= p.boundary_low else at_ns
            if place <= p.return_below or at_ns - repetition.end_ns >= p.return_dwell_s * 1e9:
                repetition.bottom = p.boundary_low
                self._enter(None, "turn", repetition.end_ns)
                self._close(repetition, at_ns)
                self._bottom_out(place, at_ns)
            return
        repetition.end_ns = None
        if place - repetition.low < p.restart_rise:
            return
        if repetition.low >= p.restart_below:
            # Up again without having come down: the same repetition goes on (detection.md 2.3).
            repetition.peak, repetition.peak_ns = place, at_ns
            self._enter(repetition, "extension", self._low_last_ns)
        elif place >= p.attempt:
            repetition.flags.add("incomplete_return")
            repetition.end_ns, repetition.bottom = repetition.low_first_ns, repetition.low
            low, last_ns = repetition.low, self._low_last_ns
            self._close(repetition, at_ns)
            self._bottom_out(low, last_ns)
            if not self.over:
                self._open(place, at_ns)

    def _enter(self, repetition: Repetition | None, phase: Phase, at_ns: int | None) -> None:
        number = repetition.number if repetition else self.number_done + 1
        if repetition is not None:
            repetition.phase = phase
        self._out.put(PhaseEntered, self.number, at_ns, repetition=number, phase=phase)

    def _expect(self, phase: Phase, start_ns: int, begin: float, end: float) -> None:
        """From when on a phase is certain to be slow."""
        if self._cadence is None:
            return
        allowed_s = self._cadence.cue_s(phase, begin, end) + self._cadence.tolerance_s[phase]
        self._due = (phase, start_ns + round(allowed_s * 1e9))

    def _overdue(self, repetition: Repetition, place: float) -> None:
        phase, due_ns = self._due if self._due is not None else ("turn", 0)
        if repetition.phase != phase or (phase == "hold" and place < self._p.boundary_high) or (phase == "flexion" and repetition.end_ns):
            return
        self._due = None
        self._deviate(repetition, phase, "slow", due_ns)

    def _deviate(
        self, repetition: Repetition, phase: Phase, direction: Literal["fast", "slow"], at_ns: int, deviation_s: float = 0.0
    ) -> None:
        if self._cadence is None or phase in repetition.deviated or repetition.void:
            return
        repetition.deviated.add(phase)
        if direction == "slow":
            deviation_s = self._cadence.tolerance_s[phase]
        self._out.put(
            CadenceDeviated, self.number, at_ns, repetition=repetition.number, phase=phase, direction=direction, deviation_s=deviation_s
        )

    def _judge(self, repetition: Repetition, phase: Phase, begin_ns: int | None, end_ns: int | None, begin: float, end: float) -> None:
        """A phase that is over, against the cue's own time between the same two places."""
        if self._cadence is None or self.plan is None or begin_ns is None or end_ns is None:
            return
        if phase == "turn" and self.plan.pacing == "follow":
            return
        deviation = self._cadence.judge(phase, (end_ns - begin_ns) * 1e-9, begin, end).deviation_s
        tolerance = self._cadence.tolerance_s[phase]
        if deviation < -tolerance:
            self._deviate(repetition, phase, "fast", end_ns, deviation)
        elif deviation > tolerance:
            due_ns = begin_ns + round((self._cadence.cue_s(phase, begin, end) + tolerance) * 1e9)
            self._deviate(repetition, phase, "slow", due_ns)

    def _close(self, repetition: Repetition, until_ns: int) -> None:
        """The repetition is over (or cut off): judge its flexion, report it, count it; the target may end the set."""
        self._tell_announced()
        if repetition.end_ns is not None:
            top = self._p.boundary_high if repetition.hold_ns is not None else repetition.peak
            self._judge(repetition, "flexion", repetition.flexion_ns(), repetition.end_ns, top, repetition.bottom)
        tolerance = self.plan.tolerance.angle_deg if self.plan else 0.0
        fields, boundaries, effort = repetition.report(self._trace, self._p, until_ns, self._cue, self._cadence, tolerance)
        seconds = {name: self._out.seconds_or_none(ns) for name, ns in boundaries.items()}
        self._out.put(RepetitionCompleted, self.number, repetition.end_ns, **fields, **seconds)
        self._counts[fields["extent"]] += 1
        if effort.work_j is not None:
            self._work_j = (self._work_j or 0.0) + effort.work_j
            ended_ns = repetition.end_ns if repetition.end_ns is not None else until_ns
            self._tension_s = (self._tension_s or 0.0) + (ended_ns - repetition.start_ns) * 1e-9
        self.number_done = repetition.number
        self._turn_end_ns = None if repetition.void else repetition.end_ns
        self._turn_begin = repetition.bottom
        self.repetition = self._due = None
        plan = self.plan
        if plan and plan.endpoint == "repetitions" and repetition.end_ns is not None and repetition.number >= plan.repetitions.most:
            self._finish("target_reached", repetition.end_ns)

    def break_off(self, until_ns: int) -> None:
        """A gap that makes the running repetition void (contract 5)."""
        self._broken_until_ns = until_ns
        self._turn_end_ns = None
        if self.repetition is not None:
            self.repetition.flags |= {"gap", "void"}

    def void(self) -> None:
        """The running repetition does not count: the set was paused in it."""
        self._turn_end_ns = None
        if self.repetition is not None:
            self.repetition.flags.add("void")

    def end(self, reason: Reason, at_ns: int | None) -> None:
        """The set ends; an unfinished repetition is reported first, with null for what it did not reach."""
        self.drain()
        if self.over or self.started_ns is None:
            self.over = True
            return
        if self.repetition is not None:
            self._close(self.repetition, self._before_ns)
        if not self.over:
            self._finish(reason, at_ns if at_ns is not None else self._before_ns)

    def _finish(self, reason: Reason, at_ns: int) -> None:
        self.over = True
        started_ns = self.started_ns if self.started_ns is not None else at_ns
        self._out.put(
            SetEnded,
            self.number,
            at_ns,
            reason=reason,
            **self._counts,
            duration_s=(at_ns - started_ns) * 1e-9,
            work_j=self._work_j,
            time_under_tension_s=self._tension_s,
        )
