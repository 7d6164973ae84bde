"""Sessions with their truth, drawn from a seed: what the detector is scored on (detection 11)."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from edge_agent.simulator.events import draw_script
from edge_agent.simulator.faults import LASTING, PASSING, Stream, gaps, inject
from edge_agent.simulator.motion import STEP_S, Floats
from edge_agent.simulator.people import Tier, draw_past, draw_person, draw_sensor
from edge_agent.simulator.play import Play
from edge_agent.simulator.sensor import Sensor, between
from edge_agent.simulator.truth import Attempt, Incident, PastSet, Told
from wire.plan import Plan

__all__ = ["RATES_HZ", "TIERS", "Attempt", "Case", "Incident", "PastSet", "Tier", "Told", "case", "cast"]

TIERS: tuple[Tier, ...] = ("clean", "varied", "hostile", "null")
RATES_HZ = (100.0, 250.0, 500.0, 1000.0)
NO_PLAN, NO_TORQUE, NO_LOAD = 0.05, 0.05, 0.2
"""Shares of cases without a plan, without a torque sensor, and with a plan that names no load."""
GAP_PERIODS = 3.0
"""A hole longer than this is one (detection 6)."""
FIRST_S = 0.05
"""The movement begins a little before the first sample."""


@dataclass(frozen=True, slots=True)
class Case:
    """One recorded session and what really happened in it. Times of the truth in s from the first sample, by the samples' stamps.

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


class Cast(NamedTuple):
    """A session before anything has moved: `plan` is what the analysis will be given, `torque` whether there is a sensor for it."""

    play: Play
    plan: Plan | None
    torque: bool
    random: Generator


def cast(tier: Tier, seed: int) -> Cast:
    """Who it is, on which machine, and what is to happen. Deterministic."""
    random = np.random.Generator(np.random.PCG64([TIERS.index(tier), seed]))
    person = draw_person(random, tier)
    number = {"clean": 0, "varied": 1, "hostile": 1, "null": 0}[tier] * int(random.integers(1, 4))
    script = draw_script(random, person, number)
    planned = random.random() >= NO_PLAN
    if not planned:  # no plan, no plan that is wrong: then the patient's own range is the only one
        script.around -= {"wrong_plan", "end_pin"}
    play = Play(random, tier, seed, person, script)
    plan = play.prescribed if planned else None
    if plan is not None and random.random() < NO_LOAD:
        plan = msgspec.structs.replace(plan, load_nm=None)
    torque = bool(random.random() >= NO_TORQUE)
    # Without both nobody can tell a lever that is carried from one that is lifted.
    play.place = play.place._replace(far=torque and plan is not None and plan.load_nm is not None)
    return Cast(play, plan, torque, random)


def case(tier: Tier, seed: int) -> Case:
    """The session of a seed: patient, machine, sensors, events and faults are all drawn from it. Deterministic."""
    play, plan, torque, random = cast(tier, seed)
    if tier == "null":
        play.idle()
    else:
        play.session()
    rate_hz = float(random.choice(RATES_HZ))
    stream, incidents = _sampled(play, random, rate_hz, torque=torque)
    if tier == "hostile":
        incidents += _faults(stream, random)
    incidents += gaps(stream, GAP_PERIODS / rate_hz)
    base_s = float(stream.stamp_s[stream.kept][0])
    first_ns = int(random.integers(0, 10**15))

    def stamped(true_s: float) -> float:
        return max(0.0, float(np.interp(true_s, stream.taken_s, stream.stamp_s)) - base_s)

    kept = stream.kept
    return Case(
        tier=tier,
        seed=seed,
        rate_hz=rate_hz,
        plan=plan,
        prescribed=play.prescribed,
        range_deg=play.prescribed.range.flexion_deg - play.prescribed.range.extension_deg,
        load_share=play.person.character.load_share,
        load_nm=play.person.load_nm,
        t_ns=first_ns + np.rint((stream.stamp_s[kept] - base_s) * 1e9).astype(np.int64),
        angle_deg=stream.angle_deg[kept].astype(np.float32),
        torque_nm=stream.torque_nm[kept].astype(np.float32),
        attempts=tuple(_stamped_attempt(attempt, stamped) for attempt in play.body.attempts),
        incidents=tuple(
            sorted(
                (each._replace(start_s=stamped(each.start_s), end_s=stamped(each.end_s)) for each in incidents),
                key=lambda each: (each.start_s, each.kind),
            )
        ),
        told=tuple(sorted(each._replace(at_s=stamped(each.at_s)) for each in play.told)),
        past=draw_past(random, play.person),
        failed_after=play.failed_after,
    )


