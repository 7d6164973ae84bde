"""A recording from seal to seal: what is whole of it, also behind damage in its midst."""

import os
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from wire import framing
from wire.room import MIB, OBJECT_BYTES

MOST_HELD = 4 * MIB
"""Of records that wait for their seal: ours stand every 20 KiB or so, other files have none at all."""
MOST_TOLD = 100_000
"""Faults that are told one by one."""
CUT = "cut at byte "
"""How the fault of a file begins that is only cut."""


class Section(NamedTuple):
    """Records that lie between two seals, or all that were read of them, from a byte of the file on.

    `sealed`: the seal behind them fits; None where there is none, or none so near that they could wait for it. Where it is False and no
    chunk is to blame, anything else may be.
    """

    offset: int
    frames: list[framing.Frame]
    sealed: bool | None


def sections(file: BinaryIO, faults: list[str]) -> Iterator[Section]:
    """The sections of a file in order; what is wrong is added to `faults`, in words, before the section behind it is given.

    Where no record can be read, reading begins again behind the next seal; a cut record that can give something is in the last section.
    A few MiB are in memory at a time, whatever the file. Raises framing.DamageError where nothing of an MCAP file is there.
    """
    offset: int | None = 0
    footer = False
    while offset is not None:
        at = offset
        offset = None
        frames: list[framing.Frame] = []
        begun, held = max(at, len(framing.MAGIC)), 0
        try:
            for frame in framing.frames(file, at):
                at = frame.offset
                if not frame.whole:
                    offset = _behind_next_seal(file, at + 1)
                    tell(faults, f"byte {at}: a record's length is damaged" if offset else f"{CUT}{file.seek(0, os.SEEK_END)}")
                elif not frame.sound and frame.opcode != framing.SEAL:
                    tell(faults, f"byte {at}: a checksum doesn't fit what lies before it")
                footer = frame.opcode == framing.FOOTER
                if footer and frame.whole and (second := framing.followed(file, frame)) is not None:
                    tell(faults, f"byte {second}: another recording follows the one that ends here; it is left out")
                if frame.opcode == framing.SEAL:
                    # Where some were given before it, it covers those as well.
                    yield Section(begun, frames, frame.sound)
                    frames, begun, held = [], at + framing.HEAD.size + len(frame.content), 0
                elif frame.whole or frame.opcode == framing.CHUNK:
                    frames.append(frame)
                    held += len(frame.content) + OBJECT_BYTES
                    if held > MOST_HELD:
                        yield Section(frames[0].offset, frames, sealed=None)
                        frames, held = [], 0
        except framing.DamageError as error:
            if error.offset == 0:
                raise
            tell(faults, f"byte {error.offset}: {error}")
            offset = _behind_next_seal(file, error.offset + 1)
        if frames:
            yield Section(frames[0].offset, frames, sealed=None)
    if not footer and not faults:
        tell(faults, f"{CUT}{file.seek(0, os.SEEK_END)}")


def tell(faults: list[str], fault: str) -> None:
    """Adds to what is told; a file of nothing but faults must not fill the memory with them."""
    if len(faults) < MOST_TOLD:
        faults.append(fault)


def _behind_next_seal(file: BinaryIO, offset: int) -> int | None:
    found = framing.next_seal(file, offset)
    return None if found is None else found + framing.HEAD.size + framing.SEAL_BODY.size
