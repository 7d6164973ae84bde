"""Failure, its look-alikes and the abrupt stop: what was claimed of each attempt, and when."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.score.matching import Finding, Matched, Truth, repetition_at
from benchmarks.score.problem import Problem
from edge_agent.simulator.cases import Case
from edge_agent.simulator.truth import Incident
from wire.events import (
    AbruptStop,
    Assisted,
    EndStop,
    Event,
    Failure,
    FailureLikely,
    Halted,
    Momentum,
    RepetitionCompleted,
    Struggle,
    Unable,
    Unsure,
)

LOOKALIKES = ("pain", "pause", "pause_lowered", "voluntary_stop", "voluntary_partial", "end_pin", "assist", "hold_dip", "bounce", "heave")
"""What must not be called failure (detection 4.5), and what else happens in mid-repetition."""
HOW = ("stall", "short_of_range", "hold_lost", "torque_lost")
NEAR_TOP = 0.91
"""A failure that turned above it is one near the end of range (detection 4.3, 11)."""
PAIN_BEFORE_S, PAIN_AFTER_S = 0.2, 2.0
AFTER_S = 2.0
NAMES: dict[str, tuple[type[Event], ...]] = {
    "pain": (AbruptStop,),
    "pause": (Halted,),
    "pause_lowered": (Halted, Unsure),
    "end_pin": (EndStop,),
    "assist": (Assisted,),
    "heave": (Momentum,),
}
"""The event that names each."""
FLAGS = {"hold_dip": "hold_dip", "bounce": "bounced", "assist": "assisted", "heave": "momentum", "reseat": "setup_shift"}
"""The flag of a repetition that names each."""
CLAIMS = ("failure", "unsure", "abrupt_stop", "halted", "end_stop", "assisted", "momentum", "nothing")
_CLAIMED: tuple[tuple[str, type[Event]], ...] = (
    ("failure", Failure),
    ("abrupt_stop", AbruptStop),
    ("unsure", Unsure),
    ("assisted", Assisted),
    ("end_stop", EndStop),
    ("halted", Halted),
    ("momentum", Momentum),
)


@dataclass(slots=True)
class Findings:
    """Of one set. Latencies in s after the reversal (failure) and after the letting go (abrupt stop)."""

    judged: bool = True
    failed: int = 0
    failed_near_top: int = 0
    hits: int = 0
    hits_near_top: int = 0
    declared: int = 0
    """Failures that the analysis called `unsure`, or said it could not judge."""
    too_small: int = 0
    """Failed below an attempt: no repetition, so no claim is possible."""
    how: Counter[str] = field(default_factory=Counter)
    how_hits: Counter[str] = field(default_factory=Counter)
    """Failures, and those found, by how they came."""
    claims: int = 0
    true_claims: int = 0
    latency_s: list[float] = field(default_factory=list)
    likely_before: int = 0
    struggle_before: int = 0
    lookalikes: Counter[str] = field(default_factory=Counter)
    called_failure: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    table: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(what happened, what was claimed): the heaviest claim of each."""
    abrupt: int = 0
    abrupt_hits: int = 0
    abrupt_latency_s: list[float] = field(default_factory=list)
    abrupt_claims: int = 0
    abrupt_true_claims: int = 0
    unable: bool = False
    """Said that failure cannot be judged."""


def failed(truth: Truth) -> bool:
    """Whether a repetition ended in momentary failure."""
    return any(attempt.failed for attempt in truth.attempts)


def turned_s(truth: Truth) -> float:
    """When the failing extension was given up."""
    attempt = next(attempt for attempt in truth.attempts if attempt.failed)
    times = (attempt.turned_s, attempt.flexion_onset_s, attempt.flexion_start_s)
    return next((time for time in times if time is not None), truth.end_s)


def score(case: Case, events: Sequence[Event], matched: Matched, problems: list[Problem], *, judged: bool = True) -> Findings:
    """Findings of one set against its attempts and incidents; appends what is wrong to `problems`.

    `judged`: failure can be told at all; without it, what is not reported is no mistake.
    """
    result = Findings(judged=judged)
    about: dict[int, list[Finding]] = {}
    for event in events:
        if isinstance(event, Finding):
            truth = repetition_at(matched, event)
            about.setdefault(id(truth) if truth is not None else 0, []).append(event)
    struggles = [event for event in events if isinstance(event, Struggle)]
    result.unable = any(isinstance(event, Unable) for event in events)
    for truth in matched.truths:
        own = about.get(id(truth), [])
        if failed(truth):
            _failure(truth, own, struggles, result, problems)
        _claims(truth, own, result, problems)
    for event in about.get(0, []):
        if isinstance(event, Failure):
            result.claims += 1
            problems.append(Problem("false_failure", event.at_s, f"failure ({event.reason}) where no repetition was"))
    for incident in case.incidents:
        if incident.kind in LOOKALIKES:
            _lookalike(incident, matched, about, events, result)
    _abrupt(case, events, result, problems)
    return result


