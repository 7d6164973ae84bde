"""Bounds: trees that learn what is there and nothing else, rows of every repetition, and the chapter made of them (decision 0194)."""

import json

import numpy as np
import pytest

from benchmarks import bounds, figures
from benchmarks.bound import report, sight
from benchmarks.bound.boost import Boosted, Settings, cross_validated
from benchmarks.score import reach

FEW = Settings(rounds=40, rate=0.2)


def drawn(seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """400 rows of 6 features, some missing; true where the product of the first two and the third come above 0."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(400, 6))
    true = (x[:, 0] * x[:, 1] + x[:, 2] > 0.0).astype(np.float64)
    x[random.random(x.shape) < 0.03] = np.nan
    return x, true


class TestTrees:
    def test_find_what_no_single_feature_shows(self) -> None:
        x, true = drawn()
        p = Boosted("log", FEW).fit(x[:300], true[:300]).score(x[300:])
        assert ((p > 0.5) == (true[300:] > 0.5)).mean() > 0.7
        assert np.all((p > 0.0) & (p < 1.0))

    def test_estimate_the_median(self) -> None:
        random = np.random.default_rng(2)
        x = random.normal(size=(400, 3))
        y = 2.0 * x[:, 0] + random.exponential(1.0, 400)
        estimate = Boosted("absolute", FEW).fit(x, y).score(x)
        assert abs(float((y > estimate).mean()) - 0.5) < 0.15
        assert float(np.abs(y - estimate).mean()) < 0.6 * float(np.abs(y - np.median(y)).mean())

    def test_are_the_same_again_and_find_nothing_in_nothing(self) -> None:
        x, _ = drawn()
        chance = np.random.default_rng(3).integers(0, 2, 400).astype(np.float64)
        groups = np.arange(400) // 4
        once, again = (cross_validated(x, chance, groups, parts=2, settings=FEW) for _ in range(2))
        assert np.array_equal(once, again)
        assert abs(float(((once > 0.5) == (chance > 0.5)).mean()) - 0.5) < 0.12


def test_what_the_sensor_did_is_the_worst_of_it() -> None:
    spans: list[tuple[float, float, sight.Sight]] = [(1.0, 2.0, "gone"), (1.5, 9.0, "creeping")]
    assert [sight.at(spans, time) for time in (0.5, 1.2, 1.7, 5.0)] == ["true", "gone", "creeping", "creeping"]


def test_a_trend_is_told_against_its_scatter() -> None:
    even = [(10.0 * k, 60.0 + 0.3 * (-1) ** k, 6.0) for k in range(8)]
    creeping = [(t, flexed + 0.05 * t, extended + 0.05 * t) for t, flexed, extended in even]
    assert len(sight.trends(even[:3])) == 0
    assert not sight.told(sight.trends(even), 3.0, 0.8)
    assert sight.told(sight.trends(creeping), 3.0, 0.8)
    assert not sight.told(sight.trends([(t, flexed, 6.0) for t, flexed, _ in creeping]), 3.0, 0.8)


@pytest.mark.slow
def test_a_few_sets_become_a_chapter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "cross_validated", lambda x, *_: np.linspace(0.0, 1.0, len(x)))
    rows = [bounds.one(None, which) for which in (("clean", 15), ("hostile", 3), ("hostile", 5))]
    assert sum(len(row.turns) for row in rows) > 5
    assert all(np.isfinite(turn.features["top"]) for row in rows for turn in row.turns)
    found = json.loads(json.dumps(figures.rounded({"sets": {"clean": 1, "hostile": 2}, **report.result(rows)}), allow_nan=False))
    assert "exact number" in report.text(found)
    text = reach.chapter({**found, "computer": {"date": "2026-11-21", "command": "scripts/bench bounds"}})
    assert text.startswith("## What is out of reach\n")
    assert "zero creeping" in text
