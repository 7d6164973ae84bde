"""What happens at the lever, step after step: where it is, how fast, and the torque on the pad."""

import math
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from edge_agent.simulator.truth import Attempt, settle

STEP_S = 0.010
"""Of the physics: the stiffest part, the stack's touch, needs less than 0.02."""

Floats = NDArray[np.float64]


class Lever(Protocol):
    """Where the lever is."""

    lift_deg: float
    speed_deg_s: float


class Track(NamedTuple):
    """An attempt, the step at which it was begun, and the one (`from_k`) at which the way back before it was over."""

    attempt: Attempt
    from_k: int
    begun_k: int


class Body(Protocol):
    """Whoever pushes: a patient on a stack, or on a drive."""

    tracks: list[Track]

    @property
    def machine(self) -> Lever:
        """What it pushes."""

    @property
    def resting(self) -> bool:
        """Whether nothing is under way."""

    def step(self, t_s: float, dt_s: float) -> float:
        """Push for `dt_s` from `t_s` on; returns the torque on the pad, Nm."""


class Motion:
    """The true movement so far. `lift_deg`, `speed_deg_s`, `torque_nm`: one value a step, the first at 0 s."""

    __slots__ = ("lift_deg", "speed_deg_s", "torque_nm")

    def __init__(self, lift_deg: float = 0.0) -> None:
        self.lift_deg = [lift_deg]
        self.speed_deg_s = [0.0]
        self.torque_nm = [0.0]

    @property
    def steps(self) -> int:
        """How many steps have been made."""
        return len(self.lift_deg) - 1

    @property
    def now_s(self) -> float:
        """Time of the newest step."""
        return (len(self.lift_deg) - 1) * STEP_S

    def run(self, body: Body, most_s: float) -> None:
        """Until the body rests, or for `most_s`."""
        lifts, speeds, torques = self.lift_deg, self.speed_deg_s, self.torque_nm
        lever, step, last = body.machine, body.step, len(lifts) + round(most_s / STEP_S)
        while len(lifts) < last and not body.resting:
            torques.append(step((len(lifts) - 1) * STEP_S, STEP_S))
            lifts.append(lever.lift_deg)
            speeds.append(lever.speed_deg_s)

    def add(self, lift_deg: Floats, torque_nm: Floats) -> None:
        """A movement that is known beforehand, a step apart; the lever is carried."""
        before = self.lift_deg[-1]
        self.speed_deg_s += (np.diff(lift_deg, prepend=before) / STEP_S).tolist()
        self.lift_deg += lift_deg.tolist()
        self.torque_nm += torque_nm.tolist()


def settled(tracks: list[Track], progress: Floats, first_k: int = 0, ends: Sequence[int] = ()) -> None:
    """Fill in the boundaries of all attempts from the true progress, one value a step from `first_k` on.

    `ends`: steps at which a run of repetitions was over; what comes then belongs to no attempt.
    """
    for index, track in enumerate(tracks):
        until = tracks[index + 1].begun_k - first_k if index + 1 < len(tracks) else len(progress)
        until = min([until, *(end - first_k for end in ends if end >= track.begun_k)])
        own = progress[track.from_k - first_k : until + 1]
        settle(track.attempt, own, track.begun_k - track.from_k, track.from_k * STEP_S, STEP_S)


# Scenes: movements that are no repetitions.


def path(pieces: list[tuple[float, float]], start_deg: float) -> Floats:
    """A way through places, each reached softly (minimum jerk) in its time: pairs of seconds and degrees."""
    ways = []
    for seconds, goal in pieces:
        n = max(1, round(seconds / STEP_S))
        s = np.arange(1, n + 1) / n
        ways.append(start_deg + (goal - start_deg) * (s * s * s * (10.0 - s * (15.0 - 6.0 * s))))
        start_deg = goal
    return np.concatenate(ways)


def wander(random: Generator, n: int, sd: float, tau_s: float) -> Floats:
    """A slow restlessness: mean 0, standard deviation `sd`, forgotten within about `tau_s`."""
    knots = max(4, math.ceil(n * STEP_S / tau_s) + 3)
    values = random.standard_normal(knots) * sd
    at = np.arange(n) * STEP_S / tau_s
    index = at.astype(np.int64)
    u = at - index
    # Cubic B-spline weights: smooth, and short of the knots' own spread by a third, which is made good.
    w = ((1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, -3 * u**3 + 3 * u**2 + 3 * u + 1, u**3)
    path_: Floats = np.zeros(n)
    for k, weight in enumerate(w):
        path_ += weight * values[index + k]
    return path_ * (1.45 / 6.0)
