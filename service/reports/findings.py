"""What was found in a set beside its repetitions, in words: failure and its look-alikes, cadence, safety, the signal."""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from service.reports.account import Account
from service.reports.phrases import PHASES, degrees, evidence_words, percent, reason_words, span
from service.reports.verdict import failure_words, measured
from wire.events import (
    AbruptStop,
    Assisted,
    ButtonPressed,
    EndStop,
    Event,
    Failure,
    FailureLikely,
    Halted,
    Momentum,
    Paused,
    RangeExceeded,
    Resumed,
    SignalFaulted,
    SignalRestored,
    SpeedExceeded,
    Struggle,
    Unable,
    Unsure,
)
from wire.plan import Plan

Weight = Literal["grave", "caution", "note"]

LOOK_ALIKES: dict[type[Event], tuple[str, Weight, str]] = {
    AbruptStop: ("abrupt stop", "grave", "the torque was let go at once: suspected pain, not failure"),
    Halted: ("halt", "note", "held still in mid-range, then went on or was lowered"),
    EndStop: ("end stop", "caution", "ran into the machine's end stop: the plan's range may reach beyond it"),
    Assisted: ("assisted", "caution", "someone or something helped: not the patient's repetition alone"),
    Momentum: ("momentum", "caution", "swung rather than lifted"),
    Unsure: ("unsure", "caution", "looks like failure, but angle and torque can't tell: ask the patient"),
}
UNABLE = {
    "no_torque": "failure can't be judged: there is no torque",
    "too_early": "failure can't be judged yet: the usual torque of this set isn't known",
}
FAULTS = {
    "stuck": "stuck",
    "dropout": "no reading",
    "spike": "spikes",
    "saturated": "at the end of its scale",
    "drift": "drifts",
    "wrapped": "jumps by a whole turn",
    "swapped": "looks like another channel",
    "inverted": "has the wrong sign",
    "scaled": "in the wrong unit",
    "clock": "times that don't rise as they should",
    "gap": "samples missing",
}


class Finding(NamedTuple):
    """One line: when (the first time, s), in which repetitions, what, how grave, in words."""

    at_s: float
    repetitions: tuple[int, ...]
    name: str
    weight: Weight
    words: str


def findings(account: Account) -> list[Finding]:
    """All findings of a set in the order of their first time; what repeats is one finding."""
    found = [*_failing(account), *_look_alikes(account.events), *_cadence(account), *_around(account.events, account.plan)]
    return sorted(found, key=lambda one: one.at_s)


def findings_outside(events: Iterable[Event], plan: Plan | None) -> list[Finding]:
    """The same for what happened outside any set."""
    return sorted(_around([event for event in events if event.set is None], plan), key=lambda one: one.at_s)


def _around(events: Sequence[Event], plan: Plan | None) -> list[Finding]:
    return [*_range(events, plan), *_speed(events), *_signal(events), *_people(events)]


def _failing(account: Account) -> list[Finding]:
    found = []
    failed = {one.repetition for one in account.failures}
    likely = {event.repetition: event for event in account.events if isinstance(event, FailureLikely)}
    for event in account.events:
        match event:
            case Failure():
                words = f"at {degrees(event.angle_deg)}, {evidence_words(measured(account, event)) or failure_words(account, event)}"
                if event.repetition in likely and (ahead_s := event.at_s - likely[event.repetition].known_s) > 0:
                    words += f"; announced {ahead_s:.1f} s ahead"
                sure = percent(min(event.confidence, 0.99))
                found.append(Finding(event.at_s, (event.repetition,), "failure", "grave", f"{words} ({sure} sure)"))
            case FailureLikely() if event.repetition not in failed:
                words = f"the extension stalled ({percent(event.confidence)} sure), but did not end there"
                found.append(Finding(event.at_s, (event.repetition,), "near failure", "caution", words))
            case Unable():
                found.append(Finding(event.at_s, (), "not judged", "note", UNABLE[event.reason]))
            case _:
                pass
    struggles: dict[str, list[Struggle]] = {}
    for event in account.events:
        if isinstance(event, Struggle):
            struggles.setdefault(reason_words(event.reasons), []).append(event)
    for words, alike in struggles.items():
        found.append(Finding(alike[0].at_s, _numbers(alike), "struggle", "caution", words))
    return found


def _look_alikes(events: Sequence[Event]) -> list[Finding]:
    found = []
    for kind, (name, weight, words) in LOOK_ALIKES.items():
        alike = [event for event in events if isinstance(event, kind)]
        if alike:
            found.append(Finding(alike[0].at_s, _numbers(alike), name, weight, words))
    return found


