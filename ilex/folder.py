"""Every recording of a folder, one after the other."""

import warnings
from collections.abc import Iterator
from os import PathLike
from pathlib import Path

from ilex.session import Session
from service.recordings.names import recordings_under
from wire.recorded import RecordedError


class Sessions:
    """The recordings under a folder, by name; each is opened when its turn comes. `paths` names them.

    A table beside a recording of the same name is taken for its export and left out.
    One that can't be opened is left out with a warning that says why, and stands in `faults` afterwards: a thousand don't end at one.
    """

    def __init__(self, folder: str | PathLike[str]) -> None:
        self.paths = recordings_under(Path(folder))
        self.faults: list[RecordedError] = []

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[Session]:
        self.faults = []
        for path in self.paths:
            try:
                session = Session(path)
            except RecordedError as error:
                self.faults.append(error)
                warnings.warn(f"left out: {error}", stacklevel=2)
            else:
                yield session
