"""One session on one machine: samples and inputs in, events out (contract 1, 3, 4). Live, replay and re-analysis feed the same object."""

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

from service.analysis.cue import Cue
from service.analysis.filters import Paths
from service.analysis.movement import Movement
from service.analysis.outbox import Outbox
from service.analysis.parameters import Parameters
from service.analysis.repetition import Repetition
from service.analysis.sets import Reason, Set
from service.analysis.trace import Sample
from wire.events import (
    ButtonPressed,
    Event,
    Paused,
    Phase,
    RepetitionCompleted,
    Resumed,
    SignalFaulted,
    SignalRestored,
)
from wire.live import CueState
from wire.messages import Input
from wire.plan import Plan


class Session:
    """Fed samples in any chunking and told inputs between them, it answers with the same events, bit for bit.

    Without a plan nothing is analysed until movement starts (decision 0001); what moved before it within the window is.
    """

    def __init__(self, plan: Plan | None = None, parameters: Parameters | None = None) -> None:
        self._p = parameters or Parameters()
        self.plan = plan
        self._cue = Cue(plan) if plan else None
        self._out = Outbox()
        self._paths = Paths(self._p)
        self._movement: Movement | None = None if plan else Movement(self._p)
        self._before_movement: deque[tuple[int, float, float]] = deque()
        self._set = Set(1, plan, self._p, self._out)
        self.last_ns: int | None = None
        self._good_ns: int | None = None
        self._clock_bad_ns: int | None = None
        self._countdown_ns: int | None = None
        self._cue_origin_ns: int | None = None
        self._cue_running = False
        self._cued_repetition = 0
        self._paused = False
        self._presses: set[str] = set()
        self._still_deg = math.nan
        self._moved_ns: int | None = None
        self._unloaded_ns: int | None = None
        self.repetitions: list[RepetitionCompleted] = []
        """The completed repetitions of the running (or last) set."""
        self.torque_nm: float | None = None

    # What screens show of the newest sample.

    @property
    def first_ns(self) -> int | None:
        """Device time of the session's first sample."""
        return self._out.first_ns

    @property
    def last_event_id(self) -> int:
        """Id of the newest event; 0 before the first."""
        return self._out.last_id

    @property
    def set(self) -> int | None:
        """The running set; None outside one."""
        return self._set.number if self._set.started else None

    @property
    def phase(self) -> Phase | None:
        """The phase of the running repetition; `turn` between two; None outside a set."""
        return self._set.phase

    @property
    def repetition(self) -> int | None:
        """The running repetition, or the last one of the running set."""
        if self._set.repetition is not None:
            return self._set.repetition.number
        return self._set.number_done or None if self._set.started else None

    @property
    def paused(self) -> bool:
        """Whether a pause waits to be ended by resume or start."""
        return self._paused

    @property
    def angle_deg(self) -> float | None:
        """Display path, newest reading."""
        return _known(self._paths.shown_deg)

    @property
    def speed_deg_s(self) -> float | None:
        """Derivative of the angle: negative while extending."""
        return self._paths.speed_deg_s if self.angle_deg is not None else None

    @property
    def still_s(self) -> float:
        """Time since the last movement, at the newest sample."""
        return 0.0 if self._moved_ns is None or self.last_ns is None else (self.last_ns - self._moved_ns) * 1e-9

    @property
    def cue(self) -> CueState:
        """Origin on the device clock (in the future during a countdown) and whether it runs."""
        return CueState(origin_ns=self._cue_origin_ns, running=self._cue_running)

    def cue_at(self, t_ns: int) -> float | None:
        """Where the cue is at a device time, deg; None while it does not run."""
        if self._cue is None or not self._cue_running or self._cue_origin_ns is None:
            return None
        repeat = self.plan is not None and self.plan.pacing == "fixed"
        return self._cue.angle_deg((t_ns - self._cue_origin_ns) * 1e-9, repeat=repeat)

    # Samples.

    def feed(self, t_ns: NDArray[np.int64], angle_deg: NDArray[np.float32], torque_nm: NDArray[np.float32]) -> list[Event]:
        """n >= 1 samples in the order they were taken: device time ns, degrees, newton-metres (NaN = no reading).

        A time that does not rise is answered by a `clock` fault and its sample dropped. Returns the events that became known.
        """
        events: list[Event] = []
        for t, angle, torque in zip(t_ns.tolist(), angle_deg.tolist(), torque_nm.tolist(), strict=True):
            if self._out.first_ns is None:
                self._out.first_ns = t
            if self.last_ns is not None and t <= self.last_ns:
                self._clock_fault()
            else:
                self.last_ns = t
                if self._clock_bad_ns is not None and (t - self._clock_bad_ns) >= self._p.clock_good_s * 1e9:
                    self._clock_bad_ns = None
                    self._out.put(SignalRestored, self.set, None, channel="time", fault="clock")
                self._take(t, angle, torque)
            if self._out:
                events += self._flush()
        return events

    def continue_boot(self) -> list[Event]:
        """The machine's agent was restarted within the session: what follows has its times continued by the wall clock (contract 1)."""
        self._clock_fault()
        return self._flush()

    def _clock_fault(self) -> None:
        if self._clock_bad_ns is None:
            self._out.put(SignalFaulted, self.set, None, channel="time", fault="clock")
        self._clock_bad_ns = self.last_ns

    def _take(self, t_ns: int, angle_deg: float, torque_nm: float) -> None:
        self.torque_nm = _known(torque_nm)
        if self._countdown_ns is not None and t_ns >= self._countdown_ns:
            self._begin_set(self._countdown_ns)
        if not math.isfinite(angle_deg):
            self._check_lost(t_ns)
            return
        if self._movement is None:
            self._analyse(t_ns, angle_deg, torque_nm)
            return
        waiting = self._before_movement
        waiting.append((t_ns, angle_deg, torque_nm))
        moving = self._movement.step(t_ns, angle_deg)
        while waiting[0][0] < self._movement.from_ns:
            waiting.popleft()
        if moving:
            self._wake()

    def _wake(self) -> None:
        """Movement (or a start) begins the analysis, with what the window holds."""
        self._movement = None
        waiting, self._before_movement = self._before_movement, deque()
        for t_ns, angle_deg, torque_nm in waiting:
            self._analyse(t_ns, angle_deg, torque_nm)

    def _analyse(self, t_ns: int, angle_deg: float, torque_nm: float) -> None:
        paths = self._paths
        good_ns = self._good_ns
        if good_ns is not None and t_ns - good_ns > self._p.void_gap_s * 1e9:
            self._gap(good_ns, t_ns)
        self._good_ns = t_ns
        paths.step(angle_deg, torque_nm, (t_ns - good_ns) * 1e-9 if good_ns is not None else 0.0)
        if not math.isnan(paths.shown_nm):
            self.torque_nm = paths.shown_nm
        sample = Sample(
            t_ns, paths.detected_deg, paths.speed_deg_s, paths.shown_deg, paths.shown_nm, paths.detection_delay_ns, paths.display_delay_ns
        )
        if not abs(paths.detected_deg - self._still_deg) <= self._p.still_deg:
            self._still_deg = paths.detected_deg
            self._moved_ns = t_ns
        # A countdown waits for its origin: positioning before it opens no set.
        if self._countdown_ns is None or self._set.started:
            self._set.step(sample)
        if self._set.repetition is not None:
            self._lay_cue(self._set.repetition)
        if self._set.over:
            self._next_set()
        elif self._set.started and not self._paused:
            self._check_idle(t_ns)

    def _gap(self, from_ns: int, to_ns: int) -> None:
        self._out.put(SignalFaulted, self.set, from_ns, channel="angle", fault="gap")
        self._out.put(SignalRestored, self.set, to_ns, channel="angle", fault="gap")
        self._set.break_off(to_ns)
        self._freeze()
        if to_ns - from_ns > self._p.lost_s * 1e9:
            self._end_set("signal_lost", from_ns)

    def _check_lost(self, t_ns: int) -> None:
        """No reading: the set ends once that has lasted."""
        if self._good_ns is not None and self._set.started and t_ns - self._good_ns > self._p.lost_s * 1e9:
            self._end_set("signal_lost", self._good_ns)

    def _check_idle(self, t_ns: int) -> None:
        moved_ns = max(self._moved_ns or t_ns, self._set.started_ns or 0)
        if t_ns - moved_ns >= self._p.idle_s * 1e9:
            self._end_set("idle", t_ns)
            return
        load_nm = self.plan.load_nm if self.plan else None
        if load_nm is None or not self.torque_nm_below(self._p.unloaded * load_nm):
            self._unloaded_ns = None
        elif self._unloaded_ns is None:
            self._unloaded_ns = t_ns
        elif t_ns - self._unloaded_ns > self._p.unloaded_s * 1e9:
            self._end_set("stopped", t_ns)

    def torque_nm_below(self, limit_nm: float) -> bool:
        """True where there is a torque and it is below a limit."""
        return self.torque_nm is not None and self.torque_nm < limit_nm

    # The cue and the set around it.

    def _lay_cue(self, running: Repetition) -> None:
        """Without a countdown the first onset is the cue's origin; under `follow` every onset is (contract 3)."""
        if self._cue is None or self._paused or running.number == self._cued_repetition:
            return
        if self._cue_origin_ns is None and not self._set.by_input and running.number == 1 and not running.void:
            self._cue_origin_ns, self._cue_running = running.start_ns, True
        elif self.plan is not None and self.plan.pacing == "follow" and self._cue_running:
            self._cue_origin_ns = running.start_ns
        self._cued_repetition = running.number

    def _freeze(self) -> None:
        """The cue stops; only a start or a resume, with its countdown, lays it anew (contract 5)."""
        self._cue_running = False
        self._cue_origin_ns = self._countdown_ns = None

    def _begin_set(self, origin_ns: int) -> None:
        """The countdown is over: a new set, or the one that was interrupted goes on."""
        self._countdown_ns = None
        if not self._set.started:
            self.repetitions = []
            self._set.start(origin_ns, by_input=True)
        self._unloaded_ns = None

    def _end_set(self, reason: Reason, at_ns: int | None) -> None:
        self._set.end(reason, at_ns)
        self._next_set()

    def _next_set(self) -> None:
        """State is per set: the next one starts from nothing."""
        number = self._set.number + (1 if self._set.started else 0)
        self._freeze()
        self._paused = False
        self._unloaded_ns = None
        self._cued_repetition = 0
        self._set = Set(number, self.plan, self._p, self._out)

    # Inputs.

    def apply(self, entry: Input) -> list[Event]:
        """What the analysis is told between samples (contract 3). It takes effect at once, after the newest sample."""
        events: list[Event] = []
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
            self._end_set("signal_lost" if lost else "recording_ended", self._good_ns if lost else self.last_ns)
        events += self._flush()
        return events

    def _start(self, entry: Input) -> None:
        if self._movement is not None:
            self._wake()
        if self._set.started and not self._set.by_input:
            # What moved before the start was positioning: the set that it opened is over.
            self._end_set("stopped", self.last_ns)
        self._lay_countdown(entry)

    def _lay_countdown(self, entry: Input) -> None:
        origin_ns = entry.origin_ns if entry.origin_ns is not None else self.last_ns
        self._paused = False
        self._countdown_ns = origin_ns
        if self._cue is not None:
            self._cue_origin_ns, self._cue_running = origin_ns, True
        if origin_ns is not None and self.last_ns is not None and origin_ns <= self.last_ns:
            self._begin_set(origin_ns)

    def _pause(self) -> None:
        if self._paused:
            return
        self._paused = True
        self._set.void()
        self._freeze()
        self._out.put(Paused, self.set, None)

    def _resume(self, entry: Input) -> None:
        if self._paused:
            self._out.put(Resumed, self.set, None)
        if self._set.started:
            self._lay_countdown(entry)
        self._paused = False

    def _press(self, button: str, press: str) -> None:
        if press in self._presses:
            return
        self._presses.add(press)
        self._out.put(ButtonPressed, self.set, None, button=button, press=press)
        if button == "pause":
            self._pause()
        else:
            self._end_set("pain" if button == "pain" else "stopped", self.last_ns)

    def _flush(self) -> list[Event]:
        events = self._out.flush(self.last_ns)
        for event in events:
            if isinstance(event, RepetitionCompleted):
                if event.repetition == 1:
                    self.repetitions = []
                self.repetitions.append(event)
        return events


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
