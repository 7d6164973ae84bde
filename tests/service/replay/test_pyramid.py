"""Signals at every resolution (issue 6, point 1; decision 0152)."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.replay.columns import mapped, pieces
from service.replay.pyramid import SIGNALS, Cut, Pyramid, built, cut, filed, grounded, unfiled

N = 60_000
T_S = np.arange(N) / 100


def waves(n: int = N) -> np.ndarray:
    generator = np.random.default_rng(7)
    return np.cumsum(generator.standard_normal((len(SIGNALS), n)), axis=1).astype(np.float32)


VALUES = waves()
WHOLE = built(T_S, VALUES)


def column(found: Cut, name: str) -> np.ndarray:
    return next(one.values for one in found.columns if one.name == name)


@given(st.floats(0, 590), st.floats(0.05, 600), st.integers(16, 3000))
def test_no_extreme_is_lost_at_any_range_and_resolution(from_s: float, span_s: float, points: int) -> None:
    """What the samples reach, the picture reaches: within a quarter of a stretch, nothing is drawn that was not."""
    to_s = min(from_s + span_s, 600.0)
    found = cut(WHOLE, from_s, to_s, points)
    inside = VALUES[0, (from_s <= T_S) & (to_s > T_S)]
    edge_s = max(found.width_s * 1.5, 0.02)
    around = VALUES[0, (from_s - edge_s <= T_S) & (to_s + edge_s >= T_S)]
    shown = np.concatenate([one.values for one in found.columns if one.name.startswith("angle_deg")])
    assert len(column(found, "t_s")) <= 2 * points + 4
    if len(inside):
        assert np.nanmin(shown) <= inside.min()
        assert np.nanmax(shown) >= inside.max()
        assert around.min() <= np.nanmin(shown) <= np.nanmax(shown) <= around.max()


def test_the_samples_themselves_are_given_where_they_are_few() -> None:
    found = cut(WHOLE, 10.0, 11.0, 200)
    assert found.width_s == 0
    np.testing.assert_allclose(column(found, "t_s"), T_S[999:1101])
    np.testing.assert_array_equal(column(found, "torque_nm"), VALUES[1, 999:1101])


def test_a_picture_stays_the_same_while_it_is_moved() -> None:
    """Stretches are counted from the session's beginning, not from the picture's."""
    one, other = cut(WHOLE, 0.0, 300.0, 500), cut(WHOLE, 60.0, 360.0, 500)
    shift = round(60.0 / one.width_s)
    np.testing.assert_array_equal(column(one, "angle_deg.high")[shift:], column(other, "angle_deg.high")[: 500 - shift])


def test_a_gap_stays_one_at_every_resolution() -> None:
    keep = (T_S < 100) | (T_S >= 130)
    holed = built(T_S[keep], VALUES[:, keep])
    coarse = cut(holed, 0.0, 600.0, 300)
    empty = np.isnan(column(coarse, "angle_deg.low"))
    np.testing.assert_array_equal(np.flatnonzero(empty), np.arange(50, 65))
    fine = cut(holed, 99.9, 130.1, 2000)
    assert np.isnan(column(fine, "angle_deg")).sum() == 1
    assert np.all(np.diff(column(fine, "t_s")) > 0)


def test_a_reading_that_is_missing_hides_no_other() -> None:
    values = VALUES.copy()
    values[1, ::2] = np.nan
    values[3] = np.nan
    found = cut(built(T_S, values), 0.0, 600.0, 100)
    assert not np.isnan(column(found, "torque_nm.low")).any()
    assert np.isnan(column(found, "cue_deg.low")).all()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_sessions_of_hardly_a_sample_are_no_special_case(n: int) -> None:
    small = built(T_S[:n], VALUES[:, :n])
    found = cut(small, 0.0, 1.0, 16)
    assert (small.length_s, len(column(found, "t_s"))) == (max(n - 1, 0) / 100, n)


def test_levels_are_the_same_from_a_file_and_without_them_the_picture_is(tmp_path: Path) -> None:
    about, columns = filed(WHOLE)
    (tmp_path / "x").write_bytes(b"".join(pieces(about, columns)))
    kept: Pyramid = unfiled(*mapped(tmp_path / "x"))
    assert [level.width_s for level in kept.levels] == [level.width_s for level in WHOLE.levels]
    for subject in (kept, grounded(T_S, VALUES)):
        found, wanted = cut(subject, 0.0, 600.0, 250), cut(WHOLE, 0.0, 600.0, 250)
        assert found.width_s == wanted.width_s
        for one, other in zip(found.columns, wanted.columns, strict=True):
            np.testing.assert_array_equal(one.values, other.values)
