"""The page in a browser (issue 3, 6): it draws, zooms, tells, prints, and everybody can use it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from service.reports.page import draw
from service.reports.signals import signals
from tests import chromium
from tests.service.reports.stories import PLAN, Story, blocks
from tests.service.reports.test_picture import eventful
from wire.events import Event
from wire.plan import Plan

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if chromium.PATH is None:
        pytest.skip("no Chromium here (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.PATH, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def opened(browser: Browser, folder: Path, events: list[Event], plan: Plan | None = PLAN, scheme: str = "light", **options: object) -> Page:
    """The page of a recording, from the file alone; any complaint or request of it ends up in `page.complaints`."""
    draw(folder / "page.html", "take.csv", 60.0, plan, events, signals(blocks(**options)))  # type: ignore[arg-type]
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(("file:", "data:")) else complaints.append(request.url))
    page.complaints = complaints  # type: ignore[attr-defined]  # kept beside the page that had them
    page.goto((folder / "page.html").as_uri())
    return page


def inked(page: Page) -> int:
    """How many pixels of the chart are drawn on."""
    count: int = page.evaluate(
        "() => { const c = document.querySelector('#chart canvas');"
        " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i]) n++; return n; }"
    )
    return count


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_draws_without_a_complaint_and_everybody_can_use_it(browser: Browser, tmp_path: Path, scheme: str) -> None:
    page = opened(browser, tmp_path, eventful(), scheme=scheme)
    assert inked(page) > 20_000
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 400, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.complaints == []  # type: ignore[attr-defined]


def test_the_tip_tells_values_phase_and_events_where_one_points(browser: Browser, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, eventful())
    tip = page.locator("#tip")
    expect(tip).to_be_hidden()
    box = page.locator("#chart").bounding_box()
    assert box
    # From 3 to 47 s across: the failure lies at 41 s.
    across = box["width"] - 64 - 92
    page.mouse.move(box["x"] + 64 + across * (41 - 3) / 44, box["y"] + 100)
    expect(tip).to_contain_text("0:41")
    expect(tip).to_contain_text("rep 4")
    expect(tip).to_contain_text("Nm")
    expect(tip).to_contain_text("failure at 23°")
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()
    assert page.complaints == []  # type: ignore[attr-defined]


def test_dragging_zooms_a_double_click_goes_back_and_a_finding_leads_to_its_place(browser: Browser, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, eventful())
    box = page.locator("#chart").bounding_box()
    assert box
    at, y = box["x"] + 64, box["y"] + 150
    tip = page.locator("#tip")

    def told_at(share: float) -> str:
        page.mouse.move(at + share * (box["width"] - 156), y)
        expect(tip).to_be_visible()
        page.wait_for_timeout(60)
        return tip.inner_text().split()[0]

    assert told_at(0.5) == "0:25.00"
    page.mouse.move(at + 100, y)
    page.mouse.down()
    page.mouse.move(at + 200, y, steps=3)
    page.mouse.up()
    near = told_at(0.5)
    assert "0:06" < near < "0:10"
    page.mouse.dblclick(at + 300, y)
    assert told_at(0.5) in {"0:29.99", "0:30.00"}  # the whole recording
    page.get_by_role("row", name="failure").last.click()
    assert told_at(0.5).startswith("0:41")
    page.get_by_role("button", name="Whole").click()
    assert told_at(0.5) in {"0:29.99", "0:30.00"}
    assert page.complaints == []  # type: ignore[attr-defined]


def test_several_sets_have_a_button_each_and_none_has_none(browser: Browser, tmp_path: Path) -> None:
    first = Story().repetition()
    first.end()
    page = opened(browser, tmp_path, Story(number=2, from_s=30.0, after=first).repetition().end())
    page.get_by_role("button", name="Set 2").click()
    assert page.get_by_role("button", name="Set 1").count() == 1
    for torque in (True, False):
        bare = opened(browser, tmp_path, [], None, torque=torque)
        assert inked(bare) > 5_000
        assert bare.get_by_role("button", name="Set 1").count() == 0
        assert bare.complaints == []  # type: ignore[attr-defined]


def test_it_prints_on_white_with_its_curves(browser: Browser, tmp_path: Path) -> None:
    page = opened(browser, tmp_path, eventful(), scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    width = page.evaluate("document.querySelector('#chart canvas').width / document.querySelector('#chart canvas').clientWidth")
    assert width >= 2.9
    assert len(page.pdf()) > 20_000
