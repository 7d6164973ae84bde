"""Every metric of detection 11: how it is taken from the scores of many sets, and what it is to reach."""

import math
from collections.abc import Iterable
from typing import Literal, NamedTuple

from benchmarks.score.boundaries import GEOMETRIC, PHASES
from benchmarks.score.findings import FLAGS, HOW, LOOKALIKES, NAMES
from benchmarks.score.reserve import MARKS
from benchmarks.score.takes import (
    Take,
    bias,
    blind,
    chunked,
    coverage,
    errors,
    extents,
    false_alarms,
    false_faults,
    having_torque,
    percentile,
    ratio,
    reserve_error,
    sets,
    with_wrong_plan,
    without_plan,
    without_torque,
)

TIERS = ("clean", "varied", "hostile", "null")
Unit = Literal["share", "ms", "s", "per hour", "repetitions", ""]
FAULTS = ("stuck", "dropout", "spike", "saturated", "drift", "wrapped", "swapped", "inverted", "scaled", "clock", "gap")


class Target(NamedTuple):
    """What a figure is to keep: at least `low`, at most `high`."""

    low: float = -math.inf
    high: float = math.inf

    def met(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        if math.isinf(self.high):
            return f">= {self.low:g}"
        return f"<= {self.high:g}" if math.isinf(self.low) else f"{self.low:g} to {self.high:g}"


class Metric(NamedTuple):
    """One line of the table. `targets` by tier; a tier without one is reported without a verdict."""

    key: str
    name: str
    unit: Unit
    take: Take
    targets: dict[str, Target]


def _least(*values: float | None) -> dict[str, Target]:
    return {tier: Target(low=value) for tier, value in zip(TIERS, values, strict=False) if value is not None}


def _most(*values: float | None) -> dict[str, Target]:
    return {tier: Target(high=value) for tier, value in zip(TIERS, values, strict=False) if value is not None}


def _reserve_targets(known: bool, mark: int) -> dict[str, Target]:
    value = ((4.0, 2.5, 1.5), (1.6, 1.5, 1.0))[known][mark]
    return _most(value, value * 1.10, value * 1.25)


def _counting() -> Iterable[Metric]:
    yield Metric("exact", "sets with the exact number of full repetitions", "share", sets("counting.exact"), _least(0.999, 0.995, 0.98))
    yield Metric("strict", "- with no allowance at the border of the class", "share", sets("counting.strict"), {})
    yield Metric("count", "sets with the exact count (full + short + partial)", "share", sets("counting.exact_count"), {})
    yield Metric("silent", "wrong number and nothing that hints at it", "share", sets("counting.silent"), _most(None, None, 0.002))
    yield Metric("extent", "extent (full, short, partial, attempt), macro-F1", "", extents, _least(0.99, 0.97, 0.93))
    yield Metric("honest", "exact count, or something hints that it may be wrong", "share", sets("counting.honest"), {})
    yield Metric("blind", "lasting fault of the angle: said so, nothing invented", "share", sets("counting.refused", blind), {})
    yield Metric("unplanned", "without a plan: sets with the exact count", "share", sets("counting.exact_count", without_plan), {})
    yield Metric("wrong_plan", "plan that the patient does not do: exact, or a hint", "share", sets("counting.honest", with_wrong_plan), {})


def _times() -> Iterable[Metric]:
    at = "boundaries.geometric_ms"
    yield Metric("geometric_100", "geometric boundaries at 100 Hz, p95", "ms", errors(at, GEOMETRIC, 100), _most(25, 40, 80))
    yield Metric("geometric_1000", "geometric boundaries at 1000 Hz, p95", "ms", errors(at, GEOMETRIC, 1000), _most(10, 15, 40))
    yield Metric("geometric", "geometric boundaries at all rates, p95", "ms", errors(at, GEOMETRIC), {})
    at = "boundaries.kinematic_ms"
    moving = ("onset", "flexion_onset", "bottom")
    # No event holds a kinematic boundary (contract 4): how far the geometric ones lie from them is neither met nor missed.
    yield Metric("kinematic", "geometric from kinematic onset, lowering, bottom, p95", "ms", errors(at, moving), {})
    yield Metric("kinematic_hold", "geometric from kinematic start of the hold, p95", "ms", errors(at, ("hold_onset",)), {})
    yield Metric("duration_bias", "phase durations, bias of the worst phase", "ms", bias, _most(20, 30, 50))
    yield Metric("duration", "phase durations, p95", "ms", errors("boundaries.duration_ms", PHASES), _most(60, 90, 150))


def _failure() -> Iterable[Metric]:
    found = "findings."
    recall = ratio(found + "hits", found + "failed", having_torque)
    near_top = ratio(found + "hits_near_top", found + "failed_near_top", having_torque)
    hedged = ratio(found + "declared", found + "failed", having_torque)
    likely = ratio(found + "likely_before", found + "failed", having_torque)
    precision = ratio(found + "true_claims", found + "claims")
    yield Metric("recall", "failure, recall", "share", recall, _least(0.98, 0.95, 0.90))
    yield Metric("recall_near_top", "- of failures above 0.91 of the range", "share", near_top, {})
    for how in HOW:
        take = ratio(found + "how_hits", found + "how", having_torque, key=how)
        yield Metric(f"recall:{how}", f"- of failures by {how}", "share", take, {})
    yield Metric("hedged", "- missed, but called `unsure` or too early to judge", "share", hedged, {})
    yield Metric("precision", "failure, precision", "share", precision, _least(0.99, 0.97, 0.95))
    yield Metric("latency_50", "failure, after the reversal, p50", "s", percentile(found + "latency_s", 50), _most(0.5, 0.5, 0.6))
    yield Metric("latency_95", "failure, after the reversal, p95", "s", percentile(found + "latency_s", 95), _most(0.8, 1.0, 1.5))
    yield Metric("likely", "failure likely, said before the reversal", "share", likely, _least(0.60))
    yield Metric("unable", "without torque: failure declared impossible to judge", "share", sets(found + "unable", without_torque), {})
    for kind in LOOKALIKES:
        most = 0.005 if kind == "pain" else 0.01
        take = ratio(found + "called_failure", found + "lookalikes", key=kind)
        yield Metric(f"called_failure:{kind}", f"called failure: {kind}", "share", take, _most(None, most, 0.02))
    for kind in dict.fromkeys((*NAMES, *FLAGS)):
        take = ratio(found + "named", found + "lookalikes", key=kind)
        yield Metric(f"named:{kind}", f"called by its name: {kind}", "share", take, {})


def _safety() -> Iterable[Metric]:
    abrupt = ratio("findings.abrupt_hits", "findings.abrupt", having_torque)
    abrupt_precision = ratio("findings.abrupt_true_claims", "findings.abrupt_claims")
    abrupt_95 = percentile("findings.abrupt_latency_s", 95)
    yield Metric("abrupt", "abrupt stop, recall", "share", abrupt, _least(None, 0.95, 0.90))
    yield Metric("abrupt_precision", "abrupt stop, precision", "share", abrupt_precision, {})
    yield Metric("abrupt_95", "abrupt stop, after the letting go, p95", "s", abrupt_95, _most(None, 0.4, 0.6))
    yield Metric("false_alarms", "false alarms in healthy sets", "per hour", false_alarms, _most(0.05, 0.2, 0.5, 0.05))
    for key, name, of in (("cued", "beyond the range", "excursions"), ("cued_speed", "for speed", "overspeeds")):
        late = percentile(f"alarms.latency_{key}_s", 95)
        yield Metric(key, f"stop cue {name}, recall", "share", ratio(f"alarms.{key}", f"alarms.{of}"), _least(1.0, 1.0, 0.99))
        yield Metric(f"{key}_95", f"stop cue {name}, latency p95", "s", late, _most(0.06, 0.06, 0.1))
    for fault in FAULTS:
        take = ratio("signals.found", "signals.injected", key=fault)
        yield Metric(f"fault:{fault}", f"signal fault found: {fault}", "share", take, _least(None, 0.99, 0.97))
    loss = ratio("signals.found", "signals.injected", key="loss")
    yield Metric("fault:loss", "signal fault found: a few samples lost by chance", "share", loss, {})
    yield Metric("false_faults", "false signal faults", "per hour", false_faults, _most(None, 0.1, 0.2))


def _others() -> Iterable[Metric]:
    for known in (True, False):
        who = "known patient" if known else "new patient"
        for mark, at in enumerate(MARKS):
            name = f"reserve at {at:.0%} of the set, {who}, mean error"
            key = f"reserve:{who.split(maxsplit=1)[0]}:{at:.0%}"
            yield Metric(key, name, "repetitions", reserve_error(mark, known), _reserve_targets(known, mark))
    band = Target(0.75, 0.90)
    targets = {"clean": band, "varied": band, "hostile": Target(0.70, 0.92)}
    yield Metric("coverage", "reserve: truth within the 80 % interval", "share", coverage, targets)
    same = sets("same_everywhere", chunked)
    yield Metric("determinism", "same events at blocks of 1, 7, 25, 50, 499", "share", same, _least(1.0, 1.0, 1.0, 1.0))


METRICS = (*_counting(), *_times(), *_failure(), *_safety(), *_others())
