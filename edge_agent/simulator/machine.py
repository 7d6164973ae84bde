"""The machine: a lever with inertia, friction and a cam between its rest and its end pin. Position is `lift`, degrees up from rest."""

import math
from dataclasses import dataclass

from wire.plan import Range

DEGREES = 180.0 / math.pi
RESTITUTION = 0.15
"""Of the stack's touch at rest (detection 11: 0-0.3)."""
PIN_NM_PER_DEG = 60.0
CONTACT_DAMPING = 0.4
"""Share of critical: the stack's rubber."""


@dataclass(frozen=True, slots=True)
class MachineSettings:
    """One machine of the ranges of detection 11. `gravity_nm` is what the sensor sees of a body, at 90 deg from upright."""

    inertia_kg_m2: float = 12.0
    friction_nm: float = 3.0
    damping_nm_s_per_deg: float = 0.1
    cam: float = 1.3
    """Torque flexed over torque extended."""
    cam_hump: float = 0.12
    """How much heavier the middle is than the straight line between the ends: where people get stuck."""
    slack_deg: float = 0.9
    """The stack's weight comes onto the lever over this angle above rest."""
    pin: float = 1.06
    """End pin, in ranges from the flexed end."""
    gravity_nm: float = 0.0


class Machine:
    """The lever's state: `lift_deg`, `speed_deg_s` (positive in extension). Rest is `slack_deg` beyond the range's flexed end."""

    __slots__ = (
        "_contact_nm_s_per_deg",
        "_fall_nm",
        "_flexed_nm",
        "_hump_nm",
        "_pin_deg",
        "lift_deg",
        "range_deg",
        "rest_deg",
        "settings",
        "speed_deg_s",
    )

    def __init__(self, settings: MachineSettings, reach: Range, load_nm: float) -> None:
        self.settings = settings
        self.rest_deg = reach.flexion_deg + settings.slack_deg
        self.range_deg = reach.flexion_deg - reach.extension_deg
        self.lift_deg = 0.0
        self.speed_deg_s = 0.0
        self._pin_deg = settings.slack_deg + settings.pin * self.range_deg
        slope = 2.0 * (settings.cam - 1.0) / (settings.cam + 1.0)
        self._fall_nm = load_nm * slope
        self._hump_nm = load_nm * settings.cam_hump
        self._flexed_nm = load_nm * (1.0 + slope / 2.0 - settings.cam_hump * 2.0 / math.pi)
        critical = 2.0 * math.sqrt(load_nm / math.radians(settings.slack_deg) * settings.inertia_kg_m2)
        self._contact_nm_s_per_deg = CONTACT_DAMPING * math.radians(critical)

    @property
    def angle_deg(self) -> float:
        """As the contract counts: 0 = full extension."""
        return self.rest_deg - self.lift_deg

    @property
    def progress(self) -> float:
        """Share of the range from its flexed end: below 0 at rest."""
        return (self.lift_deg - self.settings.slack_deg) / self.range_deg

    def load_at(self, lift_deg: float) -> float:
        """Torque of the stack through the cam, Nm: heavier flexed than extended, with a hump between; its mean is the load."""
        slack_deg = self.settings.slack_deg
        if lift_deg <= 0.0:
            return 0.0
        share = (lift_deg - slack_deg) / self.range_deg
        if share <= 0.0:
            return self._flexed_nm * lift_deg / slack_deg
        share = min(share, 1.0)
        return self._flexed_nm - self._fall_nm * share + self._hump_nm * math.sin(math.pi * share)

    def step(self, torque_nm: float, dt_s: float) -> None:
        """Let the patient's torque act for `dt_s` (at most 10 ms). Source: detection 11, machine (a)."""
        settings, lift, speed = self.settings, self.lift_deg, self.speed_deg_s
        net = torque_nm - self.load_at(lift) - settings.friction_nm * math.tanh(speed / 0.3) - settings.damping_nm_s_per_deg * speed
        if lift < settings.slack_deg:
            net -= self._contact_nm_s_per_deg * speed
        elif lift > self._pin_deg:
            net -= PIN_NM_PER_DEG * (lift - self._pin_deg) + 2.0 * speed
        speed += net * DEGREES / settings.inertia_kg_m2 * dt_s
        lift += speed * dt_s
        if lift < 0.0:
            lift, speed = 0.0, max(0.0, -RESTITUTION * speed)
        self.lift_deg, self.speed_deg_s = lift, speed

    def carry(self, lift_deg: float, speed_deg_s: float) -> float:
        """Somebody moves the unloaded lever with a relaxed body on it. Returns the torque at the pad: friction alone, Nm."""
        self.lift_deg, self.speed_deg_s = lift_deg, speed_deg_s
        return self.settings.friction_nm * math.tanh(speed_deg_s / 0.3)

    def gravity_nm(self) -> float:
        """What the sensor sees of the body's weight here, Nm (detection 7)."""
        return self.settings.gravity_nm * math.sin(math.radians(self.angle_deg))
