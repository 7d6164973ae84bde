"""From what the sensors say to the contract's angle and torque: scale, offset, sign, tare, and the swept gravity curve."""

from typing import Annotated, Any, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge_agent.boot import uuid7
from edge_agent.drivers.driver import Samples

Floats = NDArray[np.float32]


class Corrected(NamedTuple):
    """Samples as they go out: columns of shape (n,), `torque_nm` net of tare and gravity, `extra` further float32 columns."""

    t_ns: NDArray[np.int64]
    angle_deg: Floats
    torque_nm: Floats
    extra: dict[str, Floats]

    def cut(self, start: int, end: int) -> "Corrected":
        """The samples from `start` up to `end`."""
        piece = slice(start, end)
        extra = {name: column[piece] for name, column in self.extra.items()}
        return Corrected(self.t_ns[piece], self.angle_deg[piece], self.torque_nm[piece], extra)


class Channel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """value = sign x scale x (reading - offset); `offset` in the sensor's own unit."""

    scale: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    offset: float = 0.0
    sign: Literal[1, -1] = 1

    @property
    def plain(self) -> bool:
        """True when it changes nothing."""
        return self.scale == 1.0 and self.offset == 0.0 and self.sign == 1

    def value(self, reading: Floats) -> Floats:
        """The readings, shape (n,), in the contract's unit."""
        if self.plain:
            return reading
        factor = self.sign * self.scale
        return ((reading.astype(np.float64) - self.offset) * factor).astype(np.float32)


class GravityCurve(msgspec.Struct, frozen=True):
    """Torque of the relaxed body by angle, as a sweep measured it: knots with rising angle, straight lines between.

    Beyond the outermost knots their torque holds. Source: detection 7 (the measured curve, not a sinusoid).
    """

    id: str
    angle_deg: tuple[float, ...]
    torque_nm: tuple[float, ...]
    friction_nm: float

    def at(self, angle_deg: Floats) -> NDArray[np.float64]:
        """Torque at these angles, Nm, shape (n,)."""
        return np.asarray(np.interp(angle_deg, self.angle_deg, self.torque_nm), np.float64)


class Measured(msgspec.Struct, frozen=True):
    """What `tare` and `sweep` found; kept in a file so that a restart doesn't forget it."""

    tare_nm: float = 0.0
    tare_id: str | None = None
    curve: GravityCurve | None = None


class Calibration:
    """The calibration of one machine: the channels are set for good, tare and curve by command."""

    def __init__(self, angle: Channel | None = None, torque: Channel | None = None, measured: Measured | None = None) -> None:
        self.angle = angle or Channel()
        self.torque = torque or Channel()
        self.measured = measured or Measured()

    def sensors(self, samples: Samples) -> Corrected:
        """Angle in degrees and the sensor's own torque in Nm: scale, offset and sign only."""
        return Corrected(samples.t_ns, self.angle.value(samples.angle_deg), self.torque.value(samples.torque_nm), {})

    def net(self, sensors: Corrected) -> Corrected:
        """Torque less tare and curve, the sensor's own beside it as `torque_raw`; unchanged where neither was measured."""
        measured = self.measured
        if measured.tare_id is None and measured.curve is None:
            return sensors
        torque = sensors.torque_nm.astype(np.float64) - measured.tare_nm
        if measured.curve is not None:
            torque -= measured.curve.at(sensors.angle_deg)
        extra = {**sensors.extra, "torque_raw": sensors.torque_nm}
        return Corrected(sensors.t_ns, sensors.angle_deg, torque.astype(np.float32), extra)

    def describe(self) -> dict[str, Any]:
        """For `status.calibration`: every number that stands between sensor and sample, and the curve's id."""
        measured = self.measured
        return {
            "angle": msgspec.to_builtins(self.angle),
            "torque": msgspec.to_builtins(self.torque),
            "tare": None if measured.tare_id is None else {"id": measured.tare_id, "torque_nm": measured.tare_nm},
            "curve": None if measured.curve is None else measured.curve.id,
        }


class Refused(Exception):
    """A tare or a sweep that can't be used, and why."""


