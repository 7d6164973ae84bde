"""The live feed over WebSocket (contract 5): JSON text, tagged by `type`."""

from typing import Literal

import msgspec

from wire.events import Event, Phase, RepetitionCompleted
from wire.plan import Plan

PROTOCOL = 1
FeedState = Literal["live", "late", "stale", "lost", "offline"]


class Resume(msgspec.Struct, frozen=True):
    session: str
    id: int


class Watch(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="watch"):
    machines: list[str] | Literal["*"]
    rate_hz: float = 30.0
    resume: dict[str, Resume] = {}


class Ping(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="ping"):
    id: int


FromClient = Watch | Ping


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="hello"):
    protocol: int
    server_ns: int


class CueState(msgspec.Struct, frozen=True):
    """The cue on the device clock: `origin_ns` null = none yet; in the future = a countdown."""

    origin_ns: int | None
    running: bool


class ClockPair(msgspec.Struct, frozen=True):
    """One instant on the device's clock and on the server's, ns; null = nothing heard yet."""

    device_ns: int | None
    server_ns: int


class Snapshot(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="snapshot"):
    machine: str
    plan: Plan | None
    session: str | None
    set: int | None
    phase: Phase | None
    repetition: int | None
    repetitions: list[RepetitionCompleted]
    last_event_id: int
    cue: CueState
    clock: ClockPair


class Trace(msgspec.Struct, frozen=True):
    t_ns: list[int]
    angle_deg: list[float | None]
    torque_nm: list[float | None]


class Frame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="frame"):
    machine: str
    t_ns: int
    sent_ns: int
    age_ms: float
    angle_deg: float | None
    torque_nm: float | None
    speed_deg_s: float | None
    phase: Phase | None
    repetition: int | None
    cue_deg: float | None
    trace: Trace
    skipped: int = 0


class Feed(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="feed"):
    machine: str
    state: FeedState


class Pong(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="pong"):
    id: int
    server_ns: int


class ErrorMessage(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="error"):
    code: str
    message: str


FromServer = Hello | Snapshot | Frame | Feed | Pong | ErrorMessage
"""What the server sends, events aside: those are `event_text`."""

_encoder = msgspec.json.Encoder()


def event_text(event: Event) -> bytes:
    """An event as the live feed sends it: the fields of contract 4 beside `"type": "event"`."""
    return b'{"type":"event",' + _encoder.encode(event)[1:]
