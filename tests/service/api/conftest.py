"""A station without broker and sockets: real gate, real index, real floor, in front of them the real application."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Self

import httpx
import pytest

from service.app import create
from service.labelling import Labelling
from service.live.floor import Floor
from service.live.gateway import Gateway
from service.security import Role
from service.settings import Settings
from service.station import Station
from service.store import Index

OWN = "http://127.0.0.1:8080"


class Quiet(Station):
    """A station that hears nothing and sends to nobody."""

    published: list[tuple[str, bytes]]

    async def __aenter__(self) -> Self:
        self.published = []
        self.index = await Index.open(self.settings.index_url)
        self.floor = Floor(self.settings.recordings, self._publish, self.index)
        self.labelling = Labelling(self.index, self.floor)
        self.gateway = Gateway(self.floor, self.gate.identify, self.gate.may)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gateway.close()
        await self.floor.close()
        await self.index.close()

    def parts(self) -> dict[str, bool]:
        return {"broker": False}

    def _publish(self, topic: str, payload: bytes, qos: int = 0, retain: bool = False) -> None:
        self.published.append((topic, payload))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path)


@pytest.fixture
async def station(settings: Settings) -> AsyncIterator[Quiet]:
    async with Quiet(settings) as running:
        yield running


@pytest.fixture
async def exposed(tmp_path: Path) -> AsyncIterator[Quiet]:
    """The same, bound beyond loopback."""
    async with Quiet(replace(Settings(data=tmp_path), host="0.0.0.0")) as running:
        yield running


def browser(station: Station) -> httpx.AsyncClient:
    """A client with no credential."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(create(station.settings, station)), base_url=OWN)


def program(station: Station, role: Role, machine: str | None = None) -> httpx.AsyncClient:
    """A client with a bearer token."""
    token, _ = station.gate.issue(role, days=1, machine=machine)
    client = browser(station)
    client.headers["authorization"] = f"Bearer {token}"
    return client
