"""The signals of a recording that is still being written (issue 6, point 1)."""

from pathlib import Path

import msgspec
import numpy as np

from service.replay import shown
from service.replay.growing import Growing
from service.replay.pyramid import SIGNALS as KEPT
from service.replay.pyramid import Pyramid, Times, Values, grounded
from service.replay.tail import Tail
from wire import framing, samples
from wire.channels import SAMPLES, SIGNALS
from wire.errors import WireError
from wire.recorded import RecordedError


class Following:
    """One `.mcap.part`: its samples in the order in which they were shown live. What came late waits for the finished recording.

    Samples are kept in memory (24 bytes each), as long as somebody looks.
    """

    def __init__(self, part: Path) -> None:
        self.part = part
        self._tail = Tail(part, (SAMPLES, SIGNALS))
        self._begin()

    def _begin(self) -> None:
        self._origin_ns: int | None = None
        self._newest_s = -1.0
        self._grown = Growing(len(KEPT))
        self._rows: list[tuple[float, float, float]] = []

    def update(self) -> Pyramid:
        """Everything so far. Blocks; only what is new is read. Raises RecordedError."""
        fresh = self._tail.fresh()
        if fresh.anew:
            self._begin()
        try:
            self._take(fresh.messages)
        except (WireError, msgspec.DecodeError) as error:
            raise RecordedError(self.part, "", str(error)) from error
        return grounded(self._grown.t_s, self._grown.values)

    def _take(self, messages: list[tuple[str, framing.Message]]) -> None:
        # The last row before goes along, so that the line to the first of these is known.
        found, rows = [], self._rows
        for topic, message in messages:
            if topic == SIGNALS:
                row = shown.decode(message.data)
                rows.append(((message.log_time - (self._origin_ns or message.log_time)) / 1e9, row.speed_deg_s, row.cue_deg))
            elif message.publish_time <= message.log_time:
                found.append(self._batch(message))
        if found:
            t_s, angle_deg, torque_nm = (np.concatenate(columns) for columns in zip(*found, strict=True))
            self._grown.add(t_s, shown.beside(t_s, angle_deg, torque_nm, rows))
        self._rows = rows[-1:]

    def _batch(self, message: framing.Message) -> tuple[Times, Values, Values]:
        """Times, angles and torques of its samples that are later than all before."""
        batch = samples.decode(message.data)
        if self._origin_ns is None:
            self._origin_ns = message.log_time
        t_s = (batch.times_ns() - batch.t0 + (message.log_time - self._origin_ns)) / 1e9
        rising = t_s > np.concatenate([[self._newest_s], np.maximum.accumulate(t_s)[:-1]])
        self._newest_s = max(self._newest_s, float(t_s.max()))
        return t_s[rising], batch.angle_deg()[rising], batch.torque_nm()[rising]
