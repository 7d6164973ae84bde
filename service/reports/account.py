"""The events of one session put together by set: what tables, sentences and pictures are made from."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from wire.events import (
    CadenceDeviated,
    Event,
    Failure,
    Phase,
    RepetitionCompleted,
    ReserveEstimated,
    SetEnded,
    SetStarted,
    Unable,
    Unsure,
)
from wire.plan import Plan


@dataclass(slots=True)
class Account:
    """One set. Of a set that never ended (a stream cut short) `ended` is None."""

    number: int
    plan: Plan | None = None
    started_s: float | None = None
    ended: SetEnded | None = None
    repetitions: list[RepetitionCompleted] = field(default_factory=list)
    cadence: dict[tuple[int, Phase], CadenceDeviated] = field(default_factory=dict)
    reserve: dict[int, ReserveEstimated] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    unsure: list[Unsure] = field(default_factory=list)
    unable: list[Unable] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def add(self, event: Event) -> None:
        """One more event of this set, in the order of the ids."""
        self.events.append(event)
        match event:
            case SetStarted():
                self.plan, self.started_s = event.plan, event.at_s
            case SetEnded():
                self.ended = event
            case RepetitionCompleted():
                self.repetitions.append(event)
            case CadenceDeviated():
                self.cadence[event.repetition, event.phase] = event
            case ReserveEstimated():
                self.reserve[event.repetition] = event
            case Failure():
                self.failures.append(event)
            case Unsure():
                self.unsure.append(event)
            case Unable():
                self.unable.append(event)

    @property
    def counts(self) -> dict[str, int]:
        """Repetitions by extent, as the set's end tells them; of an unended set, as they were completed."""
        kinds = ("full", "short", "partial", "attempt")
        if self.ended is not None:
            return {kind: getattr(self.ended, kind) for kind in kinds}
        return {kind: sum(one.extent == kind for one in self.repetitions) for kind in kinds}

    @property
    def count(self) -> int:
        """The count of the set: full + short + partial (contract 1)."""
        return sum(self.counts.values()) - self.counts["attempt"]

    def off_s(self, repetition: RepetitionCompleted, phase: Phase) -> float | None:
        """How far a phase is off its target, s; None where it was in time or has no target.

        A `slow` event comes while the phase still lasts and holds the tolerance; the duration that was measured in the end says more.
        """
        event = self.cadence.get((repetition.repetition, phase))
        if event is None:
            return None
        lasted_s: float | None = getattr(repetition, f"{phase}_s")
        if event.direction == "fast" or lasted_s is None or self.plan is None:
            return event.deviation_s
        target_s: float = getattr(self.plan.tempo, f"{phase}_s")
        return lasted_s - target_s


def accounts(events: Iterable[Event]) -> list[Account]:
    """The sets of a session, in order; events outside sets are left out."""
    found: dict[int, Account] = {}
    for event in events:
        if event.set is not None:
            found.setdefault(event.set, Account(event.set)).add(event)
    return list(found.values())
