"""One session in the list of sessions (contract 6)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple


@dataclass(frozen=True, kw_only=True)
class SessionRow:
    """A session as the list shows it. Times are aware, in UTC.

    `plan` is the plan as JSON objects, None without one; `sets` one object a set: the fields of its `set_ended` and `started_s`.
    `path` is the recording, `final` whether its result was computed once more from the whole recording. `damage`: what is wrong with
    the file (`from_s`, seconds since its beginning, and `reason`), None where nothing is known to be. `flags`: what stands out
    (`store.flags`), None where it was not looked for: the session runs, or was listed by an earlier version. `labels`: what therapists
    said of it, as JSON objects; the truth stands beside the recording (`service.recordings.labels`).
    """

    session: str
    machine: str
    started_utc: datetime
    ended_utc: datetime | None = None
    plan: dict[str, Any] | None = None
    sets: list[dict[str, Any]] = field(default_factory=list)
    completeness: dict[str, int] = field(default_factory=lambda: {"expected": 0, "stored": 0, "missing": 0, "refused": 0})
    final: bool = False
    path: str = ""
    damage: dict[str, Any] | None = None
    flags: list[str] | None = None
    labels: list[dict[str, Any]] = field(default_factory=list)


class Place(NamedTuple):
    """Where a session's recording is, or will be, and whether the session has ended."""

    path: str
    ended: bool
