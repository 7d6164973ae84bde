"""Batches in the order in which they were recorded: which of their samples the live analysis was fed, and on which clock."""

from wire.recorded import Block
from wire.samples import SampleBatch


class Arrivals:
    """What the batches taken so far say of a recording's boots, which are numbered as they appear."""

    def __init__(self) -> None:
        self.boots: dict[str, int] = {}
        self.clocks_ns: list[int] = []
        """UTC less the device's clock, by boot: what the log times were made with."""
        self._following: list[int] = []

    def take(self, batch: SampleBatch, log_ns: int, published_ns: int) -> int:
        """The next batch; returns how many of its first samples were not fed to the live analysis, which had gone on without them."""
        boot = self.boots.setdefault(batch.boot, len(self.boots))
        if boot == len(self.clocks_ns):
            self.clocks_ns.append(log_ns - batch.t0)
            self._following.append(batch.seq)
        if published_ns > log_ns or boot != len(self.boots) - 1:
            return batch.n
        late = min(max(self._following[boot] - batch.seq, 0), batch.n)
        self._following[boot] = max(self._following[boot], batch.seq + batch.n)
        return late

    def block(self, batch: SampleBatch) -> Block:
        """A batch of a known boot on the first one's clock: a later boot's starts anew, and log times say where it goes on."""
        shift_ns = self.clocks_ns[self.boots[batch.boot]] - self.clocks_ns[0]
        return Block(batch.boot, batch.seq, batch.times_ns() + shift_ns, batch.angle_deg(), batch.torque_nm(), batch.extra_columns())
