"""Nothing old is ever shown as live: H01, H05, H06, F01, F16, F17 of robustness-and-screens, in a browser with a clock of its own."""

import os
import re
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.dashboard.conftest import Launch, Open
from tests.dashboard.sleep import Sleeper
from tests.dashboard.stage import Stage, ended, repetition_completed
from tests.dashboard.test_patient import ADDRESS, shows, white_on_now_line
from tests.dashboard.test_patient_states import until
from wire.live import CueState

pytestmark = pytest.mark.browser

LIVE_MS = 250
STALE_MS = 500
"""H01: nothing that has been stale for longer is drawn as live."""

WATCH = """() => {
    // Every repaint: when it began, and what is said of the newest sample. Runs after the page's own drawing.
    window.seen = [];
    const frame = () => requestAnimationFrame(begun => {
        const feed = document.querySelector('.feed');
        const shield = document.querySelector('.shield').getBoundingClientRect();
        window.seen.push([performance.timeOrigin + begun, feed.dataset.state, document.querySelector('main').dataset.kind ?? '',
            document.querySelector('.tile .now')?.textContent ?? '', shield.bottom > 0]);
        frame();
    });
    frame();
}"""


def silent(stage: Stage) -> None:
    """The socket stays open, with the line cut in the middle."""
    stage.mute = True


def without_samples(stage: Stage) -> None:
    """The service is there, and pongs come; the machine sends nothing."""
    stage.actors["clinic/one"].sampling = False


def old(stage: Stage) -> None:
    """Frames go on to come, of samples that are ten seconds old."""
    stage.actors["clinic/one"].behind_ns = 10_000_000_000


def again(stage: Stage) -> None:
    """Frames go on to come, always of the last sample, called new."""
    actor = stage.actors["clinic/one"]
    actor.stopped_ns = actor.last_ns


@pytest.mark.parametrize("address", ["/wall", ADDRESS])
@pytest.mark.parametrize("fail", [silent, without_samples, old, again], ids=lambda fail: fail.__name__)
def test_no_repaint_calls_old_what_is_live(stage: Stage, open_page: Open, fail: Callable[[Stage], None], address: str) -> None:
    """H01: of all repaints, none shows as live what is older than 500 ms, nor a cue, nor a number beyond 1 s, whatever the socket does."""
    stage.actor().led()
    page = open_page(address)
    expect(page.locator(".feed")).to_have_attribute("data-state", "live")
    if address == ADDRESS:
        shows(page, "running")
    page.evaluate(WATCH)
    page.wait_for_timeout(300)
    fail(stage)
    failed_ms = time.time() * 1000
    page.wait_for_timeout(2500)
    seen = page.evaluate("window.seen")
    after = [(at - failed_ms, state, kind, count, shielded) for at, state, kind, count, shielded in seen if at > failed_ms and not shielded]
    assert after
    # A batch is 20 ms old when the fault begins, and the test's clock is the page's to a few ms.
    assert [row for row in after if row[0] > STALE_MS + 30 and row[1] == "live"] == []
    assert [row for row in after if row[0] > STALE_MS + 30 and row[2] == "running"] == []
    assert [row for row in after if row[0] > 1000 + 300 and row[3] not in ("", "--")] == []
    if address == ADDRESS:
        assert not white_on_now_line(page)


def test_recovers_from_a_line_that_is_cut_in_the_middle(stage: Stage, open_page: Open) -> None:
    """Half-open: nothing is heard for 6 s, so another line is taken."""
    stage.actor()
    page = open_page("/wall")
    expect(page.locator(".feed")).to_have_attribute("data-state", "live")
    stage.mute = True
    expect(page.locator(".feed")).to_have_attribute("data-state", "lost")
    stage.mute = False
    expect(page.locator(".feed")).to_have_attribute("data-state", "live")


HANG_MS = 3000

