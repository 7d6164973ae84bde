"""Driver `recording`: a recorded file as if it were a machine, at its own time steps, in real time or faster."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np

from edge_agent.clock import Clock, next_tick
from edge_agent.drivers.driver import DriverError, Host, Samples
from wire.events import Event
from wire.messages import Command, Input
from wire.plan import Plan
from wire.recorded import Block, RecordedError, open_recorded

MOST_SAMPLES = 512
"""Of one block, however fast: well inside the 32 KiB of a batch (contract 2)."""


class RecordingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="name", tag="recording"):
    """`speed` 1 = as it was taken, 10 = ten times faster (the time steps within the data stay as they are).

    `loop` plays it again and again, each pass a new boot, `pause_s` apart; `times`: so often, 0 = without end.
    """

    file: str
    speed: Annotated[float, msgspec.Meta(gt=0, le=10_000)] = 1.0
    loop: bool = False
    times: Annotated[int, msgspec.Meta(ge=0)] = 0
    pause_s: Annotated[float, msgspec.Meta(ge=0)] = 5.0

    def open(self, clock: Clock, folder: Path) -> "RecordingDriver":
        """The driver; a relative file is looked for in `folder`. Raises DriverError for a file that can't be read."""
        return RecordingDriver(self, clock, folder / self.file)


class RecordingDriver:
    """Plays the samples of a CSV, Parquet or MCAP file, and presses the buttons that it holds."""

    waits = True

    def __init__(self, settings: RecordingSettings, clock: Clock, file: Path) -> None:
        self._speed = settings.speed
        self._base_ns = clock.now_ns()
        self._entries = _load(file)
        blocks = [entry for entry in self._entries if isinstance(entry, Block)]
        self._first_ns = int(blocks[0].t_ns[0])
        self.again_s = settings.pause_s if settings.loop else None
        self._left = settings.times
        self.sample_rate_hz = _rate_hz(blocks)

    async def read(self, host: Host) -> AsyncIterator[Samples]:
        """Each sample at base + (its time - the file's first time), where base is now; paced by `speed`."""
        size = min(max(round((self.sample_rate_hz or 100.0) * host.batch_s * self._speed), 1), MOST_SAMPLES)
        base_ns = self._base_ns = next_tick(host.clock.now_ns())
        for entry in _cut(self._entries, size):
            if isinstance(entry, Input):
                if entry.kind == "button" and entry.button is not None:
                    host.press(entry.button)
                continue
            t_ns = entry.t_ns - self._first_ns
            await host.clock.sleep_until(base_ns + int(int(t_ns.max()) / self._speed))
            yield Samples(t_ns + base_ns, entry.angle_deg, entry.torque_nm, entry.extra)
        self._left -= 1
        if self._left == 0:
            self.again_s = None

    def device_ns(self, now_ns: int) -> int:
        """The device's clock: it runs `speed` times as fast as the agent's."""
        return self._base_ns + int((now_ns - self._base_ns) * self._speed)

    def take_plan(self, plan: Plan | None) -> None:
        """A recording follows no plan."""

    def take_event(self, event: Event) -> None:
        """A recording reads no screen."""

    def take_command(self, command: Command) -> None:
        """A recording can't blink."""


def _load(file: Path) -> list[Block | Input]:
    """The whole file: once it plays, no disk stands between two samples. Raises DriverError."""
    try:
        entries = list(open_recorded(file).entries())
    except RecordedError as error:
        raise DriverError(str(error)) from error
    if not any(isinstance(entry, Block) for entry in entries):
        raise DriverError(f"{file}: holds no samples")
    return entries


def _cut(entries: list[Block | Input], size: int) -> Iterator[Block | Input]:
    """The same entries, their blocks cut into pieces of `size` samples, the last of each block maybe shorter."""
    for entry in entries:
        if isinstance(entry, Input):
            yield entry
            continue
        for start in range(0, len(entry.t_ns), size):
            piece = slice(start, start + size)
            extra = {name: column[piece] for name, column in entry.extra.items()}
            yield Block(entry.boot, entry.seq + start, entry.t_ns[piece], entry.angle_deg[piece], entry.torque_nm[piece], extra)


def _rate_hz(blocks: list[Block]) -> float | None:
    """The usual rate: one over the median of the rising time steps; None where there are none."""
    steps = np.diff(np.concatenate([block.t_ns for block in blocks]))
    rising = steps[steps > 0]
    return float(1e9 / np.median(rising)) if rising.size else None
