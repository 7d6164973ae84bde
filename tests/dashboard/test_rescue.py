"""A page for staff that can't be drawn is not taken for live: it says so, reports itself, and is made anew (H01; issue 5, bad input)."""

import pytest
from playwright.sync_api import expect

from tests.dashboard.conftest import Open
from tests.dashboard.stage import Stage
from tests.dashboard.test_machine import ADDRESS, common
from tests.dashboard.test_patient_states import told, until
from wire.events import ButtonPressed, Failure
from wire.live import CueState

pytestmark = [pytest.mark.browser, pytest.mark.calm]

BREAK = """() => {
    // No number can be written any more, which whatever these pages keep up to date does.
    window.format = Object.getOwnPropertyDescriptor(Intl.NumberFormat.prototype, 'format');
    Object.defineProperty(Intl.NumberFormat.prototype, 'format', {configurable: true, get() { throw new Error('no figures'); }});
}"""
MEND = "() => Object.defineProperty(Intl.NumberFormat.prototype, 'format', window.format)"
BREAK_PICTURES = """() => {
    window.stroke = CanvasRenderingContext2D.prototype.stroke;
    CanvasRenderingContext2D.prototype.stroke = () => { throw new Error('no stroke'); };
}"""
MEND_PICTURES = "() => { CanvasRenderingContext2D.prototype.stroke = window.stroke; }"


@pytest.mark.parametrize(
    ("broken", "mended", "reason"),
    [(BREAK, MEND, "no figures"), (BREAK_PICTURES, MEND_PICTURES, "no stroke")],
    ids=["words", "pictures"],
)
@pytest.mark.parametrize("address", ["/wall", ADDRESS])
def test_what_can_not_be_drawn_says_so_and_comes_back(
    stage: Stage, open_page: Open, address: str, broken: str, mended: str, reason: str
) -> None:
    actor = stage.actor(set=1).run(30.0)
    page = open_page(address)
    expect(page.locator(".feed")).to_have_attribute("data-state", "live")
    page.evaluate(broken)
    expect(page.locator(".blind")).to_contain_text("Störung der Anzeige")
    expect(page.locator(".feed")).to_have_count(0)
    until(page, lambda: told(stage, "screen-failed"))
    message = told(stage, "screen-failed")[0]["message"]
    assert message.startswith(f"{address}: ")
    assert reason in message

    # What happens meanwhile is known when it is back.
    actor.cue = CueState(origin_ns=None, running=False)
    actor.record(ButtonPressed(**common(30.0), button="pain", press="p"))
    page.evaluate(mended)
    expect(page.locator(".feed")).to_have_attribute("data-state", "live")
    expect(page.locator(".calls li, .call .need")).to_contain_text("Schmerz")


@pytest.mark.parametrize("address", ["/wall", ADDRESS])
def test_words_of_a_newer_service_stop_nothing(stage: Stage, open_page: Open, address: str) -> None:
    """Contract 4: a reason that this page has no words for is shown as it comes, and the page goes on."""
    actor = stage.actor(set=1).run(30.0)
    page = open_page(address)
    expect(page.locator(".feed")).to_have_attribute("data-state", "live")
    failure = Failure(**common(30.0), repetition=3, angle_deg=31.0, reason="stall", confidence=0.9, evidence=[])
    stage.say(actor.record(failure).replace('"stall"', '"dizzy"'))
    expect(page.locator(".tile .notes, .call .why")).to_contain_text("dizzy")
    stage.happen(ButtonPressed(**common(31.0), button="pain", press="p"))
    expect(page.locator(".calls li, .call .need")).to_contain_text("Schmerz")
    assert told(stage, "screen-failed") == []
