"""A task over many recordings, on every core, in order of their names."""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from pathlib import Path

from service import kernels
from service.analysis import engine
from service.bench.task import Outcome, Task, outcomes

AT_ONCE = 8
"""Recordings that a process takes at a time: enough that handing them out costs nothing, few enough that progress moves."""
IN_LINE = 4
"""Such handfuls that wait for a process: results come in order and are never held in memory by the thousand."""
FEW = 4
"""Of so few recordings this process takes care itself: another takes half a second to start."""
BYTES_A_SAMPLE = 64
"""Of a recording, about: tells whether compiling pays before any is read."""


def over(task: Task, paths: Sequence[Path], jobs: int | None = None) -> Iterator[Outcome]:
    """What comes of each recording, in order; `jobs` processes, as many as there are cores where that isn't said."""
    names = [str(path) for path in paths]
    jobs = min(jobs or os.cpu_count() or 1, -(-len(names) // AT_ONCE))
    if len(names) <= FEW or jobs <= 1:
        for name in names:
            yield from outcomes(task, [name])
        return
    total = sum(path.stat().st_size for path in paths if path.is_file()) // BYTES_A_SAMPLE
    kernels.for_samples(total)  # compiled once, here, and found there
    handfuls = iter([names[at : at + AT_ONCE] for at in range(0, len(names), AT_ONCE)])
    # Forked, a process would share what threads of this one hold.
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _begin, (total,)) as pool:
        waiting: deque[Future[list[Outcome]]] = deque(pool.submit(outcomes, task, some) for some in islice(handfuls, jobs * IN_LINE))
        try:
            while waiting:
                yield from waiting.popleft().result()
                waiting.extend(pool.submit(outcomes, task, some) for some in islice(handfuls, 1))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # nobody waits for what nobody will look at


def _begin(total: int) -> None:
    engine.use(kernels.for_samples(total))
