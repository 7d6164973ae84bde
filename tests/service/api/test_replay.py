"""Signals at any range, tables and parameters over HTTP (contract 6; issue 6, point 1)."""

import asyncio
import io
import re
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow.parquet as pq
import pytest

from service import recordings
from service.analysis import Parameters
from service.analysis.inside import UNITS
from service.api import pages
from service.recordings.finalise import finalise
from service.replay.resident import WorkError
from service.replay.worker import BusyError
from service.security import Role
from tests.ilex.scenes import recorded
from tests.service.api.conftest import Quiet, browser, program
from tests.service.api.test_sessions import row
from tests.service.recordings.sessions import flip, record, truncate
from wire.recorded import Block, open_recorded

PLAN = {"range": {"flexion_deg": 60, "extension_deg": 6}, "tempo": {"extension_s": 4, "hold_s": 2, "flexion_s": 3, "turn_s": 1}}


async def final(station: Quiet) -> Path:
    path = record(station.settings.recordings / "clinic" / "one")
    assert finalise(path)
    await station.index.put(recordings.summary(path))
    return path


async def older(station: Quiet, kept: dict[str, float]) -> None:
    """A session that another version has recorded, by these parameters."""
    path = recorded(station.settings.recordings / "demo" / "one", "fails", kept=kept)
    await station.index.put(recordings.summary(path))


