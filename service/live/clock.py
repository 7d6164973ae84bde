"""A device's clock against ours, from nothing but when its samples arrive."""

WINDOW_NS = 15_000_000_000


class DeviceClock:
    """Server minus device, ns: the least that was seen of (arrival - sampling) in the last 15 to 30 s.

    The quickest message of the window counts as having taken no time, so ages are estimated short by that one's way, mostly under
    a millisecond on a clinic's network. Two windows, so that a drifting or stepped clock is followed; a step that makes samples seem
    older than they are is forgotten within 30 s. Source: the minimum filter of NTP (RFC 5905, 10) without its round trip.
    """

    __slots__ = ("_before", "_now", "_until_ns", "offset_ns")

    def __init__(self) -> None:
        self.offset_ns: int | None = None
        self._before: int | None = None
        self._now: int | None = None
        self._until_ns = 0

    def heard(self, device_ns: int, server_ns: int) -> int:
        """A sample taken at `device_ns` arrived at `server_ns`; the offset as estimated now."""
        difference = server_ns - device_ns
        if self._now is None or server_ns >= self._until_ns:
            self._before, self._now, self._until_ns = self._now, difference, server_ns + WINDOW_NS
        elif difference < self._now:
            self._now = difference
        else:
            assert self.offset_ns is not None
            return self.offset_ns
        self.offset_ns = self._now if self._before is None else min(self._now, self._before)
        return self.offset_ns

    def forget(self) -> None:
        """Another boot: another clock."""
        self.__init__()  # type: ignore[misc]  # the same object, as new
