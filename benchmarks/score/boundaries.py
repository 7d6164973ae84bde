"""When each phase began and ended: errors of the boundaries and of the durations between them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from benchmarks.score.matching import Found, Matched, Truth
from benchmarks.score.problem import Problem

GEOMETRIC = ("extension_start", "hold_start", "flexion_start", "end")
KINEMATIC = ("onset", "hold_onset", "flexion_onset", "bottom")
PHASES = ("extension", "hold", "flexion", "turn")
FAR_MS = 250.0
"""A boundary further off than this is listed by its seed."""


@dataclass(slots=True)
class Boundaries:
    """Signed errors in ms, reported minus true, by boundary and by phase."""

    geometric_ms: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in GEOMETRIC})
    kinematic_ms: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in KINEMATIC})
    duration_ms: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in PHASES})
    bordering: int = 0
    """Boundaries left out, since whether 5 or 95 % was passed at all cannot be told."""


_TRUE: dict[str, Callable[[Truth], float | None]] = {
    "extension_start": lambda truth: truth.extension_start_s,
    "hold_start": lambda truth: next((a.hold_start_s for a in truth.attempts if a.hold_start_s is not None), None),
    "flexion_start": lambda truth: truth.last.flexion_start_s,
    "end": lambda truth: truth.last.end_s,
}
_TRUE_KINEMATIC: dict[str, Callable[[Truth], float | None]] = {
    "onset": lambda truth: truth.first.onset_s,
    "hold_onset": lambda truth: next((a.hold_onset_s for a in truth.attempts if a.hold_onset_s is not None), None),
    "flexion_onset": lambda truth: truth.last.flexion_onset_s,
    "bottom": lambda truth: truth.last.bottom_s,
}
_ANNOUNCED = {"onset": "extension", "hold_onset": "hold", "flexion_onset": "flexion", "bottom": "turn"}


def score(matched: Matched, problems: list[Problem]) -> Boundaries:
    """Errors of every matched repetition whose boundary stands on both sides."""
    result = Boundaries()
    lower = _lower_borders(matched)
    for truth, each in matched.pairs:
        for name in GEOMETRIC:
            upper = name in {"hold_start", "flexion_start"}
            true, reported = _TRUE[name](truth), _reported(each, name)
            # Short of 95 % the top is a turning point, no crossing (contract 4); truth holds crossings only.
            if true is None or reported is None or (upper and truth.reached < 0.95):
                continue
            if (upper and truth.bordering) or (id(truth), name) in lower:
                result.bordering += 1
                continue
            error_ms = (reported - true) * 1e3
            result.geometric_ms[name].append(error_ms)
            if abs(error_ms) > FAR_MS:
                problems.append(Problem("boundary", true, f"{name} at {true:.3f} s reported at {reported:.3f} s"))
        for name in KINEMATIC:
            phase = _ANNOUNCED[name]
            true, announced = _TRUE_KINEMATIC[name](truth), each.entered.get(phase)  # type: ignore[call-overload]
            if true is not None and announced is not None:
                result.kinematic_ms[name].append((announced - true) * 1e3)
        _durations(truth, each, result, lower)
    _turns(matched, result, lower)
    return result


def _lower_borders(matched: Matched) -> set[tuple[int, str]]:
    """The lower boundaries of which nobody can tell whether the bottom beside them lies below 5 %."""
    found = set()
    real = matched.truths
    for index, truth in enumerate(real):
        before_s = real[index - 1].begin_s if index else truth.begin_s - 5.0
        after_s = real[index + 1].end_s if index + 1 < len(real) else truth.end_s + 5.0
        top_s = truth.last.turned_s if truth.last.turned_s is not None else (truth.begin_s + truth.end_s) / 2
        for name, begin_s, end_s in (("extension_start", _turned(real, index - 1, before_s), truth.begin_s + 1.0), ("end", top_s, after_s)):
            least = matched.place.least(begin_s, end_s)
            if abs(least - 0.05) <= truth.margin:
                found.add((id(truth), name))
    return found


def _turned(real: list[Truth], index: int, otherwise_s: float) -> float:
    turned_s = real[index].last.turned_s if index >= 0 else None
    return turned_s if turned_s is not None else otherwise_s


def _reported(each: Found, name: str) -> float | None:
    value: float | None = getattr(each.completed, f"{name}_s")
    return value


def _durations(truth: Truth, each: Found, result: Boundaries, lower: set[tuple[int, str]]) -> None:
    for phase, (begin, end) in zip(PHASES, pairwise(GEOMETRIC), strict=False):
        if (truth.reached < 0.95 or truth.bordering) and {"hold_start", "flexion_start"} & {begin, end}:
            continue
        if {(id(truth), begin), (id(truth), end)} & lower:
            continue
        times = (_TRUE[begin](truth), _TRUE[end](truth), _reported(each, begin), _reported(each, end))
        if None not in times:
            true_begin, true_end, found_begin, found_end = (time for time in times if time is not None)
            result.duration_ms[phase].append(((found_end - found_begin) - (true_end - true_begin)) * 1e3)


def _turns(matched: Matched, result: Boundaries, lower: set[tuple[int, str]]) -> None:
    for (before, found_before), (after, found_after) in pairwise(matched.pairs):
        if found_before.completed.set != found_after.completed.set or after.first.number != before.last.number + 1:
            continue
        if {(id(before), "end"), (id(after), "extension_start")} & lower:
            continue
        times = (
            _TRUE["end"](before),
            _TRUE["extension_start"](after),
            _reported(found_before, "end"),
            _reported(found_after, "extension_start"),
        )
        if None not in times:
            true_begin, true_end, found_begin, found_end = (time for time in times if time is not None)
            result.duration_ms["turn"].append(((found_end - found_begin) - (true_end - true_begin)) * 1e3)
