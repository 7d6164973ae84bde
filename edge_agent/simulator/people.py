"""Who comes, to which machine, with which sensors: drawn from the ranges of detection 11."""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.random import Generator

from edge_agent.simulator.characters import Character
from edge_agent.simulator.drive import DriveSettings
from edge_agent.simulator.endurance import cycle_s, repetitions_to_failure
from edge_agent.simulator.machine import Machine, MachineSettings
from edge_agent.simulator.mover import strength_nm
from edge_agent.simulator.muscle import Muscle, MuscleSettings
from edge_agent.simulator.sensor import SensorSettings
from edge_agent.simulator.truth import PastSet
from wire.plan import Plan, Range, Repetitions, Tempo

Tier = Literal["clean", "varied", "hostile", "null"]
USUAL = Tempo(4.0, 2.0, 3.0, 1.0)
UNSTEADY = 0.05
"""Of the load: greatest unsteadiness of the torque."""
RUBBING = 0.08
"""Of the load: greatest friction."""
SOFT = 0.3
"""Of the load: greatest torque that a person puts into changing the lever's speed in an ordinary movement."""
LEAST_POLE = 4.5
"""Softest intended movement, 1/s."""
LEAST_LEFT, MOST_LEFT = 3, 18
"""Sets to failure are drawn between these numbers of repetitions: what a therapist would choose, and a bit around it."""


@dataclass(frozen=True, slots=True)
class Person:
    """One patient on one machine with one plan. `reach` is what the patient moves through, `plan.range` what was ordered.

    `left`: repetitions to failure by the muscle alone (None = more than anybody counts). `drive` where a motor sets the speed.
    """

    character: Character
    plan: Plan
    reach: Range
    load_nm: float
    drive: DriveSettings | None
    left: int | None


def draw_person(random: Generator, tier: Tier) -> Person:
    """A patient, the machine, the plan: a third women (detection 11, patient)."""
    women = random.random() < 1 / 3
    extension_deg = float(random.uniform(0.0, 8.0))
    range_deg = float(np.clip(random.normal(45.0, 12.0), 20.0, 72.0 - extension_deg))
    extended_nm = float(np.clip(np.exp(random.normal(math.log(95.0 if women else 170.0), 0.4)), 40.0, 320.0))
    reach = Range(round(extension_deg + range_deg, 1), round(extension_deg, 1))
    muscle = draw_muscle(random)
    machine = _draw_machine(random)
    # Cams follow the strength curve, but are flatter (detection 4.3): the flexed end is not the hardest place.
    machine = replace(machine, cam=min(machine.cam, 0.95 * muscle.ratio))
    motor = random.random() < 0.1
    to_failure = random.random() < 0.6
    tempo = USUAL if random.random() < 0.75 else _draw_tempo(random, reach)
    share, left = _share(random, muscle, machine, reach, tempo, to_failure=to_failure)
    # The load that is `share` of the strength where that is scarcest: extended, with a drive.
    load_nm = share * extended_nm if motor else 100.0 * extended_nm / strength_nm(muscle, Machine(machine, reach, 100.0), share)
    span = reach.flexion_deg - reach.extension_deg
    # Much of the inertia is body and stack, most of the friction the stack's: a light load goes with less of both.
    fitting = SOFT * load_nm * math.e / (LEAST_POLE * math.radians(span / min(tempo.extension_s, tempo.flexion_s)))
    friction_nm = min(machine.friction_nm, RUBBING * load_nm)
    machine = replace(machine, inertia_kg_m2=max(6.0, min(machine.inertia_kg_m2, fitting)), friction_nm=friction_nm)
    character = _draw_character(random, muscle, machine, share, tier, load_nm, (span / tempo.extension_s, span / tempo.flexion_s))
    most = int(random.integers(6, 13))
    if not to_failure and left is not None:
        most = max(3, min(most, left - 2))
    plan = Plan(
        range=reach,
        tempo=tempo,
        repetitions=Repetitions(12, 15) if to_failure else Repetitions(min(most, max(1, most - 3)), most),
        endpoint="failure" if to_failure else "repetitions",
        load_nm=round(load_nm, 1),
        resistance="motor" if motor else "stack",
    )
    return Person(character, plan, reach, load_nm, _draw_drive(random) if motor else None, left)


