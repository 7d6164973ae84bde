"""What the benchmark of the picture says is true of made-up pictures (robustness-and-screens 3.9.4)."""

import numpy as np
import pytest

from benchmarks.figures import Delay
from benchmarks.pixel import WRAP_MS, joined, sampled_ns, shown, value_of

MS = 1_000_000


class TestTheCode:
    # The same examples as in dashboard/src/screens/patient/code.test.ts, which draws them.
    @pytest.mark.parametrize(("text", "value"), [("............#.#.", 0), (".#..##.#..#....#", 1234), ("############.#.#", 4095)])
    def test_says_a_time(self, text: str, value: int) -> None:
        assert value_of(bytes(255 if cell == "#" else 0 for cell in text)) == value

    @pytest.mark.parametrize("cells", [bytes(16), b"\xff" * 16, b"\x80" + bytes(15), bytes(12) + b"\xff" * 4])
    def test_anything_else_is_none(self, cells: bytes) -> None:
        assert value_of(cells) is None

    def test_is_of_the_last_seconds(self) -> None:
        now_ns = (7 * WRAP_MS + 20) * MS + 123
        assert sampled_ns(5, now_ns) == (7 * WRAP_MS + 5) * MS
        assert sampled_ns(4000, now_ns) == (6 * WRAP_MS + 4000) * MS
        assert sampled_ns(20, now_ns) == (7 * WRAP_MS + 20) * MS


class TestShown:
    def test_every_sample_counts_to_the_first_picture_that_carries_it(self) -> None:
        newest_ns = np.array([100, 120, 160], np.int64) * MS
        found = shown((newest_ns + 30 * MS, newest_ns))
        # 100; 110 and 120; 130 to 160, of which the first waited 30 ms for the last.
        assert found.every == Delay(7, 40, 60, 60, 60)
        assert found.newest == Delay(3, 30, 30, 30, 30)
        assert found.stall_ms == 40
        assert found.pictures_per_s == pytest.approx(2 / 0.06)

    def test_where_the_dot_was_away_nothing_was_late(self) -> None:
        newest_ns = np.array([100, 120, 9000, 9020], np.int64) * MS
        found = shown((newest_ns + 30 * MS, newest_ns))
        assert found.every.samples == 1 + 2 + 1 + 2
        assert found.every.max_ms == 40
        assert found.stall_ms == 20

    def test_what_lies_between_two_starts_counts_as_nothing(self) -> None:
        starts = [(newest_ns + 30 * MS, newest_ns) for newest_ns in (np.array([at, at + 20], np.int64) * MS for at in (100, 60_000))]
        found = shown(joined(starts))
        assert found.every.samples == 2 * (1 + 2)
        assert found.stall_ms == 20
