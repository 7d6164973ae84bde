"""From what the sensors say to the contract's angle and torque: scale, offset, sign, tare, and the swept gravity curve."""

from typing import Annotated, Any, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge_agent.boot import uuid7
from edge_agent.drivers.driver import Samples
from edge_agent.gravity import GravityCurve, Refused, fit

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


class Travel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the machine's own stops are, deg as in the samples (0 = full extension, positive toward flexion)."""

    extension_deg: float
    flexion_deg: float


class Measured(msgspec.Struct, frozen=True):
    """What `tare` and `sweep` found; kept in a file so that a restart doesn't forget it."""

    tare_nm: float = 0.0
    tare_id: str | None = None
    curve: GravityCurve | None = None


class Calibration:
    """The calibration of one machine: the channels are set for good, tare and curve by command."""

    def __init__(
        self,
        angle: Channel | None = None,
        torque: Channel | None = None,
        measured: Measured | None = None,
        travel: Travel | None = None,
    ) -> None:
        self.angle = angle or Channel()
        self.torque = torque or Channel()
        self.measured = measured or Measured()
        self.travel = travel

    def sensors(self, samples: Samples) -> Corrected:
        """Angle in degrees and the sensor's own torque in Nm: scale, offset and sign only."""
        return Corrected(samples.t_ns, self.angle.value(samples.angle_deg), self.torque.value(samples.torque_nm), dict(samples.extra))

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
        """For `status.calibration`: every number that stands between sensor and sample, the curve's id, and the stops if known."""
        measured = self.measured
        return {
            "angle": msgspec.to_builtins(self.angle),
            "torque": msgspec.to_builtins(self.torque),
            "tare": None if measured.tare_id is None else {"id": measured.tare_id, "torque_nm": measured.tare_nm},
            "curve": None if measured.curve is None else measured.curve.id,
            **({} if self.travel is None else {"travel": msgspec.to_builtins(self.travel)}),
        }


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


def sweep(sensors: Corrected, measured: Measured, *, locked: bool = False) -> Measured:
    """The gravity curve from a slow passive movement there and back, twice, above the measured tare.

    `locked`: the counterweight is locked and carries the body. Raises Refused with what to do and the figures (`gravity.fit`).
    """
    good = ~(np.isnan(sensors.torque_nm) | np.isnan(sensors.angle_deg))
    angle = sensors.angle_deg[good].astype(np.float64)
    torque = sensors.torque_nm[good].astype(np.float64) - measured.tare_nm
    curve = fit(sensors.t_ns[good] / 1e9, angle, torque, name=uuid7(), locked=locked)
    return msgspec.structs.replace(measured, curve=curve)
