"""Who exercises: a handful of people, each a record of how they move and how strong they are for the load."""

from dataclasses import dataclass, field

from edge_agent.simulator.machine import MachineSettings
from edge_agent.simulator.muscle import MuscleSettings


@dataclass(frozen=True, slots=True)
class Character:
    """One person. Times in s, angles in deg. `load_share`: the load over the rested strength where that is scarcest.

    `pace` multiplies the plan's times; `follows` the cue's starts or only the own pace; `sd_*` are standard deviations
    (ranges: detection 11, tracker).
    """

    load_share: float
    follows: bool = True
    pace_extension: float = 1.0
    pace_hold: float = 1.0
    pace_flexion: float = 1.0
    pace_turn: float = 1.0
    delay_s: float = 0.10
    sd_delay_s: float = 0.05
    sd_duration: float = 0.03
    sd_end: float = 0.006
    """Of the range: where a movement ends."""
    sway_deg: float = 0.15
    tremor: float = 0.01
    """Torque at 9 Hz over torque, when fully loaded and fresh."""
    again: float = 0.3
    """Chance of trying once more after a failed extension."""
    muscle: MuscleSettings = field(default_factory=MuscleSettings)
    machine: MachineSettings = field(default_factory=MachineSettings)
    sd_form: float = 0.025
    """Of the strength, from set to set."""
    load_nm: float = 120.0
    """Where the plan names none."""


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
    "tires": Character(load_share=0.70, sd_duration=0.04, sway_deg=0.2, tremor=0.02, load_nm=160.0, muscle=MuscleSettings(ratio=1.9)),
}
"""`steady` follows the cue to the last repetition; `hurried` goes ahead of it; `tires` fails around repetition 5-9."""
