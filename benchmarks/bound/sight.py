"""What the sensor let be seen, in sets with faults: which mistakes were made while it told the truth, and which while it did not.

A zero that creeps is the fault that most of them come from. `Creep` holds what can be known of it from turn to turn.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.score.boundaries import GEOMETRIC
from benchmarks.score.matching import Matched
from benchmarks.score.scoring import Score
from edge_agent.simulator.cases import Case
from edge_agent.simulator.truth import Incident
from wire.events import Event, RepetitionCompleted

Floats = NDArray[np.float64]
Sight = Literal["true", "creeping", "gone"]
NEAR_S = 0.3
"""A boundary as near to a stretch without readings is found with some of them missing."""
DEAD = {"stuck", "dropout", "saturated", "gap", "spike", "clock"}
UPPER = {"hold_start", "flexion_start"}
FIRST = {"extension_start", "hold_start"}
LEAST = 4
"""Turns for a trend."""


class Creep(NamedTuple):
    """One set with turns enough. `angle`, `torque`: the trends of its flexed ends and mean torques, turn after turn (`trends`)."""

    angle_creeps: bool
    torque_creeps: bool
    angle: Floats
    torque: Floats


class Seen(NamedTuple):
    """Of one hostile set: mistakes by what the angle's sensor did."""

    sight: Sight
    exact: bool | None
    """None where a lasting fault leaves nothing to count by."""
    boundaries: list[tuple[Sight, int, float]]
    """What the sensor did then, the sampling rate's band in Hz, the error in ms."""
    cues: Counter[str]
    """False stop cues of a healthy set, by what the sensor did."""
    hours: float


def seen(case: Case, matched: Matched, score: Score, band: int) -> Seen:
    """What was wrong in a set, and whether the sensor was right there."""
    spans = _spans(case)
    found: list[tuple[Sight, int, float]] = []
    blind = score.kind == "blind"
    for truth, each in [] if blind else matched.pairs:
        for name in GEOMETRIC:
            if name in UPPER and (truth.reached < 0.95 or truth.bordering):
                continue
            true = getattr(truth.first if name in FIRST else truth.last, f"{name}_s")
            reported = getattr(each.completed, f"{name}_s")
            if true is not None and reported is not None:
                found.append((at(spans, true), band, (reported - true) * 1e3))
    cues: Counter[str] = Counter()
    if score.alarms.healthy:
        cues.update("lasting" if blind else at(spans, each.at_s) for each in score.problems if each.kind == "false_cue")
    states = {sight for _, _, sight in spans}
    sight: Sight = "creeping" if "creeping" in states else "gone" if "gone" in states else "true"
    return Seen(sight, None if blind else score.counting.exact, found, cues, score.hours if score.alarms.healthy else 0.0)


def _spans(case: Case) -> list[tuple[float, float, Sight]]:
    found: list[tuple[float, float, Sight]] = []
    for incident in case.incidents:
        fault = incident.kind.removeprefix("fault:")
        if incident.kind == fault or incident.channel == "torque" or (fault == "gap" and incident.detail == "loss"):
            continue
        if fault == "drift":
            found.append((incident.start_s, incident.end_s, "creeping"))
        elif fault in DEAD:
            found.append((incident.start_s - NEAR_S, incident.end_s + NEAR_S, "gone"))
    return found


def at(spans: list[tuple[float, float, Sight]], time_s: float) -> Sight:
    """What the angle's sensor did at a time: creeping before gone before true."""
    states = {sight for begin, end, sight in spans if begin <= time_s <= end}
    return "creeping" if "creeping" in states else "gone" if "gone" in states else "true"


def creep(case: Case, events: Sequence[Event]) -> Creep | None:
    """The trends of the longest set of a session; None for fewer turns than a trend needs."""
    own = [e for e in events if isinstance(e, RepetitionCompleted) and "void" not in e.flags and e.extent != "attempt"]
    if not own:
        return None
    number = Counter(e.set for e in own).most_common(1)[0][0]
    own = [e for e in own if e.set == number]
    ends = [(e.known_s, e.flexed_deg, e.extended_deg) for e in own if e.flexed_deg is not None and e.extended_deg is not None]
    torques = [(e.known_s, e.mean_torque_nm, e.mean_torque_nm) for e in own if e.mean_torque_nm is not None and e.extent == "full"]
    if len(ends) < LEAST:
        return None
    return Creep(_drifts(case.incidents, "angle"), _drifts(case.incidents, "torque"), trends(ends), trends(torques))


def _drifts(incidents: Sequence[Incident], channel: str) -> bool:
    return any(each.kind == "fault:drift" and each.channel == channel for each in incidents)


def trends(points: Sequence[tuple[float, float, float]]) -> Floats:
    """For every beginning of a series of turns: slope of the second column a minute, its error, slope of the third; shape (n, 3)."""
    found = []
    for n in range(LEAST, len(points) + 1):
        t_s, first, second = np.array(points[:n]).T
        minutes = (t_s - t_s.mean()) / 60.0
        spread = float(minutes @ minutes)
        slope, other = float(minutes @ first) / spread, float(minutes @ second) / spread
        left = first - first.mean() - slope * minutes
        found.append((slope, math.sqrt(float(left @ left) / (n - 2) / spread), other))
    return np.array(found).reshape(-1, 3)


def told(trend: Floats, errors: float, least: float) -> bool:
    """Whether some beginning has a slope beyond `least` by so many standard errors, and the other column goes along by half of it."""
    slope, error, other = trend.T
    return bool(np.any((np.abs(slope) - errors * error > least) & (other * np.sign(slope) > 0.5 * np.abs(slope))))
