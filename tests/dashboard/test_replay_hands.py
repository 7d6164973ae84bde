"""Hands on the replay page: pointer, buttons and keys in turn, also while the session goes on; and what did not come (issue 6, point 1)."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from service import recordings
from service.store import SessionRow
from tests.dashboard.conftest import Open
from tests.dashboard.served import Service
from tests.dashboard.test_bench import damaged
from tests.dashboard.test_replay import clock, exact, faultless
from tests.service.replay.played import play

pytestmark = [pytest.mark.browser, pytest.mark.calm]
LEFT, RIGHT = 164, 20
"""Room beside the picture, CSS pixels (`GUTTER`, `EDGE`)."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    play(folder / "recordings" / "clinic" / "one", "s1", until_s=40)
    return folder


@pytest.fixture
def stage(data: Path, built: None) -> Iterator[Service]:
    """In place of the stand-in: the service itself."""
    service = Service(data)
    yield service
    service.close()


@pytest.fixture
def grow(stage: Service) -> Iterator[Callable[[float], None]]:
    """A session `s2` that runs, so many seconds of it."""
    folder = stage.data / "recordings" / "clinic" / "one"
    path = folder / "s2.mcap"
    fresh = folder / "fresh"

    def until(seconds: float) -> None:
        play(fresh, "s2", until_s=seconds, finish=False).replace(folder / "s2.mcap.part")

    until(20)
    stage.put(
        SessionRow(session="s2", machine="clinic/one", started_utc=recordings.summary(folder / "s1.mcap").started_utc, path=str(path))
    )
    yield until
    (folder / "s2.mcap.part").unlink()


class Hand:
    """The pointer over the charts, by shares of the picture."""

    def __init__(self, page: Page) -> None:
        box = page.locator(".charts").bounding_box()
        assert box is not None
        self._page, self._left, self._top = page, box["x"] + LEFT, box["y"] + 100
        self._across = box["width"] - LEFT - RIGHT

    def move(self, share: float) -> None:
        self._page.mouse.move(self._left + share * self._across, self._top)

    def press(self, share: float) -> None:
        self.move(share)
        self._page.mouse.down()

    def release(self) -> None:
        self._page.mouse.up()

    def click(self, share: float) -> None:
        self.press(share)
        self.release()


def address(page: Page) -> list[float]:
    """The moment and the stretch that the address names."""
    page.wait_for_url(re.compile("#t=.*&from="))
    found = re.search(r"#t=(.*)&from=(.*)&to=(.*)", page.url)
    assert found is not None
    return [float(value) for value in found.groups()]


def test_what_is_dragged_and_clicked_does_not_mind_that_the_session_goes_on(
    stage: Service, open_page: Open, grow: Callable[[float], None]
) -> None:
    page = open_page(stage.at("/sessions/s2/replay"), width=1440, height=900)
    exact(page)
    expect(page.get_by_role("button", name="Live folgen")).to_have_attribute("aria-pressed", "true")
    hand, length = Hand(page), page.locator(".transport .clock")
    hand.press(0.25)
    hand.move(0.4)
    expect(page.locator(".chosen")).to_have_count(1)
    grow(25)
    expect(length).to_contain_text("/ 0:25")
    hand.move(0.5)
    hand.release()
    expect(page.locator(".chosen")).to_have_count(0)
    hand.click(0.5)
    assert address(page) == pytest.approx([7.5, 5, 10], abs=0.05)
    # A click, and Shift and a drag.
    hand.press(0.1)
    grow(27)
    expect(length).to_contain_text("/ 0:27")
    hand.release()
    expect(length).to_contain_text(re.compile("^0:05,[45]"))
    page.keyboard.down("Shift")
    hand.press(0.5)
    hand.move(0.6)
    grow(29)
    expect(length).to_contain_text("/ 0:29")
    hand.move(0.7)
    hand.release()
    page.keyboard.up("Shift")
    hand.click(0.5)
    page.wait_for_url(re.compile("#t=6"))
    assert address(page) == pytest.approx([6.5, 4, 9], abs=0.05)


