"""What is told of a machine's sessions, into their recordings (decision 0135), and what of it staff are shown (decision 0179)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, NamedTuple

from service.live.errors import NoSession, NotRecorded
from wire import encoding
from wire.live import CheckIn, PainRating, Told

if TYPE_CHECKING:
    from service.live.line import Line

PAIN = "pain_told"
CHECK_IN = "checked_in"


class _Said(NamedTuple):
    """One answer: its fields as they stand in the recording, when it was said (monotonic, ns), whether staff have seen it."""

    fields: dict[str, Any]
    at_ns: int
    seen: bool


class Answers:
    """What is told at one machine. Of what its patient says, the newest answer of each kind in the newest session is shown to staff."""

    def __init__(self, line: "Line") -> None:
        self._line = line
        self._said: dict[str, _Said] = {}

    def tell(self, action: str, session: str | None, kind: str, **fields: Any) -> None:
        """What was told of a session (None = the open one), into its recording, once for each `action` id.

        A session that has ended is told of as long as its recording is open. Raises NoSession, NotRecorded; staff hear of it all the same.
        """
        line = self._line
        running = line.running
        if fields.get("press") in line.orders.presses.unseen:
            session = None  # pressed outside a session, though its screen may not have heard yet that the one before was over
        known = line.orders.knows("tell", action)
        if not known and (running is None or session in (None, running.session)):
            self._take(kind, action, fields)
        record = running if session is None else next((one for one in line.records if one.session == session), None)
        if record is None:
            raise NoSession(f"{line.machine}: the recording of the session is closed, or none is open")
        if not known:
            if not record.tell(kind, id=action, **fields):
                raise NotRecorded(f"{line.machine}: the session is not being recorded now")
            line.orders.remember("tell", action)
        record.flush()
        if record.trouble is not None:
            raise NotRecorded(f"{line.machine}: the session is not being recorded now")

    def restore(self, notes: Iterable[dict[str, Any]]) -> None:
        """What a session's recording holds of it, after a restart; nobody is known to have seen it."""
        now_ns, now = monotonic_ns(), datetime.now(UTC)
        for note in notes:
            if note["kind"] in (PAIN, CHECK_IN):
                age_s = (now - datetime.fromisoformat(note["noted_utc"])).total_seconds()
                fields = {name: value for name, value in note.items() if name not in ("kind", "noted_utc")}
                self._said[note["kind"]] = _Said(fields, now_ns - round(max(age_s, 0.0) * 1e9), seen=False)
        if self._said:
            self._show(now_ns)

    def clear(self, *, unseen: bool) -> None:
        """Another session: whoever sits there now has said nothing. Pain that nobody has seen goes only with `unseen`."""
        kept = {kind: said for kind, said in self._said.items() if kind == PAIN and not (said.seen or unseen)}
        if kept != self._said:
            self._said = kept
            self._show(monotonic_ns())

    def see(self, action: str) -> None:
        """Staff have seen the answer of that id."""
        for kind, said in self._said.items():
            if said.fields["id"] == action and not said.seen:
                self._said[kind] = said._replace(seen=True)
                self._show(monotonic_ns())
                return

    def current(self, now_ns: int) -> bytes | None:
        """What a late joiner is told; None where nothing was said."""
        return self._message(now_ns) if self._said else None

    def _take(self, kind: str, action: str, fields: dict[str, Any]) -> None:
        """What was said already, by its id, is known; other kinds are nobody's answer."""
        known = self._said.get(kind)
        if kind in (PAIN, CHECK_IN) and (known is None or known.fields["id"] != action):
            now_ns = monotonic_ns()
            self._said[kind] = _Said({"id": action, **fields}, now_ns, seen=False)
            self._show(now_ns)

    def _show(self, now_ns: int) -> None:
        self._line.channel.say_to_staff(self._message(now_ns))

    def _message(self, now_ns: int) -> bytes:
        pain, check_in = self._said.get(PAIN), self._said.get(CHECK_IN)
        return encoding.encode(
            Told(
                machine=self._line.machine,
                pain=None if pain is None else _rating(pain, now_ns),
                check_in=None if check_in is None else _check_in(check_in, now_ns),
            )
        )


def _rating(said: _Said, now_ns: int) -> PainRating:
    of = said.fields.get
    return PainRating(
        id=said.fields["id"], press=of("press"), pain=of("pain"), where=of("where") or [], quality=of("quality"),
        age_ms=_age_ms(said, now_ns), seen=said.seen,
    )  # fmt: skip


def _check_in(said: _Said, now_ns: int) -> CheckIn:
    of = said.fields.get
    return CheckIn(
        id=said.fields["id"], who=of("who"), pain=of("pain"), ready=bool(of("ready")), skipped=bool(of("skipped")),
        age_ms=_age_ms(said, now_ns), seen=said.seen,
    )  # fmt: skip


def _age_ms(said: _Said, now_ns: int) -> float:
    return round((now_ns - said.at_ns) / 1e6, 1)
