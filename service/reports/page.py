"""A recording as one HTML file that needs nothing else: curves to zoom into, repetitions, findings, verdicts."""

import base64
import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.reports.account import Account, accounts
from service.reports.findings import Finding, findings, findings_outside
from service.reports.grid import Cell, Column, grid
from service.reports.lanes import LANES, boundaries, marks, stretches, targets, window
from service.reports.palette import SYMBOLS
from service.reports.phrases import clock, duration, plan_words, repetitions
from service.reports.signals import LEAST_DEG, LEAST_DEG_S, LEAST_NM, Signals, reach, thinned
from service.reports.verdict import no_set, totals, verdict
from wire.events import Event, RepetitionCompleted
from wire.plan import Plan

MOST_POINTS = 200_000
"""Of a curve: half an hour at 100 Hz as it was sampled; longer or faster ones keep the least and the greatest of each stretch."""
TEMPLATE = Path(__file__).parent / "template"


def draw(to: Path, name: str, lasts_s: float, plan: Plan | None, events: Sequence[Event], signals: Signals) -> None:
    """Write the page. Same recording and events, same file. Raises OSError."""
    to.write_text(page(name, lasts_s, plan, events, signals), encoding="utf-8")


def page(name: str, lasts_s: float, plan: Plan | None, events: Sequence[Event], signals: Signals) -> str:
    """The page's text."""
    sets = accounts(events)
    parts = {
        "name": html.escape(name),
        "about": html.escape(f"{plan_words(plan)}; {duration(lasts_s)}"),
        "style": (TEMPLATE / "page.css").read_text(encoding="utf-8"),
        "script": (TEMPLATE / "page.js").read_text(encoding="utf-8"),
        "sets": "".join(map(_section, sets)) or f"<section><h2>{html.escape(no_set(events, plan, signals.extremes))}</h2></section>",
        "outside": _outside(findings_outside(events, plan)),
        "data": _json(_data(sets, plan, events, signals)),
    }
    text = (TEMPLATE / "page.html").read_text(encoding="utf-8")
    for key, value in parts.items():
        text = text.replace(f"<!--{key}-->", value)
    return text


