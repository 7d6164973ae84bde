"""`ilex import`: a table of another machine as a recording (issue 6, point 5)."""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from service.cli.fault import CommandFault
from service.cli.plans import plan_from
from service.cli.progress import Bar
from wire.recorded import RecordedError
from wire.topics import is_machine

TABLES = (".csv", ".parquet", ".txt", ".tsv")


def importing(
    file: Annotated[Path, typer.Argument(help="A table: .csv (also .txt, .tsv) or .parquet.", metavar="FILE")],
    mapping: Annotated[Path | None, typer.Option("--map", help="Which column is what, as TOML.", metavar="MAP.toml")] = None,
    plan: Annotated[Path | None, typer.Option(help="The plan that it was done by, as JSON.", metavar="PLAN.json")] = None,
    machine: Annotated[str | None, typer.Option(help="SITE/MACHINE that it was done on.", show_default="import/FILE")] = None,
    started: Annotated[datetime | None, typer.Option(help="When it began; UTC.", show_default="when FILE was last changed")] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Where to.", show_default="beside FILE, .mcap", metavar="OUT.mcap")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it is there already.")] = False,
) -> None:
    """Make a recording from a table, so that data of other machines can be analysed, drawn, replayed and compared.

    Without a mapping the columns are t_s, angle_deg, torque_nm and extra.NAME, as ilex export writes them. A mapping says it otherwise;
    all keys but `column` may be left out:

        [time]
        column = "Time"        # or, where there is none: rate_hz = 100
        unit = "ms"            # s, ms, us, ns, min

        [angle]                # 0 = full extension, positive toward flexion
        column = "Position"
        unit = "rad"           # deg, rad, rev
        sign = -1              # 1 or -1
        offset_deg = 60        # added last

        [torque]               # positive while extending; may be missing
        column = "Moment"
        unit = "ft-lb"         # Nm, kNm, ft-lb, in-lb, kgf-m

        [extra]                # recorded, not analysed
        emg = "EMG 1"

        [table]                # of a CSV
        separator = ";"
        decimal = ","
        skip = 2               # lines before the header

    ilex import biodex.csv --map biodex.toml --plan plan.json
    """
    if not file.name.lower().endswith(TABLES):
        raise typer.BadParameter(f"expected a name that ends in {', '.join(TABLES)}", param_hint="FILE")
    if machine is not None and not is_machine(machine):
        raise typer.BadParameter("a machine is SITE/MACHINE, each of a-z, 0-9, _ and -", param_hint="--machine")
    target = out or file.with_suffix(".mcap")
    if not target.name.endswith(".mcap"):
        raise typer.BadParameter("expected a name that ends in .mcap", param_hint="-o")
    if target.exists() and not force:
        raise CommandFault(f"{target}: is there already; --force replaces it")
    given = plan_from(plan) if plan is not None else None
    try:
        samples = _import(file, target, mapping, given, machine, started)
    except (RecordedError, ValueError) as error:
        raise CommandFault(str(error)) from error
    except OSError as error:
        raise CommandFault(f"{error.filename or file}: {error.strerror or error}") from error
    print(f"{target}: {samples} samples")


def _import(file: Path, target: Path, by: Path | None, plan: object, machine: str | None, started: datetime | None) -> int:
    from service.live.running import new_id
    from service.recordings import importing, mapping
    from service.recordings.doubts import doubts
    from wire.plan import Plan

    assert plan is None or isinstance(plan, Plan)
    chosen = mapping.mapping_of(by) if by is not None else mapping.plain(file)
    columns = mapping.read(file, chosen)
    began = started.replace(tzinfo=UTC) if started is not None else datetime.fromtimestamp(file.stat().st_mtime, UTC)
    named = re.sub(r"[^a-z0-9_-]+", "-", file.stem.lower()).strip("-")[:64] or "file"
    for doubt in doubts(columns, chosen):
        print(f"ilex: {file}: {doubt}", file=sys.stderr)
    with Bar("Importing") as bar:
        return importing.write(
            columns,
            target,
            source=file,
            by=chosen,
            session=_same(target) or new_id(round(began.timestamp() * 1e9)),
            machine=machine or f"import/{named}",
            plan=plan,
            started=began,
            moved=bar.at,
        )


def _same(target: Path) -> str | None:
    """The session of the import that is replaced: imported anew, by a better mapping, it is still that one (decision 0231)."""
    from service.recordings.survey import survey

    try:
        about = survey(target).metadata.get("ilex", {})
    except RecordedError:
        return None
    return about.get("session") if "imported" in about else None
