"""The service itself over a folder of recorded sessions, for a browser to look at."""

import asyncio
import threading
from pathlib import Path

import uvicorn

from service import recordings
from service.app import create
from service.settings import Settings
from service.store import SessionRow
from tests.service.api.conftest import Quiet


class Service:
    """The real application over a data folder, in a thread; it hears no machine."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.url = ""
        self._until = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(30)

    async def _serve(self) -> None:
        for file in self.data.glob("index.*"):
            file.unlink()
        async with Quiet(Settings(data=self.data)) as station:
            self.station = station
            for path in sorted(self.data.rglob("*.mcap*")):
                if path.name.endswith(".mcap"):
                    await station.index.put(recordings.summary(path))
            config = uvicorn.Config(create(station.settings, station), port=0, log_level="error", ws="websockets-sansio", lifespan="off")
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve())
            while not server.started:
                await asyncio.sleep(0.01)
            self.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
            self._loop = asyncio.get_running_loop()
            self._ready.set()
            while not self._until.is_set():
                await asyncio.sleep(0.02)
            server.should_exit = server.force_exit = True
            await serving

    def put(self, row: SessionRow) -> None:
        """Lists a session."""
        asyncio.run_coroutine_threadsafe(self.station.index.put(row), self._loop).result(5)

    def at(self, path: str) -> str:
        """The address with a one-time link before it."""
        return f"/enter/{self.station.gate.link()}?to={path}"

    def close(self) -> None:
        self._until.set()
        self._thread.join(10)
