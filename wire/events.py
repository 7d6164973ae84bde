"""Analysis events (contract 4): one struct a kind, tagged by `kind`. Times in seconds from the session's first sample."""

from typing import Literal

import msgspec

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
    session: str | None | msgspec.UnsetType = msgspec.UNSET


class SetStarted(Event, tag="set_started"):
    plan: Plan | None


class RepetitionStarted(Event, tag="repetition_started"):
    repetition: int


class PhaseEntered(Event, tag="phase_entered"):
    repetition: int
    phase: Phase


class RepetitionCompleted(Event, tag="repetition_completed"):
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


class CadenceDeviated(Event, tag="cadence_deviated"):
    repetition: int
    phase: Phase
    direction: Literal["fast", "slow"]
    deviation_s: float


class RangeExceeded(Event, tag="range_exceeded"):
    side: Literal["flexion", "extension"]
    angle_deg: float
    level: Level


class SpeedExceeded(Event, tag="speed_exceeded"):
    speed_deg_s: float
    level: Level


class Struggle(Event, tag="struggle"):
    repetition: int
    reasons: list[str]


class FailureLikely(Event, tag="failure_likely"):
    repetition: int
    confidence: float


class Evidence(msgspec.Struct, frozen=True):
    name: str
    value: float
    unit: str


class Failure(Event, tag="failure"):
    repetition: int
    angle_deg: float
    reason: Literal["stall", "short_of_range", "hold_lost", "torque_lost"]
    confidence: float
    evidence: list[Evidence]


class Unable(Event, tag="unable"):
    reason: Literal["no_torque", "too_early"]


class AbruptStop(Event, tag="abrupt_stop"):
    repetition: int


class Halted(Event, tag="halted"):
    repetition: int


class EndStop(Event, tag="end_stop"):
    repetition: int


class Assisted(Event, tag="assisted"):
    repetition: int


class Momentum(Event, tag="momentum"):
    repetition: int


class Unsure(Event, tag="unsure"):
    repetition: int


class ReserveEstimated(Event, tag="reserve_estimated"):
    repetition: int
    repetitions_left: float
    low: float
    high: float


class SignalFaulted(Event, tag="signal_faulted"):
    channel: Channel
    fault: FaultKind


class SignalRestored(Event, tag="signal_restored"):
    channel: Channel
    fault: FaultKind


class ButtonPressed(Event, tag="button_pressed"):
    button: Literal["pain", "pause", "stop"]
    press: str


class Paused(Event, tag="paused"):
    pass


class Resumed(Event, tag="resumed"):
    pass


class SetEnded(Event, tag="set_ended"):
    reason: Literal["failure", "target_reached", "stopped", "pain", "idle", "signal_lost", "recording_ended"]
    full: int
    short: int
    partial: int
    attempt: int
    duration_s: float
    work_j: float | None
    time_under_tension_s: float | None


AnyEvent = (
    SetStarted | RepetitionStarted | PhaseEntered | RepetitionCompleted | CadenceDeviated | RangeExceeded | SpeedExceeded
    | Struggle | FailureLikely | Failure | Unable | AbruptStop | Halted | EndStop | Assisted | Momentum | Unsure
    | ReserveEstimated | SignalFaulted | SignalRestored | ButtonPressed | Paused | Resumed | SetEnded
)
