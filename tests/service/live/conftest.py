"""A clinic of one machine that has said that it is there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.brokers import BrokerProcess
from tests.service.live.clinic import NAME, Clinic, Machine, clinic


@pytest.fixture
async def service(nats: BrokerProcess, tmp_path: Path) -> AsyncIterator[Clinic]:
    async with clinic(nats.url, tmp_path) as started:
        yield started


@pytest.fixture
async def machine(nats: BrokerProcess, service: Clinic) -> AsyncIterator[Machine]:
    async with Machine(nats.url) as started:
        await started.status()
        await service.until(lambda: NAME in service.floor.lines)
        yield started
