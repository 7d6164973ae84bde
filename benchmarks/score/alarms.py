"""Stop cues for range and speed, and the false alarms of people who did nothing wrong."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.score.findings import failed
from benchmarks.score.matching import Matched, end_of
from benchmarks.score.problem import Problem
from edge_agent.simulator.cases import Case
from wire.events import AbruptStop, Event, Failure, RangeExceeded, SpeedExceeded
from wire.plan import Plan

STOP_DEG = {"flexion": 2.0, "extension": 4.0}
"""Beyond the plan's limit (detection 6)."""
CAUTION_SPEED, STOP_SPEED, STOP_DEG_S = 1.6, 2.5, 60.0
"""Times the reference peak, which is 1.875 x range / phase time; the stop at most at 60 deg/s and never below the caution (detection 6)."""
PEAK = 1.875
CLEAR_DEG, CLEAR_SPEED = 0.5, 1.08
"""An excursion must pass the limit by as much before a cue is demanded; one that comes this close to it excuses a cue."""
OVER_DEG = 0.5
"""An excursion beyond the range is over when it is back within this of the limit (decision 0103): until then its stop has been told."""
LASTING_S = 0.1
NEAR_S = 0.5
ANSWER_S = 1.0
UNHEALTHY = {"pain", "assist"}
"""Incidents that a healthy set has none of; nor has it a failure. Everything else gives no cause for an alarm but a cue."""


class Excursion(NamedTuple):
    """Near a limit from `near_s` to `end_s`, beyond it from `begin_s` on; `clear` where nobody can doubt it."""

    near_s: float
    begin_s: float
    end_s: float
    clear: bool


@dataclass(slots=True)
class Alarms:
    """Of one set. Latencies in s after the true crossing of the limit."""

    excursions: int = 0
    cued: int = 0
    latency_cued_s: list[float] = field(default_factory=list)
    overspeeds: int = 0
    cued_speed: int = 0
    latency_cued_speed_s: list[float] = field(default_factory=list)
    healthy: bool = False
    false_failures: int = 0
    false_abrupt_stops: int = 0
    false_cues: int = 0
    """Stop cues of range or speed that nothing gave cause for."""

    @property
    def false_alarms(self) -> int:
        """All three."""
        return self.false_failures + self.false_abrupt_stops + self.false_cues


def score(case: Case, events: Sequence[Event], matched: Matched, problems: list[Problem]) -> Alarms:
    """Stop cues against the true movement; appends what is wrong to `problems`."""
    result = Alarms()
    range_stops = [e for e in events if isinstance(e, RangeExceeded) and e.level == "stop"]
    speed_stops = [e for e in events if isinstance(e, SpeedExceeded) and e.level == "stop"]
    if case.plan is not None:
        reach = case.prescribed.range
        t_s, angle = matched.place.t_s, reach.flexion_deg - matched.place.place * case.range_deg
        excused: list[int] = []
        for side in ("flexion", "extension"):
            beyond = _beyond(case.plan, side, angle)
            spans = labelled(case, "range_overrun", side, excursions(t_s, beyond, STOP_DEG[side], CLEAR_DEG, OVER_DEG))
            own = [e for e in range_stops if e.side == side]
            excused += _meet(spans, own, result.latency_cued_s, problems, f"range {side}")
            result.excursions += sum(span.clear for span in spans)
        result.cued = len(result.latency_cued_s)
        speed = np.gradient(angle, t_s) if angle.size > 1 else np.zeros_like(angle)
        spans = _fast(case, case.plan, t_s, speed)
        excused += _meet(spans, speed_stops, result.latency_cued_speed_s, problems, "speed")
        result.overspeeds = sum(span.clear for span in spans)
        result.cued_speed = len(result.latency_cued_speed_s)
        for event in (*range_stops, *speed_stops):
            if event.id not in excused:
                result.false_cues += 1
                problems.append(Problem("false_cue", event.at_s, f"{type(event).__name__} stop, nothing beyond the limit there"))
    kinds = {incident.kind for incident in case.incidents}
    result.healthy = not (kinds & UNHEALTHY) and not any(failed(truth) or truth.last.helped for truth in matched.truths)
    if result.healthy:
        result.false_failures = sum(isinstance(e, Failure) for e in events)
        result.false_abrupt_stops = sum(isinstance(e, AbruptStop) for e in events)
    return result


