"""Everybody can use the screens: axe-core, zoom, sizes, both languages (robustness-and-screens 3.8)."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.dashboard.conftest import Open
from tests.dashboard.stage import PLAN, Actor, Stage, ended
from wire.events import AbruptStop, ButtonPressed, Evidence, Failure, Halted, Paused, ReserveEstimated, SignalFaulted
from wire.live import CueState, Invalid, Keeping

pytestmark = [pytest.mark.browser, pytest.mark.calm]
SCREEN = "/screen/clinic/one?checkin=off"
State = Callable[[Stage, Actor], None]


def positioning(stage: Stage, actor: Actor) -> None:
    pass


def unreleased(stage: Stage, actor: Actor) -> None:
    stage.tell(Keeping(machine=actor.name, recording=False, conflict="boot"))


def running(stage: Stage, actor: Actor) -> None:
    stage.refresh(actor.run(-3.0))


def paused(stage: Stage, actor: Actor) -> None:
    actor.set, actor.cue = 1, CueState(origin_ns=None, running=False)
    stage.refresh(actor)
    stage.happen(Paused(id=1, set=1, at_s=0, known_s=0))


def interrupted(stage: Stage, actor: Actor) -> None:
    actor.set = 1
    stage.refresh(actor)


def frozen(stage: Stage, actor: Actor) -> None:
    actor.sampling = False


def lost(stage: Stage, actor: Actor) -> None:
    actor.sampling = False


def sensor(stage: Stage, actor: Actor) -> None:
    actor.angle_deg = lambda _: None


def done(stage: Stage, actor: Actor) -> None:
    stage.happen(ended("failure", full=12))


def pain(stage: Stage, actor: Actor) -> None:
    stage.happen(ButtonPressed(id=1, set=1, at_s=0, known_s=0, button="pain", press="p"))


def idle(stage: Stage, actor: Actor) -> None:
    actor.plan = actor.session = None
    stage.refresh(actor)


def free(stage: Stage, actor: Actor) -> None:
    actor.plan, actor.set, actor.phase = None, 1, "flexion"
    stage.refresh(actor)


def halt(stage: Stage, actor: Actor) -> None:
    stage.refresh(actor.run(4.2))
    stage.happen(AbruptStop(id=1, set=1, at_s=0, known_s=0, repetition=1))


def release(stage: Stage, actor: Actor) -> None:
    stage.refresh(actor.run(4.2))
    stage.happen(Failure(id=1, set=1, at_s=0, known_s=0, repetition=8, angle_deg=31, reason="stall", confidence=0.9, evidence=[]))


STATES = [positioning, unreleased, running, paused, interrupted, frozen, lost, sensor, done, pain, idle, free, halt, release]


def faultless(page: Page) -> None:
    """Nothing that axe-core finds, in German and in English."""
    options = page.locator(".options summary")
    for language in ("de", "en"):
        if options.count():
            options.click()
        page.locator(f".languages button[lang={language}]").click()
        if options.count():
            options.click()
        expect(page.locator("html")).to_have_attribute("lang", language)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_axe_finds_nothing_on_the_patients_screen(stage: Stage, open_page: Open, state: State) -> None:
    actor = stage.actor()
    page = open_page(SCREEN)
    expect(page.locator("main")).to_have_attribute("data-kind", "positioning")
    state(stage, actor)
    expect(page.locator("main")).to_have_attribute("data-kind", state.__name__)
    faultless(page)


def all_needs(stage: Stage) -> None:
    stage.actor("clinic/a").run(1.0)
    stage.actor("clinic/b", feed="offline", session=None, plan=None, sampling=False)
    stage.actor("clinic/c")
    stage.actor("clinic/d").run(1.0)


def test_axe_finds_nothing_on_the_wall(stage: Stage, open_page: Open) -> None:
    empty = open_page("/wall")
    expect(empty.locator(".empty .title")).not_to_have_text("…")
    faultless(empty)
    all_needs(stage)
    page = open_page("/wall")
    # The silent one is missed only where it has been heard.
    expect(page.locator(".tile[data-stale=false]")).to_have_count(3)
    stage.happen(ButtonPressed(id=1, set=1, at_s=0, known_s=0, button="pain", press="p"), "clinic/a")
    stage.tell(Invalid(machine="clinic/c", count=1, reason="garbage", message=""))
    stage.actors["clinic/d"].sampling = False
    expect(page.locator(".calls li")).to_have_count(3)
    faultless(page)


def test_axe_finds_nothing_on_the_wall_with_findings(stage: Stage, open_page: Open) -> None:
    for number in range(15):
        stage.actor(f"clinic/{number:02}").run(1.0)
    page = open_page("/wall")
    expect(page.locator(".tile[data-stale=false]")).to_have_count(15)
    common: dict[str, Any] = {"id": 1, "set": 1, "at_s": 0, "known_s": 0, "repetition": 8}
    for number, event in enumerate(
        [
            Failure(**common, angle_deg=31, reason="stall", confidence=0.9, evidence=[Evidence("stall_s", 3.2, "s")]),
            AbruptStop(**common),
            Halted(**common),
            ReserveEstimated(**common, repetitions_left=2, low=0, high=4),
            SignalFaulted(id=1, set=1, at_s=0, known_s=0, channel="angle", fault="stuck"),
            *[AbruptStop(**common)] * 8,
        ]
    ):
        stage.happen(event, f"clinic/{number:02}")
    expect(page.locator(".tile .notes")).to_have_count(13)
    expect(page.locator(".calls .more")).to_have_count(1)
    faultless(page)


def test_axe_finds_nothing_on_the_plain_pages(stage: Stage, open_page: Open) -> None:
    missing = open_page("/nowhere")
    expect(missing.locator("h1")).to_have_text("Hier ist nichts")
    assert Axe().run(missing).violations_count == 0
    stage.signed_in = False
    page = open_page("/wall")
    expect(page.locator("h1")).to_have_text("Nicht angemeldet")
    faultless(page)


VIEWS = {
    "kiosk": (1920, 1080),
    "laptop": (1280, 800),
    "kiosk at 200 %": (960, 540),
    "laptop at 200 %": (640, 400),
    "a small display": (800, 600),
    "portrait": (1080, 1920),
}


@pytest.mark.parametrize("state", [running, frozen, done, pain, paused, halt, release], ids=lambda state: state.__name__)
def test_the_patients_screen_fits(stage: Stage, open_page: Open, state: State) -> None:
    """1.4.4, 1.3.4, 2.5.8: nothing clipped, the buttons in view and large, at 200 % and upright too."""
    actor = stage.actor(plan=msgspec.structs.replace(PLAN, label="Patientin mit langem Decknamen"))
    page = open_page(SCREEN)
    expect(page.locator("main")).to_have_attribute("data-kind", "positioning")
    state(stage, actor)
    expect(page.locator("main")).to_have_attribute("data-kind", state.__name__)
    for view, (width, height) in VIEWS.items():
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(CLIPPED) == [], view
        for button in page.locator("button.stop, .pain label, .pain .again").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= (48 if state is pain else min(80, 0.2 * height)), view


@pytest.mark.parametrize(("width", "height"), [(960, 540), (640, 400), (320, 640)])
def test_the_wall_reflows(stage: Stage, open_page: Open, width: int, height: int) -> None:
    """1.4.10: no scrolling in two directions at 200 and 400 %."""
    for name in ("a", "b", "machine-with-a-long-name"):
        stage.actor(f"clinic/{name}").run(1.0)
    page = open_page("/wall", width=width, height=height)
    expect(page.locator(".tile")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_reaches_everything_and_shows_where_it_is(stage: Stage, open_page: Open) -> None:
    all_needs(stage)
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

CLIPPED = """() => [...document.querySelectorAll('main p, main button, main li, main label')].filter(element => {
    if (element.closest('.unseen, [data-kind=pain] .side, .panel')) return false;
    const box = element.getBoundingClientRect();
    if (box.width === 0) return false;
    return box.left < -1 || box.right > innerWidth + 1 || box.top < -1 || box.bottom > innerHeight + 1;
}).map(element => element.textContent)"""
