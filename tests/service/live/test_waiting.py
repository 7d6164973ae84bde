"""What waits for movement to open a session with it (contract 1, decision 0001)."""

import numpy as np

from service.ingest.order import Ledger
from service.live.running import Arrival
from service.live.waiting import Waiting
from wire.samples import SampleBatch, encode

SECOND_NS = 1_000_000_000


def arrival(seq: int, *times_ns: int) -> Arrival:
    column = np.full(len(times_ns), 60.0, "<f4").tobytes()
    times = np.array(times_ns, "<i8")
    batch = SampleBatch(boot="b", seq=seq, t0=times_ns[0], dt=0, angle=column, torque=column, t=times.tobytes())
    return Arrival(batch, encode(batch), batch.times_ns(), batch.angle_deg(), batch.torque_nm(), 0)


def test_times_that_fall_within_a_batch_let_go_of_what_they_contradict_and_not_of_it() -> None:
    """F14: a device's clock may step in the midst of a batch."""
    refused: list[int] = []
    ledger = Ledger("a/b", "b")
    waiting = Waiting(lambda batch: refused.append(batch.seq))
    assert waiting.take(arrival(0, 9 * SECOND_NS, 0), ledger) == []
    assert (refused, ledger.unsettled) == ([], 0)
    assert waiting.take(arrival(2, SECOND_NS, SECOND_NS + 1), ledger) == []
    assert (refused, ledger.unsettled) == ([0], 2)
