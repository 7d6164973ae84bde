"""The extremes of a recording's channels, over any number of blocks."""

import math

import numpy as np

from service.reports.extremes import Extremes


def test_extremes_grow_by_blocks_and_passes_over_what_has_no_reading() -> None:
    some = Extremes().over(np.array([6.0, math.nan, 60.0], np.float32), np.array([math.nan, -120.0, 30.0], np.float32))
    assert some == (6.0, 60.0, 120.0)
    assert some.over(np.array([3.0], np.float32), np.array([math.nan], np.float32)) == (3.0, 60.0, 120.0)
    assert some.span_deg == 54.0


def test_without_any_reading_it_is_not_known() -> None:
    none = Extremes().over(np.array([math.nan], np.float32), np.array([], np.float32))
    assert all(math.isnan(value) for value in none)
