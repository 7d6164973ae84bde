"""Frames of a page over minutes: how evenly they come, what its own thread takes for each, whether its memory grows (robustness 3.9)."""

import math
import time
from typing import NamedTuple

import numpy as np
import psutil
from numpy.typing import NDArray
from playwright.sync_api import CDPSession, Page

LATE_MS, STALL_MS = 25.0, 100.0
READINGS = 10
"""Of the heap, each after its rubbish was collected; what is measured pauses meanwhile."""
LEAST_MIN = 10.0
"""A shorter run tells nothing of growth (robustness 3.9, method 3)."""
ALIKE_MS = 300_000
"""A page is alike again within: a set, and the rest before the next."""

# All it will hold is there from the beginning, and outside the heap: what measures must not grow in what is measured.
RECORD = """most => {
    const gaps = new Float64Array(most);
    let count = 0, last = null, since = Infinity, long = 0;
    const frame = () => {
        const now = performance.now();
        if (last !== null && count < most) gaps[count++] = now - last;
        if (since !== Infinity) last = now;
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) if (entry.startTime >= since) long++;
    }).observe({type: 'long-animation-frame'});
    window.recorder = {
        go() { last = null; since = performance.now(); },
        rest() { last = null; since = Infinity; },
        read: () => [[...gaps.subarray(0, count)], long],
    };
}"""


class Growth(NamedTuple):
    """A straight line through readings: its slope and the standard error of that."""

    per_hour: float
    error: float


class Frames(NamedTuple):
    """What a page did. `main_thread_ms` and `script_ms` are processor time a frame; `long` counts frames whose work took over 50 ms.

    `nodes`: so many more than when it had settled. `others_cores`: what ran on the computer beside this benchmark and the processes it
    started. `readings`: minutes, heap in MB and nodes, each after the rubbish was collected.
    """

    minutes: float
    frames: int
    late: int
    stalls: int
    long: int
    longest_ms: float
    main_thread_ms: float
    script_ms: float
    heap_mb: float
    heap_mb_per_h: float | None
    heap_error_mb_per_h: float | None
    nodes: int
    browser_cores: float
    others_cores: float
    readings: tuple[tuple[float, float, int], ...] = ()

    @property
    def late_share(self) -> float:
        """Percent."""
        return 100 * self.late / self.frames


def settled(hours: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which readings tell of growth: those after the first fifth, in which caches fill."""
    return np.asarray(hours >= hours[0] + (hours[-1] - hours[0]) / 5)


def growth(hours: NDArray[np.float64], values: NDArray[np.float64]) -> Growth:
    """By least squares, of what has settled; NaN where fewer than three readings are left."""
    told = settled(hours)
    hours, values = hours[told], values[told]
    if len(hours) < 3:
        return Growth(math.nan, math.nan)
    slope, start = np.polyfit(hours, values, 1)
    rest = values - (start + slope * hours)
    spread = float(((hours - hours.mean()) ** 2).sum())
    return Growth(float(slope), math.sqrt(float((rest**2).sum()) / (len(hours) - 2) / spread))


def recorded(page: Page, minutes: float, alike: str | None = None) -> Frames:
    """Frames of a page from now on. `alike`: a selector; memory is read when it is there, so that the page holds the same each time."""
    session = page.context.new_cdp_session(page)
    # Processor time of the thread: what else runs on the computer does not count.
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.evaluate(RECORD, math.ceil((minutes * 60 + ALIKE_MS / 1000) * 70))
    _settle(session)
    taken = {"TaskDuration": 0.0, "ScriptDuration": 0.0}
    heap, nodes, hours = [], [], []
    began = time.monotonic()
    meter = _Meter()
    for number in range(READINGS):
        before = _metrics(session)
        page.evaluate("recorder.go()")
        due_s = began + (number + 1) * minutes * 60 / READINGS
        page.wait_for_timeout(max(0.0, due_s - time.monotonic()) * 1000)
        if alike is not None:
            page.wait_for_selector(alike, timeout=ALIKE_MS)
        page.evaluate("recorder.rest()")
        after = _metrics(session)
        for name in taken:
            taken[name] += after[name] - before[name]
        clean = _settle(session)
        hours.append((time.monotonic() - began) / 3600)
        heap.append(clean["JSHeapUsedSize"] / 1e6)
        nodes.append(int(clean["Nodes"]))
    browser, others = meter.read()
    read, long = page.evaluate("recorder.read()")
    gaps = np.array(read)
    grown = growth(np.array(hours), np.array(heap)) if minutes >= LEAST_MIN else None
    return Frames(
        minutes=round(hours[-1] * 60, 1),
        frames=len(gaps),
        late=int((gaps > LATE_MS).sum()),
        stalls=int((gaps > STALL_MS).sum()),
        long=int(long),
        longest_ms=float(gaps.max()),
        main_thread_ms=taken["TaskDuration"] * 1000 / len(gaps),
        script_ms=taken["ScriptDuration"] * 1000 / len(gaps),
        heap_mb=heap[-1],
        heap_mb_per_h=grown and grown.per_hour,
        heap_error_mb_per_h=grown and grown.error,
        nodes=nodes[-1] - nodes[int(settled(np.array(hours)).argmax())],
        browser_cores=browser,
        others_cores=others,
        readings=tuple((round(hour * 60, 1), round(mb, 3), count) for hour, mb, count in zip(hours, heap, nodes, strict=True)),
    )


def _metrics(session: CDPSession) -> dict[str, float]:
    return {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}


def _settle(session: CDPSession) -> dict[str, float]:
    """What the page holds once its rubbish was collected."""
    session.send("HeapProfiler.collectGarbage")
    return _metrics(session)


class _Meter:
    """Cores of the browser, and of whatever no descendant of this process is, since it was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._before = self._now()

    def read(self) -> tuple[float, float]:
        seconds = time.monotonic() - self._began
        browser, ours, busy = (now - before for now, before in zip(self._now(), self._before, strict=True))
        return browser / seconds, max(0.0, busy - ours) / seconds

    def _now(self) -> tuple[float, float, float]:
        this = psutil.Process()
        browser = ours = 0.0
        for process in [this, *this.children(recursive=True)]:
            try:
                cpu_s, name = sum(process.cpu_times()[:2]), process.name()
            except psutil.Error:
                continue
            ours += cpu_s
            browser += cpu_s if "chrom" in name else 0.0
        times = psutil.cpu_times()
        busy = times.user + times.nice + times.system + getattr(times, "irq", 0.0) + getattr(times, "softirq", 0.0)
        return browser, ours, float(busy)
