"""The keyboard reaches everything (robustness-and-screens 3.8); `test_guide.py` looks at what else everybody needs."""

import pytest
from playwright.sync_api import expect

from tests.dashboard.conftest import Open
from tests.dashboard.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.calm]


def test_the_keyboard_reaches_everything_and_shows_where_it_is(stage: Stage, open_page: Open) -> None:
    stage.actor("clinic/a").run(1.0)
    stage.actor("clinic/b", feed="offline", session=None, plan=None, sampling=False)
    stage.actor("clinic/c")
    stage.actor("clinic/d").run(1.0)
    page = open_page("/wall")
    expect(page.locator(".tile")).to_have_count(4)
    reached = []
    for _ in range(9):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
    assert {f"/machines/clinic/{name}" for name in "abcd"} <= {place for place, _ in reached}
    assert all(outline > 0 for place, outline in reached if place)


FOCUSED = """() => {
    const at = document.activeElement;
    return [at.getAttribute('href') ?? at.textContent, parseFloat(getComputedStyle(at).outlineWidth)];
}"""
