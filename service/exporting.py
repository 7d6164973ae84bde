"""A recording's samples as a table for other programs (contract 7): CSV or Parquet, nothing of a number lost."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from wire.names import unit_of
from wire.recorded import Block, Recorded, RecordedError
from wire.tables import ANGLE, EXTRA, TIME, TORQUE

ROWS_PER_GROUP = 256 * 1024
"""Of a table with no further columns; the more there are, the fewer."""
MOST_EXTRA = 1000
"""Further columns of a table: what makes more is no sensor."""

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
    """Seconds from the first sample, angle, torque, further columns; null = no reading. Returns the number of rows.

    Written beside the target first, so that an unfinished table never bears its name. `damage`: what is wrong with the recording; Parquet
    keeps it beside what the recording says of itself. Raises RecordedError, OSError.
    """
    about = {f"ilex.{name}": text for name, text in recorded.metadata.items()}
    if damage is not None:
        about["ilex.damage"] = damage
    part = target.with_name(target.name + ".part")
    extra: dict[str, None] = {}
    rows = None
    try:
        # Where a column begins late, a table was begun that has no place for it: once more, now that all are known.
        while rows is None:
            rows = _write(recorded, part, to, about, extra, told)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return rows


def _write(
    recorded: Recorded, part: Path, to: Literal["csv", "parquet"], about: Mapping[str, str], extra: dict[str, None], told: Told
) -> int | None:
    """The number of rows, or None for a table without some of its columns. `extra`: those known; those that are met are added."""
    import pyarrow as pa

    groups = _groups(recorded, extra, told)
    blocks = next(groups, [])
    fields = [pa.field(TIME, pa.float64()), pa.field(ANGLE, pa.float32()), pa.field(TORQUE, pa.float32())]
    for name in extra:
        unit = unit_of(name)
        fields.append(pa.field(EXTRA + name, pa.float32(), metadata={"unit": unit} if unit else None))
    schema = pa.schema(fields, metadata=about)
    known = tuple(extra)
    first_ns = int(blocks[0].t_ns[0]) if blocks else 0
    rows = 0
    with _writer(part, schema, to) as writer:
        while blocks:
            if len(extra) == len(known):
                columns = _columns(blocks, first_ns, known)
                arrays = [_array(column, field.type) for column, field in zip(columns, schema, strict=True)]
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
                rows += len(columns[0])
            blocks = next(groups, [])
    return rows if len(extra) == len(known) else None


def _writer(part: Path, schema: Any, to: Literal["csv", "parquet"]) -> Any:
    if to == "csv":
        from pyarrow.csv import CSVWriter, WriteOptions

        return CSVWriter(part, schema, write_options=WriteOptions(quoting_style="none"))
    from pyarrow.parquet import ParquetWriter

    # Readings hardly repeat: a dictionary of them takes ten times as long, and twice the room, as their bytes sorted by weight.
    return ParquetWriter(part, schema, compression="zstd", use_dictionary=False, use_byte_stream_split=True)


def _array(column: np.ndarray[Any, Any], kind: Any) -> Any:
    """As Arrow has it, in place: `pyarrow.array` would load pandas. A missing reading is null, an empty cell."""
    import pyarrow as pa

    known = ~np.isnan(column)
    missing = len(column) - int(np.count_nonzero(known))
    valid = pa.py_buffer(np.packbits(known, bitorder="little")) if missing else None
    # A number that reads back as the same is written: Arrow's shortest text.
    return pa.Array.from_buffers(kind, len(column), [valid, pa.py_buffer(np.ascontiguousarray(column))], missing)


def _groups(recorded: Recorded, extra: dict[str, None], told: Told) -> Iterator[list[Block]]:
    """The samples, many at a time; `extra` learns their further columns before they are given."""
    held: list[Block] = []
    done = waiting = 0
    for block in recorded.entries():
        if not isinstance(block, Block):
            continue
        if block.extra:
            extra.update(dict.fromkeys(block.extra))
            if len(extra) > MOST_EXTRA:
                raise RecordedError(recorded.path, "", f"has more than {MOST_EXTRA} further columns: too many for a table")
        held.append(block)
        waiting += len(block.t_ns)
        # By bytes: a time takes two numbers' room.
        if waiting * (4 + len(extra)) >= 4 * ROWS_PER_GROUP:
            yield held
            done, held, waiting = done + waiting, [], 0
            told(done, recorded.total)
    if held:
        yield held


def _columns(blocks: list[Block], first_ns: int, extra: tuple[str, ...]) -> list[np.ndarray[Any, Any]]:
    """Seconds from the first sample, angle, torque, and the further columns, NaN where there are none."""
    t_ns = np.concatenate([block.t_ns for block in blocks])
    readings = [np.concatenate([getattr(block, name) for block in blocks]) for name in (ANGLE, TORQUE)]
    for name in extra:
        parts = [block.extra[name] if name in block.extra else np.full(len(block.t_ns), np.nan, np.float32) for block in blocks]
        readings.append(np.concatenate(parts))
    return [(t_ns - first_ns) / 1e9, *readings]
