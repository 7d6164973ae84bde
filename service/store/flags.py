"""What stands out in a session, as words that the list can be searched for (issue 6, point 2; decision 0153)."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

Flag = Literal["gap", "fault", "clock_step", "failure", "unsure", "incomplete", "label_differs"]
FLAGS: tuple[Flag, ...] = get_args(Flag)


def flags_of(
    live: Iterable[Mapping[str, Any]], result: Iterable[Mapping[str, Any]], notes: Iterable[Mapping[str, Any]], *, incomplete: bool
) -> list[str]:
    """From a session's events as shown live, those of its result, and what befell its recording; in the order of FLAGS.

    A gap and a step of the clock count where they were seen live, also if the recording has become whole since.
    """
    found: set[Flag] = {"incomplete"} if incomplete else set()
    for event in result:
        kind, fault = event["kind"], event.get("fault")
        if kind in ("failure", "unsure"):
            found.add(kind)
        elif kind == "signal_faulted" and fault not in ("gap", "clock"):
            found.add("fault")
    for event in (*live, *result):
        if event["kind"] == "signal_faulted" and event.get("fault") in ("gap", "clock"):
            found.add("gap" if event["fault"] == "gap" else "clock_step")
    for note in notes:
        if note.get("kind") in ("gap", "clock_step"):
            found.add(note["kind"])
    return [flag for flag in FLAGS if flag in found]


def marked(flags: list[str] | None, *, differs: bool) -> list[str] | None:
    """The same with `label_differs` as it is now; None stays None."""
    if flags is None:
        return None
    return [flag for flag in FLAGS if (differs if flag == "label_differs" else flag in flags)]
