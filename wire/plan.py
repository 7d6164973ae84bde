"""What a machine is to do: the plan (contract 3)."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from wire.errors import Fault
from wire.names import SafeId
from wire.shape import shape_faults

__all__ = [
    "SPEED_LIMIT_DEG_S",
    "Display",
    "Fault",
    "PastSet",
    "Plan",
    "Range",
    "Repetitions",
    "Tempo",
    "Tolerance",
    "alias_of",
    "faults",
    "plan_faults",
]

SPEED_LIMIT_DEG_S = 60.0
"""The cue never moves faster (contract 3)."""

MOST_PAST = 10
"""Earlier sets in a plan; the estimate takes the newest `Parameters.reserve_many` of them."""

# Bounds wide enough for any machine, narrow enough to catch a wrong unit (decision 0011).
_AngleDeg = Annotated[float, Meta(ge=-360, le=360)]
_MovingS = Annotated[float, Meta(gt=0, le=600)]
_RestingS = Annotated[float, Meta(ge=0, le=600)]
_LoadNm = Annotated[float, Meta(gt=0, le=10_000)]
_Count = Annotated[int, Meta(ge=1, le=1000)]
_Label = Annotated[
    str,
    Meta(
        max_length=64,
        pattern=r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*(?![\s\S])",
        description="an alias of at most 64 characters, none of them a control character",
    ),
]


class Range(msgspec.Struct, frozen=True):
    """From the flexed to the extended end, degrees, 0 = upright: `extension_deg` < `flexion_deg`."""

    flexion_deg: _AngleDeg
    extension_deg: _AngleDeg


class Tempo(msgspec.Struct, frozen=True):
    """How long each phase of a repetition is to last, s."""

    extension_s: _MovingS
    hold_s: _RestingS
    flexion_s: _MovingS
    turn_s: _RestingS


class Tolerance(msgspec.Struct, frozen=True):
    """What still counts as in time (a share of the phase, at least `least_s`) and in the band."""

    share: Annotated[float, Meta(ge=0, le=1)] = 0.15
    least_s: Annotated[float, Meta(ge=0, le=60)] = 0.5
    angle_deg: Annotated[float, Meta(ge=0, le=90)] = 3.0


class Repetitions(msgspec.Struct, frozen=True):
    """How many are prescribed: `least` <= `most`."""

    least: _Count = 12
    most: _Count = 15


class PastSet(msgspec.Struct, frozen=True):
    """An earlier set to failure of the same patient: load in Nm (None = unknown), full repetitions, seconds a repetition."""

    load_nm: _LoadNm | None
    repetitions: _Count
    cycle_s: Annotated[float, Meta(gt=0, le=2400)]


class Display(msgspec.Struct, frozen=True, kw_only=True):
    """How the patient's screen shows the sets of a plan; for screens alone, the analysis never looks at it (decision 0241).

    `feedback`: `full` = target and own movement, `band` = the target alone, `after` = the result of each repetition, null = as the
    screen's address says; it holds from repetition `from_repetition` of a set on, those before it are shown in full. `motion` null =
    as the screen's computer prefers; `rest_s` = rest after a set that met the plan, null = as the screen's address says.
    """

    feedback: Literal["full", "band", "after"] | None = None
    from_repetition: _Count = 1
    motion: Literal["scroll", "gauge"] | None = None
    rest_s: Annotated[int, Meta(ge=0, le=900)] | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a machine is to do now. Only `range` and `tempo` are required.

    `past`: the patient's earlier sets to failure, oldest first, for the repetitions in reserve (detection.md 4.6). Part of the plan, so
    that whatever is said of the reserve can be computed again from the recording (decision 0247); absent where none are given.
    `display` is absent where the plan says nothing of it.
    """

    session: SafeId | None = None
    label: _Label | None = None
    range: Range
    tempo: Tempo
    tolerance: Tolerance = Tolerance()
    repetitions: Repetitions = Repetitions()
    endpoint: Literal["failure", "repetitions"] = "failure"
    load_nm: _LoadNm | None = None
    resistance: Literal["stack", "motor"] = "stack"
    pacing: Literal["fixed", "follow"] = "fixed"
    past: list[PastSet] | UnsetType = UNSET
    display: Display | UnsetType = UNSET


def alias_of(label: str) -> str:
    """The alias that a label names, however it was typed: neither case nor blanks tell two apart. Empty for a label of blanks alone."""
    return " ".join(label.split()).casefold()


def faults(plan: Plan) -> list[Fault]:
    """Everything the contract refuses in a plan, all at once; empty when it may be used."""
    return plan_faults(msgspec.to_builtins(plan))


def plan_faults(raw: object) -> list[Fault]:
    """Everything the contract refuses in a plan as plain JSON data, its shape included; empty when it may be used.

    The rules between fields are checked wherever the fields they need are sound.
    """
    found = shape_faults(raw, Plan)
    sound = _Sound(raw, {fault.pointer for fault in found})
    flexion, extension = sound("range", "flexion_deg"), sound("range", "extension_deg")
    if flexion is not None and extension is not None:
        if extension >= flexion:
            found.append(Fault("/range/extension_deg", f"expected less than flexion_deg ({flexion:g}), got {extension:g}"))
        for phase in ("extension_s", "flexion_s"):
            # The ramp is the fastest part: a parabolic corner only blends its speed with that of the neighbour.
            duration_s = sound("tempo", phase)
            if duration_s is not None and (speed := abs(flexion - extension) / duration_s) > SPEED_LIMIT_DEG_S:
                shortest_s = abs(flexion - extension) / SPEED_LIMIT_DEG_S
                wanted, fast = _apart_from(shortest_s, duration_s), _apart_from(speed, SPEED_LIMIT_DEG_S)
                message = f"expected at least {wanted} s ({SPEED_LIMIT_DEG_S:g} deg/s), got {duration_s:.15g} ({fast} deg/s)"
                found.append(Fault(f"/tempo/{phase}", message))
    least, most = sound("repetitions", "least", 12), sound("repetitions", "most", 15)
    if least is not None and most is not None and least > most:
        found.append(Fault("/repetitions/least", f"expected at most `most` ({most}), got {least}"))
    past = raw.get("past") if isinstance(raw, dict) else None
    if isinstance(past, list) and len(past) > MOST_PAST:
        found.append(Fault("/past", f"expected at most {MOST_PAST} sets, got {len(past)}"))
    return found


def _apart_from(value: float, other: float) -> str:
    """A number with three digits, or as many as it takes to show that it is not the other one."""
    return next((text for digits in range(3, 17) if float(text := f"{value:.{digits}g}") != other), repr(value))


class _Sound:
    """Looks up a number in raw data: None where it, or what holds it, is at fault."""

    def __init__(self, raw: object, faulty: set[str]) -> None:
        self._raw: dict[str, Any] = raw if isinstance(raw, dict) else {}
        self._faulty = faulty

    def __call__(self, part: str, field: str, default: Any = None) -> Any:
        if "" in self._faulty or f"/{part}" in self._faulty or f"/{part}/{field}" in self._faulty:
            return None
        return self._raw.get(part, {}).get(field, default)
