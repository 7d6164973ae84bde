"""Who exercises: a handful of people, each a record of how they move and how strong they are for the load."""

from dataclasses import dataclass, field

from edge_agent.simulator.machine import MachineSettings
from edge_agent.simulator.muscle import MuscleSettings


@dataclass(frozen=True, slots=True)
class Character:
    """One person. Times in s, angles in deg. `load_share`: the load over the rested strength where that is scarcest.

    `pace_*` multiply the plan's times; `follows` the cue's starts or only the own pace; `sd_*` are standard deviations
    (ranges: detection 11, tracker).
    """

    load_share: float
    follows: bool = True
    pace_extension: float = 1.0
    pace_hold: float = 1.0
    pace_flexion: float = 1.0
    pace_turn: float = 1.0
    delay_s: float = 0.10
    """Behind the cue's starts once they are learnt; the first repetitions come up to `more_delay_s` later."""
    more_delay_s: float = 0.0
    sd_delay_s: float = 0.05
    sd_duration: float = 0.03
    sd_end: float = 0.006
    """Of the range: where a movement ends."""
    inset: float = 0.012
    """Of the range: people stay this much inside the lines they see."""
    sway_deg: float = 0.15
    shape: float = 0.0
    """Of the intended movement: 0 steady speed, 1 minimum jerk."""
    ripple: float = 0.0
    """Sub-movements: change of speed over speed."""
    ripple_hz: float = 2.0
    intent_per_s: float = 12.0
    """Both poles of the intended movement: corners as soft as a person's."""
    stiffness_per_s: float = 7.5
    """The body's own frequency on the lever, rad/s."""
    damping: float = 0.8
    """Share of critical."""
    ease: float = 0.5
    """Of the friction: how much of a held load people let it carry."""
    tremor: float = 0.01
    """Torque of the tremor over torque, when fully loaded and fresh."""
    tremor_hz: float = 9.0
    sd_effort: float = 0.01
    """Of the capacity: how much of it a straining person finds from moment to moment."""
    surge: float = 0.04
    """Of the capacity: what a push at a standstill adds."""
    patience_s: tuple[float, float] = (1.5, 4.0)
    """At a standstill, before giving up; with the slow-down before 1-5 s (detection 11)."""
    spent: float = 0.0
    """Chance of having nothing left for the hold, after a standstill that was overcome."""
    again: float = 0.3
    """Chance of trying once more after a failed extension."""
    drops: float = 0.25
    """Chance of dropping instead of lowering what could not be lifted."""
    muscle: MuscleSettings = field(default_factory=MuscleSettings)
    machine: MachineSettings = field(default_factory=MachineSettings)
    sd_form: float = 0.025
    """Of the strength, from set to set."""
    load_nm: float = 120.0
    """Where the plan names none."""
    pain: tuple[int, int] | None = None
    """Lets go for pain in one of these repetitions, and presses the pain button."""
    breaks: bool = False
    """The angle sensor fails in every set: sticks, later gives no reading."""


CHARACTERS = {
    "steady": Character(load_share=0.42),
    "hurried": Character(
        load_share=0.40,
        follows=False,
        pace_extension=0.62,
        pace_hold=0.45,
        pace_flexion=0.65,
        pace_turn=0.6,
        sd_duration=0.08,
        sd_end=0.012,
        load_nm=90.0,
    ),
    "tires": Character(
        load_share=0.67,
        sd_duration=0.04,
        sway_deg=0.2,
        tremor=0.02,
        load_nm=160.0,
        patience_s=(2.2, 4.0),
        muscle=MuscleSettings(ratio=1.9, half_deg_s=60.0),
    ),
    "strong": Character(load_share=0.30, delay_s=0.06, sd_duration=0.02, sd_end=0.004, sway_deg=0.1, load_nm=240.0),
    "stops_for_pain": Character(load_share=0.50, delay_s=0.15, sd_duration=0.05, sway_deg=0.2, load_nm=100.0, pain=(4, 6)),
    "sensor_breaks": Character(load_share=0.45, load_nm=110.0, breaks=True),
}
"""`steady` follows the cue to the last repetition; `hurried` goes ahead of it; `tires` fails around repetition 5-9; `strong` could go on
for long; `stops_for_pain` lets go in one of the repetitions 4-6; of `sensor_breaks` the angle is lost for some seconds of each set."""