def test_what_is_in_sight_is_gone_round_in_by_key(stage: Service, open_page: Open) -> None:
    page = open_page(stage.at("/sessions/s1/replay#t=10&from=10&to=10.6"), width=1440, height=900)
    exact(page)
    loop = page.get_by_role("button", name="Schleife")
    page.keyboard.press("l")
    expect(loop).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".scrubber .loop")).to_have_count(1)
    page.keyboard.press(" ")
    # It comes to the end, and is back at the beginning.
    page.wait_for_function(
        """() => {
          const now = document.querySelector('.clock strong').innerText, before = window.before ?? now;
          window.before = now;
          return now < before;
        }"""
    )
    page.keyboard.press(" ")
    assert "0:10,000" <= clock(page) <= "0:10,600"
    page.keyboard.press("l")
    expect(loop).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".scrubber .loop")).to_have_count(0)


def test_space_plays_after_a_click_and_presses_what_the_keyboard_has_come_to(stage: Service, open_page: Open) -> None:
    page = open_page(stage.at("/sessions/s1/replay"), width=1440, height=900)
    exact(page)
    play_button, loop = page.locator(".transport .play"), page.get_by_role("button", name="Schleife")
    finding = page.locator(".events button", has_text="Wiederholung").first
    for clicked in (finding, loop, page.get_by_role("tab", name="Ereignisse"), page.get_by_text("Analyse", exact=True)):
        clicked.click()
        page.keyboard.press(" ")
        expect(play_button).to_have_text("Anhalten")
        page.keyboard.press(" ")
        expect(play_button).to_have_text("Abspielen")
    expect(loop).to_have_attribute("aria-pressed", "true")
    # From where was clicked the keyboard goes on, and what it comes to is its own.
    loop.click()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Ganze Sitzung")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press(" ")
    expect(loop).to_be_focused()
    expect(loop).to_have_attribute("aria-pressed", "true")
    expect(play_button).to_have_text("Abspielen")


def test_events_that_did_not_come_are_not_taken_for_none(stage: Service, open_page: Open) -> None:
    page = open_page(stage.at("/wall"))
    answers = [lambda route: route.fulfill(status=503, json={"type": "/problems/busy"}), lambda route: route.abort()]
    page.route("**/events?version=*", lambda route: answers.pop(0)(route) if answers else route.continue_())
    page.clock.install()
    page.goto(stage.url + "/sessions/s1/replay")
    exact(page)
    listed, notice = page.locator(".side .tab .none"), page.locator(".bench .old")
    for title in ("Der Dienst konnte nicht antworten", "Dienst nicht erreicht"):
        expect(notice).to_contain_text(title)
        expect(listed).to_have_text("Die Ereignisse der Sitzung sind nicht bekannt.")
        faultless(page)
        page.clock.run_for(5000)
    expect(page.locator(".events li").first).to_be_visible()
    expect(notice).to_have_count(0)
    # The record of the session waits for them, too.
    answers.append(lambda route: route.fulfill(status=503, json={"type": "/problems/busy"}))
    page.goto(stage.url + "/sessions/s1")
    expect(page.locator("h1")).to_have_text("Der Dienst konnte nicht antworten")
    page.clock.run_for(5000)
    expect(page.locator("h1")).to_have_text("Blau 7")


def test_of_a_damaged_recording_neither_events_nor_origin_are_made_up(stage: Service, open_page: Open, tmp_path: Path) -> None:
    """Decisions 0201, 0236."""
    folder = stage.data / "recordings" / "clinic" / "one"
    path = folder / "part.mcap"
    path.write_bytes(damaged(tmp_path))
    stage.put(recordings.summary(path))
    page = open_page(stage.at("/sessions/part/replay"), width=1440, height=900)
    exact(page)
    expect(page.locator(".side .tab .none")).to_have_text("Die Ereignisse der Sitzung sind nicht bekannt.")
    expect(page.locator(".bench .old")).to_have_count(0)
    expect(page.locator(".lane-key [data-coverage]")).to_have_text(["Nicht bekannt", "Fehlt"])
    faultless(page)
    page.get_by_role("link", name="Protokoll der Sitzung").click()
    expect(page.locator("main")).to_contain_text("Die Ereignisse der Sitzung sind nicht bekannt.")
    path.unlink()
