"""Repetitions in reserve (detection.md 4.6)."""

from collections.abc import Sequence
from typing import NamedTuple

from service.analysis.parameters import Parameters
from wire.plan import Plan


class PastSet(NamedTuple):
    """An earlier set to failure of the same patient: load Nm, repetitions done, cycle s."""

    load_nm: float
    repetitions: float
    cycle_s: float


class Signs(NamedTuple):
    """What a repetition showed; None = not known."""

    lag_s: float | None = None
    lag_baseline_s: float | None = None
    lag_sd_s: float | None = None
    extension_ratio: float | None = None
    hold_sag: float | None = None
    tremor_ratio: float | None = None
    stall_s: float | None = None


class Estimate(NamedTuple):
    """Repetitions left: median and 80 % interval."""

    left: float
    low: float
    high: float


class Reserve:
    """Says nothing yet."""

    def __init__(self, parameters: Parameters, plan: Plan | None, past: Sequence[PastSet] = ()) -> None:
        self._given = parameters, plan, past

    def after(self, done: int, signs: Signs) -> Estimate | None:
        """The estimate after a repetition."""
        del done, signs
        return None
