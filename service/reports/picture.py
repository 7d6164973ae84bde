"""A recording as a picture that prints well: PNG or SVG, a block a set. Imported only where one is drawn (decision 0033)."""

import logging
import textwrap
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from service.reports import panels
from service.reports.account import Account, accounts
from service.reports.lanes import LANES, Lane, Mark, marks, window
from service.reports.palette import FAINT, INK, PHASE_COLOURS, SOFT, SYMBOLS, TARGET_FILL, VERMILLION
from service.reports.phrases import duration, plan_words
from service.reports.signals import Signals
from service.reports.verdict import no_set, totals, verdict
from wire.events import Event
from wire.plan import Plan

WIDE_IN = 11.69
"""An A4 page's long side; one set fills about such a page."""
DPI = 200
MOST_SETS = 12
"""A picture holds no more. The HTML page has them all."""
LONGEST_NAME = 70
_LEFT_IN, _RIGHT_IN = 0.85, 0.95
_ACROSS_IN = WIDE_IN - _LEFT_IN - _RIGHT_IN
_HEAD_IN, _TITLE_IN, _FOOT_IN = 0.68, 0.68, 0.78
_LANE_IN, _GAP_IN = 0.2, 0.12
STYLE: Any = {
    "font.family": "DejaVu Sans", "font.size": 8.0, "text.parse_math": False, "text.color": INK, "axes.labelcolor": INK,
    "axes.edgecolor": FAINT, "axes.linewidth": 0.6, "axes.spines.top": False, "axes.spines.right": False, "hatch.linewidth": 0.5,
    "xtick.color": SOFT, "ytick.color": SOFT, "xtick.labelcolor": INK, "ytick.labelcolor": INK,
    "svg.fonttype": "path", "svg.hashsalt": "ilex",
}  # fmt: skip
"""DejaVu comes with matplotlib: the picture is the same everywhere."""


def draw(
    to: Path | BinaryIO,
    kind: Literal["png", "svg"],
    name: str,
    lasts_s: float,
    plan: Plan | None,
    events: Sequence[Event],
    signals: Signals,
    dpi: int = DPI,
) -> None:
    """Write the picture. Same recording and events, same file. Raises OSError."""
    # It has something to say of its first search for fonts, and of letters that its font doesn't know: nothing for who analyses a set.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        mpl.rcdefaults()  # whatever this user has set for plots of one's own
        mpl.rcParams.update(STYLE)
        sheet = _Sheet(name, lasts_s, plan, events, signals)
        metadata = {"Date": None, "Creator": "ilex analyze"} if kind == "svg" else {"Software": "ilex analyze"}
        sheet.figure.savefig(to, format=kind, dpi=dpi, metadata=metadata)


