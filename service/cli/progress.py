"""How far a long command is: on stderr, and only where somebody watches."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


class Bar:
    """A progress bar over files, or, with `files` None, over the samples of one; silent where stderr is no terminal."""

    def __init__(self, title: str, files: int | None = None) -> None:
        self._files = files is not None
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)
        self._task = self._progress.add_task(title, total=files)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._progress.stop()

    def at(self, done: int, total: int | None) -> None:
        """So many of all samples are done."""
        self._progress.update(self._task, completed=done, total=total)

    def file_done(self) -> None:
        """One more file is done."""
        if self._files:
            self._progress.advance(self._task)

    def say(self, line: str) -> None:
        """A line on stderr, beside the bar."""
        if self._progress.disable:
            print(line, file=sys.stderr)
        else:
            self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)
