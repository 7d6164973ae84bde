"""`ilex export`: a recording as a table for other programs (contract 7)."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from service.cli.fault import CommandFault
from service.cli.progress import Bar
from wire.recorded import Block, Recorded, RecordedError, open_recorded
from wire.tables import ANGLE, TIME, TORQUE

ROWS_PER_GROUP = 64 * 1024


class Format(StrEnum):
    """What a recording can become."""

    CSV = "csv"
    PARQUET = "parquet"


def export(
    file: Annotated[Path, typer.Argument(help="A recording: .mcap, .csv or .parquet.", metavar="FILE")],
    to: Annotated[Format, typer.Option(help="What to write.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Where to.", show_default="beside FILE", metavar="OUT")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it is there already.")] = False,
) -> None:
    """Write a recording's samples as CSV or Parquet: t_s from the first sample, angle_deg, torque_nm, empty = no reading.

    Numbers lose nothing: reading the table gives the same 32-bit values and the same nanoseconds.

    ilex export session.mcap --to csv

    ilex export session.mcap --to parquet -o study/s1.parquet
    """
    target = out or beside(file, to)
    if target.exists() and file.exists() and target.samefile(file):
        raise typer.BadParameter(f"{target} is the recording itself: name another file with -o", param_hint="-o")
    if target.exists() and not force:
        raise CommandFault(f"{target}: is there already; --force replaces it")
    try:
        recorded = open_recorded(file)
        rows = _write(recorded, target, to)
    except RecordedError as error:
        raise CommandFault(str(error)) from error
    except OSError as error:
        raise CommandFault(f"{error.filename or target}: {error.strerror or error}") from error
    print(f"{target}: {rows} samples")
    if recorded.damage:
        print(f"{file}:{recorded.damage}: the recording ends here, unfinished; what lies before was written")


def beside(file: Path, to: Format) -> Path:
    """The table's name beside the recording."""
    return file.with_name(f"{file.name.removesuffix('.part').rsplit('.', 1)[0]}.{to}")


def _write(recorded: Recorded, target: Path, to: Format) -> int:
    """Writes beside the target first, so that an unfinished table never bears its name. Returns the number of rows."""
    part = target.with_name(target.name + ".part")
    try:
        rows = (_csv if to is Format.CSV else _parquet)(recorded, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return rows


def _columns(recorded: Recorded) -> Iterator[tuple[NDArray[np.float64], Block]]:
    """Seconds from the first sample, beside each block; moves the bar."""
    first_ns: int | None = None
    done = 0
    with Bar("Exporting") as bar:
        for block in recorded.entries():
            if isinstance(block, Block):
                first_ns = int(block.t_ns[0]) if first_ns is None else first_ns
                yield (block.t_ns - first_ns) / 1e9, block
                done += len(block.t_ns)
                bar.at(done, recorded.total)


def _csv(recorded: Recorded, part: Path) -> int:
    rows = 0
    with part.open("w", encoding="ascii", newline="\n") as file:
        file.write(f"{TIME},{ANGLE},{TORQUE}\n")
        for t_s, block in _columns(recorded):
            # repr and numpy's text of a float32 are the shortest that read back as the same number.
            texts = zip(map(repr, t_s.tolist()), _texts(block.angle_deg), _texts(block.torque_nm), strict=True)
            file.writelines(f"{t},{angle},{torque}\n" for t, angle, torque in texts)
            rows += len(t_s)
    return rows


def _texts(column: NDArray[np.float32]) -> list[str]:
    return ["" if text == "nan" else text for text in column.astype("U").tolist()]


def _parquet(recorded: Recorded, part: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = {f"ilex.{name}": text for name, text in recorded.metadata.items()}
    kinds = [(TIME, pa.float64()), (ANGLE, pa.float32()), (TORQUE, pa.float32())]
    schema = pa.schema(kinds, metadata=about)
    with pq.ParquetWriter(part, schema, compression="zstd") as writer:

        def flush(waiting: list[tuple[NDArray[np.float64], Block]]) -> int:
            columns: list[NDArray[Any]] = [
                np.concatenate([t_s for t_s, _ in waiting]),
                np.concatenate([block.angle_deg for _, block in waiting]),
                np.concatenate([block.torque_nm for _, block in waiting]),
            ]
            arrays = [pa.array(column, kind, from_pandas=True) for column, (_, kind) in zip(columns, kinds, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            return len(columns[0])

        return _in_groups(_columns(recorded), flush)


def _in_groups(blocks: Iterator[tuple[NDArray[np.float64], Block]], flush: Callable[[list[tuple[NDArray[np.float64], Block]]], int]) -> int:
    waiting: list[tuple[NDArray[np.float64], Block]] = []
    rows = held = 0
    for one in blocks:
        waiting.append(one)
        held += len(one[0])
        if held >= ROWS_PER_GROUP:
            rows += flush(waiting)
            waiting, held = [], 0
    return rows + flush(waiting) if waiting else rows
