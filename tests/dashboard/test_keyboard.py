"""Tab alone reaches everything of a page, shows where it is, and is never stuck (2.1.1, 2.1.2, 2.4.7, 2.4.11); keys alone do it all."""

import json
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.dashboard.conftest import Open
from tests.dashboard.stage import PLAN, Stage
from tests.dashboard.test_machine import ADDRESS, FAILED, SET, lived
from tests.dashboard.test_pairing import NAME
from tests.dashboard.test_patient import ADDRESS as SCREEN
from tests.dashboard.test_patient import shows
from tests.dashboard.test_patient_states import told, until
from tests.dashboard.test_record import DIFFERENCE, record
from wire.live import CueState

pytestmark = [pytest.mark.browser, pytest.mark.calm]

BEGIN = """() => {
    // Whatever a key may reach: of a row of like buttons the one that is next, of radio buttons one.
    const seen = each => each.checkVisibility({visibilityProperty: true});
    const wanted = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
        .filter(each => each.tabIndex >= 0 && !each.disabled && seen(each))
        .filter((each, _, all) => {
            const row = all.filter(other => each.type === 'radio' && other.type === 'radio' && other.name === each.name);
            return row.length === 0 || each === (row.find(other => other.checked) ?? row[0]);
        });
    window.walk = {left: new Set(wanted), been: new Set(), all: wanted.length};
    return wanted.length;
}"""

STEP = """() => {
    // Where the focus is now: what is wrong with it, and whether it has been all round.
    const at = document.activeElement, name = at.outerHTML.slice(0, 100), faults = [];
    if (window.walk.been.has(at)) return {round: true, faults};
    window.walk.been.add(at);
    if (at === document.body) return {round: false, faults};
    window.walk.left.delete(at);
    // Of a large key its words are seen, and its own box lies over them.
    const key = at.closest('.keys label') ?? at;
    const style = getComputedStyle(key.querySelector('input + span') ?? at), box = key.getBoundingClientRect();
    if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) faults.push(`not seen to have the focus: ${name}`);
    if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) faults.push(`out of sight: ${name}`);
    const within = (at, most) => Math.max(0, Math.min(most - 1, at));
    const top = document.elementFromPoint(within((box.left + box.right) / 2, innerWidth), within((box.top + box.bottom) / 2, innerHeight));
    if (top !== null && !key.contains(top) && !top.contains(key)) faults.push(`covered: ${name}`);
    return {round: false, faults};
}"""


def walked(page: Page, key: str = "Tab") -> list[str]:
    """Goes all round by a key; what was wrong on the way, and what was never reached."""
    page.evaluate("document.activeElement.blur()")
    most = page.evaluate(BEGIN) + 5
    faults: list[str] = []
    for _ in range(most):
        page.keyboard.press(key)
        step: dict[str, Any] = page.evaluate(STEP)
        faults += step["faults"]
        if step["round"]:
            break
    else:
        faults.append("it never came round")
    missed: list[str] = page.evaluate("[...window.walk.left].map(each => each.outerHTML.slice(0, 100))")
    return faults + [f"not reached: {each}" for each in missed]


def test_the_machines_page(stage: Stage, open_page: Open) -> None:
    """In a set, with the form of its plan, and after the set with its summary."""
    actor = lived(stage, SET, set=1, repetition=7)
    actor.run(72.0).phase = "hold"
    page = open_page(ADDRESS)
    expect(page.locator(".repetitions tbody tr")).to_have_count(7)
    assert walked(page) == []
    assert walked(page, "Shift+Tab") == []
    actor.set, actor.phase, actor.cue = None, None, CueState(origin_ns=None, running=False)
    for event in FAILED:
        stage.happen(event)
    stage.refresh(actor)
    expect(page.locator(".summary header h2")).to_have_text("7 Wiederholungen, dann Versagen")
    assert walked(page) == []


def test_the_form_of_a_plan_keeps_the_focus_within(stage: Stage, open_page: Open) -> None:
    """It stands over the page: nothing behind it is reached before it is left, which Escape does."""
    stage.actor(session=None, plan=None)
    page = open_page(ADDRESS)
    page.get_by_role("button", name="Plan geben").press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    for _ in range(40):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || document.activeElement.closest('[role=dialog], dialog') !== null")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_sessions_record(stage: Stage, open_page: Open) -> None:
    """With its summary, detections, labels, differences and files."""
    note = {"id": "6", "kind": "note", "set": 1, "text": "Gurt neu", "made_utc": "2026-01-15T09:33:00Z", "by": "Mia"}
    stage.records["s1"] = record(plan=msgspec.to_builtins(PLAN), labels=[note], difference=DIFFERENCE)
    events = [msgspec.structs.replace(event, id=number) for number, event in enumerate([*SET, *FAILED], 1)]
    stage.lines = {("s1", "final"): "".join(json.dumps(msgspec.to_builtins(event)) + "\n" for event in events)}
    page = open_page("/sessions/s1")
    expect(page.locator(".summary header h2")).to_have_text("7 Wiederholungen, dann Versagen")
    assert walked(page) == []
    assert walked(page, "Shift+Tab") == []


