"""How long to wait before the broker is tried again: both ends of the line come back by this (robustness 1.3, F01 and F08)."""

import random

SHORTEST_S, LONGEST_S = 0.25, 5.0
SHARE = 1 / 40
"""Of the time away: after an outage of a minute the next try comes within 1.5 s, so that the minute is whole within 5 s (F08). Growing with
each try instead, the wait would depend on how long a try takes to fail."""


def back_off_s(away_s: float) -> float:
    """The next wait, s, after so long without a line: drawn between half and the whole of a fortieth of it, from 0.25 to 5 s."""
    longest_s = min(max(away_s * SHARE, 2 * SHORTEST_S), LONGEST_S)
    # Not a secret: the jitter only keeps a floor of machines from knocking all at once.
    return longest_s * random.uniform(0.5, 1.0)  # noqa: S311 - see above
