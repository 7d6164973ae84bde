"""How many repetitions are in it: the same muscle under the same load, without the body's mechanics."""

from edge_agent.simulator.machine import Machine
from edge_agent.simulator.muscle import Muscle
from wire.plan import Tempo

STEP_S = 0.05
PATIENCE_S = 2.5
"""At a standstill, on average."""
STALL_SPEED = 0.25
CATCH_UP = 1.25
"""Over the cue's speed: how fast a late person goes on."""
MOST = 60
"""Beyond this many nobody counts what is left."""


def cycle_s(tempo: Tempo) -> float:
    """Time of one repetition, s."""
    return tempo.extension_s + tempo.hold_s + tempo.flexion_s + tempo.turn_s


def repetitions_to_failure(muscle: Muscle, machine: Machine, tempo: Tempo, most: int = MOST) -> int | None:
    """Full extensions from now on (the muscle's fatigue included) until one cannot be completed; None where it is more than `most`.

    The movement is taken to be as fast as the cue, or as the muscle's force-velocity relation allows. The muscle is left tired.
    """
    for repetition in range(most + 1):
        if not _repetition(muscle, machine, tempo):
            return repetition
    return None


def _repetition(muscle: Muscle, machine: Machine, tempo: Tempo) -> bool:
    """One repetition; whether its extension was completed."""
    friction = machine.settings.friction_nm
    top, lift, bottom = machine.gap_deg + 0.975 * machine.range_deg, machine.gap_deg, machine.gap_deg
    usual = machine.range_deg / tempo.extension_s
    spent_s = stalled_s = 0.0
    while lift < top:
        angle = machine.rest_deg - lift
        need = machine.load_at(lift) + friction
        most = muscle.capacity_nm(angle, 0.0)
        speed = min(usual if spent_s * usual <= lift - bottom + 1.0 else CATCH_UP * usual, (most / need - 1.0) * muscle.settings.half_deg_s)
        if speed < STALL_SPEED * usual:
            stalled_s += STEP_S
            if stalled_s > PATIENCE_S:
                return False
            speed = max(speed, 0.0)
        muscle.work(min(need, most), muscle.rested_nm(angle, speed), 1.0, STEP_S)
        lift += speed * STEP_S
        spent_s += STEP_S
    late_s = max(0.0, spent_s - tempo.extension_s)
    hold_s = max(tempo.hold_s - late_s, 0.4 * tempo.hold_s)
    parts = ((hold_s, 1.0, 0.0), (tempo.flexion_s, 0.0, machine.range_deg / tempo.flexion_s), (tempo.turn_s, 0.0, 0.0))
    for seconds, from_top, speed in parts:
        cost = 1.0 if from_top else muscle.settings.eccentric_cost if speed else muscle.settings.turn_cost
        for step in range(round(seconds / STEP_S)):
            place = lift if from_top else max(bottom, lift - speed * step * STEP_S) if speed else bottom
            angle = machine.rest_deg - place
            muscle.work(machine.load_at(place), muscle.rested_nm(angle, -speed), cost, STEP_S)
    return True
