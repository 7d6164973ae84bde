"""Machines over HTTP (contract 6)."""

import copy
import time
import uuid
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from service.api.bodies import MOST_BYTES
from service.live import record
from service.live.calibration import VALID_DAYS
from service.security import Role
from tests.service.api.conftest import Quiet, program
from wire import samples
from wire.capture import Capture
from wire.messages import Spool, Status
from wire.samples import SampleBatch

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


async def test_a_plan_that_goes_to_another_machine_too_gets_a_session_of_its_own_there(station: Quiet) -> None:
    """Contract 6: a session is found by its id alone. The plan as taken, session and all, is what a program has at hand."""
    async with program(station, Role.THERAPIST) as client:
        taken = (await client.put(f"{AT}/plan", json=PLAN)).json()
        second = (await client.put("/api/v1/machines/site/m2/plan", json=taken)).json()
        assert second == {**taken, "session": second["session"]}
        await client.delete(f"{AT}/plan")
        third = (await client.put("/api/v1/machines/site/m3/plan", json=taken)).json()
        assert len({taken["session"], second["session"], third["session"]}) == 3
        for name, plan in (("site/m1", taken), ("site/m2", second), ("site/m3", third)):
            assert (await client.get(f"/api/v1/sessions/{plan['session']}")).json()["machine"] == name


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


