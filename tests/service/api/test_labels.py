"""What therapists say of sessions (decision 0140): kept beside the recording and in the index, shown with the session."""

import errno
import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from service import recordings
from service.recordings import labels, placed
from service.recordings.placed import Shown
from service.security import Role
from service.store import Index
from tests.ilex.scenes import late, recorded
from tests.service.api.conftest import Quiet, program
from tests.service.recordings.sessions import record
from wire.messages import ClockAnchor, Status

PLAN = {"range": {"flexion_deg": 60.0, "extension_deg": 6.0}, "tempo": {"extension_s": 4.0, "hold_s": 2.0, "flexion_s": 3.0, "turn_s": 1.0}}
URL = "/api/v1/sessions/s1/labels"


def said(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": str(uuid.UUID(int=number)), **fields}


def failure(number: int, **fields: Any) -> dict[str, Any]:
    return said(number, kind="finding", set=1, repetition=8, finding="failure", **fields)


@pytest.fixture
async def recording(station: Quiet) -> Path:
    path = record(station.settings.recordings / "clinic" / "one", session="s1")
    await station.index.put(recordings.summary(path))
    return path


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A disk that takes nothing."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("service.recordings.labels.save", refuse)
        yield


async def test_a_label_stands_with_the_session_in_the_index_and_beside_the_recording(station: Quiet, recording: Path) -> None:
    async with program(station, Role.THERAPIST) as client:
        answer = await client.post(URL, json=failure(1, found="halted", at_s=71.5))
        assert answer.status_code == 200
        (label,) = answer.json()
        assert label | {"made_utc": ""} == failure(1, found="halted", at_s=71.5) | {"made_utc": "", "by": "therapist"}
        again = (await client.post(URL, json=failure(1, found="halted", at_s=99.0))).json()
        assert again == [label], "once for each id, and the first counts"
        assert (await client.get("/api/v1/sessions/s1")).json()["labels"] == [label]
    row = await station.index.get("s1")
    assert row is not None
    assert row.labels == [label]
    assert "label_differs" in (row.flags or []), "the list can be searched for it"
    assert recordings.summary(recording) == row, "an index that is lost gets them back with the recording"
    (kept,) = labels.labels(recording)
    assert (kept.kind, kept.set, kept.repetition, kept.found, kept.finding) == ("finding", 1, 8, "halted", "failure")


async def differs(station: Quiet) -> bool:
    row = await station.index.get("s1")
    return row is not None and "label_differs" in (row.flags or [])


async def test_what_is_said_last_of_a_repetition_counts_and_can_be_taken_back(station: Quiet, recording: Path) -> None:
    async with program(station, Role.THERAPIST) as client:
        for body in (
            failure(1),
            failure(2) | {"finding": "none"},
            said(3, kind="void", set=1, repetition=3),
            said(4, kind="note", text="Gurt\nnachgezogen"),
            said(5, kind="rating", set=1, scale="effort", value=9),
        ):
            assert (await client.post(URL, json=body)).status_code == 200
        verdicts = placed.last(labels.labels(recording), Shown())
        assert [(one.repetition, one.finding) for one, _ in verdicts] == [(8, "none")]
        assert not await differs(station), "nothing was detected, and nothing of the kind was"
        left = (await client.delete(f"{URL}/{uuid.UUID(int=2)}")).json()
        assert [uuid.UUID(one["id"]).int for one in left] == [1, 3, 4, 5]
        assert [one.finding for one, _ in placed.last(labels.labels(recording), Shown())] == ["failure"]
        assert await differs(station)
        assert len((await client.delete(f"{URL}/{uuid.UUID(int=77)}")).json()) == 4
        # Withdrawn is on record, and its id is spent.
        assert len((await client.post(URL, json=failure(2))).json()) == 4
    assert b"withdrawn_utc" in labels.path_of(recording).read_bytes()


async def test_when_the_repetition_was_goes_with_what_is_said_of_it(station: Quiet) -> None:
    """Decision 0203: the final result counts a repetition more, before the one that was marked live; a later word is about the same one."""
    path = recorded(station.settings.recordings / "demo" / "one", "fails", seen=late)
    live = failure(1, found="failure") | {"made_utc": datetime(2026, 3, 1, 9, 32, tzinfo=UTC), "by": "therapist"}
    labels.add(path, msgspec.convert(live, labels.Label))
    await station.index.put(recordings.summary(path))
    async with program(station, Role.THERAPIST) as client:
        (mark,) = (await client.get("/api/v1/sessions/fails")).json()["labels"]
        final = [json.loads(line) for line in (await client.get("/api/v1/sessions/fails/events")).text.splitlines()]
        ninth = next(event for event in final if event["kind"] == "repetition_completed" and event["repetition"] == 9)
        assert mark["from_s"] <= ninth["at_s"] <= mark["to_s"]
        url = "/api/v1/sessions/fails/labels"
        _, said_now = (await client.post(url, json=failure(2, found="failure") | {"repetition": 9, "finding": "halted"})).json()
        assert said_now["from_s"] == pytest.approx(mark["from_s"], abs=1)
    row = await station.index.get("fails")
    assert row is not None
    assert "label_differs" in (row.flags or []), "the later word counts, whichever number it had"


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (said(1, kind="finding", set=1), ["/repetition", "/finding"]),
        (said(1, kind="void", repetition=2), ["/set"]),
        (said(1, kind="note", text=""), ["/text"]),
        (said(1, kind="note", text="a\u0007"), ["/text"]),
        (said(1, kind="rating", set=1, scale="pain", value=11), ["/value"]),
        (said(1, kind="opinion"), ["/kind"]),
        (failure(1) | {"id": "7"}, ["/id"]),
        (failure(1, at_s=-1.0), ["/at_s"]),
    ],
)
async def test_what_can_not_be_used_is_pointed_at(station: Quiet, recording: Path, body: dict[str, Any], pointers: list[str]) -> None:
    async with program(station, Role.THERAPIST) as client:
        answer = await client.post(URL, json=body)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == pointers
    assert labels.labels(recording) == []


