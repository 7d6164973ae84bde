"""A recording from seal to seal: what is whole of it, also behind damage in its midst."""

import os
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from wire import framing


class Section(NamedTuple):
    """Records that lie between two seals, or all that were read of them, from a byte of the file on.

    `sealed`: the seal behind them fits; None where there is none. Where it is False and no chunk is to blame, anything else may be.
    """

    offset: int
    frames: list[framing.Frame]
    sealed: bool | None


def sections(file: BinaryIO, faults: list[str]) -> Iterator[Section]:
    """The sections of a file in order; what is wrong is added to `faults`, in words, before the section behind it is given.

    Where no record can be read, reading begins again behind the next seal; a cut record that can give something is in the last section.
    Raises framing.DamageError where nothing of an MCAP file is there.
    """
    offset: int | None = 0
    footer = False
    while offset is not None:
        at = offset
        offset = None
        frames: list[framing.Frame] = []
        try:
            for frame in framing.frames(file, at):
                at = frame.offset
                if not frame.whole:
                    offset = _behind_next_seal(file, at + 1)
                    faults.append(f"byte {at}: a record's length is damaged" if offset else f"cut at byte {file.seek(0, os.SEEK_END)}")
                elif not frame.sound and frame.opcode != framing.SEAL:
                    faults.append(f"byte {at}: a checksum doesn't fit what lies before it")
                footer = frame.opcode == framing.FOOTER
                if frame.opcode == framing.SEAL:
                    yield Section(frames[0].offset if frames else at, frames, frame.sound)
                    frames = []
                elif frame.whole or frame.opcode == framing.CHUNK:
                    frames.append(frame)
        except framing.DamageError as error:
            if error.offset == 0:
                raise
            faults.append(f"byte {error.offset}: {error}")
            offset = _behind_next_seal(file, error.offset + 1)
        if frames:
            yield Section(frames[0].offset, frames, sealed=None)
    if not footer and not faults:
        faults.append(f"cut at byte {file.seek(0, os.SEEK_END)}")


def _behind_next_seal(file: BinaryIO, offset: int) -> int | None:
    found = framing.next_seal(file, offset)
    return None if found is None else found + framing.HEAD.size + framing.SEAL_BODY.size