async def test_a_plan_beyond_the_machines_stops_is_refused_and_so_is_its_start(station: Quiet) -> None:
    """H08, decision 0259; given before the machine says how far it goes, it is refused at the start."""
    line = station.floor.line("site/m1")
    assert line is not None
    async with program(station, Role.THERAPIST) as client:
        assert (await client.put(f"{AT}/plan", json=PLAN)).status_code == 200
        line.take_status(Status(online=True, boot="b1", calibration={"travel": {"extension_deg": 10, "flexion_deg": 50.5}}), 0)
        wide = {**PLAN, "range": {"flexion_deg": 60.0, "extension_deg": 6.0}}
        answer = await client.put(f"{AT}/plan", json=wide)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-plan")
        assert answer.json()["errors"] == [
            {"pointer": "/range/flexion_deg", "detail": "expected at most 50.5 (the machine's stop), got 60"},
            {"pointer": "/range/extension_deg", "detail": "expected at least 10 (the machine's stop), got 6"},
        ]
        now_ns = time.monotonic_ns()
        batch = SampleBatch(boot="b1", seq=0, t0=now_ns, dt=10_000_000, angle=bytes(8), torque=bytes(8))
        line.samples(batch, samples.encode(batch), now_ns)
        answer = await client.post(f"{AT}/start", json=act())
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-plan")
        narrow = {**PLAN, "range": {"flexion_deg": 50.5, "extension_deg": 10.0}}
        assert (await client.put(f"{AT}/plan", json=narrow)).status_code == 200
        assert (await client.post(f"{AT}/start", json=act())).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{", 400), (b"[]", 400), (b"\xff", 400), (b'{"label":"Gr\xfcn"}', 400), (b'{"range":1}', 422), (b"[" * 100_000, 400)],
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


LATER = "ffffffff-ffff-7fff-bfff-ffffffffffff"
"""An id of the year 10889."""


def live(station: Quiet, calibration: dict[str, Any] | None = None) -> None:
    """The machine samples, and has said how it is calibrated."""
    line, now_ns = station.floor.line(NAME), time.monotonic_ns()
    assert line is not None
    line.take_status(Status(online=True, boot="b", calibration=calibration), now_ns)
    column = np.full(2, 60.0, "<f4").tobytes()
    batch = SampleBatch(boot="b", seq=0, t0=now_ns, dt=10_000_000, angle=column, torque=column)
    line.samples(batch, samples.encode(batch), now_ns)


def notes(station: Quiet) -> list[dict[str, Any]]:
    running = station.floor.lines[NAME].running
    return [] if running is None else [note for note in running.told if note["kind"] == "start_confirmed"]


class TestWhoStartsHasMadeSureOf:
    """H02, H07, decisions 0242 and 0243: only a start that says so is held to it, so that the contract's stays as it is."""

    async def test_the_patient(self, station: Quiet) -> None:
        live(station)
        async with program(station, Role.THERAPIST) as client:
            await client.put(f"{AT}/plan", json={**PLAN, "label": "Blau 7"})
            refused = await client.post(f"{AT}/start", json=act(confirmed={"label": "Rot 2"}))
            assert (refused.status_code, refused.json()["type"]) == (409, "/problems/another-patient")
            seen = (await client.get(AT)).json()["session"]
            other = (await client.put(f"{AT}/plan", json={**PLAN, "label": "Blau 7", "load_nm": 120.0})).json()["session"]
            for session in (seen, None):
                refused = await client.post(f"{AT}/start", json=act(confirmed={"label": "Blau 7", "session": session}))
                assert (refused.status_code, refused.json()["type"]) == (409, "/problems/another-plan")
            wanted = act(confirmed={"label": "Blau 7", "session": other})
            for _ in range(2):
                assert (await client.post(f"{AT}/start", json=wanted)).status_code == 200
        (note,) = notes(station)
        assert (note["label"], note["calibration"], note["calibrated_utc"]) == ("Blau 7", None, None)

    async def test_also_while_the_disk_takes_nothing(self, station: Quiet, monkeypatch: pytest.MonkeyPatch) -> None:
        """robustness F11: nobody is stopped by a full disk; what was confirmed is kept as soon as there is space."""
        live(station)
        async with program(station, Role.THERAPIST) as client:
            monkeypatch.setattr(record, "LEAST_FREE_BYTES", 2**62)
            wanted = act(confirmed={"label": None})
            assert (await client.post(f"{AT}/start", json=wanted)).status_code == 200
            assert notes(station) == []
            monkeypatch.undo()
            running = station.floor.lines[NAME].running
            assert running is not None
            running.begin(time.monotonic_ns() + record.AGAIN_NS)
            (note,) = notes(station)
        await station.floor.close()
        outage, kept = sorted(
            Capture(station.settings.recordings / NAME / f"{running.session}.mcap").notes(), key=lambda each: each["kind"]
        )
        assert outage["kind"] == "disk_full"
        assert kept == note
        assert kept["id"] == wanted["id"]

    async def test_that_he_has_no_other_machine(self, station: Quiet) -> None:
        live(station)
        other = "/api/v1/machines/site/m2"
        async with program(station, Role.THERAPIST) as client:
            await client.put(f"{other}/plan", json={**PLAN, "label": " blau  7"})
            refused = await client.put(f"{AT}/plan?alone=true", json={**PLAN, "label": "Blau 7"})
            assert (refused.status_code, refused.json()["type"]) == (409, "/problems/patient-elsewhere")
            assert refused.json()["machine"] == "site/m2"
            # Contract 6 has no such refusal: whoever doesn't ask for it gets none.
            assert (await client.put(f"{AT}/plan", json={**PLAN, "label": "Blau 7"})).status_code == 200
            refused = await client.post(f"{AT}/start", json=act(confirmed={"label": "Blau 7"}))
            assert refused.json()["machine"] == "site/m2"
            await client.delete(f"{other}/plan")
            assert (await client.put(f"{AT}/plan?alone=true", json={**PLAN, "label": "Blau 7"})).status_code == 200
            # Nobody by name may sit anywhere.
            await client.put(f"{other}/plan", json=PLAN)
            assert (await client.put(f"{AT}/plan?alone=true", json=PLAN)).status_code == 200

    @pytest.mark.parametrize("days", [1, 364, 366])
    async def test_that_an_expired_calibration_is_used_all_the_same(self, station: Quiet, days: int) -> None:
        made_ms = time.time_ns() // 1_000_000 - days * 86_400_000
        old, new = (str(uuid.UUID(int=ms << 80 | 0x7 << 76 | 0b10 << 62)) for ms in (made_ms, made_ms + 1000))
        live(station, {"tare": {"id": old, "torque_nm": 1.0}, "curve": new})
        async with program(station, Role.THERAPIST) as client:
            device = (await client.get(AT)).json()["device"]
            assert device["calibration_expired"] is (days > VALID_DAYS)
            made = datetime.fromisoformat(device["calibrated_utc"])
            assert made.timestamp() == pytest.approx(made_ms / 1000)
            answer = await client.post(f"{AT}/start", json=act(confirmed={"label": None}))
            if days > VALID_DAYS:
                assert (answer.status_code, answer.json()["type"]) == (409, "/problems/calibration-expired")
                answer = await client.post(f"{AT}/start", json=act(confirmed={"label": None, "calibration": "expired"}))
            assert answer.status_code == 200
        (note,) = notes(station)
        assert note["calibration"] == ("expired" if days > VALID_DAYS else None)
        assert note["calibrated_utc"].startswith(device["calibrated_utc"][:19])

    @pytest.mark.parametrize("calibration", [None, {}, {"tare": None, "curve": None}, {"tare": {"id": "t-1"}, "curve": LATER}])
    async def test_of_a_calibration_whose_age_nobody_knows_nothing(self, station: Quiet, calibration: dict[str, Any] | None) -> None:
        live(station, calibration)
        async with program(station, Role.THERAPIST) as client:
            device = (await client.get(AT)).json()["device"]
            assert (device["calibrated_utc"], device["calibration_expired"]) == (None, False)
            assert (await client.post(f"{AT}/start", json=act(confirmed={"label": None}))).status_code == 200


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
