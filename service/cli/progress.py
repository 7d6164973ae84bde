"""How far a long command is: on stderr, and only where somebody watches."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Bar:
    """A progress bar over files, or, with `files` None, over the samples of one; silent where stderr is no terminal."""

    def __init__(self, title: str, files: int | None = None) -> None:
        self._files = files is not None
        self._shown = _begun(title, files) if sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        if self._shown is not None:
            self._shown[0].start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._shown is not None:
            self._shown[0].stop()

    def at(self, done: int, total: int | None) -> None:
        """So many of all samples are done."""
        if self._shown is not None:
            progress, task = self._shown
            progress.update(task, completed=done, total=total)

    def file_done(self) -> None:
        """One more file is done."""
        if self._files and self._shown is not None:
            progress, task = self._shown
            progress.advance(task)

    def say(self, line: str) -> None:
        """A line on stderr, beside the bar."""
        if self._shown is None:
            print(line, file=sys.stderr)
        else:
            self._shown[0].console.print(line, markup=False, highlight=False, soft_wrap=True)


def _begun(title: str, files: int | None) -> tuple["Progress", "TaskID"]:
    # Loaded only where somebody watches: it takes a tenth of a second.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"), TimeRemainingColumn())
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    return progress, progress.add_task(title, total=files)
