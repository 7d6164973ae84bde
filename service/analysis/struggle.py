"""Signs of struggle, repetition by repetition, against the patient's own first ones (detection.md 4.2, 4.3): a hint, no claim."""

import math
from statistics import median
from typing import NamedTuple

from service.analysis import reserve
from service.analysis.parameters import Parameters


class Signs(NamedTuple):
    """What one extension showed. NaN = not known.

    `lag_s` behind the cue at 90 % of the range (the cue laid at its own start), `rise_s` time to that place, `sag` of the hold (share of
    the range), `tremor` (4-12 Hz torque over mean torque), `stall_s` the longest stall, `top` the greatest progress, `hold_s` the
    hold.
    """

    lag_s: float = math.nan
    rise_s: float = math.nan
    sag: float = math.nan
    tremor: float = math.nan
    stall_s: float = 0.0
    top: float = math.nan
    hold_s: float = math.nan


class Tops:
    """Where the extensions of a set turned, and from where they began: shares of the range."""

    def __init__(self) -> None:
        self._tops: list[float] = []
        self._bottoms: list[float] = []
        self._travels: list[float] = []

    def add(self, top: float, bottom: float, *, failed: bool) -> None:
        """One more extension has turned; NaN for a bottom that is not known. One that failed says nothing of the usual travel."""
        self._tops.append(top)
        if not math.isnan(bottom):
            self._bottoms.append(bottom)
            if not failed:
                self._travels.append(top - bottom)

    @property
    def usual(self) -> float:
        """The median top; NaN before the first."""
        return median(self._tops) if self._tops else math.nan

    @property
    def usual_travel(self) -> float:
        """The median travel; NaN until one is known."""
        return median(self._travels) if self._travels else math.nan

    def expected(self, usual: float, bottom: float) -> float:
        """The top to expect: the least of the usual one, the last two, and the usual one moved with the patient's seat. NaN = unknown."""
        shifted = min(bottom - median(self._bottoms), 0.0) if self._bottoms and not math.isnan(bottom) else 0.0
        known = [top for top in (usual + shifted, *self._tops[-2:]) if not math.isnan(top)]
        return min(known, default=math.nan)


class Struggle:
    """The set's baselines: medians over the first good repetitions after the first; and which repetitions struggled."""

    def __init__(self, parameters: Parameters) -> None:
        self._p = parameters
        self._first: Signs | None = None
        self._hasty = False
        """So far all were hurried."""
        self._good: list[Signs] = []
        self._bases: dict[str, float] = {}
        self.struggled: list[int] = []

    def _base(self, name: str) -> float:
        return self._bases.get(name, math.nan)

    def _settle(self) -> None:
        """The bases anew: of each sign the median of those known, else the first repetition's."""
        assert self._first is not None
        for name, first in zip(Signs._fields, self._first, strict=True):
            known = [value for signs in self._good if not math.isnan(value := getattr(signs, name))]
            if known or not math.isnan(first):
                self._bases[name] = median(known or [first])

    @property
    def lag_s(self) -> float:
        """The usual lag; NaN until known."""
        return self._base("lag_s")

    @property
    def lag_sd_s(self) -> float:
        """Its standard deviation; NaN until three are known."""
        known = [signs.lag_s for signs in self._good if not math.isnan(signs.lag_s)]
        if len(known) < 3:
            return math.nan
        mean = sum(known) / len(known)
        return math.sqrt(sum((value - mean) ** 2 for value in known) / (len(known) - 1))

    @property
    def rise_s(self) -> float:
        """The usual time to 90 % of the range; NaN until known."""
        return self._base("rise_s")

    @property
    def hold_s(self) -> float:
        """The usual hold; NaN until known."""
        return self._base("hold_s")

    @property
    def top(self) -> float:
        """The usual greatest progress; NaN until known."""
        return self._base("top")

    def tremor_ratio(self, tremor: float) -> float:
        """A tremor over the usual one; NaN until known."""
        return tremor / base if (base := self._base("tremor")) > 0.0 else math.nan

    def for_reserve(self, signs: Signs) -> reserve.Signs:
        """What a repetition showed, against the set's baselines, as the estimate of the reserve takes it."""
        return reserve.Signs(
            lag_s=_known(signs.lag_s),
            lag_baseline_s=_known(self.lag_s),
            lag_sd_s=_known(self.lag_sd_s),
            extension_ratio=_known(signs.rise_s / self.rise_s),
            hold_sag=_known(signs.sag),
            tremor_ratio=_known(self.tremor_ratio(signs.tremor)),
            stall_s=signs.stall_s,
        )

    def reasons(self, signs: Signs) -> dict[str, float]:
        """The signs of struggle in an extension so far, with their values (detection.md 4.3); empty without one."""
        p = self._p
        found: dict[str, float] = {}
        usual = self.lag_s
        if signs.lag_s > p.struggle_lag_s and not signs.lag_s - usual <= p.struggle_lag_more_s:
            found["lag_s"] = signs.lag_s
        ratio = signs.rise_s / self.rise_s
        # Who is with the cue now does as he was told, if all that is known of him is haste.
        excused = self._hasty and signs.lag_s <= p.struggle_lag_more_s
        if not excused and ratio > p.struggle_ratio and signs.rise_s - self.rise_s > p.struggle_lag_more_s:
            found["extension_ratio"] = ratio
        if signs.sag - (0.0 if math.isnan(self._base("sag")) else self._base("sag")) > p.hold_sag:
            found["hold_sag"] = signs.sag
        return found

    def add(self, signs: Signs, *, good: bool, hurried: bool = False, whole: bool = True) -> None:
        """A repetition is over; `good` ones make the baseline: full, in one go, neither flagged nor struggling.

        A `hurried` one, faster than the plan allows, says nothing of the usual pace unless it is the first (detection.md 4.1). One that
        began part-way up, not `whole`, says nothing of the usual time: it had less way to go (detection.md 4.2).
        """
        if not good:
            return
        if not whole:
            signs = signs._replace(rise_s=math.nan)
        if self._first is None:
            self._first, self._hasty = signs, hurried
            self._settle()
            return
        if hurried:
            signs = signs._replace(lag_s=math.nan, rise_s=math.nan)
        self._hasty &= hurried
        if len(self._good) < round(self._p.baseline_repetitions):
            self._good.append(signs)
            self._settle()

    def recently(self, number: int) -> bool:
        """Whether repetition `number` or one of the two before it struggled."""
        return any(number - 2 <= one <= number for one in self.struggled)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
