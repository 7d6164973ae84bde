"""What is drawn beside the curves, whatever draws it: repetitions with their phases and cues, and events by lane."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from service.analysis.cue import Cue
from service.reports.account import Account
from service.reports.phrases import degrees, evidence_words, percent, reason_words
from service.reports.signals import Column, Signals
from wire.events import (
    AbruptStop,
    Assisted,
    ButtonPressed,
    CadenceDeviated,
    EndStop,
    Event,
    Failure,
    FailureLikely,
    Halted,
    Momentum,
    Paused,
    Phase,
    RangeExceeded,
    RepetitionCompleted,
    Resumed,
    SignalFaulted,
    SignalRestored,
    SpeedExceeded,
    Struggle,
    Unable,
    Unsure,
)

Lane = Literal["failure", "cadence", "safety", "signal"]
LANES: tuple[Lane, ...] = ("failure", "cadence", "safety", "signal")

CUE_STEP_S = 0.05


class Mark(NamedTuple):
    """An event in its lane: a symbol's name (never colour alone), a short label, the whole in words; with `until_s` it lasts."""

    lane: Lane
    symbol: str
    at_s: float
    until_s: float | None
    label: str
    words: str


class Stretch(NamedTuple):
    """A phase of a repetition as it was measured, from one geometric boundary to the next (contract 4)."""

    repetition: int
    phase: Phase
    from_s: float
    to_s: float


class Target(NamedTuple):
    """The cue laid at a repetition's start, one cycle long or until the next one is laid: times and angles of shape (n,)."""

    t_s: Column
    angle_deg: Column


def window(account: Account | None, signals: Signals) -> tuple[float, float]:
    """From a little before a set's first movement to a little after what happened last in it; never beyond the samples."""
    first, last = (float(signals.t_s[0]), float(signals.t_s[-1])) if len(signals.t_s) else (0.0, 1.0)
    if account is None:
        return first, max(last, first + 1.0)
    times = [at for one in account.repetitions for at in (one.extension_start_s, one.end_s) if at is not None]
    times += [event.at_s for event in account.events if event is not account.ended]
    from_s = min(
        (one.extension_start_s for one in account.repetitions if one.extension_start_s is not None), default=min(times, default=first)
    )
    from_s = max(first, from_s - 2.0)
    return from_s, max(min(last, max(times, default=last) + 3.0), from_s + 1.0)


def stretches(account: Account) -> list[Stretch]:
    """Every phase whose two boundaries are known; the turn lies between two repetitions."""
    found: list[Stretch] = []
    before: float | None = None
    for one in account.repetitions:
        bounds = (before, one.extension_start_s, one.hold_start_s, one.flexion_start_s, one.end_s)
        if one.hold_start_s is None:  # the top lay below the boundary: the extension turns straight into the flexion
            bounds = (before, one.extension_start_s, one.flexion_start_s, one.flexion_start_s, one.end_s)
        phases: tuple[Phase, ...] = ("turn", "extension", "hold", "flexion")
        for phase, from_s, to_s in zip(phases, bounds, bounds[1:], strict=False):
            if from_s is not None and to_s is not None and to_s > from_s:
                found.append(Stretch(one.repetition, phase, from_s, to_s))
        before = one.end_s
    return found


def boundaries(one: RepetitionCompleted) -> list[float]:
    """The geometric boundaries of a repetition that are known."""
    return [at for at in (one.extension_start_s, one.hold_start_s, one.flexion_start_s, one.end_s) if at is not None]


def targets(account: Account) -> Iterator[Target]:
    """The cue as `rmse_deg` and `time_in_band` are measured against it: anew at each repetition's start (contract 3)."""
    if account.plan is None:
        return
    cue = Cue(account.plan)
    starts = [one.extension_start_s for one in account.repetitions if one.extension_start_s is not None]
    for start_s, next_s in zip(starts, [*starts[1:], math.inf], strict=True):
        lasts_s = min(cue.cycle_s, next_s - start_s)
        since_s = np.arange(0.0, lasts_s + CUE_STEP_S / 2, CUE_STEP_S)
        yield Target(start_s + since_s, cue.cycle_deg(since_s))


def marks(events: Sequence[Event]) -> list[Mark]:
    """Every event that has a lane, in the order of their times."""
    found = [mark for event in events for mark in _marks(event)]
    return sorted([*found, *_lasting(events)], key=lambda mark: mark.at_s)


def _marks(event: Event) -> Iterable[Mark]:
    match event:
        case Failure():
            words = f"failure at {degrees(event.angle_deg)} ({percent(event.confidence)} sure): {evidence_words(event.evidence)}"
            yield Mark("failure", "failure", event.at_s, None, f"failure {degrees(event.angle_deg)}", words)
        case FailureLikely():
            yield Mark("failure", "likely", event.at_s, None, "", f"the extension stalls ({percent(event.confidence)} sure of failure)")
        case Struggle():
            yield Mark("failure", "struggle", event.at_s, None, "", f"struggle: {reason_words(event.reasons)}")
        case Unsure():
            yield Mark("failure", "unsure", event.at_s, None, "unsure", "looks like failure, can't be told")
        case Unable():
            yield Mark("failure", "unable", event.at_s, None, "not judged", f"failure not judged: {event.reason.replace('_', ' ')}")
        case AbruptStop():
            yield Mark("failure", "abrupt", event.at_s, None, "abrupt stop", "torque let go at once: suspected pain, not failure")
        case Halted() | EndStop() | Assisted() | Momentum():
            name = {Halted: "halt", EndStop: "end stop", Assisted: "assisted", Momentum: "momentum"}[type(event)]
            yield Mark("failure", "other", event.at_s, None, name, name)
        case CadenceDeviated():
            words = f"{event.phase} {abs(event.deviation_s):.1f} s {event.direction}"
            if event.direction == "slow":
                words = f"{event.phase} slow, by {event.deviation_s:.1f} s and more"
            yield Mark("cadence", event.direction, event.at_s, None, "", words)
        case RangeExceeded():
            words = f"beyond the {'flexed' if event.side == 'flexion' else 'extended'} end: {event.angle_deg:.1f}° ({event.level})"
            yield Mark("safety", event.level, event.at_s, None, f"{event.angle_deg:.0f}°", words)
        case SpeedExceeded():
            words = f"too fast: {abs(event.speed_deg_s):.0f} deg/s ({event.level})"
            yield Mark("safety", event.level, event.at_s, None, f"{abs(event.speed_deg_s):.0f} deg/s", words)
        case ButtonPressed():
            yield Mark("safety", "button", event.at_s, None, event.button, f"{event.button} pressed")
        case _:
            pass


def _lasting(events: Sequence[Event]) -> list[Mark]:
    """Faults of the signal and pauses: from their beginning to their end, or to the last event."""
    last_s = max((event.known_s for event in events), default=0.0)
    found = []
    for index, event in enumerate(events):
        if isinstance(event, SignalFaulted):
            until = _first(
                one.at_s
                for one in events[index:]
                if isinstance(one, SignalRestored) and (one.channel, one.fault) == (event.channel, event.fault)
            )
            words = f"{event.channel} {event.fault}"
            found.append(Mark("signal", "fault", event.at_s, last_s if until is None else until, words, words))
        elif isinstance(event, Paused):
            until = _first(one.at_s for one in events[index:] if isinstance(one, Resumed))
            found.append(Mark("safety", "pause", event.at_s, last_s if until is None else until, "paused", "paused"))
    return found


def _first(times: Iterator[float]) -> float | None:
    return next(times, None)
