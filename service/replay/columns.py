"""Columns of numbers as bytes, for a browser and for files (decision 0152): a small header in JSON, then typed arrays.

    "ILEXCOL1"  uint32 length of the header  uint32 0  header, padded with spaces to a multiple of 8
    then each column, little-endian, padded with zeros to a multiple of 8

The header's `columns` say of each: `name`, `type` (`f4` or `f8`), `rows`, and `unit` where it has one. So a browser views each column
in place, and a file is mapped, not read.
"""

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

MEDIA_TYPE = "application/vnd.ilex.columns"
MAGIC = b"ILEXCOL1"
_HEAD = struct.Struct("<8sII")
_TYPES: dict[str, np.dtype[Any]] = {"f4": np.dtype("<f4"), "f8": np.dtype("<f8")}

Values = NDArray[Any]


class Column(NamedTuple):
    """`values` of shape (rows,), float32 or float64."""

    name: str
    values: Values
    unit: str | None = None


def pieces(about: Mapping[str, Any], columns: list[Column]) -> Iterator[bytes | memoryview]:
    """The bytes, in order; large columns are not copied."""
    described = []
    for column in columns:
        kind = "f4" if column.values.dtype.itemsize == 4 else "f8"
        one: dict[str, Any] = {"name": column.name, "type": kind, "rows": len(column.values)}
        described.append(one if column.unit is None else {**one, "unit": column.unit})
    header = msgspec.json.encode({**about, "columns": described})
    header += b" " * (-len(header) % 8)
    yield _HEAD.pack(MAGIC, len(header), 0) + header
    for column in columns:
        values = np.ascontiguousarray(column.values, dtype=_TYPES["f4" if column.values.dtype.itemsize == 4 else "f8"])
        yield values.data.cast("B") if len(values) else b""
        yield b"\x00" * (-values.nbytes % 8)


def mapped(path: Path) -> tuple[dict[str, Any], dict[str, Values]]:
    """The header and the columns of a file, by name. Nothing is read before it is used. Raises ValueError, OSError."""
    data = np.memmap(path, np.uint8, "r")
    magic, length, _ = _HEAD.unpack_from(data[: _HEAD.size].tobytes())
    if magic != MAGIC:
        raise ValueError(f"{path}: not a file of columns")
    at = _HEAD.size + length
    about: dict[str, Any] = msgspec.json.decode(data[_HEAD.size : at].tobytes())
    found: dict[str, Values] = {}
    for one in about.pop("columns"):
        kind = _TYPES[one["type"]]
        size = one["rows"] * kind.itemsize
        if at + size > len(data):
            raise ValueError(f"{path}: ends before its columns do")
        found[one["name"]] = data[at : at + size].view(kind)
        at += size + -size % 8
    return about, found
