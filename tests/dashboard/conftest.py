"""A browser and a stage for it. Skips, saying why, where there is no Chromium or no built dashboard."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import chromium as chosen
from tests.dashboard import guide as guides
from tests.dashboard.guide import Guide
from tests.dashboard.stage import WEB, Stage

Open = Callable[..., Page]
Launch = Callable[..., Browser]

# A browser that shares two cores with everything else may miss half a second; then the way back takes up to a cycle and a countdown.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="package")  # not of the session: tests elsewhere run loops of their own, which Playwright's would forbid
def chromium() -> Iterator[Launch]:
    """Launches system Chromium, headless, with further arguments."""
    if chosen.PATH is None:
        pytest.skip("no Chromium here (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        yield lambda *more: playwright.chromium.launch(executable_path=chosen.PATH, args=[*chosen.ARGUMENTS, *more])


@pytest.fixture(scope="package")
def browser(chromium: Launch) -> Iterator[Browser]:
    """The browser of this folder's tests; each opens its pages in contexts of its own."""
    browser = chromium()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def built() -> None:
    """The dashboard as it is served; skips where there is none."""
    if not (WEB / "index.html").is_file():
        pytest.skip("the dashboard is not built (cd dashboard && npm ci && npm run build)")


@pytest.fixture
def stage(built: None) -> Iterator[Stage]:
    """The stand-in service of this test's own."""
    with Stage() as stage:
        yield stage


@pytest.fixture(scope="module")
def guide(chromium: Launch, built: None) -> Iterator[Guide]:
    """The guide of a module's tests; it asks the service for nothing but itself."""
    with Stage() as stage:
        browser = chromium(*guides.ARGUMENTS)
        yield Guide(browser, stage, PATIENCE_MS)
        browser.close()


@pytest.fixture
def open_page(browser: Browser, stage: Stage, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens an address of the stage. Whatever the page asks of another host, and any error in it, fails the test."""
    calm = request.node.get_closest_marker("calm") is not None
    contexts = []
    complaints: list[str] = []

    def open_at(path: str, *, width: int = 1280, height: int = 800, locale: str = "de-DE", **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, locale=locale, **options)
        contexts.append(context)
        if calm:
            context.add_init_script(chosen.CALM)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith(stage.url) else complaints.append(f"asked {request.url}"))
        page.goto(stage.url + path)
        return page

    yield open_at
    for context in contexts:
        context.close()
    expected = (
        "WebSocket connection",
        "Failed to load resource",
        "Canvas2D: Multiple readback",  # these tests read pixels
        "The AudioContext was not allowed to start",
    )
    assert [text for text in complaints if not text.startswith(expected)] == []
