"""The README's pictures, from the style guide's recorded sessions: wall, set summary, and a cycle of the patient's screen in motion.

`scripts/pictures readme` takes them.
"""

from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from tests import chromium
from tests.dashboard import guide as guides
from tests.dashboard import pictures
from tests.dashboard.guide import Guide
from tests.dashboard.stage import Stage

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
WIDTH = 1200
"""Of a picture that is kept, pixels."""
MOVING_WIDTH, RATE_HZ, CYCLE_S = 800, 12, 10.0


def image(picture: pictures.Picture, width: int) -> Image.Image:
    """As the README shows it."""
    whole = Image.fromarray(picture.round().astype(np.uint8))
    return whole.resize((width, round(whole.height * width / whole.width)), Image.Resampling.LANCZOS)


def still(guide: Guide, state: str, name: str) -> None:
    """One state."""
    guide.show(state, lang="en")
    image(guide.taken(1), WIDTH).save(FOLDER / f"{name}.webp", quality=82, method=6)


def moving(guide: Guide, state: str, name: str) -> None:
    """The cycle of the cue that leads up to a state."""
    images = []
    for number in range(round(CYCLE_S * RATE_HZ)):
        guide.show(state, lang="en", ago=round(CYCLE_S - (number + 1) / RATE_HZ, 3))
        images.append(image(guide.taken(1), MOVING_WIDTH))
    first, *rest = images
    first.save(FOLDER / f"{name}.webp", save_all=True, append_images=rest, duration=round(1000 / RATE_HZ), loop=0, quality=55, method=6)


def main() -> None:
    """Takes them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, Stage() as stage:
        browser = playwright.chromium.launch(executable_path=chromium.PATH, args=[*chromium.ARGUMENTS, *guides.ARGUMENTS])
        guide = Guide(browser, stage)
        still(guide, "wall/needs", "wall")
        still(guide, "machine/summary", "summary")
        moving(guide, "patient/extension", "patient")
        browser.close()
    for path in sorted(FOLDER.iterdir()):
        print(f"{path.name}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
