"""Recorded samples as a table: CSV and Parquet (contract 7). Read whole, so that a bad row is found before a sample is used."""

import csv
import math
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from wire.plan import Plan
from wire.recorded import ROWS_PER_BLOCK, Block, RecordedError

TIME, ANGLE, TORQUE = "t_s", "angle_deg", "torque_nm"
EXTRA = "extra."
"""Further columns: this and their name (decision 0224)."""
_LATEST_S = 9.0e9
"""Nanoseconds of a later time don't fit 64 bits; it is far more often a time in other units."""
TOO_GREAT = 2.0**128 - 2.0**103
"""What is nearer to infinity than to the greatest 32-bit float, which written in few digits is a little greater than itself."""


class Table:
    """Samples read from a table: no boot, no inputs, `seq` counts the rows from 0."""

    def __init__(self, path: Path, t_s: NDArray[np.float64], angle_deg: NDArray[np.float32], torque_nm: NDArray[np.float32]) -> None:
        self.path = path
        self.plan: Plan | None = None
        self.machine: str | None = None
        self.session: str | None = None
        self.metadata: dict[str, str] = {}
        self.completeness: dict[str, str] = {}
        self.damage: str | None = None
        self.total: int | None = len(t_s)
        self._t_ns = nanoseconds(t_s)
        self._angle_deg, self._torque_nm = angle_deg, torque_nm
        if not self.total:
            raise RecordedError(path, "", "holds no samples")
        if not np.any(np.diff(self._t_ns) > 0):
            raise RecordedError(path, "", f"no two times in {TIME} rise; times must rise from row to row")

    def entries(self) -> Iterator[Block]:
        """The samples in blocks. Equal or falling times are passed on: the analysis answers them (contract 7)."""
        for first in range(0, len(self._t_ns), ROWS_PER_BLOCK):
            rows = slice(first, first + ROWS_PER_BLOCK)
            yield Block(None, first, self._t_ns[rows], self._angle_deg[rows], self._torque_nm[rows])


