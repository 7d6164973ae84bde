"""What really happened, from the simulator's own state: attempts, their boundaries, failures (detection 11)."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

START, ARRIVAL = 0.05, 0.95
"""The geometric boundaries (contract 4)."""
ATTEMPT, SHORT, FULL = 0.25, 0.90, 0.93
"""Least progress of an attempt, and of a short and of a full repetition (contract 4)."""
SLOW, BRISK, FAST = 0.05, 0.25, 0.5
"""Shares of a phase's peak speed: the kinematic boundary (detection 2.2), and what surely is the movement itself."""
SMOOTH_S = 0.15
"""The true speed is averaged over this time, the same before and after: sway is no boundary."""
Outcome = Literal["completed", "failed", "stopped", "partial", "pain", "paused"]
Failure = Literal["stall", "short_of_range", "hold_lost", "torque_lost"]
Channel = Literal["angle", "torque", "time"]


@dataclass(slots=True)
class Attempt:
    """One extension that was begun, and its return. Times in s from the first sample; None = not reached.

    `outcome`: `completed` reached the end that was aimed at; `failed` tried and could not; `stopped` was told to stop; `partial` turned
    back by choice; `pain` was let go; `paused` stood by choice and was lowered. `reached`: the greatest progress.
    `extension_start_s`, `hold_start_s`, `flexion_start_s`, `end_s` are crossings of 5 and 95 % of the range; `onset_s`, `hold_onset_s`,
    `flexion_onset_s`, `bottom_s` are where the true speed passes 5 % of its phase's peak.
    `stalled_s` is when the failing extension began to stand, `turned_s` when the patient chose, or had, to go back.
    `helped`: somebody else lifted too. `set` counts from 1; 0 = warm-up.
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
        for name, least in (("full", FULL), ("short", SHORT), ("partial", 0.50), ("attempt", ATTEMPT)):
            if self.reached >= least:
                return name
        return "blip"


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


def settle(attempt: Attempt, progress: NDArray[np.float64], begun: int, first_s: float, step_s: float) -> None:
    """Fill in what an attempt reached, and when.

    `progress` is the true one, a step apart: from where the return before it ended, over the step `begun` at which this extension
    was begun, to where the next one is begun; its first value is taken at `first_s`.
    """
    n = len(progress)
    own = progress[begun:]
    if not own.size:
        return
    attempt.reached = float(own.max())
    if attempt.failed and attempt.failure is None:
        attempt.failure = "short_of_range" if attempt.reached >= SHORT else "stall"
    top = begun + int(own.argmax())

    def crossing(index: int, level: float) -> float:
        """Time between the steps `index` and `index` + 1 at which `level` is passed."""
        before, after = progress[index], progress[index + 1]
        return first_s + (index + float((level - before) / (after - before))) * step_s

    risen = _first(own >= min(ATTEMPT, attempt.reached)) + begun
    low = _last(progress[: risen + 1] < START)
    if low is not None and low < risen:
        attempt.extension_start_s = crossing(low, START)
    fallen = _last(own >= min(ATTEMPT, attempt.reached))
    assert fallen is not None
    fallen += begun
    if fallen + 1 < n:
        below = _first(progress[fallen + 1 :] < START)
        if below < n - fallen - 1:
            attempt.end_s = crossing(fallen + below, START)
    high = np.flatnonzero(progress[begun:] >= ARRIVAL) + begun
    if high.size:
        if high[0] > 0:
            attempt.hold_start_s = crossing(int(high[0]) - 1, ARRIVAL)
        if high[-1] + 1 < n:
            attempt.flexion_start_s = crossing(int(high[-1]), ARRIVAL)
    _kinematics(attempt, progress, begun, top, first_s, step_s)


def _kinematics(attempt: Attempt, progress: NDArray[np.float64], begun: int, top: int, first_s: float, step_s: float) -> None:
    width = max(1, round(SMOOTH_S / step_s / 2)) * 2
    if len(progress) <= 2 * width:
        return
    # A mean of differences over the window is the difference of its ends.
    speed = (progress[width:] - progress[:-width]) / (width * step_s)
    shift = width // 2
    begun, top = max(0, begun - shift), min(max(1, top - shift), len(speed) - 1)

    def at(index: int) -> float:
        return first_s + (index + shift) * step_s

    turned = min(len(speed) - 1, max(top, round(((attempt.turned_s or 0.0) - first_s) / step_s) - shift))
    rising = speed[begun : turned + 1]
    if rising.size and (peak := float(rising.max())) > 0.0:
        sure = begun + _first(rising >= FAST * peak)
        slow = _last(speed[: sure + 1] < SLOW * peak)
        if slow is not None:
            attempt.onset_s = at(slow)
        brisk = _last(rising >= BRISK * peak)
        if attempt.hold_start_s is not None and brisk is not None:
            slowed = _first(speed[begun + brisk :] < SLOW * peak)
            if begun + brisk + slowed <= turned:
                attempt.hold_onset_s = at(begun + brisk + slowed)
    falling = -speed[turned:]
    if falling.size and (peak := float(falling.max())) > 0.0:
        sure = turned + _first(falling >= FAST * peak)
        slow = _last(-speed[: sure + 1] < SLOW * peak)
        if slow is not None:
            attempt.flexion_onset_s = at(slow)
        brisk = _last(falling >= BRISK * peak)
        if brisk is not None:
            slowed = _first(falling[brisk:] < SLOW * peak)
            if brisk + slowed < len(falling):
                attempt.bottom_s = at(turned + brisk + slowed)


def _first(true: NDArray[np.bool_]) -> int:
    """Index of the first; the length where there is none."""
    index = int(true.argmax()) if true.size else 0
    return index if true.size and true[index] else len(true)


def _last(true: NDArray[np.bool_]) -> int | None:
    """Index of the last; None where there is none."""
    if not true.size:
        return None
    index = len(true) - 1 - int(true[::-1].argmax())
    return index if true[index] else None
