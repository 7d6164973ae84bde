"""Sets of sample numbers as closed ranges: what was taken, what is missing, what was refused."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

Range = tuple[int, int]


class Ranges:
    """Disjoint closed ranges in order, joined where they touch. In-order growth costs O(1), a hole filled O(n) of a list move."""

    __slots__ = ("_first", "_last")

    def __init__(self) -> None:
        self._first: list[int] = []
        self._last: list[int] = []

    def __iter__(self) -> Iterator[Range]:
        return zip(self._first, self._last, strict=True)

    def __len__(self) -> int:
        return len(self._first)

    @property
    def last(self) -> int:
        """The greatest number held; -1 = none."""
        return self._last[-1] if self._last else -1

    @property
    def first(self) -> int | None:
        """The least number held."""
        return self._first[0] if self._first else None

    def add(self, first: int, last: int) -> None:
        """Hold first..last (inclusive).

        >>> held = Ranges()
        >>> held.add(0, 4); held.add(10, 14); held.add(5, 9); list(held)
        [(0, 14)]
        """
        if not self._last or first > self._last[-1] + 1:
            self._first.append(first)
            self._last.append(last)
            return
        if first == self._last[-1] + 1:
            self._last[-1] = last
            return
        # Everything from the first range that reaches up to `first` to the last one that begins before `last` ends melts into one.
        low = bisect_left(self._last, first - 1)
        high = bisect_right(self._first, last + 1)
        if low < high:
            first, last = min(first, self._first[low]), max(last, self._last[high - 1])
        self._first[low:high] = [first]
        self._last[low:high] = [last]

    def gaps(self, first: int, last: int) -> list[Range]:
        """The parts of first..last that are not held.

        >>> held = Ranges()
        >>> held.add(3, 4); held.gaps(0, 9)
        [(0, 2), (5, 9)]
        """
        found: list[Range] = []
        at = bisect_left(self._last, first)
        while first <= last:
            if at == len(self._first) or self._first[at] > last:
                found.append((first, last))
                break
            if self._first[at] > first:
                found.append((first, self._first[at] - 1))
            first = self._last[at] + 1
            at += 1
        return found

    def count(self) -> int:
        """How many numbers are held."""
        return sum(last - first + 1 for first, last in self)

    def forget_oldest(self, keep: int) -> None:
        """At most `keep` ranges, the newest ones."""
        del self._first[:-keep], self._last[:-keep]
