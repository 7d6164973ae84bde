"""The cue of a session: laid by a countdown or by the first onset, stopped by whatever interrupts, laid anew (contract 3 and 5)."""

from service.analysis import state as s
from service.analysis.cue import Cue
from service.analysis.repetition import Repetition
from wire.live import CueState
from wire.plan import Plan


class Pacing:
    """Where the cue is and whether it runs; without a plan there is none, but countdowns and pauses are kept all the same."""

    def __init__(self, plan: Plan | None) -> None:
        self._follows = plan is not None and plan.pacing == "follow"
        self._cue = Cue(plan) if plan else None
        self._origin_ns: int | None = None
        self._running = False
        self._laid_for = 0
        """The repetition whose onset was last considered."""
        self.countdown_ns: int | None = None
        """When the countdown that runs is over; None without one."""
        self.interrupted = False
        """It was stopped for a reason: only a countdown lays it anew (contract 5, robustness H06)."""
        self.paused = False
        self.held = False
        """It was paused in the countdown of a set that had not begun: a resume lays another one."""

    @property
    def awaited(self) -> bool:
        """A countdown runs, or was paused: the set begins with it, not with movement."""
        return self.countdown_ns is not None or self.held

    @property
    def state(self) -> CueState:
        """Origin on the device clock (in the future during a countdown) and whether it runs."""
        return CueState(origin_ns=self._origin_ns, running=self._running)

    def angle_deg(self, t_ns: int) -> float | None:
        """Where the cue is at a device time, deg; None while it does not run."""
        if self._cue is None or not self._running or self._origin_ns is None:
            return None
        return self._cue.angle_deg((t_ns - self._origin_ns) * 1e-9, repeat=not self._follows)

    def count_down(self, origin_ns: int) -> None:
        """Laid anew, from a device time on; `state.NEVER` where no sample has come yet: then `arrive` says which."""
        self.paused = self.interrupted = self.held = False
        self.countdown_ns = origin_ns
        if self._cue is not None:
            self._origin_ns, self._running = None if origin_ns == s.NEVER else origin_ns, True

    def arrive(self, first_ns: int) -> int:
        """The countdown is over; returns the cue's origin, which is not before the session's first sample."""
        assert self.countdown_ns is not None
        origin_ns, self.countdown_ns = max(self.countdown_ns, first_ns), None
        if self._cue is not None:
            self._origin_ns = origin_ns
        return origin_ns

    def onset(self, running: Repetition, *, by_input: bool) -> None:
        """Without a countdown the first onset is the cue's origin; under `follow` every onset is (contract 3)."""
        if self._cue is None or self.paused or running.number == self._laid_for:
            return
        first = running.number == 1 and not by_input and not running.void
        if self._origin_ns is None and first and not self.interrupted:
            self._origin_ns, self._running = running.start_ns, True
        elif self._follows and self._running:
            self._origin_ns = running.start_ns
        self._laid_for = running.number

    def stop(self) -> None:
        """The cue stops; only a start or a resume, with its countdown, lays it anew (contract 5)."""
        self.interrupted = True
        self._lift()

    def next_set(self) -> None:
        """A set is over: the next one is paced from nothing, unless an interruption forbids it still."""
        self.paused = self.held = False
        self._laid_for = 0
        self._lift()

    def _lift(self) -> None:
        self._running = False
        self._origin_ns = self.countdown_ns = None
