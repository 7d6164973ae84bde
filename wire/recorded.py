"""Recorded samples, whatever file holds them (contract 7 and 8): what the edge plays and the service analyses."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from wire.messages import Input
from wire.plan import Plan

ROWS_PER_BLOCK = 4096
"""Samples in a block at most: large enough for arrays to pay, small enough for a progress bar to move."""


class Block(NamedTuple):
    """n >= 1 consecutive samples: columns of shape (n,). NaN = no reading. `boot` is None where the file names none.

    `t_ns` is the device's clock. Where a recording holds several boots, the later ones are continued on the first one's clock.
    `extra` are further columns by name: recorded, not analysed.
    """

    boot: str | None
    seq: int
    t_ns: NDArray[np.int64]
    angle_deg: NDArray[np.float32]
    torque_nm: NDArray[np.float32]
    extra: Mapping[str, NDArray[np.float32]] = MappingProxyType({})


class RecordedError(ValueError):
    """A file that can't be used. Its text is one line: `FILE:WHERE: reason`; `where` is a line, row or byte, or empty."""

    def __init__(self, path: Path, where: str, message: str) -> None:
        super().__init__(f"{path}:{where}: {message}" if where else f"{path}: {message}")
        self.path = path
        self.where = where
        self.message = message

    @property
    def words(self) -> str:
        """`WHERE: reason`, for who knows which file it is about."""
        return f"{self.where}: {self.message}" if self.where else self.message

    @property
    def named(self) -> str:
        """The same line by the file's name alone, for readers at another computer: its folder is nobody's business there."""
        return f"{self.path.name}:{self.words}" if self.where else f"{self.path.name}: {self.message}"


class UnfitError(RecordedError):
    """A file that is as it was written and all the same can't be used: it has nothing that could be saved."""


class Recorded(Protocol):
    """An opened recording.

    `total` is the number of samples, for progress; `metadata` the text pairs of an MCAP recording's `ilex` record; `completeness`
    those of its last `completeness` record; `damage` says where and how a recording is cut or broken (what lies before is given).
    """

    path: Path
    plan: Plan | None
    machine: str | None
    session: str | None
    metadata: dict[str, str]
    completeness: dict[str, str]
    total: int | None
    damage: str | None

    def entries(self) -> Iterator[Block | Input]:
        """Everything the analysis is told, in order: samples by boot and seq, each once, each input after the sample that it names.

        May be called again. Raises RecordedError.
        """
        ...


def damage_in(recorded: Recorded, path: Path) -> str | None:
    """What is wrong with a recording that was opened by this path, and from which byte on, in words; None of a whole one."""
    if recorded.damage is None or is_part(recorded, path):
        return recorded.damage
    return f"cut at {recorded.damage}"


def is_part(recorded: Recorded, path: Path) -> bool:
    """True where what was opened by this path is what could be saved of it: another file."""
    return recorded.path != path


def open_recorded(path: Path) -> Recorded:
    """A recording by its name: `.csv`, `.parquet`, `.mcap` (also `.mcap.part`). Raises RecordedError.

    The readers are imported here, so that who reads CSV never waits for Parquet or MCAP.
    """
    name = path.name.lower()
    if not path.is_file():
        what = "is a folder, not a recording" if path.is_dir() else "is not a file" if path.exists() else "no such file"
        raise RecordedError(path, "", what)
    try:
        if name.endswith((".mcap", ".mcap.part")):
            from wire.capture import Capture

            return Capture(path)
        if name.endswith(".csv"):
            from wire.tables import read_csv

            return read_csv(path)
        if name.endswith(".parquet"):
            from wire.tables import read_parquet

            return read_parquet(path)
    except OSError as error:
        raise RecordedError(path, "", error.strerror or str(error)) from error
    raise RecordedError(path, "", "expected a name that ends in .csv, .parquet, .mcap or .mcap.part")
