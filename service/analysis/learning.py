"""The range where no plan gives one: the first there-and-back movement that a second, similar one confirms (contract 3, decision 0004)."""

from service.analysis.parameters import Parameters
from wire.plan import Range


class RangeLearning:
    """Turning points of the detection path, until two there-and-back movements agree.

    `since_ns` tells what the first movement may still need: samples before it can be let go.
    """

    def __init__(self, parameters: Parameters) -> None:
        self._least = parameters.learn_least_deg
        self._similar = parameters.learn_similar
        self._return = parameters.learn_return
        self._reversal = parameters.learn_reversal * parameters.learn_least_deg
        self._near = parameters.bottom_band_deg
        self._idle_ns = round(parameters.idle_s * 1e9)
        self._first: Range | None = None
        self._first_ns = 0
        self._extending = False
        self._bottom = (0, 0.0)
        self._top = (0, 0.0)
        self._edge: tuple[int, float] | None = None

    @property
    def since_ns(self) -> int:
        """Device time of the oldest sample that the range may have to be applied to."""
        return self._first_ns if self._first is not None else self._bottom[0]

    def step(self, t_ns: int, angle_deg: float) -> Range | None:
        """One sample of the detection path; the range once it is learnt."""
        edge = self._edge
        if edge is None:
            self._edge = self._bottom = self._top = (t_ns, angle_deg)
            return None
        if not self._extending:
            # At or on the way to the flexed end: the bottom is the last time that the angle was near its greatest.
            if angle_deg >= self._bottom[1] - self._near:
                self._bottom = (t_ns, max(angle_deg, self._bottom[1]))
            elif angle_deg <= self._bottom[1] - self._reversal:
                self._extending = True
                self._top = (t_ns, angle_deg)
            return self._check(t_ns, angle_deg)
        if angle_deg < self._top[1]:
            self._top = (t_ns, angle_deg)
        elif t_ns - self._top[0] > self._idle_ns:
            self._restart(t_ns, angle_deg)
        return self._check(t_ns, angle_deg)

    def _restart(self, t_ns: int, angle_deg: float) -> None:
        self._first = None
        self._extending = False
        self._bottom = self._top = (t_ns, angle_deg)

    def _check(self, t_ns: int, angle_deg: float) -> Range | None:
        """Whether a movement has just come back far enough; what it then means."""
        if not self._extending:
            return None
        there = self._bottom[1] - self._top[1]
        back = angle_deg - self._top[1]
        if back < max(self._return * there, self._reversal):
            return None
        self._extending = False
        bottom = self._bottom
        self._bottom = (t_ns, angle_deg)
        if there < self._least:
            # Too small to be the first; between the first and the second it changes nothing.
            return None
        if self._first is not None:
            first = self._first.flexion_deg - self._first.extension_deg
            if abs(there - first) <= self._similar * first:
                return self._first
        self._first = Range(flexion_deg=bottom[1], extension_deg=self._top[1])
        self._first_ns = bottom[0]
        return None
