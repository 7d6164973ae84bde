"""robustness F14: whatever is published, no parser and nothing behind one crashes. A million of them: scripts/bench endurance."""

import random

from benchmarks.trials import mutation

MESSAGES = 2_000


def test_f14_messages_whole_mutated_and_made_up_crash_nothing(chance: random.Random) -> None:
    crashes, found = mutation.hunt(MESSAGES, chance.randrange(10**6))
    assert crashes.kinds == {}
    assert found["taken"] > MESSAGES // 50
    assert found["garbage"] > MESSAGES // 50
