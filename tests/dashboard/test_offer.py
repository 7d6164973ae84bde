"""A code on the wall and the keys of a screen that is not paired: sizes, words, and a service that fails (decision 0176)."""

import pytest
from playwright.sync_api import expect

from tests.dashboard.conftest import Open
from tests.dashboard.stage import Stage
from tests.dashboard.test_access import CLIPPED, VIEWS, faultless
from tests.dashboard.test_machine import cut
from tests.dashboard.test_pairing import NAME, type_code
from tests.dashboard.test_patient import shows
from tests.dashboard.test_patient_states import until

pytestmark = [pytest.mark.browser, pytest.mark.calm]


def test_it_fits_and_everything_can_be_hit(stage: Stage, open_page: Open) -> None:
    """1.4.4, 1.3.4, 2.5.8; a service that is away, and one that has forgotten the code that the wall shows."""
    stage.actor()
    wall = open_page("/wall")
    wall.get_by_role("button", name="Bildschirm koppeln").click()
    expect(wall.locator(".offer select")).to_be_focused()
    stage.answers["code"], stage.problems["code"] = 403, {"type": "/problems/not-allowed"}
    wall.get_by_role("button", name="Code zeigen").click()
    expect(wall.locator(".offer .outcome")).to_have_text("Ihre Rolle erlaubt das nicht.")
    stage.answers.clear()
    wall.get_by_role("button", name="Code zeigen").click()
    expect(wall.locator(".offer .letters")).to_have_text("K7M 3P2")
    faultless(wall)
    for width, height in [(1920, 1080), (1280, 800), (640, 400)]:
        wall.set_viewport_size({"width": width, "height": height})
        assert cut(wall, ".offer") == []
    stage.codes.clear()
    expect(wall.locator(".offer .outcome")).to_have_text("This code counts no more. Show a new one.")

    stage.signed_in = False
    screen = open_page(f"/screen/{NAME}")
    stage.answers["screen"] = 500
    type_code(screen, "K7M3PX")
    expect(screen.locator(".said")).to_have_text("Das ging nicht. Bitte noch einmal.")
    faultless(screen)
    for view, (width, height) in VIEWS.items():
        screen.set_viewport_size({"width": width, "height": height})
        if height >= 540:
            assert screen.evaluate(CLIPPED) == [], view
        assert screen.evaluate("document.documentElement.scrollWidth") <= width, view
        assert cut(screen, ".keypad") == [], view
    stage.answers.clear()
    stage.codes["K7M3PX"] = NAME
    screen.get_by_role("button", name="Try again").click()
    shows(screen, "checkin")
    stage.watches.clear()
    stage.drop(1012)  # a service that restarts takes no screen away
    until(screen, lambda: [NAME] in [watch["machines"] for watch in stage.watches])
    shows(screen, "checkin")
    stage.signed_in = False

    def let_go() -> bool:
        stage.drop(1008)
        return screen.locator("h1", has_text="not paired yet").count() > 0

    until(screen, let_go)
