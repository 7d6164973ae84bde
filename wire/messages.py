"""What a machine and the service say to each other over MQTT, samples aside (contract 2)."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from wire.errors import Fault, step
from wire.names import SafeId
from wire.plan import Plan

_Seq = Annotated[int, Meta(ge=0)]
_Span = tuple[_Seq, _Seq]
PressedButton = Literal["pain", "pause", "stop"]


class ClockAnchor(msgspec.Struct, frozen=True):
    """One instant on the device's monotonic clock and on its wall clock.

    `rate`: seconds that pass on the device's clock in one; said only where a recording or a simulation is played at another speed
    (decision 0189).
    """

    mono_ns: int
    utc_ns: int
    quality: str = "unknown"
    rate: Annotated[float, Meta(gt=0, le=10_000)] | msgspec.UnsetType = msgspec.UNSET

    @property
    def pace(self) -> float:
        """The rate; 1 where none is said."""
        return 1.0 if self.rate is msgspec.UNSET else self.rate


class Spool(msgspec.Struct, frozen=True):
    """What an edge agent keeps on its own disk until it is stored: `used` of `quota` bytes, and samples that wait, of all boots.

    `refuses` is true while it takes on no new session for want of space.
    """

    used: Annotated[int, Meta(ge=0)]
    quota: Annotated[int, Meta(ge=0)]
    waiting: Annotated[int, Meta(ge=0)] = 0
    refuses: bool = False


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """An edge agent's birth and changes, and its last will.

    `pending`: earlier boots with samples not yet stored; `clocks`: their anchors, as far as they are known; `ended`: the source has
    reached its end; `previous`: the last boot before this one that a service has spoken of, by the same disk (decision 0262).
    """

    online: bool
    boot: SafeId
    pending: list[SafeId] = []
    previous: SafeId | msgspec.UnsetType = msgspec.UNSET
    software: str = ""
    sample_rate_hz: Annotated[float, Meta(gt=0, le=100_000)] | None = None
    calibration: dict[str, Any] | None = None
    clock: ClockAnchor | None = None
    clocks: dict[SafeId, ClockAnchor] = {}
    ended: bool = False
    spool: Spool | None = None


def status_faults(status: Status) -> list[Fault]:
    """Numbers beyond 64 bits."""
    numbers = []
    for place, anchor in (("/clock", status.clock), *((step("/clocks", boot), each) for boot, each in status.clocks.items())):
        if anchor is not None:
            numbers += [(f"{place}/mono_ns", anchor.mono_ns), (f"{place}/utc_ns", anchor.utc_ns)]
    if (spool := status.spool) is not None:
        numbers += [("/spool/used", spool.used), ("/spool/quota", spool.quota), ("/spool/waiting", spool.waiting)]
    return _beyond(numbers)


def _beyond(numbers: list[tuple[str, int]]) -> list[Fault]:
    return [Fault(place, "expected an integer of 64 bits") for place, value in numbers if not -(2**63) <= value < 2**63]


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """Every sample of `boot` up to `upto` (inclusive), less `missing`, is fsynced, or refused for good. -1 = none yet."""

    boot: SafeId
    upto: Annotated[int, Meta(ge=-1)]
    missing: list[_Span] = []
    refused: list[_Span] = []


def stored_faults(stored: Stored) -> list[Fault]:
    """Sample numbers beyond 64 bits, and ranges of them that end before they begin."""
    return [Fault("/upto", "expected a number of 64 bits")] * (stored.upto >= 2**64) + [
        Fault(f"/{name}/{at}", f"expected [first, last], got [{first}, {last}]")
        for name, spans in (("missing", stored.missing), ("refused", stored.refused))
        for at, (first, last) in enumerate(spans)
        if first > last
    ]


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What the service asks of an edge agent; `id` pairs it with its reply."""

    id: SafeId
    verb: Literal["tare", "sweep", "identify"]


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a command: `error` says why not, `result` what was measured."""

    id: SafeId
    ok: bool
    error: str | None = None
    result: dict[str, Any] | None = None


class Button(msgspec.Struct, frozen=True, kw_only=True):
    """A button pressed at the machine, on the device's clock; repeated until an event names its id."""

    id: SafeId
    boot: SafeId
    at_ns: int
    button: PressedButton


def button_faults(button: Button) -> list[Fault]:
    """A time beyond 64 bits."""
    return _beyond([("/at_ns", button.at_ns)])


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
    button: PressedButton | None = None
    press: str | None = None
    origin_ns: int | None = None
