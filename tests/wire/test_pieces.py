"""wire/pieces: a part of a batch and several as one carry the same samples, each with its own time (contract 2)."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.errors import WireError
from wire.pieces import follows, joined, messages_of, part_of, size_of
from wire.samples import MOST_BYTES, SampleBatch, decode, encode


def test_a_part_of_a_batch_has_its_own_times_and_columns() -> None:
    angle = np.arange(5, dtype="<f4")
    batch = SampleBatch(boot="b", seq=10, t0=1000, dt=10, angle=angle.tobytes(), torque=angle.tobytes(), extra={"x": angle.tobytes()})
    part = part_of(batch, 12, 13)
    assert (part.seq, part.n, part.times_ns().tolist(), part.angle_deg().tolist()) == (12, 2, [1020, 1030], [2.0, 3.0])
    assert part.extra == {"x": angle[2:4].tobytes()}
    uneven = SampleBatch(
        boot="b", seq=0, t0=5, dt=0, angle=angle.tobytes(), torque=angle.tobytes(), t=np.array([5, 6, 8, 9, 20], "<i8").tobytes()
    )
    assert (part_of(uneven, 2, 4).t0, part_of(uneven, 2, 4).times_ns().tolist()) == (8, [8, 9, 20])


@pytest.mark.parametrize(("n", "parts"), [(1, 1), (2000, 1), (6400, 4), (20_000, 16)])
def test_a_batch_is_cut_into_messages_within_the_bound_that_hold_its_samples(n: int, parts: int) -> None:
    """Contract 2: what is within 32 KiB as JSON may be beyond them as MessagePack."""
    column = np.arange(n, dtype="<f4").tobytes()
    t = np.arange(n, dtype="<i8") * 7 if n == 20_000 else None
    whole = SampleBatch(
        boot="b", seq=11, t0=0, dt=10, angle=column, torque=column, t=None if t is None else t.tobytes(), extra={"x": column}
    )
    made = messages_of(whole)
    assert len(made) == parts
    assert [decode(payload) for _, payload in made] == [batch for batch, _ in made]
    assert all(len(payload) <= MOST_BYTES for _, payload in made)
    assert [before.seq + before.n for (before, _), _ in itertools.pairwise(made)] == [batch.seq for batch, _ in made[1:]]
    again = joined([batch for batch, _ in made])
    assert (again.seq, again.angle, again.torque, again.extra) == (whole.seq, whole.angle, whole.torque, whole.extra)
    assert again.times_ns().tolist() == whole.times_ns().tolist()


def test_a_sample_that_is_too_long_alone_is_said() -> None:
    zero = bytes(4)
    lone = SampleBatch(boot="b", seq=0, t0=0, dt=0, angle=zero, torque=zero, extra={f"{name:032}": zero for name in range(1000)})
    with pytest.raises(WireError, match="32768 bytes"):
        messages_of(lone)


@st.composite
def rows(draw: st.DrawFn) -> list[SampleBatch]:
    """Batches that follow each other: uniform, single, with times of their own, after a jump."""
    found, seq, t0 = [], draw(st.integers(0, 100)), draw(st.integers(-1000, 1000))
    names = draw(st.sampled_from([None, ["torque_raw"]]))
    for _ in range(draw(st.integers(1, 6))):
        n, dt = draw(st.integers(1, 4)), draw(st.sampled_from([10, 10, 10, 7]))
        t = draw(st.none() | st.lists(st.integers(0, 50), min_size=n, max_size=n))
        column = np.arange(seq, seq + n, dtype="<f4")
        found.append(
            SampleBatch(
                boot="b", seq=seq, t0=t0, dt=dt, angle=column.tobytes(), torque=(-column).tobytes(),
                t=None if t is None else np.array(t, "<i8").tobytes(),
                extra=None if names is None else {name: (2 * column).tobytes() for name in names},
            )
        )  # fmt: skip
        seq, t0 = seq + n, t0 + n * dt + draw(st.sampled_from([0, 0, 3]))
    return found


@given(rows())
def test_joined_batches_hold_the_same_samples_at_the_same_times(batches: list[SampleBatch]) -> None:
    assert all(follows(a, b) for a, b in itertools.pairwise(batches))
    one = joined(batches)
    assert (one.seq, one.n) == (batches[0].seq, sum(batch.n for batch in batches))
    assert one.times_ns().tolist() == [t for batch in batches for t in batch.times_ns().tolist()]
    assert one.angle == b"".join(batch.angle for batch in batches)
    assert one.torque == b"".join(batch.torque for batch in batches)
    assert {name: len(column) for name, column in one.extra_columns().items()} == dict.fromkeys(batches[0].extra or {}, one.n)
    assert len(encode(one)) <= size_of(batches[0], one.n)


def test_evenly_spaced_ones_need_no_times() -> None:
    first = SampleBatch(boot="b", seq=0, t0=0, dt=10, angle=bytes(8), torque=bytes(8))
    single = [SampleBatch(boot="b", seq=seq, t0=10 * seq, dt=7, angle=bytes(4), torque=bytes(4)) for seq in (2, 3)]
    assert joined([first, *single]).t is None
