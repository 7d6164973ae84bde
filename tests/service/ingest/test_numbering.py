"""No number is ahead of its clock (contract 1 and 2, robustness F14; decision 0305)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.ingest.numbering import MOST_BOOTS, MOST_HZ, SLACK, Numbering
from wire.errors import WireError
from wire.samples import SampleBatch

READING = np.zeros(1, "<f4").tobytes()


def batch(seq: int, t0_ns: int, boot: str = "boot-1") -> SampleBatch:
    return SampleBatch(boot=boot, seq=seq, t0=t0_ns, dt=0, angle=READING, torque=READING)


@pytest.mark.parametrize("seq", [10**6, 10**12, 2**64 - 1])
def test_a_number_that_its_clock_has_no_room_for_is_none(seq: int) -> None:
    numbering = Numbering()
    numbering.check(batch(500, 5_000_000_000))
    with pytest.raises(WireError) as refused:
        numbering.check(batch(seq, 5_020_000_000))
    assert (refused.value.reason, refused.value.pointer) == ("ahead", "/seq")
    numbering.check(batch(502, 5_020_000_000))


@given(
    rate_hz=st.floats(0.1, MOST_HZ),
    steps=st.lists(st.integers(1, 10**9), min_size=1, max_size=20),
    jitter_ns=st.integers(-50_000_000, 50_000_000),
)
def test_gaps_of_any_length_pass_at_any_rate(rate_hz: float, steps: list[int], jitter_ns: int) -> None:
    numbering, seq = Numbering(), 0
    for number, step in enumerate(steps):
        numbering.check(batch(seq, round(seq * 1e9 / rate_hz) + jitter_ns * (number % 2)))
        seq += step


def test_what_came_before_and_a_clock_that_falls_or_stands_pass() -> None:
    numbering = Numbering()
    numbering.check(batch(10**6, 10**13))
    numbering.check(batch(0, 0))
    numbering.check(batch(10**6 + SLACK, 0))
    numbering.check(batch(10**6 + 2 * SLACK, 0))


def test_a_time_that_is_wrong_once_stops_nothing() -> None:
    numbering = Numbering()
    for seq, t0_ns in ((0, 0), (2, 2**62), (4, 40_000_000), (6, 60_000_000)):
        numbering.check(batch(seq, t0_ns))
    with pytest.raises(WireError):
        numbering.check(batch(10**6, 80_000_000))


def test_boots_are_judged_each_by_itself_and_make_room() -> None:
    numbering = Numbering()
    for number in range(3 * MOST_BOOTS):
        numbering.check(batch(10**15 * number, 0, f"boot-{number}"))
    assert len(numbering._newest) == MOST_BOOTS
