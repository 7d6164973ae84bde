"""One sentence on a set: how many, how they went, how it ended, and what can't be told."""

import math
from collections.abc import Iterable

from service.analysis.parameters import Parameters
from service.reports.account import Account
from service.reports.extremes import Extremes
from service.reports.phrases import degrees, duration, evidence_words, many, repetitions
from wire.events import AbruptStop, Assisted, Event, Evidence, Failure, FailureLikely, SignalFaulted, SignalRestored
from wire.plan import Plan

ENDINGS = {
    "target_reached": "the target was reached",
    "stopped": "stopped",
    "pain": "ended by pain",
    "idle": "ended when nothing moved any more",
    "signal_lost": "ended when the signal was lost",
    "recording_ended": "the recording ends there",
}
WITHOUT_FAILURE = {
    "target_reached": "the target was reached without failure",
    "stopped": "stopped without failure",
    "idle": "left off without failure",
    "signal_lost": "no failure until the signal was lost",
    "recording_ended": "no failure until the recording ends",
}
NO_SET = "No set: nothing in it moves there and back as a repetition does."
BLIND = "No set: its angle has no readings."
RADIANS = "No set: its angle spans {:.2f}° from end to end, too little for a repetition. Is it in radians?"
UNLOADED = (
    "No set: what moves in it moves without load. The torque is {:.3g} Nm at most, the plan's load {:g} Nm: "
    "was the machine loaded, and is that in newton-metres?"
)
SMALLEST_UNIT = 0.0005
"""Less of a load than half a kNm's thousandth is no torque in any unit."""
UNLOADED_SHARE, LEAST_DEG = Parameters().unloaded, Parameters().learn_least_deg
UNREAD = Extremes()
LEAST_SPAN = 0.5
"""Radians of a small range (29 deg); noise at rest spans less, in whatever unit."""
LED_BY = {
    "stall": ("stall_s", "effort"),
    "short_of_range": ("shortfall", "stall_s", "effort"),
    "hold_lost": ("hold_s", "hold_sag"),
    "torque_lost": ("torque_share",),
}
"""Which measured reasons speak for each reason of a failure, the strongest first."""
SURE = 0.75
"""Below this confidence a sentence says `probably`. Wording only: nothing is decided by it."""


def verdict(account: Account) -> str:
    """The set in one sentence. It says what is certain, and of the rest that it can't be told."""
    parts = [counted(account), *_outcome(account), *_beside(account)]
    return "; ".join(parts) + "."


def totals(account: Account) -> str:
    """How long, how much work, how long under tension; empty for a set without an end."""
    if account.ended is None:
        return ""
    words = duration(account.ended.duration_s)
    if account.ended.work_j is not None:
        words += f", {account.ended.work_j:.0f} J"
    if account.ended.time_under_tension_s is not None:
        words += f", {account.ended.time_under_tension_s:.0f} s under tension"
    return words


def counted(account: Account) -> str:
    """15 repetitions, 14 full; attempts apart, since they don't count (contract 1)."""
    counts, count = account.counts, account.count
    words = "no repetition" if not count else many(count, "repetition")
    if count and counts["full"] == count:
        words += ", full" if count == 1 else ", all full"
    elif count:
        words += "".join(f", {number} {kind}" for kind in ("full", "short", "partial") if (number := counts[kind]))
    if counts["attempt"]:
        words += f"{',' if count else ''} and {many(counts['attempt'], 'attempt')}"
    return words


def failure_words(account: Account, failure: Failure) -> str:
    """What was measured in a failed repetition, led by what makes it one."""
    evidence = measured(account, failure)
    named = {one.name: one for one in evidence}
    leading = [named[name] for name in LED_BY[failure.reason] if name in named] or evidence[:2]
    words = evidence_words(leading)
    if failure.reason == "hold_lost":
        return f"the hold was lost{', ' * bool(words)}{words}"
    return words or {"stall": "stood still", "short_of_range": "fell short of the range"}.get(failure.reason, "the torque fell away")


def measured(account: Account, failure: Failure) -> list[Evidence]:
    """A failure's evidence. Where standing still is not among it, it is known all the same from when failure became likely to its turn."""
    evidence = list(failure.evidence)
    if failure.reason == "stall" and all(one.name != "stall_s" for one in evidence):
        for event in account.events:
            if isinstance(event, FailureLikely) and event.repetition == failure.repetition and event.at_s < failure.at_s:
                return [Evidence("stall_s", failure.at_s - event.at_s, "s"), *evidence]
    return evidence


