"""Sessions over HTTP (contract 6)."""

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service import recordings
from service.recordings.finalise import finalise
from service.recordings.survey import Survey, survey
from service.security import Role
from service.store import SessionRow
from tests.service.api.conftest import Quiet, program
from tests.service.recordings.sessions import UTC_OFFSET_NS, batches, movement, record
from wire import samples
from wire.capture import Capture

PLAN = {"range": {"flexion_deg": 60.0, "extension_deg": 6.0}, "tempo": {"extension_s": 4.0, "hold_s": 2.0, "flexion_s": 3.0, "turn_s": 1.0}}
FIELDS = {"session", "machine", "started_utc", "ended_utc", "plan", "sets", "completeness", "final", "flags"}
BEGAN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def row(number: int, machine: str = "site/m1", *, ended: bool = True) -> SessionRow:
    started = BEGAN + timedelta(minutes=number)
    ended_utc = started + timedelta(minutes=1) if ended else None
    return SessionRow(session=f"s{number}", machine=machine, started_utc=started, ended_utc=ended_utc, path="/nowhere.mcap")


async def recorded(station: Quiet, session: str = "s1") -> Path:
    """A finished recording, listed."""
    path = record(station.settings.recordings / "clinic" / "one", session=session)
    await station.index.put(recordings.summary(path))
    return path


async def test_a_session_has_the_fields_of_the_contract(station: Quiet) -> None:
    await recorded(station)
    async with program(station, Role.ENGINEER) as client:
        found = (await client.get("/api/v1/sessions/s1")).json()
    assert set(found) == FIELDS | {"coverage", "notes", "difference", "damage", "settling", "labels", "imported"}
    assert (found["session"], found["machine"]) == ("s1", "clinic/one")
    assert set(found["completeness"]) == {"expected", "stored", "missing", "refused"}
    assert datetime.fromisoformat(found["started_utc"]).tzinfo is not None


async def test_the_list_is_paged_newest_first(station: Quiet) -> None:
    for number in range(5):
        await station.index.put(row(number))
    await station.index.written()
    async with program(station, Role.ENGINEER) as client:
        seen, after = [], None
        while True:
            page = (await client.get("/api/v1/sessions", params={"limit": 2, **({"after": after} if after else {})})).json()
            seen += [item["session"] for item in page["items"]]
            assert len(page["items"]) <= 2
            assert all(set(item) == FIELDS for item in page["items"])
            after = page["next"]
            if after is None:
                break
    assert seen == ["s4", "s3", "s2", "s1", "s0"]


async def test_the_list_is_filtered_by_machine_and_time(station: Quiet) -> None:
    for number in range(4):
        await station.index.put(row(number, machine="site/m1" if number % 2 else "site/m2"))
    await station.index.written()
    async with program(station, Role.ENGINEER) as client:

        async def sessions(**wanted: str) -> list[str]:
            return [item["session"] for item in (await client.get("/api/v1/sessions", params=wanted)).json()["items"]]

        assert await sessions(machine="site/m1") == ["s3", "s1"]
        assert await sessions(**{"from": "2026-03-01T09:31:00Z", "to": "2026-03-01T09:33:00Z"}) == ["s2", "s1"]
        assert await sessions(**{"from": "2026-03-01T10:32:00+01:00"}) == ["s3", "s2"]
        assert await sessions(**{"from": "2026-03-01T09:32:00"}) == ["s3", "s2"]
        assert await sessions(machine="site/none") == []
        assert await sessions(**{"from": "0001-01-01T00:00:00+14:00", "to": "9999-12-31T23:59:59-14:00"}) == ["s3", "s2", "s1", "s0"]


async def test_events_are_json_lines_as_shown_live(station: Quiet) -> None:
    path = await recorded(station)
    async with program(station, Role.ENGINEER) as client:
        answer = await client.get("/api/v1/sessions/s1/events", params={"version": "live"})
    assert answer.headers["content-type"] == "application/jsonl"
    assert [json.loads(line) for line in answer.text.splitlines()] == [json.loads(text) for text in recordings.events(path, "live")]
    assert answer.text


async def test_final_events_that_do_not_exist_are_not_made_up(station: Quiet) -> None:
    await recorded(station)
    async with program(station, Role.ENGINEER) as client:
        answer = await client.get("/api/v1/sessions/s1/events", params={"version": "final"})
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/no-such-version")
        assert (await client.get("/api/v1/sessions/s1/events")).status_code == 200


async def test_the_recording_is_the_file(station: Quiet) -> None:
    path = await recorded(station)
    async with program(station, Role.ENGINEER) as client:
        answer = await client.get("/api/v1/sessions/s1/recording")
    assert answer.content == path.read_bytes()
    assert answer.headers["content-disposition"] == 'attachment; filename="s1.mcap"'


