"""Is a machine there? Its status, its device clock, the age of its newest sample (contract 5, `feed`)."""

from typing import Any

import msgspec

from service.live.clock import DeviceClock
from wire.live import FeedState
from wire.messages import Spool, Status

LIVE_NS, LATE_NS, STALE_NS = 250_000_000, 1_000_000_000, 5_000_000_000


class Presence:
    """What is known of one machine without looking at its signals. Times of samples are on the axis that screens see."""

    def __init__(self) -> None:
        self.status: Status | None = None
        self.feed: FeedState = "offline"
        self.online = False
        self.spool: Spool | None = None
        """What the machine said last of its own disk."""
        self.named: set[str] | None = None
        """The boots of which it may have had samples when it last said so online: its own and those pending. None: it has said nothing."""
        self.told_ns = 0
        self.clock = DeviceClock()
        self.newest_ns: int | None = None
        self.arrived_ns: int | None = None
        self._rate = 1.0
        """How fast the device's clock goes, where it goes slower than time; a faster one's newest sample is always the quickest."""

    def sampled(self, newest_ns: int, now_ns: int) -> None:
        """A batch of the live lane arrived; its newest sample was taken at `newest_ns`."""
        self.newest_ns = newest_ns
        self.arrived_ns = now_ns
        self.online = True
        self.clock.heard(self._paced(newest_ns), now_ns)

    def told(self, status: Status, sampling: str | None, now_ns: int) -> bool:
        """Birth, change or will; False for a late will: of another boot than the one known, or than `sampling`, whose samples come."""
        owner = sampling if self.status is None else self.status.boot
        if not status.online and owner not in (None, status.boot):
            return False
        rate = min(status.clock.pace, 1.0) if status.clock is not None else self._rate
        if rate != self._rate:
            self._rate = rate
            self.clock.forget()
        self.status = status
        self.online = status.online
        if status.online:
            self.named = {status.boot, *status.pending}
        self.told_ns = now_ns
        if status.spool is not None or status.online:
            self.spool = status.spool
        return True

    def metadata(self) -> dict[str, str]:
        """What the machine has said of itself, as recordings keep it (contract 8)."""
        status = self.status
        if status is None:
            return {}
        found: dict[str, Any] = {"edge": status.software, "sample_rate_hz": status.sample_rate_hz, "calibration": status.calibration}
        return {name: value if isinstance(value, str) else msgspec.json.encode(value).decode() for name, value in found.items()}

    @property
    def full(self) -> bool:
        """Whether the machine takes on no new session for want of space on its own disk, as it said last (robustness F10)."""
        return self.spool is not None and self.spool.refuses

    def age_ns(self, now_ns: int) -> int | None:
        """How old the newest sample is, as well as the device clock is known."""
        return None if (taken_ns := self.taken_ns) is None else now_ns - taken_ns

    @property
    def taken_ns(self) -> int | None:
        """When the newest sample was taken, on the server's clock; None where that is not known."""
        if self.newest_ns is None or self.clock.offset_ns is None:
            return None
        return self._paced(self.newest_ns) + self.clock.offset_ns

    def _paced(self, device_ns: int) -> int:
        """A device time as if its clock went as fast as ours: what takes twice as long is no delay that grows (decision 0189)."""
        return device_ns if self._rate == 1.0 else round(device_ns / self._rate)

    def judge(self, now_ns: int) -> bool:
        """Brings `feed` up to date; True where it has changed."""
        state: FeedState = "offline"
        if self.online:
            age_ns = self.age_ns(now_ns)
            if age_ns is None or age_ns > STALE_NS:
                state = "lost"
            elif age_ns <= LIVE_NS:
                state = "live"
            else:
                state = "late" if age_ns <= LATE_NS else "stale"
        changed = state != self.feed
        self.feed = state
        return changed

    def ended(self, boot: str | None) -> bool:
        """True where that boot has said that its source is at its end."""
        return self.status is not None and self.status.ended and self.status.boot == boot