def excursions(
    t_s: NDArray[np.float64], beyond: NDArray[np.float64], limit: float, clear: float, over: float = math.inf
) -> list[Excursion]:
    """Runs above `limit - clear`; clear where `limit + clear` was passed for LASTING_S in all. Begins where `limit` was passed.

    Two with nothing between them that lies within `over` are one.
    """
    found = []
    runs: list[tuple[int, int]] = []
    for first, last in _runs(beyond > limit - clear):
        if runs and beyond[runs[-1][1] : first].min() > over:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    for first, last in runs:
        part, times = beyond[first:last], t_s[first:last]
        above = np.flatnonzero(part > limit)
        begin_s = float(times[above[0]] if above.size else times[0])
        far = part > limit + clear
        period = float(np.median(np.diff(times))) if times.size > 1 else 0.0
        found.append(Excursion(float(times[0]), begin_s, float(times[-1]), bool(far.sum() * period >= LASTING_S)))
    return found


def stop_speed(plan: Plan, phase_s: float) -> float:
    """Speed in deg/s that is answered by a stop cue, of a phase that is to take `phase_s`."""
    peak = PEAK * (plan.range.flexion_deg - plan.range.extension_deg) / phase_s
    return max(CAUTION_SPEED * peak, min(STOP_SPEED * peak, STOP_DEG_S))


def labelled(case: Case, kind: str, side: str, spans: list[Excursion]) -> list[Excursion]:
    """A cue is demanded only in a set, and where the simulator's own state was beyond the limit, too; elsewhere it is excused."""
    begin_s, end_s = exercise(case)
    stops = [incident for incident in case.incidents if incident.kind == kind and incident.detail == f"{side} stop"]

    def true(span: Excursion) -> bool:
        return any(stop.start_s - NEAR_S <= span.begin_s <= stop.end_s + NEAR_S for stop in stops)

    return [span._replace(clear=span.clear and begin_s <= span.begin_s <= end_s and true(span)) for span in spans]


def exercise(case: Case) -> tuple[float, float]:
    """From the first attempt to the end of the last one: before and after it there is no set to guard."""
    own = [attempt for attempt in case.attempts if attempt.set] or list(case.attempts)
    if not own:
        return math.inf, -math.inf
    last = own[-1]
    return own[0].begun_s, last.end_s if last.end_s is not None else end_of(last)


def _fast(case: Case, plan: Plan, t_s: NDArray[np.float64], speed: NDArray[np.float64]) -> list[Excursion]:
    spans = []
    for side, sign, phase_s in (("extension", -1.0, plan.tempo.extension_s), ("flexion", 1.0, plan.tempo.flexion_s)):
        limit = stop_speed(plan, phase_s)
        spans += labelled(case, "over_speed", side, excursions(t_s, sign * speed, limit, limit * (CLEAR_SPEED - 1.0)))
    return spans


def _meet(
    spans: list[Excursion], cues: Sequence[RangeExceeded | SpeedExceeded], latency_s: list[float], problems: list[Problem], name: str
) -> list[int]:
    """Pairs excursions and cues; returns the ids of the cues that had cause."""
    excused = [e.id for e in cues if any(span.near_s - NEAR_S <= e.known_s <= span.end_s + ANSWER_S for span in spans)]
    for span in spans:
        if not span.clear:
            continue
        hit = next((e for e in cues if span.begin_s - NEAR_S <= e.known_s <= span.begin_s + ANSWER_S), None)
        if hit is None:
            problems.append(Problem("missed_cue", span.begin_s, f"{name} beyond its limit, no stop cue"))
        else:
            latency_s.append(hit.known_s - span.begin_s)
    return excused


def _beyond(plan: Plan, side: str, angle: NDArray[np.float64]) -> NDArray[np.float64]:
    return angle - plan.range.flexion_deg if side == "flexion" else plan.range.extension_deg - angle


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False]))))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]
