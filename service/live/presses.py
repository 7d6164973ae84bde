"""Stops for pain that were pressed outside a session: kept, and told to whoever joins, until somebody has seen them (decision 0248)."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import structlog

from disk import DISK, Disk
from disk.saving import save

MOST = 64
"""Presses that nobody has seen: a call stands by then, and a button that is stuck fills no disk."""

log = structlog.get_logger()


class _Entry(msgspec.Struct, frozen=True):
    """One line: a press by its id, or (None) that all before it were seen."""

    utc: datetime
    press: str | None


class Presses:
    """One machine's, in a file that outlives a kill, and a power cut when it is synced; told all the same where the disk takes nothing."""

    def __init__(self, path: Path, disk: Disk = DISK) -> None:
        self._path = path
        self._disk = disk
        self.unsynced = False
        """A power cut may take some of it."""
        held = _read(disk, path)
        self._content = held or b""
        self._replaceable = held is not None
        self._anew = False
        """Nobody knows what of it is in the file."""
        self.unseen: list[str] = []
        """Their ids, the newest last."""
        self.known: list[str] = []
        """Those that the file held at the start, the seen ones too."""
        for entry in _entries(self._content, path):
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

    def sync(self) -> None:
        """All that was kept is on the medium on return, unless it is `unsynced` still: then try again. Blocks; one call at a time."""
        content = self._content
        try:
            if self._anew and self._replaceable:
                self._disk.make_folder(self._path.parent)
                save(self._disk, self._path, content)
            else:
                with contextlib.closing(self._disk.reopen(self._path)) as file:
                    file.sync()
                self._disk.sync_folder(self._path.parent)
        except OSError as error:
            self._failed(error)
            return
        # What came meanwhile may be in a file that was replaced.
        self.unsynced = self._content is not content
        self._anew = self._anew and self.unsynced

    def _keep(self, press: str | None) -> None:
        # Each line begins with its end: one that a power cut tore spoils none after it.
        line = b"\n" + msgspec.json.encode(_Entry(datetime.now(UTC), press))
        self._content += line
        self.unsynced = True
        try:
            self._disk.make_folder(self._path.parent)
            with contextlib.closing(self._disk.reopen(self._path) if self._path.exists() else self._disk.create(self._path)) as file:
                file.write(line)
        except OSError as error:
            self._failed(error)

    def _failed(self, error: OSError) -> None:
        if not self._anew:
            log.error("a press is not kept yet; it is told all the same", file=self._path.name, reason=str(error))
        self._anew = True  # after a failed sync, too, nobody knows what of it is on the medium


def _read(disk: Disk, path: Path) -> bytes | None:
    """Nothing where there is no file; None where nobody knows."""
    try:
        return disk.read(path)
    except FileNotFoundError:
        return b""
    except OSError as error:
        log.error("presses can't be read", file=path.name, reason=str(error))  # noqa: TRY400 - the reason says it all
        return None


def _entries(content: bytes, path: Path) -> list[_Entry]:
    found = []
    for line in filter(None, content.splitlines()):
        try:
            found.append(msgspec.json.decode(line, type=_Entry))
        except (msgspec.DecodeError, UnicodeDecodeError):
            log.warning("a line of presses can't be read", file=path.name)
    return found
