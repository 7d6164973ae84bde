"""The back's strength: by angle, by speed, and by fatigue in three compartments."""

import math
from dataclasses import dataclass

from edge_agent.simulator.machine import FULL_DEG

ECCENTRIC_DEG_S = 15.0


@dataclass(frozen=True, slots=True)
class MuscleSettings:
    """`ratio`: strength at full flexion over strength at full extension (1.4-2.4, detection 11).

    Fatigue and recovery rates per second: F = 0.0076/s and R = 0.05-0.1 F reproduce published repetitions to failure (detection 11).
    """

    ratio: float = 1.5
    fatigue_per_s: float = 0.0076
    recovery_per_s: float = 0.00057
    half_deg_s: float = 180.0
    """Speed of extension at which half the strength is left: 1 / (1 + v / this) (detection 11 has 250/3: decision 0023)."""
    eccentric_gain: float = 1.3
    """Strength in flexion over strength standing still (1.15-1.4)."""
    eccentric_cost: float = 0.65
    turn_cost: float = 0.3


class Muscle:
    """Rested, active and fatigued shares of one muscle (their sum is 1); active follows the demand at once."""

    __slots__ = ("_extended_nm", "_gain", "_half_deg_s", "_slope_nm", "fatigued", "settings")

    def __init__(self, settings: MuscleSettings, extended_nm: float) -> None:
        self.settings = settings
        self._extended_nm = extended_nm
        self._slope_nm = extended_nm * (settings.ratio - 1.0) / FULL_DEG
        self._half_deg_s = settings.half_deg_s
        self._gain = settings.eccentric_gain - 1.0
        self.fatigued = 0.0

    def rested_nm(self, angle_deg: float, speed_deg_s: float) -> float:
        """Torque of the rested muscle. Force-velocity: 1/(1 + v/half) in extension, up to `eccentric_gain` in flexion (detection 11)."""
        strength = self._extended_nm + self._slope_nm * angle_deg
        if speed_deg_s > 0.0:
            return strength / (1.0 + speed_deg_s / self._half_deg_s)
        share = -speed_deg_s / ECCENTRIC_DEG_S
        return strength * (1.0 + self._gain * (min(1.0, share)))

    def capacity_nm(self, angle_deg: float, speed_deg_s: float) -> float:
        """The most it can do now."""
        return self.rested_nm(angle_deg, speed_deg_s) * (1.0 - self.fatigued)

    def work(self, torque_nm: float, rested_nm: float, cost: float, dt_s: float) -> None:
        """Tire by what was done: d fatigued = F x active - R x fatigued."""
        settings = self.settings
        active = torque_nm / rested_nm
        self.fatigued += (settings.fatigue_per_s * cost * (min(1.0, active)) - settings.recovery_per_s * self.fatigued) * dt_s

    def rest(self, seconds: float) -> None:
        """Recover."""
        self.fatigued *= math.exp(-self.settings.recovery_per_s * seconds)
