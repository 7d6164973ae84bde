"""A clock anchor is two clocks read at one instant (contract 2, robustness F12)."""

from edge_agent.clock import anchor_ns
from tests.edge_agent.clocks import JumpingClock

SECOND_NS = 1_000_000_000


class Interrupted(JumpingClock):
    """The computer turns to something else for so long between the two readings."""

    def __init__(self, away_ns: list[int]) -> None:
        super().__init__()
        self._away_ns = away_ns

    def utc_ns(self) -> int:
        before_ns = super().utc_ns()
        self._now_ns += self._away_ns.pop(0)
        return before_ns


def error_ns(clock: Interrupted) -> int:
    mono_ns, utc_ns = anchor_ns(clock)
    return abs(utc_ns - mono_ns - 1_790_000_000_000_000_000)


def test_it_is_read_again_until_nothing_came_between() -> None:
    assert error_ns(Interrupted([SECOND_NS, 200_000_000, 0])) == 0


def test_on_a_computer_that_is_never_free_the_best_of_ten_readings_counts() -> None:
    assert error_ns(Interrupted([SECOND_NS] * 8 + [20_000_000, SECOND_NS])) == 10_000_000
