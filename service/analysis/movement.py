"""Movement: what opens a session where there is no plan (contract 1, decision 0001)."""

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

from service.analysis.filters import median3
from service.analysis.parameters import Parameters


class Movement:
    """True once the angle (median of 3) has travelled `movement_deg` within `movement_window_s`.

    The rule looks at its window alone, so a session that is fed from `window_ns` before the moment finds the same moment.
    """

    def __init__(self, parameters: Parameters) -> None:
        self._travel = parameters.movement_deg
        self._span_ns = round(parameters.movement_window_s * 1e9)
        self.window_ns = self._span_ns + 1_000_000_000
        self._last_ns: int | None = None
        self._raw: deque[float] = deque(maxlen=3)
        self._least: deque[tuple[int, float]] = deque()
        self._most: deque[tuple[int, float]] = deque()
        self.moving = False

    @property
    def last_ns(self) -> int | None:
        """Time of the newest reading; None before the first."""
        return self._last_ns

    @property
    def from_ns(self) -> int:
        """Where the window of the newest sample begins."""
        return (self._last_ns or 0) - self._span_ns

    def feed(self, t_ns: NDArray[np.int64], angle_deg: NDArray[np.float32]) -> bool:
        """True once movement has started in n samples (ns, degrees). No reading, or a time that does not rise, is passed over."""
        return any(self.step(t, angle) for t, angle in zip(t_ns.tolist(), angle_deg.tolist(), strict=True))

    def step(self, t_ns: int, angle_deg: float) -> bool:
        """One sample; see feed."""
        if not math.isfinite(angle_deg) or (self._last_ns is not None and t_ns <= self._last_ns):
            return self.moving
        self._last_ns = t_ns
        raw = self._raw
        raw.append(angle_deg)
        if len(raw) < 3:
            return self.moving
        middle = median3(*raw)
        least, most = self._least, self._most
        while least and least[-1][1] >= middle:
            least.pop()
        least.append((t_ns, middle))
        while most and most[-1][1] <= middle:
            most.pop()
        most.append((t_ns, middle))
        begin = t_ns - self._span_ns
        while least[0][0] < begin:
            least.popleft()
        while most[0][0] < begin:
            most.popleft()
        if most[0][1] - least[0][1] >= self._travel:
            self.moving = True
        return self.moving


class Awaited:
    """Movement that a session waits for, with the readings of its window: the analysis begins with them."""

    def __init__(self, parameters: Parameters) -> None:
        self._movement = Movement(parameters)
        self._readings: deque[tuple[int, float, float]] = deque()

    @property
    def last_ns(self) -> int | None:
        """Time of the newest reading; None before the first."""
        return self._movement.last_ns

    def step(self, t_ns: int, angle_deg: float, torque_nm: float) -> bool:
        """True once movement has started. Times (ns) rise, and the angle is a number."""
        self._readings.append((t_ns, angle_deg, torque_nm))
        moving = self._movement.step(t_ns, angle_deg)
        while self._readings[0][0] < self._movement.from_ns:
            self._readings.popleft()
        return moving

    def window(self) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]] | None:
        """Times ns, degrees and newton-metres of the readings; None before the first."""
        if not self._readings:
            return None
        t_ns, angle_deg, torque_nm = zip(*self._readings, strict=True)
        return np.array(t_ns, np.int64), np.array(angle_deg, np.float32), np.array(torque_nm, np.float32)
