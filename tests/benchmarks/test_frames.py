"""The growth of a heap, from made-up readings (robustness-and-screens 3.9.3)."""

import numpy as np
import pytest

from benchmarks.frames import growth


def test_is_the_slope_after_caches_have_filled() -> None:
    hours = np.linspace(0, 1, 11)
    values = np.asarray(4.0 + 0.5 * hours, np.float64)
    values[hours < 0.2] = 1.0
    found = growth(hours, values)
    assert found.per_hour == pytest.approx(0.5)
    assert found.error == pytest.approx(0.0, abs=1e-9)


def test_says_how_sure_it_is() -> None:
    hours = np.linspace(0, 1, 11)
    found = growth(hours, np.asarray(4.0 + 0.1 * (np.arange(11) % 2), np.float64))
    assert abs(found.per_hour) < 2 * found.error


def test_two_readings_are_no_line() -> None:
    assert np.isnan(growth(np.array([0.0, 1.0]), np.array([1.0, 2.0])).per_hour)
