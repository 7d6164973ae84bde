"""One set's curves and lanes on matplotlib axes; all panels share the time axis, s from the recording's first sample."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from service.reports.account import Account
from service.reports.lanes import Lane, Mark, boundaries, stretches, targets
from service.reports.palette import (
    FAINT,
    INK,
    ORANGE,
    PHASE_COLOURS,
    PHASE_INK,
    PURPLE,
    RULE,
    SOFT,
    SYMBOLS,
    TARGET,
    TARGET_FILL,
    VERMILLION,
)
from service.reports.phrases import degrees
from service.reports.signals import LEAST_DEG, LEAST_DEG_S, LEAST_NM, Column, Signals, reach, thinned
from wire.plan import Plan

BUCKETS = 1600
"""Pixels that a curve across the page is drawn from."""
LETTER_IN = 0.062
"""Width of a letter of 7 points, on average, with a little room."""
NUMBER_IN = 0.085
"""Of a bold letter of 8 points."""
DOT: dict[str, Any] = {
    "linestyle": "none", "marker": "o", "markersize": 3.2, "markerfacecolor": "white", "markeredgecolor": INK, "markeredgewidth": 0.8,
}  # fmt: skip
MARKERS: dict[str, dict[str, Any]] = {
    "failure": {"marker": "X", "color": VERMILLION, "markersize": 8},
    "likely": {"marker": "v", "color": VERMILLION, "markersize": 6.5, "fillstyle": "none"},
    "struggle": {"marker": "^", "color": INK, "markersize": 5.5, "fillstyle": "none"},
    "unsure": {"marker": "$?$", "color": INK, "markersize": 7},
    "unable": {"marker": "_", "color": SOFT, "markersize": 7},
    "abrupt": {"marker": "P", "color": VERMILLION, "markersize": 7.5},
    "other": {"marker": "D", "color": PURPLE, "markersize": 5},
    "fast": {"marker": "<", "color": INK, "markersize": 5},
    "slow": {"marker": ">", "color": ORANGE, "markersize": 5, "markeredgecolor": INK},
    "caution": {"marker": "s", "color": INK, "markersize": 5, "fillstyle": "none"},
    "stop": {"marker": "s", "color": VERMILLION, "markersize": 6.5},
    "button": {"marker": "p", "color": VERMILLION, "markersize": 8},
}
"""A shape for each symbol of the palette."""


def angle(axes: Axes, part: Signals, account: Account | None, s_per_in: float) -> None:
    """The angle over the cue laid at each repetition, with its band; extension is up, as on the screens."""
    plan = account.plan if account else None
    if account is not None:
        by = plan.tolerance.angle_deg if plan else 0.0
        for target in targets(account):
            low, high = target.angle_deg - by, target.angle_deg + by
            axes.fill_between(target.t_s, low, high, color=TARGET_FILL, alpha=0.38, linewidth=0, zorder=1)
            axes.plot(target.t_s, target.angle_deg, color=TARGET, linewidth=0.7, zorder=2)
        _repetitions(axes, part, account, s_per_in)
    _curve(axes, part.t_s, part.angle_deg, part.angle_shown_deg)
    ends = (plan.range.extension_deg, plan.range.flexion_deg) if plan else ()
    for end, name in zip(ends, ("extended", "flexed"), strict=False):
        _level(axes, end, f"{end:g}° {name}", SOFT, (6, 3))
    low_deg, high_deg = reach(part.angle_shown_deg, LEAST_DEG, *ends)
    room = high_deg - low_deg
    _frame(axes, high_deg + 0.05 * room, low_deg - 0.13 * room, "angle, deg\nextension up", 6)


def _repetitions(axes: Axes, part: Signals, account: Account, s_per_in: float) -> None:
    """Numbers above as far as there is room, hairlines between, the boundaries as dots on the curve, failure by name."""
    dots = []
    starts = [one.extension_start_s if one.extension_start_s is not None else one.at_s for one in account.repetitions]
    for one, start, following in zip(account.repetitions, starts, [*starts[1:], math.inf], strict=True):
        axes.axvline(start, color=FAINT, linewidth=0.5, zorder=0)
        dots += [(at, part.angle_at(at)) for at in boundaries(one)]
        colour = INK if one.extent == "full" else VERMILLION
        number = str(one.repetition)
        room = (following - start) / s_per_in / NUMBER_IN
        words = number if one.extent == "full" or len(number) + len(one.extent) + 1 > room else f"{number} {one.extent}"
        if len(words) > room and one.repetition % 10:
            continue
        axes.annotate(
            words, (start, 1), (2, -2), xycoords=("data", "axes fraction"), textcoords="offset points",
            fontsize=8, fontweight="bold", va="top", color=colour,
        )  # fmt: skip
    if dots:
        axes.plot(*zip(*dots, strict=True), **DOT, zorder=5)
    for failure in account.failures:
        place = (failure.at_s, failure.angle_deg)
        axes.plot(*place, **MARKERS["failure"], linestyle="none", markeredgecolor="white", markeredgewidth=0.8, zorder=6)
        box = {"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.8}
        axes.annotate(
            f"failure at {degrees(failure.angle_deg)}", place, (9, -3), textcoords="offset points", fontsize=8, fontweight="bold",
            color=VERMILLION, va="top", bbox=box, zorder=6,
        )  # fmt: skip


def torque(axes: Axes, part: Signals, account: Account | None, _s_per_in: float) -> None:
    """The torque, and the plan's load where it names one."""
    _curve(axes, part.t_s, part.torque_nm, part.torque_shown_nm)
    load_nm = account.plan.load_nm if account and account.plan else None
    if load_nm is not None:
        _level(axes, load_nm, f"{load_nm:g} Nm load", SOFT, (6, 3))
    low, high = reach(part.torque_shown_nm, LEAST_NM, 0.0, load_nm or 0.0)
    _frame(axes, low - 0.05 * (high - low), high + 0.08 * (high - low), "torque, Nm", 4)


