"""Momentary muscular failure on a weight stack: the patient tries and cannot complete the extension (detection.md 4.3, decision 0005).

On a stack a held pause and a failing stall look alike in torque and angle: what tells them apart is what came before. So the finding is
a sum of log-odds with a stated weight for each sign; its three strongest are the evidence.
"""

import math
from typing import Literal, NamedTuple

from service.analysis.parameters import Parameters
from wire.events import Evidence

Reason = Literal["stall", "short_of_range", "hold_lost"]

UNITS = {
    "stall_s": "s",
    "effort": "1",
    "lag_s": "s",
    "extension_ratio": "1",
    "hold_sag": "1",
    "tremor_ratio": "1",
    "shortfall": "1",
    "reserve_high": "1",
    "hold_s": "s",
    "slowing": "s",
    "torque_share": "1",
}


class Stand(NamedTuple):
    """How an extension came to a stand. Times s, places and shares of the range, NaN = not known.

    `stall_s` below a quarter of the usual speed; `effort` the median torque there over what the place asks for; `slowing_s` from full speed
    into the stall; `pace` the mean speed of the last second before it, over the cue's; `top` the greatest progress, `usual_top` that of
    good repetitions, `late_top` what the last repetitions would let expect; `arrived` whether the extended end was reached, then `hold_s`
    the hold, `usual_hold_s` that of good repetitions; `struggle` the signs of struggle in this repetition, `recent` whether one of the two
    before had any; `ordered` whether the plan is to failure, `again` whether the set has failed before.
    """

    stall_s: float
    effort: float
    slowing_s: float
    pace: float
    top: float
    usual_top: float
    late_top: float
    arrived: bool
    hold_s: float
    usual_hold_s: float
    struggle: dict[str, float]
    recent: bool
    tremor_ratio: float
    reserve_high: float
    ordered: bool
    again: bool


class Verdict(NamedTuple):
    """How likely a stand is a failure (0-1), and why: name, value and log-odds of each sign, strongest first."""

    confidence: float
    signs: tuple[tuple[str, float, float], ...]

    def evidence(self) -> list[Evidence]:
        """The three strongest signs for it."""
        return [Evidence(name, round(value, 3), UNITS[name]) for name, value, weight in self.signs if weight > 0.0][:3]


def judge(stand: Stand, p: Parameters) -> Verdict:
    """The log-odds of a stand being a failure, from a start of -`failure_prior` (decision 0005).

    That it was ordered, or has happened before, moves the start, and is no evidence.
    """
    odds: list[tuple[str, float, float]] = []
    if not math.isnan(stand.effort):
        weight = p.failure_effort * min(max((stand.effort - p.effort_middle) / p.effort_spread, -1.0), 1.0)
        odds.append(("effort", stand.effort, weight))
    odds.append(("stall_s", stand.stall_s, p.failure_stall * min(max(stand.stall_s - p.stall_least_s, 0.0), 2.0)))
    odds += [(name, value, p.failure_struggle / len(stand.struggle)) for name, value in stand.struggle.items()]
    slowed = 0.0 if math.isnan(stand.pace) else p.failure_pace * (1.0 - min(stand.pace, p.pace_most))
    quick = p.failure_quick if stand.slowing_s < p.quick_s and not stand.arrived else 0.0
    if not math.isnan(stand.slowing_s):
        odds.append(("slowing", stand.slowing_s, slowed - quick))
    if stand.tremor_ratio > p.tremor_more:
        odds.append(("tremor_ratio", stand.tremor_ratio, p.failure_tremor))
    if stand.reserve_high < p.reserve_far:
        weight = p.failure_reserve * 2.0 * (1.0 - stand.reserve_high / p.reserve_far)
        odds.append(("reserve_high", stand.reserve_high, weight + (p.failure_last if stand.reserve_high <= p.reserve_last else 0.0)))
    if stand.arrived:
        short = 1.0 - stand.hold_s / stand.usual_hold_s if stand.usual_hold_s > 0.0 else 0.0
        odds.append(("hold_s", stand.hold_s, p.failure_hold * min(max(short, 0.0), 1.0)))
    else:
        missing = p.usual_short if math.isnan(stand.usual_top) else max(stand.usual_top - stand.top, 0.0)
        fallen = p.fallen if math.isnan(stand.late_top) else min(max(stand.late_top - stand.top, 0.0), p.fallen)
        weight = p.failure_short * min(missing / p.usual_short, 1.5) + p.failure_fallen * fallen / p.fallen
        odds.append(("shortfall", missing, weight))
    known = p.failure_ordered * stand.ordered + p.failure_again * stand.again + p.failure_arrived * stand.arrived
    total = known - p.failure_prior + sum(weight for _, _, weight in odds)
    odds.sort(key=lambda sign: -sign[2])
    return Verdict(1.0 / (1.0 + math.exp(-total)), tuple(odds))


def reason(stand: Stand, p: Parameters) -> Reason:
    """Where it failed: in the range, just short of its end, or at its end."""
    if stand.arrived:
        return "hold_lost"
    return "short_of_range" if stand.top >= p.near else "stall"