def _numbers(events: Iterable[Event]) -> tuple[int, ...]:
    return tuple(sorted({number for event in events if (number := getattr(event, "repetition", None)) is not None}))


def _cadence(account: Account) -> list[Finding]:
    """One finding a phase and direction: how many of all, by how much."""
    found = []
    done = {one.repetition: one for one in account.repetitions}
    for phase in PHASES:
        for direction in ("fast", "slow"):
            events = [event for event in account.cadence.values() if event.phase == phase and event.direction == direction]
            if not events:
                continue
            off = [
                abs(account.off_s(done[one.repetition], one.phase) or 0.0) if one.repetition in done else abs(one.deviation_s)
                for one in events
            ]
            words = f"{phase} {span(min(off), max(off))} s {direction}"
            found.append(Finding(min(one.at_s for one in events), _numbers(events), "cadence", "note", words))
    return found


def _range(events: Sequence[Event], plan: Plan | None) -> list[Finding]:
    found = []
    for side in ("flexion", "extension"):
        over = [event for event in events if isinstance(event, RangeExceeded) and event.side == side]
        if not over:
            continue
        worst = (max if side == "flexion" else min)(event.angle_deg for event in over)
        end = "flexed" if side == "flexion" else "extended"
        words = f"beyond the {end} end of the range, to {worst:.1f}°"
        if plan is not None:
            words += f" instead of {getattr(plan.range, f'{side}_deg'):g}°"
        found.append(_safety(over, "range", words))
    return found


def _speed(events: Sequence[Event]) -> list[Finding]:
    over = [event for event in events if isinstance(event, SpeedExceeded)]
    return [_safety(over, "speed", f"too fast, up to {max(abs(event.speed_deg_s) for event in over):.0f} deg/s")] if over else []


def _safety(over: Sequence[RangeExceeded | SpeedExceeded], name: str, words: str) -> Finding:
    """An excursion is announced once, and once more where it reaches the stop level (contract 4)."""
    stops = sum(event.level == "stop" for event in over)
    cautions = sum(event.level == "caution" for event in over)
    times = max(cautions, stops)
    if times > 1:
        words += f", {times} times"
    if stops:
        words += " (stop level)" if times == 1 else f" ({stops} to the stop level)"
    return Finding(over[0].at_s, (), name, "grave" if stops else "caution", words)


def _signal(events: Sequence[Event]) -> list[Finding]:
    """Faults by channel and kind: how often, how long together, whether it lasted to the end."""
    found = []
    faults: dict[tuple[str, str], list[SignalFaulted]] = {}
    ends: dict[tuple[str, str], list[float]] = {}
    for event in events:
        if isinstance(event, SignalFaulted):
            faults.setdefault((event.channel, event.fault), []).append(event)
        elif isinstance(event, SignalRestored):
            ends.setdefault((event.channel, event.fault), []).append(event.at_s)
    for (channel, fault), alike in faults.items():
        words = f"{channel}: {FAULTS[fault]}"
        restored = ends.get((channel, fault), [])
        if len(alike) > 1:
            words += f", {len(alike)} times"
        lasted_s = sum(max(until - one.at_s, 0.0) for one, until in zip(alike, restored, strict=False))
        if lasted_s >= 0.05:
            words += f", {lasted_s:.1f} s{' together' if len(alike) > 1 else ''}"
        if len(restored) < len(alike):
            words += ", to the end"
        found.append(Finding(alike[0].at_s, (), "signal", "caution", words))
    return found


def _people(events: Sequence[Event]) -> list[Finding]:
    found = []
    for event in events:
        match event:
            case ButtonPressed():
                found.append(Finding(event.at_s, (), "button", "grave" if event.button == "pain" else "note", f"{event.button} pressed"))
            case Paused():
                found.append(Finding(event.at_s, (), "paused", "note", "by button or staff"))
            case Resumed():
                found.append(Finding(event.at_s, (), "resumed", "note", "with a new countdown"))
            case _:
                pass
    return found


def faults(events: Iterable[Event]) -> list[str]:
    """The signal's faults in a few words, each named once: `angle gap (2x)`."""
    times: dict[str, int] = {}
    for event in events:
        if isinstance(event, SignalFaulted):
            words = event.fault if event.fault == event.channel else f"{event.channel} {event.fault}"
            times[words] = times.get(words, 0) + 1
    return [words if count == 1 else f"{words} ({count}x)" for words, count in times.items()]
