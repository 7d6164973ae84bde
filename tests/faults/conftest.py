"""Fixtures of the scenarios: their random points."""

import os
import random

import pytest

pytest.register_assert_rewrite("tests.faults.nothing_lost")

SEED = "ILEX_FAULT_SEED"


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """The random points of one run; the seed is printed, and ILEX_FAULT_SEED=N runs it again."""
    seed = int(os.environ.get(SEED) or random.SystemRandom().randrange(1_000_000))
    print(f"{SEED}={seed}")
    return random.Random(f"{seed} {request.node.name}")