def _json(data: dict[str, Any]) -> str:
    """JSON that can stand inside a script element: nothing in it ends the element."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")


def _data(sets: Sequence[Account], plan: Plan | None, events: Sequence[Event], signals: Signals) -> dict[str, Any]:
    speed = -signals.speed_deg_s
    with_torque = signals.with_torque
    load_nm = plan.load_nm if plan else None
    curves = {
        "angle": [_curve(signals.t_s, signals.angle_deg), _curve(signals.t_s, signals.angle_shown_deg)],
        "torque": [_curve(signals.t_s, signals.torque_nm), _curve(signals.t_s, signals.torque_shown_nm)] if with_torque else [],
        "speed": [_curve(signals.t_s, speed)],
    }
    ends = (plan.range.extension_deg, plan.range.flexion_deg) if plan else ()
    asked = _asked(plan) if plan else ()
    return {
        "ends": [float(signals.t_s[0]), float(signals.t_s[-1])] if len(signals.t_s) else [0.0, 1.0],
        "sets": [[account.number, *window(account, signals)] for account in sets],
        "curves": curves,
        "reach": {
            "angle": reach(signals.angle_shown_deg, LEAST_DEG, *ends),
            "torque": reach(signals.torque_shown_nm, LEAST_NM, 0.0, load_nm or 0.0),
            "speed": reach(speed, LEAST_DEG_S, 0.0, *asked),
        },
        "levels": {
            "angle": [[end, f"{end:g}° {name}"] for end, name in zip(ends, ("extended", "flexed"), strict=False)],
            "torque": [[load_nm, f"{load_nm:g} Nm load"]] if load_nm is not None else [],
            "speed": [[value, f"{abs(value):.0f} target"] for value in asked],
        },
        "tolerance": plan.tolerance.angle_deg if plan else 0.0,
        "targets": [[target.t_s.round(3).tolist(), target.angle_deg.round(3).tolist()] for one in sets for target in targets(one)],
        "stretches": [[one.repetition, one.phase, one.from_s, one.to_s] for account in sets for one in stretches(account)],
        "repetitions": [_repetition(one) for account in sets for one in account.repetitions],
        "failures": [[one.at_s, one.angle_deg] for account in sets for one in account.failures],
        "lanes": [
            [lane, [[one.symbol, one.at_s, one.until_s, one.label, one.words] for one in marks(events) if one.lane == lane]]
            for lane in LANES
            if any(one.lane == lane for one in marks(events))
        ],
        "symbols": SYMBOLS,
    }


def _repetition(one: RepetitionCompleted) -> list[Any]:
    start = one.extension_start_s if one.extension_start_s is not None else one.at_s
    return [one.repetition, one.extent, start, boundaries(one)]


def _asked(plan: Plan) -> tuple[float, float]:
    travel_deg = plan.range.flexion_deg - plan.range.extension_deg
    return travel_deg / plan.tempo.extension_s, -travel_deg / plan.tempo.flexion_s


def _curve(t_s: NDArray[np.float64], values: NDArray[np.float64]) -> list[str]:
    """Two columns as base64 of little-endian 32-bit floats."""
    return [base64.b64encode(np.asarray(column, "<f4").tobytes()).decode() for column in thinned(t_s, values, MOST_POINTS // 2)]


def _section(account: Account) -> str:
    """One set: its verdict, its repetitions, its findings."""
    about = totals(account)
    return (
        f"<section><h2>Set {account.number}: {html.escape(verdict(account))}</h2>"
        + (f'<p class="soft">{html.escape(about)}</p>' if about else "")
        + _table(account)
        + _findings(findings(account))
        + "</section>"
    )


def _outside(found: Sequence[Finding]) -> str:
    return f"<section><h3>Outside any set</h3>{_findings(found)}</section>" if found else ""


def _findings(found: Sequence[Finding]) -> str:
    rows = []
    for one in found:
        words = html.escape((f"rep {repetitions(one.repetitions)}: " if one.repetitions else "") + one.words)
        rows.append(
            f'<tr data-at="{one.at_s:.3f}" tabindex="0"><td class="number">{clock(one.at_s)}</td>'
            f'<td class="{one.weight}">{html.escape(one.name)}</td><td>{words}</td></tr>'
        )
    return f'<table class="findings"><tbody>{"".join(rows)}</tbody></table>' if rows else ""


def _table(account: Account) -> str:
    if not account.repetitions:
        return ""
    columns = grid(account)
    head = "".join(f"<th{_side(one)}>{html.escape(one.name)}<br><small>{html.escape(one.unit)}</small></th>" for one in columns)
    rows = []
    for index, one in enumerate(account.repetitions):
        from_s = one.extension_start_s if one.extension_start_s is not None else one.at_s
        to_s = one.end_s if one.end_s is not None else one.known_s
        cells = "".join(f"<td{_side(column)}>{_cell(column.cells[index], beside=_offs(column))}</td>" for column in columns)
        rows.append(f'<tr data-at="{from_s:.3f}" data-to="{to_s:.3f}" tabindex="0">{cells}</tr>')
    means = "".join(f"<td{_side(column)}>{html.escape(column.mean)}</td>" for column in columns)
    foot = f"<tfoot><tr>{means}</tr></tfoot>" if len(rows) > 1 else ""
    return f'<table class="repetitions"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody>{foot}</table>'


def _offs(column: Column) -> bool:
    return any(cell.off_s is not None for cell in column.cells)


def _side(column: Column) -> str:
    return "" if column.left else ' class="number off"' if _offs(column) else ' class="number"'


def _cell(cell: Cell, *, beside: bool) -> str:
    words = html.escape(cell.words)
    if beside:  # a place for how far each is off, so that the times stay in line
        words += f"<small>{'' if cell.off_s is None else f'{cell.off_s:+.1f}'}</small>"
    return words if cell.weight == "note" else f'<span class="{cell.weight}">{words}</span>'