def _sampled(play: Play, random: Generator, rate_hz: float, *, torque: bool) -> tuple[Stream, list[Incident]]:
    """The true movement as the sensors give it, each sample when its clock says; and what happened."""
    clean = play.tier == "clean"
    motion, last_s = play.motion, play.motion.now_s - 2 * STEP_S
    ppm = float(random.uniform(-1.0, 1.0)) * (100.0 if clean else 500.0)
    jitter = float(random.uniform(0.0, 0.05 if clean else 0.2))
    n = int((last_s - FIRST_S) * rate_hz / (1.0 + ppm * 1e-6)) - 1
    ticks = np.arange(n) + np.clip(0.5 * random.standard_normal(n), -1.0, 1.0) * jitter
    ticks -= min(0.0, float(ticks[0]))
    taken_s, stamp_s = FIRST_S + ticks * (1.0 + ppm * 1e-6) / rate_hz, np.rint(ticks / rate_hz * 1e9) / 1e9
    lift, speed = np.array(motion.lift_deg), np.array(motion.speed_deg_s)
    true = play.angle_deg
    shift = true - (play.body.machine.rest_deg - lift)
    angle = play.body.machine.rest_deg - between(taken_s, 0.0, STEP_S, lift, speed)
    if shift.any():
        angle += np.interp(taken_s, np.arange(len(shift)) * STEP_S, shift)
    settings = draw_sensor(random, play.tier, last_s)
    read_angle, read_torque = Sensor(settings, [play.seed, 3]).read(
        taken_s, angle, between(taken_s, 0.0, STEP_S, speed), _felt(play, random, taken_s, angle)
    )
    if not torque:
        read_torque[:] = np.nan
    lost = 0.0
    if not clean and random.random() < (0.5 if play.tier == "hostile" else 0.3):
        lost = float(random.uniform(0.0, 0.05 if play.tier == "hostile" else 0.01))
    kept = random.random(n) >= lost
    kept[0] = True
    busy = [(a.begun_s, a.bottom_s or a.end_s or (a.turned_s or a.begun_s) + 1.0) for a in play.body.attempts]
    reach = play.person.reach
    steps = (settings.angle_step_deg, settings.torque_step_nm)
    stream = Stream(
        taken_s, stamp_s, read_angle, read_torque, kept, busy, reach.flexion_deg, reach.extension_deg, steps=steps, torque=torque
    )
    return stream, [each._replace(end_s=min(each.end_s, last_s)) for each in play.incidents]


def _felt(play: Play, random: Generator, taken_s: Floats, angle_deg: Floats) -> Floats:
    """The true torque at the samples' times, with what the gravity curve left over (at most 4 Nm)."""
    torque = between(taken_s, 0.0, STEP_S, np.array(play.motion.torque_nm))
    left_nm = 0.0 if play.tier == "clean" else float(random.uniform(-4.0, 4.0))
    return torque + left_nm * np.sin(np.radians(angle_deg - float(random.uniform(0.0, 40.0))))


def _faults(stream: Stream, random: Generator) -> list[Incident]:
    """One or two faults; a quarter of the sets have one that lasts."""
    number = int(random.integers(1, 3))
    lasting = random.random() < 0.25
    found: list[Incident] = []
    for _ in range(number - lasting):
        found += inject(PASSING[int(random.integers(len(PASSING)))], stream, random)
    if lasting:
        found += inject(LASTING[int(random.integers(len(LASTING)))], stream, random)
    return found


_TIMES = tuple(field.name for field in fields(Attempt) if field.name.endswith("_s"))


def _stamped_attempt(attempt: Attempt, stamped: Callable[[float], float]) -> Attempt:
    for name in _TIMES:
        at_s = getattr(attempt, name)
        if at_s is not None:
            setattr(attempt, name, stamped(at_s))
    return attempt
