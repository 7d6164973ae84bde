"""A set that the live analysis ended for silence, in a recording that may know better (decision 0170)."""

from collections.abc import Iterable, Iterator

from wire.messages import Input
from wire.recorded import Block

SIGNAL_LOST = "signal_lost"
"""The reason of the input `end` that ends a set alone; any other ends the session."""

LOST_S = 30.0
"""Where a recording doesn't say how long the analysis waited for a reading (decision 0003)."""


def lost(entry: Block | Input) -> bool:
    """Whether the live analysis was told that the signal is lost."""
    return isinstance(entry, Input) and entry.kind == "end" and entry.reason == SIGNAL_LOST


def as_known(entries: Iterable[Block | Input], lost_s: float) -> Iterator[Block | Input]:
    """The entries without the losses that never were: samples of the next `lost_s` came after all, later.

    A loss that stands, and that more samples follow, is not the end: where no other is named, the last sample is one (contract 1).
    """
    last_ns: int | None = None
    waiting: list[Block | Input] = []
    goes_on = False
    for entry in entries:
        if isinstance(entry, Block):
            if waiting:
                filled = last_ns is not None and int(entry.t_ns[0]) - last_ns <= lost_s * 1e9
                yield from (each for each in waiting if not (filled and lost(each)))
                goes_on = not (filled or any(_ends(each) and not lost(each) for each in waiting))
                waiting = []
            last_ns = int(entry.t_ns[-1])
            yield entry
        elif waiting or lost(entry):
            waiting.append(entry)
        else:
            goes_on = goes_on and not _ends(entry)
            yield entry
    yield from waiting
    if goes_on and not any(map(_ends, waiting)):
        yield Input(kind="end")


def _ends(entry: Block | Input) -> bool:
    return isinstance(entry, Input) and entry.kind == "end"
