"""One case on the terminal: truth beside events in order of time, attempt by attempt, and what was got wrong. With a picture."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from benchmarks.score.analysis import events_of, quicken
from benchmarks.score.boundaries import GEOMETRIC
from benchmarks.score.matching import Found, Truth, match
from benchmarks.score.scoring import Score, score
from edge_agent.simulator.cases import Case, case
from service.analysis import Parameters
from wire.events import (
    AbruptStop,
    Assisted,
    CadenceDeviated,
    EndStop,
    Event,
    Failure,
    FailureLikely,
    Halted,
    Momentum,
    PhaseEntered,
    RangeExceeded,
    RepetitionCompleted,
    RepetitionStarted,
    ReserveEstimated,
    SetEnded,
    SetStarted,
    SignalFaulted,
    SignalRestored,
    SpeedExceeded,
    Struggle,
    Unable,
    Unsure,
)

WIDE = 66
ACROSS = ("data", "axes fraction")
_LEFT = "\033[36m"
_RED, _DIM, _BOLD, _PLAIN = "\033[31m", "\033[2m", "\033[1m", "\033[0m"
CLAIMS = (Failure, FailureLikely, AbruptStop, Halted, EndStop, Assisted, Momentum, Unsure, Unable, Struggle)
CHATTER = (PhaseEntered, CadenceDeviated, ReserveEstimated, RepetitionStarted)


class Line(NamedTuple):
    """One line of the time line: `true` on the left, or an event on the right."""

    at_s: float
    true: str
    event: str
    claim: bool = False


class Replayed(NamedTuple):
    """A case, its events and its score."""

    case: Case
    events: list[Event]
    score: Score


def replay(tier: str, seed: int, changes: Sequence[str] = ()) -> Replayed:
    """Makes, analyses and scores one case; `changes` are `name=value` of parameters. Raises ValueError for a name there is none of."""
    subject = case(tier, seed)  # type: ignore[arg-type]
    quicken(len(subject.t_ns))
    events = events_of(subject, parameters=parameters(changes))
    return Replayed(subject, events, score(subject, events))


def parameters(changes: Sequence[str]) -> Parameters:
    """The default parameters, changed."""
    values: dict[str, Any] = {}
    for change in changes:
        name, _, value = change.partition("=")
        if name not in Parameters.__struct_fields__:
            raise ValueError(f"{name}: no such parameter")
        values[name] = float(value)
    return msgspec.structs.replace(Parameters(), **values)


def text(done: Replayed, *, everything: bool = False, colour: bool = False, window: tuple[float, float] | None = None) -> str:
    """What a person reads: head, time line, table of repetitions, problems."""
    parts = [head(done.case), "", timeline(done, everything=everything, colour=colour, window=window), "", repetitions(done), ""]
    parts.append(problems(done.score, colour=colour))
    return "\n".join(parts)


def head(subject: Case) -> str:
    """The circumstances of a case, in a few lines."""
    plan, told = subject.plan, subject.prescribed
    t_s = (subject.t_ns - subject.t_ns[0]) * 1e-9
    tempo = told.tempo
    given = "" if plan is not None and plan.range == told.range else f"; ANOTHER given: {plan.range}" if plan else "; NONE given"
    past = ", ".join(f"{past.repetitions} at {past.load_nm:.0f} Nm" for past in subject.past) or "no history"
    place = f"range {subject.range_deg:.1f} deg ({told.range.flexion_deg:.1f} to {told.range.extension_deg:.1f})"
    pace = f"tempo {tempo.extension_s:g}/{tempo.hold_s:g}/{tempo.flexion_s:g}/{tempo.turn_s:g}"
    load = f"load {subject.load_nm:.0f} Nm = {subject.load_share:.0%} of strength"
    aim = f"{told.repetitions.least}-{told.repetitions.most} to {told.endpoint}, {told.resistance}, {told.pacing}{given}"
    lines = [
        f"{subject.tier} {subject.seed}: {t_s.max():.1f} s at {subject.rate_hz:g} Hz, {place}, {load}",
        f"plan: {pace}, {aim}",
        f"fails after: {subject.failed_after}; before: {past}; torque: {'yes' if np.isfinite(subject.torque_nm).any() else 'none'}",
    ]
    return "\n".join(lines)


def timeline(done: Replayed, *, everything: bool, colour: bool, window: tuple[float, float] | None) -> str:
    """Truth on the left, events on the right, in order of time."""
    lines = sorted([*_truth_lines(done.case), *_event_lines(done.events, everything=everything)], key=lambda line: line.at_s)
    shown = []
    for line in lines:
        if window and not window[0] <= line.at_s <= window[1]:
            continue
        left, right = line.true[:WIDE].ljust(WIDE), line.event
        if colour:
            left, right = f"{_LEFT}{left}{_PLAIN}", f"{_BOLD if line.claim else ''}{right}{_PLAIN}"
        shown.append(f"{line.at_s:8.3f}  {left} | {right}".rstrip())
    return "\n".join(shown)


def repetitions(done: Replayed) -> str:
    """Each repetition in truth beside the one that was reported, with the errors of its boundaries in ms."""
    matched = match(done.case, done.events)
    lines = ["attempt  reached  extent    outcome               reported  set.rep   errors ms: start  arrival    fall     end  flags"]
    beside = {id(truth): each for truth, each in matched.pairs}
    rows: list[tuple[float, str]] = []
    for truth in matched.truths:
        each = beside.get(id(truth))
        numbers = "+".join(str(attempt.number) for attempt in truth.attempts)
        last = truth.last
        outcome = last.outcome + (f" {last.failure}" if last.failed else "") + (" helped" if last.helped else "")
        line = f"{numbers:7}  {truth.reached:7.3f}  {truth.extent or 'blip':8}  {outcome:20}  {_reported(truth, each)}"
        rows.append((truth.begin_s, line.rstrip()))
    spurious = f"{'-':7}  {'':7}  {'none':8}  {'':20}  "
    rows += [(each.begin_s, f"{spurious}{_reported(None, each)}".rstrip()) for each in matched.extra]
    return "\n".join([*lines, *(line for _, line in sorted(rows))])


def problems(result: Score, *, colour: bool) -> str:
    """What the score found wrong."""
    if not result.problems:
        return "nothing wrong"
    lines = [f"{each.kind:18} {each.at_s:8.2f} s  {each.detail}" for each in sorted(result.problems, key=lambda each: each.at_s)]
    return "\n".join(f"{_RED}{line}{_PLAIN}" if colour else line for line in lines)


def _reported(truth: Truth | None, each: Found | None) -> str:
    if each is None:
        return "not reported" if truth is not None and truth.extent is not None else ""
    completed = each.completed
    errors = []
    for name in GEOMETRIC:
        true = None
        if truth is not None:
            owner = truth.first if name in {"extension_start", "hold_start"} else truth.last
            true = getattr(owner, f"{name}_s")
        found = getattr(completed, f"{name}_s")
        errors.append(f"{(found - true) * 1e3:8.0f}" if true is not None and found is not None else f"{'-' if found is None else '+':>8}")
    where = f"{completed.set}.{completed.repetition}"
    return f"{completed.extent:8}  {where:7}           {' '.join(errors)}  {' '.join(completed.flags)}"


def _truth_lines(subject: Case) -> Iterator[Line]:
    for attempt in subject.attempts:
        begun = attempt.extension_start_s if attempt.extension_start_s is not None else attempt.begun_s
        marks = [
            (begun, f"#{attempt.number} extension"),
            (attempt.hold_start_s, f"#{attempt.number}   top"),
            (attempt.stalled_s, f"#{attempt.number}   stalls"),
            (attempt.turned_s, f"#{attempt.number}   turns back: {attempt.outcome} {attempt.failure or ''} at {attempt.reached:.3f}"),
            (attempt.flexion_start_s, f"#{attempt.number}   flexion"),
            (attempt.end_s, f"#{attempt.number} end: {attempt.outcome}, {attempt.extent} ({attempt.reached:.3f})"),
        ]
        yield from (Line(at_s, words, "") for at_s, words in marks if at_s is not None)
    for incident in subject.incidents:
        place = " ".join(str(part) for part in (incident.channel, incident.detail) if part)
        where = f" (#{incident.attempt})" if incident.attempt is not None else ""
        yield Line(incident.start_s, f"* {incident.kind} {place} for {incident.end_s - incident.start_s:.2f} s{where}", "")
    for told in subject.told:
        yield Line(told.at_s, f"> told: {told.kind}", "")


def _event_lines(events: Sequence[Event], *, everything: bool) -> Iterator[Line]:
    for event in events:
        if everything or not isinstance(event, CHATTER):
            yield Line(event.known_s, "", _words(event), isinstance(event, CLAIMS))


def _words(event: Event) -> str:
    """An event in one line: kind, set and repetition, its fields, and how far back it is dated."""
    name = type(event).__name__
    fields = {field: getattr(event, field) for field in event.__struct_fields__ if field not in Event.__struct_fields__}
    where = f"{event.set or '-'}.{fields.pop('repetition', '-')}"
    back = event.known_s - event.at_s
    dated = f" (at {event.at_s:.3f}, {back:.3f} s before)" if abs(back) > 5e-4 else ""
    if isinstance(event, RepetitionCompleted):
        return f"{name} {where} {event.extent} {' '.join(event.flags)}{dated}"
    if isinstance(event, SetStarted):
        return f"{name} {where}{dated}"
    if isinstance(event, SetEnded):
        return f"{name} {where} {event.reason}: {event.full} full, {event.short} short, {event.partial} partial, {event.attempt} attempts"
    if isinstance(event, Failure):
        why = "; ".join(f"{each.name} {each.value:.3g} {each.unit}" for each in event.evidence)
        return f"{name} {where} {event.reason} at {event.angle_deg:.1f} deg, {event.confidence:.2f}: {why}{dated}"
    if isinstance(event, SignalFaulted | SignalRestored | RangeExceeded | SpeedExceeded):
        return f"{name} {' '.join(_value(value) for value in fields.values())}{dated}"
    return f"{name} {where} {' '.join(_value(value) for value in fields.values())}{dated}"


def _value(value: object) -> str:
    if isinstance(value, float):
        return "-" if math.isnan(value) else f"{value:.3g}"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def plot(done: Replayed, file: Path, window: tuple[float, float] | None = None) -> None:
    """Angle, speed and torque over time; truth above, events below, as a picture."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    subject = done.case
    t_s = (subject.t_ns - subject.t_ns[0]) * 1e-9
    low, high = window or (0.0, float(t_s.max()))
    figure, axes = plt.subplots(3, 1, figsize=(min(60.0, max(14.0, (high - low) / 6)), 10), sharex=True, height_ratios=(3, 1, 2))
    inside = (t_s >= low) & (t_s <= high)
    step = max(1, int(inside.sum()) // 20_000)
    times, angle, torque = t_s[inside][::step], subject.angle_deg[inside][::step], subject.torque_nm[inside][::step]
    axes[0].plot(times, angle, lw=0.8, color="black")
    width = max(1, round(0.1 / max(1e-6, float(np.median(np.diff(times)))))) if times.size > 1 else 1
    width |= 1
    smooth = np.convolve(np.pad(angle, width // 2, mode="edge"), np.full(width, 1 / width), mode="valid")
    axes[1].plot(times, np.gradient(smooth, times) if times.size > 1 else smooth, lw=0.8, color="grey")
    axes[2].plot(times, torque, lw=0.8, color="tab:blue")
    for share in (0.05, 0.25, 0.40, 0.50, 0.90, 0.93, 0.95):
        span = (subject.plan or subject.prescribed).range
        axes[0].axhline(span.flexion_deg - share * (span.flexion_deg - span.extension_deg), color="grey", lw=0.4, ls=":")
    for incident in subject.incidents:
        for axis in axes:
            axis.axvspan(incident.start_s, max(incident.end_s, incident.start_s + 0.05), color="orange", alpha=0.15)
        axes[0].annotate(
            incident.kind, (incident.start_s, 1.01), xycoords=ACROSS, annotation_clip=True, rotation=45, fontsize=7, color="orangered"
        )
    for attempt in subject.attempts:
        name = f"#{attempt.number} {attempt.outcome} {attempt.failure or ''}"
        axes[0].annotate(name, (attempt.begun_s, 0.02), xycoords=ACROSS, annotation_clip=True, fontsize=7, color="teal", rotation=90)
        for at_s in (attempt.extension_start_s, attempt.hold_start_s, attempt.flexion_start_s, attempt.end_s):
            if at_s is not None:
                axes[0].axvline(at_s, color="teal", lw=0.5)
        for at_s, colour in ((attempt.stalled_s, "purple"), (attempt.turned_s, "red")):
            if at_s is not None:
                axes[0].axvline(at_s, color=colour, lw=0.8, ls="--")
    for event in done.events:
        if isinstance(event, CHATTER) or not low <= event.known_s <= high:
            continue
        claim = isinstance(event, CLAIMS)
        axes[2].axvline(event.known_s, color="red" if claim else "green", lw=0.6)
        label = _words(event).partition("(")[0][:46]
        axes[2].annotate(
            label,
            (event.known_s, 0.98),
            xycoords=ACROSS,
            annotation_clip=True,
            rotation=90,
            fontsize=6,
            va="top",
            color="red" if claim else "green",
        )
    axes[0].set_xlim(low, high)
    for axis, name in zip(axes, ("angle deg", "speed deg/s", "torque Nm"), strict=True):
        axis.set_ylabel(name)
    axes[2].set_xlabel("s")
    figure.suptitle(head(subject).partition("\n")[0], fontsize=9)
    figure.subplots_adjust(left=0.05, right=0.99, top=0.90, bottom=0.06, hspace=0.06)
    figure.savefig(file, dpi=110)
    plt.close(figure)
