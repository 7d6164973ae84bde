"""The cue: where to be at which time (contract 3). The dashboard draws the same path; golden values keep them equal."""

import numpy as np
from numpy.typing import NDArray

from wire.plan import Plan

CORNER_MOST_S = 0.4
CORNER_SHARE = 0.1


class Cue:
    """One cycle of the cue as progress (0 flexed, 1 extended) and angle over the time since its origin.

    Ramp over `extension_s`, level for `hold_s`, ramp over `flexion_s`, level for `turn_s`; parabolic corners of width min(0.4 s, 0.1 of the
    shorter adjoining phase), none beside a phase of zero length (contract 3).
    """

    def __init__(self, plan: Plan) -> None:
        tempo = plan.tempo
        self.range = plan.range
        self.tempo = tempo
        lengths = (tempo.extension_s, tempo.hold_s, tempo.flexion_s, tempo.turn_s)
        self.cycle_s = sum(lengths)
        slopes = (1.0 / tempo.extension_s, 0.0, -1.0 / tempo.flexion_s, 0.0)
        ends = (tempo.extension_s, tempo.extension_s + tempo.hold_s, tempo.extension_s + tempo.hold_s + tempo.flexion_s, self.cycle_s)
        levels = (1.0, 1.0, 0.0, 0.0)
        # (time, progress, slope before, slope after, width) of each corner; the last one is the next cycle's first as well.
        self._corners = [
            (ends[k], levels[k], slopes[k], slopes[(k + 1) % 4], min(CORNER_MOST_S, CORNER_SHARE * min(lengths[k], lengths[(k + 1) % 4])))
            for k in range(4)
        ]
        self._pieces = list(zip(ends, slopes, levels, strict=True))

    def progress(self, since_s: float) -> float:
        """Progress one cycle long: before its origin the flexed end, after its end the flexed end (each with its corner)."""
        for at, level, before, after, width in (*self._corners, (0.0, 0.0, 0.0, self._pieces[0][1], self._corners[3][4])):
            u = since_s - at
            if 2.0 * abs(u) < width:
                return level + before * u + (after - before) * (u + 0.5 * width) ** 2 / (2.0 * width)
        if since_s <= 0.0:
            return 0.0
        for end, slope, level in self._pieces:
            if since_s < end:
                return level + slope * (since_s - end)
        return 0.0

    def angle_deg(self, since_s: float, *, repeat: bool) -> float:
        """The angle at a time since the origin; with `repeat` cycle after cycle, else resting at the flexed end after one."""
        if repeat and since_s > 0.0:
            since_s %= self.cycle_s
        elif not repeat:
            # One cycle alone: no corner into a second one.
            since_s = min(since_s, self.cycle_s - 0.5 * self._corners[3][4])
        return self.range.flexion_deg - self.progress(since_s) * (self.range.flexion_deg - self.range.extension_deg)

    def cycle_deg(self, since_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """One cycle at many times at once: angle_deg(..., repeat=False) of each, shape (n,)."""
        last = self._corners[3]
        since = np.minimum(since_s, self.cycle_s - 0.5 * last[4])
        ends = [end for end, _, _ in self._pieces]
        place = np.interp(since, [0.0, *ends], [0.0, *(level for _, _, level in self._pieces)])
        for at, level, before, after, width in (*self._corners, (0.0, 0.0, 0.0, self._pieces[0][1], last[4])):
            u = since - at
            near = 2.0 * np.abs(u) < width
            if near.any():
                place[near] = level + before * u[near] + (after - before) * (u[near] + 0.5 * width) ** 2 / (2.0 * width)
        return self.range.flexion_deg - place * (self.range.flexion_deg - self.range.extension_deg)

    def unrounded_s(self, progress_from: float, progress_to: float) -> float:
        """The cue's own time between two places of one ramp, without corners (contract 3, like with like)."""
        travel = progress_to - progress_from
        return travel * self.tempo.extension_s if travel >= 0.0 else -travel * self.tempo.flexion_s
