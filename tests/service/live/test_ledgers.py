"""Boots of which there is nothing more to come or to say make room for others, and only those (contract 2, `stored`)."""

import pytest

from edge_agent.spool import MOST_PENDING
from service.live import ledgers as ledgers_module
from service.live.ledgers import MOST_BOOTS, Ledgers


def test_all_that_a_status_names_are_known_at_once() -> None:
    """contract 2, `pending`: 64 earlier boots and its own."""
    assert MOST_BOOTS > MOST_PENDING + 1


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers_module, "MOST_BOOTS", 3)


def known(*boots: str, needed: set[str] | None = None) -> tuple[Ledgers, list[str]]:
    forgotten: list[str] = []
    ledgers = Ledgers("a/machine", lambda: needed or set(), forgotten.append)
    for boot in boots:
        ledgers.of(boot)
    return ledgers, forgotten


def test_the_one_that_was_named_longest_ago_makes_room() -> None:
    ledgers, forgotten = known("a", "b", "c")
    ledgers.of("a")
    assert ledgers.takes("d")
    ledgers.of("d")
    assert forgotten == ["b"]
    assert list(ledgers) == ["c", "a", "d"]


def test_one_that_is_needed_or_of_which_something_is_to_be_said_stays() -> None:
    ledgers, forgotten = known("a", "b", "c", needed={"a"})
    ledgers["b"].record("session", 0, 9)
    ledgers.of("d")
    assert forgotten == ["c"]
    assert "a" in ledgers
    assert "b" in ledgers


def test_what_is_being_written_down_stays_until_it_was_said() -> None:
    """Where that fails it is to be written again."""
    ledgers, _ = known("a", "b", "c", needed={"b", "c"})
    ledgers["a"].refuse(0, 9)
    statement, written = ledgers["a"].statement(), ledgers["a"].fresh()
    assert written
    assert not ledgers.takes("d")
    ledgers["a"].acknowledged = statement
    assert ledgers.takes("d")


def test_without_room_a_live_boot_is_known_all_the_same_and_a_late_one_waits() -> None:
    ledgers, forgotten = known("a", "b", "c", needed={"a", "b", "c"})
    assert not ledgers.takes("late")
    assert ledgers.takes("a")
    ledgers.of("live")
    assert list(ledgers) == ["a", "b", "c", "live"]
    assert forgotten == []
