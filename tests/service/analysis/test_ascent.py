"""Effort over an extension (detection.md 4.1, 4.5)."""

import math
from typing import Any

import numpy as np
import pytest

from service.analysis import state as s
from service.analysis.ascent import asked_nm, effort, heaves, lasting

BINS = 40
EVEN: Any = memoryview(np.concatenate(((np.arange(BINS) + 0.5) / BINS, np.full(BINS, 100.0), np.zeros(BINS - 1))))  # type: ignore[arg-type]
ALL = (-math.inf, math.inf)


def rows(place: Any, torque: Any, speed: Any = 5.0) -> tuple[Any, Any, int]:
    """A tape of rows 10 ms apart in a range of 60 to 6 deg: times, signals, size."""
    place = np.asarray(place)
    size = len(place)
    times = np.zeros((s.TIMES, size), np.int64)
    times[s.SEEN_NS] = 5_000_000_000 + np.arange(size) * 10_000_000
    signals = np.zeros((s.SIGNALS, size))
    signals[s.SHOWN], signals[s.NM], signals[s.DEG_S] = 60.0 - 54.0 * place, torque, -np.asarray(speed)
    return memoryview(times.ravel()), memoryview(signals.ravel()), size  # type: ignore[arg-type]


def lasts_s(made: tuple[Any, Any, int], effort_: tuple[float, float] = ALL, speed: tuple[float, float] = ALL, above: float = -1.0) -> float:
    times, signals, size = made
    return lasting(times, signals, size, 0, size, EVEN, BINS, 60.0, 54.0, 5_000_000_000, *effort_, *speed, above)


def heaved(made: tuple[Any, Any, int]) -> bool:
    _, signals, size = made
    return heaves(signals, size, 0, size, EVEN, BINS, 60.0, 54.0, 0.3, 1.3, 20.0)


class TestAsked:
    @pytest.mark.parametrize("bins", [20, 40, 49])
    def test_it_is_what_numpy_says_between_the_places(self, bins: int) -> None:
        centres = (np.arange(bins) + 0.5) / bins
        curve = 100.0 + 20.0 * np.sin(5.0 * centres)
        table = np.concatenate((centres, curve, np.diff(curve) / np.diff(centres)))
        beside = (centres, np.nextafter(centres, 0), np.nextafter(centres, 1))
        places = np.concatenate((np.random.default_rng(1).uniform(-0.3, 1.3, 3000), *beside))
        found = [asked_nm(place, table, bins) for place in places.tolist()]
        assert found == np.interp(places, centres, curve).tolist()

    def test_effort_is_the_torque_over_it(self) -> None:
        assert effort(85.0, 0.5, EVEN, BINS) == 0.85
        assert math.isnan(effort(85.0, 0.5, np.zeros(3 * BINS - 1), BINS))


class TestLasting:
    def test_the_longest_stretch_counts_until_the_first_row_that_is_none(self) -> None:
        torque = np.full(200, 100.0)
        torque[20:40] = torque[60:110] = 80.0
        assert lasts_s(rows(np.linspace(0.0, 1.0, 200), torque), (-math.inf, 0.85)) == pytest.approx(0.5)

    def test_a_stretch_up_to_the_end_ends_there(self) -> None:
        torque = np.where(np.arange(200) < 100, 100.0, 80.0)
        assert lasts_s(rows(np.linspace(0.0, 1.0, 200), torque), (-math.inf, 0.85)) == pytest.approx(0.99)

    def test_rows_without_torque_do_not_break_it(self) -> None:
        torque = np.full(100, 80.0)
        torque[30:40] = np.nan
        assert lasts_s(rows(np.linspace(0.0, 1.0, 100), torque), (-math.inf, 0.85)) == pytest.approx(0.99)

    @pytest.mark.parametrize(
        "limits", [{"effort_": (1.15, math.inf)}, {"speed": (6.0, math.inf)}, {"speed": (-6.0, 4.0)}, {"above": 0.95}], ids=str
    )
    def test_effort_speed_and_place_must_all_hold(self, limits: dict[str, Any]) -> None:
        made = rows(np.full(100, 0.9), 100.0)
        assert lasts_s(made) == pytest.approx(0.99)
        assert lasts_s(made, **limits) == 0.0

    def test_of_nothing_it_is_nothing(self) -> None:
        assert lasts_s(rows(np.linspace(0.0, 1.0, 50), np.nan)) == 0.0


class TestHeaves:
    @pytest.mark.parametrize(
        ("place", "torque", "speed", "expected"),
        [
            (0.2, 140.0, 25.0, True),
            (0.2, 120.0, 25.0, False),
            (0.2, 140.0, 15.0, False),
            (0.4, 140.0, 25.0, False),
            (-0.1, 140.0, 25.0, False),
            (0.2, math.nan, 25.0, False),
        ],
        ids=["heave", "weak", "slow", "late", "below", "unknown"],
    )
    def test_it_takes_torque_and_speed_early(self, place: float, torque: float, speed: float, expected: bool) -> None:
        assert heaved(rows(np.full(20, place), torque, speed)) is expected
