"""Stops for pain that were pressed outside a session: kept, and told to whoever joins, until somebody has seen them (decision 0248)."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import structlog

from disk import DISK, Disk

MOST = 64
"""Presses that nobody has seen: a call stands by then, and a button that is stuck fills no disk."""

log = structlog.get_logger()


class _Entry(msgspec.Struct, frozen=True):
    """One line: a press by its id, or (None) that all before it were seen."""

    utc: datetime
    press: str | None


class Presses:
    """One machine's, in a file that outlives a kill; where the disk takes nothing they are told all the same."""

    def __init__(self, path: Path, disk: Disk = DISK) -> None:
        self._path = path
        self._disk = disk
        self.unseen: list[str] = []
        """Their ids, the newest last."""
        self.known: list[str] = []
        """Those that the file held at the start, the seen ones too."""
        for entry in _read(path):
            if entry.press is None:
                self.unseen.clear()
            else:
                self.unseen.append(entry.press)
                self.known.append(entry.press)

    def add(self, press: str) -> None:
        """One more; the kernel has it on return."""
        if press not in self.unseen and len(self.unseen) < MOST:
            self.unseen.append(press)
            self._keep(press)

    def see(self) -> bool:
        """Somebody has seen what stands; False where nothing stood."""
        if not self.unseen:
            return False
        self.unseen.clear()
        self._keep(None)
        return True

    def _keep(self, press: str | None) -> None:
        # Each line begins with its end: one that a power cut tore spoils none after it.
        line = b"\n" + msgspec.json.encode(_Entry(datetime.now(UTC), press))
        try:
            self._disk.make_folder(self._path.parent)
            file = self._disk.reopen(self._path) if self._path.exists() else self._disk.create(self._path)
            try:
                file.write(line)
            finally:
                file.close()
        except OSError as error:
            log.error("a press is not kept; it is told all the same", file=self._path.name, reason=str(error))  # noqa: TRY400 - the reason says it all


def _read(path: Path) -> list[_Entry]:
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        log.error("presses can't be read", file=path.name, reason=str(error))  # noqa: TRY400 - the reason says it all
        return []
    found = []
    for line in filter(None, lines):
        try:
            found.append(msgspec.json.decode(line, type=_Entry))
        except (msgspec.DecodeError, UnicodeDecodeError):
            log.warning("a line of presses can't be read", file=path.name)
    return found
