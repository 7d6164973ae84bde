"""Trouble on demand, to test against: live batches that get lost, late or doubled on their way, and sensors that fall silent.

The same seed and the same samples give the same trouble. Samples that get lost stay in the spool, as after any loss, and come again by
`backfill`.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from wire.samples import SampleBatch

Share = Annotated[float, Meta(ge=0, le=1)]
Milliseconds = Annotated[float, Meta(ge=0, le=60_000)]


class TroubleSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`loss` and `duplicates`: shares of the live batches. `delay_ms`: each leaves so much later, and up to `jitter_ms` more by chance.

    `dropout_every_s`: on average so often (device time) there are no readings for `dropout_s`; 0 = never.
    """

    loss: Share = 0.0
    duplicates: Share = 0.0
    delay_ms: Milliseconds = 0.0
    jitter_ms: Milliseconds = 0.0
    dropout_every_s: Annotated[float, Meta(ge=0, le=86_400)] = 0.0
    dropout_s: Annotated[float, Meta(gt=0, le=3600)] = 0.5
    seed: int = 0

    @property
    def any(self) -> bool:
        """Whether there is to be any."""
        return bool(self.loss or self.duplicates or self.delay_ms or self.jitter_ms or self.dropout_every_s)

    def words(self) -> str:
        """What is injected, for whoever reads the recording: empty where nothing is."""
        told = [
            f"loss {self.loss:.3g}" if self.loss else "",
            f"duplicates {self.duplicates:.3g}" if self.duplicates else "",
            f"delay {self.delay_ms:g}-{self.delay_ms + self.jitter_ms:g} ms" if self.delay_ms or self.jitter_ms else "",
            f"dropouts of {self.dropout_s:g} s about every {self.dropout_every_s:g} s" if self.dropout_every_s else "",
        ]
        said = ", ".join(filter(None, told))
        return f"trouble injected: {said}, seed {self.seed}" if said else ""


class Line:
    """The way of the live batches: `offer` is that of the link, and is called now, later, twice or never. `counts` tells how often what."""

    def __init__(self, settings: TroubleSettings, offer: Callable[[bytes], bool]) -> None:
        self._settings = settings
        self._offer = offer
        self._random = Random(settings.seed)  # noqa: S311 - chance that can be had again, not secrecy
        self._late: set[asyncio.TimerHandle] = set()
        self.counts: Counter[str] = Counter()

    def offer(self, payload: bytes) -> bool:
        """A batch on its way; True where the machine must believe that it left, though it got lost or leaves later."""
        settings = self._settings
        if not settings.any:
            return self._offer(payload)
        # Drawn whatever happens, so that one kind of trouble doesn't change when another comes.
        lost, doubled, wait = self._random.random(), self._random.random(), self._random.random()
        self.counts["sent"] += 1
        if lost < settings.loss:
            self.counts["lost"] += 1
            return True
        times = 2 if doubled < settings.duplicates else 1
        self.counts["doubled"] += times - 1
        wait_s = (settings.delay_ms + wait * settings.jitter_ms) / 1000
        if not wait_s:
            left = self._offer(payload)
            return all(self._offer(payload) for _ in range(times - 1)) and left
        self.counts["delayed"] += 1
        loop = asyncio.get_running_loop()

        def leave() -> None:
            self._late.discard(handle)
            for _ in range(times):
                self._offer(payload)

        handle = loop.call_later(wait_s, leave)
        self._late.add(handle)
        return True

    async def out(self) -> None:
        """Return when nothing is on its way any more."""
        while self._late:  # noqa: ASYNC110 - nothing else waits for it
            await asyncio.sleep(0.01)


class Silence:
    """Stretches of time in which the sensors give no reading: about every `dropout_every_s`, each `dropout_s` long."""

    def __init__(self, settings: TroubleSettings) -> None:
        self._every_s = settings.dropout_every_s
        self._length_ns = round(settings.dropout_s * 1e9)
        self._random = Random(settings.seed + 1)  # noqa: S311 - as above
        self._begins_ns: int | None = None
        self.samples = 0

    def over(self, batch: SampleBatch) -> SampleBatch:
        """The batch, its readings NaN where the sensors are silent."""
        if not self._every_s:
            return batch
        t_ns = batch.times_ns()
        silent = self._silent(t_ns)
        if not silent.any():
            return batch
        self.samples += int(silent.sum())

        def felt(column: NDArray[np.float32]) -> bytes:
            return np.where(silent, np.float32(np.nan), column).astype("<f4").tobytes()

        extra = {name: felt(column) for name, column in batch.extra_columns().items()} or None
        return msgspec.structs.replace(batch, angle=felt(batch.angle_deg()), torque=felt(batch.torque_nm()), extra=extra)

    def _silent(self, t_ns: NDArray[np.int64]) -> NDArray[np.bool_]:
        silent = np.zeros(len(t_ns), bool)
        if self._begins_ns is None:
            self._begins_ns = int(t_ns[0]) + self._pause_ns()
        while self._begins_ns <= int(t_ns[-1]):
            ends_ns = self._begins_ns + self._length_ns
            silent |= (t_ns >= self._begins_ns) & (t_ns < ends_ns)
            if ends_ns > int(t_ns[-1]):
                break
            self._begins_ns = ends_ns + self._pause_ns()
        return silent

    def _pause_ns(self) -> int:
        return round(self._random.expovariate(1 / self._every_s) * 1e9)
