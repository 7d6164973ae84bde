"""`ilex export`: a recording as a table for other programs, or as a drawing (contract 7)."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from service.cli.damage import opened, told
from service.cli.fault import CommandFault
from service.cli.progress import Bar
from service.exporting import export as write
from wire.bulk import open_samples
from wire.recorded import Block, Recorded, RecordedError, damage_in


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

    What else the machine sent stands behind them, named extra.NAME: extra.torque_raw, extra.emg.

    Numbers lose nothing: reading the table gives the same 32-bit values and the same nanoseconds. PNG, SVG and HTML are the drawing of
    `ilex analyze --plot`. Of a damaged recording what is whole is written, and what is wrong is said.

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
            recorded = opened(file)
            _draw(recorded, file, target)
            print(target)
        else:
            recorded = opened(file, open_samples)
            print(f"{target}: {_write(recorded, target, to, damage_in(recorded, file))} samples")
    except RecordedError as error:
        raise CommandFault(str(error)) from error
    except OSError as error:
        raise CommandFault(f"{error.filename or target}: {error.strerror or error}") from error
    if told(recorded, file, "was written"):
        raise typer.Exit(1)


def beside(file: Path, to: Format) -> Path:
    """The table's name beside the recording."""
    return file.with_name(f"{file.name.removesuffix('.part').rsplit('.', 1)[0]}.{to}")


def _write(recorded: Recorded, target: Path, to: Format, damage: str | None = None) -> int:
    with Bar("Exporting") as bar:
        return write(recorded, target, "csv" if to is Format.CSV else "parquet", bar.at, damage=damage)


def _draw(recorded: Recorded, file: Path, target: Path) -> None:
    from service.cli.plots import Plots
    from service.cli.sheet import Taken
    from service.recordings.rerun import recorded_parameters, rerun

    blocks = [entry for entry in recorded.entries() if isinstance(entry, Block)]
    lasts_s = (int(blocks[-1].t_ns[-1]) - int(blocks[0].t_ns[0])) / 1e9 if blocks else 0.0
    taken = Taken(file.name, lasts_s, None, recorded.plan)
    events, parameters = list(rerun(recorded)), recorded_parameters(recorded)
    Plots(str(target), [file], force=True).draw(file, taken, blocks, events, parameters)
