"""Events as tables that a person likes to read."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from wire.events import CadenceDeviated, Event, RepetitionCompleted, SetEnded, SignalFaulted
from wire.plan import Plan

PHASES = ("extension", "hold", "flexion", "turn")
ENDINGS = {
    "failure": "ended at muscular failure",
    "target_reached": "ended with the target reached",
    "stopped": "stopped",
    "pain": "ended by pain",
    "idle": "ended, nothing moved any more",
    "signal_lost": "ended, the signal was lost",
    "recording_ended": "ended with the recording",
}
_NONE = "-"


def session_sheet(name: str, lasts_s: float, plan: Plan | None, events: Sequence[Event]) -> list[RenderableType]:
    """One recording: a table of repetitions and a line in words for each set."""
    sheet: list[RenderableType] = [Text.assemble((name, "bold"), f"  {duration(lasts_s)}  ", (_plan_words(plan), "dim"))]
    for number, group in groupby((event for event in events if event.set is not None), key=lambda event: event.set):
        of_set = list(group)
        repetitions = [event for event in of_set if isinstance(event, RepetitionCompleted)]
        if repetitions:
            sheet.append(_repetition_table(repetitions, [event for event in of_set if isinstance(event, CadenceDeviated)], plan))
        sheet += [Text(f"Set {number}: {set_words(event)}", style="bold") for event in of_set if isinstance(event, SetEnded)]
    if len(sheet) == 1:
        sheet.append(Text("No set: nothing in it moves there and back as a repetition does."))
    if faults := fault_words(events):
        sheet.append(Text(f"Signal: {faults}", style="yellow"))
    return sheet


def files_table(files: Iterable[tuple[str, float, Sequence[Event]]]) -> Table:
    """Several recordings, one row a set."""
    table = Table(box=None, pad_edge=False, header_style="bold", row_styles=["", "dim"])
    table.add_column("file", overflow="fold")
    for heading in ("lasts", "set", "count", "full", "short", "partial", "attempt", "off tempo"):
        table.add_column(heading, justify="right")
    table.add_column("end")
    table.add_column("signal")
    total = 0
    for name, lasts_s, events in files:
        ended = [event for event in events if isinstance(event, SetEnded)]
        for event in ended:
            off = sum(isinstance(one, CadenceDeviated) and one.set == event.set for one in events)
            counts = (count(event), event.full, event.short, event.partial, event.attempt)
            total += count(event)
            words = fault_words(events) if event is ended[0] else ""
            cells = (name, duration(lasts_s), str(event.set), *map(str, counts), str(off or ""), event.reason.replace("_", " "), words)
            table.add_row(*cells)
        if not ended:
            table.add_row(name, duration(lasts_s), _NONE, "0", "", "", "", "", "", "no set", fault_words(events))
    table.add_section()
    table.add_row("together", "", "", str(total), style="bold")
    return table


def count(event: SetEnded) -> int:
    """The count of a set (contract 1)."""
    return event.full + event.short + event.partial


def set_words(event: SetEnded) -> str:
    """A set in words."""
    kinds = [f"{number} {kind}" for kind in ("full", "short", "partial") if (number := getattr(event, kind))]
    words = f"{_many(count(event), 'repetition')}"
    if kinds and len(kinds) + (event.full == 0) > 1:
        words += f" ({', '.join(kinds)})"
    if event.attempt:
        words += f" and {_many(event.attempt, 'attempt')}"
    words += f" in {duration(event.duration_s)}; {ENDINGS[event.reason]}"
    if event.work_j is not None:
        words += f"; {event.work_j:.0f} J"
    if event.time_under_tension_s is not None:
        words += f"; {event.time_under_tension_s:.0f} s under tension"
    return words + "."


def fault_words(events: Iterable[Event]) -> str:
    """The faults of the signal, each named once."""
    found: dict[str, int] = {}
    for event in events:
        if isinstance(event, SignalFaulted):
            words = event.fault if event.fault == event.channel else f"{event.channel} {event.fault}"
            found[words] = found.get(words, 0) + 1
    return ", ".join(words if times == 1 else f"{words} ({times}x)" for words, times in found.items())


def duration(seconds: float) -> str:
    """3.2 s, 48 s, 2 min 05 s, 1 h 02 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _plan_words(plan: Plan | None) -> str:
    if plan is None:
        return "without a plan: the range is learnt"
    tempo = "/".join(f"{getattr(plan.tempo, f'{phase}_s'):g}" for phase in PHASES)
    return f"plan: {plan.range.flexion_deg:g} to {plan.range.extension_deg:g}°, tempo {tempo} s"


def _repetition_table(repetitions: list[RepetitionCompleted], deviations: list[CadenceDeviated], plan: Plan | None) -> Table:
    with_torque = any(one.peak_torque_nm is not None for one in repetitions)
    with_band = any(one.time_in_band is not None for one in repetitions)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("rep", justify="right")
    table.add_column("extent")
    for phase in PHASES:
        target = f"\n{getattr(plan.tempo, f'{phase}_s'):g} s" if plan else "\ns"
        table.add_column(phase + target, justify="right")
    table.add_column("range\ndeg", justify="right")
    if with_torque:
        table.add_column("peak\nNm", justify="right")
        table.add_column("work\nJ", justify="right")
    if with_band:
        table.add_column("in band\n%", justify="right")
    table.add_column("cadence", overflow="fold")
    table.add_column("flags", overflow="fold", style="yellow")
    for one in repetitions:
        off = {event.phase: event for event in deviations if event.repetition == one.repetition}
        cells: list[RenderableType] = [str(one.repetition), Text(one.extent, style="" if one.extent == "full" else "yellow")]
        cells += [Text(_number(getattr(one, f"{phase}_s"), 1), style="red" if phase in off else "") for phase in PHASES]
        cells.append(_number(one.range_deg, 1))
        if with_torque:
            cells += [_number(one.peak_torque_nm, 0), _number(one.work_j, 0)]
        if with_band:
            cells.append(_number(None if one.time_in_band is None else 100 * one.time_in_band, 0))
        words = ", ".join(_cadence_words(off[phase]) for phase in PHASES if phase in off)
        table.add_row(*cells, Text(words, style="red"), ", ".join(one.flags).replace("_", " "))
    return table


def _cadence_words(event: CadenceDeviated) -> str:
    """How much too fast; of a slow phase only that, for its event comes while it still lasts."""
    return f"{event.phase} {-event.deviation_s:.1f} s fast" if event.direction == "fast" else f"{event.phase} slow"


def _number(value: float | None, decimals: int) -> str:
    return _NONE if value is None else f"{value:.{decimals}f}"
