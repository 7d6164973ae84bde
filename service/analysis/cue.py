"""The cue: where to be at which time (contract 3). The dashboard draws the same path; golden values keep them equal."""

from bisect import bisect_right
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wire.plan import Plan

CORNER_MOST_S = 0.4
CORNER_SHARE = 0.1


class Cue:
    """One cycle of the cue as progress (0 flexed, 1 extended) and angle over the time since its origin.

    Ramp over `extension_s`, level for `hold_s`, ramp over `flexion_s`, level for `turn_s`; parabolic corners of width min(0.4 s, 0.1 of the
    shorter adjoining phase), none beside a phase of zero length (contract 3). Kept as pieces: place + speed u + bend u^2 from its start.
    """

    def __init__(self, plan: Plan) -> None:
        tempo = plan.tempo
        self.range = plan.range
        self.tempo = tempo
        self._span_deg = plan.range.flexion_deg - plan.range.extension_deg
        lengths = (tempo.extension_s, tempo.hold_s, tempo.flexion_s, tempo.turn_s)
        self.cycle_s = sum(lengths)
        speeds = (1.0 / tempo.extension_s, 0.0, -1.0 / tempo.flexion_s, 0.0)
        levels = (1.0, 1.0, 0.0, 0.0)
        ends = (tempo.extension_s, tempo.extension_s + tempo.hold_s, tempo.extension_s + tempo.hold_s + tempo.flexion_s, self.cycle_s)
        pieces = [(-1.0, 0.0, 0.0, 0.0)]
        for k, at in ((3, 0.0), *enumerate(ends)):
            following = (k + 1) % 4
            before, after = speeds[k], speeds[following]
            half = 0.5 * min(CORNER_MOST_S, CORNER_SHARE * min(lengths[k], lengths[following]))
            if half > 0.0:
                pieces.append((at - half, levels[k] - before * half, before, (after - before) / (4.0 * half)))
            pieces.append((at + half, levels[k] + after * half, after, 0.0))
        # The cycle's last corner leads into the next one; a cycle alone stops before it.
        self._rest_s = self.cycle_s - half
        self._columns = [np.array(column) for column in zip(*pieces, strict=True)]
        self._starts, self._places, self._speeds, self._bends = (column.tolist() for column in self._columns)

    @property
    def pieces(self) -> int:
        """How many pieces `table` has."""
        return len(self._starts)

    @cached_property
    def table(self) -> NDArray[np.float64]:
        """One cycle in degrees for the kernels: starts s, places deg, speeds deg/s, bends deg/s2, then when it ends (s)."""
        starts, places, speeds, bends = self._columns
        span = self._span_deg
        return np.concatenate((starts, self.range.flexion_deg - places * span, -speeds * span, -bends * span, [self._rest_s]))

    def progress(self, since_s: float) -> float:
        """Progress one cycle long: before its origin the flexed end, after its end the flexed end (each with its corner)."""
        k = max(bisect_right(self._starts, since_s) - 1, 0)
        u = since_s - self._starts[k]
        place: float = self._places[k] + u * (self._speeds[k] + u * self._bends[k])
        return place

    def angle_deg(self, since_s: float, *, repeat: bool) -> float:
        """The angle at a time since the origin; with `repeat` cycle after cycle, else resting at the flexed end after one."""
        if not repeat:
            since_s = min(since_s, self._rest_s)
        elif since_s > 0.0:
            since_s %= self.cycle_s
        return self.range.flexion_deg - self.progress(since_s) * self._span_deg

    def cycle_deg(self, since_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """One cycle at many times at once: angle_deg(..., repeat=False) of each, shape (n,)."""
        starts, places, speeds, bends = self._columns
        since = np.minimum(since_s, self._rest_s)
        k = np.maximum(np.searchsorted(starts, since, side="right") - 1, 0)
        u = since - starts[k]
        place: NDArray[np.float64] = places[k] + u * (speeds[k] + u * bends[k])
        return self.range.flexion_deg - place * self._span_deg

    def unrounded_s(self, progress_from: float, progress_to: float) -> float:
        """The cue's own time between two places of one ramp, without corners (contract 3, like with like)."""
        travel = progress_to - progress_from
        return travel * self.tempo.extension_s if travel >= 0.0 else -travel * self.tempo.flexion_s
