"""UTC labels of a machine's boots: what a boot's own clock is to the wall clock (contract 1, robustness F12)."""

import time

from wire.messages import Status

STEP_NS = 500_000_000
"""Between two anchors, a minute apart, a clock that is slewed moves by 30 ms (500 ppm, RFC 5905); more is a step (robustness F12)."""


def utc_ns(heard_ns: int) -> int:
    """The wall clock of a moment of the monotonic one."""
    return time.time_ns() - (time.monotonic_ns() - heard_ns)


class Labels:
    """UTC less the device's clock, ns, by boot. The first anchor of a boot holds, or where it was placed; later ones move nothing."""

    def __init__(self) -> None:
        self._offset_ns: dict[str, int] = {}
        self._anchor_ns: dict[str, int] = {}

    def __contains__(self, boot: str) -> bool:
        return boot in self._offset_ns

    def __getitem__(self, boot: str) -> int:
        return self._offset_ns[boot]

    def of(self, boot: str, t0_ns: int, heard_ns: int) -> int:
        """A boot's offset; without an anchor the wall clock at `heard_ns` (monotonic) stands in, when `t0_ns` of the device was heard of.

        Not the one of now: what was heard while a session was taken up again has waited for seconds.
        """
        if boot not in self._offset_ns:
            self._offset_ns[boot] = utc_ns(heard_ns) - t0_ns
        return self._offset_ns[boot]

    def place(self, boot: str, offset_ns: int) -> None:
        """Whatever its anchors say: this is its offset, from now on (decision 0238)."""
        self._offset_ns[boot] = offset_ns

    def restore(self, offsets_ns: dict[str, int]) -> None:
        """As a recording has them."""
        self._offset_ns = offsets_ns | self._offset_ns

    def anchor(self, status: Status) -> int:
        """Takes a status' anchors. Returns how far the wall clock has stepped since the boot's last one, ns; 0 = it has not."""
        for boot, clock in status.clocks.items():
            self._offset_ns.setdefault(boot, clock.utc_ns - clock.mono_ns)
        if status.clock is None:
            return 0
        clock = status.clock
        self._offset_ns.setdefault(status.boot, clock.utc_ns - clock.mono_ns)
        # Played at another speed it goes otherwise than the wall clock, and does not step (decision 0189).
        offset_ns = clock.utc_ns - (clock.mono_ns if clock.pace == 1.0 else round(clock.mono_ns / clock.pace))
        step_ns = offset_ns - self._anchor_ns.get(status.boot, offset_ns)
        self._anchor_ns[status.boot] = offset_ns
        return step_ns if abs(step_ns) > STEP_NS else 0

    def forget(self, boot: str) -> None:
        """That boot is over."""
        self._offset_ns.pop(boot, None)
        self._anchor_ns.pop(boot, None)
