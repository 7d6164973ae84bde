"""Every reported repetition of a set with about a hundred things that can be measured of it by the time a verdict is due.

Nothing of the analysis' inside is used: readings, plan, history of the patient, events that were out by then, repetitions before.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.bound.signal import STEP_S, Floats, Readings, readings
from benchmarks.score.findings import failed
from benchmarks.score.matching import Finding, Found, Matched, Truth
from edge_agent.simulator.cases import Case
from wire.events import AbruptStop, Assisted, Event, Failure, FailureLikely, Halted, Struggle, Unsure
from wire.plan import PastSet

DUE_S = 0.8
"""After the turn: the p95 of the latency that detection 11 allows."""
FALL_S = 0.3
BINS = 40
LOOKALIKES = ("pain", "pause_lowered", "voluntary_partial", "assist", "end_pin")


class Turn(NamedTuple):
    """One reported repetition. `failed`, `pain`: in truth. `claimed`, `stopped`: the analysis said failure, abrupt stop.

    `features` are known when a verdict is due, `letting` (the same, and the greatest loss of torque) once it is over.
    """

    number: int
    failed: bool
    pain: bool
    kinds: frozenset[str]
    claimed: bool
    stopped: bool
    features: dict[str, float]
    letting: dict[str, float]


def turns(case: Case, events: Sequence[Event], matched: Matched) -> list[Turn]:
    """All of a set, in order. Empty without repetitions."""
    seen = readings(case)
    told = _by_repetition(events)
    truths = {id(found): truth for truth, found in matched.pairs}
    result: list[Turn] = []
    history: list[dict[str, float]] = []
    demand = np.full(BINS, np.nan)
    before = sorted([*(found for _, found in matched.pairs), *matched.extra], key=lambda found: found.begin_s)
    last_set = None
    for found in before:
        completed = found.completed
        if completed.set != last_set:
            last_set, history, demand = completed.set, [], np.full(BINS, np.nan)
        own = told.get((completed.set, completed.repetition), [])
        features, row = _measured(seen, found, case, history, demand)
        if row is None:
            continue
        for kind in (Failure, FailureLikely, Unsure, Halted, AbruptStop, Assisted, Struggle):
            features[f"said_{kind.__name__}"] = float(any(isinstance(e, kind) and e.known_s <= features["due_s"] for e in own))
        features["said_confidence"] = max([e.confidence for e in own if isinstance(e, Failure | FailureLikely)], default=math.nan)
        features["said_before"] = float(any(h["said_Failure"] for h in history))
        truth = truths.get(id(found))
        kinds = _kinds(case, truth) if truth is not None else frozenset()
        result.append(
            Turn(
                completed.repetition,
                truth is not None and failed(truth),
                "pain" in kinds,
                kinds,
                any(isinstance(e, Failure) for e in own),
                any(isinstance(e, AbruptStop) for e in own),
                known := {name: value for name, value in features.items() if name != "due_s"},
                known | _lost(seen, found, demand, _expected(case, demand)),
            )
        )
        history.append(features)
        if len(history) in (2, 3) and features["top"] > 0.85:
            _learn(demand, seen, row)
    return result


def _by_repetition(events: Sequence[Event]) -> dict[tuple[int | None, int], list[Event]]:
    told: dict[tuple[int | None, int], list[Event]] = {}
    for event in events:
        if isinstance(event, Finding | Struggle):
            told.setdefault((event.set, event.repetition), []).append(event)
    return told


def _kinds(case: Case, truth: Truth) -> frozenset[str]:
    numbers = {attempt.number for attempt in truth.attempts}
    return frozenset(incident.kind for incident in case.incidents if incident.attempt in numbers and incident.kind in LOOKALIKES)


def _learn(demand: Floats, seen: Readings, row: slice) -> None:
    """The torque by place while moving up, as the analysis learns it (detection 4.1)."""
    place, torque, speed = seen.place[row], seen.torque[row], seen.speed[row]
    up = (speed > 0.2) & np.isfinite(torque) & (place >= 0.0) & (place < 1.0)
    if up.sum() < BINS / 4:
        return
    bins = (place[up] * BINS).astype(np.int64)
    medians = np.array([np.median(torque[up][bins == k]) if (bins == k).any() else np.nan for k in range(BINS)])
    known = np.isfinite(medians)
    filled = np.interp(np.arange(BINS), np.flatnonzero(known), medians[known])
    demand[:] = filled if np.isnan(demand).all() else 0.5 * (demand + filled)


def _measured(
    seen: Readings, found: Found, case: Case, history: list[dict[str, float]], demand: Floats
) -> tuple[dict[str, float], slice | None]:
    """Features of one repetition and the rows of its extension; no rows where there is nothing to see."""
    whole = seen.rows(found.begin_s - 0.3, found.end_s + 0.3)
    place = seen.place[whole]
    if place.size < 10:
        return {}, None
    top = float(place.max())
    turn = int(np.flatnonzero(place >= top - 0.03)[-1])
    due = min(len(place), turn + round(DUE_S / STEP_S))
    t_s, place, speed = seen.t_s[whole][:due], place[:due], seen.speed[whole][:due]
    torque, shake = seen.torque[whole][:due], seen.shake[whole][:due]
    load = _expected(case, demand)
    asked = np.interp(place * BINS - 0.5, np.arange(BINS), demand) if np.isfinite(demand).all() else np.full(len(place), load)
    effort = torque / asked
    bottom = float(place[: max(2, turn // 2)].min())
    f = {"due_s": float(t_s[-1]), "top": top, "bottom": bottom, "number": float(found.completed.repetition)}
    f |= _asked(case, f["number"])
    f |= _against(history, top, bottom)
    f |= _ascent(place, speed, effort, torque, shake, turn, top, bottom, history)
    f |= _lowering(speed, effort, turn, seen)
    if history:
        previous = history[-1]
        f |= {f"before_{name}": previous[name] for name in ("stand_s", "lateness", "sag", "near_s", "slowest") if name in previous}
        f["lateness_2"] = max(each.get("lateness", 0.0) for each in history[-2:])
    return f, slice(whole.start, whole.start + turn + 1)


def _expected(case: Case, demand: Floats) -> float:
    if np.isfinite(demand).all():
        return float(demand.mean())
    return case.plan.load_nm if case.plan is not None and case.plan.load_nm else math.nan


def _asked(case: Case, number: float) -> dict[str, float]:
    """What was ordered, and what earlier sets let expect."""
    plan = case.plan
    past = [PastSet(load_nm=each.load_nm, repetitions=each.repetitions, cycle_s=each.cycle_s) for each in case.past]
    usual = float(np.mean([each.repetitions for each in past])) if past else math.nan
    if plan is None:
        return {"planned": 0.0, "left_by_past": usual - number}
    tempo = plan.tempo
    return {
        "planned": 1.0,
        "to_failure": float(plan.endpoint == "failure"),
        "motor": float(plan.resistance == "motor"),
        "left_by_plan": plan.repetitions.most - number,
        "left_by_past": usual - number,
        "extension_s": tempo.extension_s,
        "hold_ordered_s": tempo.hold_s,
        "span_deg": plan.range.flexion_deg - plan.range.extension_deg,
        "load_nm": plan.load_nm or math.nan,
        "cycle_s": tempo.extension_s + tempo.hold_s + tempo.flexion_s + tempo.turn_s,
    }


def _against(history: list[dict[str, float]], top: float, bottom: float) -> dict[str, float]:
    """The turning points against the repetitions before."""
    if not history:
        return {}
    tops, bottoms = [each["top"] for each in history], [each["bottom"] for each in history]
    return {
        "short_median": float(np.median(tops)) - top,
        "short_least": min(tops) - top,
        "short_last": tops[-1] - top,
        "short_two": min(tops[-2:]) - top,
        "short_spread": (float(np.median(tops)) - top) / (float(np.std(tops)) + 0.005),
        "bottom_off": bottom - float(np.median(bottoms)),
        "travel_short": float(np.median([t - b for t, b in zip(tops, bottoms, strict=True)])) - (top - bottom),
    }


def _ascent(
    place: Floats,
    speed: Floats,
    effort: Floats,
    torque: Floats,
    shake: Floats,
    turn: int,
    top: float,
    bottom: float,
    history: list[dict[str, float]],
) -> dict[str, float]:
    """From the bottom to the turn: pace, stands, torque, tremor."""
    f: dict[str, float] = {}
    begin = int(np.argmax(place[: turn + 1] > bottom + 0.05)) if turn else 0
    up_place, up_speed, up_effort = place[begin : turn + 1], speed[begin : turn + 1], effort[begin : turn + 1]
    f["up_s"] = (turn - begin) * STEP_S
    for share in (0.3, 0.5, 0.7, 0.85, 0.93):
        reached = np.flatnonzero(up_place >= bottom + share * (1.0 - bottom))
        f[f"to_{share}"] = float(reached[0]) * STEP_S if reached.size else math.nan
    f["late_part"] = f["to_0.85"] - f["to_0.5"]
    usual = [each["to_0.85"] for each in history[1:4] if not math.isnan(each["to_0.85"])] or [math.nan]
    f["lateness"] = f["to_0.85"] / float(np.median(usual))
    for band in (0.01, 0.02, 0.05):
        f[f"near_{band}"] = float((up_place >= top - band).sum()) * STEP_S
    f["near_s"] = f["near_0.02"]
    for name in ("to_0.5", "to_0.7", "late_part", "near_s"):
        own = [each[name] for each in history[1:4] if not math.isnan(each[name])] or [math.nan]
        f[f"{name}_more"] = f[name] - float(np.median(own))
    held = np.flatnonzero(up_place >= 0.95)
    f["held_s"] = float(len(up_place) - held[0]) * STEP_S if held.size else 0.0
    f["sag"] = top - float(up_place[-1]) if not held.size else float(up_place[held[0] :].max() - up_place[held[0] :].min())
    for seconds in (0.5, 1.0, 2.0, 3.5):
        n = max(2, round(seconds / STEP_S))
        f[f"speed_{seconds}"], f[f"speed_sd_{seconds}"] = float(up_speed[-n:].mean()), float(up_speed[-n:].std())
        f[f"effort_{seconds}"], f[f"effort_sd_{seconds}"] = float(np.median(up_effort[-n:])), float(up_effort[-n:].std())
        f[f"effort_max_{seconds}"], f[f"effort_min_{seconds}"] = float(up_effort[-n:].max()), float(up_effort[-n:].min())
    slow = (up_speed < 0.25) & (up_place > 0.12) & (up_place < 0.97)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], slow, [False]))))
    runs = edges.reshape(-1, 2)
    f["stand_s"] = 0.0
    if len(runs):
        first, last = runs[np.argmax(runs[:, 1] - runs[:, 0])]
        f["stand_s"], f["stand_at"] = float(last - first) * STEP_S, float(up_place[first])
        f["stands"] = float(len(runs))
        stand, push = up_speed[first:last], up_effort[first:last]
        f["stand_creep"], f["stand_speed_sd"] = float(up_place[last - 1] - up_place[first]), float(stand.std())
        f["stand_effort"], f["stand_effort_sd"] = float(np.median(push)), float(push.std())
        f["stand_effort_slope"] = float(push[len(push) // 2 :].mean() - push[: max(1, len(push) // 2)].mean())
        f["stand_effort_max"] = float(push.max())
        rest = (shake[begin : turn + 1])[first:last]
        f["stand_shake"] = float(rest.std()) / max(1.0, float(np.abs(torque[begin : turn + 1][first:last]).mean()))
        fast = np.flatnonzero(up_speed[:first] >= 0.6 * max(float(up_speed[:first].max(initial=0.0)), 1e-9))
        f["slowing_s"] = float(first - fast[-1]) * STEP_S if fast.size else math.nan
        n = round(1.0 / STEP_S)
        f["pace_before"] = float(up_speed[max(0, first - n) : first].mean()) if first else math.nan
    late = up_speed[up_place >= bottom + 0.6 * (top - bottom)]
    f["slowest"] = float(np.percentile(late[: max(1, len(late) - round(0.3 / STEP_S))], 10)) if late.size else math.nan
    moving = up_speed > 0.3
    f["effort_moving"] = float(np.median(up_effort[moving])) if moving.any() else math.nan
    f["torque_middle"] = float(torque[: turn + 1][(place[: turn + 1] > 0.15) & (place[: turn + 1] < 0.85)].mean()) if turn > 5 else math.nan
    own = [each["torque_middle"] for each in history[:4]] or [math.nan]
    f["torque_of_usual"] = f["torque_middle"] / float(np.median(own))
    f["torque_before"] = history[-1]["torque_of_usual"] if history else math.nan
    f["shake"] = float(shake[begin : turn + 1].std()) / max(1.0, float(np.abs(torque[begin : turn + 1]).mean()))
    own = [each["shake"] for each in history[1:4]] or [math.nan]
    f["shake_of_usual"] = f["shake"] / float(np.median(own))
    return f


def _lowering(speed: Floats, effort: Floats, turn: int, seen: Readings) -> dict[str, float]:
    """What little is known of the way back when a verdict is due."""
    tempo = seen.plan.tempo
    after, push = -speed[turn:] * tempo.flexion_s / tempo.extension_s, effort[turn:]
    return {"down_fast": float(after.max()), "down_mean": float(after.mean()), "down_effort": float(push.min())}


def _lost(seen: Readings, found: Found, demand: Floats, load: float) -> dict[str, float]:
    """The greatest loss of torque within FALL_S anywhere in a repetition, where it was, and how the load moved then."""
    whole = seen.rows(found.begin_s - 0.3, found.end_s + 0.5)
    place, speed, torque = seen.place[whole], seen.speed[whole], seen.torque[whole]
    asked = np.interp(place * BINS - 0.5, np.arange(BINS), demand) if np.isfinite(demand).all() else np.full(len(place), load)
    n = round(FALL_S / STEP_S)
    if len(torque) <= 2 * n or not np.isfinite(torque).all():
        return {}
    earlier = torque[:-n]
    fall = np.where((earlier > 15.0) & (place[n:] > 0.12), 1.0 - torque[n:] / np.maximum(earlier, 15.0), 0.0)
    at = int(fall.argmax())
    turn = int(np.flatnonzero(place >= place.max() - 0.03)[-1])
    tempo = seen.plan.tempo
    return {
        "fall": float(fall[at]),
        "fall_to": float(torque[at + n] / asked[at + n]),
        "fall_from": float(earlier[at] / asked[at]),
        "fall_of_peak": float(torque[at + n] / torque.max()),
        "fall_place": float(place[at + n]),
        "fall_after_turn": (at + n - turn) * STEP_S,
        "fall_speed": float(-speed[at : at + 2 * n].min() * tempo.flexion_s / tempo.extension_s),
        "fall_speed_before": float(-speed[at] * tempo.flexion_s / tempo.extension_s),
        "low_least": float((torque / asked)[place > 0.2].min(initial=9.0)),
        "down_fastest": float(-speed.min() * tempo.flexion_s / tempo.extension_s),
    }
