"""What processes take of the computer: CPU in cores, memory in MiB."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import psutil

MIB = 1024 * 1024


class Usage(NamedTuple):
    """`cores`: CPU seconds a second (1 = one core all the time); `rss_mib`: resident memory at the end."""

    cores: float
    rss_mib: float


class Meter:
    """CPU and memory by part, a part being one process or several."""

    def __init__(self, parts: Mapping[str, Sequence[int]]) -> None:
        self._parts = {name: [psutil.Process(pid) for pid in pids] for name, pids in parts.items()}
        self._before = {name: _cpu_s(processes) for name, processes in self._parts.items()}
        self._busy_s = _busy_s()

    def read(self, seconds: float) -> dict[str, Usage]:
        """What each part took since the meter was made, `seconds` ago. `others`: all else on this computer, its memory not read."""
        found = {
            name: Usage((_cpu_s(processes) - self._before[name]) / seconds, sum(each.memory_info().rss for each in processes) / MIB)
            for name, processes in self._parts.items()
        }
        busy = (_busy_s() - self._busy_s) / seconds
        return {**found, "others": Usage(max(0.0, busy - sum(part.cores for part in found.values())), 0.0)}


def rss_mib(pids: Sequence[int]) -> float:
    """Resident memory of some processes together."""
    return float(sum(psutil.Process(pid).memory_info().rss for pid in pids)) / MIB


def _busy_s() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + getattr(times, "irq", 0.0) + getattr(times, "softirq", 0.0))


def _cpu_s(processes: Sequence[psutil.Process]) -> float:
    return float(sum(sum(each.cpu_times()[:2]) for each in processes))
