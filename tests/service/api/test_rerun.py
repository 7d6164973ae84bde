"""Sessions analysed again over HTTP, one or many (contract 6; issue 6, point 3; decision 0230)."""

import asyncio
from dataclasses import replace
from importlib.metadata import version as version_of
from typing import Any

import msgspec
import pytest

from service.replay import crew
from service.security import Role
from service.store.row import Place
from tests.service.api.conftest import Quiet, program
from tests.service.api.test_replay import PLAN, final, older
from tests.service.api.test_sessions import row


async def test_another_installed_version_is_asked(station: Quiet) -> None:
    """Decision 0188: what it finds, or the one line that it says instead."""
    await final(station)
    command = station.settings.versions / "0.9" / "bin" / "ilex"
    command.parent.mkdir(parents=True)
    (station.settings.versions / "notes.txt").write_text("no version")
    event = '{"kind":"set_ended","id":1,"set":1,"at_s":1.0,"known_s":1.0,"reason":"stopped"}'
    command.write_text(f"#!/bin/sh\n[ $1 = analyze ] && echo '{event}'\n")
    command.chmod(0o755)
    async with program(station, Role.ENGINEER) as client:
        versions = (await client.get("/api/v1/versions")).json()
        found = (await client.post("/api/v1/sessions/s1/rerun", json={"version": "0.9"})).json()
        command.write_text('#!/bin/sh\necho "ilex: $(dirname $4)/next.json: it is too new" >&2\nexit 1\n')
        refused = await client.post("/api/v1/sessions/s1/rerun", json={"version": "0.9"})
        unknown = await client.post("/api/v1/sessions/s1/rerun", json={"version": "0.8"})
        mixed = await client.post("/api/v1/sessions/s1/rerun", json={"version": "0.9", "parameters": {"full": 0.94}})
        based = await client.post("/api/v1/sessions/s1/rerun", json={"version": "0.9", "base": "defaults"})
    assert [(one["name"], one["here"]) for one in versions] == [(version_of("ilex"), True), ("0.9", False)]
    assert [change["after"]["kind"] for change in found["changed"]] == ["set_ended"]
    assert len(found["only_before"]) > 5
    assert refused.status_code == 500
    assert "says: ilex: next.json: it is too new" in refused.json()["detail"]
    assert str(station.settings.recordings) not in refused.json()["detail"]
    assert [one["pointer"] for answer in (unknown, mixed, based) for one in answer.json()["errors"]] == ["/version"] * 3


async def test_a_rerun_answers_with_the_difference(station: Quiet) -> None:
    await final(station)
    async with program(station, Role.ENGINEER) as client:
        same = await client.post("/api/v1/sessions/s1/rerun", json={})
        other = await client.post("/api/v1/sessions/s1/rerun", json={"plan": PLAN, "parameters": {"stuck_s": {"value": 2, "unit": "s"}}})
    assert (same.status_code, same.json()) == (200, {"only_before": [], "only_after": [], "changed": []})
    found = other.json()
    assert set(found) == {"only_before", "only_after", "changed"}
    assert {event["kind"] for event in found["only_after"]} == {"cadence_deviated"}
    assert all(set(change) == {"before", "after", "fields"} for change in found["changed"])


