"""Plain English for what events hold as identifiers and numbers (contract 4). Nothing here knows a threshold."""

from collections.abc import Callable, Iterable, Sequence

from wire.events import Evidence, Phase
from wire.plan import Plan

PHASES: tuple[Phase, ...] = ("extension", "hold", "flexion", "turn")

_EVIDENCE: dict[str, Callable[[float], str]] = {
    "stall_s": lambda value: f"stood still for {value:.1f} s",
    "effort": lambda value: f"held {percent(value)} of the usual torque",
    "lag_s": lambda value: f"{value:.1f} s behind the cue",
    "extension_ratio": lambda value: f"the extension took {value:.1f} times its usual time",
    "hold_sag": lambda value: f"sank by {percent(value)} of the range in the hold",
    "tremor_ratio": lambda value: f"{value:.1f} times the usual tremor",
    "shortfall": lambda value: f"{percent(value)} of the range missing",
    "surges": lambda value: f"pushed again {many(round(value), 'time')}",
    "progress": lambda value: f"reached {percent(value)} of the range",
    "torque_share": lambda value: f"torque at {percent(value)} of the demand",
    "mean_torque_nm": lambda value: f"{value:.0f} Nm on average",
    "demand_nm": lambda value: f"{value:.0f} Nm demanded",
    "reserve_high": lambda value: f"at most {many(round(value), 'repetition')} expected to be left",
    "hold_s": lambda value: f"held for {value:.1f} s",
    "slowing": lambda value: f"slowed down for {value:.1f} s before it stopped",
    "lowering": lambda value: f"lowered at {percent(value)} of the planned speed",
}
"""The identifiers of `failure.evidence`, each with its number. The units are those of the identifiers' names."""

_REASONS = {
    "stall_s": "stands still",
    "effort": "near full torque",
    "lag_s": "falls behind the cue",
    "extension_ratio": "extends more slowly than usual",
    "hold_sag": "sinks in the hold",
    "tremor_ratio": "trembles more than usual",
    "shortfall": "falls short of the range",
    "surges": "pushes in surges",
    "progress": "stops within the range",
    "torque_share": "torque falls under the demand",
    "reserve_high": "few repetitions expected to be left",
    "hold_s": "holds too briefly",
    "slowing": "slows down before it stops",
    "lowering": "lowers faster than planned",
}
"""The same identifiers where they stand without a number: `struggle.reasons`."""


def evidence_words(evidence: Sequence[Evidence]) -> str:
    """The measured reasons of a finding in the order given; standing still and the torque held meanwhile are told as one."""
    words = {one.name: _evidence(one) for one in evidence}
    if "stall_s" in words and "effort" in words:
        words["stall_s"] += words.pop("effort").replace("held", " at")
    return ", ".join(words.values())


def _evidence(one: Evidence) -> str:
    known = _EVIDENCE.get(one.name)
    return known(one.value) if known else f"{one.name.replace('_', ' ')} {one.value:.3g} {one.unit}".rstrip()


def reason_words(reasons: Iterable[str]) -> str:
    """Why a repetition looks like a struggle."""
    return ", ".join(_REASONS.get(reason, reason.replace("_", " ")) for reason in reasons)


def plan_words(plan: Plan | None) -> str:
    """A plan in one line."""
    if plan is None:
        return "without a plan: the range is learnt"
    tempo = "/".join(f"{getattr(plan.tempo, f'{phase}_s'):g}" for phase in PHASES)
    ordered = plan.repetitions
    times = f"{ordered.least} to {ordered.most}" if ordered.least != ordered.most else str(ordered.most)
    words = f"plan: {plan.range.flexion_deg:g} to {plan.range.extension_deg:g}°, tempo {tempo} s, {times} repetitions"
    if plan.endpoint == "failure":
        words += ", to failure"
    if plan.load_nm is not None:
        words += f", {plan.load_nm:g} Nm"
    return words + (", motor-driven" if plan.resistance == "motor" else "")


def percent(share: float) -> str:
    """0.97 -> 97 %."""
    return f"{100 * share:.0f} %"


def degrees(angle: float) -> str:
    """-0.2 -> 0°, 22.7 -> 23°."""
    return f"{round(angle)}°"


def many(number: int, noun: str) -> str:
    """1 repetition, 2 repetitions."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def repetitions(numbers: Sequence[int]) -> str:
    """Repetition numbers in rising order: 3; 3-5; 1, 3-5, 9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(
        str(run[0]) if len(run) == 1 else f"{run[0]}{',' if len(run) == 2 else '-'}{' ' * (len(run) == 2)}{run[-1]}" for run in runs
    )


def span(least: float, most: float, decimals: int = 1) -> str:
    """A range of numbers, or one where both read the same: 1.0 to 1.6."""
    low, high = f"{least:.{decimals}f}", f"{most:.{decimals}f}"
    return low if low == high else f"{low} to {high}"


def duration(seconds: float) -> str:
    """3.2 s, 48 s, 2 min 05 s, 1 h 02 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def clock(seconds: float) -> str:
    """A time in a recording: 0:43.2, 12:05.0, 1:02:05.0."""
    tenths = round(seconds * 10)
    sign, tenths = ("-", -tenths) if tenths < 0 else ("", tenths)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    head = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{sign}{head}:{rest // 10:02}.{rest % 10}"
