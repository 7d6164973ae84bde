"""contract 2, decision 0112: what goes to `backfill`, and when again."""

from edge_agent.sent import Sent


def test_live_samples_are_due_after_2_s() -> None:
    sent = Sent()
    sent.live(0, 9, 100.0)
    sent.live(10, 19, 101.0)
    assert sent.unsent([(0, 30)], 101.0) == (20, 30)
    assert sent.unsent([(0, 19)], 101.9) is None
    assert sent.unsent([(0, 19)], 102.0) == (0, 9)


def test_backfilled_ones_go_again_only_when_a_statement_asks_for_them() -> None:
    sent = Sent()
    sent.backfilled(0, 99, 100.0)
    assert sent.unsent([(0, 99)], 1000.0) is None
    sent.stored(200, 101.9)  # made before it can have come
    assert sent.unsent([(0, 99)], 102.0) is None
    sent.stored(200, 102.0)
    assert sent.unsent([(0, 99)], 102.0) == (0, 99)


def test_those_that_no_statement_reaches_wait_longer() -> None:
    sent = Sent()
    sent.backfilled(0, 99, 100.0)
    sent.stored(50, 109.9)
    assert sent.unsent([(51, 99)], 110.0) is None
    sent.stored(50, 110.0)
    assert sent.unsent([(51, 99)], 110.0) == (51, 99)


def test_what_no_statement_has_spoken_of_is_asked_for() -> None:
    """contract 2: a boot that is over has no statement of its own accord, so a message of it that got lost would wait for ever."""
    sent = Sent()
    sent.backfilled(0, 99, 100.0)
    sent.stored(50, 101.0)
    assert not sent.unheard([(51, 99)], 109.9)
    assert sent.unheard([(51, 99)], 110.0)
    assert not sent.unheard([], 110.0)
    assert not sent.unheard([(100, 199)], 110.0)
    sent.stored(50, 110.0)
    assert not sent.unheard([(51, 99)], 110.0)
    assert sent.unsent([(51, 99)], 110.0) == (51, 99)


def test_a_day_without_anybody_listening_takes_no_memory() -> None:
    """robustness F09."""
    sent = Sent()
    for second in range(24 * 3600):
        sent.backfilled(100 * second, 100 * second + 99, float(second))
    assert len(sent._backfilled) < 20
    assert sent.unsent([(0, 100 * 24 * 3600 - 1)], 24 * 3600.0) is None