def reach(page: Page, wanted: Locator) -> None:
    """Goes on by Tab until that has the focus."""
    for _ in range(60):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"never reached: {wanted}")


def test_the_patients_screen_before_and_in_a_set(stage: Stage, open_page: Open) -> None:
    """Who he is and how he is; then the options, with Space for the pause wherever no control has it."""
    actor = stage.actor()
    page = open_page(f"/screen/{NAME}")
    shows(page, "checkin")
    assert walked(page) == []
    reach(page, page.get_by_role("radio", name="Ja, das bin ich"))
    page.keyboard.press("Space")
    reach(page, page.get_by_role("radio", name="0", exact=True))
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    reach(page, page.get_by_role("button", name="Ich bin bereit"))
    page.keyboard.press("Enter")
    shows(page, "positioning")
    until(page, lambda: told(stage, "check-in") and told(stage, "check-in")[-1]["ready"])
    assert [told(stage, "check-in")[-1][name] for name in ("who", "pain", "skipped")] == ["self", 2, False]

    stage.refresh(actor.led())
    shows(page, "running")
    page.keyboard.press("Space")
    until(page, lambda: len(told(stage, "pause")) == 1)
    reach(page, page.locator(".options summary"))
    page.keyboard.press("Enter")
    expect(page.locator(".options .panel")).to_be_visible()
    assert walked(page) == []
    assert walked(page, "Shift+Tab") == []
    reach(page, page.get_by_role("slider"))
    page.keyboard.press("Home")
    expect(page.locator(".volume output")).to_have_text("0\u00a0%")
    reach(page, page.get_by_role("radio", name="Ziel und Bewegung"))
    page.keyboard.press("ArrowDown")
    expect(page.locator("main")).to_have_attribute("data-feedback", "band")
    reach(page, page.locator(".options .languages button[lang=en]"))
    page.keyboard.press("Space")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.keyboard.press("Escape")
    expect(page.locator(".options .panel")).to_be_hidden()
    reach(page, page.locator(".options .sound"))
    page.keyboard.press("Enter")
    expect(page.locator(".options .sound")).to_have_attribute("aria-pressed", "true")
    assert len(told(stage, "pause")) == 1
    reach(page, page.locator(".buttons .pause"))
    page.keyboard.press("Space")
    until(page, lambda: len(told(stage, "pause")) == 2)


def test_a_stop_for_pain(stage: Stage, open_page: Open) -> None:
    """How much, where and how it hurts, by Tab, arrows and Space."""
    stage.actor().led()
    page = open_page(SCREEN)
    shows(page, "running")
    reach(page, page.locator(".buttons .stop"))
    page.keyboard.press("Enter")
    expect(page.locator(".pain .title")).to_be_focused()
    assert walked(page) == []
    page.evaluate("document.activeElement.blur()")
    reach(page, page.get_by_role("radio", name="0", exact=True))
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    for place in ("Gesäß", "Bein"):
        reach(page, page.get_by_role("checkbox", name=place))
        page.keyboard.press("Space")
    reach(page, page.get_by_role("radio", name="Stechend"))
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".pain .kept")).to_have_text("Notiert, danke.")
    until(page, lambda: told(stage, "pain")[-1]["quality"] == "dull")
    said = told(stage, "pain")[-1]
    assert (said["pain"], said["where"]) == (7, ["buttock", "leg"])
    assert walked(page, "Shift+Tab") == []
    reach(page, page.locator(".pain .again"))
    page.keyboard.press("Enter")
    until(page, lambda: len({body["id"] for body in told(stage, "stop")}) == 2)


def test_a_screen_is_paired(stage: Stage, open_page: Open) -> None:
    """The keypad by Tab and Enter; its letters also by their own keys."""
    stage.actor()
    stage.signed_in = False
    stage.codes["K7M3PX"] = NAME
    page = open_page(f"/screen/{NAME}")
    expect(page.locator("h1")).to_be_focused()
    assert walked(page) == []
    assert walked(page, "Shift+Tab") == []
    for letter in "K7M":
        reach(page, page.get_by_role("button", name=letter, exact=True))
        page.keyboard.press("Enter")
    reach(page, page.get_by_role("button", name="Löschen"))
    page.keyboard.press("Space")
    page.keyboard.type("m3px")
    shows(page, "checkin")
