"""What staff are told of a machine's samples: what is kept, what waits, what is wrong (contract 5, `keeping`; decision 0120)."""

from typing import TYPE_CHECKING

from wire import encoding
from wire.live import Keeping

if TYPE_CHECKING:
    from service.live.floor import Floor
    from service.live.line import Line

IN_FLIGHT_S = 3.0
"""What a healthy machine may not yet know to be stored: `stored` comes once a second, no sample is backfilled before it is 2 s old."""
RESTING_S = 6.0
"""The same without a session, where the newest samples wait for movement before they are let go of (decision 0052)."""
FALLBACK_HZ = 100.0
"""The sample rate of a machine that has not said."""
OUTDATED_NS = 60_000_000_000
"""A machine that has not sent another version's messages for so long no longer does."""


class Keeper:
    """One machine's `keeping`, and when it was sent last."""

    def __init__(self, line: "Line", floor: "Floor") -> None:
        self._line = line
        self._floor = floor
        self._said = Keeping(machine=line.machine, recording=None)
        self._outdated: tuple[str, int] | None = None
        self._in_flight_s = IN_FLIGHT_S
        self.lost = 0
        """Samples that are missing and that the machine no longer has, as far as it has said."""

    def speaks(self, version: str, now_ns: int) -> None:
        """The machine sent a message of another major version of the protocol."""
        self._outdated = (version, now_ns)

    def told(self, waiting: int) -> None:
        """The machine has said how many samples wait on its disk: what is missing beyond them is lost."""
        self.lost = max(self.missing() - waiting, 0)
        self._in_flight_s = RESTING_S if self._line.running is None else IN_FLIGHT_S

    def tick(self, now_ns: int) -> None:
        """Once a second: says what has changed."""
        keeping = self.now(now_ns)
        if keeping != self._said:
            self._said = keeping
            self._line.channel.say_to_staff(encoding.encode(keeping))

    def current(self) -> bytes | None:
        """What a late joiner is told; None where there is nothing to tell."""
        return None if self._said == Keeping(machine=self._line.machine, recording=None) else encoding.encode(self._said)

    def missing(self) -> int:
        """Samples with a number between others that are here."""
        return sum(ledger.missing() for ledger in self._line.ledgers.values())

    def now(self, now_ns: int) -> Keeping:
        """As it is."""
        line = self._line
        running, status, spool = line.running, line.presence.status, line.presence.spool
        trouble = None if running is None else running.trouble
        rate_hz = (status.sample_rate_hz if status is not None else None) or FALLBACK_HZ
        backlog = 0
        if spool is not None:  # without one there is nothing that could still come
            backlog = max(self.missing() - self.lost, 0)
            waiting = spool.waiting - line.backlog.taken
            if waiting > self._in_flight_s * rate_hz:
                backlog = max(backlog, waiting)
        pace = line.backlog.samples_s
        return Keeping(
            machine=line.machine,
            recording=None if running is None else running.recorder is not None and trouble is None,
            code=None if trouble is None else trouble.code,
            reason=None if trouble is None else trouble.words,
            backlog=backlog,
            backlog_s=round(backlog / rate_hz, 1) if backlog else None,
            eta_s=round(backlog / pace, 1) if backlog and pace > 1 else None,
            spool_share=None if spool is None or not spool.quota else round(spool.used / spool.quota, 2),
            spool_refuses=line.presence.full,
            conflict=line.lane.fence.conflict(now_ns),
            outdated=self._outdated[0] if self._outdated is not None and now_ns - self._outdated[1] < OUTDATED_NS else None,
            database=self._floor.database(),
            restarted_utc=None if running is None else running.restarted_utc,
        )
