"""A recording that is still being written, read as it grows: what has been added since is all that is read (issue 6, point 1)."""

import struct
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np

from service.recordings.chunks import Chunk, channels, chunks, messages
from service.replay import shown
from service.replay.pyramid import Pyramid, grounded
from wire import framing, samples
from wire.capture import SAMPLES, SIGNALS
from wire.errors import WireError
from wire.recorded import RecordedError


class Following:
    """One `.mcap.part`: its samples in the order in which they were shown live. What came late waits for the finished recording.

    Samples are kept in memory (24 bytes each), as long as somebody looks.
    """

    def __init__(self, part: Path) -> None:
        self.part = part
        self._inode = 0
        self._forget()

    def _forget(self) -> None:
        self._offset = len(framing.MAGIC)
        self._origin_ns: int | None = None
        self._newest_s = -1.0
        self._n = 0
        self._t_s = np.empty(4096)
        self._values = np.empty((4, 4096), np.float32)
        self._rows: list[tuple[float, float, float]] = []

    def update(self) -> Pyramid:
        """Everything so far. Blocks; only what is new is read. Raises RecordedError."""
        try:
            self._look()
        except (framing.DamageError, struct.error, WireError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RecordedError(self.part, "", str(error)) from error
        except FileNotFoundError:
            # Nothing has been sampled yet.
            self._forget()
        except OSError as error:
            raise RecordedError(self.part, "", error.strerror or str(error)) from error
        return grounded(self._t_s[: self._n], self._values[:, : self._n])

    def _look(self) -> None:
        with self.part.open("rb") as file:
            try:
                self._read(file)
            except framing.DamageError:
                if self._offset == len(framing.MAGIC):
                    raise
                # Another file under the name and number of the one before.
                self._forget()
                self._read(file)

    def _read(self, file: BinaryIO) -> None:
        found = self.part.stat()
        if found.st_ino != self._inode or found.st_size < self._offset:
            # Taken up again after a kill: the file is another one.
            self._forget()
            self._inode = found.st_ino
        numbers = {channel.topic: channel.id for channel in channels(file)}
        first, rows = self._n, []
        for chunk in chunks(file, self._offset):
            if chunk.end >= found.st_size:
                # Its seal isn't there yet, so its indexes may not be.
                break
            for message in _of(file, chunk, numbers.get(SAMPLES)):
                self._batch(message)
            for message in _of(file, chunk, numbers.get(SIGNALS)):
                row = shown.decode(message.data)
                rows.append(((message.log_time - (self._origin_ns or message.log_time)) / 1e9, row.speed_deg_s, row.cue_deg))
            self._offset = chunk.end
        fresh = slice(first, self._n)
        # The last row before goes along, so that the line to the first of these is known.
        rows = [*self._rows, *rows]
        self._values[:, fresh] = shown.beside(self._t_s[fresh], self._values[0, fresh], self._values[1, fresh], rows)
        self._rows = rows[-1:]

    def _batch(self, message: framing.Message) -> None:
        if message.publish_time > message.log_time:
            return
        batch = samples.decode(message.data)
        if self._origin_ns is None:
            self._origin_ns = message.log_time
        t_s = (batch.times_ns() - batch.t0 + (message.log_time - self._origin_ns)) / 1e9
        rising = t_s > np.concatenate([[self._newest_s], np.maximum.accumulate(t_s)[:-1]])
        n = int(np.count_nonzero(rising))
        if not n:
            return
        while self._n + n > len(self._t_s):
            self._t_s = np.concatenate([self._t_s, np.empty_like(self._t_s)])
            self._values = np.concatenate([self._values, np.empty_like(self._values)], axis=1)
        rows = slice(self._n, self._n + n)
        self._t_s[rows] = t_s[rising]
        self._values[0, rows], self._values[1, rows] = batch.angle_deg()[rising], batch.torque_nm()[rising]
        self._newest_s = float(t_s[rising][-1])
        self._n += n


def _of(file: BinaryIO, chunk: Chunk, channel: int | None) -> list[framing.Message]:
    return list(messages(file, chunk, channel)) if channel is not None and channel in chunk.indexes else []
