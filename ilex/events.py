"""A session's events as a sequence that can be narrowed and made a data frame."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

Event = dict[str, Any]


class Events(Sequence[Event]):
    """Events of contract 4 in their order, each as the JSON object that it is: `event["kind"]`, `event["at_s"]`, ...

    Two lists are equal where all their values are: bit for bit, since JSON keeps every float64 exactly.
    """

    def __init__(self, events: Iterable[Event]) -> None:
        self._events = list(events)

    @overload
    def __getitem__(self, at: int) -> Event: ...
    @overload
    def __getitem__(self, at: slice) -> "Events": ...
    def __getitem__(self, at: int | slice) -> "Event | Events":
        return Events(self._events[at]) if isinstance(at, slice) else self._events[at]

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Events | list) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as a list's

    def __repr__(self) -> str:
        return f"{len(self)} events" + "".join(f"\n  {times:4d} {kind}" for kind, times in self.kinds.items())

    @property
    def kinds(self) -> dict[str, int]:
        """How many there are of each kind, the most frequent first."""
        return dict(Counter(event["kind"] for event in self).most_common())

    def of(self, *kinds: str, **fields: Any) -> "Events":
        """Those of these kinds (all, where none is named) whose fields have these values: `events.of("failure", set=1)`."""
        return Events(
            event
            for event in self
            if (not kinds or event["kind"] in kinds) and all(name in event and event[name] == value for name, value in fields.items())
        )

    def between(self, from_s: float, to_s: float) -> "Events":
        """Those that happened from one time to another, the first included, the last not."""
        return Events(event for event in self if from_s <= event["at_s"] < to_s)

    @property
    def repetitions(self) -> "Events":
        """The completed repetitions (`repetition_completed`)."""
        return self.of("repetition_completed")

    @property
    def sets(self) -> "Events":
        """The ends of sets (`set_ended`): how many repetitions of each extent, why it ended."""
        return self.of("set_ended")

    def to_pandas(self) -> Any:
        """A pandas.DataFrame, a row an event, a column a field; what an event hasn't got is missing. Needs `pip install ilex[notebook]`."""
        import pandas as pd

        return pd.DataFrame(self._events)

    def to_polars(self) -> Any:
        """A polars.DataFrame, likewise; a plan or evidence is a struct. Needs `pip install ilex[notebook]`."""
        import polars as pl

        return pl.DataFrame(self._events, infer_schema_length=None, strict=False)
