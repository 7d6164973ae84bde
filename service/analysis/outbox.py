"""Events on their way out: numbered, ordered and dated as contract 4 says."""

from typing import Any

from wire.events import (
    CadenceDeviated,
    Event,
    Failure,
    PhaseEntered,
    RepetitionCompleted,
    ReserveEstimated,
    SetEnded,
)

_ORDER: dict[type[Event], int] = {
    PhaseEntered: 0,
    RepetitionCompleted: 1,
    CadenceDeviated: 2,
    ReserveEstimated: 3,
    Failure: 4,
    SetEnded: 6,
}
_REST = 5


class Outbox:
    """Collects what one sample (or one input) made known, then gives it out in the order of contract 4.

    Times go in as device ns and come out as seconds since the session's first sample.
    """

    def __init__(self) -> None:
        self.first_ns: int | None = None
        self.last_id = 0
        self._waiting: list[tuple[int, type[Event], int | None, int | None, dict[str, Any]]] = []

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def seconds(self, t_ns: int) -> float:
        """A device time on the session's own axis."""
        return (t_ns - self.first_ns) / 1e9 if self.first_ns is not None else 0.0

    def seconds_or_none(self, t_ns: int | None) -> float | None:
        """The same, None for a time that is not known."""
        return None if t_ns is None else self.seconds(t_ns)

    def put(self, kind: type[Event], number: int | None, at_ns: int | None, **fields: Any) -> None:
        """One event of a set (or None) that happened at `at_ns` (None = at the newest sample)."""
        self._waiting.append((_ORDER.get(kind, _REST), kind, number, at_ns, fields))

    def flush(self, known_ns: int | None) -> list[Event]:
        """Everything waiting, known at `known_ns`."""
        if not self._waiting:
            return []
        known_s = 0.0 if known_ns is None else self.seconds(known_ns)
        if len(self._waiting) > 1:
            self._waiting.sort(key=_order)
        events: list[Event] = []
        for _, kind, number, at_ns, fields in self._waiting:
            self.last_id += 1
            at_s = known_s if at_ns is None else self.seconds(at_ns)
            events.append(kind(id=self.last_id, set=number, at_s=at_s, known_s=known_s, **fields))
        self._waiting.clear()
        return events


def _order(waiting: tuple[int, type[Event], int | None, int | None, dict[str, Any]]) -> int:
    return waiting[0]