def opened(content: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """As a browser reads it."""
    (length,) = struct.unpack_from("<I", content, 8)
    about = msgspec.json.decode(content[16 : 16 + length])
    at, found = 16 + length, {}
    for one in about["columns"]:
        values = np.frombuffer(content, f"<{one['type']}", one["rows"], at)
        found[one["name"]] = values
        at += values.nbytes + -values.nbytes % 8
    assert at == len(content)
    return about, found


async def test_signals_come_by_range_and_resolution(station: Quiet) -> None:
    await final(station)
    async with program(station, Role.THERAPIST) as client:
        whole = await client.get("/api/v1/sessions/s1/signals", params={"points": 110})
        close = await client.get("/api/v1/sessions/s1/signals", params={"from": 10, "to": 11, "points": 110})
    assert whole.headers["content-type"] == "application/vnd.ilex.columns"
    about, columns = opened(whole.content)
    assert (about["session"], about["from_s"], about["to_s"], about["length_s"], about["open"]) == ("s1", 0.0, 43.99, 43.99, False)
    assert about["width_s"] == pytest.approx(43.99 / 110)
    assert {one["name"]: one.get("unit") for one in about["columns"]} == {
        "t_s": "s", "angle_deg.low": "deg", "angle_deg.high": "deg", "torque_nm.low": "Nm", "torque_nm.high": "Nm",
        "speed_deg_s.low": "deg/s", "speed_deg_s.high": "deg/s", "cue_deg.low": "deg", "cue_deg.high": "deg",
    }  # fmt: skip
    assert (columns["angle_deg.low"].min(), columns["angle_deg.high"].max()) == (6.0, 60.0)
    about, columns = opened(close.content)
    assert (about["width_s"], list(columns)) == (0, ["t_s", "angle_deg", "torque_nm", "speed_deg_s", "cue_deg"])
    assert columns["t_s"][1:-1] == pytest.approx(np.arange(10, 11, 0.01))


async def test_signals_are_made_while_the_page_is_on_its_way(station: Quiet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 6: a session opens in a second. The page is asked for before its signals are."""
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "index.html").write_text("<!doctype html>")
    monkeypatch.setattr(pages, "WEB", tmp_path / "web")
    await final(station)
    async with browser(station) as client:
        await client.get("/sessions/s1/replay")
        assert not station.settings.signals.exists(), "who is not signed in has nothing made"
        await client.get(f"/enter/{station.gate.link()}")
        assert (await client.get("/sessions/nobody/replay")).status_code == 200
        assert (await client.get("/sessions/s1/replay")).status_code == 200
        await asyncio.gather(*station.shelf._preparing)
    assert [file.suffix for file in station.settings.signals.iterdir()] == [".columns"]


async def test_what_the_analysis_had_in_mind_comes_as_the_signals_do(station: Quiet) -> None:
    """Decision 0186: every 20 ms, with what it is held against and where the cue stood."""
    await final(station)
    async with program(station, Role.ENGINEER) as client:
        whole = await client.get("/api/v1/sessions/s1/internals", params={"points": 110})
        close = await client.get("/api/v1/sessions/s1/internals", params={"from": 10, "to": 11})
    about, columns = opened(whole.content)
    assert (about["session"], about["open"], about["levels"]["full"]) == ("s1", False, 0.93)
    assert [cue["running"] for cue in about["cues"]] == [True, False]
    assert {one["name"].rpartition(".")[0] or "t_s" for one in about["columns"]} == {"t_s", *UNITS}
    assert {one["name"]: one["unit"] for one in about["columns"]}["asked_nm.low"] == "Nm"
    assert np.nanmax(columns["progress.high"]) == pytest.approx(1.0, abs=0.02)
    about, columns = opened(close.content)
    assert (about["width_s"], list(columns)) == (0, ["t_s", *UNITS])
    assert np.diff(columns["t_s"]) == pytest.approx(0.02)


@pytest.mark.parametrize(("to", "begins"), [("csv", b'"t_s","angle_deg","torque_nm"\n0,'), ("parquet", b"PAR1")])
async def test_the_samples_come_as_a_table(station: Quiet, to: str, begins: bytes) -> None:
    path = await final(station)
    async with program(station, Role.ENGINEER) as client:
        answer = await client.get("/api/v1/sessions/s1/table", params={"to": to})
        refused = await client.get("/api/v1/sessions/s1/table", params={"to": "xls"})
    assert answer.headers["content-disposition"] == f'attachment; filename="s1.{to}"'
    assert answer.content.replace(b"\r", b"").startswith(begins) or answer.content[:20] == begins
    assert refused.status_code == 422
    assert list(station.settings.exports.iterdir()) == []
    made = station.settings.exports / f"again.{to}"
    made.write_bytes(answer.content)
    total = sum(len(entry.t_ns) for entry in open_recorded(made).entries() if isinstance(entry, Block))
    assert total == open_recorded(path).total


async def test_a_table_has_the_further_columns_too(station: Quiet) -> None:
    """Decision 0224."""
    await station.index.put(recordings.summary(recorded(station.settings.recordings / "demo" / "one", "fails", raw_torque=True)))
    async with program(station, Role.ENGINEER) as client:
        csv, parquet = [(await client.get("/api/v1/sessions/fails/table", params={"to": to})).content for to in ("csv", "parquet")]
    assert csv.startswith(b'"t_s","angle_deg","torque_nm","extra.torque_raw"\n0,')
    made = pq.read_table(io.BytesIO(parquet))
    raw, torque = (made[name].to_numpy() for name in ("extra.torque_raw", "torque_nm"))
    assert np.array_equal(raw, torque + np.float32(10), equal_nan=True)


async def test_a_session_that_still_runs_can_be_looked_at(station: Quiet) -> None:
    folder = station.settings.recordings / "clinic" / "one"
    record(folder, finish=False)
    await station.index.put(replace(row(1, "clinic/one", ended=False), path=str(folder / "s1.mcap")))
    await station.index.put(replace(row(2, "clinic/one", ended=False), path=str(folder / "s2.mcap")))
    async with program(station, Role.ENGINEER) as client:
        about, columns = opened((await client.get("/api/v1/sessions/s1/signals?from=43")).content)
        assert (about["open"], about["length_s"], columns["t_s"][-1]) == (True, pytest.approx(43.99), pytest.approx(43.99))
        about, columns = opened((await client.get("/api/v1/sessions/s2/signals")).content)
        assert (about["length_s"], len(columns["t_s"])) == (0.0, 0)
        about, columns = opened((await client.get("/api/v1/sessions/s1/internals?from=43")).content)
        assert (about["open"], about["length_s"], columns["t_s"][-1]) == (True, pytest.approx(43.99), pytest.approx(43.99))
        for method, call in (("POST", "rerun"), ("GET", "table"), ("GET", "parameters")):
            answer = await client.request(method, f"/api/v1/sessions/s1/{call}", json={} if method == "POST" else None)
            assert (answer.status_code, answer.json()["type"]) == (409, "/problems/session-running")


@pytest.mark.parametrize("query", ["from=5&to=5", "from=-1", "from=nan", "to=inf", "points=3", "points=100000", "to=x"])
async def test_a_range_that_is_none_is_refused(station: Quiet, query: str) -> None:
    await station.index.put(row(1))
    async with program(station, Role.ENGINEER) as client:
        if query == "from=5&to=5":
            await final(station)
        answer = await client.get(f"/api/v1/sessions/s1/signals?{query}")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")


async def test_a_sessions_parameters_stand_beside_this_versions(station: Quiet) -> None:
    await older(station, {"partial": 0.85, "odd": 3.0})
    async with program(station, Role.THERAPIST) as client:
        found = {one["name"]: one for one in (await client.get("/api/v1/sessions/fails/parameters")).json()}
    assert set(found) == set(Parameters.__struct_fields__)
    assert found["partial"] == {
        "name": "partial", "value": 0.85, "unit": "share", "source": "contract 4: a partial repetition", "default": 0.5, "recorded": True,
    }  # fmt: skip
    assert (found["full"]["value"], found["full"]["default"], found["full"]["recorded"]) == (0.93, 0.93, False)


async def test_parameters_that_this_version_can_not_use_are_said(station: Quiet) -> None:
    """Together with this version's they may make no sense; from its own alone a rerun can start."""
    path = record(station.settings.recordings / "clinic" / "one", about={"parameters": '{"partial": 0.95}'})
    await station.index.put(recordings.summary(path))
    async with program(station, Role.ENGINEER) as client:
        for answer in (
            await client.get("/api/v1/sessions/s1/parameters"),
            await client.post("/api/v1/sessions/s1/rerun", json={}),
        ):
            assert (answer.status_code, answer.json()["type"]) == (500, "/problems/recording-damaged")
            assert "can't use what it was recorded with: return_below < " in answer.json()["detail"]
        assert (await client.post("/api/v1/sessions/s1/rerun", json={"base": "defaults"})).status_code == 200


async def test_sessions_that_are_not_there_are_said_to_be(station: Quiet) -> None:
    await station.index.put(row(1))
    async with program(station, Role.ENGINEER) as client:
        for method, call, status, kind in (
            ("POST", "none/rerun", 404, "unknown-session"),
            ("GET", "none/signals", 404, "unknown-session"),
            ("POST", "s1/rerun", 410, "recording-missing"),
            ("GET", "s1/signals", 410, "recording-missing"),
            ("GET", "s1/internals", 410, "recording-missing"),
            ("GET", "s1/table", 410, "recording-missing"),
            ("GET", "s1/parameters", 410, "recording-missing"),
        ):
            answer = await client.request(method, f"/api/v1/sessions/{call}", json={} if method == "POST" else None)
            assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")


@pytest.mark.parametrize(("spoil", "words"), [(flip, r"byte \d+: .+"), (truncate, r"cut at byte \d+")])
async def test_a_damaged_recording_is_given_as_far_as_it_is_good_and_the_damage_said(
    station: Quiet, spoil: Callable[[Path], Path], words: str
) -> None:
    """Issue 6, point 7; decision 0201."""
    path = await final(station)
    total = open_recorded(path).total
    async with program(station, Role.ENGINEER) as client:
        whole = await client.get("/api/v1/sessions/s1/signals")
        spoil(path)
        answers = {call: await client.get(f"/api/v1/sessions/s1/{call}") for call in ("signals", "internals", "table", "table?to=parquet")}
        answers["rerun"] = await client.post("/api/v1/sessions/s1/rerun", json={})
        answers["parameters"] = await client.get("/api/v1/sessions/s1/parameters")
    assert "damage" not in opened(whole.content)[0]
    assert {answer.status_code for answer in answers.values()} == {200}
    said = [opened(answers[call].content)[0]["damage"] for call in ("signals", "internals")]
    said += [answers[call].headers["ilex-damage"] for call in ("table", "table?to=parquet")]
    said.append(answers["rerun"].json()["damage"])
    assert len(set(said)) == 1
    assert re.fullmatch(words, said[0])
    made = path.with_name("made.parquet")
    made.write_bytes(answers["table?to=parquet"].content)
    assert pq.read_schema(made).metadata[b"ilex.damage"] == said[0].encode()
    assert total is not None
    assert total / 2 < answers["table"].content.count(b"\n") - 1 == pq.read_metadata(made).num_rows < total
    assert list(station.settings.exports.iterdir()) == []


async def test_damage_and_overload_are_said_to_be(station: Quiet, monkeypatch: pytest.MonkeyPatch) -> None:
    path = await final(station)
    path.write_bytes(path.read_bytes()[:200])

    async def broken(error: Exception) -> None:
        raise error

    async with program(station, Role.ENGINEER) as client:
        for method, call in (("POST", "rerun"), ("GET", "signals"), ("GET", "internals"), ("GET", "table")):
            answer = await client.request(method, f"/api/v1/sessions/s1/{call}", json={} if method == "POST" else None)
            assert (answer.status_code, answer.json()["type"]) == (500, "/problems/recording-damaged")
            if call in ("internals", "table"):
                continue
            for error, status, kind in ((BusyError("8 wait"), 503, "busy"), (WorkError("exit code 3"), 500, "analysis-failed")):
                monkeypatch.setattr(station.shelf, "rerun", lambda _, error=error: broken(error))
                monkeypatch.setattr(station.shelf, "of", lambda _, error=error: broken(error))
                answer = await client.request(method, f"/api/v1/sessions/s1/{call}", json={} if method == "POST" else None)
                assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")
            monkeypatch.undo()


async def test_the_parameters_are_listed_with_unit_default_and_source(station: Quiet) -> None:
    async with program(station, Role.ENGINEER) as client:
        found = {one.pop("name"): one for one in (await client.get("/api/v1/parameters")).json()}
    assert set(found) == set(Parameters.__struct_fields__)
    assert found["display_hz"] == {"value": 10.0, "unit": "Hz", "source": "detection.md 3.2(2): -3 dB of the display path"}


async def test_the_list_is_filtered_by_what_stands_out(station: Quiet) -> None:
    for number, flags in enumerate((["gap", "failure"], ["failure"], None)):
        await station.index.put(replace(row(number), flags=flags))
    await station.index.written()
    async with program(station, Role.THERAPIST) as client:
        for query, wanted in (
            ("flag=failure", ["s1", "s0"]),
            ("flag=failure&flag=gap", ["s0"]),
            ("flag=unsure", []),
            ("", ["s2", "s1", "s0"]),
        ):
            items = (await client.get(f"/api/v1/sessions?{query}")).json()["items"]
            assert [item["session"] for item in items] == wanted
        assert [item["flags"] for item in items] == [None, ["failure"], ["gap", "failure"]]
        answer = await client.get("/api/v1/sessions?flag=blue")
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "flag.0")
