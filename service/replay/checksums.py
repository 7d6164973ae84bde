"""Whether a recording is as it was written: its size and SHA-256, and every checksum in it (robustness F24, decision 0235)."""

import hashlib
from pathlib import Path

import msgspec

from service.recordings.sections import sections
from wire import framing
from wire.recorded import RecordedError

MOST_TOLD = 20


class Checksums(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of the file and its SHA-256, null while it still grows. Of its chunks and seals how many there are, how many don't fit.

    `chunks_unsummed`: chunks that were written without a checksum, and unpack; nothing says whether they are as they were.

    `faults`: the first of what is wrong with it, in words; none where it is as it was written.
    """

    size: int
    sha256: str | None
    chunks: int
    chunks_bad: int
    chunks_unsummed: int
    seals: int
    seals_bad: int
    faults: list[str]


def checked(path: Path) -> Checksums:
    """Reads all of a recording, twice. Blocks. Raises RecordedError."""
    grows = path.suffix == ".part"
    chunks = chunks_bad = chunks_unsummed = seals = seals_bad = 0
    faults: list[str] = []
    try:
        with path.open("rb") as file:
            for section in sections(file, faults):
                if section.sealed is not None:
                    seals += 1
                    seals_bad += not section.sealed
                bad = chunks_bad
                for frame in section.frames:
                    if frame.opcode == framing.CHUNK and frame.whole:
                        chunks += 1
                        try:
                            framing.unpack_chunk(frame)
                            chunks_unsummed += not framing.summed(frame)
                        except framing.DamageError as error:
                            chunks_bad += 1
                            if len(faults) < MOST_TOLD:
                                faults.append(f"byte {error.offset}: {error}")
                if section.sealed is False and bad == chunks_bad and len(faults) < MOST_TOLD:
                    faults.append(f"byte {section.offset}: a checksum doesn't fit what follows")
            size = file.seek(0, 2)
            file.seek(0)
            sha256 = None if grows else hashlib.file_digest(file, "sha256").hexdigest()
    except framing.DamageError as error:
        raise RecordedError(path, "", str(error)) from error
    except OSError as error:
        raise RecordedError(path, "", error.strerror or str(error)) from error
    # What is still being written has no end yet, which is no damage.
    told = [fault for fault in faults if not (grows and fault.startswith("cut at"))][:MOST_TOLD]
    return Checksums(
        size=size,
        sha256=sha256,
        chunks=chunks,
        chunks_bad=chunks_bad,
        chunks_unsummed=chunks_unsummed,
        seals=seals,
        seals_bad=seals_bad,
        faults=told,
    )
