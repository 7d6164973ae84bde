"""The replay page and the list's filters before the real service, with recorded sessions (issue 6, points 1 to 3)."""

import contextlib
import hashlib
import re
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from service import recordings
from service.store import SessionRow
from tests.dashboard.conftest import Open
from tests.dashboard.served import Service
from tests.service.replay.played import play

pytestmark = pytest.mark.browser


DRAWN = """canvas => new Set(new Uint32Array(
    canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size"""
"""How many colours a canvas has."""


READ = """async () => {
  const asked = Object.fromEntries(new URL(location.href).searchParams);
  const answer = await fetch(asked["ds.url"], {headers: {range: "bytes=0-7"}, cache: "no-store"});
  return [answer.status, answer.headers.get("content-range"), asked];
}"""
"""As Lichtblick opens a remote file."""


@contextlib.contextmanager
def other_page() -> Iterator[str]:
    """The address of an empty page of another origin."""

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    play(folder / "recordings" / "clinic" / "one", "s1")
    play(folder / "recordings" / "clinic" / "one", "s2", "hurried", gap=range(250, 400))
    return folder


@pytest.fixture
def stage(data: Path, built: None) -> Iterator[Service]:
    """In place of the stand-in: the service itself."""
    service = Service(data)
    yield service
    service.close()


def exact(page: Page) -> None:
    """The picture is as exact as it can be."""
    expect(page.locator(".picture[data-exact=true]")).to_be_visible()


