"""The bench where something is wrong or there is much: damage, a link that can't be copied, thousands of events, what is taken along."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from service import recordings
from service.recordings import Recorder
from service.store import SessionRow
from tests.dashboard.conftest import Open
from tests.dashboard.served import Service
from tests.dashboard.test_replay import exact, faultless
from tests.service.replay.played import BOOT, play
from wire import samples
from wire.events import ButtonPressed
from wire.samples import SampleBatch

pytestmark = [pytest.mark.browser, pytest.mark.calm]
EVENTS = 1204


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    play(folder / "recordings" / "clinic" / "one", "s1")
    return folder


@pytest.fixture
def stage(data: Path, built: None) -> Iterator[Service]:
    """In place of the stand-in: the service itself."""
    service = Service(data)
    yield service
    service.close()


@pytest.fixture
def lose(stage: Service) -> Iterator[Callable[[str, bytes | None], None]]:
    """Lists a session whose file holds this, or is not there."""
    made = []

    def listed(session: str, text: bytes | None) -> None:
        path = stage.data / "recordings" / "clinic" / "one" / f"{session}.mcap"
        if text is not None:
            path.write_bytes(text)
            made.append(path)
        begun = datetime(2026, 1, 14, 9, 30, tzinfo=UTC)
        ended = begun + timedelta(minutes=3)
        stage.put(SessionRow(session=session, machine="clinic/one", started_utc=begun, ended_utc=ended, path=str(path)))

    yield listed
    for path in made:
        path.unlink()


def many(folder: Path, session: str) -> None:
    """Two minutes with a press of a button every tenth of a second."""
    recorder = Recorder(folder, machine="clinic/one", session=session, plan=None, metadata={"started_utc": "2026-01-15T10:30:00Z"})
    recorder.utc_offset_ns = 0
    rows, dt = 10, 10_000_000
    for n in range(EVENTS):
        t_ns = n * rows * dt
        values = np.full(rows, 30 + 10 * np.sin(n / 20), "<f4").tobytes()
        recorder.batch(samples.encode(SampleBatch(boot=BOOT, seq=n * rows, t0=t_ns, dt=dt, angle=values, torque=values)), t_ns)
        at_s = n / 10
        event = ButtonPressed(
            id=n + 1, machine="clinic/one", session=session, set=None, at_s=at_s, known_s=at_s, button="pause", press=str(n)
        )  # fmt: skip
        recorder.event(event, t_ns)
    stored = rows * EVENTS
    # One is missing: so nothing but what was told live is known of it.
    recorder.finish({"expected": stored + 1, "stored": stored, "missing": 1, "refused": 0}, {"ended_utc": "2026-01-15T10:32:00Z"})


def damaged(folder: Path) -> bytes:
    """A recording in whose middle a bit is not what it was."""
    text = bytearray(play(folder, "part").read_bytes())
    text[len(text) // 2] ^= 1
    return bytes(text)


@pytest.mark.parametrize(
    ("text", "title", "detail"),
    [(b"no recording at all", "Die Aufzeichnung ist beschädigt", True), (None, "Die Aufzeichnung ist nicht mehr da", False)],
)
def test_what_is_wrong_with_a_recording_is_said_once(
    stage: Service, open_page: Open, lose: Callable[[str, bytes | None], None], text: bytes | None, title: str, detail: bool
) -> None:
    """docs/problems.md `recording-damaged`, `recording-missing`: it is no fault of the line, and the file is not read again and again."""
    lose("lost", text)
    page = open_page(stage.at("/sessions"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/signals" in request.url else None)
    page.clock.install()
    page.goto(stage.url + "/sessions/lost/replay")
    expect(page.locator("h1")).to_have_text(title)
    expect(page.locator("main .detail")).to_have_count(1 if detail else 0)
    expect(page.locator("main")).not_to_contain_text("versucht es von selbst wieder")
    page.clock.run_for(30_000)
    page.wait_for_timeout(200)
    assert len(asked) == 1
    faultless(page)
    page.get_by_role("link", name="Protokoll der Sitzung").click()
    expect(page).to_have_url(stage.url + "/sessions/lost")


def test_a_recording_that_is_good_in_part_is_shown_with_what_is_wrong(
    stage: Service, open_page: Open, lose: Callable[[str, bytes | None], None], tmp_path: Path
) -> None:
    """Decision 0201: as far as it is good, with the byte from which on it is not."""
    lose("part", damaged(tmp_path))
    page = open_page(stage.at("/sessions/part/replay"), width=1440, height=900)
    exact(page)
    expect(page.locator(".bench header .damage")).to_have_text(re.compile(r"^Aufzeichnung beschädigt: byte \d+: "))
    faultless(page)
    page.get_by_text("Speichern", exact=True).click()
    link = page.get_by_role("link", name="Aufzeichnung (MCAP)")
    expect(link).to_have_attribute("href", "/api/v1/sessions/part/recording?damaged=true")


def test_of_thousands_of_events_those_around_the_playhead_are_listed(stage: Service, open_page: Open) -> None:
    """Issue 6, point 2. While a hand drags, the list does nothing; when it rests, the event at the playhead is in sight."""
    folder = stage.data / "recordings" / "clinic" / "one"
    many(folder, "many")
    stage.put(recordings.summary(folder / "many.mcap"))
    page = open_page(stage.at("/sessions/many/replay#t=60"), width=1440, height=900)
    exact(page)
    lines, here = page.locator(".events li"), page.locator(".events li[aria-current]")
    expect(here.locator("time")).to_have_text("1:00,000")
    expect(here).to_be_in_viewport()
    expect(here).to_have_attribute("aria-posinset", "601")
    expect(here).to_have_attribute("aria-setsize", str(EVENTS))
    expect(lines).to_have_count(100)
    expect(page.locator(".part span")).to_have_text("551 bis 650 von 1.204")
    faultless(page)
    # By the keyboard to those before; who reads goes on where they meet.
    page.get_by_role("button", name="Frühere (550)").focus()
    page.keyboard.press("Enter")
    focused = page.locator(".events li:focus-within")
    expect(focused).to_have_attribute("aria-posinset", "550")
    expect(page.locator(".part span")).to_have_text("471 bis 570 von 1.204")
    page.get_by_role("button", name="Spätere (634)").press("Enter")
    expect(focused).to_have_attribute("aria-posinset", "571")
    page.keyboard.press("Enter")
    expect(page.locator(".transport .clock strong")).to_have_text("0:57,000")
    expect(here).to_have_attribute("aria-posinset", "571")
    changes = page.evaluate(
        """() => new Promise(done => {
          const bar = document.querySelector('.scrubber'), box = bar.getBoundingClientRect(), tab = document.querySelector('.tab');
          const at = (kind, share) => bar.dispatchEvent(new PointerEvent(kind, {
            pointerId: 1, clientX: box.left + 164 + share * (box.width - 184), clientY: box.top + 20, bubbles: true, button: 0}));
          bar.setPointerCapture = () => {}; bar.hasPointerCapture = () => true;
          let changes = 0, scrolls = 0;
          const watch = new MutationObserver(found => { changes += found.length; });
          watch.observe(tab, {attributes: true, childList: true, characterData: true, subtree: true});
          tab.addEventListener('scroll', () => { scrolls += 1; });
          at('pointerdown', 0.1);
          let n = 0;
          const step = () => {
            at('pointermove', 0.1 + 0.8 * n / 100);
            if (++n < 100) { setTimeout(step, 16); return; }
            const moved = [changes, scrolls];
            at('pointerup', 0.9);
            setTimeout(() => done([...moved, changes > 0]), 1000);
          };
          step();
        })"""
    )
    assert changes == [0, 0, True]
    expect(here).to_have_attribute("aria-posinset", place_at_playhead(page))
    expect(here).to_be_in_viewport()
    page.keyboard.press("End")
    expect(page.locator(".part span")).to_have_text("1.105 bis 1.204 von 1.204")
    expect(here).to_have_attribute("aria-posinset", str(EVENTS))
    page.keyboard.press("Home")
    expect(page.locator(".part span")).to_have_text("1 bis 100 von 1.204")
    expect(here).to_have_attribute("aria-posinset", "1")


def place_at_playhead(page: Page) -> str:
    """The place of the event at the playhead, by the clock of the page."""
    minutes, _, seconds = page.locator(".transport .clock strong").inner_text().partition(":")
    return str(int((60 * int(minutes) + float(seconds.replace(",", "."))) * 10 + 0.01) + 1)


def test_says_that_the_link_is_copied_only_where_it_is(stage: Service, open_page: Open) -> None:
    page = open_page(stage.at("/sessions/s1/replay#t=3"), width=1440, height=900, permissions=["clipboard-read", "clipboard-write"])
    exact(page)
    told, field = page.locator(".told"), page.locator(".by-hand input")
    page.keyboard.press("c")
    expect(told).to_have_text("Link kopiert")
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    # A page that came over plain HTTP has no clipboard, and a browser may refuse.
    for broken in ("undefined", "{writeText: () => Promise.reject(new DOMException('refused', 'NotAllowedError'))}"):
        expect(told).to_have_text("")
        page.evaluate(f"Object.defineProperty(navigator, 'clipboard', {{configurable: true, value: {broken}}})")
        page.get_by_role("button", name="Link kopieren").click()
        expect(field).to_be_focused()
        expect(field).to_have_value(page.url)
        assert field.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)") == page.url
        expect(told).to_have_text("")
        faultless(page)
        page.keyboard.press("Escape")
        expect(field).to_have_count(0)


def test_the_session_itself_is_taken_from_its_replay(stage: Service, open_page: Open) -> None:
    page = open_page(stage.at("/sessions/s1/replay"), width=1440, height=900)
    exact(page)
    page.get_by_text("Speichern", exact=True).click()
    faultless(page)
    for name, file, begins in (
        ("Messwerte als CSV", "s1.csv", b"t_s,angle_deg,torque_nm"),
        ("Messwerte als Parquet", "s1.parquet", b"PAR1"),
        ("Aufzeichnung (MCAP)", "s1.mcap", b"\x89MCAP0\r\n"),
    ):
        with page.expect_download() as saved:
            page.get_by_role("link", name=name).click()
        assert saved.value.suggested_filename == file
        assert saved.value.path().read_bytes().replace(b'"', b"").startswith(begins)


def test_a_packed_file_lists_what_it_holds_and_what_failed(
    stage: Service, open_page: Open, lose: Callable[[str, bytes | None], None], tmp_path: Path
) -> None:
    """Decision 0202."""
    lose("lost", b"no recording at all")
    lose("part", damaged(tmp_path))
    page = open_page(stage.at("/sessions"), width=1280)
    page.get_by_label("Alle aufgeführten auswählen").check()
    with page.expect_download() as taken:
        page.locator(".bulk").get_by_role("button", name="CSV").click()
    with zipfile.ZipFile(taken.value.path()) as packed:
        first, *names = packed.namelist()
        rows = {row["session"]: row for row in csv.DictReader(io.StringIO(packed.read(first).decode()))}
    assert {row["file"] for row in rows.values()} == {*names, ""}
    assert {session for session, row in rows.items() if row["file"] == ""} == {"lost"}
    assert rows["lost"]["fault"].endswith("is not an MCAP file")
    assert rows["part"]["fault"].startswith("byte ")
    assert rows["s1"]["fault"] == ""


def test_an_export_for_nobodys_choice_ends(stage: Service, open_page: Open) -> None:
    page = open_page(stage.at("/sessions"), width=1280)
    page.get_by_label("Alle aufgeführten auswählen").check()
    listed = page.locator("tbody tr").count()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/table?to=csv", hold)
    bulk = page.locator(".bulk")
    with page.expect_request("**/table?to=csv"):
        bulk.get_by_role("button", name="CSV").click()
    page.locator("h1").click()
    page.keyboard.press("a")
    expect(bulk).to_contain_text("0 Sitzungen ausgewählt")
    held[0].continue_()
    expect(bulk.locator(".progress")).to_contain_text(f"1 von {listed}")
    expect(bulk.locator(".progress")).to_contain_text("Abgebrochen.")
    assert len(held) == 1
    bulk.get_by_role("button", name="Schließen").click()
    expect(bulk).to_have_count(0)


def test_the_list_comes_by_itself_when_the_line_is_back(stage: Service, open_page: Open) -> None:
    """As the page says."""
    page = open_page(stage.at("/wall"))
    cut = True
    page.route("**/api/v1/sessions?*", lambda route: route.abort() if cut else route.continue_())
    page.clock.install()
    page.goto(stage.url + "/sessions")
    expect(page.locator("h1")).to_have_text("Dienst nicht erreicht")
    expect(page.locator("main")).to_contain_text("versucht es von selbst wieder")
    cut = False
    page.clock.run_for(5000)
    expect(page.locator("tbody tr").first).to_be_visible()
