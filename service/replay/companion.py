"""A process beside the service that lives one running session again for as long as somebody looks (decision 0207)."""

from pathlib import Path

import msgspec

from service.replay import living
from service.replay.resident import Resident
from service.replay.stretches import Wanted
from service.replay.worker import NICENESS
from wire.recorded import RecordedError


class Companion:
    """One running session's."""

    def __init__(self, part: Path) -> None:
        self.part = part
        self._process = Resident(living.__name__, part, niceness=NICENESS)

    @property
    def busy(self) -> bool:
        """Somebody looks, or did a moment ago."""
        return self._process.busy

    async def ask(self, wanted: Wanted) -> bytes:
        """A stretch of what the analysis has had in mind so far. Raises RecordedError, WorkError."""
        said, _, body = (await self._process.ask(msgspec.json.encode(wanted))).partition(b"\n")
        answer = msgspec.json.decode(said, type=living.Answer)
        if answer.unreadable is not None:
            raise RecordedError(self.part, "", answer.unreadable)
        return body

    async def close(self) -> None:
        """Ends for good."""
        await self._process.close()
