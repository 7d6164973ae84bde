"""A recording leafed through over HTTP: what it holds, its messages, its checksums (robustness-and-screens 3.5, decision 0235)."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from service import recordings
from service.replay.catalogue import MOST_TEXT
from service.security import Role
from service.store import SessionRow
from tests.service.api.conftest import Quiet, program
from tests.service.recordings.sessions import FIRST_NS, UTC_OFFSET_NS, flip, record

FIRST_UTC_NS = FIRST_NS + UTC_OFFSET_NS


async def asked(station: Quiet, what: str, status: int = 200, **query: Any) -> dict[str, Any]:
    async with program(station, Role.ENGINEER) as client:
        answer = await client.get(f"/api/v1/sessions/s1/{what}", params=query)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = msgspec.json.decode(answer.content)
    return found


async def listed(station: Quiet, **more: Any) -> Path:
    path = record(station.settings.recordings / "clinic" / "one", **more)
    await station.index.put(recordings.summary(path))
    return path


async def test_what_a_recording_holds_beside_its_messages(station: Quiet) -> None:
    imported = msgspec.json.encode({"file": "jane doe.csv", "mapping": {"unit": "deg"}}).decode()
    path = await listed(station, about={"long": "x" * (MOST_TEXT + 1), "imported": imported})
    found = await asked(station, "contents")
    assert (found["size"], found["first_utc_ns"], found["open"], found["damage"]) == (path.stat().st_size, str(FIRST_UTC_NS), False, None)
    channels = {each["topic"]: each for each in found["channels"]}
    assert channels["/samples"] == {
        "topic": "/samples", "encoding": "msgpack", "schema": "ilex.SampleBatch", "messages": 2200, "first_s": 0.0, "last_s": 43.98,
    }  # fmt: skip
    assert (channels["/events"]["messages"], channels["/events_final"]["messages"]) == (2, 0)
    assert {"ilex.Event", "ilex.SampleBatch"} <= {each["name"] for each in found["schemas"]}
    (about,) = (each["pairs"] for each in found["metadata"] if each["name"] == "ilex")
    assert (about["machine"]["text"], about["session"]["text"]) == ("clinic/one", "s1")
    # Bounded (C16), and nobody's name.
    assert (len(about["long"]["text"]), about["long"]["length"]) == (MOST_TEXT, MOST_TEXT + 1)
    assert about["imported"]["text"] == '{"mapping":{"unit":"deg"}}'
    # No screen has shown an import: what the feed was then is not known (decision 0236).
    async with program(station, Role.ENGINEER) as client:
        assert (await client.get("/api/v1/sessions/s1")).json()["imported"] is True


SOUGHT: list[tuple[dict[str, Any], int, float, dict[str, str]]] = [
    ({"at": 12.345}, 618, 12.34, {"seq": "1234", "t0": str(FIRST_NS + 12_340_000_000), "dt": "10000000"}),
    ({"at": 0}, 1, 0.0, {"seq": "0"}),
    ({"at": 1e6}, 2200, 43.98, {"seq": "4398"}),
    ({"number": 2}, 2, 0.02, {"seq": "2"}),
    ({"number": 9999}, 2200, 43.98, {"seq": "4398"}),
    ({"topic": "/events", "at": 0}, 1, 0.2, {"kind": '"set_started"', "set": "1"}),
    ({"topic": "/inputs", "at": 50}, 1, 43.98, {"kind": '"stop"', "seq": "4399"}),
]


async def test_a_message_is_the_last_up_to_a_time_or_the_one_of_a_number(station: Quiet) -> None:
    await listed(station)
    for query, number, at_s, fields in SOUGHT:
        found = await asked(station, "message", **query)
        assert (found["number"], found["at_s"], found["unreadable"], found["cut"]) == (number, pytest.approx(at_s), None, False)
        assert found["fields"].items() >= fields.items()
        assert int(found["log_time_ns"]) == FIRST_UTC_NS + round(at_s * 1e9)
        assert len(found["hex"]) == 2 * found["size"]
    assert "/events_final" in (await asked(station, "message", 422, topic="/events_final"))["detail"]


async def test_checksums_say_what_is_as_it_was_written(station: Quiet) -> None:
    path = await listed(station)
    found = await asked(station, "checksums")
    assert found["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (found["size"], found["faults"]) == (path.stat().st_size, [])
    assert (found["chunks_bad"], found["chunks_unsummed"], found["seals_bad"]) == (0, 0, 0)
    assert found["chunks"] == (await asked(station, "contents"))["chunks"] > 10
    flip(path)
    found = await asked(station, "checksums")
    assert found["chunks_bad"] + found["seals_bad"] > 0
    assert found["faults"][0].startswith("byte ")
    # What is good of it is leafed through all the same.
    assert (await asked(station, "message", at=1.0))["fields"]["seq"] == "100"


async def test_a_running_session_is_leafed_through_as_far_as_it_is_on_disk(station: Quiet) -> None:
    folder = station.settings.recordings / "clinic" / "one"
    record(folder, finish=False)
    started = recordings.summary(record(folder.parent / "two")).started_utc
    await station.index.put(SessionRow(session="s1", machine="clinic/one", started_utc=started, path=str(folder / "s1.mcap")))
    assert (await asked(station, "contents"))["open"]
    assert (await asked(station, "message", at=1e6))["count"] == 2200
    found = await asked(station, "checksums")
    assert (found["sha256"], found["faults"]) == (None, [])
    # Between its last name and what the list says of it.
    (folder / "s1.mcap.part").unlink()
    record(folder)
    assert not (await asked(station, "contents"))["open"]
    assert (await asked(station, "checksums"))["sha256"] is not None