async def test_a_rerun_starts_from_the_recorded_parameters_or_from_this_versions(station: Quiet) -> None:
    """Decision 0206: an older version called less a partial repetition."""
    await older(station, {"partial": 0.85, "short": 0.87})
    async with program(station, Role.ENGINEER) as client:

        async def changed(**order: Any) -> list[list[str]]:
            answer = await client.post("/api/v1/sessions/fails/rerun", json=order)
            assert answer.status_code == 200, answer.text
            return [change["fields"] for change in answer.json()["changed"]]

        now = [["extent"], ["partial", "attempt"]]
        assert await changed() == await changed(base="recorded") == await changed(base=None) == []
        assert await changed(base="defaults") == await changed(parameters={"partial": 0.5}) == now
        assert await changed(base="defaults", parameters={"partial": 0.85}) == []
        # In order for this version's, out of order for the recording's, and the other way round.
        for value, base, status in ((0.88, "recorded", 422), (0.88, "defaults", 200)):
            answer = await client.post("/api/v1/sessions/fails/rerun", json={"parameters": {"partial": value}, "base": base})
            assert answer.status_code == status
        answer = await client.post("/api/v1/sessions/fails/rerun", json={"parameters": {"full": 0.88}})
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"base": "mine"}, ["/base"]),
        ({"base": ["recorded"]}, ["/base"]),
        ({"parameters": {"nonsense": 1}}, ["/parameters/nonsense"]),
        ({"parameters": {"stuck_s": {"value": 500, "unit": "ms"}, "full": 2}}, ["/parameters/stuck_s/unit", "/parameters/full"]),
        ({"parameters": 3}, ["/parameters"]),
        ({"plan": {"range": {"flexion_deg": 6, "extension_deg": 60}, "tempo": PLAN["tempo"]}}, ["/plan/range/extension_deg"]),
        ({"plan": []}, ["/plan"]),
        ({"parameter": {}}, ["/parameter"]),
    ],
)
async def test_what_can_not_be_used_is_pointed_to(station: Quiet, body: dict[str, Any], pointers: list[str]) -> None:
    path = station.settings.data / "s1.mcap"
    path.write_bytes(b"")
    await station.index.put(replace(row(1), path=str(path)))
    async with program(station, Role.ENGINEER) as client:
        answer = await client.post("/api/v1/sessions/s1/rerun", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [error["pointer"] for error in answer.json()["errors"]] == pointers


async def test_many_are_answered_each_as_it_is_done(station: Quiet) -> None:
    """Decision 0230: a line each, as a rerun of it alone answers; with what is wrong of those of which there is nothing."""
    await final(station)
    await older(station, {"partial": 0.85, "short": 0.87})
    await station.index.put(replace(row(2, ended=False), path="s2.mcap"))
    await station.index.put(replace(row(3), path=str(station.settings.recordings / "s3.mcap")))
    order = {"plan": PLAN, "parameters": {"stuck_s": {"value": 2, "unit": "s"}}}
    async with program(station, Role.THERAPIST) as client:
        answer = await client.post("/api/v1/sessions/rerun", json={"sessions": ["s1", "s2", "s3", "fails", "s1", "nobody"], **order})
        alone = {session: (await client.post(f"/api/v1/sessions/{session}/rerun", json=order)).json() for session in ("s1", "fails")}
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/jsonl")
    lines = [msgspec.json.decode(line) for line in answer.content.splitlines()]
    assert len(lines) == 5
    found = {line.pop("session"): line for line in lines}
    assert {session: found[session] for session in alone} == alone
    assert {session: line["fault"] for session, line in found.items() if "fault" in line} == {
        "s2": "it can be analysed again when it has ended",
        "s3": "s3.mcap: No such file or directory",
        "nobody": "no session has the id nobody",
    }
    await station.shelf.close()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/sessions"),
        ({"sessions": []}, "/sessions"),
        ({"sessions": "s1"}, "/sessions"),
        ({"sessions": ["s1", 2]}, "/sessions"),
        ({"sessions": ["s"] * 5001}, "/sessions"),
        ({"sessions": ["s1"], "parameters": {"nonsense": 1}}, "/parameters/nonsense"),
        ({"sessions": ["s1"], "version": "0.9"}, "/version"),
        ({"sessions": ["s1"], "plan": []}, "/plan"),
        ({"sessions": ["s1"], "session": "s1"}, "/session"),
    ],
)
async def test_of_many_what_can_not_be_used_is_pointed_to(station: Quiet, body: dict[str, Any], pointer: str) -> None:
    async with program(station, Role.ENGINEER) as client:
        answer = await client.post("/api/v1/sessions/rerun", json=body)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])


async def test_more_series_at_a_time_than_may_are_refused_also_where_all_ask_at_once(
    station: Quiet, monkeypatch: pytest.MonkeyPatch
) -> None:
    await final(station)
    places, both = station.index.places, asyncio.Barrier(2)

    async def together(sessions: list[str]) -> dict[str, Place]:
        found = await places(sessions)
        await both.wait()
        return found

    monkeypatch.setattr(station.index, "places", together)
    async with program(station, Role.ENGINEER) as client:
        asked = [client.post("/api/v1/sessions/rerun", json={"sessions": ["s1"]}) for _ in range(2)]
        station.shelf.crew.series = crew.MOST_SERIES - 1
        answers = sorted(await asyncio.gather(*asked), key=lambda answer: answer.status_code)
        assert [answer.status_code for answer in answers] == [200, 503]
        assert answers[1].json()["type"] == "/problems/busy"
        assert station.shelf.crew.series == crew.MOST_SERIES - 1, "who is done makes room"
    await station.shelf.close()


async def test_the_folder_is_nobodys_business(station: Quiet) -> None:
    """What is wrong with a file is told by its name, once."""
    path = await final(station)
    path.write_bytes(path.read_bytes()[:200])
    async with program(station, Role.ENGINEER) as client:
        for method, call in (("POST", "rerun"), ("GET", "signals"), ("GET", "internals"), ("GET", "table"), ("GET", "events")):
            answer = await client.request(method, f"/api/v1/sessions/s1/{call}", json={} if method == "POST" else None)
            detail = answer.json()["detail"]
            assert (answer.status_code, detail.count("s1.mcap"), str(path.parent) in detail) == (500, 1, False), (call, detail)
    await station.shelf.close()
