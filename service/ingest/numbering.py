"""Whether a batch's number can be: a boot's samples can't be ahead of its clock (contract 1 and 2, decision 0305)."""

from collections import OrderedDict

from wire.errors import WireError
from wire.samples import SampleBatch

MOST_HZ = 100_000
"""No machine samples faster (`sample_rate_hz` of a status)."""
SLACK = 10_000
"""Samples, 0.1 s at that rate: devices that stamp a whole block with one time, and clocks that stand still for so long."""
MOST_BOOTS = 128
"""As many as are known of a machine otherwise."""
_SAMPLE_NS = 1_000_000_000 // MOST_HZ


class Numbering:
    """One machine's newest sample of each boot, by number and device time."""

    def __init__(self) -> None:
        self._newest: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def check(self, batch: SampleBatch) -> None:
        """Raises WireError (`ahead`) where a batch is further ahead of its boot's newest one than the time between them has room for.

        What lies before the newest is taken as it is, so is the first batch of a boot. A time that falls counts as one that stands still.
        """
        newest = self._newest.get(batch.boot)
        if newest is not None:
            seq, t0_ns = newest
            most = SLACK + max(batch.t0 - t0_ns, 0) // _SAMPLE_NS
            if batch.seq - seq > most:
                raise WireError("ahead", "/seq", f"expected at most {seq + most} by its time, {seq} being known, got {batch.seq}")
            if batch.seq <= seq:
                return
        elif len(self._newest) >= MOST_BOOTS:
            self._newest.popitem(last=False)
        self._newest[batch.boot] = (batch.seq, batch.t0)
