"""Three causal paths from the same raw sample (detection.md 3.2): safety, display, detection. Exact under jitter."""

import math

from service.analysis.parameters import Parameters

POLE_SHARE = math.sqrt(math.sqrt(2.0) - 1.0)
"""-3 dB of two equal poles lies at this share of a pole's own frequency: |H|^2 = (1 + (f/fp)^2)^-2 = 1/2."""


def median3(a: float, b: float, c: float) -> float:
    """The middle one of three numbers."""
    return max(min(a, b), min(max(a, b), c))


def delay_s(cutoff_hz: float, period_s: float) -> float:
    """Delay of the critically damped two-pole at low frequency: 2 (1 - a) / (a fs), detection.md 3.2."""
    a = -math.expm1(-2.0 * math.pi * cutoff_hz / POLE_SHARE * period_s)
    return 2.0 * (1.0 - a) / a * period_s


class TwoPole:
    """A critically damped two-pole low-pass, -3 dB at `cutoff_hz`; each pole uses a = 1 - exp(-w dt).

    It starts at its first value (no ringing). `slope` is its exact derivative: (y2[k] - y2[k-1]) / dt = a (y1[k] - y2[k-1]) / dt.
    """

    __slots__ = ("_a", "_dt", "_w", "slope", "started", "y1", "y2")

    def __init__(self, cutoff_hz: float) -> None:
        self._w = 2.0 * math.pi * cutoff_hz / POLE_SHARE
        self._dt = self._a = 0.0
        self.y1 = self.y2 = self.slope = 0.0
        self.started = False

    def step(self, x: float, dt: float) -> float:
        """The value after one more sample `x`, `dt` seconds (> 0) after the one before."""
        if not self.started:
            self.started = True
            self.y1 = self.y2 = x
            return x
        if dt != self._dt:
            self._dt = dt
            self._a = -math.expm1(-self._w * dt)
        a = self._a
        y1 = self.y1 = self.y1 + a * (x - self.y1)
        rise = a * (y1 - self.y2)
        self.slope = rise / dt
        self.y2 += rise
        return self.y2


class OnePole:
    """One pole at `cutoff_hz`, exact under jitter; starts at its first value."""

    __slots__ = ("_a", "_dt", "_w", "started", "y")

    def __init__(self, cutoff_hz: float) -> None:
        self._w = 2.0 * math.pi * cutoff_hz
        self._dt = self._a = 0.0
        self.y = 0.0
        self.started = False

    def step(self, x: float, dt: float) -> float:
        """The value after one more sample `x`, `dt` seconds (> 0) after the one before."""
        if not self.started:
            self.started = True
            self.y = x
            return x
        if dt != self._dt:
            self._dt = dt
            self._a = -math.expm1(-self._w * dt)
        self.y += self._a * (x - self.y)
        return self.y


class Paths:
    """The three paths of one signal pair, fed reading by reading.

    After `step`: `safety_deg` (median of 3, one sample late), `shown_deg` and `shown_nm` (display), `detected_deg` (detection),
    `speed_deg_s` (derivative of the angle: negative while extending). A torque that is not a number leaves `shown_nm` NaN for that sample.
    """

    __slots__ = (
        "_before",
        "_detect",
        "_display",
        "_parameters",
        "_period",
        "_raw",
        "_speed",
        "_torque",
        "_torque_s",
        "detected_deg",
        "detection_delay_ns",
        "display_delay_ns",
        "safety_deg",
        "shown_deg",
        "shown_nm",
        "speed_deg_s",
    )

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._display = TwoPole(parameters.display_hz)
        self._torque = TwoPole(parameters.display_hz)
        self._detect = TwoPole(parameters.detection_hz)
        self._speed = OnePole(parameters.speed_hz)
        self._raw = self._before = math.nan
        self._period = 0.0
        self._torque_s = 0.0
        self.safety_deg = self.shown_deg = self.shown_nm = self.detected_deg = math.nan
        self.speed_deg_s = 0.0
        self.detection_delay_ns = self.display_delay_ns = 0

    def _pace(self, period_s: float) -> None:
        """The sampling period as it now stands, and the delays that follow from it."""
        self._period = period_s
        self.display_delay_ns = round(delay_s(self._parameters.display_hz, period_s) * 1e9)
        self.detection_delay_ns = round(delay_s(self._parameters.detection_hz, period_s) * 1e9)

    def step(self, angle_deg: float, torque_nm: float, dt: float) -> None:
        """One more finite angle, `dt` seconds after the angle before (ignored for the first)."""
        if not self._display.started:
            self._raw = self._before = angle_deg
        elif self._period == 0.0:
            self._pace(dt)
        elif dt < self._parameters.period_gap * self._period and dt != self._period:
            self._pace(self._period + self._parameters.period_share * (dt - self._period))
        self.safety_deg = median3(self._before, self._raw, angle_deg)
        self._before, self._raw = self._raw, angle_deg
        self.shown_deg = self._display.step(angle_deg, dt)
        self.detected_deg = self._detect.step(angle_deg, dt)
        self.speed_deg_s = self._speed.step(self._detect.slope, dt)
        self._torque_s += dt
        if math.isfinite(torque_nm):
            self.shown_nm = self._torque.step(torque_nm, self._torque_s)
            self._torque_s = 0.0
        else:
            self.shown_nm = math.nan
