"""The sensors: what an encoder and a load cell make of angle and torque (detection 11)."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class SensorSettings:
    """Standard deviation of the noise, and the converter's step, by channel."""

    angle_noise_deg: float = 0.03
    angle_step_deg: float = 0.02
    torque_noise_nm: float = 0.4
    torque_step_nm: float = 0.05


class Sensor:
    """White noise, then the quantum of the converter."""

    __slots__ = ("_gauss", "_settings")

    def __init__(self, settings: SensorSettings, random: Random) -> None:
        self._settings = settings
        self._gauss = random.gauss

    def read(self, angle_deg: float, torque_nm: float) -> tuple[float, float]:
        """What the converters give for the true angle and torque."""
        settings, gauss = self._settings, self._gauss
        angle = round(gauss(angle_deg, settings.angle_noise_deg) / settings.angle_step_deg) * settings.angle_step_deg
        torque = round(gauss(torque_nm, settings.torque_noise_nm) / settings.torque_step_nm) * settings.torque_step_nm
        return angle, torque
