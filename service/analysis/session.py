"""One session on one machine: samples and inputs in, events out (contract 1, 3, 4). Live, replay and re-analysis feed the same object."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from service.analysis import faults, safety, snapshot
from service.analysis import state as s
from service.analysis.engine import current
from service.analysis.exceeded import Exceeded
from service.analysis.movement import Awaited
from service.analysis.outbox import Outbox
from service.analysis.pacing import Pacing
from service.analysis.parameters import Parameters
from service.analysis.readings import DROPOUT, OF_TORQUE, STUCK, begin, end, runs
from service.analysis.sets import CATCH_UP, Reason, Set
from service.analysis.shown import Shown
from service.analysis.tape import ROWS, Tape
from wire.events import (
    ButtonPressed,
    Event,
    Paused,
    RepetitionCompleted,
    Resumed,
    SetStarted,
    SignalFaulted,
    SignalRestored,
)
from wire.messages import Input
from wire.plan import PastSet, Plan

LYING = ("swapped", "inverted", "scaled")
"""Faults under which the angle is another quantity: nothing is counted while one lasts (detection.md 6)."""
DOUBTFUL = ("stuck", "wrapped")
"""Faults of the angle under which a repetition can't be trusted: it is void."""
MUTE = ("stuck", "dropout", "saturated", "inverted")
"""Faults of the torque under which nothing is judged by it."""


