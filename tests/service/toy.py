"""Kernels for the tests of `service.kernels`, by the convention; some of what they do is easily compiled to something else."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Values = NDArray[np.float32]

FUNCTIONS = 18
COUNT, LAST_NS, UP = 0, 1, 2
SLOPE = 20


def pole(f: Floats, at: int, x: float, dt: float, w: float) -> float:
    """Two poles in `f[at:at + 5]`; returns the slope."""
    if dt != f[at + 3]:
        f[at + 3] = dt
        f[at + 4] = -math.expm1(-w * dt)
    f[at] += f[at + 4] * (x - f[at])
    rise = f[at + 4] * (f[at] - f[at + 1])
    f[at + 1] += rise
    slope: float = rise / dt
    return slope


def track(f: Floats, n: Ints, c: Floats, t_ns: Ints, angle: Values, torque: Values, start: int, stop: int) -> int:
    """Filters from `start` on; stops behind the sample that crosses a threshold, -1 at the end."""
    for k in range(start, stop):
        t = t_ns[k]
        dt = (t - n[LAST_NS]) * 1e-9
        n[LAST_NS] = t
        x = float(angle[k])
        if x != x or not dt > 0.0:  # noqa: PLR0124 - NaN
            continue
        slope = pole(f, 0, x, dt, c[0])
        pole(f, 5, x, dt, c[1])
        pole(f, 10, float(torque[k]), dt, c[0])
        pole(f, 15, slope, dt, c[2])
        f[SLOPE] = max(f[SLOPE], abs(x), min(slope, f[6]))
        f[SLOPE + 1] = x * 1.0000001 + f[SLOPE + 1] * 0.5
        f[SLOPE + 2] = float(round(x)) + float(math.floor(x / 3.0)) + float((t // 7) % 5) + float(int(x))
        crossed = (f[1] < c[3]) if n[UP] else (f[1] > c[4])
        if crossed:
            n[UP] = 1 - n[UP]
            n[COUNT] += 1
            return k + 1
    return -1


def functions(x: Floats, y: Floats, which: int, many: int) -> None:
    """`y` = the function of `x`, by number."""
    for k in range(many):
        v = x[k]
        if which == 0:
            y[k] = math.exp(v)
        elif which == 1:
            y[k] = math.expm1(v)
        elif which == 2:
            y[k] = math.log(abs(v) + 1e-12)
        elif which == 3:
            y[k] = math.log1p(abs(v))
        elif which == 4:
            y[k] = math.sqrt(abs(v))
        elif which == 5:
            y[k] = math.sin(v)
        elif which == 6:
            y[k] = math.cos(v)
        elif which == 7:
            y[k] = math.tan(v)
        elif which == 8:
            y[k] = math.atan(v)
        elif which == 9:
            y[k] = math.tanh(v)
        elif which == 10:
            y[k] = math.atan2(v, 3.0)
        elif which == 11:
            y[k] = math.copysign(3.0, v)
        elif which == 12:
            y[k] = float(math.floor(v))
        elif which == 13:
            y[k] = float(math.ceil(v))
        elif which == 14:
            y[k] = math.fabs(v)
        elif which == 15:
            y[k] = float(math.isnan(v))
        elif which == 16:
            y[k] = float(math.isinf(v))
        elif which == 17:
            y[k] = float(math.isfinite(v))


def chosen(scale: float, many: int, up: bool) -> float:
    """Scalars alone."""
    return scale * many if up else -scale


class Toy(NamedTuple):
    """As `service.analysis.engine.Engine`."""

    name: str
    view: Callable[[Any], Any]
    track: Callable[..., int]
    functions: Callable[..., None]
    chosen: Callable[..., float]


TOY = Toy("plain", memoryview, track, functions, chosen)


def raising(f: Floats, many: int) -> float:
    """What a kernel must not do."""
    if many > 3:
        raise ValueError(many)
    first: float = f[0]
    return first


def unlike(x: float) -> float:
    """Python's `hypot` is not the C library's."""
    return math.hypot(x, 3.0)


def powered(x: float) -> float:
    """Python's power is not a product."""
    return x**2


class Raising(NamedTuple):
    """An engine that can't be compiled."""

    name: str
    view: Callable[[Any], Any]
    raising: Callable[..., float]


RAISING = Raising("plain", memoryview, raising)
