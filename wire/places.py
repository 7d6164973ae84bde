"""Where the batches of a recording lie, and what that says of it. Pure."""

from collections.abc import Sequence
from typing import Literal, NamedTuple


class Place(NamedTuple):
    """Where a batch lies: its boot (by order of appearance), its samples, and the chunk and the bytes in it that hold it.

    The first `late` samples of it came when the live analysis had gone on, and were not fed to it. It covers the time from `start_ns` to
    `stop_ns` of its boot's clock.
    """

    boot: int
    seq: int
    n: int
    chunk: int
    start: int
    stop: int
    late: int
    start_ns: int
    stop_ns: int


class Coverage(NamedTuple):
    """A stretch of a session, in seconds since its first sample: `live` = shown live, `backfilled` = came later, `gap` = not there."""

    kind: Literal["live", "backfilled", "gap"]
    from_s: float
    to_s: float


def coverage(places: Sequence[Place], clocks_ns: Sequence[int]) -> list[Coverage]:
    """What was shown live, what came later and what never came, in order of time. `clocks_ns`: UTC less the clock of each boot."""
    found: list[Coverage] = []
    boot, following, origin_ns, reached_ns = -1, 0, 0, 0

    def add(kind: Literal["live", "backfilled", "gap"], start_ns: float, stop_ns: float) -> None:
        from_s, to_s = start_ns / 1e9, stop_ns / 1e9
        if found and found[-1].kind == kind:
            found[-1] = found[-1]._replace(to_s=to_s)
        elif to_s > from_s:
            found.append(Coverage(kind, from_s, to_s))

    for place in sorted(places, key=lambda place: place[:2]):
        shift_ns = clocks_ns[place.boot] - clocks_ns[0]
        if boot < 0:
            origin_ns = place.start_ns + shift_ns
        # Since the first sample: nanoseconds of a clock that has run for centuries are no floats.
        start_ns, stop_ns = place.start_ns + shift_ns - origin_ns, place.stop_ns + shift_ns - origin_ns
        if place.boot != boot:
            boot, following = place.boot, place.seq if boot < 0 else -1
        if place.seq + place.n <= following:
            continue
        if place.seq > following:
            add("gap", reached_ns, start_ns)
        step_ns = (stop_ns - start_ns) / place.n
        past = max(following - place.seq, 0)
        turn = max(place.late, past)
        if turn > past:
            add("backfilled", start_ns + past * step_ns, start_ns + turn * step_ns)
        if turn < place.n:
            add("live", start_ns + turn * step_ns, stop_ns)
        following, reached_ns = place.seq + place.n, stop_ns
    return found


def stored(places: Sequence[Place]) -> dict[str, int]:
    """How many different samples of how many there are: each boot from its first to its last."""
    found = expected = 0
    extents: dict[int, tuple[int, int]] = {}
    for place in sorted(places, key=lambda place: place[:2]):
        first, following = extents.get(place.boot, (place.seq, place.seq))
        found += max(place.seq + place.n - max(place.seq, following), 0)
        extents[place.boot] = (first, max(following, place.seq + place.n))
    expected = sum(following - first for first, following in extents.values())
    return {"expected": expected, "stored": found, "missing": expected - found, "refused": 0}
