"""What a benchmark says of lost and doubled samples is true of made-up arrivals."""

import numpy as np

from benchmarks.arrivals import Arrivals, Tally, later_ns, newest, tally


def arrivals(times_ns: list[int], delays_ns: list[int]) -> Arrivals:
    kept = Arrivals()
    kept.t_ns.extend(times_ns)
    kept.delay_ns.extend(delays_ns)
    return kept


class TestTally:
    def test_counts_once_again_lost_and_foreign(self) -> None:
        sent = np.array([1, 2, 3, 4], np.int64)
        assert tally(sent, np.array([1, 2, 2, 9], np.int64)) == Tally(once=1, again=1, lost=2, foreign=1)

    def test_nothing_came(self) -> None:
        assert tally(np.array([1, 2], np.int64), np.empty(0, np.int64)) == Tally(0, 0, 2, 0)


class TestNewest:
    def test_the_last_sample_of_each_arrival(self) -> None:
        # Two batches of two samples, arriving at 25 and 47.
        assert newest(arrivals([10, 20, 30, 40], [15, 5, 17, 7]).frozen()).tolist() == [False, True, False, True]


class TestLater:
    def test_pairs_samples_by_their_time(self) -> None:
        times, later = later_ns(arrivals([10, 20, 30], [9, 8, 7]).frozen(), arrivals([20, 30, 40], [5, 5, 5]).frozen())
        assert times.tolist() == [20, 30]
        assert later.tolist() == [3, 2]
