"""Who watches each machine of a rig while something is done to it: how long every sample took to its frame, and how frames followed."""

import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from benchmarks import viewers
from benchmarks.cell import VIEWER_HZ
from benchmarks.faults.rig import HOST, Rig
from benchmarks.figures import Delay, delay
from benchmarks.viewers import Seen, Watcher
from benchmarks.worker import Worker

END_S = 30.0


class Span(NamedTuple):
    """A time, ns of this computer's monotonic clock, which is the simulated devices' too."""

    begin_ns: int
    end_ns: int


def lasting(seconds: float) -> Span:
    """From now on, so long; returns at its end."""
    begin_ns = time.monotonic_ns()
    time.sleep(seconds)
    return Span(begin_ns, time.monotonic_ns())


class Audience:
    """`with Audience(rig) as audience:` one viewer a machine at 60 Hz, in a process of their own. `leave` ends it; then it can be asked."""

    def __init__(self, rig: Rig, names: Sequence[str] | None = None) -> None:
        """Of the machines that the service knows already; all of the rig where no names are given."""
        self._names = list(names or rig.names)
        watchers = [Watcher([name], VIEWER_HZ) for name in self._names]
        self._worker = Worker("viewers", viewers.run, HOST, rig.port, rig.token, watchers)
        self._worker.ready()
        self._seen: list[Seen] = []

    def leave(self) -> None:
        """Everybody goes. Raises WorkerError where one was turned away before."""
        self._worker.tell("stop")
        self._seen = self._worker.hear("done", END_S)

    def delays(self, names: Iterable[str], spans: Iterable[Span]) -> Delay:
        """From sample to frame, of the samples that were taken in these times and came live."""
        spans = list(spans)
        found = [np.empty(0, np.int64)]
        for name in names:
            t_ns, took_ns = self._arrived(name)
            found += [took_ns[(t_ns >= span.begin_ns) & (t_ns < span.end_ns)] for span in spans]
        return delay(np.concatenate(found))

    def longest_gap_ms(self, names: Iterable[str], span: Span) -> float:
        """The longest time without a frame, of any of them."""
        longest_ns = 0
        for name in names:
            t_ns, took_ns = self._arrived(name)
            came_ns = np.unique(t_ns + took_ns)
            came_ns = came_ns[(came_ns >= span.begin_ns) & (came_ns < span.end_ns)]
            longest_ns = max(longest_ns, int(np.diff(came_ns, prepend=span.begin_ns, append=span.end_ns).max()))
        return longest_ns / 1e6

    def _arrived(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        arrived = self._seen[self._names.index(name)].arrived.get(name)
        empty = np.empty(0, np.int64)
        return (empty, empty) if arrived is None else (arrived.t_ns, arrived.delay_ns)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.__exit__()
