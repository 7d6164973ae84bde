"""contract 5 `feed`, decision 0189: how old the newest sample is, also of a recording that is played more slowly than it was."""

import pytest

from service.live.presence import Presence
from wire.messages import ClockAnchor, Status

SECOND_NS = 1_000_000_000
BATCH_NS = 20_000_000


def played(rate: float, announced: float | None, seconds: int = 40) -> tuple[Presence, int]:
    """A device whose clock goes at `rate`, heard for so long, every 20 ms of ours; as it is then, and when that is."""
    presence, now_ns = Presence(), 500 * SECOND_NS
    clock = ClockAnchor(0, 0) if announced is None else ClockAnchor(0, 0, rate=announced)
    presence.told(Status(online=True, boot="one", clock=clock), None, now_ns)
    for n in range(seconds * SECOND_NS // BATCH_NS):
        now_ns = 500 * SECOND_NS + n * BATCH_NS
        presence.sampled(7 * SECOND_NS + round(n * BATCH_NS * rate), now_ns)
        presence.judge(now_ns)
    return presence, now_ns


@pytest.mark.parametrize("rate", [0.01, 0.5, 1.0, 5.0])
def test_a_source_that_says_how_fast_it_goes_is_live_while_it_comes(rate: float) -> None:
    presence, now_ns = played(rate, rate)
    assert presence.feed == "live"
    assert (presence.age_ns(now_ns) or 0) <= 1000
    assert presence.taken_ns == pytest.approx(now_ns, abs=1000)


def test_it_grows_old_by_our_own_time_when_nothing_comes() -> None:
    presence, now_ns = played(0.5, 0.5)
    presence.judge(now_ns + 2 * SECOND_NS)
    assert presence.feed == "stale"
    assert presence.age_ns(now_ns + 2 * SECOND_NS) == pytest.approx(2 * SECOND_NS, abs=1000)


def test_delay_is_told_as_it_is() -> None:
    """A batch that lay for 300 ms on the way is 300 ms old, not 600."""
    presence, now_ns = played(0.5, 0.5)
    presence.sampled((presence.newest_ns or 0) + BATCH_NS // 2, now_ns + BATCH_NS + 300_000_000)
    assert presence.age_ns(now_ns + BATCH_NS + 300_000_000) == pytest.approx(300_000_000, abs=1000)


def test_without_that_word_a_slow_clock_can_not_be_told_from_growing_delay() -> None:
    presence, _ = played(0.5, None)
    assert presence.feed == "lost"
