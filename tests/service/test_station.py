"""The running station (architecture.md, "The recording is the log")."""

import asyncio
import os
from pathlib import Path

import httpx
import pytest

from service import newcomers
from service.analysis import engine
from service.analysis.engine import PLAIN
from service.app import create
from service.kernels import kept
from service.live import floor
from service.settings import Settings
from service.station import Station
from tests.brokers import BrokerProcess
from tests.service.recordings.sessions import record


async def test_what_a_crash_left_unfinished_goes_on_if_it_is_the_newest_and_is_ended_and_listed_if_not(
    tmp_path: Path, nats: BrokerProcess
) -> None:
    """contract 8: `*.mcap.part` until it is whole; robustness F03."""
    settings = Settings(data=tmp_path / "data", broker=nats.url)
    folder = settings.recordings / "clinic" / "one"
    os.utime(record(folder, session="older", finish=False), (1, 1))
    record(folder, session="newer", finish=False)
    async with Station(settings) as station:
        line = station.floor.lines["clinic/one"]
        await line.ready.wait()
        assert line.running is not None
        assert line.running.session == "newer"
        async with asyncio.timeout(15):
            while (row := await station.index.get("older")) is None:
                await asyncio.sleep(0.01)
        assert (row.machine, row.completeness["stored"], row.ended_utc is not None) == ("clinic/one", 4400, True)
        assert sorted(path.name for path in folder.iterdir()) == ["newer.mcap.part", "older.mcap"]
    assert sorted(path.name for path in folder.iterdir()) == ["newer.mcap", "older.mcap"]


async def test_a_cut_copy_under_another_name_is_not_its_session(
    tmp_path: Path, nats: BrokerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decision 0231: of two files of one session the one that is listed stays; 0286: also where the other was cut, at every start."""
    monkeypatch.setattr(newcomers, "EVERY_S", 0.05)
    settings = Settings(data=tmp_path / "data", broker=nats.url)
    whole = record(settings.recordings / "clinic" / "one", session="s1")
    for start in range(3):
        async with Station(settings) as station:
            async with asyncio.timeout(30):
                while (row := await station.index.get("s1")) is None:
                    await asyncio.sleep(0.01)
                if start:
                    while not whole.with_name("half.mcap").exists():
                        await asyncio.sleep(0.01)
                    record(settings.recordings / "import", session=f"newcomer{start}")
                    while await station.index.get(f"newcomer{start}") is None:
                        await asyncio.sleep(0.01)
                    row = await station.index.get("s1")
            assert row is not None
            assert (row.path, row.completeness["stored"], row.ended_utc is not None) == (str(whole), 4400, True)
            assert all(line.running is None and not line.records for line in station.floor.lines.values())
        if not start:
            data = whole.read_bytes()
            whole.with_name("half.mcap.part").write_bytes(data[: len(data) * 2 // 3])
    (settings.data / "index.sqlite").unlink()
    async with Station(settings) as station:
        async with asyncio.timeout(30):
            while (row := await station.index.get("s1")) is None:
                await asyncio.sleep(0.01)
        assert row.path == str(whole)


async def test_what_is_put_into_the_folder_while_it_runs_is_listed(
    tmp_path: Path, nats: BrokerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decision 0231."""
    monkeypatch.setattr(newcomers, "EVERY_S", 0.05)
    settings = Settings(data=tmp_path / "data", broker=nats.url)
    async with Station(settings) as station:
        record(settings.recordings / "import", session="from-elsewhere")
        async with asyncio.timeout(30):
            while (row := await station.index.get("from-elsewhere")) is None:
                await asyncio.sleep(0.01)
    assert (row.ended_utc is not None, row.completeness["stored"]) == (True, 4400)


async def test_the_compiled_analysis_comes_into_use_and_is_counted(
    tmp_path: Path, nats: BrokerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """decision 0034: the first set after a start does not wait for a compiler."""
    compiled = PLAIN._replace(name="compiled")
    monkeypatch.delenv("ILEX_KERNELS")
    monkeypatch.setattr(kept, "read", lambda _: b"machine code")
    monkeypatch.setattr(kept, "loaded", lambda *_: compiled)
    try:
        async with Station(Settings(data=tmp_path / "data", broker=nats.url)) as station:
            while engine.current() is not compiled:
                await asyncio.sleep(0.01)
            assert b"ilex_kernels_compiled 1.0" in station.floor.metrics.text()
            engine.use(PLAIN)
            assert b"ilex_kernels_compiled 0.0" in station.floor.metrics.text()
    finally:
        engine.use(PLAIN)


async def test_a_service_whose_timer_stands_is_not_ready(tmp_path: Path, nats: BrokerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """contract 6, `/readyz`: without the timer nothing is called stored and no session ends, whatever else answers."""
    settings = Settings(data=tmp_path / "data", broker=nats.url)
    async with Station(settings) as station:
        asked = httpx.AsyncClient(transport=httpx.ASGITransport(create(settings, station)), base_url="http://127.0.0.1:8080")
        async with asked as client, asyncio.timeout(15):
            while (answer := await client.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.01)
            assert answer.json()["parts"] == {"broker": True, "timer": True}
            monkeypatch.setattr(floor, "STANDS_NS", 500_000_000)
            await asyncio.sleep(0.6)
            assert (await client.get("/readyz")).status_code == 200, "it goes on by itself"
            assert station.floor._ticking is not None
            station.floor._ticking.cancel()
            while (answer := await client.get("/readyz")).status_code == 200:
                await asyncio.sleep(0.05)
    assert (answer.status_code, answer.json()["parts"]) == (503, {"broker": True, "timer": False})