def tare(sensors: Corrected) -> Measured:
    """The unloaded machine's torque from about a second at rest. Raises Refused when it wasn't at rest (detection 7)."""
    torque = sensors.torque_nm[~np.isnan(sensors.torque_nm)].astype(np.float64)
    if torque.size < 10:
        raise Refused("the torque sensor gives no reading")
    angle = sensors.angle_deg[~np.isnan(sensors.angle_deg)]
    if angle.size and float(np.ptp(angle)) > 1.0:
        raise Refused(f"the machine moved by {float(np.ptp(angle)):.1f} deg; it must stand still")
    spread = float(np.percentile(torque, 97.5) - np.percentile(torque, 2.5))
    if spread > 10.0:
        raise Refused(f"the torque varied by {spread:.1f} Nm; nobody may lean on the machine")
    # A new zero shifts the curve that was measured above the old one.
    return Measured(tare_nm=float(torque.mean()), tare_id=uuid7(), curve=None)


KNOT_DEG = 5.0
LEAST_RANGE_DEG = 15.0
GAP_NM = 8.0
RESIDUAL_NM = 3.0
"""Accept when up and down differ by <= 8 Nm and the residual RMS is <= 3 Nm (detection 7)."""


def sweep(sensors: Corrected, measured: Measured) -> Measured:
    """The gravity curve from a slow passive movement there and back. Raises Refused with what to do.

    Up and down are averaged bin by bin, which removes friction; half their difference is the friction (detection 7).
    """
    good = ~(np.isnan(sensors.torque_nm) | np.isnan(sensors.angle_deg))
    angle = sensors.angle_deg[good].astype(np.float64)
    torque = sensors.torque_nm[good].astype(np.float64) - measured.tare_nm
    t_s = sensors.t_ns[good] / 1e9
    if angle.size < 100:
        raise Refused("too few readings")
    speed = _speed(t_s, angle)
    low, high = float(angle.min()), float(angle.max())
    if high - low < LEAST_RANGE_DEG:
        raise Refused(f"the sweep covered {high - low:.0f} deg; at least {LEAST_RANGE_DEG:.0f} are needed")
    knots = np.linspace(low, high, max(3, round((high - low) / KNOT_DEG) + 1))
    nearest = np.rint((angle - low) / (knots[1] - knots[0])).astype(int)
    up, down = (_means(nearest[way], torque[way], len(knots)) for way in (speed < -0.3, speed > 0.3))
    both = ~(np.isnan(up) | np.isnan(down))
    if both.sum() < 3:
        raise Refused("the sweep must go there and back")
    gap = float(np.abs(up - down)[both].max())
    if gap > GAP_NM:
        raise Refused(f"there and back differ by {gap:.1f} Nm; the patient was not relaxed")
    knots, mean = knots[both], ((up + down) / 2)[both]
    moving = np.abs(speed) > 0.3
    friction = float(np.median((up - down)[both])) / 2
    residual = torque[moving] - np.interp(angle[moving], knots, mean) + np.sign(speed[moving]) * friction
    rms = float(np.sqrt(np.mean(residual**2)))
    if rms > RESIDUAL_NM:
        raise Refused(f"the readings scatter by {rms:.1f} Nm about the curve (at most {RESIDUAL_NM:.0f}); sweep slower, relaxed")
    curve = GravityCurve(uuid7(), tuple(map(float, knots)), tuple(map(float, mean)), friction)
    return msgspec.structs.replace(measured, curve=curve)


def _speed(t_s: NDArray[np.float64], angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Speed over about half a second, deg/s, shape (n,): noise of the angle must not decide the direction."""
    width = max(3, round(0.5 * len(t_s) / max(float(t_s[-1] - t_s[0]), 1e-9)))
    smooth = np.convolve(np.pad(angle, width // 2, mode="edge"), np.full(width, 1 / width), "same")[width // 2 :][: len(angle)]
    return np.asarray(np.gradient(smooth, np.maximum.accumulate(t_s + np.arange(len(t_s)) * 1e-9)), np.float64)


def _means(bins: NDArray[np.int_], torque: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    count = np.bincount(bins, minlength=n)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count >= 3, np.bincount(bins, torque, n) / count, np.nan)
