"""contract 2: batches of 20 ms, `seq` from 0 and +1 per sample; a batch leaves as soon as its last sample is taken."""

import numpy as np
import pytest

from edge_agent.batches import MOST_SAMPLES, Batcher
from edge_agent.calibration import Corrected
from wire.samples import MOST_BYTES, SampleBatch, decode, encode


def samples(t_ns: list[int], **extra: list[float]) -> Corrected:
    n = len(t_ns)
    columns = {name: np.array(column, np.float32) for name, column in extra.items()}
    return Corrected(np.array(t_ns, np.int64), np.arange(n, dtype=np.float32), np.ones(n, np.float32), columns)


def fed(batcher: Batcher, *blocks: Corrected) -> list[SampleBatch]:
    return [batch for block in blocks for batch in batcher.add(block)]


def test_a_batch_of_20_ms_at_100_hz_holds_two_samples() -> None:
    batcher = Batcher("b", 100.0, 0.02)
    assert fed(batcher, samples([0])) == []
    (batch,) = fed(batcher, samples([10_000_000]))
    assert (batch.boot, batch.seq, batch.t0, batch.dt, batch.n, batch.t) == ("b", 0, 0, 10_000_000, 2, None)


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 50])
def test_every_sample_leaves_once_in_order_however_it_came(cut: int) -> None:
    batcher = Batcher("b", 1000.0, 0.02)
    times = [5 + 1_000_000 * k for k in range(99)]
    batches = fed(batcher, *(samples(times[at : at + cut]) for at in range(0, 99, cut))) + list(batcher.flush())
    assert [batch.seq for batch in batches] == list(np.cumsum([0] + [batch.n for batch in batches[:-1]]))
    assert np.concatenate([batch.times_ns() for batch in batches]).tolist() == times
    assert batcher.seq == 99


def test_steps_that_are_not_uniform_carry_their_own_times() -> None:
    times = [0, 10_000_000, 20_000_001]
    (batch,) = fed(Batcher("b", 100.0, 0.03), samples(times))
    assert batch.t is not None
    assert batch.times_ns().tolist() == times


@pytest.mark.parametrize("times", [[0, 0], [10, 5]])
def test_equal_and_falling_times_pass_unchanged(times: list[int]) -> None:
    (batch,) = fed(Batcher("b", 100.0, 0.02), samples(times))
    assert decode(encode(batch)).times_ns().tolist() == times


def test_the_rest_leaves_at_the_end_of_the_run() -> None:
    batcher = Batcher("b", 100.0, 0.02)
    fed(batcher, samples([0]))
    assert [batch.n for batch in batcher.flush()] == [1]
    assert list(batcher.flush()) == []


def test_a_burst_leaves_in_batches_below_32_kib() -> None:
    times = np.cumsum(np.arange(2500) % 7 + 1).tolist()
    batches = fed(Batcher("b", 100.0, 0.02), samples(times, torque_raw=[0.0] * 2500, emg=[0.0] * 2500))
    assert sum(batch.n for batch in batches) == 2500
    assert max(batch.n for batch in batches) == MOST_SAMPLES
    assert max(len(encode(batch)) for batch in batches) <= MOST_BYTES


def test_extra_columns_travel_along() -> None:
    batcher = Batcher("b", 100.0, 0.02)
    (batch,) = fed(batcher, samples([0], torque_raw=[1.0]), samples([10_000_000], torque_raw=[2.0]))
    assert batch.extra is not None
    assert np.frombuffer(batch.extra["torque_raw"], "<f4").tolist() == [1.0, 2.0]


def test_with_other_columns_begins_another_batch() -> None:
    """No reading of an extra column is dropped, and none invented, where a machine begins or ceases to send it."""
    blocks = [samples([0]), samples([10_000_000], emg=[1.0]), samples([20_000_000], emg=[2.0], torque_raw=[3.0]), samples([30_000_000])]
    batcher = Batcher("b", 100.0, 0.02)
    batches = [*fed(batcher, *blocks), *batcher.flush()]
    assert [batch.seq for batch in batches] == [0, 1, 2, 3]
    found = [{name: column.tolist() for name, column in batch.extra_columns().items()} for batch in batches]
    assert found == [{}, {"emg": [1.0]}, {"emg": [2.0], "torque_raw": [3.0]}, {}]


@pytest.mark.parametrize("rate_hz", [100.0, 50_000.0])
@pytest.mark.parametrize("columns", [3, 12, 64, 200])
def test_a_batch_with_many_columns_stays_below_32_kib(rate_hz: float, columns: int) -> None:
    times = np.cumsum(np.arange(2500) % 7 + 1).tolist()
    names = [f"{n:03}µ" + "ü" * 60 for n in range(columns)]
    batcher = Batcher("0" * 36, rate_hz, 0.02)
    batches = [*fed(batcher, samples(times, **{name: [0.5] * 2500 for name in names})), *batcher.flush()]
    assert sum(batch.n for batch in batches) == 2500
    assert max(len(encode(batch)) for batch in batches) <= MOST_BYTES
