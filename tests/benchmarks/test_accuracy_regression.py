"""A few hundred simulated sets give exactly the events that they gave before (issue: the score's regression)."""

from collections.abc import Callable, Iterator

import pytest

from benchmarks.score import expectations
from benchmarks.score.analysis import events_of
from edge_agent.simulator.cases import Case
from service.analysis import engine
from service.analysis.engine import Engine

TOGETHER = 5
"""Sets a test: small enough that parallel runs spread them evenly."""
BLOCK = 1000
"""Larger than live ones: the events are the same however samples are cut (tests/service/test_kernels.py), and come sooner."""
KEPT = [(tier, seed) for tier, sets in expectations.read().items() for seed in sets]
GROUPS = [KEPT[begin : begin + TOGETHER] for begin in range(0, len(KEPT), TOGETHER)]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module", autouse=True)
def quick(compiled: Engine) -> Iterator[None]:
    """With compiled kernels: plain ones give the same bits (tests/service/test_kernels.py) and take 75 times as long."""
    before = engine.current()
    engine.use(compiled)
    yield
    engine.use(before)


@pytest.mark.parametrize("group", GROUPS, ids=[f"{group[0][0]} {group[0][1]}-{group[-1][1]}" for group in GROUPS])
def test_same_samples_give_the_events_of_before(group: list[tuple[str, str]], simulated: Callable[[str, int], Case]) -> None:
    kept = expectations.read()
    changed = []
    for tier, seed in group:
        subject = simulated(tier, int(seed))
        now = expectations.result(subject, events_of(subject, BLOCK))
        difference = expectations.difference(kept[tier][seed], now)
        if difference:
            changed.append(f"{tier} {seed}: {difference} (scripts/bench accuracy --case {tier} {seed})")
    assert not changed, "if this is meant: scripts/bench accuracy --expect\n" + "\n".join(changed)


def test_there_are_a_few_hundred_of_every_tier_some() -> None:
    kept = expectations.read()
    assert set(kept) == set(expectations.SETS)
    assert sum(map(len, kept.values())) >= 200
