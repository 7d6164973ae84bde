"""What differs between two sets of events, as an engineer reads it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ilex.events import Event, Events
from ilex.result import Result
from ilex.session import PathLike, Session
from service.analysis.difference import Change, difference
from service.reports.differences import lines

MOST_LINES = 40
"""Of a difference that is only looked at; `to_pandas` and the lists have them all."""

Comparable = Session | Result | Events | Iterable[Event] | PathLike


def diff(before: Comparable, after: Comparable) -> "Comparison":
    """Two sessions, results, lists of events or recordings compared.

    Of a session its recorded events count (final, else live); of one that holds none what the analysis finds under its own plan.
    """
    return Comparison(events_of(before), events_of(after))


def events_of(given: Comparable) -> Events:
    """The events of whatever may be compared."""
    match given:
        case Events():
            return given
        case Result():
            return given.events
        case Session():
            return given.events or given.analyze().events
        case str() | Path():
            return events_of(Session(given))
        case _:
            return Events(given)  # type: ignore[arg-type]  # os.PathLike beside str and Path isn't iterable, and says so


class Comparison:
    """`only_before`, `only_after`: events that one side alone has; `changed`: events that both tell, otherwise (decision 0160)."""

    def __init__(self, before: Events, after: Events) -> None:
        self.difference = difference(before, after)
        self.only_before = Events(self.difference.only_before)
        self.only_after = Events(self.difference.only_after)
        self.changed: list[Change] = self.difference.changed

    @property
    def equal(self) -> bool:
        """Whether both tell the same."""
        return self.difference.equal

    def to_pandas(self) -> Any:
        """A pandas.DataFrame, a row an event: `at_s`, `set`, `repetition`, `about`, `what`, `words`. Needs `pip install ilex[notebook]`."""
        import pandas as pd

        found = lines(self.difference)
        return pd.DataFrame(found, columns=["at_s", "set", "repetition", "about", "what", "words"])

    def __repr__(self) -> str:
        if self.equal:
            return "no difference"
        found = lines(self.difference)
        told = [f"{line.at_s:8.2f} s  {line.what:<12} {line.about}{_of(line.repetition)}: {line.words}".rstrip(": ") for line in found]
        more = [f"and {len(told) - MOST_LINES} more"] if len(told) > MOST_LINES else []
        counts = f"{len(self.only_before)} only before, {len(self.only_after)} only after, {len(self.changed)} changed"
        return "\n".join([counts, *told[:MOST_LINES], *more])


def _of(repetition: int | None) -> str:
    return "" if repetition is None else f" of repetition {repetition}"
