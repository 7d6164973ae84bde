"""Whether the load is up in a movement, by its torque; and whether that torque is alive (detection.md 2.3, decision 0253)."""

import numpy as np
from numpy.typing import NDArray

from service.analysis import state as s
from service.analysis.demand import middle
from service.analysis.parameters import Parameters
from service.analysis.tape import Tape


class Lifting:
    """Of one set. Times are device ns, torques Nm on the display path."""

    def __init__(self, parameters: Parameters, state: s.State, tape: Tape) -> None:
        self._p = parameters
        self._state = state
        self._tape = tape
        self._lively = False
        """The torque has changed within a lifted movement, so it is no sensor that says one code for each load."""
        self._same = 0
        """Movements in a row through which the torque said the very same."""

    def lifted(self, expected_nm: float, from_ns: int, to_ns: int) -> bool:
        """Whether the load was up in a movement: without it, it is positioning or stretching. True where not known.

        `expected_nm`: what the load asks for; NaN, or none that is above 0, while it is not known.
        """
        known = self._known(from_ns, to_ns)
        blind = not expected_nm > 0.0 or self._state.n[s.TORQUE_BAD] > 0 or not len(known)
        up = blind or middle(known) >= self._p.unloaded * expected_nm
        self._lively |= up and len(known) > 0 and bool(np.ptp(known) > s.SAME_NM)
        return up

    def dead(self, from_ns: int, to_ns: int, *, from_end: bool) -> bool:
        """Whether a torque without load in a movement is a dead one: it says the very same throughout.

        At once where it was lively in the set. Before that an empty machine may be moved into place, so it takes some such movements,
        each `from_end`: from the flexed end.
        """
        known = self._known(from_ns, to_ns)
        if np.ptp(known) > s.SAME_NM:
            self._same = 0
            return False
        self._same += from_end
        if not self._lively and self._same < round(self._p.dead_movements):
            return False
        self._state.n[s.DEAD], self._state.f[s.DEAD_NM] = 1, float(known[-1])
        return True

    def _known(self, from_ns: int, to_ns: int) -> NDArray[np.float64]:
        first, last = self._tape.between(s.SEEN_NS, from_ns, to_ns)
        torque = self._tape.column(s.NM)[first:last]
        return torque[np.isfinite(torque)]
