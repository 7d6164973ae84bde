"""Which browsers are paired as screens of which machines: `DATA/screens.json` (decisions 0176, 0177)."""

import secrets
import threading
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import structlog

from disk import DISK, Disk
from disk.saving import save

MOST = 4
"""Screens of one machine; with another one the oldest is parted: a browser that forgets its cookie each day leaves no end of them."""

log = structlog.get_logger()


class Screen(msgspec.Struct, frozen=True):
    """One paired browser. `by`: who had asked for its code."""

    id: str
    machine: str
    paired_utc: datetime
    by: str


class _File(msgspec.Struct, frozen=True):
    version: int
    screens: list[Screen]


class Screens:
    """The list that a paired screen's cookie must stand in. A file that can't be read pairs nobody, and is left as it is until one is."""

    def __init__(self, path: Path, disk: Disk = DISK) -> None:
        self._path = path
        self._disk = disk
        self._lock = threading.Lock()
        self._screens = _read(path)

    def of(self, machine: str) -> list[Screen]:
        """The screens of a machine, oldest first."""
        return [screen for screen in self._screens if screen.machine == machine]

    def holds(self, screen: str, machine: str | None) -> bool:
        """True where that screen is paired with that machine."""
        return any(one.id == screen and one.machine == machine for one in self._screens)

    def add(self, machine: str, by: str, instead_of: str | None = None) -> tuple[Screen, list[Screen]]:
        """Pairs one more, `instead_of` what its browser was before; with it, those that were parted for it.

        On the disk on return. Raises OSError; then nothing has changed.
        """
        screen = Screen(secrets.token_hex(8), machine, datetime.now(UTC), by)
        with self._lock:
            leaving = [one for one in self._screens if one.id == instead_of]
            leaving += [one for one in self.of(machine) if one not in leaving][: -(MOST - 1)]
            self._keep([one for one in self._screens if one not in leaving] + [screen])
        return screen, leaving

    def remove(self, screen: str, machine: str) -> None:
        """Parts one; nothing happens where there is none. On the disk on return. Raises OSError; then it is still paired."""
        with self._lock:
            leaving = [one for one in self.of(machine) if one.id == screen]
            if leaving:
                self._keep([one for one in self._screens if one not in leaving])

    def _keep(self, screens: list[Screen]) -> None:
        save(self._disk, self._path, msgspec.json.encode(_File(1, screens)))
        self._screens = screens


def _read(path: Path) -> list[Screen]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_File).screens
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        log.error("paired screens can't be read: each has to be paired again", file=path.name, reason=str(error))  # noqa: TRY400 - the reason says it all
        return []
