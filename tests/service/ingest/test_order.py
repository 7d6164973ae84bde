"""Which samples came, are missing, were refused (contract 2, `stored`)."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from service.ingest.order import MOST_RANGES, Ledger
from wire.ranges import Ranges

RANGE = st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(st.lists(RANGE, max_size=20), RANGE)
def test_ranges_are_a_set_of_numbers(ranges: list[tuple[int, int]], asked: tuple[int, int]) -> None:
    held, numbers = Ranges(), set[int]()
    for first, last in ranges:
        held.add(first, last)
        numbers |= set(range(first, last + 1))
    assert {number for first, last in held for number in range(first, last + 1)} == numbers
    assert held.count() == len(numbers)
    parts = list(held)
    assert all(a[1] + 1 < b[0] for a, b in pairwise(parts))
    gaps = {number for first, last in held.gaps(*asked) for number in range(first, last + 1)}
    assert gaps == set(range(asked[0], asked[1] + 1)) - numbers


def test_a_statement_names_what_is_missing_and_what_was_refused() -> None:
    ledger = Ledger("praxis/ilex1", "b")
    ledger.record("s", 10, 19)
    ledger.refuse(25, 29)
    said = ledger.statement()
    assert (said.upto, said.missing, said.refused) == (29, [(0, 9), (20, 24)], [(25, 29)])


def test_what_was_recorded_is_never_refused() -> None:
    ledger = Ledger("praxis/ilex1", "b")
    ledger.record("s", 0, 9)
    ledger.refuse(5, 14)
    assert list(ledger.refused) == [(10, 14)]


def test_nothing_is_said_of_samples_that_wait() -> None:
    ledger = Ledger("praxis/ilex1", "b")
    ledger.refuse(0, 99)
    ledger.unsettled = 100
    ledger.record("s", 200, 210)
    assert ledger.statement().upto == 99


def test_with_too_many_gaps_the_statement_reaches_less_far_and_stays_true() -> None:
    ledger = Ledger("praxis/ilex1", "b")
    for first in range(1, 3 * MOST_RANGES, 2):
        ledger.record("s", first, first)
    said = ledger.statement()
    assert len(said.missing) == MOST_RANGES
    assert said.upto == 2 * MOST_RANGES - 1
    assert all(last <= said.upto for _, last in said.missing)
