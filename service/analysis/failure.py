"""Momentary muscular failure on a weight stack: the patient tries and cannot complete the extension (detection.md 4.3, decision 0217).

On a stack a held pause and a failing stall look alike in torque and angle: what tells them apart is what came before, and how it is
lowered. So the finding is a sum of log-odds with a stated weight for each sign; its three strongest are the evidence.
"""

import math
from typing import Literal, NamedTuple

from service.analysis.parameters import Parameters
from wire.events import Evidence
from wire.plan import Plan, Tolerance

Reason = Literal["stall", "short_of_range", "hold_lost"]

UNITS = {
    "stall_s": "s",
    "effort": "1",
    "lag_s": "s",
    "extension_ratio": "1",
    "hold_sag": "1",
    "shortfall": "1",
    "reserve_high": "1",
    "hold_s": "s",
    "slowing": "s",
    "lowering": "1",
    "torque_share": "1",
    "mean_torque_nm": "Nm",
    "demand_nm": "Nm",
}

LATE = frozenset({"lag_s", "extension_ratio"})
"""Signs of struggle that say it was late, or slow on its way."""


class Stand(NamedTuple):
    """How an extension came to its turn. Times s, places and shares of the range, NaN = not known.

    `stall_s` its longest stall below a quarter of the usual speed; `effort` the median torque there over what the place asks for,
    `push` the greatest of the last seconds; `slowing_s` from full speed into the stall; `pace` the mean speed of the last second before
    it, over the cue's; `top` the greatest progress, `usual_top` the median of the set, `late_top` what the last repetitions would let
    expect, `travel_short` how much less than usual it travelled; `hold_s` the hold where it arrived, `hold_lost` whether that was none,
    or sagged; `lowering` the speed on the way back over the plan's, once it is on it; `struggle` the signs of struggle in this
    repetition, `recent` whether it or one of the two before had any; `ordered` whether the plan is to failure, `again` whether the set
    has failed before.
    """

    stall_s: float
    effort: float
    push: float
    slowing_s: float
    pace: float
    top: float
    usual_top: float
    late_top: float
    travel_short: float
    hold_s: float
    hold_lost: bool
    lowering: float
    struggle: dict[str, float]
    recent: bool
    reserve_high: float
    ordered: bool
    again: bool


class Verdict(NamedTuple):
    """How likely a stand is a failure (0-1), and why: name, value and log-odds of each sign, strongest first."""

    confidence: float
    signs: tuple[tuple[str, float, float], ...]

    def evidence(self) -> list[Evidence]:
        """The three strongest signs for it."""
        return [
            Evidence(name, round(value, 3), UNITS[name]) for name, value, weight in self.signs if weight > 0.0 and not math.isnan(value)
        ][:3]


def judge(stand: Stand, p: Parameters) -> Verdict:
    """The log-odds of a turn being a failure, from a start of -`odds_prior` (decision 0217).

    That it was ordered, or has happened before, moves the start, and is no evidence. What is not known says nothing.
    """
    shortfall = stand.usual_top - stand.top
    short = (
        p.odds_short * _part(shortfall, 0.0, p.short_most)
        + p.odds_fallen * _part(stand.late_top - stand.top, 0.0, p.fallen)
        + p.odds_travel * _part(stand.travel_short, p.travel_least, p.travel_most)
    )
    signs = [
        ("stall_s", stand.stall_s, p.odds_stall * _part(stand.stall_s, 0.0, p.stall_most_s)),
        ("effort", stand.effort, p.odds_effort * _part(stand.effort, p.effort_least, p.effort_most)),
        ("slowing", stand.slowing_s, p.odds_slowing * _part(stand.slowing_s, p.slowing_least_s, p.slowing_most_s)),
        ("shortfall", shortfall, short),
        ("lowering", stand.lowering, p.odds_lowering * _part(stand.lowering, p.lowering_least, p.lowering_most)),
        ("hold_s", stand.hold_s, p.odds_hold * stand.hold_lost),
        ("reserve_high", stand.reserve_high, p.odds_reserve * (1.0 - _part(stand.reserve_high, p.reserve_least, p.reserve_most))),
    ]
    signs += [(name, value, p.odds_struggle / len(stand.struggle)) for name, value in stand.struggle.items()]
    against = p.odds_pace * _part(stand.pace, p.pace_least, p.pace_most) + p.odds_push * _part(stand.push, p.push_least, p.push_most)
    known = p.odds_ordered * stand.ordered + p.odds_again * stand.again
    total = known - p.odds_prior - against + sum(weight for _, _, weight in signs)
    signs.sort(key=lambda sign: -sign[2])
    return Verdict(1.0 / (1.0 + math.exp(-total)), tuple(signs))


def _part(value: float, least: float, most: float) -> float:
    """How far a value is from `least` (0) to `most` (1); 0 where it is not known."""
    return 0.0 if math.isnan(value) else min(max((value - least) / (most - least), 0.0), 1.0)


def by_choice(stand: Stand, p: Parameters) -> bool:
    """Whether it ended otherwise than by failing, whatever the sum (detection.md 4.5): the load was let go, or he chose to stop.

    Let go: turned without having stood, been late or slow, or arrived (decision 0218). Chosen: somebody who shows no struggle stopped at
    once out of full speed, or does not try.
    """
    arrived = not math.isnan(stand.hold_s)
    if stand.stall_s < p.brief_stall_s and not arrived and LATE.isdisjoint(stand.struggle):
        return True
    struggles = stand.recent or stand.again or bool(stand.struggle) or stand.reserve_high <= p.reserve_last
    at_once = stand.slowing_s < p.quick_s and stand.pace > p.quick_pace
    return not struggles and (at_once or stand.effort < p.tried)


def held(hold_s: float, usual_s: float, plan: Plan | None) -> bool:
    """Whether a hold lasted as long as it usually does (with a plan: is to), less the tolerance (contract 3)."""
    tolerance = plan.tolerance if plan is not None else Tolerance()
    return hold_s >= usual_s - max(tolerance.least_s, tolerance.share * usual_s)


def reason(stand: Stand, p: Parameters) -> Reason:
    """Where it failed: in the range, just short of its end, or in the hold."""
    if stand.hold_lost:
        return "hold_lost"
    return "short_of_range" if stand.top >= p.near else "stall"
