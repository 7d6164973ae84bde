"""Faults of the signal, put into samples that are known: which, where, from when to when (detection 6)."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from edge_agent.simulator.truth import Channel, Incident

Floats = NDArray[np.float64]
FT_LB_NM = 1.355818
LASTING = ("swapped", "inverted", "scaled", "wrapped")
"""Those of a whole session: a wrong cable, a wrong setting."""
PASSING = ("stuck", "dropout", "spike", "saturated", "drift", "clock", "gap")


@dataclass(slots=True)
class Stream:
    """Samples on their way: `taken_s` when they really were taken, `stamp_s` what their stamp says, `kept` which arrive at all.

    `busy_s`: when movements were under way, pairs of begin and end.
    """

    taken_s: Floats
    stamp_s: Floats
    angle_deg: Floats
    torque_nm: Floats
    kept: NDArray[np.bool_]
    busy_s: list[tuple[float, float]]
    flexion_deg: float
    extension_deg: float
    steps: tuple[float, float]
    """Of the converters, deg and Nm."""
    torque: bool
    """Whether there is a torque sensor."""
    cuts_s: list[tuple[float, float]] = field(default_factory=list)

    def span(self, start_s: float, end_s: float) -> slice:
        """The samples taken between two times."""
        return slice(int(np.searchsorted(self.taken_s, start_s)), int(np.searchsorted(self.taken_s, end_s)))


def inject(fault: str, stream: Stream, random: Generator) -> list[Incident]:
    """Put one fault in. The times of its label are those at which the samples were taken."""
    return _FAULTS[fault](stream, random)


def gaps(stream: Stream, least_s: float) -> list[Incident]:
    """Every hole in what arrives that is longer than `least_s`; `detail` is `loss` where single samples were lost by chance."""
    at = stream.taken_s[stream.kept]
    found = []
    for i in np.flatnonzero(np.diff(at) > least_s).tolist():
        start_s, end_s = float(at[i]), float(at[i + 1])
        cut = any(start_s < end and end_s > begin for begin, end in stream.cuts_s)
        found.append(Incident("fault:gap", start_s, end_s, channel="time", detail="" if cut else "loss"))
    return found


def _moment(stream: Stream, random: Generator, seconds: float) -> tuple[float, float]:
    """A time within a movement, and `seconds` later."""
    begin, end = stream.busy_s[int(random.integers(len(stream.busy_s)))] if stream.busy_s else (stream.taken_s[0], stream.taken_s[-1])
    start_s = float(random.uniform(begin, max(begin, end - min(seconds, 0.8 * (end - begin)))))
    return start_s, start_s + seconds


def _channel(stream: Stream, random: Generator, angle: float = 0.5) -> Channel:
    return "torque" if stream.torque and random.random() >= angle else "angle"


def _values(stream: Stream, channel: Channel) -> Floats:
    return stream.angle_deg if channel == "angle" else stream.torque_nm


def _stuck(stream: Stream, random: Generator) -> list[Incident]:
    channel = _channel(stream, random, 0.6)
    start_s, end_s = _moment(stream, random, float(random.uniform(1.5, 6.0)))
    own = stream.span(start_s, end_s)
    _values(stream, channel)[own] = _values(stream, channel)[own.start]
    return [Incident("fault:stuck", start_s, end_s, channel=channel)]


def _dropout(stream: Stream, random: Generator) -> list[Incident]:
    channel = _channel(stream, random, 0.6)
    start_s, end_s = _moment(stream, random, float(np.exp(random.uniform(math.log(0.1), math.log(4.0)))))
    _values(stream, channel)[stream.span(start_s, end_s)] = math.nan
    return [Incident("fault:dropout", start_s, end_s, channel=channel)]


def _spike(stream: Stream, random: Generator) -> list[Incident]:
    channel = _channel(stream, random)
    found = []
    for _ in range(int(random.integers(1, 5))):
        start_s, _ = _moment(stream, random, 0.1)
        first = min(stream.span(start_s, start_s).start, len(stream.taken_s) - 4)
        n = int(random.integers(1, 4))
        size = random.uniform(12.0, 80.0) if channel == "angle" else random.uniform(120.0, 600.0)
        _values(stream, channel)[first : first + n] += size * random.choice((-1.0, 1.0))
        found.append(Incident("fault:spike", float(stream.taken_s[first]), float(stream.taken_s[first + n]), channel=channel))
    return found


def _saturated(stream: Stream, random: Generator) -> list[Incident]:
    channel = _channel(stream, random, 0.4)
    start_s, end_s = _moment(stream, random, float(random.uniform(0.3, 4.0)))
    rail = (90.0, -18.0) if channel == "angle" else (1000.0, -1000.0)
    _values(stream, channel)[stream.span(start_s, end_s)] = rail[int(random.random() < 0.4)]
    return [Incident("fault:saturated", start_s, end_s, channel=channel)]


def _drift(stream: Stream, random: Generator) -> list[Incident]:
    channel = _channel(stream, random)
    last_s = float(stream.taken_s[-1])
    start_s = float(random.uniform(0.0, 0.4)) * last_s
    rate = (random.uniform(1.5, 5.0) if channel == "angle" else random.uniform(5.0, 20.0)) / 60.0 * random.choice((-1.0, 1.0))
    values, step = _values(stream, channel), stream.steps[channel == "torque"]
    values[:] = np.rint((values + rate * np.maximum(0.0, stream.taken_s - start_s)) / step) * step
    return [Incident("fault:drift", start_s, last_s, channel=channel)]


def _wrapped(stream: Stream, random: Generator) -> list[Incident]:
    start_s = 0.0 if random.random() < 0.5 else _moment(stream, random, 1.0)[0]
    seam = stream.extension_deg + random.uniform(0.15, 0.85) * (stream.flexion_deg - stream.extension_deg)
    late = stream.taken_s >= start_s
    stream.angle_deg[late & (stream.angle_deg < seam)] += 360.0
    return [Incident("fault:wrapped", start_s, float(stream.taken_s[-1]), channel="angle")]


def _swapped(stream: Stream, random: Generator) -> list[Incident]:
    if not stream.torque:
        return _inverted(stream, random)
    stream.angle_deg, stream.torque_nm = stream.torque_nm, stream.angle_deg
    return [Incident("fault:swapped", 0.0, float(stream.taken_s[-1]), channel="angle")]


def _inverted(stream: Stream, random: Generator) -> list[Incident]:
    channel = _channel(stream, random)
    _values(stream, channel)[:] *= -1.0
    return [Incident("fault:inverted", 0.0, float(stream.taken_s[-1]), channel=channel)]


def _scaled(stream: Stream, random: Generator) -> list[Incident]:
    channel = _channel(stream, random)
    if channel == "angle":
        stream.angle_deg *= math.pi / 180.0
        return [Incident("fault:scaled", 0.0, float(stream.taken_s[-1]), channel=channel, detail="rad")]
    stream.torque_nm /= FT_LB_NM
    return [Incident("fault:scaled", 0.0, float(stream.taken_s[-1]), channel=channel, detail="ft-lb")]


def _clock(stream: Stream, random: Generator) -> list[Incident]:
    start_s, _ = _moment(stream, random, 0.5)
    first = stream.span(start_s, start_s).start
    which = str(random.choice(["back", "jump", "same"]))
    dt_s = float(np.median(np.diff(stream.taken_s)))
    if which == "same":
        n = int(random.integers(1, 6))
        stream.stamp_s[first : first + n] = stream.stamp_s[max(0, first - 1)]
        end_s = start_s + n * dt_s
    else:
        least = max(0.03, 4.0 * dt_s)
        step_s = float(np.exp(random.uniform(math.log(least), math.log(1.5))))
        stream.stamp_s[first:] += step_s if which == "jump" else -step_s
        end_s = start_s + (step_s if which == "back" else dt_s)
    return [Incident("fault:clock", start_s, end_s, channel="time", detail=which)]


def _gap(stream: Stream, random: Generator) -> list[Incident]:
    start_s, end_s = _moment(stream, random, float(np.exp(random.uniform(math.log(0.06), math.log(4.0)))))
    stream.kept[stream.span(start_s, end_s)] = False
    stream.cuts_s.append((start_s, end_s))
    return []  # labelled with all other gaps


_FAULTS: dict[str, Callable[[Stream, Generator], list[Incident]]] = {
    "stuck": _stuck, "dropout": _dropout, "spike": _spike, "saturated": _saturated, "drift": _drift, "wrapped": _wrapped,
    "swapped": _swapped, "inverted": _inverted, "scaled": _scaled, "clock": _clock, "gap": _gap,
}  # fmt: skip
