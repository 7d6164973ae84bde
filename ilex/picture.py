"""A recording drawn with what was found in it: shown by a notebook, or written to a file."""

from collections.abc import Sequence
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Literal

from service.reports import page, picture
from service.reports.signals import Signals
from wire.events import Event
from wire.plan import Plan

SCREEN_DPI = 90
"""In a notebook; a file is made to print."""


class Picture:
    """The drawing of `ilex analyze --plot`."""

    def __init__(self, name: str, lasts_s: float, plan: Plan | None, events: Sequence[Event], signals: Signals) -> None:
        self._name, self._lasts_s, self._plan, self._events, self._signals = name, lasts_s, plan, events, signals

    def save(self, to: str | PathLike[str]) -> Path:
        """Write it as `.png`, `.svg` or `.html` (to zoom into); what is there is replaced. Raises ValueError for other names, OSError."""
        path = Path(to)
        kind = path.suffix.lower()
        if kind == ".html":
            page.draw(path, self._name, self._lasts_s, self._plan, self._events, self._signals)
        elif kind in (".png", ".svg"):
            chosen: Literal["png", "svg"] = "png" if kind == ".png" else "svg"
            picture.draw(path, chosen, self._name, self._lasts_s, self._plan, self._events, self._signals)
        else:
            raise ValueError(f"{path}: expected a name that ends in .png, .svg or .html")
        return path

    def _repr_png_(self) -> bytes:
        made = BytesIO()
        picture.draw(made, "png", self._name, self._lasts_s, self._plan, self._events, self._signals, SCREEN_DPI)
        return made.getvalue()
