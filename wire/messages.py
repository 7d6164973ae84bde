"""What a machine and the service say to each other over MQTT, samples aside (contract 2)."""

from typing import Any, Literal

import msgspec

from wire.plan import Plan


class ClockAnchor(msgspec.Struct, frozen=True):
    """One instant on the device's monotonic clock and on its wall clock."""

    mono_ns: int
    utc_ns: int
    quality: str = "unknown"


class Status(msgspec.Struct, frozen=True, kw_only=True):
    online: bool
    boot: str
    pending: list[str] = []
    software: str = ""
    sample_rate_hz: float | None = None
    calibration: dict[str, Any] | None = None
    clock: ClockAnchor | None = None
    ended: bool = False


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """Every sample of `boot` up to `upto` (inclusive), less `missing`, is fsynced, or refused for good. -1 = none yet."""

    boot: str
    upto: int
    missing: list[tuple[int, int]] = []
    refused: list[tuple[int, int]] = []


class Command(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    verb: Literal["tare", "sweep", "identify"]


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    ok: bool
    error: str | None = None
    result: dict[str, Any] | None = None


class Button(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    boot: str
    at_ns: int
    button: Literal["pain", "pause", "stop"]


class Input(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an analysis is told besides samples (contract 3), with the sample `(boot, seq)` after which it took effect.

    `boot` and `seq` are None before the first sample. `plan` goes with kind plan, `reason` with stop and end,
    `button` and `press` (its id) with button, `origin_ns` (device clock: the cue's origin) with start and resume.
    """

    kind: Literal["plan", "start", "pause", "resume", "stop", "button", "end"]
    boot: str | None = None
    seq: int | None = None
    id: str | None = None
    plan: Plan | None = None
    reason: str | None = None
    button: Literal["pain", "pause", "stop"] | None = None
    press: str | None = None
    origin_ns: int | None = None
