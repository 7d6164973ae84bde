"""Sets with their truth, drawn from a seed: what the detector is scored on (detection 11)."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge_agent.simulator.characters import CHARACTERS
from edge_agent.simulator.simulation import Block, simulate
from edge_agent.simulator.truth import Attempt, Incident, PastSet, Told
from wire.plan import Plan, Range, Repetitions, Tempo

Tier = Literal["clean", "varied", "hostile", "null"]


@dataclass(frozen=True, slots=True)
class Case:
    """One recorded session and what really happened in it. Times of the truth in s from the first sample, by its stamps.

    `plan` is what the analysis is given (None in a small share), `prescribed` what the patient was told; progress, extents and
    geometric boundaries are in terms of `prescribed.range`. `torque_nm` is NaN throughout where there is no torque sensor.
    `told` are the inputs besides the samples. `load_share`: the load over the rested strength where that is scarcest.
    `failed_after`: full repetitions up to the first failure, had the set gone on; None where it would never have come.
    """

    tier: Tier
    seed: int
    rate_hz: float
    plan: Plan | None
    prescribed: Plan
    range_deg: float
    load_share: float
    load_nm: float
    t_ns: NDArray[np.int64]
    angle_deg: NDArray[np.float32]
    torque_nm: NDArray[np.float32]
    attempts: tuple[Attempt, ...]
    incidents: tuple[Incident, ...]
    told: tuple[Told, ...]
    past: tuple[PastSet, ...]
    failed_after: int | None


def case(tier: Tier, seed: int) -> Case:
    """The set of a seed: patient, machine, sensors, events and faults are all drawn from it. Deterministic."""
    random = np.random.default_rng([sorted(("clean", "varied", "hostile", "null")).index(tier), seed])
    rate_hz = float(random.choice([100.0, 250.0, 500.0, 1000.0]))
    extension_deg = float(random.uniform(0.0, 8.0))
    range_deg = float(min(72.0 - extension_deg, max(20.0, random.normal(45.0, 12.0))))
    share = float(random.uniform(0.55, 0.8))
    load_nm = float(random.uniform(60.0, 220.0))
    plan = Plan(
        range=Range(extension_deg + range_deg, extension_deg),
        tempo=Tempo(4.0, 2.0, 3.0, 1.0),
        repetitions=Repetitions(8, 15),
        load_nm=load_nm,
    )
    character = replace(CHARACTERS["tires"], load_share=share)
    blocks: list[Block] = [] if tier == "null" else list(simulate(character, plan, seed, rate_hz))
    if not blocks:
        n = round(60.0 * rate_hz)
        blocks = [Block(np.arange(n) * round(1e9 / rate_hz), np.full(n, extension_deg, np.float32), np.zeros(n, np.float32), ())]
    attempts = tuple(attempt for block in blocks for attempt in block.attempts)
    failed = next((index for index, attempt in enumerate(attempts) if attempt.failed), None)
    return Case(
        tier=tier,
        seed=seed,
        rate_hz=rate_hz,
        plan=plan,
        prescribed=plan,
        range_deg=range_deg,
        load_share=share,
        load_nm=load_nm,
        t_ns=np.concatenate([block.t_ns for block in blocks]),
        angle_deg=np.concatenate([block.angle_deg for block in blocks]),
        torque_nm=np.concatenate([block.torque_nm for block in blocks]),
        attempts=attempts,
        incidents=(),
        told=(Told(5.0, "start"),) if attempts else (),
        past=(),
        failed_after=None if failed is None else sum(attempt.reached >= 0.93 for attempt in attempts[: failed + 1]),
    )
