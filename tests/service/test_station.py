"""The running station (architecture.md, "The recording is the log")."""

import shutil
from pathlib import Path

from service.settings import Settings
from service.station import Station
from tests.brokers import BrokerProcess
from tests.service.recordings.sessions import record


async def test_what_a_crash_left_unfinished_is_whole_and_listed_when_it_has_started(tmp_path: Path, nats: BrokerProcess) -> None:
    """contract 8: `*.mcap.part` until it is whole."""
    settings = Settings(data=tmp_path / "data", broker=nats.url)
    part = record(settings.recordings / "clinic" / "one", session="crashed", finish=False)
    shutil.copy(part, tmp_path / "before")
    async with Station(settings) as station:
        row = await station.index.get("crashed")
        assert row is not None
        assert (row.machine, row.completeness["stored"], row.ended_utc is not None) == ("clinic/one", 4400, True)
        assert [path.name for path in part.parent.iterdir()] == ["crashed.mcap"]
