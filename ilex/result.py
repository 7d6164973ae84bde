"""What the analysis found in one recording, under which plan and parameters."""

from collections.abc import Sequence
from functools import cached_property
from os import PathLike
from typing import Any, get_args

import msgspec

from ilex.events import Events
from ilex.picture import Picture
from service.analysis import Parameters
from service.reports.signals import signals
from wire.events import AnyEvent, Event
from wire.plan import Plan
from wire.recorded import Block

_KINDS: frozenset[str] = frozenset(msgspec.inspect.type_info(kind).tag for kind in get_args(AnyEvent))  # type: ignore[attr-defined]


class Result:
    """`name` of the recording, the `plan` and the `parameters` it was judged by, and the `events`."""

    def __init__(self, name: str, plan: Plan | None, parameters: Parameters, events: Sequence[Event], blocks: Sequence[Block]) -> None:
        self.name = name
        self.plan = plan
        self.parameters = parameters
        self._told = events
        self._blocks = blocks

    @classmethod
    def of(cls, name: str, plan: Plan | None, parameters: Parameters, events: Events, blocks: Sequence[Block]) -> "Result":
        """The same from recorded events; of a newer version's kinds nothing can be drawn."""
        known: list[Any] = [msgspec.convert(event, AnyEvent) for event in events if event["kind"] in _KINDS]
        return cls(name, plan, parameters, known, blocks)

    @cached_property
    def events(self) -> Events:
        """The events, each as the JSON object of contract 4."""
        return Events(msgspec.to_builtins(event) for event in self._told)

    def __repr__(self) -> str:
        told = [
            f"set {one['set']}: {one['full']} full, {one['short']} short, {one['partial']} partial, ended by {one['reason']}"
            for one in self.events.sets
        ]
        return f"<Result {self.name}: {'; '.join(told) or 'no set'}>"

    def plot(self, to: str | PathLike[str] | None = None) -> Picture:
        """A drawing, a block a set; a notebook shows it. With `to` it is also written: `.png`, `.svg` or `.html`.

        Raises ValueError for another name, OSError.
        """
        lasts_s = (int(self._blocks[-1].t_ns[-1]) - int(self._blocks[0].t_ns[0])) / 1e9 if self._blocks else 0.0
        picture = Picture(self.name, lasts_s, self.plan, self._told, signals(self._blocks, self.parameters))
        if to is not None:
            picture.save(to)
        return picture
