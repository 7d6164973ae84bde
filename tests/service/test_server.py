"""The service as one process that listens (robustness F04)."""

import json
from pathlib import Path

import pytest
import websockets

from service.security import Role
from service.server import serving
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
