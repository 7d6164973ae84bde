"""The signals of a recording that is still being written (issue 6, point 1), and how they came."""

from pathlib import Path

import numpy as np

from service.replay import shown
from service.replay.growing import Growing
from service.replay.pyramid import SIGNALS as KEPT
from service.replay.pyramid import Pyramid, Times, Values, grounded
from service.replay.tail import Tail
from wire import framing, samples
from wire.arrivals import Arrivals
from wire.channels import SAMPLES, SIGNALS
from wire.places import Coverage, Place, coverage
from wire.recorded import RecordedError

Columns = tuple[Times, Values, Values]
"""Times, angles and torques of some samples."""


class Following:
    """One `.mcap.part`: its samples in order of time, those that came late among them (decision 0226).

    Samples are kept in memory (24 bytes each), as long as somebody looks.
    """

    def __init__(self, part: Path) -> None:
        self.part = part
        self._tail = Tail(part, (SAMPLES, SIGNALS))
        self._begin()

    def _begin(self) -> None:
        self._arrivals = Arrivals()
        self._places: list[Place] = []
        self._ends: dict[tuple[int, int], int] = {}
        """By boot and the sample that follows: which of the places ends there."""
        self._origin_ns: int | None = None
        self._newest_s = -1.0
        self._grown = Growing(len(KEPT))
        self._rows: list[tuple[float, float, float]] = []

    def update(self) -> Pyramid:
        """Everything so far. Blocks; only what is new is read. Raises RecordedError."""
        self._read()
        return grounded(self._grown.t_s, self._grown.values)

    def coverage(self) -> list[Coverage]:
        """What of it was shown live, came later, is missing, so far. Blocks, as `update` does. Raises RecordedError."""
        self._read()
        return coverage(self._places, self._arrivals.clocks_ns)

    def _read(self) -> None:
        fresh = self._tail.fresh()
        if fresh.anew:
            self._begin()
        try:
            self._take(fresh.messages)
        except ValueError as error:
            raise RecordedError(self.part, "", str(error)) from error

    def _take(self, messages: list[tuple[str, framing.Message]]) -> None:
        # The last row before goes along, so that the line to the first of these is known.
        live: list[Columns] = []
        late: list[Columns] = []
        rows = self._rows
        for topic, message in messages:
            if topic == SIGNALS:
                row = shown.decode(message.data)
                rows.append(((message.log_time - (self._origin_ns or message.log_time)) / 1e9, row.speed_deg_s, row.cue_deg))
            else:
                self._sort(message, live, late)
        if live:
            t_s, angle_deg, torque_nm = (np.concatenate(columns) for columns in zip(*live, strict=True))
            self._grown.add(t_s, shown.beside(t_s, angle_deg, torque_nm, rows))
        if late:
            self._insert(*(np.concatenate(columns) for columns in zip(*late, strict=True)))
        self._rows = rows[-1:]

    def _sort(self, message: framing.Message, live: list[Columns], late: list[Columns]) -> None:
        """A batch: of its samples those that came live, and are later than all before, and those that came late."""
        batch = samples.decode(message.data)
        n_late = self._arrivals.take(batch, message.log_time, message.publish_time)
        if self._origin_ns is None:
            self._origin_ns = message.log_time
        times_ns, boot = batch.times_ns(), self._arrivals.boots[batch.boot]
        t_s = (times_ns - batch.t0 + (batch.t0 + self._arrivals.clocks_ns[boot] - self._origin_ns)) / 1e9
        if t_s[0] < 0:
            # Before the first sample: it would move all others, and waits for the finished recording.
            return
        self._place(Place(boot, batch.seq, batch.n, 0, 0, 0, n_late, int(times_ns[0]), int(times_ns[-1]) + batch.dt))
        columns = t_s, batch.angle_deg(), batch.torque_nm()
        if n_late:
            late.append((columns[0][:n_late], columns[1][:n_late], columns[2][:n_late]))
        if n_late < batch.n:
            rising = t_s > np.concatenate([[self._newest_s], np.maximum.accumulate(t_s)[:-1]])
            rising[:n_late] = False
            live.append((columns[0][rising], columns[1][rising], columns[2][rising]))
            self._newest_s = max(self._newest_s, float(t_s[n_late:].max()))

    def _place(self, place: Place) -> None:
        """Batches that follow on one another and came alike are one place."""
        number = self._ends.pop((place.boot, place.seq), None)
        before = None if number is None else self._places[number]
        if number is not None and before is not None and (before.late, place.late) in ((0, 0), (before.n, place.n)):
            self._places[number] = before._replace(n=before.n + place.n, late=before.late + place.late, stop_ns=place.stop_ns)
        else:
            number = len(self._places)
            self._places.append(place)
        self._ends[place.boot, place.seq + place.n] = number

    def _insert(self, t_s: Times, angle_deg: Values, torque_nm: Values) -> None:
        """What came late, where it belongs; the screens had nothing beside it."""
        t_s, order = np.unique(t_s, return_index=True)
        self._grown.insert(t_s, shown.beside(t_s, angle_deg[order], torque_nm[order], ()))
        self._newest_s = max(self._newest_s, float(t_s[-1]))
