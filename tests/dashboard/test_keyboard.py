"""Tab alone reaches everything of the therapist's pages, shows where it is, and is never stuck (2.1.1, 2.1.2, 2.4.7, 2.4.11)."""

import json
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.conftest import Open
from tests.dashboard.stage import PLAN, Stage
from tests.dashboard.test_machine import ADDRESS, FAILED, SET, lived
from tests.dashboard.test_record import DIFFERENCE, record
from wire.live import CueState

pytestmark = [pytest.mark.browser, pytest.mark.calm]

BEGIN = """() => {
    // Whatever a key may reach: of a row of like buttons the one that is next, of radio buttons one.
    const seen = each => each.getClientRects().length > 0 && getComputedStyle(each).visibility === 'visible';
    const wanted = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
        .filter(each => each.tabIndex >= 0 && !each.disabled && seen(each));
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
    const style = getComputedStyle(at), box = at.getBoundingClientRect();
    if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) faults.push(`not seen to have the focus: ${name}`);
    if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) faults.push(`out of sight: ${name}`);
    const within = (at, most) => Math.max(0, Math.min(most - 1, at));
    const top = document.elementFromPoint(within((box.left + box.right) / 2, innerWidth), within((box.top + box.bottom) / 2, innerHeight));
    if (top !== null && !at.contains(top) && !top.contains(at)) faults.push(`covered: ${name}`);
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