def _outcome(account: Account) -> list[str]:
    """Failure, or why none is known of, or that there was none; with how the set ended."""
    reason = account.ended.reason if account.ended is not None else ""
    ending = [ENDINGS[reason]] if reason in ENDINGS else []
    if account.failures:
        return [*_failures(account), *ending]
    untold = _untold(account)
    if untold or not account.count:
        return [*untold, *ending]
    without = [WITHOUT_FAILURE[reason]] if reason in WITHOUT_FAILURE else ["no failure", *ending]
    return [*without, *_reserve(account)]


def _beside(account: Account) -> list[str]:
    """What makes a set another one than it looks."""
    parts = []
    for kind, words in ((AbruptStop, "the torque was let go in {}: suspected pain, not failure"), (Assisted, "{} assisted")):
        of_kind = sorted({event.repetition for event in account.events if isinstance(event, kind)})
        if of_kind:
            parts.append(words.format(_in(of_kind)))
    return parts


def _failures(account: Account) -> list[str]:
    last = account.failures[-1]
    sure = "failure" if last.confidence >= SURE else "probably failure"
    parts = [f"{sure} in repetition {last.repetition} at {degrees(last.angle_deg)}, {failure_words(account, last)}"]
    if earlier := sorted({one.repetition for one in account.failures[:-1]} - {last.repetition}):
        parts.append(f"before that in {_in(earlier)}")
    if after := [one.repetition for one in account.repetitions if one.repetition > last.repetition and one.extent == "full"]:
        parts.append(f"{many(len(after), 'full repetition')} after it")
    return parts


def _untold(account: Account) -> list[str]:
    """Why nobody can say from the signals whether there was a failure; empty where they would have shown one."""
    mute = _mute(account)
    if mute and len(mute) == len(account.repetitions):
        return ["failure can't be judged without torque"]
    told = [f"whether {_in(mute)} failed can't be told without torque"] if mute else []
    if unsure := sorted({one.repetition for one in account.unsure}):
        return [*told, f"whether {_in(unsure)} failed can't be told from angle and torque: ask the patient"]
    if told:
        return [f"{told[0]}, no other did"]
    full_s = max((one.known_s for one in account.repetitions if one.extent == "full"), default=-math.inf)
    if any(one.reason == "too_early" and one.known_s >= full_s for one in account.unable):
        return ["too early for failure to be judged"]
    return []


def _mute(account: Account) -> list[int]:
    """The repetitions without a torque, else the one in which it was missed; none where it was not."""
    told_s = min((one.known_s for one in account.unable if one.reason == "no_torque"), default=math.inf)
    if told_s == math.inf:
        return []
    flagged = [one.repetition for one in account.repetitions if "no_torque" in one.flags]
    return flagged or [one.repetition for one in account.repetitions if one.known_s >= told_s][:1]


def no_set(events: Iterable[Event], plan: Plan | None = None, extremes: Extremes = UNREAD) -> str:
    """Why a recording holds no set, as far as that is known.

    Movement counts from 0.2 of the load on; a torque in another unit, and without a plan an angle in radians, are no fault that samples
    could show, so it is asked.
    """
    gone = False
    for one in events:
        if isinstance(one, (SignalFaulted, SignalRestored)) and (one.channel, one.fault) == ("angle", "dropout"):
            gone = isinstance(one, SignalFaulted)
    if gone:
        return BLIND
    if plan is None:
        small = extremes.span_deg > LEAST_SPAN and -math.pi < extremes.low_deg and extremes.high_deg < math.pi
        return RADIANS.format(extremes.span_deg) if small else NO_SET
    load_nm = plan.load_nm or math.nan
    if SMALLEST_UNIT * load_nm < extremes.most_nm < UNLOADED_SHARE * load_nm and extremes.span_deg > LEAST_DEG:
        return UNLOADED.format(extremes.most_nm, load_nm)
    return NO_SET


def _reserve(account: Account) -> list[str]:
    parts = []
    if likely := sorted({event.repetition for event in account.events if isinstance(event, FailureLikely)}):
        parts.append(f"near it in {_in(likely)}")
    if account.reserve:
        last = account.reserve[max(account.reserve)]
        parts.append(f"about {last.repetitions_left:.0f} more ({last.low:.0f} to {last.high:.0f}) could have followed")
    return parts


def _in(numbers: list[int]) -> str:
    return f"repetition{'' if len(numbers) == 1 else 's'} {repetitions(numbers)}"
