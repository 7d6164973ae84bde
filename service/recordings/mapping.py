"""Tables of other machines as samples of ours: which column is what, in which unit, turned which way (decision 0164).

value = sign x (reading in our unit) + offset: the angle then is 0 at full extension and positive toward flexion, the torque positive while
the patient extends (contract 1).
"""

import csv
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from wire.names import is_column
from wire.recorded import RecordedError
from wire.tables import ANGLE, EXTRA, TIME, TORQUE, nanoseconds, too_great

SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0}
DEGREES = {"deg": 1.0, "rad": 180.0 / math.pi, "rev": 360.0}
NEWTON_METRES = {"Nm": 1.0, "kNm": 1000.0, "ft-lb": 1.3558179483314004, "in-lb": 0.1129848290276167, "kgf-m": 9.80665}
LATEST_S = 9.0e9


_NO_NUMBER = re.compile(r"column #(\d+): Row #(\d+): CSV conversion error to double: invalid value '(.{0,60}?)'")
"""As pyarrow says it; the column counts from 0 among those that are read."""


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No key that means nothing."""


class TimeColumn(_Strict, frozen=True):
    """A column of times, or, where the table has none, the rate at which its rows were taken."""

    column: str | None = None
    unit: Literal["s", "ms", "us", "ns", "min"] = "s"
    rate_hz: Annotated[float, Meta(gt=0, le=1e6)] | None = None


class AngleColumn(_Strict, frozen=True):
    """The angle: `offset_deg` is added after unit and sign."""

    column: str = ANGLE
    unit: Literal["deg", "rad", "rev"] = "deg"
    sign: Literal[1, -1] = 1
    offset_deg: float = 0.0


class TorqueColumn(_Strict, frozen=True):
    """The torque: `offset_nm` is added after unit and sign."""

    column: str = TORQUE
    unit: Literal["Nm", "kNm", "ft-lb", "in-lb", "kgf-m"] = "Nm"
    sign: Literal[1, -1] = 1
    offset_nm: float = 0.0


class Sheet(_Strict, frozen=True):
    """How a CSV is written: what parts its columns, its decimals, lines before the header, cells that mean no reading."""

    separator: Annotated[str, Meta(min_length=1, max_length=1)] = ","
    decimal: Literal[".", ","] = "."
    skip: Annotated[int, Meta(ge=0, le=10_000)] = 0
    missing: Sequence[str] = ("", "NaN", "nan", "-", "NA", "n/a", "null")


class ColumnMapping(_Strict, frozen=True):
    """A whole mapping. Without `torque` none is read; `extra`: our name of a further column, and its own."""

    time: TimeColumn = TimeColumn(column=TIME)
    angle: AngleColumn = AngleColumn()
    torque: TorqueColumn | None = None
    extra: Mapping[str, str] = {}
    table: Sheet = Sheet()


class MappingError(ValueError):
    """A mapping that can't be used: one line says where and why."""


class Columns(NamedTuple):
    """n samples: times in ns from the table's own zero, float32 readings, NaN = none."""

    t_ns: NDArray[np.int64]
    angle_deg: NDArray[np.float32]
    torque_nm: NDArray[np.float32]
    extra: dict[str, NDArray[np.float32]]


def mapping_of(path: Path) -> ColumnMapping:
    """A mapping from a TOML file. Raises MappingError naming the key and what was expected, OSError."""
    try:
        given = msgspec.convert(tomllib.loads(path.read_text("utf-8")), ColumnMapping)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{path}: is not TOML: {error}") from error
    except UnicodeDecodeError as error:
        raise MappingError(f"{path}: is not UTF-8 text (byte {error.start})") from error
    except msgspec.ValidationError as error:
        words, _, place = str(error).partition(" - at `$")
        key = place.rstrip("`").lstrip(".")
        raise MappingError(f"{path}: {key or 'the mapping'}: {words[0].lower()}{words[1:]}{_allowed(key, words)}") from error
    if (given.time.column is None) == (given.time.rate_hz is None):
        raise MappingError(f"{path}: time: expected either column or rate_hz")
    for key, value in (("angle.offset_deg", given.angle.offset_deg), ("torque.offset_nm", given.torque.offset_nm if given.torque else 0.0)):
        if not math.isfinite(value):
            raise MappingError(f"{path}: {key}: expected a number, got {value}")
    columns = [given.time.column, given.angle.column, given.torque.column if given.torque else None]
    for column in columns:
        if column is not None and columns.count(column) > 1:
            raise MappingError(f"{path}: column {column!r} can't be two of time, angle and torque")
    return given


def _allowed(key: str, words: str) -> str:
    """What may stand at a key, or which keys there are."""
    at: Any = ColumnMapping
    for name in key.split(".") if key else []:
        at = get_type_hints(at).get(name)
        # A column that may be missing, where it is there.
        at = next((kind for kind in get_args(at) if isinstance(kind, type) and issubclass(kind, _Strict)), at)
    if get_origin(at) is Literal:
        return f"; expected {', '.join(map(str, get_args(at)))}"
    if "unknown field" in words and isinstance(at, type) and issubclass(at, _Strict):
        return f"; there are {', '.join(at.__struct_fields__)}"
    return ""


def plain(path: Path) -> ColumnMapping:
    """The mapping of a table with our own names, as `ilex export` writes them; torque and further columns may be missing.

    Raises RecordedError.
    """
    own = ColumnMapping()
    names = _names(path, own.table)
    extra = {name.removeprefix(EXTRA): name for name in names if name.startswith(EXTRA) and is_column(name.removeprefix(EXTRA))}
    return msgspec.structs.replace(own, torque=TorqueColumn() if TORQUE in names else None, extra=extra)


