"""`ilex recover`: what is whole of a damaged recording (contract 7)."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.fault import CommandFault
from service.recordings.recovery import recover as recover_recording
from wire.capture import Capture
from wire.recorded import RecordedError

SUFFIXES = (".mcap", ".mcap.part")


def recover(
    file: Annotated[Path, typer.Argument(help="A recording that was cut or damaged: .mcap or .mcap.part.", metavar="FILE")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Where to.", show_default="beside FILE", metavar="OUT")] = None,
) -> None:
    """Save what is whole of a damaged recording into a new one. FILE itself is never changed.

    `X.mcap.part` becomes `X.mcap`, `X.mcap` becomes `X.recovered.mcap`; the new file is read back before it gets its name.

    ilex recover session.mcap.part
    """
    name = file.name.lower()
    if not name.endswith(SUFFIXES):
        raise typer.BadParameter("expected a recording, .mcap or .mcap.part; a table can't be recovered", param_hint="FILE")
    try:
        if out is None and name.endswith(".mcap") and _whole(file):
            print(f"{file}: is whole, there is nothing to recover")
            return
        found = recover_recording(file, out or beside(file))
    except FileExistsError as error:
        raise CommandFault(f"{out or beside(file)}: is there already; name another file with -o") from error
    except RecordedError as error:
        raise CommandFault(str(error)) from error
    except OSError as error:
        raise CommandFault(f"{error.filename or file}: {error.strerror or error}") from error
    print(f"{found.path}: {found.samples} samples, {found.messages} messages")
    for fault in found.faults:
        print(f"  {fault}")


def beside(file: Path) -> Path:
    """The recovered recording's name beside the damaged one."""
    if file.name.lower().endswith(".part"):
        return file.with_name(file.name[: -len(".part")])
    return file.with_name(file.name[: -len(".mcap")] + ".recovered.mcap")


def _whole(file: Path) -> bool:
    try:
        return Capture(file).damage is None
    except RecordedError:
        return False
