"""What really happened, from the simulator's own state: attempts, their boundaries, failures (detection 11)."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

START, ARRIVAL = 0.05, 0.95
"""The geometric boundaries (contract 4)."""
Outcome = Literal["completed", "failed", "stopped", "partial", "pain", "paused"]
Failure = Literal["stall", "short_of_range", "hold_lost", "torque_lost"]
Channel = Literal["angle", "torque", "time"]


@dataclass(slots=True)
class Attempt:
    """One extension that was begun, and its return. Times in s from the first sample; None = not reached.

    `outcome`: `completed` reached the end that was aimed at; `failed` tried and could not; `stopped` was told to stop.
    `stalled_s` is when the failing extension began to stand, `turned_s` when it was given up.
    """

    number: int
    begun_s: float
    outcome: Outcome = "stopped"
    reached: float = 0.0
    extension_start_s: float | None = None
    hold_start_s: float | None = None
    flexion_start_s: float | None = None
    end_s: float | None = None
    stalled_s: float | None = None
    turned_s: float | None = None
    onset_s: float | None = None
    hold_onset_s: float | None = None
    flexion_onset_s: float | None = None
    bottom_s: float | None = None
    failure: Failure | None = None
    helped: bool = False
    set: int = 1

    @property
    def failed(self) -> bool:
        """Tried and could not complete the extension (contract 1)."""
        return self.outcome == "failed"

    @property
    def extent(self) -> str:
        """By the greatest progress (contract 4); `blip` below an attempt."""
        for name, least in (("full", 0.93), ("short", 0.90), ("partial", 0.50), ("attempt", 0.25)):
            if self.reached >= least:
                return name
        return "blip"

    def see(self, before: float, after: float, t_s: float, dt_s: float) -> None:
        """Progress went from `before` to `after` in the `dt_s` that end at `t_s`: note the boundaries that it crossed."""
        self.reached = max(self.reached, after)
        if after > before:
            if self.extension_start_s is None and before < START <= after:
                self.extension_start_s = t_s - dt_s * (after - START) / (after - before)
            if self.hold_start_s is None and before < ARRIVAL <= after:
                self.hold_start_s = t_s - dt_s * (after - ARRIVAL) / (after - before)
        elif after < before:
            if before > ARRIVAL >= after:
                self.flexion_start_s = t_s - dt_s * (ARRIVAL - after) / (before - after)
            if self.end_s is None and self.extension_start_s is not None and before > START >= after:
                self.end_s = t_s - dt_s * (START - after) / (before - after)


class Incident(NamedTuple):
    """Something that happened besides plain repetitions, s from the first sample.

    `kind` names an event, a look-alike, or `fault:<fault>` with its `channel`; `attempt` is the number of the attempt it happened
    in (None = outside any); `detail` says which: a phase, a side, a level.
    """

    kind: str
    start_s: float
    end_s: float
    attempt: int | None = None
    channel: Channel | None = None
    detail: str = ""


class PastSet(NamedTuple):
    """An earlier set to failure of the same patient. `repetitions` are the full ones, `cycle_s` the time of one."""

    load_nm: float
    repetitions: int
    cycle_s: float


class Told(NamedTuple):
    """An input besides the samples, s from the first sample: `start` (staff), `stop`, or a button."""

    at_s: float
    kind: Literal["start", "stop", "pain", "pause"]
