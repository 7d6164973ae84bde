"""`ilex export`: a recording as a table for other programs, or as a drawing (contract 7)."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from service.cli.fault import CommandFault
from service.cli.progress import Bar
from wire.bulk import open_samples
from wire.recorded import Block, Recorded, RecordedError, open_recorded
from wire.tables import ANGLE, TIME, TORQUE

ROWS_PER_GROUP = 256 * 1024


class Format(StrEnum):
    """What a recording can become."""

    CSV = "csv"
    PARQUET = "parquet"
    PNG = "png"
    SVG = "svg"
    HTML = "html"


DRAWINGS = (Format.PNG, Format.SVG, Format.HTML)


def export(
    file: Annotated[Path, typer.Argument(help="A recording: .mcap, .csv or .parquet.", metavar="FILE")],
    to: Annotated[Format, typer.Option(help="What to write.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Where to.", show_default="beside FILE", metavar="OUT")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it is there already.")] = False,
) -> None:
    """Write a recording's samples as CSV or Parquet: t_s from the first sample, angle_deg, torque_nm, empty = no reading.

    Numbers lose nothing: reading the table gives the same 32-bit values and the same nanoseconds. PNG, SVG and HTML are the drawing of
    `ilex analyze --plot`.

    ilex export session.mcap --to csv

    ilex export session.mcap --to parquet -o study/s1.parquet
    """
    target = out or beside(file, to)
    if target.exists() and file.exists() and target.samefile(file):
        raise typer.BadParameter(f"{target} is the recording itself: name another file with -o", param_hint="-o")
    if to in DRAWINGS and target.suffix.lower() != f".{to}":
        raise typer.BadParameter(f"expected a name that ends in .{to}, got {target.name}", param_hint="-o")
    if target.exists() and not force:
        raise CommandFault(f"{target}: is there already; --force replaces it")
    try:
        if to in DRAWINGS:
            recorded = open_recorded(file)
            _draw(recorded, target)
            print(target)
        else:
            recorded = open_samples(file)
            print(f"{target}: {_write(recorded, target, to)} samples")
    except RecordedError as error:
        raise CommandFault(str(error)) from error
    except OSError as error:
        raise CommandFault(f"{error.filename or target}: {error.strerror or error}") from error
    if recorded.damage:
        print(f"{file}:{recorded.damage}: the recording ends here, unfinished; what lies before was written")


def beside(file: Path, to: Format) -> Path:
    """The table's name beside the recording."""
    return file.with_name(f"{file.name.removesuffix('.part').rsplit('.', 1)[0]}.{to}")


def _write(recorded: Recorded, target: Path, to: Format) -> int:
    """Writes beside the target first, so that an unfinished table never bears its name. Returns the number of rows."""
    import pyarrow as pa

    about = {f"ilex.{name}": text for name, text in recorded.metadata.items()}
    schema = pa.schema([(TIME, pa.float64()), (ANGLE, pa.float32()), (TORQUE, pa.float32())], metadata=about)
    part = target.with_name(target.name + ".part")
    rows = 0
    try:
        if to is Format.CSV:
            from pyarrow.csv import CSVWriter, WriteOptions

            writer: Any = CSVWriter(part, schema, write_options=WriteOptions(quoting_style="none"))
        else:
            from pyarrow.parquet import ParquetWriter

            # Readings hardly repeat: a dictionary of them takes ten times as long, and twice the room, as their bytes sorted by weight.
            writer = ParquetWriter(part, schema, compression="zstd", use_dictionary=False, use_byte_stream_split=True)
        with writer:
            for columns in _groups(recorded):
                # A missing reading is null: an empty cell. Arrow writes the shortest text that reads back as the same number.
                arrays = [pa.array(column, field.type, from_pandas=True) for column, field in zip(columns, schema, strict=True)]
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
                rows += len(columns[0])
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return rows


def _groups(recorded: Recorded) -> Iterator[list[np.ndarray[Any, Any]]]:
    """Seconds from the first sample, angle and torque, many rows at a time; moves the bar."""
    first_ns: int | None = None
    held: list[Block] = []
    done = waiting = 0
    with Bar("Exporting") as bar:
        for block in recorded.entries():
            if not isinstance(block, Block):
                continue
            first_ns = int(block.t_ns[0]) if first_ns is None else first_ns
            held.append(block)
            waiting += len(block.t_ns)
            if waiting >= ROWS_PER_GROUP:
                yield _columns(held, first_ns)
                done, held, waiting = done + waiting, [], 0
                bar.at(done, recorded.total)
        if held and first_ns is not None:
            yield _columns(held, first_ns)


def _columns(blocks: list[Block], first_ns: int) -> list[np.ndarray[Any, Any]]:
    t_ns = np.concatenate([block.t_ns for block in blocks])
    return [(t_ns - first_ns) / 1e9, *(np.concatenate([getattr(block, name) for block in blocks]) for name in (ANGLE, TORQUE))]


def _draw(recorded: Recorded, target: Path) -> None:
    from service.cli.plots import Plots
    from service.cli.sheet import Taken
    from service.recordings.rerun import rerun

    blocks = [entry for entry in recorded.entries() if isinstance(entry, Block)]
    lasts_s = (int(blocks[-1].t_ns[-1]) - int(blocks[0].t_ns[0])) / 1e9 if blocks else 0.0
    taken = Taken(recorded.path.name, lasts_s, None, recorded.plan)
    Plots(str(target), [recorded.path], force=True).draw(recorded.path, taken, blocks, list(rerun(recorded)))
