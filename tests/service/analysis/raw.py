"""Raw channels for tests of faults and safety: a machine's angle and torque with the noise of real sensors, and kernels run over them."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.analysis import faults, safety
from service.analysis.filters import median3
from service.analysis.parameters import Parameters
from wire.plan import Plan, Range, Tempo

Floats = NDArray[np.float64]
PLAN = Plan(range=Range(60.0, 6.0), tempo=Tempo(4.0, 2.0, 3.0, 1.0), load_nm=120.0)
RATES = (25.0, 100.0, 500.0)
"""Hz; 1 kHz is in `test_safety` and in the benchmark: a second of it costs as much as ten of these."""
START_NS = 7_000_000_000


def plain(f: Any, n: Any, c: Any) -> tuple[Any, Any, Any]:
    """The arrays as kernels get them without a compiler."""
    return memoryview(f), memoryview(n), memoryview(c)


@dataclass
class Raw:
    """Columns: s from the start, deg, Nm; and what the kernels answered."""

    t_s: Floats
    angle_deg: Floats
    torque_nm: Floats

    def during(self, start_s: float, end_s: float) -> NDArray[np.bool_]:
        """Which samples lie between two times."""
        chosen: NDArray[np.bool_] = (self.t_s >= start_s) & (self.t_s < end_s)
        return chosen


def repetitions(
    rate_hz: float,
    count: int = 1,
    *,
    quantum_deg: float = 0.02,
    noise_deg: float = 0.05,
    noise_nm: float = 1.0,
    jitter: float = 0.1,
    lead_s: float = 4.0,
    seed: int = 1,
) -> Raw:
    """Even repetitions of `PLAN` after a rest at the flexed end, quantised, noisy, with jittered stamps."""
    random = np.random.default_rng(seed)
    n = round((lead_s + 10.0 * count) * rate_hz)
    t = np.arange(n) / rate_hz
    t[1:] += random.uniform(-0.5, 0.5, n - 1) * jitter / rate_hz
    cycle = np.where(t < lead_s, 0.0, (t - lead_s) % 10.0)
    share = np.interp(cycle, (0.0, 4.0, 6.0, 9.0, 10.0), (0.0, 1.0, 1.0, 0.0, 0.0))
    share = share * share * (3.0 - 2.0 * share)
    loaded = np.interp(cycle, (0.0, 0.4, 8.8, 9.2), (0.0, 1.0, 1.0, 0.0))
    angle = 60.0 - 54.0 * share + random.normal(0.0, noise_deg, n)
    torque = loaded * (140.0 - 30.0 * share) + random.normal(0.0, noise_nm, n)
    return Raw(t, np.round(angle / quantum_deg) * quantum_deg, np.round(torque / 0.05) * 0.05)


@dataclass
class Answer:
    """What `examine` told: (s, channel, kind, began, at_s); and the cleaned columns."""

    told: list[tuple[float, str, str, bool, float]]
    angle_deg: Floats
    torque_nm: Floats

    def began(self, channel: str, kind: str) -> list[tuple[float, float]]:
        """When a fault became known and when it began, s."""
        return [(known, at) for known, *fault, began, at in self.told if fault == [channel, kind] and began]

    def ended(self, channel: str, kind: str) -> list[tuple[float, float]]:
        """When its end became known and when it ended, s."""
        return [(known, at) for known, *fault, began, at in self.told if fault == [channel, kind] and not began]

    @property
    def kinds(self) -> set[str]:
        """Every fault that began, as `channel kind`."""
        return {f"{channel} {kind}" for _, channel, kind, began, _ in self.told if began}


def examined(raw: Raw, plan: Plan | None = PLAN, *, in_set: bool = True) -> Answer:
    """The faults of raw columns in a set, sample by sample, as float32 gives them."""
    f, n = np.zeros(faults.FAULT_F), np.zeros(faults.FAULT_N, np.int64)
    faults.fresh(f, n)
    n[faults.N_IN_SET] = in_set
    views = plain(f, n, faults.constants(Parameters(), plan))
    t_ns = START_NS + np.round(raw.t_s * 1e9).astype(np.int64)
    told, angles, torques = [], [], []
    before = 0
    columns = (t_ns, raw.angle_deg.astype(np.float32), raw.torque_nm.astype(np.float32))
    for t, angle, torque in zip(*(column.tolist() for column in columns), strict=True):
        bits = faults.examine(*views, t, (t - before) * 1e-9 if before else 0.0, angle, torque)
        before = t
        angles.append(f[faults.F_ANGLE])
        torques.append(f[faults.F_TORQUE])
        for k, (channel, kind) in enumerate(faults.FAULTS):
            for began, bit, place in ((True, k, faults.N_AT), (False, faults.ENDED + k, faults.N_END)):
                if bits >> bit & 1:
                    told.append(((t - START_NS) * 1e-9, channel, kind, began, (int(n[place + k]) - START_NS) * 1e-9))
    return Answer(told, np.array(angles), np.array(torques))


def guarded(raw: Raw, plan: Plan | None = PLAN, *, rearmed_s: float | None = None) -> list[tuple[float, int, float, float]]:
    """What `guard` told of an angle: (s, bits, excess deg, speed deg/s)."""
    f, n = np.zeros(safety.SAFETY_F), np.zeros(safety.SAFETY_N, np.int64)
    safety.fresh(f, n)
    views = plain(f, n, safety.constants(Parameters(), plan))
    t_ns = START_NS + np.round(raw.t_s * 1e9).astype(np.int64)
    told = []
    before = 0
    last = [float(raw.angle_deg[0])] * 2
    for t, angle in zip(t_ns.tolist(), raw.angle_deg.astype(np.float32).tolist(), strict=True):
        middle = median3(last[0], last[1], angle) if math.isfinite(angle) else angle
        if rearmed_s is not None and t - START_NS >= rearmed_s * 1e9:
            safety.rearm(f, n)
            rearmed_s = None
        bits = safety.guard(*views, t, (t - before) * 1e-9 if before else 0.0, middle, angle)
        before = t
        last = [last[1], angle] if math.isfinite(angle) else last
        if bits:
            told.append(((t - START_NS) * 1e-9, bits, float(f[safety.F_EXCESS_DEG]), float(f[safety.F_SPEED])))
    return told
