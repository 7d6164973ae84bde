"""The live feed over WebSocket (contract 5): JSON text, tagged by `type`."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from wire.events import Event, Phase, RepetitionCompleted
from wire.plan import Plan

PROTOCOL = 1
FeedState = Literal["live", "late", "stale", "lost", "offline"]


class Resume(msgspec.Struct, frozen=True):
    """The last event that the client has of a machine: what follows comes first.

    `session` null: that was a button pressed outside a session, whose place among the sessions it doesn't tell.
    """

    session: str | None
    id: Annotated[int, Meta(ge=0)]


class Watch(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="watch"):
    """The client's first message; a second one replaces the first. `rate_hz`: at most so many frames a second of each machine."""

    machines: list[str] | Literal["*"]
    rate_hz: Annotated[float, Meta(gt=0)] = 30.0
    resume: dict[str, Resume] = {}


class Ping(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="ping"):
    """Asks for a `pong` of that id, to measure the clocks' offset."""

    id: int


FromClient = Watch | Ping


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="hello"):
    """The server's first message."""

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
    """Everything that a late joiner needs of a machine; `repetitions`: those completed in the running (or last) set."""

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
    """Every sample since the previous frame, thinned above 100 Hz: columns of equal length, null = no reading."""

    t_ns: list[int]
    angle_deg: list[float | None]
    torque_nm: list[float | None]


class Frame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="frame"):
    """The newest sample of a machine: `t_ns` on the device's clock, `sent_ns` on the server's, `skipped` frames were not sent."""

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
    """How old a machine's newest sample is: live <= 250 ms, late <= 1 s, stale <= 5 s, lost beyond; offline by its status."""

    machine: str
    state: FeedState


class Invalid(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="invalid"):
    """A payload that the service set aside, for the wall: `machine` null = of no machine that can be named. At most one a second a machine.

    `count` = set aside from there since the service started; `reason` and `message` are the newest one's.
    """

    machine: str | None
    count: int
    reason: str
    message: str


class Keeping(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="keeping"):
    """What is and isn't kept of a machine's samples, for staff: sent when it changes, at most once a second a machine.

    `recording`: null = no session; where it is false, `reason` says in English why a session is not being recorded.
    `backlog` = samples sampled and not stored yet; `backlog_s` their time; `eta_s` until they are here at the rate of the last
    seconds; null = not known. `spool_share` = the used share of the machine's own disk quota; `spool_refuses`: it takes on no new
    session. `conflict` = the boot of a second agent under this name, whose samples are not taken. `outdated` = a version of the
    protocol that the service does not speak. `database` is false while the index can't be written (rows wait in a journal).
    `restarted_utc`: when the service came back and took the running session up again.
    """

    machine: str
    recording: bool | None
    code: Literal["disk_full", "disk_failed"] | None = None
    reason: str | None = None
    backlog: int = 0
    backlog_s: float | None = None
    eta_s: float | None = None
    spool_share: float | None = None
    spool_refuses: bool = False
    conflict: str | None = None
    outdated: str | None = None
    database: bool = True
    restarted_utc: str | None = None


class Seen(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="seen"):
    """Staff have seen what a machine needs (a name of the screens' own): other screens call for it no longer. For staff, once, not kept.

    Of a stop for pain outside a session (`need` pain) it is told to the patient's screen too, and who joins is told of the stop no more.
    """

    machine: str
    need: Annotated[str, Meta(pattern="^[a-z_]{1,32}(?![\\s\\S])")]


class PainRating(msgspec.Struct, frozen=True, kw_only=True):
    """What a patient said of a stop for pain: 0 = none, 10 = the worst that can be imagined; null = not said.

    `id` is the answer's own, new each time; `press` the stop's. `age_ms`: since it was said, at sending. `seen`: staff have seen it.
    """

    id: str
    press: str | None
    pain: int | None
    where: list[Literal["back", "buttock", "leg"]]
    quality: Literal["sharp", "dull"] | None
    age_ms: float
    seen: bool


class CheckIn(msgspec.Struct, frozen=True, kw_only=True):
    """What a patient said before a set: whether the alias is his own, how much it hurts now, that he is ready; null = not said.

    `skipped`: he went on without an answer. `id`, `age_ms`, `seen` as of a PainRating.
    """

    id: str
    who: Literal["self", "other"] | None
    pain: int | None
    ready: bool
    skipped: bool
    age_ms: float
    seen: bool


class Told(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="told"):
    """What the patient at a machine has said, for staff: sent when it changes and to who joins; of an earlier session nothing stands.

    Null = nothing was said.
    """

    machine: str
    pain: PainRating | None
    check_in: CheckIn | None


class PatientScreen(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="screen"):
    """Whether a patient has his screen, for staff. `away`: a set runs, and for 5 s none of the machine's paired screens was heard from.

    Sent when it changes and, while it is so, to who joins; of a machine without a paired screen nothing is said.
    """

    machine: str
    away: bool


class Pong(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="pong"):
    """The answer to a `ping`."""

    id: int
    server_ns: int


class ErrorMessage(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="error"):
    """Why the server is about to close."""

    code: str
    message: str


FromServer = Hello | Snapshot | Frame | Feed | Invalid | Keeping | Seen | Told | PatientScreen | Pong | ErrorMessage
"""What the server sends, events aside: those are `event_text`."""

_encoder = msgspec.json.Encoder()


def event_text(event: Event) -> bytes:
    """An event as the live feed sends it: the fields of contract 4 beside `"type": "event"`."""
    return live_text(_encoder.encode(event))


def live_text(text: bytes) -> bytes:
    """The same of an event that is JSON already."""
    return b'{"type":"event",' + text[1:]
