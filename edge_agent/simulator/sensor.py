"""The sensors: what an encoder and a load cell make of angle and torque, sample by sample (detection 11)."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SensorSettings:
    """By channel: standard deviation of the noise, the converter's step, the play between two directions.

    `torque_bend` is the greatest nonlinearity, Nm, over `torque_span_nm`; `tare_nm_per_s` a slow drift of the torque's zero.
    """

    angle_noise_deg: float = 0.03
    angle_step_deg: float = 0.02
    angle_play_deg: float = 0.0
    torque_noise_nm: float = 0.4
    torque_step_nm: float = 0.05
    torque_play_nm: float = 0.0
    torque_bend_nm: float = 0.0
    torque_span_nm: float = 500.0
    tare_nm_per_s: float = 0.0


class Sensor:
    """Bend, play, drift, white noise, then the converter's step. Nothing here depends on how the samples are cut."""

    __slots__ = ("_angle", "_settings", "_torque")

    def __init__(self, settings: SensorSettings, seed: list[int]) -> None:
        self._settings = settings
        self._angle: Generator = np.random.Generator(np.random.PCG64([*seed, 0]))
        self._torque: Generator = np.random.Generator(np.random.PCG64([*seed, 1]))

    def read(self, t_s: Floats, angle_deg: Floats, speed_deg_s: Floats, torque_nm: Floats) -> tuple[Floats, Floats]:
        """What the converters give for the true angle and torque of the next samples. Inputs and outputs of shape (n,).

        The play follows the direction of the movement (it is most of what a load cell's hysteresis does here, too).
        """
        settings, n = self._settings, len(t_s)
        way = np.clip(speed_deg_s, -1.0, 1.0) if settings.angle_play_deg or settings.torque_play_nm else 0.0
        angle = angle_deg + settings.angle_noise_deg * self._angle.standard_normal(n) - 0.5 * settings.angle_play_deg * way
        torque = torque_nm + settings.torque_noise_nm * self._torque.standard_normal(n) + 0.5 * settings.torque_play_nm * way
        if settings.torque_bend_nm:
            share = torque_nm / settings.torque_span_nm
            torque += settings.torque_bend_nm * 4.0 * share * (1.0 - share)
        if settings.tare_nm_per_s:
            torque += settings.tare_nm_per_s * t_s
        return (
            np.rint(angle / settings.angle_step_deg) * settings.angle_step_deg,
            np.rint(torque / settings.torque_step_nm) * settings.torque_step_nm,
        )


def between(t_s: Floats, first_s: float, step_s: float, values: Floats, slopes: Floats | None = None) -> Floats:
    """Values at the times `t_s` from those a step apart, the first at `first_s`: cubic, by the slopes, or by the neighbours' ones.

    Times lie within the second and the last but one value.
    """
    place = (t_s - first_s) / step_s
    index = np.clip(place.astype(np.int64), 1, len(values) - 3)
    u = place - index
    before, after = values[index], values[index + 1]
    if slopes is None:
        rise, fall = 0.5 * (after - values[index - 1]), 0.5 * (values[index + 2] - before)
    else:
        rise, fall = slopes[index] * step_s, slopes[index + 1] * step_s
    change = after - before
    bend = rise + fall - 2.0 * change
    return before + u * (rise + u * (change - rise - bend + u * bend))
