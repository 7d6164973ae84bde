"""The machine: a lever with inertia, friction and a cam between its rest and its end pin. Position is `lift`, degrees up from rest."""

import math
from dataclasses import dataclass

from wire.plan import Range

DEGREES = 180.0 / math.pi
FULL_DEG = 72.0
"""Full flexion (contract 1)."""
PIN_NM_PER_DEG = 60.0
PIN_NM_S_PER_DEG = 6.0
CONTACT_DAMPING = 0.4
"""Share of critical: the stack's rubber."""
CREEP_DEG_S = 0.3
"""Speed scale of the friction that grows with speed (detection 11)."""


@dataclass(frozen=True, slots=True)
class MachineSettings:
    """One machine of the ranges of detection 11. `gravity_nm` is what the sensor sees of a body, at 90 deg from upright."""

    inertia_kg_m2: float = 12.0
    friction_nm: float = 3.0
    sticking: float = 0.5
    """Share of the friction that is dry: it holds a lever that stands."""
    damping_nm_s_per_deg: float = 0.1
    cam: float = 1.3
    """Torque at full flexion (72 deg) over torque at full extension; over a shorter range less."""
    cam_hump: float = 0.12
    """How much heavier the middle is than the straight line between the ends: where people get stuck."""
    slack_deg: float = 0.9
    """The stack's weight comes onto the lever over this angle above rest: slack, and the cable's stretch."""
    gap_deg: float = 0.9
    """The lever rests so far beyond the range's flexed end; what is left of a longer slack lies within the range."""
    restitution: float = 0.15
    """Of the stack's touch at rest."""
    pin: float = 1.06
    """End pin, in ranges from the flexed end."""
    gravity_nm: float = 0.0


class Machine:
    """The lever's state: `lift_deg`, `speed_deg_s` (positive in extension), and the stack's torque there, `load_nm`."""

    __slots__ = (
        "_contact_nm_s_per_deg",
        "_damping",
        "_dry",
        "_fall_nm",
        "_flexed_nm",
        "_hump_nm",
        "_pace",
        "_reach",
        "_slack_deg",
        "_wet",
        "gap_deg",
        "lift_deg",
        "load_nm",
        "pin_deg",
        "range_deg",
        "rest_deg",
        "settings",
        "speed_deg_s",
    )

    def __init__(self, settings: MachineSettings, reach: Range, load_nm: float) -> None:
        self.settings = settings
        self._reach = reach
        self.gap_deg = min(settings.slack_deg, settings.gap_deg)
        self.rest_deg = reach.flexion_deg + self.gap_deg
        self.range_deg = reach.flexion_deg - reach.extension_deg
        self.lift_deg = 0.0
        self.speed_deg_s = 0.0
        self.load_nm = 0.0
        self._slack_deg = settings.slack_deg
        self.pin_deg = self.gap_deg + settings.pin * self.range_deg
        self._pace = DEGREES / settings.inertia_kg_m2
        self._dry = settings.friction_nm * settings.sticking
        self._wet = settings.friction_nm * (1.0 - settings.sticking)
        self._damping = settings.damping_nm_s_per_deg
        self.put_load(load_nm)

    def put_load(self, load_nm: float) -> None:
        """Choose the weight: `load_nm` is its mean torque over the range."""
        settings = self.settings
        bent = (settings.cam - 1.0) / FULL_DEG
        flexed, extended = 1.0 + bent * self._reach.flexion_deg, 1.0 + bent * self._reach.extension_deg
        slope = 2.0 * (flexed - extended) / (flexed + extended)
        self._fall_nm = load_nm * slope
        self._hump_nm = load_nm * settings.cam_hump
        self._flexed_nm = load_nm * (1.0 + slope / 2.0 - settings.cam_hump * 2.0 / math.pi)
        critical = 2.0 * math.sqrt(load_nm / math.radians(settings.slack_deg) * settings.inertia_kg_m2)
        self._contact_nm_s_per_deg = CONTACT_DAMPING * math.radians(critical)
        self.load_nm = self.load_at(self.lift_deg)

    @property
    def angle_deg(self) -> float:
        """As the contract counts: 0 = full extension."""
        return self.rest_deg - self.lift_deg

    @property
    def progress(self) -> float:
        """Share of the range from its flexed end: below 0 at rest."""
        return (self.lift_deg - self.gap_deg) / self.range_deg

    def load_at(self, lift_deg: float) -> float:
        """Torque of the stack through the cam, Nm: heavier flexed than extended, with a hump between; its mean is the load."""
        if lift_deg <= 0.0:
            return 0.0
        share = (lift_deg - self.gap_deg) / self.range_deg
        share = 0.0 if share < 0.0 else min(share, 1.0)
        load = self._flexed_nm - self._fall_nm * share + self._hump_nm * math.sin(math.pi * share)
        return load * lift_deg / self._slack_deg if lift_deg < self._slack_deg else load

    def step(self, torque_nm: float, dt_s: float) -> None:
        """Let a torque act for `dt_s` (at most 10 ms). What brakes is taken at the end of the step, so that nothing rings.

        Source: detection 11, machine (a); its friction is split into a dry part and one that grows with speed.
        """
        lift, speed = self.lift_deg, self.speed_deg_s
        net, brake = torque_nm - self.load_nm, self._damping
        if lift < self._slack_deg:
            brake += self._contact_nm_s_per_deg
        elif lift > self.pin_deg:
            net -= PIN_NM_PER_DEG * (lift - self.pin_deg)
            brake += PIN_NM_S_PER_DEG
        size = abs(speed)
        if size < 1.2:
            wet = math.tanh(size / CREEP_DEG_S)
            brake += self._wet * (wet / size if size > 1e-6 else 1.0 / CREEP_DEG_S)
        else:
            brake += self._wet / size
        pace = self._pace * dt_s
        speed += net * pace
        dry = self._dry * pace
        if speed > dry:
            speed = (speed - dry) / (1.0 + brake * pace)
        elif speed < -dry:
            speed = (speed + dry) / (1.0 + brake * pace)
        else:
            speed = 0.0
        lift += speed * dt_s
        if lift < 0.0:
            lift, speed = 0.0, max(0.0, -self.settings.restitution * speed)
        self.lift_deg, self.speed_deg_s = lift, speed
        self.load_nm = self.load_at(lift)

    def place(self, lift_deg: float) -> None:
        """Stand there, still."""
        self.lift_deg, self.speed_deg_s = lift_deg, 0.0
        self.load_nm = self.load_at(lift_deg)
