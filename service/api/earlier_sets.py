"""A patient's earlier sets to failure, for the plan of the next one: they tell more of the reserve than any sign (detection.md 4.6)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Response

from service.analysis import Parameters
from service.api import bodies
from service.api.access import Needs, TheStation
from service.security import Action
from service.store import SessionRow
from wire.plan import PastSet

router = APIRouter(tags=["sessions"])

MOST_ROWS = 500
"""Sessions of the alias that it looks back at."""
MOST = round(Parameters().reserve_many)
"""More sets than that change no estimate."""


class EarlierSet(PastSet, frozen=True):
    """One of them, with the session that it was in; the first three fields are what a plan's `past` takes."""

    session: str
    machine: str
    started_utc: datetime


class EarlierSets(msgspec.Struct, frozen=True):
    """The newest sets of an alias that ended by failure, at most three, oldest first. Empty for one that is new."""

    sets: list[EarlierSet]


@router.get(
    "/earlier-sets",
    dependencies=[Depends(Needs(Action.READ))],
    responses=bodies.described(200, EarlierSets, "The earlier sets"),
)
async def earlier_sets(station: TheStation, label: Annotated[str, Query(min_length=1, max_length=64)]) -> Response:
    """What an alias did in its last sets to failure, on any machine. Failures that a therapist judged to be none are left out."""
    rows, _ = await station.index.list(label=label, limit=MOST_ROWS)
    return bodies.answer(EarlierSets(newest(rows)))


def newest(rows: Iterable[SessionRow]) -> list[EarlierSet]:
    """Of an alias's rows in the order of the list of sessions, newest first; the sets oldest first."""
    found: list[EarlierSet] = []
    for row in rows:
        if row.plan is not None:
            found += reversed(list(_to_failure(row, row.plan)))
            if len(found) >= MOST:
                break
    return found[:MOST][::-1]


def _to_failure(row: SessionRow, plan: dict[str, Any]) -> Iterator[EarlierSet]:
    last = {(one["set"], one.get("repetition")): one for one in row.labels if one.get("found") == "failure"}  # what was said last counts
    refused = {one["set"] for one in last.values() if one.get("finding") != "failure"}
    for each in row.sets:
        if each.get("reason") == "failure" and each["full"] > 0 and each["set"] not in refused:
            yield EarlierSet(plan.get("load_nm"), each["full"], sum(plan["tempo"].values()), row.session, row.machine, row.started_utc)