def _failure(truth: Truth, own: list[Finding], struggles: list[Struggle], result: Findings, problems: list[Problem]) -> None:
    if truth.extents == {None}:
        result.too_small += 1
        return
    near = truth.reached >= NEAR_TOP
    gave_up_s = turned_s(truth)
    result.failed += 1
    result.failed_near_top += near
    result.how[_how(truth)] += 1
    result.likely_before += any(isinstance(e, FailureLikely) and e.known_s <= gave_up_s for e in own)
    result.struggle_before += any(e.known_s <= gave_up_s for e in struggles)
    claim = next((e for e in own if isinstance(e, Failure)), None)
    if result.judged:
        result.table["failure", _heaviest(own)] += 1
    if claim is not None:
        result.hits += 1
        result.hits_near_top += near
        result.how_hits[_how(truth)] += 1
        result.latency_s.append(claim.known_s - gave_up_s)
        return
    hedged = any(isinstance(e, Unsure) for e in own) or (result.unable and truth.first.number <= 2)
    result.declared += hedged
    said = ", ".join(type(e).__name__ for e in own) or "nothing"
    if result.judged:
        problems.append(
            Problem("missed_failure", gave_up_s, f"attempt {truth.last.number} failed at {truth.reached:.3f} ({_how(truth)}): {said}")
        )


def _claims(truth: Truth, own: list[Finding], result: Findings, problems: list[Problem]) -> None:
    claims = [event for event in own if isinstance(event, Failure)]
    true = min(len(claims), 1) if failed(truth) else 0
    result.claims += len(claims)
    result.true_claims += true
    for claim in claims[true:]:
        why = "twice" if failed(truth) else f"{truth.last.outcome}, reached {truth.reached:.3f}"
        problems.append(Problem("false_failure", claim.at_s, f"failure ({claim.reason}) of attempt {truth.last.number}: {why}"))


def _lookalike(incident: Incident, matched: Matched, about: dict[int, list[Finding]], events: Sequence[Event], result: Findings) -> None:
    """One incident: was it called failure, was it called by its name, what was the heaviest claim."""
    concerned = [truth for truth in matched.truths if _concerns(incident, truth)]
    if any(failed(truth) for truth in concerned):
        return
    own = [event for truth in concerned for event in about.get(id(truth), [])]
    kind = incident.kind
    result.lookalikes[kind] += 1
    result.called_failure[kind] += any(isinstance(event, Failure) for event in own)
    result.table[kind, _heaviest(own)] += 1
    named = any(isinstance(event, NAMES.get(kind, ())) for event in own)
    if kind in FLAGS and not named:
        spans = [(truth.begin_s, truth.end_s) for truth in concerned]
        flagged = [e for e in events if isinstance(e, RepetitionCompleted) and FLAGS[kind] in e.flags]
        named = any(_within(e, begin, end) for e in flagged for begin, end in spans)
    result.named[kind] += named


def _within(event: RepetitionCompleted, begin_s: float, end_s: float) -> bool:
    start_s = event.extension_start_s if event.extension_start_s is not None else event.at_s
    return start_s < end_s and event.known_s > begin_s


def _concerns(incident: Incident, truth: Truth) -> bool:
    if incident.attempt is not None:
        return any(attempt.number == incident.attempt for attempt in truth.attempts)
    return truth.begin_s <= incident.end_s and truth.end_s >= incident.start_s


def _abrupt(case: Case, events: Sequence[Event], result: Findings, problems: list[Problem]) -> None:
    stops = [event for event in events if isinstance(event, AbruptStop)]
    pains = [incident for incident in case.incidents if incident.kind == "pain"]
    used: set[int] = set()
    for pain in pains:
        result.abrupt += 1
        hit = next((e for e in stops if pain.start_s - PAIN_BEFORE_S <= e.known_s <= pain.end_s + PAIN_AFTER_S), None)
        if hit is None:
            problems.append(Problem("missed_abrupt_stop", pain.start_s, "let go for pain, no abrupt stop reported"))
            continue
        used.add(hit.id)
        result.abrupt_hits += 1
        result.abrupt_latency_s.append(hit.known_s - pain.start_s)
    result.abrupt_claims += len(stops)
    result.abrupt_true_claims += len(used)
    problems += [Problem("false_abrupt_stop", e.at_s, "abrupt stop, no letting go there") for e in stops if e.id not in used]


def _heaviest(own: Sequence[Event]) -> str:
    return next((name for name, kind in _CLAIMED if any(isinstance(event, kind) for event in own)), "nothing")


def _how(truth: Truth) -> str:
    return next((attempt.failure or "no kind" for attempt in truth.attempts if attempt.failed), "")
