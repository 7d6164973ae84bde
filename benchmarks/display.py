"""A display that is memory: Xvfb, whose picture can be read at any time, without the browser that draws on it taking any part."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

XVFB = shutil.which("Xvfb")
READY_S = 10.0
_COLOUR_BYTES = 12
_GREEN = 1


class DisplayError(Exception):
    """The display did not come up."""


class Display:
    """`with Display(width, height) as display:` a display of its own; `name` is what programs find it by (DISPLAY)."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.name = ""
        memory = Path("/dev/shm")  # noqa: S108 - where there is no disk behind it
        self._folder = tempfile.TemporaryDirectory(prefix="ilex-display-", dir=memory if memory.is_dir() else None)
        self._process: subprocess.Popen[bytes] | None = None
        self.green: NDArray[np.uint8] = np.empty((0, 0), np.uint8)
        """Every pixel's green, as it is shown now: height x width, read only."""

    def __enter__(self) -> Self:
        if XVFB is None:
            raise DisplayError("no Xvfb here (Debian: apt install xvfb)")
        reading, writing = os.pipe()
        screen = f"{self.width}x{self.height}x24"
        command = [XVFB, "-displayfd", str(writing), "-screen", "0", screen, "-fbdir", self._folder.name, "-nolisten", "tcp", "-noreset"]
        self._process = subprocess.Popen(command, pass_fds=[writing], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        if not number:
            self.__exit__(None, None, None)
            raise DisplayError(f"Xvfb ended with exit code {self._process.returncode}")
        self.name = f":{number}"
        self.green = self._mapped(Path(self._folder.name) / "Xvfb_screen0")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
        self._folder.cleanup()

    def _mapped(self, file: Path) -> NDArray[np.uint8]:
        """The file is an X window dump (XWDFile.h): 25 words, most significant byte first, a name, colours, then the rows."""
        deadline = time.monotonic() + READY_S
        while not file.is_file() or file.stat().st_size < self.width * self.height * 4:
            if time.monotonic() > deadline:
                raise DisplayError("Xvfb shows nothing")
            time.sleep(0.02)
        head = np.fromfile(file, ">u4", 25)
        size, bits, line, colours = (int(head[k]) for k in (0, 11, 12, 19))
        if bits != 32:
            raise DisplayError(f"pixels of {bits} bits, not 32")
        rows = np.memmap(file, np.uint8, "r", size + colours * _COLOUR_BYTES, (self.height, line // 4, 4))
        return rows[:, : self.width, _GREEN]
