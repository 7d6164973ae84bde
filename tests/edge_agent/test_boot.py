"""contract 1: a boot is a UUIDv7 as text, made at the agent's start, never reused."""

import time
import uuid

from edge_agent.boot import uuid7


def test_is_a_version_7_uuid_of_this_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(uuid7())
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000 + 10_000


def test_later_ones_sort_later_and_none_comes_twice() -> None:
    made = [uuid7() for _ in range(2000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
