"""Between which samples of a boot its sessions lie, as long as samples that have yet to come could be among them."""

from itertools import pairwise

from wire.ranges import Range, Ranges

NEWEST = 8
"""Sessions that stay, gap or not."""


class Spans(dict[str, Range]):
    """By session, its first and its last sample.

    A session is let go once others have begun after it and nothing before them is missing: a machine that runs for a year begins
    thousands, and only those with a gap are ever asked for. The newest few stay all the same: one that ended for silence may go on.
    """

    def reach(self, session: str, first: int, last: int, seen: Ranges) -> None:
        """The session has these, beside what it had; `seen` is everything of the boot that has come."""
        held = self.get(session)
        self[session] = (first, last) if held is None else (min(held[0], first), max(held[1], last))
        if held is None:
            self._let_go(seen)

    def around(self, seq: int) -> tuple[str, int] | None:
        """The session within whose samples this number lies, one that has not come, and the last one of them."""
        for session, (first, last) in self.items():
            if first <= seq <= last:
                return session, last
        return None

    def _let_go(self, seen: Ranges) -> None:
        order = sorted(self, key=lambda session: self[session][0])
        for session, following in pairwise(order[: -NEWEST + 1]):
            first, last = self[session]
            # The sample before its first, which is not its own, bounds it too.
            if not seen.gaps(max(0, first - 1), max(last, self[following][0] - 1)):
                del self[session]
