"""What the same patient did the last time (robustness-and-screens 3.6, set done)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from service.security import Role
from service.store import SessionRow
from tests.service.api.conftest import Quiet, program
from tests.service.api.test_machines import AT, PLAN

NOTHING = {"started_utc": None, "count": None, "seen_utc": None}


def row(day: int, label: str | None, load_nm: float | None, *counts: tuple[int, int, int]) -> SessionRow:
    """A session of the first days of January; its sets by full, short and partial."""
    plan: dict[str, Any] = {**PLAN, "label": label, "load_nm": load_nm}
    sets = [{"set": n, "full": full, "short": short, "partial": partial} for n, (full, short, partial) in enumerate(counts, 1)]
    return SessionRow(session=f"s{day}", machine="site/m2", started_utc=datetime(2026, 1, day, tzinfo=UTC), plan=plan, sets=sets)


async def test_the_newest_session_of_the_alias_under_the_same_load_counts(station: Quiet, monkeypatch: pytest.MonkeyPatch) -> None:
    # However many others came since, the sessions of the alias are looked at, however it was typed (H02).
    monkeypatch.setattr("service.api.last_time.MOST_ROWS", 5)
    for each in (
        *(row(day, "Rot 2", 100.0, (15, 0, 0)) for day in range(11, 17)),
        row(1, "Blau 7", 100.0, (12, 1, 0)),
        row(2, "BLAU 7 ", 100.0, (9, 1, 1), (10, 0, 1)),
        row(3, "Blau 7", 120.0, (8, 0, 0)),
        row(4, "Blau 7", 100.0),
        row(5, "Blau 7", 100.0, (0, 0, 0)),
        row(6, "Rot 2", 100.0, (15, 0, 0)),
    ):
        await station.index.put(each)
    await station.index.written()
    async with program(station, Role.THERAPIST) as client, program(station, Role.SCREEN, machine="site/m1") as screen:
        assert (await screen.get(f"{AT}/last-time")).status_code == 404
        await client.put(f"{AT}/plan", json={**PLAN, "label": "Blau 7", "load_nm": 100.0})
        assert (await screen.get(f"{AT}/last-time")).json() == {
            "started_utc": "2026-01-02T00:00:00Z", "count": 11, "seen_utc": "2026-01-05T00:00:00Z",
        }  # fmt: skip
        assert (await screen.get("/api/v1/machines/site/m2/last-time")).status_code == 403
        # H02: the day on which whoever sits down was here last, under whatever load.
        await client.put(f"{AT}/plan", json={**PLAN, "label": "Blau 7"})
        assert (await screen.get(f"{AT}/last-time")).json() == NOTHING | {"seen_utc": "2026-01-05T00:00:00Z"}
        for plan in ({"label": "Grün 1", "load_nm": 100.0}, {"load_nm": 100.0}):
            await client.put(f"{AT}/plan", json={**PLAN, **plan})
            assert (await screen.get(f"{AT}/last-time")).json() == NOTHING
