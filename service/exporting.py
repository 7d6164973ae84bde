"""A recording's samples as a table for other programs (contract 7): CSV or Parquet, nothing of a number lost."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np

from wire.recorded import Block, Recorded
from wire.tables import ANGLE, TIME, TORQUE

ROWS_PER_GROUP = 256 * 1024

Told = Callable[[int, int | None], None]
"""Hears how many samples of how many are done."""


def export(
    recorded: Recorded,
    target: Path,
    to: Literal["csv", "parquet"],
    told: Told = lambda _done, _total: None,
    *,
    damage: str | None = None,
) -> int:
    """Seconds from the first sample, angle and torque; null = no reading. Returns the number of rows. Raises RecordedError, OSError.

    Written beside the target first, so that an unfinished table never bears its name. `damage`: what is wrong with the recording; Parquet
    keeps it beside what the recording says of itself.
    """
    import pyarrow as pa

    about = {f"ilex.{name}": text for name, text in recorded.metadata.items()}
    if damage is not None:
        about["ilex.damage"] = damage
    schema = pa.schema([(TIME, pa.float64()), (ANGLE, pa.float32()), (TORQUE, pa.float32())], metadata=about)
    part = target.with_name(target.name + ".part")
    rows = 0
    try:
        if to == "csv":
            from pyarrow.csv import CSVWriter, WriteOptions

            writer: Any = CSVWriter(part, schema, write_options=WriteOptions(quoting_style="none"))
        else:
            from pyarrow.parquet import ParquetWriter

            # Readings hardly repeat: a dictionary of them takes ten times as long, and twice the room, as their bytes sorted by weight.
            writer = ParquetWriter(part, schema, compression="zstd", use_dictionary=False, use_byte_stream_split=True)
        with writer:
            for columns in _groups(recorded, told):
                arrays = [_array(column, field.type) for column, field in zip(columns, schema, strict=True)]
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
                rows += len(columns[0])
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return rows


def _array(column: np.ndarray[Any, Any], kind: Any) -> Any:
    """As Arrow has it, in place: `pyarrow.array` would load pandas. A missing reading is null, an empty cell."""
    import pyarrow as pa

    known = ~np.isnan(column)
    missing = len(column) - int(np.count_nonzero(known))
    valid = pa.py_buffer(np.packbits(known, bitorder="little")) if missing else None
    # A number that reads back as the same is written: Arrow's shortest text.
    return pa.Array.from_buffers(kind, len(column), [valid, pa.py_buffer(np.ascontiguousarray(column))], missing)


def _groups(recorded: Recorded, told: Told) -> Iterator[list[np.ndarray[Any, Any]]]:
    """Seconds from the first sample, angle and torque, many rows at a time."""
    first_ns: int | None = None
    held: list[Block] = []
    done = waiting = 0
    for block in recorded.entries():
        if not isinstance(block, Block):
            continue
        first_ns = int(block.t_ns[0]) if first_ns is None else first_ns
        held.append(block)
        waiting += len(block.t_ns)
        if waiting >= ROWS_PER_GROUP:
            yield _columns(held, first_ns)
            done, held, waiting = done + waiting, [], 0
            told(done, recorded.total)
    if held and first_ns is not None:
        yield _columns(held, first_ns)


def _columns(blocks: list[Block], first_ns: int) -> list[np.ndarray[Any, Any]]:
    t_ns = np.concatenate([block.t_ns for block in blocks])
    return [(t_ns - first_ns) / 1e9, *(np.concatenate([getattr(block, name) for block in blocks]) for name in (ANGLE, TORQUE))]
