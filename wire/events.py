"""Analysis events (contract 4): one struct a kind, tagged by `kind`. Times in seconds from the session's first sample."""

from typing import Literal

import msgspec

from wire.messages import PressedButton
from wire.plan import Plan

Phase = Literal["extension", "hold", "flexion", "turn"]
Extent = Literal["full", "short", "partial", "attempt"]
Channel = str
Flag = Literal[
    "bounced", "hold_dip", "incomplete_return", "momentum", "assisted", "gap", "void", "no_torque", "setup_shift", "range_learnt"
]
FaultKind = Literal["stuck", "dropout", "spike", "saturated", "drift", "wrapped", "swapped", "inverted", "scaled", "clock", "gap"]
Level = Literal["caution", "stop"]


class Event(msgspec.Struct, kw_only=True, frozen=True, tag_field="kind"):
    """What every event has.

    `id` counts through the session from 1; `set` is null outside a set; `at_s` is when it happened, `known_s` the time of the newest
    sample analysed when it became known; `machine` and `session` only live (`session` null for a button outside a session).
    """

    id: int
    set: int | None
    at_s: float
    known_s: float
    machine: str | msgspec.UnsetType = msgspec.UNSET
    session: str | msgspec.UnsetType | None = msgspec.UNSET


class SetStarted(Event, frozen=True, tag="set_started"):
    """A set began, under this plan (null = none)."""

    plan: Plan | None


class RepetitionStarted(Event, frozen=True, tag="repetition_started"):
    """Announced, back-dated, once progress passes 0.25. Restarts at 1 in each set."""

    repetition: int


class PhaseEntered(Event, frozen=True, tag="phase_entered"):
    """A phase of a repetition began."""

    repetition: int
    phase: Phase


class RepetitionCompleted(Event, frozen=True, tag="repetition_completed"):
    """A repetition is over: its extent, boundaries, durations and measures.

    `extension_start_s`, `hold_start_s`, `flexion_start_s`, `end_s` are the geometric boundaries (times), `extension_s`, `hold_s`,
    `flexion_s`, `turn_s` the durations as shown; `turn_s` is the turn before this extension. null = a boundary is missing.
    """

    repetition: int
    extent: Extent
    extension_start_s: float | None
    hold_start_s: float | None
    flexion_start_s: float | None
    end_s: float | None
    flexed_deg: float | None
    extended_deg: float | None
    range_deg: float | None
    extension_s: float | None
    hold_s: float | None
    flexion_s: float | None
    turn_s: float | None
    peak_torque_nm: float | None
    mean_torque_nm: float | None
    work_j: float | None
    time_in_band: float | None
    rmse_deg: float | None
    flags: list[Flag]


class CadenceDeviated(Event, frozen=True, tag="cadence_deviated"):
    """A phase was faster (`deviation_s` < 0) or slower than the cue by more than the tolerance."""

    repetition: int
    phase: Phase
    direction: Literal["fast", "slow"]
    deviation_s: float


class RangeExceeded(Event, frozen=True, tag="range_exceeded"):
    """The angle left the plan's range on that side."""

    side: Literal["flexion", "extension"]
    angle_deg: float
    level: Level


class SpeedExceeded(Event, frozen=True, tag="speed_exceeded"):
    """The movement was too fast."""

    speed_deg_s: float
    level: Level


class Struggle(Event, frozen=True, tag="struggle"):
    """Signs that the patient is near failure."""

    repetition: int
    reasons: list[str]


class FailureLikely(Event, frozen=True, tag="failure_likely"):
    """The extension stalls: momentary muscular failure is likely; `confidence` 0-1."""

    repetition: int
    confidence: float


class Evidence(msgspec.Struct, frozen=True):
    """One measured reason for a finding."""

    name: str
    value: float
    unit: str


class Failure(Event, frozen=True, tag="failure"):
    """The patient tried and could not complete the extension; `at_s` is the turning point, `confidence` 0-1."""

    repetition: int
    angle_deg: float
    reason: Literal["stall", "short_of_range", "hold_lost", "torque_lost"]
    confidence: float
    evidence: list[Evidence]


class Unable(Event, frozen=True, tag="unable"):
    """Failure can't be judged."""

    reason: Literal["no_torque", "too_early"]


class AbruptStop(Event, frozen=True, tag="abrupt_stop"):
    """The torque was let go: suspected pain, never called failure."""

    repetition: int


class Halted(Event, frozen=True, tag="halted"):
    """Held still in mid-range, then went on or lowered."""

    repetition: int


class EndStop(Event, frozen=True, tag="end_stop"):
    """Ran into the machine's end stop."""

    repetition: int


class Assisted(Event, frozen=True, tag="assisted"):
    """Someone or something helped."""

    repetition: int


class Momentum(Event, frozen=True, tag="momentum"):
    """Swung instead of lifted."""

    repetition: int


class Unsure(Event, frozen=True, tag="unsure"):
    """Looks like failure, but can't be told."""

    repetition: int


class ReserveEstimated(Event, frozen=True, tag="reserve_estimated"):
    """Repetitions left before failure, with an 80 % interval."""

    repetition: int
    repetitions_left: float
    low: float
    high: float


class SignalFaulted(Event, frozen=True, tag="signal_faulted"):
    """A channel shows a fault."""

    channel: Channel
    fault: FaultKind


class SignalRestored(Event, frozen=True, tag="signal_restored"):
    """A channel's fault is over."""

    channel: Channel
    fault: FaultKind


class ButtonPressed(Event, frozen=True, tag="button_pressed"):
    """A button was pressed; `press` is its id and acknowledges it."""

    button: PressedButton
    press: str


class Paused(Event, frozen=True, tag="paused"):
    """The set was paused, by button or staff."""


class Resumed(Event, frozen=True, tag="resumed"):
    """The set goes on."""


class SetEnded(Event, frozen=True, tag="set_ended"):
    """A set is over: why, how many repetitions of each extent, its totals."""

    reason: Literal["failure", "target_reached", "stopped", "pain", "idle", "signal_lost", "recording_ended"]
    full: int
    short: int
    partial: int
    attempt: int
    duration_s: float
    work_j: float | None
    time_under_tension_s: float | None


AnyEvent = (
    SetStarted
    | RepetitionStarted
    | PhaseEntered
    | RepetitionCompleted
    | CadenceDeviated
    | RangeExceeded
    | SpeedExceeded
    | Struggle
    | FailureLikely
    | Failure
    | Unable
    | AbruptStop
    | Halted
    | EndStop
    | Assisted
    | Momentum
    | Unsure
    | ReserveEstimated
    | SignalFaulted
    | SignalRestored
    | ButtonPressed
    | Paused
    | Resumed
    | SetEnded
)
