"""A display that stays on (robustness-and-screens 3.7, decision 0216): browsers keep that from plain HTTP, the kiosk gives it back."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from deploy.kiosk import kiosk
from tests.dashboard.conftest import PATIENCE_MS, Launch
from tests.dashboard.stage import Stage

pytestmark = pytest.mark.browser
HOST = "clinic.test"
WORDS = "Der Bildschirm kann sich hier von selbst ausschalten"


@pytest.mark.parametrize("started", ["by hand", "as a kiosk"])
def test_the_display_is_kept_on_or_staff_are_told(stage: Stage, chromium: Launch, started: str) -> None:
    """Over a network, by name, without HTTPS; headless there is no display to keep on, so it is asked whether the browser would."""
    address = f"http://{HOST}:{urlsplit(stage.url).port}/screen/clinic/one"
    given = [flag for flag in kiosk.flags(address) if flag not in kiosk.FLAGS] if started == "as a kiosk" else []
    browser = chromium(f"--host-resolver-rules=MAP {HOST} 127.0.0.1", *given)
    stage.actor()
    page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="de-DE")
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    page.locator(".options summary").click()
    expect(page.locator(".options .panel")).to_be_visible()
    told = page.locator(".options .panel").get_by_text(WORDS)
    assert page.evaluate("isSecureContext") is (started == "as a kiosk")
    if started == "as a kiosk":
        expect(told).to_have_count(0)
        assert page.evaluate("navigator.wakeLock.request('screen').then(lock => lock.type)") == "screen"
    else:
        expect(told).to_be_visible()
    browser.close()
