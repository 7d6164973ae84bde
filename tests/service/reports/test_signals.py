"""The columns that are drawn: the analysis's own paths (detection.md 3.2), with holes where nothing was measured."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from service.analysis import Session
from service.reports.signals import Signals, reach, signals, thinned
from tests.service.reports.stories import PLAN, blocks
from wire.recorded import Block


def block(t_s: list[float], angle: list[float], torque: list[float] | None = None) -> Block:
    t_ns = np.round(np.array(t_s) * 1e9).astype(np.int64)
    nm = np.full(len(t_s), np.nan) if torque is None else np.array(torque)
    return Block(None, 0, t_ns, np.array(angle, np.float32), nm.astype(np.float32))


def test_what_is_drawn_is_what_the_screens_showed() -> None:
    """Angle and speed are the session's own readouts, sample by sample."""
    given = blocks(20.0)
    drawn = signals(given)
    session, shown, speed = Session(PLAN), [], []
    for one in given:
        for k in range(len(one.t_ns)):
            session.feed(one.t_ns[k : k + 1], one.angle_deg[k : k + 1], one.torque_nm[k : k + 1])
            shown.append(session.angle_deg)
            speed.append(session.speed_deg_s)
    assert np.allclose(drawn.angle_shown_deg, np.array(shown, float), atol=1e-6)
    assert np.allclose(drawn.speed_deg_s, np.array(speed, float), atol=1e-6)
    assert np.array_equal(drawn.angle_deg, np.concatenate([one.angle_deg for one in given]))


def test_times_count_from_the_first_sample_and_those_that_do_not_rise_are_dropped() -> None:
    drawn = signals([block([3.0, 3.01, 3.005, 3.01, 3.02], [1, 2, 9, 9, 3])])
    assert drawn.t_s.tolist() == pytest.approx([0.0, 0.01, 0.02])
    assert drawn.angle_deg.tolist() == [1, 2, 3]


def test_a_pause_breaks_the_lines_and_a_missing_reading_stays_one() -> None:
    drawn = signals([block([0.0, 0.01, 0.02, 1.02, 1.03], [5, math.nan, 5, 5, 5], [1, 1, math.nan, 1, 1])])
    assert np.isnan(drawn.angle_shown_deg).tolist() == [False, True, False, True, False, False]
    assert np.isnan(drawn.torque_shown_nm).tolist() == [False, False, True, True, False, False]
    assert math.isnan(drawn.angle_at(0.5))


def test_without_torque_there_is_none_and_without_samples_nothing() -> None:
    assert not signals(blocks(1.0, torque=False)).with_torque
    assert signals(blocks(1.0)).with_torque
    empty = signals([])
    assert [len(column) for column in empty] == [0] * len(Signals._fields)
    assert math.isnan(empty.angle_at(0.0))


def test_a_part_is_cut_out_by_time() -> None:
    part = signals(blocks(10.0)).between(2.0, 3.0)
    assert (part.t_s[0], part.t_s[-1], len(part.t_s)) == (2.0, pytest.approx(2.99), 100)


@given(
    hnp.arrays(np.float64, st.integers(1, 400), elements=st.one_of(st.floats(-1e3, 1e3), st.just(math.nan))),
    st.integers(1, 30),
)
def test_thinning_keeps_the_extremes_and_the_order(values: np.ndarray, buckets: int) -> None:
    t_s = np.arange(len(values), dtype=float)
    thin_t, thin = thinned(t_s, values, buckets)
    assert len(thin) <= max(len(values), 2 * buckets)
    assert np.all(np.diff(thin_t) >= 0)
    assert np.array_equal(values[thin_t.astype(int)], thin, equal_nan=True)
    if np.isfinite(values).any():
        assert (np.nanmin(thin), np.nanmax(thin)) == (np.nanmin(values), np.nanmax(values))


def test_an_axis_is_never_narrower_than_its_least() -> None:
    assert reach(np.array([59.5, 60.0, math.nan]), 10.0) == (54.75, 64.75)
    assert reach(np.array([1.0, 50.0]), 10.0, 60.0) == (1.0, 60.0)
    assert reach(np.array([math.nan]), 10.0) == (-5.0, 5.0)