def faultless(page: Page) -> None:
    """Nothing that axe-core finds: the one page that the style guide does not show."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def clock(page: Page) -> str:
    return page.locator(".transport .clock strong").inner_text()


def test_a_session_is_looked_through_by_keys_pointer_and_link(stage: Service, open_page: Open) -> None:
    page = open_page(stage.at("/sessions/s1/replay"), width=1440, height=900)
    exact(page)
    expect(page.locator("h1")).to_have_text("Blau 7")
    # Keys as in Lichtblick (robustness-and-screens 3.5).
    for key, wanted in (
        ("ArrowRight", "0:00,100"), ("Alt+ArrowRight", "0:00,600"), ("Shift+ArrowLeft", "0:00,590"), ("Home", "0:00,000"),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert clock(page) == wanted
    page.keyboard.press("PageDown")
    first = clock(page)
    assert first > "0:00,100"
    expect(page).to_have_url(re.compile(r"#t=[\d.]+$"))
    page.keyboard.press("?")
    expect(page.locator(".help")).to_contain_text("10 ms zurück, vor")
    faultless(page)
    page.keyboard.press("Escape")
    expect(page.locator(".help")).to_have_count(0)
    # It plays, and stops.
    page.keyboard.press(" ")
    page.wait_for_function("before => document.querySelector('.clock strong').innerText > before", arg=first)
    page.keyboard.press(" ")
    rested = clock(page)
    page.wait_for_timeout(60)
    assert clock(page) == rested
    # The wheel takes the picture nearer around the pointer, dragging takes a stretch of it.
    box = page.locator(".charts").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 600, box["y"] + 100)
    expect(page.locator(".readout tr").nth(2).locator("td").last).to_contain_text(re.compile(r"\d"))
    page.mouse.wheel(0, -1500)
    exact(page)
    page.mouse.down()
    page.mouse.move(box["x"] + 700, box["y"] + 100)
    page.mouse.up()
    exact(page)
    expect(page).to_have_url(re.compile(r"#t="))
    # A finding leads to its moment, and the link to it leads others there.
    failure = page.locator(".events button", has_text="Versagen, Wiederholung").last
    failure.click()
    at = failure.locator("time").inner_text()
    assert clock(page) == at
    expect(failure.locator("small")).to_contain_text("sicher")
    minutes, seconds = at.split(":")
    expect(page).to_have_url(re.compile(rf"#t={60 * int(minutes) + float(seconds.replace(',', '.')):.3f}".rstrip("0") + "&from="))
    link = page.url.removeprefix(stage.url)
    page.keyboard.press("b")
    page.goto("about:blank")
    page.goto(stage.url + link)
    exact(page)
    assert clock(page) == at
    page.get_by_role("tab", name="Lesezeichen").click()
    expect(page.locator(".marks .time")).to_have_text([at])
    faultless(page)


@pytest.mark.calm
def test_what_the_patient_saw_what_the_analysis_thought_and_the_picture_as_a_file(stage: Service, open_page: Open) -> None:
    """Decisions 0185 to 0187."""
    page = open_page(stage.at("/sessions/s1/replay#t=3"), width=1440, height=900)
    exact(page)
    page.keyboard.press("v")
    said = page.locator(".screen-said")
    screen = page.locator(".screen")
    expect(screen.locator(".patient")).to_have_attribute("data-kind", "positioning")
    failure = page.locator(".events button", has_text="Versagen, Wiederholung").last
    failure.click()
    expect(said).to_contain_text("Wiederholung 9")
    expect(screen.locator(".side .count .now")).to_have_text("9")
    assert screen.locator(".chart canvas").evaluate(DRAWN) > 3, "the chart is empty"
    page.keyboard.press("Home")
    expect(screen.locator(".patient")).to_have_attribute("data-kind", "positioning")
    failure.click()
    # The internals, with what they are held against, and their values at the playhead.
    page.get_by_text("Analyse", exact=True).click()
    for name in ("Weg", "Stillstand", "Reserve"):
        page.locator(".menu").get_by_label(name).check()
    page.keyboard.press("Escape")
    expect(page.locator(".legend li")).to_have_count(6)
    exact(page)
    expect(page.locator(".readout tr", has_text="Weg").locator("td").first).to_have_text(re.compile(r"^0,\d{3}$"))
    faultless(page)
    # What is in sight, as files.
    for kind, begins in (("SVG", b"<svg "), ("PNG", b"\x89PNG")):
        page.get_by_text("Speichern", exact=True).click()
        with page.expect_download() as saved:
            page.get_by_role("button", name=f"Als {kind}").click()
        made = saved.value.path().read_bytes()
        assert made.startswith(begins)
        assert saved.value.suggested_filename.endswith(f"s.{kind.lower()}")
        assert b"Blau 7" in made or kind == "PNG"
    # As fast as possible: the whole session in seconds.
    page.get_by_label("Tempo").select_option("Infinity")
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    expect(page.locator(".transport .clock strong")).to_have_text("1:49,940")
    # Who folds the screen away finds it so.
    page.keyboard.press("v")
    page.reload()
    exact(page)
    expect(page.locator(".screen")).to_have_count(0)
    expect(page.locator(".legend li")).to_have_count(6)


def test_what_the_feed_was_and_what_lies_in_the_recording(stage: Service, open_page: Open) -> None:
    """Robustness-and-screens 3.5: state band, raw message, metadata, versions, checksums (decisions 0235, 0236)."""
    page = open_page(stage.at("/sessions/s2/replay"), width=1440, height=900)
    exact(page)
    page.locator("h1").click()
    # 12 s are missing: late, stale, lost, one after the other, as text and at the playhead.
    expect(page.locator(".lane-key li")).to_have_text([re.compile(r"^0:20,210 . 0:32,000: Kein Signal$")])
    feed = page.locator(".readout tr", has_text="Signal").last.locator("td").first
    for key, wanted in (("g", "Verzögert"), ("Alt+ArrowRight", "Verzögert"), ("Alt+ArrowRight", "Veraltet"), ("End", "Live")):
        page.keyboard.press(key)
        expect(feed).to_have_text(wanted)
    page.keyboard.press("Shift+G")
    assert clock(page) == "0:20,210"
    # The message at the playhead, and from there by keys.
    page.get_by_role("tab", name="Datei").click()
    message = page.locator(".leaves section").first
    expect(message).to_contain_text("250 von 549, 0:19,920")
    page.keyboard.press(".")
    expect(message).to_contain_text("251 von 549, 0:32,000")
    assert clock(page) == "0:32,000"
    expect(message.locator(".fields")).to_contain_text(re.compile(r"seq\s*800"))
    page.keyboard.press(",")
    expect(message).to_contain_text("250 von 549, 0:19,920")
    message.get_by_label("Kanal").select_option("/notes")
    expect(message.locator(".fields")).to_contain_text(re.compile(r'kind\s*"gap"'))
    message.get_by_text("Bytes (hexadezimal)").click()
    expect(message.locator("pre")).to_contain_text('0000  7b 22 6b 69 6e 64 22 3a  {"kind":')
    # "Copied" is said of the message that was, and not of the next.
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {configurable: true, value: {writeText: () => Promise.resolve()}})")
    message.get_by_label("Kanal").select_option("/samples")
    message.get_by_role("button", name="Nachricht kopieren").click()
    expect(message.locator(".copy [role=status]")).to_have_text("Kopiert")
    message.get_by_role("button", name="Nächste Nachricht").click()
    expect(message.locator(".copy [role=status]")).to_have_text("")
    page.keyboard.press(",")
    expect(message).to_contain_text("250 von 549, 0:19,920")
    # Where a text is scrolled, its keys scroll it, and the playhead stays.
    page.locator("summary", has_text="Kanäle und Schemata").click()
    page.locator("summary", has_text="ilex.Event").first.click()
    text, stands = page.get_by_label("ilex.Event", exact=True), clock(page)
    text.focus()
    page.keyboard.press("End")
    page.wait_for_function("text => text.scrollTop > 0", arg=text.element_handle())
    assert clock(page) == stands
    # What else is in the file; its checksums are worked out when they are looked at, and again where they could not be had.
    page.locator("summary", has_text="Entstehung").click()
    expect(page.locator(".leaves")).to_contain_text("clinic/one")
    page.route("**/checksums", lambda route: route.abort(), times=1)
    sums = page.locator("summary", has_text="Prüfsummen")
    sums.click()
    expect(page.locator(".leaves")).to_contain_text("Die Prüfsummen waren nicht zu haben.")
    sums.click()
    sums.click()
    sha256 = hashlib.sha256((stage.data / "recordings" / "clinic" / "one" / "s2.mcap").read_bytes()).hexdigest()
    expect(page.locator(".leaves")).to_contain_text(sha256)
    expect(page.locator(".leaves")).to_contain_text("Die Datei ist, wie sie geschrieben wurde.")
    faultless(page)
    # Elsewhere: as a file, or in a Lichtblick that is named, which reads it by ranges from a page of its own (decision 0237).
    expect(page.locator(".elsewhere button")).to_have_count(0)
    with page.expect_download() as saved:
        page.locator(".elsewhere a").click()
    assert hashlib.sha256(saved.value.path().read_bytes()).hexdigest() == sha256
    with other_page() as lichtblick:
        stage.station.settings = replace(stage.station.settings, lichtblick=lichtblick)
        page.get_by_role("tab", name="Ereignisse").click()
        page.get_by_role("tab", name="Datei").click()
        with page.context.expect_page() as opening:
            page.get_by_role("button", name="In Lichtblick öffnen").click()
        opened = opening.value
        status, span, asked = opened.evaluate(READ)
    assert (status, span.partition("/")[0]) == (206, "bytes 0-7")
    assert asked["ds"] == "remote-file"
    assert asked["ds.url"].endswith("/s2.mcap")
    # The gap's note lies beside the last sample before it.
    assert asked["time"] == "2026-09-21T14:13:39.920000000Z"


def test_another_parameter_or_version_shows_what_differs(stage: Service, open_page: Open) -> None:
    command = stage.data / "versions" / "0.0.9" / "bin" / "ilex"
    command.parent.mkdir(parents=True)
    command.write_text("#!/bin/sh\nexit 0\n")
    command.chmod(0o755)
    page = open_page(stage.at("/sessions/s1/replay"), width=1440, height=900, locale="en-GB")
    exact(page)
    page.get_by_role("tab", name="Rerun").click()
    page.get_by_role("searchbox").fill("failure_confidence")
    field = page.locator(".parameters li input")
    expect(field).to_have_attribute("placeholder", "0.5")
    field.fill("-1")
    page.get_by_role("button", name="Run again").click()
    expect(page.locator(".refused")).to_contain_text("failure_confidence expected a number of share above 0")
    faultless(page)
    field.fill("999")
    page.get_by_role("button", name="Run again").click()
    result = page.locator(".result")
    expect(result.locator("tbody tr", has_text="Failure").first).to_be_visible()
    expect(result.locator(".events [data-way=before]").first).to_be_visible()
    expect(page.locator(".lanes li")).to_have_count(7)
    result.locator(".events button").first.click()
    assert clock(page) == result.locator(".events time").first.inner_text()
    faultless(page)
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(".lanes li")).to_have_count(6)
    page.get_by_label("With another plan").check()
    expect(page.get_by_label("Range, flexed")).not_to_have_value("")
    # Another installed version, which finds nothing at all (decision 0188).
    page.get_by_label("Version").select_option("0.0.9")
    expect(page.locator(".parameters")).to_have_count(0)
    page.get_by_role("button", name="Run again").click()
    expect(result.locator(".events [data-way=before]").first).to_be_visible()
    expect(result.locator(".events [data-way=after]")).to_have_count(0)


def test_a_rerun_starts_from_what_was_recorded_or_from_this_version(stage: Service, open_page: Open) -> None:
    """Decision 0206: the fields show what holds, and what the other side has."""
    path = play(stage.data / "recordings" / "clinic" / "one", "s4", kept={"partial": 0.85})
    stage.put(recordings.summary(path))
    page = open_page(stage.at("/sessions/s4/replay"), width=1440, height=900, locale="en-GB")
    exact(page)
    page.get_by_role("tab", name="Rerun").click()
    panel = page.locator(".rerun")
    expect(panel).to_contain_text("1 parameter has another value in this version.")
    expect(panel).to_contain_text(re.compile(r"\d+ are not in the recording: this version's values hold\."))
    # What differs comes first.
    partial, lacking = panel.locator(".parameters li").nth(0), panel.locator(".parameters li").nth(1)
    expect(partial).to_contain_text("this version: 0.5")
    expect(partial.locator("input")).to_have_attribute("placeholder", "0.85")
    expect(lacking).to_contain_text("not recorded")
    page.get_by_role("button", name="Run again").click()
    expect(panel.locator(".same")).to_be_visible()
    page.get_by_label("Start from").select_option(label="this version's")
    expect(partial).to_contain_text("recorded: 0.85")
    expect(partial.locator("input")).to_have_attribute("placeholder", "0.5")
    expect(panel.locator(".apart")).to_have_count(1)
    page.get_by_role("button", name="Run again").click()
    expect(panel.locator(".result .events li").first).to_be_visible()
    faultless(page)
    page.get_by_role("button", name="Reset").click()
    expect(partial.locator("input")).to_have_attribute("placeholder", "0.85")
    path.unlink()


def test_a_running_session_is_followed_and_looked_back_in(stage: Service, open_page: Open) -> None:
    folder = stage.data / "recordings" / "clinic" / "one"
    part = play(folder, "s3", until_s=20, finish=False)
    row = SessionRow(
        session="s3", machine="clinic/one", started_utc=recordings.summary(folder / "s1.mcap").started_utc, path=str(folder / "s3.mcap")
    )
    stage.put(row)
    page = open_page(stage.at("/sessions/s3/replay"), width=1440, height=900)
    exact(page)
    follow = page.get_by_role("button", name="Live folgen")
    expect(follow).to_have_attribute("aria-pressed", "true")
    before = clock(page)
    part.unlink()
    play(folder, "s3", until_s=30, finish=False)
    page.wait_for_function("before => document.querySelector('.clock strong').innerText > before", arg=before)
    # Nearer, it goes on following; what the analysis thinks and what the screen shows come along (decision 0207).
    page.keyboard.press("+")
    expect(follow).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("v")
    expect(page.locator(".screen[data-there=true] .patient")).to_be_visible()
    expect(page.locator(".mirror a")).to_have_attribute("href", "/screen/clinic/one")
    page.get_by_text("Analyse", exact=True).click()
    page.locator(".menu").get_by_label("Weg").check()
    page.keyboard.press("Escape")
    expect(page.locator(".legend li")).to_have_count(4)
    expect(page.locator(".readout tr", has_text="Weg").locator("td").first).to_have_text(re.compile(r"^0,\d{3}$"))
    page.keyboard.press("Alt+ArrowLeft")
    expect(follow).to_have_attribute("aria-pressed", "false")
    back = clock(page)
    page.keyboard.press("f")
    page.wait_for_function("back => document.querySelector('.clock strong').innerText > back", arg=back)
    (folder / "s3.mcap.part").unlink()


def test_a_difference_over_many_is_marked_on_the_plot_of_each(stage: Service, open_page: Open) -> None:
    """Decision 0232: what was asked of many is asked again where a link leads, and a bookmark."""
    page = open_page(stage.at("/sessions"), width=1440, height=900)
    page.get_by_label("Alle aufgeführten auswählen").check()
    bulk = page.locator(".bulk")
    bulk.get_by_role("button", name="Neu auswerten …").click()
    bulk.get_by_label("Parameter", exact=True).fill("partial")
    bulk.get_by_label("Wert für partial").fill("0,85")
    bulk.get_by_label("Mit anderem Plan").check()
    expect(bulk.get_by_label("Satz endet bei")).to_have_value("repetitions")
    expect(bulk.get_by_label("Widerstand")).to_have_value("stack")
    bulk.get_by_label("Vorgabe").select_option("wartet auf den Patienten")
    faultless(page)
    bulk.get_by_role("button", name="Alle neu auswerten").click()
    with page.context.expect_page() as beside:
        bulk.locator(".most > li > a").first.click()
    page = beside.value
    exact(page)
    panel, marked = page.locator(".rerun"), page.locator(".lanes li")
    expect(panel.locator(".result")).to_be_visible()
    expect(marked).to_have_count(7)
    expect(panel.locator(".parameters input[inputmode]").first).to_have_value("0,85")
    expect(panel.get_by_label("Vorgabe")).to_have_value("follow")
    faultless(page)
    # The address keeps it while one goes on, and leads here again.
    panel.locator(".result .events button").last.click()
    expect(page).to_have_url(re.compile(rf"#t={moment(page):g}&rerun="))
    bookmarked = page.url
    page.goto("about:blank")
    page.goto(bookmarked)
    exact(page)
    expect(panel.locator(".result")).to_be_visible()
    expect(marked).to_have_count(7)
    page.get_by_role("button", name="Zurücksetzen").click()
    expect(marked).to_have_count(6)
    expect(page).to_have_url(re.compile(r"#t=[^&]+$"))
    # One that can't be read is said, one that can't be is refused.
    for order, words in (("%7B", "ist nicht lesbar"), ("%7B%22version%22:%229%22%7D", "version expected one of")):
        page.goto(page.url.partition("#")[0] + f"#t=3&rerun={order}")
        expect(panel.get_by_role("alert")).to_contain_text(words)
        expect(marked).to_have_count(6)


def moment(page: Page) -> float:
    """The playhead, s."""
    minutes, _, seconds = clock(page).partition(":")
    return 60 * int(minutes) + float(seconds.replace(",", "."))


def test_the_list_is_filtered_and_walked_by_keys(stage: Service, open_page: Open) -> None:
    page = open_page(stage.at("/sessions"), width=1280)
    rows = page.locator(".sessions tbody tr")
    expect(page.locator(".flag", has_text="Lücke")).to_have_count(1)
    page.get_by_label("Lücke").check()
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?flag=gap$"))
    page.reload()
    expect(rows).to_have_count(1)
    page.get_by_label("Unsicher").check()
    expect(page.locator("main")).to_contain_text("Keine Sitzung passt zum Filter")
    page.get_by_role("button", name="Filter zurücksetzen").click()
    expect(rows).to_have_count(2)
    page.locator("h1").click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1).locator("th a")).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#filter")).to_be_focused()
    # Chosen by the keyboard, taken along, analysed otherwise.
    rows.first.locator("th a").focus()
    page.keyboard.press("Shift+ArrowDown")
    bulk = page.locator(".bulk")
    expect(bulk).to_contain_text("2 Sitzungen ausgewählt")
    with page.expect_download() as taken:
        bulk.get_by_role("button", name="CSV").click()
    with zipfile.ZipFile(taken.value.path()) as packed:
        assert packed.testzip() is None
        names = packed.namelist()
        assert names[0] == "sessions.csv"
        assert sorted(name.rpartition("_")[2] for name in names[1:]) == ["s1.csv", "s2.csv"]
        assert packed.read(names[1]).splitlines()[0].replace(b'"', b"") == b"t_s,angle_deg,torque_nm"
    expect(bulk.locator(".progress")).to_contain_text("2 von 2")
    page.keyboard.press("e")
    page.keyboard.press("Enter")
    bulk.get_by_label("Parameter", exact=True).fill("partial")
    value, begin = bulk.get_by_label("Wert für partial"), bulk.get_by_label("Ausgangswerte")
    # Each starts from its own: no number stands for all (decision 0206).
    expect(value).to_have_attribute("placeholder", "wie aufgezeichnet")
    begin.select_option("defaults")
    expect(value).to_have_attribute("placeholder", re.compile(r"^0,50*$"))
    value.fill("0,85")
    # One question for all (decision 0230); a plan that can't be is pointed to, and the next question starts afresh.
    bulk.get_by_label("Mit anderem Plan").check()
    expect(bulk.get_by_label("Bereich, gebeugt")).to_have_value("60")
    bulk.get_by_label("Bereich, gebeugt").fill("x")
    bulk.get_by_role("button", name="Alle neu auswerten").click()
    expect(bulk.get_by_role("alert")).to_contain_text("plan/range/flexion_deg")
    faultless(page)
    bulk.get_by_label("Mit anderem Plan").uncheck()
    with page.expect_request(re.compile(r"/sessions/rerun$")) as asked:
        bulk.get_by_role("button", name="Alle neu auswerten").click()
    assert asked.value.post_data_json == {"sessions": ["s2", "s1"], "parameters": {"partial": 0.85}, "base": "defaults"}
    expect(bulk.get_by_role("alert")).to_have_count(0)
    expect(bulk.locator(".result")).to_contain_text("2 Sitzungen, 2 geändert")
    expect(bulk.locator(".most a").first).to_have_attribute("href", re.compile(r"/sessions/s1/replay#t="))
    faultless(page)
    with page.expect_download() as table:
        bulk.get_by_role("button", name="Tabelle (CSV)").click()
    assert len(table.value.path().read_text().splitlines()) == 3
    # What has come stays, also where nothing is chosen any more, until it is closed or asked for anew.
    rows.first.locator("th a").focus()
    page.keyboard.press("a")
    expect(bulk).to_contain_text("0 Sitzungen ausgewählt")
    expect(value).to_be_hidden()
    expect(bulk.locator(".result")).to_contain_text("2 Sitzungen, 2 geändert")
    faultless(page)
    page.keyboard.press("a")
    expect(value).to_have_value("0,85")
    # A rerun for nobody's choice ends.
    page.route(re.compile(r"/sessions/rerun$"), lambda _: None, times=1)
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/sessions/rerun")):
        with page.expect_request(re.compile(r"/sessions/rerun$")):
            bulk.get_by_role("button", name="Alle neu auswerten").click()
        for row in (rows.first, rows.nth(1)):
            row.get_by_role("checkbox").uncheck()
    expect(bulk).to_contain_text("Abgebrochen.")
    expect(bulk.locator(".result")).to_have_count(0)
    expect(bulk.get_by_role("button", name="Schließen")).to_have_count(2)
    for _ in ("export", "rerun"):
        bulk.get_by_role("button", name="Schließen").first.click()
    expect(bulk).to_have_count(0)
    rows.first.locator("th a").focus()
    page.keyboard.press("x")
    expect(bulk).to_contain_text("1 Sitzung ausgewählt")
    page.keyboard.press("r")
    expect(page).to_have_url(re.compile(r"/sessions/\w+/replay"))
