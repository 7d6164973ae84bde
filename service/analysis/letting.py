"""A load that is let go: suspected pain, told by where in the repetition it happens (detection.md 4.5, decision 0193)."""

import math
from typing import NamedTuple

from service.analysis import state as s
from service.analysis.demand import Demand
from service.analysis.parameters import Parameters
from service.analysis.repetition import Repetition
from service.analysis.tape import Tape


class Letting(NamedTuple):
    """How the torque fell away. `left` of what the place asks for; `falls` the load's speed over the plan's lowering.

    `back` is how much of what was given before has come back since it was least, 0 where that was no more than the load asks for.
    `late_s` since the turn; `place` in the range; `known` whether the demand is; `arrived` whether the extended end was reached, then
    `whole` whether its hold was; `strained` whether a stall or a struggle came before, `failed` whether it was called failure or `unsure`;
    `driven` whether a motor moves the load.
    """

    left: float
    back: float
    falls: float
    late_s: float
    place: float
    known: bool
    arrived: bool
    whole: bool
    strained: bool
    failed: bool
    driven: bool


class Known(NamedTuple):
    """What the set knows of it. `driven_nm`: the load of a machine that a motor moves, NaN until known; None on a stack.

    `pressed` whether more was given than the load asks for anywhere: against a stop.
    """

    driven_nm: float | None
    usual_hold_s: float
    strained: bool
    pressed: bool


def measured(repetition: Repetition, row: int, at_ns: int, known: Known, state: s.State, tape: Tape, demand: Demand) -> Letting:
    """At a row of the tape and its time (ns)."""
    f, c, given = state.f, state.c, tape.column(s.NM)[state.n[s.BACK] : row + 1]
    angle, speed, shown, torque = (tape.signals[k * tape.size + row].item() for k in (s.DEG, s.DEG_S, s.SHOWN, s.NM))
    if known.driven_nm is not None:
        asked = known.driven_nm
    else:
        asked = demand.at_place((demand.flexion_deg - shown) / demand.span_deg) if demand.known else f[s.NM_MOST]
    hold_ns = repetition.hold_ns
    return Letting(
        left=torque / asked if asked > 0.0 else math.inf,
        back=(torque - float(given.min())) / given[0].item() if known.pressed else 0.0,
        falls=speed / c[s.V_FLEX],
        late_s=(at_ns - repetition.peak_ns) * 1e-9,
        place=(c[s.FLEXION_DEG] - angle) / c[s.SPAN_DEG],
        known=demand.known,
        arrived=hold_ns is not None,
        whole=hold_ns is not None and (at_ns - hold_ns) * 1e-9 > known.usual_hold_s,
        strained=known.strained,
        failed=not {"Failure", "Unsure"}.isdisjoint(repetition.told),
        driven=known.driven_nm is not None,
    )


def let_go(it: Letting, p: Parameters) -> bool:
    """Whether the load falls as nobody lowers it there: half-way up at once, elsewhere faster than the plan's lowering."""
    if it.left > p.drop_demand or it.back > p.drop_back:
        return False
    if it.driven:
        return True
    if it.place <= p.drop_low:
        return False
    if it.late_s > p.drop_window_s:
        return it.known and not it.failed and it.falls > 1.0
    return (it.known and not it.arrived) or it.falls > 1.0


def by_choice(it: Letting, p: Parameters) -> bool:
    """Whether it has another reason: the extension failed, or the hold was over and the patient is in haste."""
    if it.driven or (it.arrived and it.late_s > p.drop_window_s):
        return False
    return it.strained or it.whole
