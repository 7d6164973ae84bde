"""Writes one session's recording while it runs (contract 8)."""

import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from service.recordings.channels import Signals, add_channels
from service.recordings.writer import Writer, sync_folder
from wire import samples
from wire.capture import EVENTS, INPUTS, SAMPLES, SIGNALS
from wire.events import Event
from wire.messages import Input
from wire.plan import Plan

PART = ".mcap.part"

_json = msgspec.json.Encoder()
_VERSION = version("ilex")
"""Read once: it takes milliseconds, and a hundred sessions may begin at one moment."""


class Recorder:
    """A session's MCAP file: `folder/<session>.mcap.part` until `finish` names it `.mcap`.

    `batch`, `entry`, `signals`, `event` and `cut` only touch memory: call them on the event loop; of them only `batch` raises.
    `sync` and `finish` wait for the disk: call them from a thread. What was added before a `cut` is durable once a `sync` that began
    after it has returned.

    Log times are UTC: device time plus `utc_offset_ns`, which the boot's clock anchor gives (`utc_ns - mono_ns`); set it once a boot,
    before its first batch. Left unset, the wall clock at the first batch gives it.
    """

    def __init__(self, folder: Path, *, machine: str, session: str, plan: Plan | None, metadata: dict[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{session}{PART}"
        self.utc_offset_ns: int | None = None
        self._writer = Writer(self.path, f"ilex {_VERSION}")
        known = {"session": session, "machine": machine, "plan": _json.encode(plan).decode(), "version": _VERSION}
        self._writer.metadata("ilex", {"started_utc": _now(), **metadata, **known})
        channels = add_channels(self._writer)
        self._samples, self._inputs = channels[SAMPLES], channels[INPUTS]
        self._signals, self._events = channels[SIGNALS], channels[EVENTS]

    @property
    def waiting_bytes(self) -> int:
        """What waits for the disk; a sign of trouble when it grows."""
        return self._writer.waiting_bytes

    def batch(self, payload: bytes, first_t_ns: int) -> None:
        """A batch of samples as it came off the wire; one that came as JSON is kept as the same message in MessagePack.

        Raises WriterError when the disk has taken nothing for so long that this one can't be kept.
        """
        self._writer.check()
        if payload[:1] == b"{":
            payload = samples.encode(samples.decode(payload))
        self._writer.message(self._samples, self._utc_ns(first_t_ns), payload)

    def entry(self, entry: Input, t_ns: int) -> None:
        """An input of the analysis, with the sample after which it took effect."""
        self._writer.message(self._inputs, self._utc_ns(t_ns), _json.encode(entry))

    def signals(
        self,
        t_ns: int,
        angle_deg: float | None,
        torque_nm: float | None,
        speed_deg_s: float | None,
        phase: str | None,
        repetition: int | None,
        cue_deg: float | None,
    ) -> None:
        """What the screens saw, at most 50 times a second."""
        row = Signals(t_ns, angle_deg, torque_nm, speed_deg_s, phase, repetition, cue_deg)
        self._writer.message(self._signals, self._utc_ns(t_ns), _json.encode(row))

    def event(self, event: Event, t_ns: int) -> None:
        """An event of the live analysis; `t_ns` is when it became known, on the device's clock."""
        self._writer.message(self._events, self._utc_ns(t_ns), _json.encode(event))

    def cut(self) -> None:
        """Ends the chunk at hand, so that the next `sync` covers everything so far."""
        self._writer.cut()

    def sync(self) -> None:
        """Makes what was cut durable. Blocks. Raises OSError; what isn't written waits for the next call."""
        self._writer.sync()

    def finish(self, completeness: dict[str, Any], ended: dict[str, Any]) -> Path:
        """Ends the recording and gives it its name, durably. Blocks. Raises OSError.

        `completeness` holds the numbers expected, stored, missing and refused (and whatever explains them), `ended` what is to be
        said of the end: `ended_utc`, `reason`.
        """
        self._writer.metadata("ended", _text({"ended_utc": _now(), **ended}))
        self._writer.metadata("completeness", _text(completeness))
        self._writer.finish()
        return whole(self.path)

    def close(self) -> None:
        """Lets go of the file without ending it, as a crash would: what was synced is there."""
        self._writer.close()

    def _utc_ns(self, t_ns: int) -> int:
        if self.utc_offset_ns is None:
            self.utc_offset_ns = time.time_ns() - t_ns
        return t_ns + self.utc_offset_ns


def whole(part: Path) -> Path:
    """Renames a finished `X.mcap.part` to `X.mcap`, durably."""
    path = part.with_name(part.name.removesuffix(".part"))
    part.rename(path)
    sync_folder(path.parent)
    return path


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(pairs: dict[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else _json.encode(value).decode() for name, value in pairs.items()}
