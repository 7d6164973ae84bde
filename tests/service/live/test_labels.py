"""contract 1, robustness F12: a boot's place in time is its first anchor's; what comes later moves nothing."""

import time

import pytest

from service.live.labels import Labels
from wire.messages import ClockAnchor, Status

HOUR_NS = 3_600_000_000_000


def status(utc_ns: int, **clocks: ClockAnchor) -> Status:
    return Status(online=True, boot="now", clock=ClockAnchor(1_000, utc_ns), clocks=clocks)


def test_a_boot_that_never_had_a_line_is_placed_by_what_its_successor_says() -> None:
    labels = Labels()
    labels.anchor(status(HOUR_NS, before=ClockAnchor(500, 10_500)))
    assert labels.of("before", 7, 0) == 10_000
    assert labels.of("now", 7, 0) == HOUR_NS - 1_000


def test_the_first_anchor_of_a_boot_holds() -> None:
    labels = Labels()
    labels.anchor(status(2_000, before=ClockAnchor(0, 5)))
    assert labels.anchor(status(2_000 + HOUR_NS, before=ClockAnchor(0, 6))) == HOUR_NS
    assert (labels["now"], labels["before"]) == (1_000, 5)


def test_without_an_anchor_a_boot_is_placed_by_when_it_was_heard_however_long_that_waited() -> None:
    labels = Labels()
    waited_ns = 3_500_000_000
    offset_ns = labels.of("unknown", 7_000, time.monotonic_ns() - waited_ns)
    assert offset_ns == pytest.approx(time.time_ns() - waited_ns - 7_000, abs=1e9)
    assert labels.of("unknown", 9_000, time.monotonic_ns()) == offset_ns


def test_a_slewed_clock_has_not_stepped() -> None:
    labels = Labels()
    labels.anchor(status(2_000))
    assert labels.anchor(status(2_000 + 30_000_000)) == 0


def test_a_clock_that_is_played_slowly_has_not_stepped() -> None:
    """Decision 0189: a minute of ours is half a minute of its own, and its anchors say so."""
    labels = Labels()
    for minute in range(3):
        clock = ClockAnchor(10_000 + minute * 30_000_000_000, HOUR_NS + minute * 60_000_000_000, rate=0.5)
        assert labels.anchor(Status(online=True, boot="now", clock=clock)) == 0
    assert labels["now"] == HOUR_NS - 10_000