def speed(axes: Axes, part: Signals, account: Account | None, _s_per_in: float) -> None:
    """The speed as it is judged, upward while extending, and the speeds of the cue's two ramps."""
    plan = account.plan if account else None
    asked = _asked(plan) if plan else ()
    _curve(axes, part.t_s, None, -part.speed_deg_s)
    axes.axhline(0, color=FAINT, linewidth=0.6, zorder=1)
    for value in asked:
        _level(axes, value, f"{abs(value):.0f} target", TARGET, (1.5, 2))
    low, high = reach(-part.speed_deg_s, LEAST_DEG_S, 0.0, *asked)
    _frame(axes, low - 0.08 * (high - low), high + 0.08 * (high - low), "speed, deg/s", 4)


def _asked(plan: Plan) -> tuple[float, float]:
    travel_deg = plan.range.flexion_deg - plan.range.extension_deg
    return travel_deg / plan.tempo.extension_s, -travel_deg / plan.tempo.flexion_s


def ribbon(axes: Axes, account: Account | None) -> None:
    """The phases as they were measured: a colour, a shade and, where there is room, a letter each."""
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_ylabel("phase", rotation=0, ha="right", va="center", fontsize=8)
    found = stretches(account) if account is not None else []
    whole_s = found[-1].to_s - found[0].from_s if found else 1.0
    for one in found:
        lasts_s = one.to_s - one.from_s
        axes.barh(0.5, lasts_s, 0.72, one.from_s, color=PHASE_COLOURS[one.phase], edgecolor="white", linewidth=0.6)
        if lasts_s > 0.014 * whole_s:
            letter = one.phase[0].upper()
            axes.text(one.from_s + lasts_s / 2, 0.47, letter, ha="center", va="center", fontsize=6.5, color=PHASE_INK[one.phase])


def swim(axes: Axes, lanes: Mapping[Lane, Sequence[Mark]], s_per_in: float, to_s: float) -> list[str]:
    """A line a kind of event; a label stands only where it covers no other mark. Returns the symbols used, in a legend's order."""
    axes.set_ylim(max(len(lanes), 1) - 0.5, -0.5)
    axes.set_yticks(range(len(lanes)), list(lanes), fontsize=8)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    used = set()
    for row, of_lane in enumerate(lanes.values()):
        axes.axhline(row, color=RULE, linewidth=0.5, zorder=0)
        for mark, following in zip(of_lane, [*of_lane[1:], None], strict=True):
            place = mark.at_s if mark.until_s is None else mark.until_s
            if mark.until_s is None:
                axes.plot(mark.at_s, row, zorder=3, linestyle="none", clip_on=False, **MARKERS[mark.symbol])
                used.add(mark.symbol)
            else:
                long_s = max(mark.until_s - mark.at_s, 0.04 * s_per_in)
                axes.barh(row, long_s, 0.6, mark.at_s, color="white", edgecolor=SOFT, hatch="////", linewidth=0.6)
            needed_s = (LETTER_IN * len(mark.label) + 0.16) * s_per_in
            free_s = (following.at_s if following else max(to_s, place + needed_s)) - place
            if mark.label and needed_s < free_s:
                axes.annotate(mark.label, (place, row), (6, 0), textcoords="offset points", va="center", fontsize=7)
    return [symbol for symbol in SYMBOLS if symbol in used]


def clock_axis(axes: Axes, lasts_s: float) -> None:
    """Minutes and seconds below the lowest panel, at round steps."""
    step = next((step for step in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800) if lasts_s / step <= 20), 3600)
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{int(at) // 60}:{int(at) % 60:02}"))
    axes.tick_params(axis="x", labelbottom=True, length=3, labelsize=8)


def _curve(axes: Axes, t_s: Column, raw: Column | None, shown: Column) -> None:
    if raw is not None:
        axes.plot(*thinned(t_s, raw, BUCKETS), color=FAINT, linewidth=1.6, zorder=2, solid_joinstyle="round")
    axes.plot(*thinned(t_s, shown, BUCKETS), color=INK, linewidth=0.9, zorder=3, solid_joinstyle="round")


def _level(axes: Axes, value: float, words: str, colour: str, dashes: tuple[float, float]) -> None:
    """A dashed line across, named in the right margin."""
    axes.axhline(value, color=colour, linewidth=0.7, linestyle=(0, dashes), zorder=1)
    axes.annotate(
        words, (1, value), (4, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center", color=colour, fontsize=7.5
    )


def _frame(axes: Axes, bottom: float, top: float, label: str, ticks: int) -> None:
    axes.set_ylim(bottom, top)
    axes.yaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 5, 10]))
    axes.grid(axis="y", color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_ylabel(label, fontsize=8)
