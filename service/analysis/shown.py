"""What screens show of a session: read from what its parts know at the newest sample."""

import math

from service.analysis import state as s
from service.analysis.inside import Inside, inside
from service.analysis.outbox import Outbox
from service.analysis.pacing import Pacing
from service.analysis.parameters import Parameters
from service.analysis.sets import Set
from service.analysis.tape import Tape
from wire.events import Phase
from wire.live import CueState


class Shown:
    """Reads, and changes nothing: a session builds the parts and lets the samples change them."""

    _p: Parameters
    _out: Outbox
    _state: s.State
    _tape: Tape
    _pacing: Pacing
    _set: Set

    @property
    def first_ns(self) -> int | None:
        """Device time of the session's first sample."""
        return self._out.first_ns

    @property
    def last_ns(self) -> int | None:
        """Device time of the newest sample."""
        last: int = self._state.n[s.LAST]
        return None if last == s.NEVER else last

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
        return self._pacing.paused

    @property
    def begun(self) -> bool:
        """Whether it has a reading: without a plan nothing is analysed until movement starts."""
        return not math.isnan(self._state.f[s.DISPLAY_2])

    @property
    def angle_deg(self) -> float | None:
        """Display path, of the newest reading; None where that is 150 ms older than the newest sample (F22)."""
        n = self._state.n
        return _known(self._state.f[s.DISPLAY_2]) if n[s.LAST] - n[s.GOOD] <= self._p.shown_gap_s * 1e9 else None

    @property
    def speed_deg_s(self) -> float | None:
        """Derivative of the angle: negative while extending."""
        return self._state.f[s.SPEED] if self.angle_deg is not None else None

    @property
    def torque_nm(self) -> float | None:
        """Display path, of the newest sample; None where it has none."""
        return _known(self._state.f[s.SHOWN_NM])

    @property
    def still_s(self) -> float:
        """Time since the last movement, at the newest sample."""
        moved = self._state.n[s.MOVED]
        return 0.0 if moved == s.NEVER else (self._state.n[s.LAST] - moved) * 1e-9

    @property
    def cue(self) -> CueState:
        """Origin on the device clock (in the future during a countdown) and whether it runs."""
        return self._pacing.state

    def inside(self) -> Inside:
        """What it has in mind at the newest sample that was followed, for engineers."""
        return inside(self._state, self._tape, self._set.findings)

    def cue_at(self, t_ns: int) -> float | None:
        """Where the cue is at a device time, deg; None while it does not run."""
        return self._pacing.angle_deg(t_ns)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