def read(path: Path, mapping: ColumnMapping) -> Columns:
    """The samples of a CSV or Parquet file. Raises RecordedError in one line: which column, which row, why, and what columns there are."""
    wanted = [mapping.time.column, mapping.angle.column, mapping.torque.column if mapping.torque else None, *mapping.extra.values()]
    found = _read(path, list(dict.fromkeys(name for name in wanted if name is not None)), mapping.table)
    n = len(next(iter(found.values())))
    if mapping.time.column is not None:
        t_s = found[mapping.time.column] * SECONDS[mapping.time.unit]
        _refuse(path, mapping.time.column, t_s, ~(np.abs(t_s) < LATEST_S), "expected a time in every row")
        t_ns = nanoseconds(t_s)
    else:
        t_ns = nanoseconds(np.arange(n) / (mapping.time.rate_hz or 1.0))
    if n < 2 or not (np.diff(t_ns) > 0).any():
        words = f"no two times in {mapping.time.column} rise; is {mapping.time.unit} their unit?"
        raise RecordedError(path, "", words if n > 1 else "holds no samples")
    angle = mapping.angle.sign * found[mapping.angle.column] * DEGREES[mapping.angle.unit] + mapping.angle.offset_deg
    torque = np.full(n, np.nan)
    if mapping.torque is not None:
        torque = mapping.torque.sign * found[mapping.torque.column] * NEWTON_METRES[mapping.torque.unit] + mapping.torque.offset_nm
    named = {mapping.angle.column: angle, **({mapping.torque.column: torque} if mapping.torque else {})}
    for name, column in {**named, **{name: found[name] for name in mapping.extra.values()}}.items():
        _refuse(path, name, column, too_great(column), "too large for a 32-bit float")
    extra = {ours: found[theirs].astype(np.float32) for ours, theirs in mapping.extra.items()}
    return Columns(t_ns, angle.astype(np.float32), torque.astype(np.float32), extra)


def _names(path: Path, sheet: Sheet) -> list[str]:
    """The columns that a table has."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.name.lower().endswith(".parquet"):
        try:
            return list(pq.read_schema(path).names)
        except pa.ArrowInvalid as error:
            raise RecordedError(path, "", f"is not Parquet: {_line(error)}") from error
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for _ in range(sheet.skip):
                next(file, "")
            line = next(file, "").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise RecordedError(path, f"byte {error.start}", "is not UTF-8 text") from error
    # A name in quotes may hold the separator.
    quoted = '"' in line and sheet.separator not in ' "\r\n'
    try:
        cells = next(csv.reader([line], delimiter=sheet.separator)) if quoted else line.split(sheet.separator)
    except csv.Error as error:
        raise RecordedError(path, str(sheet.skip + 1), f"is not CSV: {error}") from error
    return [name.strip().strip('"') for name in cells]


def _read(path: Path, wanted: list[str], sheet: Sheet) -> dict[str, NDArray[np.float64]]:
    import pyarrow as pa
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    there = _names(path, sheet)
    for name in wanted:
        if name not in there:
            hint = ""
            if near := get_close_matches(name.casefold(), [each.casefold() for each in there], 1):
                hint = f" (did you mean {next(each for each in there if each.casefold() == near[0])!r}?)"
            elif len(there) == 1 and not path.name.lower().endswith(".parquet"):
                hint = " (is the separator another one, or does the header stand further down: skip?)"
            raise RecordedError(path, "", f"no column {name!r}; found {', '.join(there)[:300]}{hint}")
    try:
        if path.name.lower().endswith(".parquet"):
            table = pq.read_table(path, columns=wanted)
        else:
            convert = pc.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, pa.float64()),
                null_values=list(sheet.missing),
                strings_can_be_null=True,
                decimal_point=sheet.decimal,
            )
            options = pc.ReadOptions(use_threads=False, skip_rows=sheet.skip + 1, column_names=there)
            table = pc.read_csv(path, options, pc.ParseOptions(delimiter=sheet.separator), convert)
    except pa.ArrowInvalid as error:
        if cell := _NO_NUMBER.search(str(error)):
            column, line, text = cell.groups()
            name = there[int(column)] if int(column) < len(there) else f"column {column}"
            hint = " (is the decimal sign another one?)" if {",": ".", ".": ","}[sheet.decimal] in text else ""
            raise RecordedError(path, line, f"{name} is not a number: {text!r}{hint}") from error
        raise RecordedError(path, "", _line(error)) from error
    except pa.ArrowKeyError as error:
        raise RecordedError(path, "", _line(error)) from error
    found = {}
    for name in wanted:
        kind = table.schema.field(name).type
        if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind)):
            raise RecordedError(path, "", f"{name} is not a column of numbers but of {kind}")
        found[name] = table.column(name).to_numpy().astype(np.float64)
    return found


def _refuse(path: Path, name: str, column: NDArray[np.float64], bad: NDArray[np.bool_], why: str) -> None:
    if bad.any():
        row = int(bad.argmax())
        raise RecordedError(path, f"row {row + 1}", f"{name} is {float(column[row])!r}: {why}")


def _line(error: Exception) -> str:
    first: str = str(error).splitlines()[0]
    return first[:300]


def described(mapping: ColumnMapping) -> dict[str, Any]:
    """The mapping as plain JSON, for the recording that is made by it."""
    found: dict[str, Any] = msgspec.to_builtins(mapping)
    return found