def draw_muscle(random: Generator) -> MuscleSettings:
    """Fatigue F lognormal about 0.0076/s with SD 0.3, R = 0.05-0.1 F; strength ratio 1.4-2.4 (detection 11)."""
    fatigue = 0.0076 * float(np.exp(random.normal(0.0, 0.3)))
    return MuscleSettings(
        ratio=float(random.uniform(1.4, 2.4)),
        fatigue_per_s=fatigue,
        recovery_per_s=fatigue * float(random.uniform(0.05, 0.1)),
        half_deg_s=float(random.uniform(83.0, 260.0)),
        eccentric_gain=float(random.uniform(1.15, 1.4)),
    )


def draw_sensor(random: Generator, tier: Tier, seconds: float) -> SensorSettings:
    """The sensors' ranges of detection 11; in `clean` their better half. Steps and noises spread evenly over their logarithm."""

    def spread(low: float, high: float) -> float:
        return float(np.exp(random.uniform(math.log(low), math.log(high))))

    clean = tier == "clean"
    tare = float(random.uniform(-2.0, 2.0)) / 60.0
    return SensorSettings(
        angle_noise_deg=spread(0.01, 0.06 if clean else 0.2),
        angle_step_deg=spread(0.02, 0.1 if clean else 0.5),
        angle_play_deg=float(random.uniform(0.0, 0.02 if clean else 0.06)),
        torque_noise_nm=spread(0.2, 1.0 if clean else 3.0),
        torque_step_nm=spread(0.02, 0.5),
        torque_play_nm=float(random.uniform(0.0, 1.0)),
        torque_bend_nm=float(random.uniform(-2.5, 2.5)),
        # Above 3 Nm from tare it is a fault (detection 6), and drawn as one.
        tare_nm_per_s=max(-2.0 / seconds, min(2.0 / seconds, tare)),
    )


def draw_past(random: Generator, person: Person) -> tuple[PastSet, ...]:
    """Up to four earlier sets to failure: loads a little lower, the form of other days."""
    if person.left is None or person.drive is not None or random.random() < 0.4:
        return ()
    character, found = person.character, []
    for back in range(int(random.integers(1, 5)), 0, -1):
        load_nm = round(person.load_nm * float(random.uniform(0.93, 1.02)) ** back, 1)
        machine = Machine(character.machine, person.reach, person.load_nm)
        strength = strength_nm(character.muscle, machine, character.load_share) * float(np.exp(random.normal(0.0, 0.03)))
        fatigue = character.muscle.fatigue_per_s * float(np.exp(random.normal(0.0, 0.08)))
        machine.put_load(load_nm)
        muscle = Muscle(replace(character.muscle, fatigue_per_s=fatigue), strength)
        repetitions = repetitions_to_failure(muscle, machine, person.plan.tempo)
        if repetitions:
            found.append(PastSet(load_nm, repetitions, cycle_s(person.plan.tempo)))
    return tuple(found)


def _share(
    random: Generator,
    muscle: MuscleSettings,
    machine: MachineSettings,
    reach: Range,
    tempo: Tempo,
    *,
    to_failure: bool,
) -> tuple[float, int | None]:
    """Load over strength where that is scarcest, 30-80 %, and the repetitions that it leaves."""
    share, left = 0.0, None
    for _ in range(8):
        share = float(random.uniform(0.45, 0.78) if to_failure else random.uniform(0.3, 0.65))
        at = Machine(machine, reach, 100.0)
        # Strength in units in which the scarcest place carries the load at exactly this share.
        strength = strength_nm(muscle, at, share)
        left = repetitions_to_failure(Muscle(muscle, strength), at, tempo, 40)
        if not to_failure or (left is not None and LEAST_LEFT <= left <= MOST_LEFT):
            break
    return share, left


def _draw_tempo(random: Generator, reach: Range) -> Tempo:
    span = reach.flexion_deg - reach.extension_deg
    return Tempo(
        round(float(max(random.uniform(2.0, 5.5), span / 25.0)), 1),
        round(float(random.uniform(0.6, 3.0)), 1),
        round(float(max(random.uniform(2.0, 4.5), span / 25.0)), 1),
        round(float(random.uniform(0.0, 2.0)), 1),
    )


