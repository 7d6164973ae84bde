"""Machines over HTTP (contract 6)."""

import copy
import uuid
from typing import Any

import pytest

from service.api.bodies import MOST_BYTES
from service.security import Role
from tests.service.api.conftest import Quiet, program
from wire.messages import Spool

PLAN = {"range": {"flexion_deg": 60.0, "extension_deg": 6.0}, "tempo": {"extension_s": 4.0, "hold_s": 2.0, "flexion_s": 3.0, "turn_s": 1.0}}
NAME = "site/m1"
AT = f"/api/v1/machines/{NAME}"


def act(**more: object) -> dict[str, object]:
    return {"id": str(uuid.uuid4()), **more}


async def test_a_plan_is_taken_with_its_defaults_and_a_session(station: Quiet) -> None:
    async with program(station, Role.THERAPIST) as client:
        answer = await client.put(f"{AT}/plan", json=PLAN)
        plan = answer.json()
        assert answer.status_code == 200
        assert plan["session"]
        assert {key: plan[key] for key in PLAN} == PLAN
        assert (plan["tolerance"], plan["endpoint"], plan["load_nm"]) == (
            {"share": 0.15, "least_s": 0.5, "angle_deg": 3.0},
            "failure",
            None,
        )
        (machine,) = (await client.get("/api/v1/machines")).json()
        assert machine == {"machine": "site/m1", "feed": "offline", "plan": plan, "session": plan["session"]}


async def test_the_machine_hears_of_its_plan(station: Quiet) -> None:
    async with program(station, Role.THERAPIST) as client:
        await client.put(f"{AT}/plan", json=PLAN)
        await client.delete(f"{AT}/plan")
    heard = [payload for topic, payload in station.published if topic == "ilex/1/site/m1/plan"]
    assert heard[0].startswith(b"{")
    assert heard[-1] == b""


async def test_a_plan_is_taken_away_and_the_session_with_it(station: Quiet) -> None:
    async with program(station, Role.THERAPIST) as client:
        await client.put(f"{AT}/plan", json=PLAN)
        answer = await client.delete(f"{AT}/plan")
        assert (answer.status_code, answer.content) == (204, b"")
        (machine,) = (await client.get("/api/v1/machines")).json()
        assert (machine["plan"], machine["session"]) == (None, None)


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"range": None}, ["/range"]),
        ({"range": {"flexion_deg": 6.0, "extension_deg": 60.0}}, ["/range/extension_deg"]),
        ({"endpoint": "never", "pacing": "slow"}, ["/endpoint", "/pacing"]),
        (
            {"tempo": {"extension_s": -1, "hold_s": "long", "flexion_s": 3}},
            ["/tempo/extension_s", "/tempo/flexion_s", "/tempo/hold_s", "/tempo/turn_s"],
        ),
        ({"tempo": {"extension_s": 0.1, "hold_s": 2, "flexion_s": 3, "turn_s": 1}}, ["/tempo/extension_s"]),
    ],
)
async def test_each_fault_of_a_plan_is_pointed_at(station: Quiet, change: dict[str, Any], pointers: list[str]) -> None:
    async with program(station, Role.THERAPIST) as client:
        answer = await client.put(f"{AT}/plan", json={**copy.deepcopy(PLAN), **change})
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (422, "/problems/invalid-plan")
    found = [error["pointer"] for error in problem["errors"]]
    assert set(found) <= set(pointers)
    assert found
    assert all(error["detail"] for error in problem["errors"])
    assert station.floor.names() == []


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 400), (b"{", 400), (b"[]", 400), (b"\xff", 400), (b'{"range":1}', 422), (b"[" * 100_000, 400)]
)
async def test_what_is_not_a_plan_at_all_is_refused(station: Quiet, body: bytes, status: int) -> None:
    async with program(station, Role.THERAPIST) as client:
        assert (await client.put(f"{AT}/plan", content=body)).status_code == status


