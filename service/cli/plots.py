"""Where `ilex analyze --plot` draws to, and in which format."""

import contextlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import typer

from service.analysis import Parameters
from service.cli.fault import CommandFault
from service.cli.sheet import Taken
from wire.events import Event
from wire.recorded import Block

Kind = Literal["png", "svg", "html"]
KINDS: dict[str, Kind] = {".png": "png", ".svg": "svg", ".html": "html"}
NAME = "{}"
"""Stands in OUT for a recording's name without its ending."""
OPTION = "--plot"


class Plots:
    """The drawings of one call: their names are settled, and what stands in their way is told, before anything is analysed."""

    def __init__(self, out: str, files: Sequence[Path], *, force: bool) -> None:
        """`out`: a file by its ending, a folder (PNG), or either with `{}` for the recording's name.

        Raises typer.BadParameter for an `out` that can't serve these files, CommandFault where a file would be replaced unasked.
        """
        self._to = dict(zip(files, _targets(out, files), strict=True))
        self._kind = KINDS.get(Path(out).suffix.lower(), "png")
        for path in self._to.values():
            if path.is_dir():
                raise CommandFault(f"{path}: is a folder")
            if path.exists() and not force:
                raise CommandFault(f"{path}: is there already; --force replaces it")

    def draw(self, file: Path, taken: Taken, blocks: Sequence[Block], events: Sequence[Event], parameters: Parameters) -> None:
        """Draw one recording, with its signals as these parameters filter them. Raises CommandFault where that can't be written.

        The drawing modules are imported here: a table alone never waits for them (decision 0033).
        """
        from service.reports.signals import signals

        to = self._to[file]
        part = to.with_name(to.name + ".part")
        what: tuple[Any, ...] = (taken.name, taken.lasts_s, taken.plan, events, signals(blocks, parameters))
        try:
            to.parent.mkdir(parents=True, exist_ok=True)
            if self._kind == "html":
                from service.reports import page

                page.draw(part, *what)
            else:
                from service.reports import picture

                picture.draw(part, self._kind, *what)
            part.replace(to)
        except OSError as error:
            raise CommandFault(f"{to}: {error.strerror or error}") from error
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def _targets(out: str, files: Sequence[Path]) -> list[Path]:
    """A drawing for each file, no two alike. Raises typer.BadParameter."""
    pattern = Path(out)
    if not pattern.suffix or out.endswith("/") or pattern.is_dir():
        pattern /= f"{NAME}.png"
    elif pattern.suffix.lower() not in KINDS:
        raise typer.BadParameter(f"expected a name that ends in {', '.join(KINDS)}, or a folder; got {out!r}", param_hint=OPTION)
    if len(files) > 1 and NAME not in str(pattern):
        raise typer.BadParameter(f"{out} is one file for {len(files)} recordings: name a folder, or put {NAME} in it", param_hint=OPTION)
    targets = [Path(str(pattern).replace(NAME, _stem(file))) for file in files]
    if len(set(targets)) < len(targets):  # monday/a.csv and tuesday/a.csv, a.csv and a.mcap
        targets = [Path(str(pattern).replace(NAME, _whole_name(file))) for file in files]
    if twice := [str(path) for path, times in Counter(targets).items() if times > 1]:
        raise typer.BadParameter(f"several recordings would be drawn as {twice[0]}", param_hint=OPTION)
    return targets


def _stem(file: Path) -> str:
    return file.name.removesuffix(".part").rsplit(".", 1)[0]


def _whole_name(file: Path) -> str:
    """The folder's name and the file's own, ending included."""
    return f"{file.absolute().parent.name}-{file.name}"
