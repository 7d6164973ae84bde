"""contract 1, robustness F12: a later boot is continued by the wall clocks of its anchors, where these can be."""

import pytest

from service.live.axis import FAR_NS, placed_ns

S = 1_000_000_000
YEARS_NS = 57 * 31_557_600 * S


@pytest.mark.parametrize("off_ns", [0, 3 * S, -3 * S, FAR_NS, -FAR_NS])
def test_an_anchor_that_can_be_holds(off_ns: int) -> None:
    """Of the two it is the exact one: a broker brings samples late."""
    assert placed_ns(130 * S + off_ns, 100 * S, 130 * S, 130 * S) == 130 * S + off_ns


@pytest.mark.parametrize("off_ns", [FAR_NS + 1, -FAR_NS - 1, YEARS_NS, -YEARS_NS, 2**64, -(2**64)])
def test_one_that_cannot_be_gives_way_to_when_the_boot_was_heard(off_ns: int) -> None:
    assert placed_ns(130 * S + off_ns, 100 * S, 130 * S, 130 * S) == 130 * S


def test_time_rises_whatever_the_clocks_say() -> None:
    """An agent that restarts within a second, its clock set back by two meanwhile; both runs heard at one moment."""
    assert placed_ns(99 * S, 100 * S, 101 * S, 101 * S) == 101 * S
    assert placed_ns(100 * S, 100 * S, 100 * S, 100 * S) == 100 * S + 1


def test_after_a_restart_of_the_service_anything_between_what_is_sure_and_its_own_wall_clock_can_be() -> None:
    """How long the newest sample lay in the recording before that was taken up, wall clocks alone know."""
    for anchored_ns in (105 * S, 400 * S, 700 * S):
        assert placed_ns(anchored_ns, 100 * S, 104 * S, 700 * S) == anchored_ns
    assert placed_ns(100 * S + YEARS_NS, 100 * S, 104 * S, 700 * S) == 104 * S
