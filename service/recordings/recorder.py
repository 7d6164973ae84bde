"""Writes one session's recording while it runs (contract 8)."""

import errno
import struct
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import msgspec

from disk import DISK, Disk
from service.recordings.channels import Signals, add_channels
from service.recordings.copying import Copied, copy
from service.recordings.names import PART, RESUMED, whole_name
from service.recordings.sections import CUT
from service.recordings.tally import stored
from service.recordings.writer import Writer
from wire import framing
from wire.channels import EVENTS, EVENTS_FINAL, INPUTS, NOTES, SAMPLES, SIGNALS
from wire.events import Event
from wire.messages import Input
from wire.plan import Plan
from wire.recorded import RecordedError

_json = msgspec.json.Encoder()
_VERSION = version("ilex")
"""Read once: it takes milliseconds, and a hundred sessions may begin at one moment."""
LIBRARY = f"ilex {_VERSION}"


class Recorder:
    """A session's MCAP file: `folder/<session>.mcap.part` until `finish` names it `.mcap`.

    `batch`, `entry`, `signals`, `event`, `describe`, `note`, `end` and `cut` only touch memory; of them only `batch` raises.
    `flush` gives the kernel what was added, so that it outlives the process: as quick as a write. All of these belong on the event loop.
    `sync` and `finish` wait for the disk: call them from a thread. What was added before a `cut` is durable once a `sync` that began
    after it has returned.

    Log times are UTC: device time plus `utc_offset_ns`, which the boot's clock anchor gives (`utc_ns - mono_ns`); set it once a boot,
    before its first batch. Left unset, the wall clock at the first batch gives it.
    """

    def __init__(self, folder: Path, *, machine: str, session: str, plan: Plan | None, metadata: dict[str, str], disk: Disk = DISK) -> None:
        disk.make_folder(folder)
        writer = Writer(folder / f"{session}{PART}", LIBRARY, disk)
        known = {"session": session, "machine": machine, "plan": _json.encode(plan).decode(), "version": _VERSION}
        about = {"started_utc": _now(), **metadata, **known}
        writer.metadata("ilex", about)
        self._go_on(writer, Copied(0, {}, {"ilex": about}, 0), [])

    def _go_on(self, writer: Writer, copied: Copied, faults: list[str]) -> None:
        self.utc_offset_ns: int | None = None
        self.faults = faults
        """What was wrong with the file that this one was resumed from, in words."""
        self._writer = writer
        self._newest_ns = copied.newest_ns
        self._about = copied.metadata.get("ilex", {})
        self._ended = "ended" in copied.metadata
        self._completed = False
        channels = add_channels(writer, copied.topics)
        self._samples, self._inputs, self._notes = channels[SAMPLES], channels[INPUTS], channels[NOTES]
        self._signals, self._events = channels[SIGNALS], channels[EVENTS]

    @classmethod
    def resume(cls, path: Path, disk: Disk = DISK) -> Self:
        """Goes on with a recording that a kill cut off (`.mcap.part`), or that was finished with samples missing (`.mcap`).

        All that is whole of it is copied into a new file, read back and made durable before that takes the name `.mcap.part`; at no
        instant are fewer samples on disk than before, and a copy that was broken off is thrown away by the next one or by
        `leftovers`. A finished recording stays beside its `.mcap.part`, which holds all of it, until `finish` replaces it.
        What `finish` and `finalise` wrote is left out; the record `ended` stays where it was. Blocks. Memory is bounded.
        Raises RecordedError if nothing can be had, OSError; then `path` is as it was.
        """
        stem = whole_name(path).name.removesuffix(".mcap")
        fresh = path.with_name(f"{stem}{RESUMED}")
        if fresh.exists():
            disk.remove(fresh)
        faults: list[str] = []
        writer = Writer(fresh, LIBRARY, disk)
        try:
            copied = copy(path, writer, faults, without=(EVENTS_FINAL, "completeness", "final"))
            writer.cut()
            writer.sync()
            writer.verify()
            writer.rename(fresh.with_name(f"{stem}{PART}"))
        except BaseException:
            writer.close()
            if fresh.exists():
                disk.remove(fresh)
            raise
        recorder = cls.__new__(cls)
        recorder._go_on(writer, copied, faults)  # noqa: SLF001 - one of this class
        return recorder

    @property
    def path(self) -> Path:
        """The file that is being written."""
        return self._writer.path

    @property
    def waiting_bytes(self) -> int:
        """What waits for the disk; a sign of trouble when it grows."""
        return self._writer.waiting_bytes

    def stored(self) -> dict[str, int]:
        """What is in the file so far: `expected` (first to last of each boot), `stored`, `missing`, `refused`. Blocks. Raises OSError."""
        try:
            return stored(self.path, self._samples)
        except (framing.DamageError, ValueError) as error:
            raise OSError(errno.EIO, f"what was written doesn't read back: {error}", str(self.path)) from error

    @property
    def damage(self) -> list[str]:
        """What of `faults` is more than the cut end that every kill leaves: something is gone that had been written."""
        return [fault for fault in self.faults if not fault.startswith(CUT)]

    @property
    def lost(self) -> int:
        """Inputs, events and signals that the disk left no room for."""
        return self._writer.lost

    def batch(self, payload: bytes, first_t_ns: int, *, late: bool = False) -> None:
        """A batch of samples as it came off the wire, in MessagePack (`wire.pieces.messages_of` makes that of one that came as JSON).

        `late`: it came when the live analysis had gone on, and was not fed to it. Its message then has the time of its coming as its
        publish time; on time, both times of the message are one.
        Raises WriterError when the disk has taken nothing for so long that this one can't be kept.
        """
        self._writer.check()
        log_ns = self._newest_ns = self._utc_ns(first_t_ns)
        self._writer.message(self._samples, log_ns, payload, max(time.time_ns(), log_ns + 1) if late else None)

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

    def describe(self, metadata: dict[str, str]) -> bool:
        """What has become known of the machine, or has changed, as another record `ilex`: the last one holds. False where nothing has."""
        about = self._about | metadata
        if about == self._about:
            return False
        self._about = about
        self._writer.metadata("ilex", about)
        return True

    def note(self, kind: str, fields: dict[str, Any]) -> None:
        """Something that befell the recording: `gap` (with boot, first, last), `clock_step`, `restart`, `recovered`, `not_kept`...

        `fields` are plain JSON. It lies on the time axis beside the newest sample; `noted_utc` is the wall clock of now.
        """
        text = _json.encode({"kind": kind, "noted_utc": _now(), **fields})
        self._writer.message(self._notes, self._newest_ns or time.time_ns(), text)

    def end(self, ended: dict[str, Any]) -> None:
        """Here the session ended: `ended_utc`, `reason`. What is added later came after it and was never shown live. Once only."""
        if not self._ended:
            self._ended = True
            self._writer.metadata("ended", _text({"ended_utc": _now(), **ended}))

    def flush(self) -> None:
        """What was added so far is the kernel's, so that a kill of this process can't take it; a power cut can. Raises OSError.

        What isn't written waits for the next call, or the next `sync`.
        """
        self._writer.cut()
        self._writer.write()

    def cut(self) -> None:
        """Ends the chunk at hand, so that the next `sync` covers everything so far."""
        self._writer.cut()

    def sync(self) -> None:
        """Makes what was cut durable. Blocks. Raises OSError; what isn't written waits for the next call."""
        self._writer.sync()

    def finish(self, completeness: dict[str, Any], ended: dict[str, Any]) -> Path:
        """Ends the recording and gives it its name, durably. Blocks. Raises OSError; it can then be tried again.

        RecordedError where what was written is damaged: only a copy of what is whole of it can be ended (`recovery.make_whole`).

        `completeness` holds the numbers expected, stored, missing and refused (and whatever explains them), `ended` what is to be
        said of the end: `ended_utc`, `reason`.
        """
        if not self._completed:
            if self.lost:
                self.flush()  # makes room for the note
                self.note("not_kept", {"entries": self.lost})
            self._completed = True
            self.end(ended)
            self._writer.metadata("completeness", _text(completeness))
        try:
            self._writer.finish()
        except (framing.DamageError, struct.error, UnicodeDecodeError) as error:
            raise RecordedError(self.path, "", f"what was written doesn't read back: {error}") from error
        self._writer.rename(whole_name(self.path))
        self._writer.close()
        return self.path

    def close(self) -> None:
        """Lets go of the file without ending it, as a crash would: what was synced is there."""
        self._writer.close()

    def _utc_ns(self, t_ns: int) -> int:
        if self.utc_offset_ns is None:
            self.utc_offset_ns = time.time_ns() - t_ns
        return t_ns + self.utc_offset_ns


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(pairs: dict[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else _json.encode(value).decode() for name, value in pairs.items()}
