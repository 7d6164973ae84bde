"""The events that a machine's screens may ask for again (contract 5, `resume`): the newest in memory, the others in the recordings."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

import msgspec
import structlog

from wire.recorded import RecordedError

KEPT = 64
"""Events of a running session that stay in memory though they are on disk: a minute or two, for a screen that was away for a moment."""
MOST_SESSIONS = 20
MOST_EVENTS = 20_000
"""Bounds of what stays in memory where the disk takes nothing; then the oldest are lost."""

Read = Callable[[str, int], list[bytes]]
"""The events of a session after a number, from its recording. Blocks. Raises RecordedError."""

log = structlog.get_logger()


class Missing(NamedTuple):
    """Events that are not in memory: after number `after` of a session, up to number `upto`."""

    session: str
    after: int
    upto: int


class _Tail:
    """A session's newest events, `first` being the number of the first one here; numbers go up by one (contract 4)."""

    __slots__ = ("first", "texts")

    def __init__(self) -> None:
        self.first = 1
        self.texts: deque[bytes] = deque()

    def forget(self, keep: int, upto: int) -> int:
        """Lets go of the oldest up to number `upto`, but not of the newest `keep`. Returns how many went."""
        count = max(0, min(upto + 1 - self.first, len(self.texts) - keep))
        for _ in range(count):
            self.texts.popleft()
        self.first += count
        return count


class History:
    """Event texts (JSON) by session, in order. One leaves memory only once its recording holds it durably."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._sessions: OrderedDict[str, _Tail] = OrderedDict()
        self._count = 0

    def __contains__(self, session: str) -> bool:
        return session in self._sessions

    def open(self, session: str) -> None:
        """A session begins."""
        self._sessions[session] = _Tail()
        while len(self._sessions) > 1 and (len(self._sessions) > MOST_SESSIONS or self._count > MOST_EVENTS):
            self._count -= len(self._sessions.popitem(last=False)[1].texts)

    def resume(self, session: str, upto: int) -> None:
        """A session is taken up again; its events up to that number are in its recording."""
        self.open(session)
        self._sessions[session].first = upto + 1

    def put(self, session: str, text: bytes) -> None:
        """The next event of a session that was opened."""
        tail = self._sessions[session]
        tail.texts.append(text)
        self._count += 1
        if len(tail.texts) > MOST_EVENTS:
            self._count -= tail.forget(MOST_EVENTS, tail.first)

    def last(self, session: str) -> int:
        """The number of a session's newest event; 0 before the first, and for a session that is not known."""
        tail = self._sessions.get(session)
        return 0 if tail is None else tail.first + len(tail.texts) - 1

    def stored(self, session: str, upto: int, keep: int = KEPT) -> None:
        """Up to that number the recording holds them durably: but for the newest `keep` they need not stay here."""
        tail = self._sessions.get(session)
        if tail is not None:
            self._count -= tail.forget(keep, upto)

    def after(self, session: str | None, number: int, *, alone: bool = False) -> tuple[list[bytes], Missing | None]:
        """What follows event `number` of `session`, later sessions included unless `alone`; everything where it is None.

        It ends where memory does not reach: the second answer says what is missing there.
        """
        found: list[bytes] = []
        passed = session is None
        for name, tail in self._sessions.items():
            if not passed and name != session:
                continue
            since = 0 if passed else number
            if since + 1 < tail.first:
                return found, Missing(name, since, tail.first - 1)
            found += islice(tail.texts, min(since + 1 - tail.first, len(tail.texts)), None)
            passed = True
            if alone:
                break
        return found, None

    async def since(self, session: str | None, number: int, *, alone: bool = False) -> list[bytes]:
        """The same, whole: what is not in memory is read from the recordings, in a thread. Up to the newest event when it returns."""
        found, missing = self.after(session, number, alone=alone)
        while missing is not None:
            try:
                texts = await asyncio.to_thread(self._read, missing.session, missing.after)
            except RecordedError as error:
                log.error("events not read", session=missing.session, reason=str(error))  # noqa: TRY400 - the reason says it all
                texts = []
            found += texts
            newest: int = msgspec.json.decode(texts[-1])["id"] if texts else 0
            # What a recording can't give is lost; what came meanwhile is in memory, or durable by now and read in another round.
            more, missing = self.after(missing.session, max(newest, missing.upto), alone=alone)
            found += more
        return found
