"""The style guide in a browser: one page that is led from state to state. `scripts/pictures` takes the agreed pictures anew."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests import chromium as chosen
from tests.dashboard import pictures
from tests.dashboard.stage import Stage

KEPT = Path(__file__).parent / "pictures"
ARGUMENTS = ("--font-render-hinting=none", "--disable-lcd-text", "--force-color-profile=srgb")
"""Letters are drawn by their outlines alone, whatever this computer's fonts are told otherwise."""
ROOM = (1920, 1080)
DESK = (1280, 800)
TRIES = 3
SHEET = (1280, 2000)
"""A page at a desk with all that is to be scrolled to."""

_SHOW = """async ([search, patience_ms]) => {
    // Goes there, and waits until the state stands: what it shows in place of an error, else nothing.
    history.replaceState(null, '', '/styleguide' + search);
    dispatchEvent(new PopStateEvent('popstate'));
    const root = document.documentElement, until = performance.now() + patience_ms;
    while (![search, 'failed'].includes(root.dataset.shown)) {
        if (performance.now() > until) return 'it never stood';
        await new Promise(requestAnimationFrame);
    }
    return root.dataset.shown === 'failed' ? document.querySelector('main').textContent : null;
}"""


def kept(state: str) -> Path:
    """Where the agreed picture of a state is."""
    return KEPT / f"{state.replace('/', '.')}.webp"


def states() -> list[str]:
    """Those that have a picture."""
    return sorted(path.stem.replace(".", "/") for path in KEPT.glob("*.webp"))


def agreed(state: str) -> tuple[int, int]:
    """The display that a state is kept on: a kiosk or a 55-inch wall, a page at a desk in its length, else a tablet."""
    if state.startswith(("desk/", "design/")):
        return SHEET
    return ROOM if state.startswith(("patient/", "wall/")) else DESK


class Guide:
    """One page for all states: it changes from one to the next without being loaded anew."""

    def __init__(self, browser: Browser, stage: Stage, patience_ms: float = 30_000) -> None:
        self._url = stage.url
        self._patience_ms = patience_ms
        self._size = ROOM
        self._reduced = False
        self.version = browser.version.partition(".")[0]
        context = browser.new_context(viewport={"width": ROOM[0], "height": ROOM[1]}, locale="de-DE", timezone_id="Europe/Berlin")
        self.page = context.new_page()
        self.page.set_default_timeout(patience_ms)
        self._tools = context.new_cdp_session(self.page)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(f"{self._url}/styleguide?show=page/missing&lang=de")

    def show(self, state: str, *, size: Sequence[int] | None = None, reduced: bool = False, **options: Any) -> Page:
        """Shows a state, German unless `options` say otherwise, and waits until it stands."""
        self.resize(*(size or agreed(state)))
        if reduced != self._reduced:
            self.page.emulate_media(reduced_motion="reduce" if reduced else "no-preference")
            self._reduced = reduced
        search = "?" + "&".join(f"{name}={value}" for name, value in {"show": state, "lang": "de", **options}.items())
        failed = self.page.evaluate(_SHOW, [search, self._patience_ms])
        if failed is not None:
            raise AssertionError(f"{state}: {failed}")
        return self.page

    def resize(self, width: int, height: int) -> Page:
        """What stands, on another display."""
        if (width, height) != self._size:
            self.page.set_viewport_size({"width": width, "height": height})
            self._size = (width, height)
        return self.page

    def taken(self, smaller: int = pictures.SMALLER) -> pictures.Picture:
        """What is seen now, so many times smaller each way: at the size in which it is kept."""
        for _ in range(TRIES):
            self.page.evaluate("new Promise(step => requestAnimationFrame(() => requestAnimationFrame(step)))")
            shot = self._tools.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
            found = pictures.small(base64.b64decode(shot["data"]), smaller)
            # A busy browser sends an empty surface now and then.
            if found.std() > 0:
                break
        return found

    def looks_as_agreed(self, state: str) -> tuple[bool, pictures.Picture]:
        """Whether what is seen now looks as agreed, and what is seen: looked at again before it is said to look otherwise."""
        kept_picture = pictures.read(kept(state))
        for _ in range(TRIES):
            found = self.taken()
            if pictures.alike(kept_picture, found, self.others()):
                return True, found
        return False, found

    def others(self) -> list[pictures.Box]:
        """Where the page's beat is, and what the browser words in its own language: no part of what was agreed."""
        boxes: list[list[float]] = self.page.locator(".beat, input[type=date]").evaluate_all(
            "all => all.map(each => { const box = each.getBoundingClientRect(); return [box.left, box.top, box.right, box.bottom]; })"
        )
        return [(left, top, right, bottom) for left, top, right, bottom in boxes]

    def theme(self) -> str:
        """`dark` or `light`, as the page is now."""
        found: str = self.page.evaluate("getComputedStyle(document.documentElement).colorScheme")
        return found

    def moving(self) -> list[str]:
        """What goes on moving for ever, as the page is now."""
        found: list[str] = self.page.evaluate(
            "document.getAnimations().filter(each => each.effect.getComputedTiming().iterations === Infinity)"
            ".map(each => each.effect.target.className + (each.effect.pseudoElement ?? ''))"
        )
        return found

    def faults(self) -> str:
        """What axe-core finds by all its rules; empty where it finds nothing. It is brought into the page once."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(Axe().axe_script)
        found = AxeResults(self.page.evaluate("axe.run(document, {resultTypes: ['violations']})"))
        return found.generate_report() if found.violations_count else ""

    def listed(self) -> list[str]:
        """All states that there are."""
        page = self.page.context.new_page()
        # Its windows need not play.
        page.route("**/styleguide?*", lambda route: route.abort())
        page.goto(f"{self._url}/styleguide")
        links = page.locator(".guide li > a")
        links.first.wait_for(timeout=self._patience_ms)
        found = links.all_inner_texts()
        page.close()
        return sorted(found)


def main() -> None:
    """Takes every picture that does not look as agreed, and removes those of states that are gone."""
    with sync_playwright() as playwright, Stage() as stage:
        browser = playwright.chromium.launch(executable_path=chosen.PATH, args=[*chosen.ARGUMENTS, *ARGUMENTS])
        guide = Guide(browser, stage, 15_000)
        listed = guide.listed()
        for state in listed:
            try:
                guide.show(state)
            except (AssertionError, Error) as error:
                print(f"{state}: {error}")
                continue
            same, found = guide.looks_as_agreed(state) if kept(state).exists() else (False, guide.taken())
            if same:
                continue
            pictures.write(kept(state), found, guide.version)
            print(f"{state}: taken")
        for state in set(states()) - set(listed):
            kept(state).unlink()
            print(f"{state}: gone")
        browser.close()
        for complaint in guide.complaints:
            print(f"error in the page: {complaint}")


if __name__ == "__main__":
    main()