async def test_a_running_session_is_listed_and_gives_its_events_so_far_but_no_recording(station: Quiet) -> None:
    async with program(station, Role.THERAPIST) as client:
        session = (await client.put("/api/v1/machines/site/m1/plan", json=PLAN)).json()["session"]
        found = (await client.get(f"/api/v1/sessions/{session}")).json()
        assert (found["machine"], found["ended_utc"], found["plan"]["session"], found["final"]) == ("site/m1", None, session, False)
        assert (await client.get(f"/api/v1/sessions/{session}/events")).text == ""
        answer = await client.get(f"/api/v1/sessions/{session}/recording")
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/session-running")
        answer = await client.get(f"/api/v1/sessions/{session}/events?version=final")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/no-such-version")


async def test_the_list_says_of_a_running_session_what_that_one_says_of_itself(station: Quiet) -> None:
    """Contract 6, decision 0125: its sets and completeness so far."""
    plan = {**PLAN, "repetitions": {"least": 1, "most": 2}, "endpoint": "repetitions"}
    async with program(station, Role.THERAPIST) as client:
        session = (await client.put("/api/v1/machines/site/m1/plan", json=plan)).json()["session"]
        for batch in batches(movement(3)):
            station.floor.lines["site/m1"].samples(batch, samples.encode(batch), batch.t0)
        (item,) = (await client.get("/api/v1/sessions")).json()["items"]
        found = (await client.get(f"/api/v1/sessions/{session}")).json()
        texts = await station.floor.events(session)
    assert item == {name: found[name] for name in FIELDS}
    assert item["ended_utc"] is None
    assert item["completeness"] == {"expected": 1650, "stored": 1650, "missing": 0, "refused": 0}
    assert [(one["set"], one["reason"], one["full"]) for one in item["sets"]] == [(1, "target_reached", 2)]
    assert item["sets"] == recordings.sets(texts)


async def test_a_running_session_tells_what_of_it_came_live(station: Quiet) -> None:
    """Decision 0226; while its recording can't be read, nothing is said of that."""
    async with program(station, Role.THERAPIST) as client:
        session = (await client.put("/api/v1/machines/site/m1/plan", json=PLAN)).json()["session"]
        running = station.floor.lines["site/m1"].running
        assert running is not None
        assert running.recorder is not None
        for number, batch in enumerate(batches(movement(1))[:150]):
            if not 50 <= number < 100:
                running.batch(batch.boot, batch.seq, batch.seq + 1, samples.encode(batch), batch.t0, UTC_OFFSET_NS)
        running.flush()
        coverage = (await client.get(f"/api/v1/sessions/{session}")).json()["coverage"]
        assert [(one["kind"], one["from_s"], one["to_s"]) for one in coverage] == [("live", 0, 1), ("gap", 1, 2), ("live", 2, 3)]
        for batch in batches(movement(1))[50:100]:
            running.batch(batch.boot, batch.seq, batch.seq + 1, samples.encode(batch), batch.t0, UTC_OFFSET_NS, late=True)
        running.flush()
        coverage = (await client.get(f"/api/v1/sessions/{session}")).json()["coverage"]
        assert [(one["kind"], one["from_s"], one["to_s"]) for one in coverage] == [("live", 0, 1), ("backfilled", 1, 2), ("live", 2, 3)]
        running.recorder.path.write_bytes(b"no recording at all")
        found = (await client.get(f"/api/v1/sessions/{session}")).json()
        assert (found["coverage"], found["completeness"]["stored"]) == ([], 300)


async def test_a_recording_that_is_gone_or_damaged_is_said_to_be(station: Quiet) -> None:
    """F24: also where nothing of it can be had."""
    path = await recorded(station)
    async with program(station, Role.ENGINEER) as client:
        data = path.read_bytes()
        for nothing in (b"", b"no recording at all", data[:200]):
            path.write_bytes(nothing)
            assert (await client.get("/api/v1/sessions/s1")).json()["damage"]["from_s"] == 0.0
        path.write_bytes(data[:200] + b"\x00" * 50)
        answer = await client.get("/api/v1/sessions/s1/events?version=live")
        assert (answer.status_code, answer.json()["type"]) == (500, "/problems/recording-damaged")
        path.unlink()
        for call in ("recording", "events?version=live"):
            answer = await client.get(f"/api/v1/sessions/s1/{call}")
            assert (answer.status_code, answer.json()["type"]) == (410, "/problems/recording-missing")