class _Sheet:
    """The page: a heading, and below it a block for each set (or one for a recording without any)."""

    def __init__(self, name: str, lasts_s: float, plan: Plan | None, events: Sequence[Event], signals: Signals) -> None:
        self._signals = signals
        self._panels = {"angle": 3.0, **({"torque": 1.25} if signals.with_torque else {}), "speed": 0.95}
        sets = accounts(events)
        drawn: list[Account | None] = [*sets[:MOST_SETS]] or [None]
        blocks = [_Block(account, plan, events, signals) for account in drawn]
        heights = [self._tall(block) for block in blocks]
        self._tall_in = _HEAD_IN + sum(heights)
        self.figure = Figure(figsize=(WIDE_IN, self._tall_in))
        top, right = self._tall_in - 0.3, WIDE_IN - _RIGHT_IN
        shown = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME // 2]}…{name[-LONGEST_NAME // 2 + 1 :]}"
        self._text(_LEFT_IN, top, shown, fontsize=13, fontweight="bold")
        self._text(right, top, duration(lasts_s), fontsize=8.5, color=SOFT, ha="right")
        self._text(_LEFT_IN, top - 0.25, plan_words(plan), fontsize=8.5, color=SOFT)
        if len(sets) > MOST_SETS:
            words = f"the first {MOST_SETS} of {len(sets)} sets; the HTML page shows all"
            self._text(right, top - 0.25, words, fontsize=8.5, color=SOFT, ha="right")
        edge = self._tall_in - _HEAD_IN
        for block, height in zip(blocks, heights, strict=True):
            self._draw(block, edge)
            edge -= height

    def _tall(self, block: "_Block") -> float:
        curves = sum(self._panels.values()) + _GAP_IN * len(self._panels)
        return _TITLE_IN + curves + _LANE_IN * ((block.account is not None) + len(block.lanes)) + _FOOT_IN

    def _text(self, x_in: float, y_in: float, words: str, **style: Any) -> None:
        self.figure.text(x_in / WIDE_IN, y_in / self._tall_in, words, va="center", **style)

    def _axes(self, top_in: float, height_in: float, share: Axes | None) -> Axes:
        tall = self._tall_in
        place = (_LEFT_IN / WIDE_IN, (top_in - height_in) / tall, _ACROSS_IN / WIDE_IN, height_in / tall)
        axes: Axes = self.figure.add_axes(place, sharex=share)
        axes.tick_params(labelbottom=False, length=0)
        return axes

    def _draw(self, block: "_Block", edge_in: float) -> None:
        lines = textwrap.wrap(block.words, 112)
        for index, line in enumerate(lines[:2]):
            self._text(_LEFT_IN, edge_in - 0.16 - 0.19 * index, line, fontsize=10, fontweight="bold")
        if block.account is not None and len(lines) == 1:
            self._text(_LEFT_IN, edge_in - 0.36, totals(block.account), fontsize=8.5, color=SOFT)
        edge_in -= _TITLE_IN
        s_per_in = (block.to_s - block.from_s) / _ACROSS_IN
        stack: list[Axes] = []
        for name, height in self._panels.items():
            stack.append(self._axes(edge_in, height, stack[0] if stack else None))
            getattr(panels, name)(stack[-1], block.part, block.account, s_per_in)
            edge_in -= height + _GAP_IN
            if name == "angle" and block.account is not None:
                panels.ribbon(self._axes(edge_in + 0.06, _LANE_IN, stack[0]), block.account)
                edge_in -= _LANE_IN
        height = _LANE_IN * len(block.lanes)
        symbols: list[str] = []
        if block.lanes:
            stack.append(self._axes(edge_in, height, stack[0]))
            symbols = panels.swim(stack[-1], block.lanes, s_per_in, block.to_s)
        stack[0].set_xlim(block.from_s, block.to_s)
        panels.clock_axis(stack[-1], block.to_s - block.from_s)
        for failure in block.account.failures if block.account else ():
            for axes in stack:
                axes.axvline(failure.at_s, color=VERMILLION, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)
        self._legend(edge_in - height - 0.36, _curves(block.account))
        self._legend(edge_in - height - 0.55, [_symbol(symbol) for symbol in symbols])

    def _legend(self, middle_in: float, handles: Sequence[Any]) -> None:
        """One line of what the lines, shades and symbols mean; only those that appear."""
        if handles:
            place = (_LEFT_IN / WIDE_IN, middle_in / self._tall_in)
            self.figure.legend(
                handles=handles, loc="center left", bbox_to_anchor=place, ncols=len(handles), frameon=False, fontsize=7.5,
                handlelength=1.4, columnspacing=1.5, borderaxespad=0, borderpad=0, handletextpad=0.5,
            )  # fmt: skip


class _Block:
    """One set, or the whole of a recording that holds none: its words, its part of the signals, its events by lane."""

    def __init__(self, account: Account | None, plan: Plan | None, events: Sequence[Event], signals: Signals) -> None:
        self.account = account
        self.words = no_set(events, plan, signals.extremes) if account is None else f"Set {account.number}: {verdict(account)}"
        self.from_s, self.to_s = window(account, signals)
        self.part = signals.between(self.from_s, self.to_s)
        shown = [event for event in events if account is None or event.set == account.number or self._beside(event)]
        self.lanes: dict[Lane, list[Mark]] = {}
        for mark in marks(shown):
            self.lanes.setdefault(mark.lane, []).append(mark)
        self.lanes = {lane: self.lanes[lane] for lane in LANES if lane in self.lanes}

    def _beside(self, event: Event) -> bool:
        """Outside any set, but in sight."""
        return event.set is None and self.from_s <= event.at_s <= self.to_s


def _curves(account: Account | None) -> list[Any]:
    handles: list[Any] = [Line2D([], [], color=INK, linewidth=1, label="filtered"), Line2D([], [], color=FAINT, linewidth=1.8, label="raw")]
    if account is None:
        return handles
    if account.plan is not None:
        handles.append(Patch(facecolor=TARGET_FILL, alpha=0.5, edgecolor="none", label=f"target ± {account.plan.tolerance.angle_deg:g}°"))
    if account.repetitions:
        handles.append(Line2D([], [], label="boundaries at 5 and 95 % of the range", **panels.DOT))
        handles += [Patch(facecolor=colour, edgecolor=FAINT, linewidth=0.4, label=phase) for phase, colour in PHASE_COLOURS.items()]
    return handles


def _symbol(symbol: str) -> Line2D:
    return Line2D([], [], linestyle="none", label=SYMBOLS[symbol], **panels.MARKERS[symbol])
