"""Sets told as events, as the analysis would: to be made into tables, sentences, pictures."""

from typing import Any

import numpy as np

from wire.events import AnyEvent, Event, Extent, Failure, RepetitionCompleted, SetEnded, SetStarted
from wire.plan import Plan, Range, Tempo
from wire.recorded import Block

PLAN = Plan(range=Range(flexion_deg=60.0, extension_deg=6.0), tempo=Tempo(extension_s=4.0, hold_s=2.0, flexion_s=3.0, turn_s=1.0))
CYCLE_S = 10.0
LASTS = {"extension_s": 4.0, "hold_s": 2.0, "flexion_s": 3.0}


class Story:
    """Events with ids, in the order they are told; the first repetition begins at 5 s, each cycle lasts 10 s."""

    def __init__(self, plan: Plan | None = PLAN, number: int = 1, from_s: float = 5.0, after: "Story | None" = None) -> None:
        self.events: list[Event] = [] if after is None else after.events
        self.plan, self.number, self.from_s = plan, number, from_s
        self.done: list[RepetitionCompleted] = []
        self.tell(SetStarted, from_s, plan=plan)

    def tell(self, kind: type[AnyEvent], at_s: float, *, known_s: float | None = None, outside: bool = False, **fields: Any) -> "Story":
        """One more event."""
        number = None if outside else self.number
        event = kind(id=len(self.events) + 1, set=number, at_s=at_s, known_s=at_s + 0.3 if known_s is None else known_s, **fields)
        self.events.append(event)
        if isinstance(event, RepetitionCompleted):
            self.done.append(event)
        return self

    def start_s(self, repetition: int) -> float:
        return self.from_s + CYCLE_S * (repetition - 1)

    def repetition(self, extent: Extent = "full", **over: Any) -> "Story":
        """The next repetition, in time unless told otherwise."""
        number = len(self.done) + 1
        start = self.start_s(number)
        top = {"full": 7.0, "short": 11.0, "partial": 24.0, "attempt": 40.0}[extent]
        full = extent == "full"
        fields: dict[str, Any] = {
            "repetition": number, "extent": extent, "extension_start_s": start, "hold_start_s": start + 3.6 if full else None,
            "flexion_start_s": start + 6.0, "end_s": start + 8.8, "flexed_deg": 60.0, "extended_deg": top, "range_deg": 60.0 - top,
            "extension_s": 4.0, "hold_s": 2.0 if full else None, "flexion_s": 3.0, "turn_s": 1.0 if number > 1 else None,
            "peak_torque_nm": 180.0, "mean_torque_nm": 150.0, "work_j": 140.0, "time_in_band": 0.9, "rmse_deg": 1.5, "flags": [],
        }  # fmt: skip
        return self.tell(RepetitionCompleted, start + 9.0, **(fields | over))

    def repetitions(self, count: int, **over: Any) -> "Story":
        for _ in range(count):
            self.repetition(**over)
        return self

    def failure(self, evidence: list[Any], **over: Any) -> "Story":
        """Of the last repetition told."""
        repetition = self.done[-1].repetition
        fields: dict[str, Any] = {"repetition": repetition, "angle_deg": 23.2, "reason": "stall", "confidence": 0.9, "evidence": evidence}
        return self.tell(Failure, self.start_s(repetition) + 6.0, **(fields | over))

    def end(self, reason: str = "stopped", **over: Any) -> list[Event]:
        """The set's end; returns all events told so far."""
        counts = {extent: sum(one.extent == extent for one in self.done) for extent in ("full", "short", "partial", "attempt")}
        at = self.start_s(len(self.done) + 1) + 1.0
        fields: dict[str, Any] = {"reason": reason, "duration_s": at - self.from_s, "work_j": 1830.4, "time_under_tension_s": 118.0}
        self.tell(SetEnded, at, **(counts | fields | over))
        return self.events


def blocks(lasts_s: float = 60.0, rate_hz: float = 100.0, *, torque: bool = True, first_ns: int = 7_000_000_000) -> list[Block]:
    """Samples of a movement through the plan's range every 10 s, in two blocks."""
    t_s = np.arange(round(lasts_s * rate_hz)) / rate_hz
    angle = 33.0 + 27.0 * np.cos(2 * np.pi * (t_s - 5.0) / CYCLE_S)
    nm = 150.0 + 20.0 * np.sin(2 * np.pi * t_s / CYCLE_S) if torque else np.full(len(t_s), np.nan)
    t_ns = first_ns + np.round(t_s * 1e9).astype(np.int64)
    half = len(t_s) // 2
    parts = (slice(None, half), slice(half, None))
    return [Block(None, 0, t_ns[part], angle.astype(np.float32)[part], nm.astype(np.float32)[part]) for part in parts]
