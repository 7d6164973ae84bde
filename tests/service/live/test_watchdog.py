"""A loop that falls behind slows down screens, nothing else (robustness F23)."""

from service.live.watchdog import MOST, Watchdog

TICK_NS = 25_000_000


def after(watchdog: Watchdog, lag_s: float, seconds: float, start_ns: int = 0) -> int:
    now_ns = start_ns
    while now_ns < start_ns + seconds * 1e9:
        now_ns += TICK_NS
        watchdog.ticked(lag_s, now_ns)
    return now_ns


def test_a_healthy_loop_changes_nothing() -> None:
    watchdog = Watchdog()
    after(watchdog, 0.005, 60)
    assert (watchdog.slowdown, watchdog.shed) == (1, 0)


def test_one_late_tick_changes_nothing() -> None:
    watchdog = Watchdog()
    watchdog.ticked(0.5, TICK_NS)
    assert watchdog.slowdown == 1


def test_frames_become_fewer_while_it_lags_and_more_again_after_it() -> None:
    watchdog = Watchdog()
    now_ns = after(watchdog, 0.2, 10)
    assert watchdog.slowdown == MOST
    after(watchdog, 0.001, 15, now_ns)
    assert watchdog.slowdown == 1
