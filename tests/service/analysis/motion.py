"""Made-up movements for tests: angle over time from a plan's own cue, sampled as a machine would."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from service.analysis import Parameters, Session
from wire.events import Event
from wire.messages import Input
from wire.plan import Plan, Range, Tempo

PLAN = Plan(range=Range(60.0, 6.0), tempo=Tempo(4.0, 2.0, 3.0, 1.0))


@dataclass
class Samples:
    """Columns: device time ns, angle deg, torque Nm."""

    t_ns: NDArray[np.int64]
    angle_deg: NDArray[np.float32]
    torque_nm: NDArray[np.float32]

    def cut(self, size: int) -> list["Samples"]:
        """The same samples in batches of `size`."""
        return [
            Samples(self.t_ns[k : k + size], self.angle_deg[k : k + size], self.torque_nm[k : k + size])
            for k in range(0, len(self.t_ns), size)
        ]


def path(
    *points: tuple[float, float],
    rate_hz: float = 100.0,
    torque_nm: float = 100.0,
    flexion: float = 60.0,
    extension: float = 6.0,
    noise_deg: float = 0.0,
    jitter: float = 0.0,
    seed: int = 1,
    origin_ns: int = 5_000_000_000,
) -> Samples:
    """Straight lines between (time s, progress) points, as angle in a range."""
    random = np.random.default_rng(seed)
    times, places = np.array(points).T
    n = round((times[-1] - times[0]) * rate_hz) + 1
    t = times[0] + np.arange(n) / rate_hz
    t[1:-1] += random.uniform(-0.5, 0.5, n - 2) * jitter / rate_hz
    angle = flexion - np.interp(t, times, places) * (flexion - extension) + random.normal(0.0, 1.0, n) * noise_deg
    torque = np.full(n, torque_nm)
    return Samples(origin_ns + np.round(t * 1e9).astype(np.int64), angle.astype(np.float32), torque.astype(np.float32))


def loaded(samples: Samples, *points: tuple[float, float], ripple_nm: float = 0.0) -> Samples:
    """The same movement with straight lines between (time s, torque Nm) points as its torque, level beyond them."""
    times, torques = np.array(points).T
    t = (samples.t_ns - samples.t_ns[0]) * 1e-9
    torque = np.interp(t, times, torques) + ripple_nm * np.sin(2.0 * np.pi * 8.0 * t)
    return Samples(samples.t_ns, samples.angle_deg, torque.astype(np.float32))


def repetitions(
    count: int,
    *,
    extension_s: float = 4.0,
    hold_s: float = 2.0,
    flexion_s: float = 3.0,
    turn_s: float = 1.0,
    lead_s: float = 3.0,
    top: float = 1.0,
    bottom: float = 0.0,
) -> list[tuple[float, float]]:
    """Points of `count` even repetitions after `lead_s` at the flexed end."""
    points = [(0.0, bottom), (lead_s, bottom)]
    for _ in range(count):
        at = points[-1][0]
        points += [(at + extension_s, top), (at + extension_s + hold_s, top), (at + extension_s + hold_s + flexion_s, bottom)]
        points.append((points[-1][0] + turn_s, bottom))
    return points


def events(
    samples: Samples,
    plan: Plan | None = PLAN,
    *,
    size: int = 25,
    parameters: Parameters | None = None,
    inputs: dict[int, Input] | None = None,
) -> list[Event]:
    """What the analysis says of samples cut into batches, with inputs after given sample numbers, and an end."""
    session = Session(plan, parameters)
    told: list[Event] = []
    at = 0
    for edge in sorted({*range(size, len(samples.t_ns), size), len(samples.t_ns), *(inputs or {})}):
        if edge > at:
            told += session.feed(samples.t_ns[at:edge], samples.angle_deg[at:edge], samples.torque_nm[at:edge])
        at = edge
        if inputs and edge in inputs:
            told += session.apply(inputs[edge])
    return told + session.apply(Input(kind="end"))


E = TypeVar("E", bound=Event)


def of(told: list[Event], kind: type[E]) -> list[E]:
    """The events of one kind."""
    return [event for event in told if isinstance(event, kind)]
