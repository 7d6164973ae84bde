"""The same samples and inputs give the same events, bit for bit, whichever way (contract 4): a few sessions of each tier."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import equal
from benchmarks.score.metrics import TIERS
from service.analysis import engine
from service.analysis.engine import Engine

SEEDS = {"clean": (0, 3), "varied": (2, 11), "hostile": (3, 8), "null": (1,)}
"""The shortest of each in which something happens: with and without inputs, at 100 and 250 Hz."""


@pytest.fixture(autouse=True)
def quick(compiled: Engine, shared: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """With compiled kernels, also where a way chooses its own: plain ones give the same bits (tests/service/test_kernels.py)."""
    monkeypatch.delenv("ILEX_KERNELS", raising=False)
    monkeypatch.setenv("ILEX_CACHE", str(shared))
    before = engine.current()
    engine.use(compiled)
    yield
    engine.use(before)


def test_every_tier_has_some() -> None:
    assert set(SEEDS) == set(TIERS)


@pytest.mark.parametrize(("tier", "seed"), [(tier, seed) for tier, seeds in SEEDS.items() for seed in seeds])
def test_every_way_tells_the_same_events(tmp_path: Path, tier: str, seed: int) -> None:
    found = equal.one(tmp_path, tier, seed)
    assert found.events > 0
    assert found.otherwise == {}


def test_a_session_told_otherwise_is_counted_and_told() -> None:
    """An id or a time is enough."""
    made = equal.rows([equal.Outcome("null", 1, 3, 100, 0, {"command": "{} | nothing"}), equal.Outcome("null", 4, 2, 100, 0, {})])
    assert [row["equal"] for row in made] == [{way: 2 - (way == "command") for way in equal.WAYS}]
    assert made[0]["otherwise"] == [{"seed": 1, "command": "{} | nothing"}]


def test_a_kill_before_the_first_chunk_is_whole_is_recovered_from_what_is_sent_again(tmp_path: Path) -> None:
    """Nothing of it was called stored, so nothing of it has to be there."""
    assert equal.one(tmp_path, "clean", 1_001_145).otherwise == {}


def test_a_way_that_breaks_is_told_as_one_that_tells_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: Path) -> None:
        raise ValueError(f"no {path.suffix} here")

    monkeypatch.setattr(equal, "_replayed", broken)
    assert equal.one(tmp_path, "null", 1).otherwise == {"replay": "ValueError: no .mcap here"}