def nanoseconds(t_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """Seconds as whole nanoseconds, rounded to the nearest: the one place where it is done."""
    return np.rint(t_s * 1e9).astype(np.int64)


def too_great(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which numbers no 32-bit float is near to; infinity is one."""
    return (np.abs(values) >= TOO_GREAT) & np.isfinite(values)


def read_csv(path: Path) -> Table:
    """A CSV file with a header line; columns by name, others ignored. Raises RecordedError with the line at fault."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read_csv(path, file)
    except UnicodeDecodeError as error:
        raise RecordedError(path, f"byte {error.start}", "is not UTF-8 text") from error


def _read_csv(path: Path, file: TextIO) -> Table:
    reader = csv.reader(file, strict=True)
    try:
        names, places = _header(path, reader)
        columns: list[list[NDArray[Any]]] = [[], [], []]
        while rows := list(islice(reader, 2 * ROWS_PER_BLOCK)):
            try:
                numbers = _numbers(rows, places)
            except (ValueError, IndexError):
                _explain(path, names, places)
                # Lines of blanks and commas are empty ones.
                stripped = ([cell.strip() for cell in row] for row in rows)
                numbers = _numbers([row for row in stripped if any(row)], places)
            for column, values in zip(columns, numbers, strict=True):
                column.append(values)
    except csv.Error as error:
        raise RecordedError(path, str(reader.line_num), f"is not CSV: {error}") from error
    t_s, angle_deg, torque_nm = (np.concatenate(column) if column else np.zeros(0) for column in columns)
    return Table(path, t_s, angle_deg.astype(np.float32, copy=False), torque_nm.astype(np.float32, copy=False))


def _header(path: Path, reader: Any) -> tuple[list[str], list[int | None]]:
    """The names in the first line, and where t_s, angle_deg and torque_nm stand in it."""
    names = [name.strip() for name in next(reader, [])]
    if not any(names):
        raise RecordedError(path, "1", "is empty; expected a header line t_s,angle_deg,torque_nm")
    for required in (TIME, ANGLE):
        if required not in names:
            hint = ""
            for separator, word in ((";", "semicolons"), ("\t", "tabs")):
                if separator in names[0]:
                    hint = f" (its columns seem to be parted by {word}: write commas, and points in numbers)"
            raise RecordedError(path, "1", f"no column {required}; found {', '.join(names)[:200]}{hint}")
    for name in (TIME, ANGLE, TORQUE):
        if names.count(name) > 1:
            raise RecordedError(path, "1", f"column {name} stands there {names.count(name)} times")
    return names, [names.index(name) if name in names else None for name in (TIME, ANGLE, TORQUE)]


def _numbers(rows: list[list[str]], places: Sequence[int | None]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """The three columns of some rows, fast. Raises ValueError or IndexError for any row that `_explain` has to look at."""
    if [] in rows:
        rows = [row for row in rows if row]
    t_at, angle_at, torque_at = places
    assert t_at is not None
    assert angle_at is not None
    t_s = np.array([float(row[t_at]) for row in rows], np.float64)
    columns = [[float(row[angle_at] or "nan") for row in rows]]
    cells = [[row[t_at] for row in rows], [row[angle_at] for row in rows]]
    if torque_at is not None:
        columns.append([float(row[torque_at] or "nan") for row in rows])
        cells.append([row[torque_at] for row in rows])
    # float() also takes 1_000, which no recording means.
    if any("_" in "".join(column) for column in cells) or not np.all(np.abs(t_s) < _LATEST_S):
        raise ValueError
    values = np.array(columns, np.float64)
    if too_great(values).any():
        raise ValueError
    narrow = values.astype(np.float32)
    torque_nm = narrow[1] if torque_at is not None else np.full(len(rows), np.nan, np.float32)
    return t_s, narrow[0], torque_nm


def _explain(path: Path, names: list[str], places: Sequence[int | None]) -> None:
    """Raises RecordedError for the first row that can't be read, with its line, its column and the reason."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        next(reader)
        for row in reader:
            if not any(map(str.strip, row)):
                continue
            for name, place in zip((TIME, ANGLE, TORQUE), places, strict=True):
                if place is None:
                    continue
                if place >= len(row):
                    raise RecordedError(path, str(reader.line_num), f"no {name}: {len(row)} columns, the header has {len(names)}")
                if reason := _fault(name, row[place]):
                    raise RecordedError(path, str(reader.line_num), reason)


def _fault(name: str, cell: str) -> str | None:
    text = cell.strip()
    try:
        value = float(text or "nan")
    except ValueError:
        return f"{name} is not a number: {text[:60]!r}"
    if name == TIME and math.isnan(value):
        return f"{name} is empty; every row needs a time"
    if (name == TIME and math.isinf(value)) or "_" in text:
        return f"{name} is not a number: {text[:60]!r}"
    if name == TIME and abs(value) >= _LATEST_S:
        return f"{name} is {text[:60]}: too large for seconds"
    # A sensor's infinity is recorded as it came; the analysis answers it with a fault.
    if name != TIME and TOO_GREAT <= abs(value) < math.inf:
        return f"{name} is {text[:60]}: too large for a 32-bit float"
    return None


def read_parquet(path: Path) -> Table:
    """A Parquet file with the columns of the CSV as numbers, null or NaN = no reading. Raises RecordedError with the row at fault."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            for required in (TIME, ANGLE):
                if required not in names:
                    raise RecordedError(path, "", f"no column {required}; found {', '.join(names)[:200]}")
            wanted = [name for name in (TIME, ANGLE, TORQUE) if name in names]
            for name in wanted:
                kind = file.schema_arrow.field(name).type
                if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind)):
                    raise RecordedError(path, "", f"{name} is not a column of numbers but of {kind}")
            table = file.read(wanted)
    except pa.ArrowInvalid as error:
        raise RecordedError(path, "", f"is not Parquet: {str(error).splitlines()[0]}") from error
    columns = {name: table.column(name).to_numpy().astype(np.float64) for name in wanted}
    t_s = columns[TIME]
    _refuse_rows(path, TIME, t_s, ~(np.abs(t_s) < _LATEST_S))
    values = []
    for name in (ANGLE, TORQUE):
        column = columns.get(name)
        if column is None:
            column = np.full(len(t_s), np.nan)
        _refuse_rows(path, name, column, too_great(column))
        values.append(column.astype(np.float32))
    return Table(path, t_s, values[0], values[1])


def _refuse_rows(path: Path, name: str, column: NDArray[np.float64], bad: NDArray[np.bool_]) -> None:
    if bad.any():
        row = int(bad.argmax())
        raise RecordedError(path, f"row {row + 1}", _fault(name, repr(float(column[row]))) or f"{name} is empty")