async def test_a_body_has_its_limit(station: Quiet) -> None:
    async with program(station, Role.THERAPIST) as client:
        answer = await client.put(f"{AT}/plan", content=b" " * (MOST_BYTES + 1))
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")


@pytest.mark.parametrize("verb", ["start", "pause", "resume", "stop"])
class TestActs:
    async def test_on_a_machine_never_seen(self, station: Quiet, verb: str) -> None:
        async with program(station, Role.THERAPIST) as client:
            answer = await client.post(f"{AT}/{verb}", json=act())
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-machine")

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [({}, "/id"), ({"id": "1"}, "/id"), ({"id": 5}, "/id"), ({"id": str(uuid.uuid4()), "reason": "bored"}, "/reason")],
    )
    async def test_with_a_body_that_is_wrong(self, station: Quiet, verb: str, body: dict[str, object], pointer: str) -> None:
        async with program(station, Role.THERAPIST) as client:
            answer = await client.post(f"{AT}/{verb}", json=body)
        assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])


async def test_start_without_a_live_signal_is_a_conflict(station: Quiet) -> None:
    async with program(station, Role.THERAPIST) as client:
        await client.put(f"{AT}/plan", json=PLAN)
        answer = await client.post(f"{AT}/start", json=act())
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/no-signal")


async def test_a_full_machine_is_given_no_plan_and_not_started(station: Quiet) -> None:
    """robustness F10: refused with the reason, until there is space again."""
    async with program(station, Role.THERAPIST) as client:
        await client.put(f"{AT}/plan", json=PLAN)
        await client.post(f"{AT}/stop", json=act(reason="stopped"))
        presence = station.floor.known(NAME).presence
        presence.spool, presence.feed = Spool(used=96, quota=100, refuses=True), "live"
        answers = [await client.put(f"{AT}/plan", json=PLAN), await client.post(f"{AT}/start", json=act())]
        assert [(answer.status_code, answer.json()["type"]) for answer in answers] == [(409, "/problems/storage-full")] * 2
        assert "storage is full" in answers[0].json()["detail"]
        presence.spool = Spool(used=50, quota=100)
        assert (await client.post(f"{AT}/start", json=act())).status_code == 200


async def test_stop_ends_the_session_and_the_plan_stays(station: Quiet) -> None:
    async with program(station, Role.THERAPIST) as client:
        await client.put(f"{AT}/plan", json=PLAN)
        body = act(reason="stopped")
        for _ in range(2):  # idempotent by its id
            answer = await client.post(f"{AT}/stop", json=body)
            assert answer.status_code == 200
            assert (answer.json()["session"], answer.json()["plan"]["range"]) == (None, PLAN["range"])


async def test_stop_for_pain_leaves_the_session_open(station: Quiet) -> None:
    async with program(station, Role.SCREEN) as screen, program(station, Role.THERAPIST) as client:
        await client.put(f"{AT}/plan", json=PLAN)
        answer = await screen.post(f"{AT}/stop", json=act(reason="pain"))
    assert answer.status_code == 200
    assert answer.json()["session"]


async def test_who_has_seen_a_need_tells_the_other_screens(station: Quiet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decision 0142: for staff, once; a need that is no word is refused."""
    told: list[bytes] = []
    async with program(station, Role.THERAPIST) as client:
        await client.put(f"{AT}/plan", json=PLAN)
        monkeypatch.setattr(station.floor.lines["site/m1"].channel, "say_to_staff", told.append)
        assert (await client.post(f"{AT}/seen", json={"need": "pain"})).status_code == 204
        answer = await client.post(f"{AT}/seen", json={"need": "No such word!"})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/need")
        assert (await client.post("/api/v1/machines/site/unheard/seen", json={"need": "pain"})).status_code == 404
    assert told == [b'{"type":"seen","machine":"site/m1","need":"pain"}']