def _draw_machine(random: Generator) -> MachineSettings:
    return MachineSettings(
        inertia_kg_m2=float(random.uniform(6.0, 25.0)),
        friction_nm=float(random.uniform(1.0, 6.0)),
        sticking=float(random.uniform(0.1, 0.9)),
        damping_nm_s_per_deg=float(random.uniform(0.05, 0.3)),
        cam=float(random.uniform(1.2, 1.6)),
        # Without a hump the hardest place is the extended end, and failures come near the top.
        cam_hump=float(random.uniform(0.0, 0.04) if random.random() < 0.4 else random.uniform(0.04, 0.2)),
        slack_deg=float(random.uniform(0.3, 1.2) if random.random() < 0.7 else random.uniform(1.2, 5.0)),
        gap_deg=float(random.uniform(0.1, 0.7)),
        restitution=float(random.uniform(0.0, 0.3)),
        pin=float(random.uniform(1.02, 1.10)),
    )


def _draw_drive(random: Generator) -> DriveSettings:
    return DriveSettings(
        loop_per_s=float(random.uniform(14.0, 28.0)),
        overshoot=float(random.uniform(0.0, 0.3)),
        ramp_s=float(random.uniform(0.15, 0.35)),
        ripple_nm=float(random.uniform(0.0, 3.0)),
        ripple_hz=float(random.uniform(5.0, 35.0)),
        arm_kg_m2=float(random.uniform(0.5, 2.5)),
    )


def _draw_character(
    random: Generator,
    muscle: MuscleSettings,
    machine: MachineSettings,
    share: float,
    tier: Tier,
    load_nm: float,
    speeds_deg_s: tuple[float, float],
) -> Character:
    stiffness_per_s, ripple_hz = float(random.uniform(5.5, 9.0)), float(random.uniform(1.0, 3.0))
    inertia = math.radians(machine.inertia_kg_m2)
    # People's force is unsteady by some per cent of itself: sway and sub-movements that would need more on this lever are smaller.
    most_deg = UNSTEADY * load_nm / (inertia * stiffness_per_s**2)
    most_ripple = UNSTEADY * load_nm / (inertia * speeds_deg_s[0] * math.tau * ripple_hz)
    # And they start and stop a heavy lever softly: the poles' greatest change of speed is speed x pole / e.
    softest = SOFT * load_nm * math.e / (inertia * max(speeds_deg_s))
    own_pace = tier != "clean" and random.random() < 0.1

    def pace(low: float, high: float) -> float:
        return float(random.uniform(low, high)) if own_pace else float(random.normal(1.0, 0.03))

    return Character(
        load_share=share,
        follows=not own_pace,
        pace_extension=pace(0.6, 1.3),
        pace_hold=pace(0.4, 1.3),
        pace_flexion=pace(0.65, 1.3),
        pace_turn=pace(0.5, 1.5),
        delay_s=float(random.uniform(0.05, 0.2)),
        more_delay_s=float(random.uniform(0.0, 0.2)),
        sd_delay_s=float(random.uniform(0.02, 0.1)),
        sd_duration=float(random.uniform(0.03, 0.12)),
        sd_end=float(random.uniform(0.005, 0.025)) * (0.5 if tier == "clean" else 1.0),
        inset=float(random.uniform(0.005, 0.02)),
        sway_deg=min(most_deg, float(random.uniform(0.1, 0.6)) * (0.5 if tier == "clean" else 1.0)),
        shape=float(random.uniform(0.0, 1.0)),
        ripple=min(most_ripple, float(random.uniform(0.0, 0.3))),
        ripple_hz=ripple_hz,
        intent_per_s=float(np.clip(min(softest, random.uniform(9.0, 16.0)), LEAST_POLE, 16.0)),
        stiffness_per_s=stiffness_per_s,
        damping=float(random.uniform(0.7, 1.0)),
        ease=float(random.uniform(0.0, 1.0)),
        tremor=0.0 if random.random() < 0.2 else float(random.uniform(0.005, 0.03)),
        tremor_hz=float(random.uniform(8.0, 10.0)),
        sd_effort=float(random.uniform(0.005, 0.02)),
        surge=float(random.uniform(0.0, 0.07)),
        patience_s=(0.8, 4.2),
        spent=0.4,
        muscle=muscle,
        machine=machine,
        sd_form=0.0,
    )