async def test_a_mark_in_a_running_session_is_of_now(station: Quiet) -> None:
    async with program(station, Role.THERAPIST) as client:
        session = (await client.put("/api/v1/machines/site/m1/plan", json=PLAN)).json()["session"]
        running = station.floor.lines["site/m1"].running
        assert running is not None
        running.analysis._out.first_ns, running.newest_ns = 5_000_000_000, 17_250_000_000
        url = f"/api/v1/sessions/{session}/labels"
        (label,) = (await client.post(url, json=failure(1))).json()
        assert label["at_s"] == 12.25
        assert (await client.get(f"/api/v1/sessions/{session}")).json()["labels"] == [label]
        answer = await client.post("/api/v1/sessions/unheard/labels", json=failure(1))
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-session")


async def test_labels_are_kept_while_the_database_is_away(
    station: Quiet, recording: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """F19: the row waits in the journal of the index."""
    await station.index.written(10)
    monkeypatch.setattr(station.index, "_ready", False)
    async with program(station, Role.THERAPIST) as client:
        assert (await client.post(URL, json=failure(1))).status_code == 200
    (label,) = labels.labels(recording)
    assert [one["id"] for one in station.index._waiting["s1"].labels] == [label.id]


async def test_a_change_never_brings_back_what_was_put_meanwhile(tmp_path: Path) -> None:
    """A session that ends while it is being labelled stays ended."""
    index = await Index.open(f"sqlite+aiosqlite:///{tmp_path / 'index.sqlite'}")
    path = record(tmp_path, session="s1")
    ended = recordings.summary(path)
    await index.put(replace(ended, ended_utc=None))
    await index.written(10)
    index._running.clear()
    asked = index._asked

    async def slowly(query: Any) -> Any:
        found = await asked(query)
        if index._puts == 1:
            await index.put(ended)
            await index.written(10)
        return found

    index._asked = slowly  # type: ignore[method-assign]
    await index.amend("s1", lambda row: replace(row, labels=[{"id": "x"}]))
    found = await index.get("s1")
    assert found is not None
    assert (found.ended_utc, found.labels) == (ended.ended_utc, [{"id": "x"}])
    await index.close()


async def test_a_disk_that_takes_nothing_is_said_and_nothing_is_lost(station: Quiet, recording: Path, full: None) -> None:
    async with program(station, Role.THERAPIST) as client:
        answer = await client.post(URL, json=failure(1))
        assert (answer.status_code, answer.json()["type"]) == (507, "/problems/not-kept")
        assert "No space left" in answer.json()["detail"]


async def test_labels_that_can_not_be_read_are_left_as_they_are(station: Quiet, recording: Path) -> None:
    labels.path_of(recording).write_bytes(b'{"version": 1, "labels": [')
    async with program(station, Role.THERAPIST) as client:
        for answer in (await client.post(URL, json=failure(1)), await client.delete(f"{URL}/{uuid.UUID(int=1)}")):
            assert (answer.status_code, answer.json()["type"]) == (500, "/problems/labels-damaged")
            assert "s1.labels.json" in answer.json()["detail"]
        assert (await client.get("/api/v1/sessions/s1")).json()["labels"] == []
    assert labels.path_of(recording).read_bytes().endswith(b"[")


async def test_a_session_takes_so_many_labels(station: Quiet, recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(labels, "MOST", 1)
    async with program(station, Role.THERAPIST) as client:
        assert (await client.post(URL, json=failure(1))).status_code == 200
        answer = await client.post(URL, json=failure(2))
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/too-many-labels")


async def test_a_machine_tells_what_its_device_has_said(station: Quiet) -> None:
    async with program(station, Role.THERAPIST) as client:
        await client.put("/api/v1/machines/site/m1/plan", json=PLAN)
        assert (await client.get("/api/v1/machines/site/m1")).json()["device"] is None
        curve = {"curve": "0190", "tare": None}
        status = Status(
            online=True, boot="b1", software="ilex 1", sample_rate_hz=100.0, calibration=curve, clock=ClockAnchor(1, 2, quality="ntp")
        )
        station.floor.lines["site/m1"].presence.status = status
        found = (await client.get("/api/v1/machines/site/m1")).json()
        assert found["device"] == {
            "software": "ilex 1", "sample_rate_hz": 100.0, "calibration": curve, "clock": "ntp",
            "calibrated_utc": None, "calibration_expired": False,
        }  # fmt: skip
        assert (await client.get("/api/v1/machines/site/m2")).status_code == 404