PICTURE = """async data => {
    // Of a picture of the page: the share of the target's blue and of the shield's cyan, in pixels.
    const image = new Image();
    image.src = 'data:image/png;base64,' + data;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const pixels = context.getImageData(0, 0, image.width, image.height).data;
    const count = colour => {
        let found = 0;
        for (let i = 0; i < pixels.length; i += 4) if (colour.every((part, k) => Math.abs(pixels[i + k] - part) < 12)) found++;
        return found;
    };
    return [count([86, 180, 233]), count([0, 200, 215])];
}"""


@pytest.mark.parametrize("address", ["/wall", ADDRESS])
def test_a_page_that_hangs_is_covered_though_nothing_of_it_runs(stage: Stage, open_page: Open, address: str) -> None:
    """H01, the render heartbeat: what the display shows while the page's own thread is stuck, as the browser's compositor sends it."""
    stage.actor().led()
    page = open_page(address, width=640, height=400)
    expect(page.locator(".feed")).to_have_attribute("data-state", "live")
    if address == ADDRESS:
        shows(page, "running")
    pictures: list[tuple[float, str]] = []
    display = page.context.new_cdp_session(page)

    def picture(frame: dict[str, Any]) -> None:
        pictures.append((time.time() * 1000, frame["data"]))
        display.send("Page.screencastFrameAck", {"sessionId": frame["sessionId"]})

    display.on("Page.screencastFrame", picture)
    display.send("Page.startScreencast", {"format": "png"})
    until(page, lambda: pictures)
    page.evaluate("ms => { setTimeout(() => { const until = performance.now() + ms; while (performance.now() < until); }, 0); }", HANG_MS)
    hung_ms = time.time() * 1000
    page.wait_for_timeout(HANG_MS - 500)
    shown = [data for at, data in pictures if at > hung_ms + 200]
    display.send("Page.stopScreencast")
    expect(page.locator(".shield")).not_to_be_in_viewport()
    assert shown, "the display stood still, with what was live before"
    blue, cyan = page.evaluate(PICTURE, shown[-1])
    assert blue == 0
    assert cyan > 300
    # Back again, and by positioning: the picture stood still.
    if address == ADDRESS:
        expect(page.locator("main")).to_have_attribute("data-kind", re.compile("^(positioning|countdown)$"))


HELD = """ms => {
    // The next drawing on a canvas takes so long: as if the computer went to sleep in the middle of a repaint.
    const { setTransform } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.setTransform = function (...to) {
        CanvasRenderingContext2D.prototype.setTransform = setTransform;
        const until = performance.now() + ms;
        while (performance.now() < until);
        setTransform.apply(this, to);
    };
}"""


@pytest.mark.parametrize("address", ["/wall", ADDRESS])
def test_a_repaint_held_up_in_its_middle_shows_nothing_of_before(stage: Stage, open_page: Open, address: str) -> None:
    """F17: what was begun while all was live and ends after the sleep is drawn anew before anybody sees it."""
    stage.actor().led()
    page = open_page(address, width=640, height=400)
    expect(page.locator(".feed")).to_have_attribute("data-state", "live")
    if address == ADDRESS:
        shows(page, "running")
    page.evaluate(WATCH)
    page.evaluate(HELD, HANG_MS)
    page.wait_for_function("ms => window.seen.some(([at], k) => at - window.seen[k - 1]?.[0] > ms)", arg=HANG_MS - 100)
    seen = page.evaluate("window.seen")
    held = [row for row, after in pairwise(seen) if after[0] - row[0] > HANG_MS - 100]
    assert [row[1] for row in held] == ["stale"]
    assert held[0][2] != "running"


@pytest.fixture
def sleeper(chromium: Launch, tmp_path: Path) -> Iterator[tuple[Browser, Sleeper]]:
    """A browser of its own, and its sleep."""
    mark = f"--ilex-sleeper={tmp_path.name}-{os.getpid()}"
    browser, sleeper = chromium(mark), Sleeper(mark)
    yield browser, sleeper
    sleeper.wake()
    browser.close()


