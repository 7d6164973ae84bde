"""What a soak must not find (docs/reliability.md): a verdict that says nothing of it would be none."""

import pytest

from benchmarks.faults.account import Account
from benchmarks.faults.outcome import verdict

SAMPLES = Account(*(0 for _ in Account._fields))
EVENTS = {"shown": 24_483, "repeated": 0, "contradicted": 0, "out_of_order": 0, "differences": 0}


def test_nothing_is_wrong_where_every_count_is_none() -> None:
    assert verdict(SAMPLES, [], 0, [], [], EVENTS) == []


@pytest.mark.parametrize("name", ["repeated", "contradicted", "out_of_order", "differences"])
def test_a_screen_gets_each_event_once_and_in_order(name: str) -> None:
    """contract 5: never missed, in order; a screen resumes without losing or repeating an event."""
    (said,) = verdict(SAMPLES, [], 0, [], [], EVENTS | {name: 170})
    assert said.startswith("170 ")


@pytest.mark.parametrize("name", ["lost", "duplicated", "withdrawn", "unfounded", "altered", "invented"])
def test_no_sample_is_lost_or_another_one(name: str) -> None:
    (said,) = verdict(SAMPLES._replace(**{name: 1}), [], 0, [], [], EVENTS)
    assert said.startswith("1 ")