async def test_a_session_tells_what_was_live_and_what_the_final_result_has_changed(station: Quiet) -> None:
    """Contract 2: its difference from what was shown live is kept; decision 11: completeness and gaps are shown."""
    path = await recorded(station)
    async with program(station, Role.THERAPIST) as client:
        found = (await client.get("/api/v1/sessions/s1")).json()
        assert (found["difference"], found["final"], found["damage"], found["settling"]) == (None, False, None, False)
        assert found["coverage"] == [{"kind": "live", "from_s": 0.0, "to_s": 44.0}]
        assert finalise(path)
        found = (await client.get("/api/v1/sessions/s1")).json()
    assert found["final"]
    about = Capture(path).final
    assert about is not None
    assert len(found["difference"]["only_final"]) == int(about["only_final"]) > 0
    assert {event["kind"] for event in found["difference"]["only_live"]} == {"set_started", "set_ended"}
    listed = await station.index.get("s1")
    assert listed is not None
    assert listed.final


async def test_a_damaged_recording_is_never_served_as_good(station: Quiet) -> None:
    """F24: marked from a time on, in the session and for whoever fetches the file."""
    path = await recorded(station)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    async with program(station, Role.ENGINEER) as client:
        found = (await client.get("/api/v1/sessions/s1")).json()
        assert 10 < found["damage"]["from_s"] < 40
        assert not found["final"]
        for call in ("events", "recording"):
            answer = await client.get(f"/api/v1/sessions/s1/{call}")
            assert (answer.status_code, answer.json()["type"]) == (500, "/problems/recording-damaged")
        assert (await client.get("/api/v1/sessions/s1/recording", params={"damaged": True})).content == bytes(data)
    listed = await station.index.get("s1")
    assert listed is not None
    assert listed.damage is not None


async def test_a_session_whose_recording_is_still_open_tells_what_it_has_so_far(station: Quiet) -> None:
    """It has ended, and samples may still come; or the service was killed and has not taken it up yet."""
    folder = station.settings.recordings / "clinic" / "one"
    part = record(folder, finish=False)
    await station.index.put(replace(row(1, "clinic/one", ended=False), path=str(folder / "s1.mcap")))
    async with program(station, Role.THERAPIST) as client:
        found = (await client.get("/api/v1/sessions/s1")).json()
        assert (found["ended_utc"], found["settling"]) == (None, False)
        assert found["completeness"] == {"expected": 4400, "stored": 4400, "missing": 0, "refused": 0}
        assert found["sets"][0]["full"] == 8
        told = (await client.get("/api/v1/sessions/s1/events")).text
        assert [json.loads(line)["kind"] for line in told.splitlines()] == ["set_started", "set_ended"]
        recorder = recordings.Recorder.resume(part)
        recorder.end({"reason": "idle", "ended_utc": "2026-03-01T10:00:00Z"})
        recorder.flush()
        recorder.close()
        found = (await client.get("/api/v1/sessions/s1")).json()
        assert (found["ended_utc"], found["settling"]) == ("2026-03-01T10:00:00Z", True)
        part.unlink()
        found = (await client.get("/api/v1/sessions/s1")).json()
        assert (found["ended_utc"], found["coverage"]) == (None, [])
        answer = await client.get("/api/v1/sessions/s1/events")
        assert (answer.status_code, answer.json()["type"]) == (500, "/problems/recording-damaged")


async def test_a_recording_that_is_finished_while_it_is_read_is_told_as_finished(station: Quiet, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list has it as running, and its file gets its last name after it was opened."""
    folder = station.settings.recordings / "clinic" / "one"
    part = record(folder, finish=False)
    await station.index.put(replace(row(1, "clinic/one", ended=False), path=str(folder / "s1.mcap")))

    def renamed(path: Path) -> Survey:
        found = survey(path)
        recorder = recordings.Recorder.resume(part)
        recorder.finish({"expected": 4400, "stored": 4400, "missing": 0, "refused": 0}, {"reason": "idle"})
        return found

    monkeypatch.setattr(sys.modules["service.recordings.account"], "survey", renamed)
    async with program(station, Role.THERAPIST) as client:
        answer = await client.get("/api/v1/sessions/s1")
        assert answer.status_code == 200
        assert answer.json()["ended_utc"] is not None
        assert answer.json()["completeness"]["stored"] == 4400


async def test_while_the_list_can_not_be_asked_it_says_so(station: Quiet, monkeypatch: pytest.MonkeyPatch) -> None:
    """F19: a banner for staff, no fault of the service."""
    monkeypatch.setattr(station.index, "_ready", False)
    async with program(station, Role.THERAPIST) as client:
        for call in ("sessions", "sessions/s1"):
            answer = await client.get(f"/api/v1/{call}")
            assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-ready")
