"""What the service counts: plain numbers on the hot path, turned into Prometheus families when somebody asks.

`prometheus_client` counters cost a lock and a dictionary look-up each; at 5,000 batches a second that is felt. So every part keeps
attributes of its own, and `Metrics` reads them at `/metrics`.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Queue:
    """The four numbers of a bounded queue: depth, capacity, peak, dropped."""

    __slots__ = ("capacity", "depth", "dropped", "name", "peak")

    def __init__(self, name: str, capacity: int) -> None:
        self.name = name
        self.capacity = capacity
        self.depth = 0
        self.peak = 0
        self.dropped = 0

    def now(self, depth: int) -> None:
        """Depth as it is."""
        self.depth = depth
        self.peak = max(self.peak, depth)


class Delay:
    """A histogram of seconds in fixed buckets, 0.1 ms to 5 s."""

    BOUNDS_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
    __slots__ = ("counts", "sum_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(self.BOUNDS_S) + 1)
        self.sum_s = 0.0

    def add(self, seconds: float) -> None:
        """One delay."""
        self.counts[bisect_left(self.BOUNDS_S, seconds)] += 1
        self.sum_s += seconds

    def family(self, name: str, words: str) -> HistogramMetricFamily:
        """The histogram as Prometheus wants it."""
        total = 0
        buckets: list[tuple[str, float]] = []
        for bound, count in zip((*map(str, self.BOUNDS_S), "+Inf"), self.counts, strict=True):
            total += count
            buckets.append((bound, float(total)))
        return HistogramMetricFamily(name, words, buckets=buckets, sum_value=self.sum_s)


@dataclass
class Counts:
    """Everything that is counted while samples flow. One to a process; each field is a counter."""

    bursts: int = 0
    """Reads from the broker's socket that held messages."""
    messages: int = 0
    batches: int = 0
    samples: int = 0
    late_samples: int = 0
    """Recorded, not analysed live: backfilled or out of order."""
    duplicate_samples: int = 0
    missing_samples: int = 0
    """Jumped over when they were due; some may have come later."""
    unrecorded_samples: int = 0
    """Came while no session was open: refused for good (decision 0052)."""
    events: int = 0
    frames: int = 0
    frames_sent: int = 0
    frames_skipped: int = 0
    clients_accepted: int = 0
    clients_refused: int = 0
    clients_slow: int = 0
    recording_faults: int = 0
    timer_faults: int = 0
    """Times that what is done by the clock failed, of one machine or of one listener: a fault of the service, which the log has."""
    screens_failed: int = 0
    """Times that a patient's screen said that it could not draw."""
    quarantined: dict[str, int] = field(default_factory=dict)
    """By reason."""
    handling: Delay = field(default_factory=Delay)
    """A burst, from the socket until all its samples are recorded, analysed and their frames made."""
    sampling_to_frame: Delay = field(default_factory=Delay)
    """Newest sample to frame, as `age_ms` estimates it."""
    sending: Delay = field(default_factory=Delay)
    """A frame, from made until handed to the client's socket."""
    storing: Delay = field(default_factory=Delay)
    """One round of fdatasync."""
    loop_lag: Delay = field(default_factory=Delay)
    """How late the event loop came to a timer."""


class Metrics(Collector):
    """The registry of one service. `queues` and `gauges` are asked when somebody asks us."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self.queues: list[Callable[[], list[Queue]]] = []
        self.gauges: dict[str, Callable[[], float]] = {}
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._registry.register(self)

    def text(self) -> bytes:
        """What `/metrics` answers, of `CONTENT_TYPE`."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """The families, made from the numbers of this moment."""
        for name, value in vars(self.counts).items():
            words = name.replace("_", " ")
            if isinstance(value, int):
                yield CounterMetricFamily(f"ilex_{name}", words.capitalize(), value=value)
            elif isinstance(value, Delay):
                yield value.family(f"ilex_{name}_seconds", f"Delay: {words}")
        by_reason = CounterMetricFamily("ilex_quarantined", "Payloads set aside, by reason", labels=["reason"])
        for reason, count in self.counts.quarantined.items():
            by_reason.add_metric([reason], count)
        yield by_reason
        for name, ask in self.gauges.items():
            yield GaugeMetricFamily(f"ilex_{name}", name.replace("_", " ").capitalize(), value=ask())
        yield from self._queues()

    def _queues(self) -> Iterator[Metric]:
        depth = GaugeMetricFamily("ilex_queue_depth", "Entries in a bounded queue now", labels=["queue"])
        capacity = GaugeMetricFamily("ilex_queue_capacity", "Entries it can hold", labels=["queue"])
        peak = GaugeMetricFamily("ilex_queue_peak", "Most entries it has held", labels=["queue"])
        dropped = CounterMetricFamily("ilex_queue_dropped", "Entries it let go", labels=["queue"])
        for ask in self.queues:
            for queue in ask():
                depth.add_metric([queue.name], queue.depth)
                capacity.add_metric([queue.name], queue.capacity)
                peak.add_metric([queue.name], queue.peak)
                dropped.add_metric([queue.name], queue.dropped)
        yield from (depth, capacity, peak, dropped)
