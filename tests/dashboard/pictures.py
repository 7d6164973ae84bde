"""Pictures compared as an eye would: small shifts of an edge are the font's and the browser's, another thing is another thing."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.float32]
"""Shape (height, width, 3), 0-255."""

SMALLER = 2
"""Kept at half size each way."""
CELL = 8
"""Pixels of what is kept that are looked at together."""
APART = 10.0
"""Means of a cell that differ by less look the same: one letter drawn by another rasteriser comes to about half of it."""
MOST_CELLS = 4
"""So many cells may differ: a spot no larger than a letter."""
_SOFTWARE = 0x0131
"""The tag of Exif that names what made a picture."""


def small(png: bytes, smaller: int = SMALLER) -> Picture:
    """A screenshot, so many times smaller each way: at the size in which it is kept."""
    with Image.open(io.BytesIO(png)) as image:
        size = (image.width // smaller, image.height // smaller)
        return np.asarray(image.convert("RGB").resize(size, Image.Resampling.BOX), dtype=np.float32)


def read(path: Path) -> Picture:
    """A picture as it is kept."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), dtype=np.float32)


def version(path: Path) -> str:
    """The Chromium that drew a picture that is kept; empty where that is not known."""
    with Image.open(path) as image:
        return str(image.getexif().get(_SOFTWARE, ""))


def write(path: Path, picture: Picture, drawn_by: str = "") -> None:
    """Keeps it to the bit, with the version of Chromium that drew it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(picture.round().astype(np.uint8))
    known = Image.Exif()
    known[_SOFTWARE] = drawn_by
    image.save(path, "WEBP", lossless=True, quality=100, method=4, exif=known)


def cells(picture: Picture) -> Picture:
    """The mean of each cell; what is left over at the right and at the bottom counts with none."""
    height, width = (size // CELL * CELL for size in picture.shape[:2])
    means = picture[:height, :width].reshape(height // CELL, CELL, width // CELL, CELL, 3).mean(axis=(1, 3))
    return np.asarray(means, dtype=np.float32)


Box = tuple[float, float, float, float]
"""Left, top, right, bottom on the screen, pixels."""


def differing(kept: Picture, found: Picture, without: Sequence[Box] = ()) -> NDArray[np.bool_]:
    """Which cells look otherwise, those of the boxes `without` left out; all of them where the sizes differ."""
    if kept.shape != found.shape:
        return np.ones((1, 1), dtype=np.bool_)
    apart = np.asarray(np.abs(cells(kept) - cells(found)).max(axis=2) > APART)
    for left, top, right, bottom in without:
        size = SMALLER * CELL
        apart[int(top // size) : int(bottom // size) + 1, int(left // size) : int(right // size) + 1] = False
    return apart


def alike(kept: Picture, found: Picture, without: Sequence[Box] = ()) -> bool:
    """Whether both show the same."""
    return kept.shape == found.shape and int(differing(kept, found, without).sum()) <= MOST_CELLS


def marked(kept: Picture, found: Picture) -> Picture:
    """The picture found, dimmed, with the cells that differ left bright and framed in red."""
    where = differing(kept, found)
    dim = found * 0.35
    if kept.shape != found.shape:
        return dim
    for row, column in np.argwhere(where):
        top, left = row * CELL, column * CELL
        dim[top : top + CELL, left : left + CELL] = found[top : top + CELL, left : left + CELL]
        dim[top : top + CELL, [left, left + CELL - 1]] = (255, 60, 60)
        dim[[top, top + CELL - 1], left : left + CELL] = (255, 60, 60)
    return dim


def luminance(picture: Picture) -> NDArray[np.float32]:
    """Relative luminance, 0-1 (WCAG 2.2), shape (height, width)."""
    share = picture / 255.0
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]), dtype=np.float32)
