"""What happens at a machine besides repetitions: sitting down, talking, stretching, an empty lever, a push against a locked one."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from edge_agent.simulator.motion import STEP_S, Floats, Motion, path, wander


class Place(NamedTuple):
    """Where a scene is played: the lever's range and its stop, deg of lift; friction, and the strength of who sits there, Nm.

    `far`: the lever may be moved through much of its range without a load; else only a little, as one moves in a seat.
    """

    range_deg: float
    friction_nm: float
    strength_nm: float
    far: bool


Scene = Callable[[Motion, Place, Generator, float], None]
"""Plays for about so many seconds from where the lever is, and leaves it at rest."""


def quiet(motion: Motion, place: Place, random: Generator, seconds: float) -> None:  # noqa: ARG001 - as every scene
    """Somebody sits there and waits: breath, a little weight on the pad."""
    n = max(8, round(seconds / STEP_S))
    t = np.arange(n) * STEP_S
    breath = 0.3 * np.sin(2.0 * np.pi * 0.25 * t + random.uniform(0.0, 6.0))
    soft = np.minimum(1.0, np.minimum(t / 0.4, t[::-1] / 0.4))
    _play(motion, np.zeros(n), soft * (breath + wander(random, n, 0.5, 1.5)))


def empty(motion: Motion, place: Place, random: Generator, seconds: float) -> None:  # noqa: ARG001
    """Nobody there."""
    n = max(8, round(seconds / STEP_S))
    _play(motion, np.zeros(n), np.zeros(n))


def positioning(motion: Motion, place: Place, random: Generator, seconds: float) -> None:
    """Gets in, is strapped, finds the seat: the lever is carried to and fro, hands and back touch the pad."""
    most = 0.7 if place.far else 0.18
    _carried(motion, place, random, seconds, (0.08, most), (0.8, 2.5), 6.0)


def stretching(motion: Motion, place: Place, random: Generator, seconds: float) -> None:
    """Bends to and fro with the unloaded lever, slowly."""
    most = 0.9 if place.far else 0.2
    _carried(motion, place, random, seconds, (0.12, most), (1.5, 4.0), 4.0)


def sweep(motion: Motion, place: Place, random: Generator, seconds: float) -> None:  # noqa: ARG001
    """The relaxed patient is moved through the whole range and back, slowly (detection 7)."""
    span = place.range_deg * (0.98 if place.far else 0.2)
    way = path([(span / 2.5, span), (1.0, span), (span / 2.5, 0.0)], motion.lift_deg[-1])
    drag = place.friction_nm * np.clip(np.gradient(way, STEP_S) / 0.5, -1.0, 1.0)
    _play(motion, way, drag + wander(random, len(way), 0.8, 1.0))


def talking(motion: Motion, place: Place, random: Generator, seconds: float) -> None:
    """Sits unloaded and talks: turns, gestures, leans back now and then."""
    n = max(8, round(seconds / STEP_S))
    t = np.arange(n) * STEP_S
    soft = np.minimum(1.0, np.minimum(t / 0.5, t[::-1] / 0.5))
    lean = np.abs(wander(random, n, random.uniform(1.0, 8.0), 1.2))
    move = np.maximum(0.0, wander(random, n, 0.012 * place.range_deg, 2.0))
    _play(motion, soft * move, soft * lean)


def locked_push(motion: Motion, place: Place, random: Generator, seconds: float) -> None:
    """Presses against the locked lever as in an isometric test: ramp, about a second held, release."""
    pieces: list[Floats] = []
    level, spent = 0.0, 0.0
    while spent < seconds - 4.0:
        strength = place.strength_nm * random.uniform(0.3, 1.0)
        ramp, held, release = random.uniform(1.0, 3.0), random.uniform(0.8, 2.0), random.uniform(0.25, 0.8)
        pause = random.uniform(2.0, 8.0)
        pieces.append(path([(ramp, strength), (held, strength * random.uniform(0.93, 1.04)), (release, 0.0), (pause, 0.0)], level))
        spent += ramp + held + release + pause
    torque = np.concatenate(pieces) if pieces else np.zeros(round(seconds / STEP_S))
    torque = torque * (1.0 + wander(random, len(torque), 0.015, 0.3)) + wander(random, len(torque), 0.4, 1.0)
    _play(motion, torque * random.uniform(0.0, 0.004), torque)  # the frame gives a little


def dismounting(motion: Motion, place: Place, random: Generator, seconds: float) -> None:
    """Opens the belt and gets out; the lever is pushed aside and falls back."""
    n = round(random.uniform(0.8, 2.0) / STEP_S)
    t = np.arange(n) / n
    bump = random.uniform(3.0, 25.0) * np.sin(np.pi * t) ** 2
    _play(motion, np.zeros(n), bump)
    if random.random() < 0.6:
        aside = place.range_deg * random.uniform(0.1, 0.6 if place.far else 0.18)
        way = path([(random.uniform(0.7, 1.5), aside), (random.uniform(0.3, 3.0), aside), (random.uniform(0.5, 1.5), 0.0)], 0.0)
        _play(motion, way, wander(random, len(way), 0.3, 0.5))
    empty(motion, place, random, max(0.5, seconds - 3.0))


def _carried(
    motion: Motion, place: Place, random: Generator, seconds: float, reach: tuple[float, float], pace_s: tuple[float, float], sd_nm: float
) -> None:
    """The lever is moved by hand to places within a share of its range, and back to its stop."""
    pieces: list[tuple[float, float]] = []
    spent, goal = 0.0, 0.0
    while spent < seconds - 2.0:
        before, goal = goal, place.range_deg * random.uniform(*reach) * float(random.random() < 0.65)
        # At least so slow that no hand throws the lever.
        move_s = max(random.uniform(*pace_s), abs(goal - before) / 14.0)
        pieces += [(move_s, goal), (rest_s := random.uniform(0.2, 2.0), goal)]
        spent += move_s + rest_s
    pieces += [(max(1.0, goal / 12.0), 0.0), (0.5, 0.0)]
    way = path(pieces, motion.lift_deg[-1])
    drag = place.friction_nm * np.clip(np.gradient(way, STEP_S) / 0.5, -1.0, 1.0)
    touch = np.abs(wander(random, len(way), sd_nm, 0.7))
    _play(motion, way, drag + touch)


def _play(motion: Motion, lift_deg: Floats, torque_nm: Floats) -> None:
    motion.add(np.maximum(0.0, lift_deg), torque_nm)
