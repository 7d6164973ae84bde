"""The rest of a movement that a stop cut short: whoever is stopped on his way still lowers the load (decision 0310)."""

from math import isfinite

from service.analysis import Movement, Parameters
from service.live.running import Arrival

WAY_BACK_NS = 20_000_000_000
"""So long after a stop the load may be on its way down; then any movement is another one."""


class WayBack:
    """Movement after a stop: none until the angle (deg) has turned or stood; then only an extension, by the rule of 0001."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._movement = Movement(parameters)
        self._stand_ns = round(parameters.movement_window_s * 1e9)
        self._until_ns: int | None = None
        self._least, self._least_ns = float("inf"), 0
        self._most = float("-inf")
        self._turned = False

    def over(self, t_ns: int) -> bool:
        """Whether a stop so long before that time (ns) has nothing to do with it any more."""
        if self._until_ns is None:
            self._until_ns = t_ns + WAY_BACK_NS
        return t_ns > self._until_ns

    def feed(self, arrival: Arrival) -> bool:
        """True once an extension has begun that is not the one that was stopped."""
        return any(self._step(t, a) for t, a in zip(arrival.t_ns.tolist(), arrival.angle_deg.tolist(), strict=True))

    def _step(self, t_ns: int, angle_deg: float) -> bool:
        if not isfinite(angle_deg):
            return False
        if self._turned:
            if angle_deg >= self._most:
                self._most, self._movement = angle_deg, Movement(self._parameters)
            return self._movement.step(t_ns, angle_deg)
        if angle_deg < self._least:
            self._least, self._least_ns = angle_deg, t_ns
        self._turned = angle_deg - self._least >= self._parameters.movement_deg or t_ns - self._least_ns > self._stand_ns
        return False
