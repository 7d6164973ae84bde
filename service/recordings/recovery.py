"""What is whole of a cut or damaged recording, as a new recording (contract 8)."""

import os
import struct
import sys
from collections.abc import Collection, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.records import Metadata

from disk import DISK, Disk
from service.recordings.chunks import heads
from service.recordings.copying import copy
from service.recordings.names import COPIES, PART, RECOVERED, session_name, whole_name
from service.recordings.recorder import LIBRARY, Recorder
from service.recordings.rivals import goes_on
from service.recordings.writer import Writer
from wire import framing
from wire.capture import Capture
from wire.recorded import RecordedError

_ENDED = struct.pack("<I", 5) + b"ended"
"""How a metadata record of that name begins."""


class Recovery(NamedTuple):
    """What came of a recovery: the new file, the messages in it, the samples in it, and what was wrong, in words."""

    path: Path
    messages: int
    samples: int
    faults: list[str]


def recover(path: Path, out: Path, disk: Disk = DISK, only: Collection[str] | None = None, most: int | None = None) -> Recovery:
    """Copies everything that is whole in `path` into a new recording `out`, and reads that one back before it gets its name.

    A damaged chunk is left out and what follows is kept; the first byte that no record can start with ends it. The source is never
    changed. `only`, `most`: as in `copy`. Raises RecordedError if nothing can be had, FileExistsError if `out` is there already.
    """
    if out.exists():
        raise FileExistsError(f"{out} is there already")
    part = out.with_name(out.name.removesuffix(".mcap") + RECOVERED)
    if part.exists():
        disk.remove(part)
    faults: list[str] = []
    writer = Writer(part, LIBRARY, disk)
    try:
        messages = copy(path, writer, faults, only=only, most=most).messages
        if faults:
            writer.metadata("recovered", {"source": path.name, "faults": "; ".join(faults)})
        writer.finish()
        writer.verify()
        copied = Capture(part)
        if copied.damage or copied.total is None:
            raise RecordedError(part, copied.damage or "", "the recovered file doesn't read back")
    except BaseException:
        writer.close()
        if part.exists():
            disk.remove(part)
        raise
    writer.rename(out)
    writer.close()
    return Recovery(out, messages, copied.total, faults)


def leftovers(folder: Path, disk: Disk = DISK) -> list[Path]:
    """The `*.mcap.part` under a folder that a service left behind, oldest name first: called at the start, before anything records.

    Copies that were being made are thrown away: their source is still there. Where `S.mcap` is there, too, the part is gone on with if it
    holds all of it, as after `Recorder.resume`; one that does not is set aside (`rivals`). Never raises: what the system does not let read,
    rename or remove is logged, and left for the next start.
    """

    def tell(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            _fault("folder of recordings not readable", Path(error.filename), error)

    parts = []
    found = os.walk(folder, onerror=tell)
    for part in sorted(Path(at, name) for at, _, names in found for name in names if name.endswith(PART)):
        copied = part.name.endswith(COPIES)
        try:
            if copied:
                disk.remove(part)
            elif goes_on(part, disk):
                parts.append(part)
        except (OSError, RecordedError) as error:
            _fault("copy not removed" if copied else "unfinished recording left for the next start", part, error)
    return parts


def over(part: Path) -> bool:
    """Whether the session of a recording that was left open had ended, as its record `ended` says. Blocks, a millisecond. Never raises."""
    try:
        with part.open("rb") as file:
            for offset, opcode, _ in heads(file, len(framing.MAGIC), file.seek(0, os.SEEK_END)):
                file.seek(offset + framing.HEAD.size)
                if opcode == framing.METADATA and file.read(len(_ENDED)) == _ENDED:
                    return True
    except (OSError, framing.DamageError, struct.error):
        pass
    return False


def at_its_place(part: Path) -> bool:
    """Whether a `.mcap.part` has the name of the session in it, and its machine's folder: so it was written here. Blocks. Never raises.

    True where it doesn't say whose it is.
    """
    try:
        with part.open("rb") as file:
            for offset, opcode, length in heads(file, len(framing.MAGIC), file.seek(0, os.SEEK_END)):
                if opcode != framing.METADATA:
                    continue
                file.seek(offset + framing.HEAD.size)
                record = Metadata.read(ReadDataStream(BytesIO(file.read(length - framing.HEAD.size))))
                if record.name == "ilex":
                    session, machine = session_name(part), "/".join(part.parts[-3:-1])
                    return (record.metadata.get("session", session), record.metadata.get("machine", machine)) == (session, machine)
    except (OSError, framing.DamageError, struct.error, UnicodeDecodeError, McapError):
        pass
    return True


def make_whole(part: Path, disk: Disk = DISK, counted: Mapping[str, int] | None = None) -> Path | None:
    """Ends what a kill, a power cut or damage left of a recording, and gives it its name. None where that can't be done.

    `counted`: the samples `expected` and `refused`, where that is known; what is not there any more is then missing.
    What holds no samples that could be had is set aside as `*.mcap.torn`, never deleted; and what lacks samples of the whole recording of
    its name, as `rivals` does. Blocks. Never raises.
    """
    path = whole_name(part)
    try:
        # Asked again: a part that goes on may have been damaged since, and its copy would replace more than it holds.
        if not goes_on(part, disk):
            return None
        try:
            recorder = Recorder.resume(part, disk)
        except RecordedError as error:
            _fault("recording set aside", part, error)
            disk.rename(part, path.with_name(f"{path.name}.torn"))
            disk.sync_folder(part.parent)
            return None
        try:
            if recorder.faults:
                recorder.note("recovered", {"faults": recorder.faults})
            found = recorder.stored()
            if counted is not None:
                expected, refused = counted["expected"], counted["refused"]
                found |= {"expected": expected, "refused": refused, "missing": expected - refused - found["stored"]}
            return recorder.finish(found, {"reason": "interrupted"})
        finally:
            recorder.close()
    except (OSError, RecordedError) as error:
        # A disk without space must not keep the service from starting; the part stays, and is tried again.
        _fault("recording not recovered", part, error)
        return None


def _fault(what: str, part: Path, error: Exception) -> None:
    # Imported where there is something to say: structlog brings rich and asyncio, a third of the start of who makes a recording final.
    import structlog

    structlog.get_logger(__name__).error(what, recording=part.name, error=str(error))


def main(names: Sequence[str]) -> int:
    """`python -m service.recordings.recovery PART...`: makes each whole; writes the new file's name as a line as soon as it is. 0."""
    import structlog

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    for name in names:
        if (path := make_whole(Path(name))) is not None:
            print(path, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
