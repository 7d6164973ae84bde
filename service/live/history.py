"""The events that a machine's screens may ask for again (contract 5, `resume`)."""

from collections import OrderedDict

from wire.events import Event

MOST_SESSIONS = 20
MOST_EVENTS = 20_000
"""Bounds of what a machine keeps in memory; older sessions are read from their recordings."""


class History:
    """Event texts by session, in order; the oldest sessions make room."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, list[tuple[Event, bytes]]] = OrderedDict()
        self._count = 0

    def open(self, session: str) -> None:
        """A session begins."""
        self._sessions[session] = []
        while len(self._sessions) > 1 and (len(self._sessions) > MOST_SESSIONS or self._count > MOST_EVENTS):
            self._count -= len(self._sessions.popitem(last=False)[1])

    def put(self, session: str, event: Event, text: bytes) -> None:
        """An event of a session that was opened, and how the live feed says it."""
        self._sessions[session].append((event, text))
        self._count += 1

    def events(self, session: str) -> list[Event]:
        """The events of a session that is held."""
        return [event for event, _ in self._sessions[session]]

    def __contains__(self, session: str) -> bool:
        return session in self._sessions

    @property
    def oldest(self) -> str | None:
        """The first session still held."""
        return next(iter(self._sessions), None)

    def after(self, session: str | None, number: int) -> list[bytes]:
        """What follows event `number` of `session`, later sessions included; everything held where it is None."""
        found: list[bytes] = []
        passed = session is None
        for name, events in self._sessions.items():
            if passed:
                found += [text for _, text in events]
            elif name == session:
                found += [text for event, text in events if event.id > number]
                passed = True
        return found
