"""Rows on their way into the database, on disk, so that a kill, a power cut or a lost database takes none of them (robustness F19)."""

import contextlib
from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
import structlog

from disk import DISK, Disk, File
from disk.records import record, salvaged
from service.store.row import SessionRow

MOST_BYTES = 16 * 1024 * 1024
"""A journal that has grown to this, and to four times what was wanted last, is made anew with what is: a database may be gone for days."""

_log = structlog.get_logger()

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(SessionRow)


class Journal:
    """A file of checksummed records, one a row; a later row of a session counts instead of an earlier one. Everything here blocks."""

    def __init__(self, path: Path, disk: Disk = DISK) -> None:
        self.path = path
        self._disk = disk
        self._file: File | None = None
        self._least_bytes = 0
        self._named = True
        """False while a power cut may take the file's name."""
        self.lost_bytes = 0
        """What could not be read the last time: torn by a power cut at the end, or damaged. Whose rows it were is not known."""

    def replay(self) -> list[SessionRow]:
        """The rows that were kept, the newest of each session, oldest first; what is torn at the end goes. Raises OSError."""
        self.close()
        if not self.path.exists():
            self._disk.make_folder(self.path.parent)
            self._file = self._disk.create(self.path)
            self._named = False
            self._name()
            return []
        rows, end = self._read()
        if self.lost_bytes:
            _log.error("part of the journal can't be read", file=self.path.name, bytes=self.lost_bytes)
        self._file = self._disk.reopen(self.path)
        if self._file.size != end:
            self._file.truncate(end)
            self._file.sync()
        return list(rows.values())

    def rows(self) -> dict[str, SessionRow]:
        """What `replay` would give, by session. Raises OSError."""
        self._opened()
        return self._read()[0]

    def keep(self, rows: Iterable[SessionRow]) -> None:
        """They survive a power cut on return; one that no JSON can hold is left to who writes the others. Raises OSError."""
        file = self._opened()
        self._name()
        start = file.size
        try:
            file.write(b"".join(_records(rows)))
            file.sync()
        except OSError:
            # What a failed sync has dropped must be written once more, not skipped.
            file.truncate(start)
            raise

    def clear(self, but: Sequence[SessionRow] = ()) -> None:
        """The database has them all, but for these. Raises OSError."""
        if but:
            self._rewrite(but)
            return
        file = self._opened()
        self._name()
        if file.size:
            file.truncate(0)
            # Before anything is added again: a record of before must never be read behind a new one.
            file.sync()
        self._least_bytes = 0

    def shorten(self, sessions: Container[str]) -> None:
        """Where it has grown too long: only the newest row of each of these is still wanted. Raises OSError."""
        if self._opened().size < max(MOST_BYTES, 4 * self._least_bytes):
            return
        self._rewrite([row for session, row in self.rows().items() if session in sessions])

    def _rewrite(self, rows: Iterable[SessionRow]) -> None:
        """It has these and no others; after a failure it has them or what it had. Raises OSError."""
        fresh = self.path.with_name(f"{self.path.name}.new")
        if fresh.exists():
            self._disk.remove(fresh)
        file = self._disk.create(fresh)
        try:
            file.write(b"".join(_records(rows)))
            file.sync()
            self._disk.rename(fresh, self.path)
        except OSError:
            file.close()
            raise
        self.close()
        self._file, self._named = file, False
        self._least_bytes = file.size
        self._name()

    def close(self) -> None:
        """Lets go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read(self) -> tuple[dict[str, SessionRow], int]:
        rows: dict[str, SessionRow] = {}
        content = self._disk.read(self.path)
        end, whole = 0, 0
        for start, end, payload in salvaged(content):
            whole += end - start
            try:
                row = _decoder.decode(payload)
            except ValueError:
                continue  # of another version
            rows.pop(row.session, None)
            rows[row.session] = row
        self.lost_bytes = len(content) - whole
        return rows, end

    def _name(self) -> None:
        if not self._named:
            self._disk.sync_folder(self.path.parent)
            self._named = True

    def _opened(self) -> File:
        if self._file is None:
            self.replay()
        assert self._file is not None
        return self._file


def _records(rows: Iterable[SessionRow]) -> Iterator[bytes]:
    for row in rows:
        with contextlib.suppress(TypeError, ValueError, OverflowError, msgspec.MsgspecError):
            yield record(_encoder.encode(row))
