"""A loss of signal that was told live, against what the recording holds (decision 0170)."""

import numpy as np
import pytest

from wire.losses import as_known
from wire.messages import Input
from wire.recorded import Block

LOST, STOP, END = Input(kind="end", reason="signal_lost"), Input(kind="stop"), Input(kind="end", reason="idle")


def block(from_s: float, to_s: float) -> Block:
    t_ns = np.arange(round(from_s * 100), round(to_s * 100)) * 10_000_000
    return Block("boot-1", round(from_s * 100), t_ns, np.zeros(len(t_ns), "<f4"), np.zeros(len(t_ns), "<f4"))


BEFORE, NEXT, LATER = block(0, 10), block(10, 60), block(50, 60)


@pytest.mark.parametrize(
    ("entries", "known"),
    [
        ([BEFORE, LOST, NEXT, END], [BEFORE, NEXT, END]),
        ([BEFORE, LOST, STOP, NEXT], [BEFORE, STOP, NEXT]),
        ([BEFORE, LOST, block(39.9, 60), END], [BEFORE, block(39.9, 60), END]),
        ([BEFORE, LOST, LATER, END], [BEFORE, LOST, LATER, END]),
        ([BEFORE, LOST, END], [BEFORE, LOST, END]),
        ([BEFORE, LOST], [BEFORE, LOST]),
        ([BEFORE, LOST, LATER], [BEFORE, LOST, LATER, Input(kind="end")]),
        ([BEFORE, LOST, END, LATER], [BEFORE, LOST, END, LATER]),
        ([BEFORE, LOST, LATER, LOST], [BEFORE, LOST, LATER, LOST]),
        ([LOST, BEFORE], [LOST, BEFORE, Input(kind="end")]),
        ([STOP, BEFORE, END], [STOP, BEFORE, END]),
    ],
)
def test_it_stands_unless_the_next_30_s_hold_samples(entries: list[Block | Input], known: list[Block | Input]) -> None:
    def short(some: list[Block | Input]) -> list[Input | tuple[int, int]]:
        return [entry if isinstance(entry, Input) else (entry.seq, len(entry.t_ns)) for entry in some]

    assert short(list(as_known(entries, 30.0))) == short(known)
