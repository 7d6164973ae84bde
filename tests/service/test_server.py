"""The service as one process that listens (robustness F04)."""

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest
import websockets

from service.security import Role
from service.server import serving, until_told
from service.settings import Settings
from tests.brokers import BrokerProcess


async def test_at_the_end_every_screen_is_told_why_and_then_closed(tmp_path: Path, nats: BrokerProcess) -> None:
    """Contract 5: `error` before closing; restart 1012."""
    async with serving(Settings(data=tmp_path / "data", port=0, broker=nats.url)) as running:
        token, _ = running.station.gate.issue(Role.THERAPIST, days=1)
        url = running.url.replace("http", "ws", 1) + "/api/v1/live"
        connection = await websockets.connect(url, additional_headers={"Authorization": f"Bearer {token}"})
        assert json.loads(await connection.recv())["type"] == "hello"
    message = json.loads(await connection.recv())
    assert (message["type"], message["code"]) == ("error", "restart")
    with pytest.raises(websockets.ConnectionClosed) as closed:
        await connection.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012


@pytest.mark.parametrize("ignored", [False, True], ids=["a terminal closes", "the same under nohup"])
async def test_ends_with_its_terminal_unless_that_is_to_be_ignored(request: pytest.FixtureRequest, *, ignored: bool) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)
    request.addfinalizer(lambda: signal.signal(signal.SIGHUP, before))
    told = asyncio.create_task(until_told())
    await asyncio.sleep(0)
    assert (signal.getsignal(signal.SIGHUP) is signal.SIG_IGN) == ignored
    os.kill(os.getpid(), signal.SIGTERM if ignored else signal.SIGHUP)
    async with asyncio.timeout(10):
        await told
