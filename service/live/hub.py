"""Who watches what. A frame is made and encoded once for all viewers of a machine at one rate."""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic_ns

import msgspec

from service.live.view import Columns
from service.live.viewer import SLOW, Viewer
from service.live.watchdog import Watchdog
from service.metrics import Counts
from wire.live import Frame, Trace

TRACE_BATCHES = 256
"""Batches kept for frames to come: twice those of a second at 100 Hz, one sample each, which is the slowest rate and the shortest batch."""
LEAST_RATE_HZ = 1.0
MOST_RATE_HZ = 120.0

_encode = msgspec.json.Encoder().encode


class Channel:
    """One machine's viewers. `frame(trace, now_ns)` makes its newest frame, or None before the first sample."""

    def __init__(self, machine: str, hub: "Hub", frame: Callable[[Trace, int], Frame | None]) -> None:
        self.machine = machine
        self.make_frame = frame
        self.viewers: set[Viewer] = set()
        self.paces: dict[float, Pace] = {}
        self.batches: deque[Columns] = deque(maxlen=TRACE_BATCHES)
        self.batch_count = 0
        self.hub = hub
        self._due = False

    def batch(self, columns: Columns) -> None:
        """New samples for the trace (device times ns, deg, Nm; NaN = no reading); frames leave at the hub's next flush."""
        if columns[0]:  # of single samples above 100 Hz most are thinned away: they would push out those that are to be shown
            self.batch_count += 1
            self.batches.append(columns)
        if not self._due:
            self._due = True
            self.hub.due.append(self)

    def flush(self, now_ns: int) -> None:
        """The burst is over: a frame for each pace that is due."""
        self._due = False
        for pace in self.paces.values():
            if pace.timer is None:
                pace.due(now_ns)

    def say(self, text: bytes) -> None:
        """A message to everybody who watches this machine."""
        for viewer in self.viewers:
            viewer.say(text)

    def say_to_staff(self, text: bytes) -> None:
        """A message to those of them who look after the machines."""
        for viewer in self.viewers:
            if viewer.staff:
                viewer.say(text)


class Pace:
    """The viewers of one machine at one rate: a frame leaves when a batch arrives and the last one is 1/rate old, else then."""

    def __init__(self, channel: Channel, rate_hz: float, counts: Counts) -> None:
        self._channel = channel
        self._interval_ns = round(1e9 / rate_hz)
        self._counts = counts
        self._last_ns = 0
        self._shown = channel.batch_count
        self.viewers: set[Viewer] = set()
        self.timer: asyncio.TimerHandle | None = None

    def due(self, now_ns: int) -> None:
        """New samples are there: a frame now, or when its time has come."""
        wait_ns = self._last_ns + self._interval_ns * self._channel.hub.watchdog.slowdown - now_ns
        if wait_ns <= 0:
            self._emit(now_ns)
        else:
            self.timer = self._channel.hub.loop.call_later(wait_ns * 1e-9, self._held)

    def _held(self) -> None:
        self.timer = None
        if self.viewers:
            self._emit(monotonic_ns())

    def _emit(self, now_ns: int) -> None:
        channel = self._channel
        fresh = min(channel.batch_count - self._shown, len(channel.batches))
        self._shown = channel.batch_count
        if fresh == 1:
            t_ns, angle_deg, torque_nm = channel.batches[-1]
        else:
            t_ns, angle_deg, torque_nm = list[int](), list[float | None](), list[float | None]()
            for at in range(len(channel.batches) - fresh, len(channel.batches)):
                t, angle, torque = channel.batches[at]
                t_ns += t
                angle_deg += angle
                torque_nm += torque
        frame = channel.make_frame(Trace(t_ns, angle_deg, torque_nm), now_ns)
        if frame is None:
            return
        self._last_ns = now_ns
        counts = self._counts
        counts.frames += 1
        counts.sampling_to_frame.add(frame.age_ms * 1e-3)
        text = _encode(frame)
        machine = channel.machine
        for viewer in self.viewers:
            viewer.frame(machine, text, now_ns)


class Hub:
    """All channels and all viewers."""

    def __init__(self, counts: Counts) -> None:
        self.loop = asyncio.get_running_loop()
        self.counts = counts
        self.due: list[Channel] = []
        self.watchdog = Watchdog()
        self.viewers: set[Viewer] = set()
        self.everywhere: set[Viewer] = set()
        """Those who watch every machine."""

    def flush(self, now_ns: int) -> None:
        """The end of a burst: frames of every machine that had samples in it."""
        due, self.due = self.due, []
        for channel in due:
            channel.flush(now_ns)

    def attach(self, viewer: Viewer, channel: Channel, rate_hz: float) -> None:
        """From now on this viewer gets the machine's events, and its frames at most so often."""
        channel.viewers.add(viewer)
        rate_hz = min(max(rate_hz, LEAST_RATE_HZ), MOST_RATE_HZ)
        pace = channel.paces.get(rate_hz)
        if pace is None:
            pace = channel.paces[rate_hz] = Pace(channel, rate_hz, self.counts)
        pace.viewers.add(viewer)

    def detach(self, viewer: Viewer, channel: Channel) -> None:
        """No more of this machine for this viewer."""
        channel.viewers.discard(viewer)
        for rate_hz, pace in list(channel.paces.items()):
            pace.viewers.discard(viewer)
            if not pace.viewers:
                del channel.paces[rate_hz]
                if pace.timer is not None:
                    pace.timer.cancel()

    def check_deadlines(self, now_ns: int) -> None:
        """Lets go of clients that have not taken a message in time."""
        for viewer in self.viewers:
            if viewer.overdue(now_ns):
                self.counts.clients_slow += 1
                viewer.end(SLOW)
