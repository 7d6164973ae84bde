"""Both ends of the line come back soon after a short outage, and knock rarely in a long one (robustness 1.3, F01 and F08)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.back_off import back_off_s


@given(st.floats(0, 1e9))
def test_a_wait_is_from_a_quarter_of_a_second_to_five(away_s: float) -> None:
    assert 0.25 <= back_off_s(away_s) <= 5.0


def test_a_floor_of_machines_does_not_knock_all_at_once() -> None:
    """F01: jittered."""
    waits = {back_off_s(10.0) for _ in range(100)}
    assert max(waits) - min(waits) > 0.1


@pytest.mark.parametrize(("away_s", "longest_s"), [(10.0, 0.5), (60.0, 1.5), (24 * 3600.0, 5.0)])
def test_the_wait_after_an_outage_is_short_beside_it(away_s: float, longest_s: float) -> None:
    """F01: live within 3 s after 10 s without a broker; F08: a minute is whole within 5 s."""
    assert max(back_off_s(away_s) for _ in range(1000)) <= longest_s


def test_in_an_hour_without_a_broker_it_is_tried_rarely() -> None:
    away_s, tries = 0.0, 0
    while away_s < 3600.0:
        away_s, tries = away_s + back_off_s(away_s), tries + 1
    assert tries < 1500
