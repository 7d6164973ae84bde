"""What a patient's earlier sets to failure were, for the plan of the next one (detection.md 4.6, decision 0247)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from service.security import Role
from service.store import SessionRow
from tests.service.api.conftest import Quiet, program
from tests.service.api.test_machines import AT, PLAN

EARLIER = "/api/v1/earlier-sets"


def row(day: int, label: str | None, *sets: tuple[str, int], labels: list[dict[str, Any]] | None = None) -> SessionRow:
    """A session of January on whatever machine; its sets by their reason and full repetitions."""
    plan: dict[str, Any] = {**PLAN, "label": label, "load_nm": 100.0 + day}
    ended = [{"set": n, "reason": reason, "full": full} for n, (reason, full) in enumerate(sets, 1)]
    started = datetime(2026, 1, day, tzinfo=UTC)
    return SessionRow(session=f"s{day}", machine=f"site/m{day}", started_utc=started, plan=plan, sets=ended, labels=labels or [])


async def test_the_newest_sets_of_the_alias_that_ended_by_failure_oldest_first(station: Quiet, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = {"kind": "finding", "set": 1, "repetition": 9, "found": "failure", "finding": "momentum"}
    confirmed = {**refused, "set": 2, "finding": "failure"}
    # However many others came since, the sessions of the alias are looked at, however it was typed (H02).
    monkeypatch.setattr("service.api.earlier_sets.MOST_ROWS", 4)
    for each in (
        *(row(day, "Rot 2", ("failure", 15)) for day in range(11, 16)),
        row(1, "Blau 7", ("failure", 9)),
        row(2, " blau  7", ("failure", 12), ("failure", 10), ("stopped", 4)),
        row(3, "Rot 2", ("failure", 15)),
        row(4, "Blau 7", ("pain", 6), ("failure", 0)),
        row(5, "Blau 7", ("failure", 8), ("failure", 13), labels=[refused, {**confirmed, "finding": "momentum"}, confirmed]),
        row(6, None, ("failure", 11)),
    ):
        await station.index.put(each)
    await station.index.written()
    async with program(station, Role.THERAPIST) as client:
        found = (await client.get(EARLIER, params={"label": "Blau 7"})).json()["sets"]
        assert [(each["session"], each["machine"], each["load_nm"], each["repetitions"]) for each in found] == [
            ("s2", "site/m2", 102.0, 12),
            ("s2", "site/m2", 102.0, 10),
            ("s5", "site/m5", 105.0, 13),
        ]
        assert {each["cycle_s"] for each in found} == {sum(PLAN["tempo"].values())}
        for label in ("Grün 1", " "):
            assert (await client.get(EARLIER, params={"label": label})).json() == {"sets": []}
        assert (await client.get(EARLIER)).status_code == 422
        past = [{name: each[name] for name in ("load_nm", "repetitions", "cycle_s")} for each in found]
        given = await client.put(f"{AT}/plan", json={**PLAN, "label": "Blau 7", "past": past})
        assert given.json()["past"] == past
        assert "past" not in (await client.put(f"{AT}/plan", json={**PLAN, "label": "Blau 7"})).json()
        wrong = await client.put(f"{AT}/plan", json={**PLAN, "past": [{**past[0], "repetitions": 0}]})
        assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/past/0/repetitions")


async def test_a_screen_reads_nobodys_history(station: Quiet) -> None:
    async with program(station, Role.SCREEN, machine="site/m1") as screen:
        assert (await screen.get(EARLIER, params={"label": "Blau 7"})).status_code == 403
