"""A code on the wall and the keys of a screen that is not paired, while the service fails (decision 0176)."""

import pytest
from playwright.sync_api import expect

from tests.dashboard.conftest import Open
from tests.dashboard.stage import Stage
from tests.dashboard.test_pairing import NAME, type_code
from tests.dashboard.test_patient import shows
from tests.dashboard.test_patient_states import until

pytestmark = [pytest.mark.browser, pytest.mark.calm]


def test_a_service_that_fails_is_said_to_and_asked_again(stage: Stage, open_page: Open) -> None:
    """One that may not, one that is away, one that has forgotten the code that the wall shows, one that lets the screen go."""
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
    stage.codes.clear()
    expect(wall.locator(".offer .outcome")).to_have_text("Dieser Code gilt nicht mehr. Lassen Sie sich einen neuen zeigen.")

    stage.signed_in = False
    screen = open_page(f"/screen/{NAME}")
    stage.answers["screen"] = 500
    type_code(screen, "K7M3PX")
    expect(screen.locator(".said")).to_have_text("Das ging nicht. Bitte noch einmal.")
    stage.answers.clear()
    stage.codes["K7M3PX"] = NAME
    screen.get_by_role("button", name="Noch einmal").click()
    shows(screen, "checkin")
    stage.watches.clear()
    stage.drop(1012)  # a service that restarts takes no screen away
    until(screen, lambda: [NAME] in [watch["machines"] for watch in stage.watches])
    shows(screen, "checkin")
    stage.signed_in = False

    def let_go() -> bool:
        stage.drop(1008)
        return screen.locator("h1", has_text="noch nicht gekoppelt").count() > 0

    until(screen, let_go)
