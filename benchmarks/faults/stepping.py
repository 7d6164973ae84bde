"""A wall clock that can be stepped, for processes of ours alone: `python -m benchmarks.faults.stepping FILE MODULE ARGUMENTS`.

`time.time_ns`, `time.time` and `datetime.now` add what the file says, in seconds; the monotonic clock is the computer's.
"""

import datetime as dt
import runpy
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

HOUR_S = 3600.0
TO_1970_S = -1e12
"""Far enough back from any time; it ends at 0."""


class Stepping:
    """`with Stepping() as clocks:` `clocks.python` runs a module as `sys.executable -m` does."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="ilex-clock-")
        self._file = Path(self._folder.name) / "step"
        self.python = (sys.executable, "-m", "benchmarks.faults.stepping", str(self._file))
        self.step(0.0)
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def step(self, seconds: float) -> None:
        """From now on the wall clocks differ from the right time by so much."""
        draft = self._file.with_suffix(".new")
        draft.write_text(repr(seconds))
        draft.rename(self._file)


def give(file: Path) -> None:
    """This process gets the clock of that file. `datetime` becomes a subclass, so that its `now` can be another."""
    real = time.time_ns

    def time_ns() -> int:
        return max(0, real() + round(float(file.read_text()) * 1e9))

    class Stepped(dt.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return cls.fromtimestamp(time_ns() / 1e9, tz)

    time.time_ns = time_ns
    time.time = lambda: time_ns() / 1e9
    dt.datetime = Stepped  # type: ignore[misc]


def main() -> None:
    """The module runs as if it had been started itself."""
    file, module = sys.argv[1:3]
    sys.argv = sys.argv[2:]
    give(Path(file))
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