@pytest.mark.parametrize("address", ["/wall", ADDRESS])
def test_wakes_from_sleep_with_what_is_now(stage: Stage, sleeper: tuple[Browser, Sleeper], address: str) -> None:
    """F17: what has queued up is dropped, nothing is played fast; no live picture before the first fresh frame, which comes within 1 s."""
    browser, asleep = sleeper
    stage.actor().led()
    page = browser.new_context(viewport={"width": 1280, "height": 800}, locale="de-DE").new_page()
    page.goto(stage.url + address)
    if address == ADDRESS:
        shows(page, "running")
    expect(page.locator(".feed")).to_have_attribute("data-state", "live")
    page.evaluate(WATCH)
    count = page.locator(".count .now")
    expect(count).to_have_text("0")
    asleep.sleep()
    page.wait_for_timeout(4000)
    # Told into the queue while nobody looks, and part of the snapshot for whoever comes back.
    stage.actors["clinic/one"].repetitions = [repetition_completed(1)]
    stage.happen(repetition_completed(1))
    woken_ms = time.time() * 1000
    asleep.wake()
    expect(count).to_have_text("1")
    expect(page.locator(".feed")).to_have_attribute("data-state", "live")
    after = [(at - woken_ms, *row) for at, *row in page.evaluate("window.seen") if at > woken_ms]
    live = [row for row in after if row[1] == "live"]
    # However late this computer makes a frame.
    longest_ms = max((then[0] - now[0] for now, then in pairwise(after)), default=0.0)
    assert live[0][0] < 1000 + longest_ms
    if address == ADDRESS:
        assert {row[2] for row in after} <= {"lost", "frozen", "restarting", "connecting", "positioning", "countdown", "running"}
        kinds = [row[2] for row in after]
        assert "running" not in kinds or kinds.index("running") > kinds.index("countdown")
    else:
        assert all(count in ("1", "--") for _, state, _, count, _ in after if state == "live")
    assert len(stage.watches) >= 2, "another line is taken, and the queue of the old one dropped"
    assert stage.watches[-1]["resume"]["clinic/one"]["session"] == "s1"


@pytest.mark.parametrize("address", ["/wall", ADDRESS])
def test_a_session_that_ended_in_its_sleep_is_over_when_it_wakes(stage: Stage, sleeper: tuple[Browser, Sleeper], address: str) -> None:
    """Issue 5, bad input: the set and its session end while the screen sleeps; nothing of the set is seen as live after that."""
    browser, asleep = sleeper
    actor = stage.actor().led()
    page = browser.new_context(viewport={"width": 1280, "height": 800}, locale="de-DE").new_page()
    page.goto(stage.url + address)
    if address == ADDRESS:
        shows(page, "running")
    expect(page.locator(".feed")).to_have_attribute("data-state", "live")
    page.evaluate(WATCH)
    asleep.sleep()
    page.wait_for_timeout(4000)
    stage.happen(ended("target_reached", full=12))
    actor.plan, actor.session, actor.set, actor.cue = None, None, None, CueState(origin_ns=None, running=False)
    stage.refresh(actor)
    woken_ms = time.time() * 1000
    asleep.wake()
    if address == ADDRESS:
        shows(page, "done")
        expect(page.locator(".facts strong").first).to_have_text("12")
    else:
        expect(page.locator(".tile .state")).to_have_text("Fertig")
        expect(page.locator(".tile .count")).to_have_text("Wiederholung 12")
    expect(page.locator(".feed")).to_have_attribute("data-state", "live")
    after = [row for at, *row in page.evaluate("window.seen") if at > woken_ms]
    assert {kind for _, kind, _, _ in after} <= {"", "lost", "frozen", "restarting", "connecting", "offline", "done"}
    assert {count for state, _, count, _ in after if state == "live"} <= {"", "12", "--"}
