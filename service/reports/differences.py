"""The difference of two analyses, line by line in words: for tables on a terminal and in a notebook."""

from typing import Any, Literal, NamedTuple

from service.analysis.difference import ABOUT, Change, Difference, Event
from service.reports.grid import UNKNOWN

What = Literal["only before", "only after", "changed"]
TELLING = ("extent", "reason", "reasons", "direction", "deviation_s", "confidence", "angle_deg", "speed_deg_s", "repetitions_left", "flags")
"""What is worth saying of an event that stands alone."""


class Line(NamedTuple):
    """One line: when, in which set and repetition, what it is about, in which analysis, and in words what was told or has changed."""

    at_s: float
    set: int | None
    repetition: int | None
    about: str
    what: What
    words: str


def lines(found: Difference) -> list[Line]:
    """A line an event, in order of time."""
    said = [
        *(_alone(event, "only before") for event in found.only_before),
        *(_alone(event, "only after") for event in found.only_after),
        *map(_changed, found.changed),
    ]
    return sorted(said, key=lambda line: line.at_s)


def subject(event: Event) -> str:
    """What an event is about: its kind, and its phase, side, channel or fault."""
    return " ".join(str(event[name]) for name in ABOUT if name != "press" and event.get(name) is not None)


def _alone(event: Event, what: What) -> Line:
    told = [f"{name} {shown(event[name])}" for name in TELLING if event.get(name) not in (None, [])]
    if event["kind"] == "set_ended":
        told.append(", ".join(f"{event[extent]} {extent}" for extent in ("full", "short", "partial", "attempt") if event.get(extent)))
    return Line(event["at_s"], event["set"], event.get("repetition"), subject(event), what, ", ".join(filter(None, told)))


def _changed(change: Change) -> Line:
    before, after = change.before, change.after
    words = ", ".join(pair for name in change.fields for pair in _pair(name, before.get(name), after.get(name)))
    return Line(before["at_s"], before["set"], before.get("repetition"), subject(before), "changed", words)


def _pair(name: str, before: Any, after: Any) -> list[str]:
    """What a field was and is; of a plan only what has changed in it."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = [each for each in {**before, **after} if before.get(each) != after.get(each)]
        return [pair for each in names for pair in _pair(f"{name}.{each}", before.get(each), after.get(each))]
    if isinstance(before, float) and isinstance(after, float) and shown(before) == shown(after):
        return [f"{name} {shown(before)} by {after - before:+.0e}"]  # less than people read
    return [f"{name} {shown(before)} → {shown(after)}"]


def shown(value: Any) -> str:
    """A value of an event for people: three decimals at most, a dash for what isn't known."""
    match value:
        case None:
            return UNKNOWN
        case bool() | int() | str():
            return str(value)
        case float():
            return f"{value:.3f}".rstrip("0").rstrip(".")
        case list():
            return ("; " if value and isinstance(value[0], dict) else " ").join(map(shown, value)) or "none"
        case {"name": str(name), "value": figure, "unit": str(unit)}:
            return f"{name} {shown(figure)}" + ("" if unit == "1" else f" {unit}")
        case _:
            return str(value)
