"""What the same patient did the last time, for the screen that thanks for this one (robustness-and-screens 3.6, set done)."""

from datetime import datetime

import msgspec
from fastapi import APIRouter, Depends, Response

from service.api import bodies
from service.api.access import Needs, TheStation
from service.api.machines import Named
from service.security import Action
from service.store import SessionRow

router = APIRouter(tags=["machines"])

MOST_ROWS = 500
"""Sessions of the alias that it looks back at."""


class LastTime(msgspec.Struct, frozen=True, kw_only=True):
    """The newest earlier session of the alias under the same load: when, and the count of its last set; null where there is none.

    `seen_utc`: when the alias was last here at all, under whatever load.
    """

    started_utc: datetime | None = None
    count: int | None = None
    seen_utc: datetime | None = None


@router.get(
    "/machines/{site}/{machine}/last-time",
    dependencies=[Depends(Needs(Action.WATCH))],
    responses=bodies.described(200, LastTime, "The last time"),
)
async def last_time(station: TheStation, machine: Named) -> Response:
    """What the alias of the machine's plan did before this session under the same load. Only who sits at the machine is told of."""
    line = station.floor.known(machine)
    plan = line.plan
    if plan is None or plan.label is None:
        return bodies.answer(LastTime())
    rows, _ = await station.index.list(label=plan.label, limit=MOST_ROWS)
    own = [row for row in rows if row.session != plan.session]
    seen_utc = next((row.started_utc for row in own if row.sets), None)
    for row in own:
        count = counted(row)
        if count is not None and row.plan is not None and row.plan.get("load_nm") == plan.load_nm:
            return bodies.answer(LastTime(started_utc=row.started_utc, count=count, seen_utc=seen_utc))
    return bodies.answer(LastTime(seen_utc=seen_utc))


def counted(row: SessionRow) -> int | None:
    """The count of a session's last set (contract 1); None where no set has ended or none counted."""
    if not row.sets:
        return None
    last = row.sets[-1]
    return int(last["full"] + last["short"] + last["partial"]) or None
