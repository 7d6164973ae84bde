"""What a machine is to do: the plan (contract 3)."""

from typing import Literal

import msgspec

SPEED_LIMIT_DEG_S = 60.0
"""The cue never moves faster (contract 3)."""


class Range(msgspec.Struct, frozen=True):
    flexion_deg: float
    extension_deg: float


class Tempo(msgspec.Struct, frozen=True):
    extension_s: float
    hold_s: float
    flexion_s: float
    turn_s: float


class Tolerance(msgspec.Struct, frozen=True):
    share: float = 0.15
    least_s: float = 0.5
    angle_deg: float = 3.0


class Repetitions(msgspec.Struct, frozen=True):
    least: int = 12
    most: int = 15


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    session: str | None = None
    label: str | None = None
    range: Range
    tempo: Tempo
    tolerance: Tolerance = Tolerance()
    repetitions: Repetitions = Repetitions()
    endpoint: Literal["failure", "repetitions"] = "failure"
    load_nm: float | None = None
    resistance: Literal["stack", "motor"] = "stack"
    pacing: Literal["fixed", "follow"] = "fixed"


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong with a message: where (JSON pointer) and what."""

    pointer: str
    message: str


def faults(plan: Plan) -> list[Fault]:
    """Everything the contract refuses in a plan of the right shape; empty when it may be used."""
    return []
