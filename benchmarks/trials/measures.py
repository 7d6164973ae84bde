"""What a service says of itself at `/metrics`, between two moments."""

import urllib.request
from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from benchmarks.faults.rig import Rig


class Lag(NamedTuple):
    """How late the event loop came to its timers: how many there were, and of them within each bound (s)."""

    timers: float
    within: dict[float, float]

    def since(self, before: "Lag") -> "Lag":
        """Of the time after that reading."""
        return Lag(self.timers - before.timers, {bound: n - before.within[bound] for bound, n in self.within.items()})

    def share(self, bound_s: float) -> float:
        """Of the timers, those at most so late."""
        return self.within[bound_s] / self.timers if self.timers else 0.0


def metrics(rig: Rig) -> dict[str, float]:
    """Every sample by name; a histogram's buckets as `NAME{le}`."""
    request = urllib.request.Request(f"{rig.url}/metrics", headers={"Authorization": f"Bearer {rig.token}"})  # noqa: S310 - our own service on loopback
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own service on loopback
        text = answer.read().decode()
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {f"{sample.name}{{{sample.labels['le']}}}" if "le" in sample.labels else sample.name: sample.value for sample in samples}


def lag(rig: Rig) -> Lag:
    """Since the service began."""
    found = metrics(rig)
    name = "ilex_loop_lag_seconds"
    buckets = {key.partition("{")[2].rstrip("}"): value for key, value in found.items() if key.startswith(f"{name}_bucket")}
    return Lag(found[f"{name}_count"], {float(bound): value for bound, value in buckets.items()})