class Session(Shown):
    """Fed samples in any chunking and told inputs between them, it answers with the same events, bit for bit.

    Without a plan nothing is analysed until movement starts (decision 0001); what moved before it within the window is. `past` are the
    patient's earlier sets to failure, for the reserve, where the plan doesn't hold them.
    """

    def __init__(self, plan: Plan | None = None, parameters: Parameters | None = None, past: Sequence[PastSet] = ()) -> None:
        self._p = parameters or Parameters()
        self.plan = plan
        self._past = tuple(past or (plan and plan.past) or ())
        self._pacing = Pacing(plan)
        self._out = Outbox()
        self._state = s.State(self._p, plan)
        self._tape = Tape(self._state)
        self._faults = (np.zeros(faults.FAULT_F), np.zeros(faults.FAULT_N, np.int64), faults.constants(self._p, plan))
        self._safety = (np.zeros(safety.SAFETY_F), np.zeros(safety.SAFETY_N, np.int64), safety.constants(self._p, plan))
        faults.fresh(*self._faults[:2])
        safety.fresh(*self._safety[:2])
        self._exceeded = Exceeded(self._p, plan, self._out)
        self._awaited: Awaited | None = None if plan else Awaited(self._p)
        self._set = Set(1, plan, self._p, self._state, self._tape, self._out, self._past)
        self._known_ns: int | None = None
        self._clock_bad_ns: int | None = None
        self._lies = 0
        """How many faults have been told, and not yet their end, under which nothing can be counted; the raw path may be ahead of that."""
        self._presses: set[str] = set()
        self.repetitions: list[RepetitionCompleted] = []
        """The completed repetitions of the running (or last) set."""

    def snapshot(self) -> bytes:
        """Everything that it knows; `restore` continues bit for bit."""
        return snapshot.freeze(self)

    @staticmethod
    def restore(frozen: bytes) -> "Session":
        """The session as it was. Raises SnapshotError where that was another version's."""
        return snapshot.thaw(frozen, Session)

    def number_on(self, last_id: int) -> None:
        """Whatever follows has an id beyond this one: screens have heard of that, and take an id only once (contract 5)."""
        self._out.last_id = max(self._out.last_id, last_id)

    # Samples.

    def feed(self, t_ns: NDArray[np.int64], angle_deg: NDArray[np.float32], torque_nm: NDArray[np.float32]) -> list[Event]:
        """n samples in the order they were taken: device time ns, degrees, newton-metres (NaN = no reading).

        A time that does not rise, or that lies beyond 146 years (2^62 ns), is answered by a `clock` fault and its sample dropped. Returns
        the events that became known.
        """
        if not len(t_ns):
            return []
        if self._out.first_ns is None:
            self._out.first_ns = int(t_ns[0])
        events: list[Event] = []
        done = 0
        if self._awaited is not None:
            done = self._await_movement(self._awaited, t_ns, angle_deg, torque_nm, events)
        for start in range(done, len(t_ns), ROWS):
            rows = slice(start, start + ROWS)
            self._run(t_ns[rows], angle_deg[rows], torque_nm[rows], events)
        if self._out:
            events += self._flush(self._known_ns)
        return events

    def _run(
        self, t_ns: NDArray[np.int64], angle_deg: NDArray[np.float32], torque_nm: NDArray[np.float32], events: list[Event] | None
    ) -> None:
        """Lets the kernels run from happening to happening; with `events`, those of each sample are put there before the next one's."""
        n, tape, count = self._state.n, self._tape, len(t_ns)
        tape.room(count, self._set.needed_ns)
        engine = current()
        arrays = (*self._state.arrays, *self._faults, *self._safety, t_ns, angle_deg, torque_nm, tape.times, tape.signals)
        given = tuple(map(engine.view, arrays))
        self._faults[1][faults.N_IN_SET] = self._set.started
        i = engine.advance(*given, tape.size, 0, count)
        while n[s.CODE] != s.NOTHING:
            now = n[s.NOW]
            if now != self._known_ns:
                if self._out and events is not None:
                    events += self._flush(self._known_ns)
                self._known_ns = now
            if n[s.CODE] == s.CLOCK:
                self._clock_fault()
                i += 1
            else:
                self._happened(n[s.CODE], now)
                self._faults[1][faults.N_IN_SET] = self._set.started
            i = engine.advance(*given, tape.size, i, count)

    def _await_movement(
        self,
        awaited: Awaited,
        t_ns: NDArray[np.int64],
        angle_deg: NDArray[np.float32],
        torque_nm: NDArray[np.float32],
        events: list[Event],
    ) -> int:
        """Samples until movement starts, which wakes the analysis; returns how many."""
        n = self._state.n
        for done, (t, angle, torque) in enumerate(zip(t_ns.tolist(), angle_deg.tolist(), torque_nm.tolist(), strict=True), 1):
            self._known_ns = n[s.LAST]
            if t <= n[s.LAST] or t >= s.FAR:
                self._clock_fault()
            else:
                self._known_ns = n[s.LAST] = n[s.NOW] = t
                if t >= n[s.ALARM]:
                    self._ring(t)
                if math.isfinite(angle):
                    if end(self._faults[1], DROPOUT, t):
                        self._fault(DROPOUT, t, t, began=False)
                    if awaited.step(t, angle, torque):
                        self._wake(awaited)
                else:
                    self._miss(t, awaited.last_ns)
            if self._out:
                events += self._flush(self._known_ns)
            if self._awaited is None:
                return done
        return len(t_ns)

    def _miss(self, now: int, last_ns: int | None) -> None:
        """No angle while movement is awaited, since `last_ns` or from the first sample on: a dropout once it lasts."""
        since_ns = self._out.first_ns if last_ns is None else last_ns
        if since_ns is not None and now - since_ns > self._p.void_gap_s * 1e9 and begin(self._faults[1], DROPOUT, since_ns):
            self._fault(DROPOUT, since_ns, now, began=True)

    def _wake(self, awaited: Awaited) -> None:
        """Movement (or a start) begins the analysis, with what the window holds."""
        self._awaited = None
        window = awaited.window()
        if window is None or runs(self._faults[1], DROPOUT):
            # Readings from before a dropout would end it.
            return
        last, self._state.n[s.LAST] = self._state.n[s.LAST], s.NEVER
        self._run(*window, None)
        self._known_ns = self._state.n[s.LAST] = self._state.n[s.NOW] = last

    def _happened(self, code: int, now: int) -> None:
        """A happening of the kernels at the sample under way; `now` is its time."""
        n, the_set = self._state.n, self._set
        match code:
            case s.RANG:
                self._ring(now)
            case s.GAP:
                self._gap(now)
            case s.LOST:
                self._end_set("signal_lost", n[s.GOOD])
            case s.SIGNAL:
                self._signal(now)
            case s.IDLE:
                self._end_set("idle", now)
            case s.UNLOADED:
                self._end_set("failure" if n[s.CLOSE_NS] != s.FAR else "stopped", now)
            case s.CLOSES:
                self._end_set("failure", now)
            case s.REVIVED:
                n[s.DEAD] = 0
                self._fault(OF_TORQUE + STUCK, now, now, began=False)
            case _:
                done, ran = True, the_set.started
                if code == s.LEARNT:
                    the_set.learnt()
                elif code == s.CATCH:
                    the_set.catch_up(CATCH_UP)
                else:
                    done = the_set.happened(code, n[s.HEAD] - 1)
                if the_set.repetition is not None:
                    self._pacing.onset(the_set.repetition, by_input=the_set.by_input)
                self._take_changes(now)
                begun_ns = the_set.started_ns if not ran else None
                late = begun_ns is not None and self._exceeded.began(the_set.number, begun_ns, now)
                if the_set.stops_cue or late:
                    the_set.stops_cue = False
                    self._freeze()
                if the_set.over:
                    self._next_set()
                    done = True
                if done:
                    n[s.STAGE] = s.STILL_NEXT

    def _ring(self, now: int) -> None:
        """A time has come that was waited for: the end of a countdown, a clock that has been good for long enough."""
        countdown_ns = self._pacing.countdown_ns
        if countdown_ns is not None and now >= countdown_ns:
            self._begin_set(self._pacing.arrive(self._out.first_ns or now))
        if self._clock_bad_ns is not None and now - self._clock_bad_ns >= self._p.clock_good_s * 1e9:
            self._clock_bad_ns = None
            self._out.put(SignalRestored, self.set, None, channel="time", fault="clock")
        self._set_alarm()

    def _set_alarm(self) -> None:
        due = [self._pacing.countdown_ns] if self._pacing.countdown_ns is not None else []
        if self._clock_bad_ns is not None:
            due.append(self._clock_bad_ns + round(self._p.clock_good_s * 1e9))
        self._state.n[s.ALARM] = min(due, default=s.FAR)

    def continue_boot(self) -> list[Event]:
        """The machine's agent was restarted within the session: what follows has its times continued by the wall clock (contract 1)."""
        self._clock_fault()
        return self._flush(self.last_ns)

    def _clock_fault(self) -> None:
        if self._clock_bad_ns is None:
            self._out.put(SignalFaulted, self.set, None, channel="time", fault="clock")
        self._clock_bad_ns = self.last_ns
        self._set_alarm()

    def _gap(self, now: int) -> None:
        """Samples are missing, or no angle has come for long: the repetition has a gap; a long one makes it void (detection.md 6)."""
        n = self._state.n
        before, good = n[s.BEFORE_LAST], n[s.GOOD]
        if now - before > n[s.MARK]:
            self._out.put(SignalFaulted, self.set, before, channel="angle", fault="gap")
            self._out.put(SignalRestored, self.set, now, channel="angle", fault="gap")
            self._set.mark("gap")
        if good == s.NEVER or now - good <= self._p.void_gap_s * 1e9:
            return
        self._set.break_off(now)
        self._freeze()
        if now - good > n[s.LOST_NS] and self._set.started:
            self._end_set("signal_lost", good)

    def _signal(self, now: int) -> None:
        """Faults that began or ended, limits that were exceeded."""
        n, times = self._state.n, self._faults[1]
        bits, exceeded = n[s.BITS], n[s.GUARDED]
        n[s.BITS] = n[s.GUARDED] = 0
        for k in range(len(faults.FAULTS)):
            began, ended = bits >> k & 1, bits >> (faults.ENDED + k) & 1
            # Of both at one sample, what runs now began last.
            for begins in (False, True) if times[faults.N_ACTIVE] >> k & 1 else (True, False):
                if begins and began:
                    self._fault(k, int(times[faults.N_AT + k]), now, began=True)
                elif ended and not begins:
                    self._fault(k, int(times[faults.N_END + k]), now, began=False)
        if exceeded and self._lies == 0 and self._exceeded.passed(exceeded, self._safety[0], self.set, now):
            self._freeze()

    def _take_changes(self, now: int) -> None:
        """Faults that the set has found by its movements."""
        changes, self._set.changes = self._set.changes, []
        for change in changes:
            self._fault(change.fault, change.at_ns, now, began=change.began)

    def _fault(self, number: int, at_ns: int, now: int, *, began: bool) -> None:
        """A fault of the raw path, or of a set's habits, has begun or ended; what it means for the set (detection.md 6)."""
        channel, fault = faults.FAULTS[number]
        self._out.put(SignalFaulted if began else SignalRestored, self.set, at_ns, channel=channel, fault=fault)
        if channel == "torque" and fault in MUTE:
            self._state.n[s.TORQUE_BAD] += 1 if began else -1
            if fault != "dropout":
                self._state.n[s.TORQUE_FALSE] += 1 if began else -1
                self._set.mark("no_torque")
        elif channel == "angle" and fault in LYING:
            self._lies += 1 if began else -1
            if began:
                self._set.distrust()
                self._freeze_cue()
            else:
                self._follow()
            self._set.break_off(now)
        elif channel == "angle" and fault in DOUBTFUL and began:
            self._set.break_off(now + round(self._p.kept_s * 1e9) if fault == "wrapped" else now)
            self._freeze()
        elif channel == "angle" and began and fault != "drift":
            self._set.mark("gap")

    # The set, and the cue in it.

    def _freeze(self) -> None:
        """The cue stops; only a start or a resume, with its countdown, lays it anew (contract 5)."""
        self._freeze_cue()
        self._follow()

    def _freeze_cue(self) -> None:
        self._pacing.stop()
        self._set_alarm()

    def _follow(self) -> None:
        """The set follows the movement again; it waits while the angle lies, and for the countdown that it is to begin with."""
        if self._lies > 0 or (self._pacing.awaited and not self._set.started):
            self._set.wait()
        else:
            self._set.go_on()

    def _begin_set(self, origin_ns: int) -> None:
        """The countdown is over: a new set, or the one that was interrupted goes on."""
        self._follow()
        if not self._set.started:
            self._set.start(origin_ns, by_input=True)
            safety.rearm(*self._safety[:2])
        self._state.n[s.UNLOADED_NS] = s.NEVER

    def _end_set(self, reason: Reason, at_ns: int | None) -> None:
        self._set.end(reason, at_ns)
        self._take_changes(self._state.n[s.LAST])
        self._pacing.interrupted |= reason in ("pain", "signal_lost")
        self._next_set()

    def _next_set(self) -> None:
        """State is per set: the next one starts from nothing."""
        number = self._set.number + (1 if self._set.started else 0)
        self._set = Set(number, self.plan, self._p, self._state, self._tape, self._out, self._past)
        self._pacing.next_set()
        self._set_alarm()
        self._follow()

    # Inputs.

    def apply(self, entry: Input) -> list[Event]:
        """What the analysis is told between samples (contract 3). It takes effect at once, after the newest sample."""
        self._set.drain()
        if entry.kind == "start":
            self._start(entry)
        elif entry.kind == "pause":
            self._pause()
        elif entry.kind == "resume":
            self._resume(entry)
        elif entry.kind == "stop":
            self._end_set("pain" if entry.reason == "pain" else "stopped", self.last_ns)
        elif entry.kind == "button" and entry.button is not None and entry.press is not None:
            self._press(entry.button, entry.press)
        elif entry.kind == "end":
            lost = entry.reason == "signal_lost"
            good = self._state.n[s.GOOD]
            self._end_set("signal_lost" if lost else "recording_ended", good if lost and good != s.NEVER else self.last_ns)
        return self._flush(self.last_ns)

    def _start(self, entry: Input) -> None:
        if self._awaited is not None:
            self._wake(self._awaited)
        opened = self._set.started and not self._set.by_input
        if opened:
            # What moved before the start was positioning: the set that it opened is over.
            self._end_set("stopped", self.last_ns)
        self._lay_countdown(entry, at_once=not opened)

    def _lay_countdown(self, entry: Input, *, at_once: bool = True) -> None:
        """From now on, or from the first sample on, if it names no later time.

        Not `at_once`: the set is told with the next sample; at one known_s its start would stand before the other one's end (contract 4).
        """
        now_ns = self._state.n[s.LAST]
        origin_ns = entry.origin_ns if entry.origin_ns is not None else now_ns
        self._pacing.count_down(origin_ns)
        self._set.paused = False
        if at_once and s.NEVER < origin_ns <= now_ns:
            self._begin_set(self._pacing.arrive(origin_ns))
        elif not self._set.started:
            # A countdown waits for its origin: positioning before it opens no set.
            self._set.wait()
        self._set_alarm()

    def _pause(self) -> None:
        if self._pacing.paused:
            return
        self._pacing.paused = True
        self._pacing.held = self._pacing.countdown_ns is not None and not self._set.started
        self._set.pause()
        self._freeze()
        self._out.put(Paused, self.set, None)

    def _resume(self, entry: Input) -> None:
        if self._pacing.paused:
            self._out.put(Resumed, self.set, None)
        if self._set.started or self._pacing.held:
            self._lay_countdown(entry)
        if self._set.started:
            self._state.n[s.RUNNING] = self._state.n[s.LAST]
        self._pacing.paused = self._set.paused = False

    def _press(self, button: str, press: str) -> None:
        if press in self._presses:
            return
        self._presses.add(press)
        self._out.put(ButtonPressed, self.set, None, button=button, press=press)
        if button == "pause":
            self._pause()
        else:
            self._end_set("pain" if button == "pain" else "stopped", self.last_ns)

    def _flush(self, known_ns: int | None) -> list[Event]:
        events = self._out.flush(known_ns)
        for event in events:
            if isinstance(event, SetStarted):
                self.repetitions = []
            elif isinstance(event, RepetitionCompleted):
                self.repetitions.append(event)
        return events
