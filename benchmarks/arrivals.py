"""When each sample arrived somewhere, by machine: kept while measuring as plain arrays, judged afterwards."""

from array import array
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Arrivals:
    """Device times of samples and how long each took, ns, in the order in which they came."""

    def __init__(self) -> None:
        self.t_ns = array("q")
        self.delay_ns = array("q")

    def frozen(self) -> "Arrived":
        return Arrived(self.t_ns.tobytes(), self.delay_ns.tobytes())


class Arrived(NamedTuple):
    """Arrivals on their way to another process (int64 columns)."""

    t_bytes: bytes
    delay_bytes: bytes

    @property
    def t_ns(self) -> NDArray[np.int64]:
        return np.frombuffer(self.t_bytes, np.int64)

    @property
    def delay_ns(self) -> NDArray[np.int64]:
        return np.frombuffer(self.delay_bytes, np.int64)


class Tally(NamedTuple):
    """Of the samples sent: how many came exactly once, how many more than once, how many never; and how many came that were not sent."""

    once: int
    again: int
    lost: int
    foreign: int


def tally(sent_ns: NDArray[np.int64], came_ns: NDArray[np.int64]) -> Tally:
    """Compare the device times of one machine's samples, sent and arrived."""
    times, counts = np.unique(came_ns, return_counts=True)
    known = np.isin(times, sent_ns)
    return Tally(
        once=int(((counts == 1) & known).sum()),
        again=int(((counts > 1) & known).sum()),
        lost=len(sent_ns) - int(known.sum()),
        foreign=int((~known).sum()),
    )


def newest(arrived: Arrived) -> NDArray[np.bool_]:
    """True for the last sample of each arrival: the one that waited for no other."""
    came_ns = arrived.t_ns + arrived.delay_ns
    return np.append(came_ns[1:] != came_ns[:-1], True) if came_ns.size else np.empty(0, np.bool_)


def later_ns(arrived: Arrived, reference: Arrived) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of the samples that came both ways: their device times, and by how much later each arrived than at the reference, ns."""
    times, here, there = np.intersect1d(arrived.t_ns, reference.t_ns, return_indices=True)
    return times, arrived.delay_ns[here] - reference.delay_ns[there]
