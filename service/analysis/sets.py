"""One set: a run of repetitions in a range, from its first onset to its end (contract 1 and 4, detection.md 2.2).

The kernels say what happens to the angle (`tracking`); the set decides what it means.
"""

from collections.abc import Sequence
from typing import Literal

from service.analysis import state as s
from service.analysis.cue import Cue
from service.analysis.engine import current
from service.analysis.findings import Findings
from service.analysis.habits import Change
from service.analysis.learning import learnt_since
from service.analysis.lifting import Lifting
from service.analysis.outbox import Outbox
from service.analysis.parameters import Parameters
from service.analysis.readings import OF_TORQUE, STUCK
from service.analysis.repetition import Repetition
from service.analysis.tape import Tape
from service.analysis.timing import Timing
from service.analysis.tracking import dropped
from wire.events import (
    Flag,
    Phase,
    PhaseEntered,
    RepetitionCompleted,
    RepetitionStarted,
    SetEnded,
    SetStarted,
)
from wire.plan import PastSet, Plan, Range

Reason = Literal["failure", "target_reached", "stopped", "pain", "idle", "signal_lost", "recording_ended"]

CATCH_UP = 64
"""Back-dated samples analysed a new sample once a range is learnt: quick, and one known_s for what one of them tells."""


class Set:
    """State is per set: a new one begins when one has ended, and starts with its first onset or a start input."""

    def __init__(
        self, number: int, plan: Plan | None, parameters: Parameters, state: s.State, tape: Tape, out: Outbox, past: Sequence[PastSet]
    ) -> None:
        self.number = number
        self.plan = plan
        self._p = parameters
        self._state = state
        self._tape = tape
        self._out = out
        self._past = past
        self._cue = Cue(plan) if plan else None
        self._timing = Timing(number, plan, self._cue, parameters, state, out)
        self._lifting = Lifting(parameters, state, tape)
        self.findings: Findings | None = None
        self.started_ns: int | None = None
        self.by_input = self.paused = False
        self.over = False
        self.changes: list[Change] = []
        """Faults that began or ended by a movement; the session takes them."""
        self.stops_cue = False
        """Something was found that stops the cue at once; the session takes it back."""
        self.repetition: Repetition | None = None
        self.number_done = 0
        self._counts = {"full": 0, "short": 0, "partial": 0, "attempt": 0}
        self._work_j: float | None = None
        self._tension_s: float | None = None
        self._turn_end_ns: int | None = None
        self._turn_begin = 0.0
        self._broken_until_ns: int | None = None
        f, n = state.f, state.n
        n[s.MODE] = s.FIRST if plan else s.LEARN
        n[s.L_STATE] = n[s.CATCHING] = n[s.TELLS] = n[s.STARTED] = 0
        n[s.DUE_NS] = n[s.RUNNING] = n[s.CLOSE_NS] = s.FAR
        n[s.UNLOADED_NS] = n[s.UP_NS] = s.NEVER
        n[s.UNLOADED_FOR_NS] = round(parameters.unloaded_s * 1e9)
        f[s.BEFORE] = 0.0
        n[s.BEFORE_NS] = n[s.NOW]
        state.c[s.UNLOADED_NM] = float("-inf")
        if plan:
            self._in_range(plan.range, plan)

    def _in_range(self, range_: Range, plan: Plan | None) -> None:
        p, tempo = self._p, plan.tempo if plan else None
        s.scale(self._state.c, p, range_, tempo.extension_s if tempo else p.extension_s, tempo.flexion_s if tempo else p.flexion_s)
        self.findings = Findings(self.number, plan, range_, self._p, self._state, self._tape, self._out, self._past)

    def wait(self) -> None:
        """A countdown runs: nothing is followed until `go_on`."""
        self._state.n[s.MODE] = s.OFF

    def go_on(self) -> None:
        """Follows the movement from here on, if a countdown kept it waiting."""
        n = self._state.n
        if n[s.MODE] == s.OFF:
            # A range that was learnt stays; of one that was not, nothing is kept over what was not followed.
            n[s.MODE] = s.LEARN if self.findings is None else s.FIRST
            n[s.L_STATE] = 0

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

    @property
    def needed_ns(self) -> int:
        """Device time of the oldest sample that may still be asked for."""
        n = self._state.n
        if n[s.MODE] == s.LEARN:
            since = learnt_since(n)
        elif self.repetition is not None:
            since = min(self.repetition.from_ns, self.repetition.start_ns, self._turn_end_ns or s.FAR)
        else:
            since = min(n[s.LOW_LAST_NS], n[s.UP_NS] if n[s.UP_NS] != s.NEVER else s.FAR, self._turn_end_ns or s.FAR)
            since = max(since, self._unrested_ns)
        needed: int = since - round(self._p.kept_s * 1e9)
        return needed

    @property
    def _unrested_ns(self) -> int:
        """Nobody who rests for longer is at a turn: from when on what came before the newest sample that was followed belongs to it."""
        n = self._state.n
        since: int = (self._tape.stamps(s.T_NS)[n[s.CURSOR]] if n[s.CATCHING] == 1 else n[s.LAST]) - n[s.IDLE_NS]
        return since

    def start(self, at_ns: int, *, by_input: bool) -> None:
        """The set starts: by a start input, or with its first onset."""
        self.started_ns = at_ns
        self.by_input = by_input
        self._state.n[s.RUNNING] = s.FAR if self.paused else at_ns
        self._state.n[s.STARTED] = 1
        self._expect_load()
        self._out.put(SetStarted, self.number, at_ns, plan=self.plan)

    def _expect_load(self) -> None:
        """Below which torque the patient has unloaded, as soon as that is known (contract 1)."""
        expected = self.findings.expected_nm if self.findings is not None else float("nan")
        if expected > 0.0:
            self._state.c[s.UNLOADED_NM] = self._p.unloaded * expected

    # Happenings: each returns whether the sample is done with; otherwise it is tracked again.

    def learnt(self) -> None:
        """The range is known: what was kept since its first movement follows, back-dated."""
        f, n = self._state.f, self._state.n
        self._in_range(Range(f[s.L_FIRST_FLEXION], f[s.L_FIRST_EXTENSION]), None)
        n[s.MODE] = s.FIRST
        n[s.CATCHING] = 1
        n[s.CURSOR] = int(self._tape.stamps(s.T_NS).searchsorted(learnt_since(n)))
        self.catch_up(CATCH_UP)

    def catch_up(self, most: int) -> None:
        """Analyses at most so many of the samples that were kept, and no further once one tells something (decision 0004)."""
        n, state, tape, engine = self._state.n, self._state, self._tape, current()
        end = min(n[s.CURSOR] + most, n[s.HEAD])
        view = engine.view
        while True:
            n[s.CURSOR] = engine.catch_up(*map(view, (*state.arrays, tape.times, tape.signals)), tape.size, n[s.CURSOR], end)
            if n[s.CODE] == s.NOTHING:
                break
            if self.happened(n[s.CODE], n[s.CURSOR]):
                n[s.CURSOR] += 1
            if self._out:
                break
        if n[s.CURSOR] >= n[s.HEAD]:
            n[s.CATCHING] = 0

    def drain(self) -> None:
        """Everything kept is analysed now: before an input takes effect."""
        n = self._state.n
        while n[s.CATCHING] == 1:
            self.catch_up(n[s.HEAD])

    def happened(self, code: int, row: int) -> bool:
        """What a happening of the kernels at a row of the tape means. True when the row is done with, False to look at it again."""
        f, n, c = self._state.f, self._state.n, self._state.c
        at_ns: int = self._tape.times[self._tape.size + row].item()
        place: float = (c[s.FLEXION_DEG] - self._tape.signals[row].item()) / c[s.SPAN_DEG]
        findings, repetition = self.findings, self.repetition
        assert findings is not None
        done = False
        if code == s.ONSET:
            self._open(place, at_ns)
            done = True
        else:
            assert repetition is not None
            match code:
                case s.TELL:
                    self._tell_announced(repetition)
                case s.REACHED:
                    self._reach(repetition, findings, place, at_ns)
                case s.LOWERED:
                    if dropped(f, n, c, self._tape.times, self._tape.signals, self._tape.size, row) == s.LET_GO:  # before it is judged
                        self.stops_cue = findings.let_go(repetition, row, at_ns)
                    self._lower(repetition, findings, place, at_ns)
                case s.RETURNED:
                    self._return(repetition, place, at_ns)
                    done = True
                case s.RESUMED:
                    self._resume(repetition, place, at_ns)
                    done = True
                case s.RESTARTED:
                    self._restart(repetition, place, at_ns)
                    done = True
                case s.OVERDUE:
                    self._timing.overdue(repetition, at_ns)
                case s.STALLED:
                    findings.stalled(repetition, at_ns)
                case s.LET_GO:
                    self.stops_cue = findings.let_go(repetition, row, at_ns)
                    done = n[s.LET_TOLD] == 0  # nothing else happened here; the next row may show a let-go again
                case s.NEARING:
                    findings.nearing(repetition, self._timing.to_near_s(repetition))
                case _:
                    n[s.SAG_TOLD] = 1
                    findings.sagged(repetition)
        if done:
            f[s.BEFORE], n[s.BEFORE_NS] = place, at_ns
        return done

    def _tell_announced(self, repetition: Repetition) -> None:
        """The phase of a new repetition follows its announcement by one sample: at one known_s phases stand first (decision 0002)."""
        self._state.n[s.TELLS] = 0
        self._enter(repetition.number, "extension", repetition.start_ns)
        self._timing.judge(repetition, "turn", repetition.turn_end_ns, repetition.start_ns, repetition.turn_begin, repetition.begin)

    def _bottom_out(self, low: float, last_ns: int) -> None:
        f, n = self._state.f, self._state.n
        f[s.LOW], n[s.LOW_LAST_NS], n[s.UP_NS] = low, last_ns, s.NEVER
        n[s.MODE] = s.WAIT

    def _open(self, place: float, at_ns: int) -> None:
        """An onset becomes an attempt: back-dated to the lower boundary or to the turning point above it."""
        f, n, p = self._state.f, self._state.n, self._p
        low: float = f[s.LOW]
        from_boundary = low < p.boundary_low and n[s.UP_NS] != s.NEVER
        start_ns: int = n[s.UP_NS] if from_boundary else n[s.LOW_LAST_NS]
        begin = p.boundary_low if from_boundary else low
        if self.findings is None or self._lifting.lifted(self.findings.expected_nm, start_ns, at_ns):
            self._announce(place, at_ns, start_ns, begin)
        elif self._lifting.dead(start_ns, at_ns, from_end=from_boundary):
            self.changes.append(Change(OF_TORQUE + STUCK, True, start_ns))
            self._announce(place, at_ns, start_ns, begin)
        else:
            # Nothing is lifted: it becomes an onset once it has come down again.
            n[s.MODE] = s.FIRST

    def _announce(self, place: float, at_ns: int, start_ns: int, begin: float) -> None:
        n, p = self._state.n, self._p
        if not self.started:
            self.start(start_ns, by_input=False)
        repetition = Repetition(self._state, self.number_done + 1, start_ns, begin, place, at_ns)
        repetition.turn_end_ns, repetition.turn_begin = self._turn_end_ns, self._turn_begin
        # It may have begun to leave a little before it was seen to.
        since_ns: int = min(n[s.LOW_LAST_NS] - round(p.kept_s * 1e9), start_ns, self._turn_end_ns or s.FAR)
        repetition.from_ns = max(since_ns, self._unrested_ns)
        n[s.STALL_NEXT_NS] = round(p.stall_first_s * 1e9)
        n[s.CLOSE_NS] = s.FAR
        if self.plan is None:
            repetition.flags.add("range_learnt")
        if n[s.TORQUE_FALSE] > 0:
            repetition.flags.add("no_torque")
        broken = self._broken_until_ns is not None and start_ns <= self._broken_until_ns
        if broken or self.paused:
            repetition.flags |= {"gap", "void"} if broken else {"void"}
            repetition.turn_end_ns = None
        self.repetition = repetition
        n[s.TELLS] = 1
        self._out.put(RepetitionStarted, self.number, start_ns, repetition=repetition.number)
        self._timing.expect("extension", start_ns, begin, p.boundary_high)

    def _reach(self, repetition: Repetition, findings: Findings, place: float, at_ns: int) -> None:
        """The upper boundary, from below."""
        f, n = self._state.f, self._state.n
        high = self._p.boundary_high
        before: float = f[s.BEFORE]
        crossed: int = at_ns
        if before < high:
            crossed = n[s.BEFORE_NS] + int((high - before) / (place - before) * (at_ns - n[s.BEFORE_NS]) + 0.5)
        if n[s.HOLD_NS] == s.NEVER:
            n[s.HOLD_NS] = crossed
            self._timing.judge(repetition, "extension", repetition.start_ns, crossed, repetition.begin, high)
            findings.arrived(repetition, crossed)
        else:
            repetition.flags.add("hold_dip")
        f[s.PEAK], n[s.PEAK_NS] = place, at_ns
        n[s.MODE] = s.HOLD
        self._enter(repetition.number, "hold", crossed)
        self._timing.expect("hold", n[s.HOLD_NS], high, high)

    def _lower(self, repetition: Repetition, findings: Findings, place: float, at_ns: int) -> None:
        """The reversal is confirmed: the flexion began at the last fall through the upper boundary, or at the turning point."""
        f, n = self._state.f, self._state.n
        held = n[s.MODE] == s.HOLD
        begun, top = repetition.peak_ns, repetition.peak
        if repetition.hold_ns is None:
            self._timing.judge(repetition, "extension", repetition.start_ns, begun, repetition.begin, top)
        else:
            top = self._p.boundary_high
            begun = repetition.fall_ns if repetition.fall_ns is not None else at_ns
            if held:
                self._timing.judge(repetition, "hold", repetition.hold_ns, begun, top, top)
        findings.lowered(repetition, begun)
        if findings.failed:
            self._close_after(begun)
        n[s.MODE] = s.FLEXION
        f[s.R_LOW] = f[s.R_LOW_REF] = place
        n[s.LOW_FIRST_NS] = at_ns
        self._enter(repetition.number, "flexion", begun)
        self._timing.expect("flexion", begun, top, self._p.boundary_low)

    def _close_after(self, at_ns: int) -> None:
        """A set that has failed is over when no extension follows, or the patient unloads (contract 1)."""
        n = self._state.n
        n[s.CLOSE_NS] = at_ns + round(self._p.failure_closes_s * 1e9)
        n[s.UNLOADED_FOR_NS] = round(self._p.failure_unloaded_s * 1e9)
        self._expect_load()

    def _return(self, repetition: Repetition, place: float, at_ns: int) -> None:
        """Back at the flexed end."""
        repetition.end_ns = self._state.n[s.END_NS]
        repetition.bottom = self._p.boundary_low
        self._enter(repetition.number, "turn", repetition.end_ns)
        self._close(repetition, at_ns)
        self._bottom_out(place, at_ns)

    def _resume(self, repetition: Repetition, place: float, at_ns: int) -> None:
        """Up again without having come down: the same repetition goes on (detection.md 2.3)."""
        f, n = self._state.f, self._state.n
        f[s.PEAK], n[s.PEAK_NS] = place, at_ns
        n[s.MODE] = s.EXTENSION
        self._enter(repetition.number, "extension", n[s.LOW_LAST_NS])

    def _restart(self, repetition: Repetition, place: float, at_ns: int) -> None:
        """Up again from low down: this repetition is over, the next one has begun (detection.md 2.3); this rise is its own."""
        f, n = self._state.f, self._state.n
        repetition.flags.add("incomplete_return")
        low, last_ns, f[s.HIGH] = f[s.R_LOW], n[s.LOW_LAST_NS], repetition.high if repetition.high > place else repetition.peak
        repetition.end_ns, repetition.bottom = n[s.LOW_FIRST_NS], low
        self._close(repetition, at_ns)
        self._bottom_out(low, last_ns)
        if not self.over:
            self._open(place, at_ns)

    def _enter(self, number: int, phase: Phase, at_ns: int | None) -> None:
        self._out.put(PhaseEntered, self.number, at_ns, repetition=number, phase=phase)

    # The end of a repetition and of the set.

    def _close(self, repetition: Repetition, until_ns: int, *, last: bool = False) -> None:
        """The repetition is over (or cut off): judge its flexion, report it, count it; the target may end the set."""
        n, p = self._state.n, self._p
        if n[s.TELLS] == 1:
            self._tell_announced(repetition)
        if repetition.end_ns is not None:
            top = p.boundary_high if repetition.hold_ns is not None else repetition.peak
            self._timing.judge(repetition, "flexion", repetition.flexion_ns(), repetition.end_ns, top, repetition.bottom)
        tolerance = self.plan.tolerance.angle_deg if self.plan else 0.0
        measures = repetition.measures(self._tape, p, until_ns, self._cue, tolerance)
        assert self.findings is not None
        self.findings.completed(repetition, measures, self._timing.to_near_s(repetition), last=last)
        self.changes += self.findings.habits(repetition, measures)
        fields = repetition.fields(measures, p, self._timing.cadence)
        seconds = {name: self._out.seconds_or_none(ns) for name, ns in repetition.boundaries_ns().items()}
        ended_ns = repetition.end_ns if repetition.end_ns is not None else until_ns
        self._out.put(RepetitionCompleted, self.number, ended_ns, **fields, **seconds)
        self._counts[fields["extent"]] += 1
        if measures.work_j is not None:
            self._work_j = (self._work_j or 0.0) + measures.work_j
            self._tension_s = (self._tension_s or 0.0) + (ended_ns - repetition.start_ns) * 1e-9
        self.number_done = repetition.number
        self._turn_end_ns = None if repetition.void else repetition.end_ns
        self._turn_begin = repetition.bottom
        self.repetition = None
        n[s.DUE_NS] = s.FAR
        self._expect_load()
        if self.findings.failed and fields["extent"] != "full" and n[s.CLOSE_NS] == s.FAR:
            self._close_after(repetition.peak_ns)
        plan = None if self.paused else self.plan
        if plan and plan.endpoint == "repetitions" and repetition.end_ns is not None and repetition.number >= plan.repetitions.most:
            self._finish("target_reached", repetition.end_ns)

    def distrust(self) -> None:
        """The angle lies: the running repetition ends here, void, and nothing is followed until `go_on`."""
        n = self._state.n
        self.drain()
        if self.repetition is not None:
            self.repetition.flags |= {"gap", "void"}
            self.repetition.cut_off = True
            self._close(self.repetition, n[s.BEFORE_NS], last=True)
        n[s.CATCHING] = 0
        self.wait()

    def break_off(self, until_ns: int) -> None:
        """A gap voids the running repetition (contract 5), and one that begins by then: its measures reach back to before its start."""
        self._broken_until_ns = until_ns
        self._turn_end_ns = None
        if self.repetition is not None:
            self.repetition.flags |= {"gap", "void"}

    def mark(self, flag: Flag) -> None:
        """The running repetition has too few gaps to void it (`gap`), or a torque that says what isn't so (`no_torque`)."""
        if self.repetition is not None:
            self.repetition.flags.add(flag)

    def pause(self) -> None:
        """Void: the running repetition, and what begins before the resume, in this set or as one; that ends no set (decision 0295)."""
        self.paused = True
        self._turn_end_ns = None
        self._state.n[s.RUNNING] = s.FAR
        self.mark("void")

    def end(self, reason: Reason, at_ns: int | None) -> None:
        """The set ends; an unfinished repetition is reported first, with null for what it did not reach."""
        self.drain()
        if self.over or self.started_ns is None:
            self.over = True
            return
        before_ns: int = self._state.n[s.BEFORE_NS]
        repetition = self.repetition
        if repetition is not None:
            if repetition.phase == "flexion" and self._state.n[s.END_NS] != s.NEVER:
                # Down, but not yet confirmed.
                repetition.end_ns, repetition.bottom = self._state.n[s.END_NS], self._p.boundary_low
            unseen = reason in {"recording_ended", "signal_lost"}
            repetition.cut_off = unseen and repetition.phase == "extension" and repetition.hold_ns is None
            self._close(repetition, before_ns, last=True)
        if not self.over:
            self._finish(reason, at_ns if at_ns is not None else before_ns)

    def _finish(self, reason: Reason, at_ns: int) -> None:
        self.over = True
        if self.findings is not None:
            self.changes += self.findings.over(at_ns)
        self._state.n[s.RUNNING] = s.FAR
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
