"""What the display itself shows once the feed is cut: hatched, "--", and nothing of what was live (robustness-and-screens 3.9.5, H01)."""

import base64
import io
import time
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import FloatRect, expect

from tests.dashboard.conftest import Open
from tests.dashboard.stage import Stage
from tests.dashboard.test_patient import ADDRESS, shows

pytestmark = pytest.mark.browser
TARGET = (86, 180, 233)
"""`--target` of tokens.css: the band to follow."""
VEIL, HATCH = (9, 56, 63), (18, 80, 90)
"""The patient's: `--technical` at 22 % on `--ground`; the wall's: `--technical-dim`."""
PICTURE_MS = 100
LATER_MS = 800
LEAST = 4
"""So many pictures at least of what is old."""
"""Looked at for so long after the bound."""


def coloured(png: str, colour: tuple[int, int, int], box: FloatRect) -> int:
    """How many pixels of a picture have that colour, within a box of the page."""
    whole = np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB"), dtype=np.int16)
    left, top = round(box["x"]), round(box["y"])
    part = whole[top : top + round(box["height"]), left : left + round(box["width"])]
    return int((np.abs(part - colour).max(axis=-1) < 12).sum())


@pytest.mark.parametrize(("address", "box", "hatch", "bound_ms"), [(ADDRESS, ".chart", VEIL, 600), ("/wall", ".tile .strip", HATCH, 1200)])
def test_what_was_live_is_off_the_display_in_time(
    stage: Stage, open_page: Open, address: str, box: str, hatch: tuple[int, int, int], bound_ms: int
) -> None:
    """3.9.5: 600 ms on the patient's screen, 1.2 s on the wall; looked at ten times a second, as the browser sends it to the display."""
    actor = stage.actor().led() if address == ADDRESS else stage.actor(set=1).run(30.0)
    actor.repetition = 4
    page = open_page(address, width=960, height=600)
    expect(page.locator(".feed")).to_have_attribute("data-state", "live")
    if address == ADDRESS:
        shows(page, "running")
    place = page.locator(box).first.bounding_box()
    assert place is not None
    display = page.context.new_cdp_session(page)
    # When a picture was asked for, the picture, and the count beside it.
    seen: list[tuple[float, str, str]] = []

    def look() -> None:
        asked_ms = time.time() * 1000
        picture: dict[str, Any] = display.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
        count = page.locator(".count .now").first.text_content() or ""
        seen.append((asked_ms, picture["data"], count))

    look()
    stage.mute = True
    cut_ms = time.time() * 1000
    while time.time() * 1000 < cut_ms + bound_ms + LATER_MS or sum(asked_ms > cut_ms + bound_ms for asked_ms, *_ in seen) < LEAST:
        look()
        page.wait_for_timeout(max(0.0, PICTURE_MS - (time.time() * 1000 - seen[-1][0])))
    (_, before, _), *after = seen
    assert coloured(before, TARGET, place) > 50
    assert coloured(before, hatch, place) == 0
    late = [(asked_ms - cut_ms, picture, count) for asked_ms, picture, count in after if asked_ms > cut_ms + bound_ms]
    assert [round(at_ms) for at_ms, picture, _ in late if coloured(picture, TARGET, place) > 0] == []
    assert [round(at_ms) for at_ms, picture, _ in late if coloured(picture, hatch, place) < 200] == []
    # What the patient has done stays; a wall's number would be taken for one of now.
    if address == "/wall":
        assert {count for _, _, count in late} == {"--"}
