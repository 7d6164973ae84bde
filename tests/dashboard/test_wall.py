"""The therapist's wall (robustness-and-screens 3.4, 3.6)."""

import re

import msgspec
import pytest
from playwright.sync_api import expect

from tests.dashboard.conftest import Open
from tests.dashboard.stage import PLAN, Stage, ended
from tests.dashboard.test_patient_states import until
from wire.events import ButtonPressed, RepetitionStarted, SetStarted
from wire.live import CueState, Invalid, PatientScreen

pytestmark = pytest.mark.browser


def test_every_machine_at_its_place_with_its_state(stage: Stage, open_page: Open) -> None:
    stage.actor("clinic/c").run(4.5).phase = "hold"
    stage.actor("clinic/a", plan=None, session=None)
    stage.actor("clinic/b").run(-60)
    page = open_page("/wall")
    expect(page.locator(".tile h2 .name")).to_have_text(["a", "b", "c"])
    expect(page.locator(".tile .state")).to_have_text(["Frei", "Beginnt", "Halten"])
    stage.happen(RepetitionStarted(id=1, set=1, at_s=0, known_s=0, repetition=1), "clinic/c")
    expect(page.locator(".tile .count").nth(2)).to_have_text(re.compile("1/15$"))
    expect(page.locator(".tile .feed").first).to_have_text("Live")
    expect(page.locator(".tile .peak").first).to_have_text("Spitze 90 Nm")
    expect(page.locator(".tiles")).to_have_attribute("data-columns", "3")
    page.locator(".tile a").nth(2).click()
    expect(page).to_have_url(stage.url + "/machines/clinic/c")


def test_says_its_site_where_there_are_several(stage: Stage, open_page: Open) -> None:
    stage.actor("north/a")
    stage.actor("south/a")
    page = open_page("/wall")
    expect(page.locator(".tile h2 .name")).to_have_text(["north/a", "south/a"])


WATCH_FOR_STALE = """() => {
    // What is said of the feed when the tile turns stale, and the longest time between two repaints before that, ms.
    window.stale = new Promise(resolve => {
        const tile = document.querySelector('.tile');
        let last = performance.now(), longest = 0;
        const frame = () => {
            const now = performance.now();
            longest = Math.max(longest, now - last);
            last = now;
            if (tile.dataset.stale === 'true') resolve([tile.querySelector('.feed').textContent, longest]);
            else requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
    });
}"""


def test_never_shows_a_number_that_is_not_of_now(stage: Stage, open_page: Open) -> None:
    """H01: hatch and `--` once the newest sample is older than 1 s."""
    actor = stage.actor().run(1.0)
    page = open_page("/wall")
    tile = page.locator(".tile")
    expect(tile).to_have_attribute("data-stale", "false")
    page.evaluate(WATCH_FOR_STALE)
    actor.sampling = False
    expect(tile).to_have_attribute("data-stale", "true")
    expect(tile.locator(".now")).to_have_text("--")
    expect(tile.locator(".peak")).to_have_text("Spitze -- Nm")
    said, longest_ms = page.evaluate("() => window.stale")
    age = re.fullmatch(r"Veraltet (\d+),(\d) s", said)
    assert age is not None, said
    # Looked at four times a second, however late this computer makes a frame.
    assert 1.0 <= float(".".join(age.groups())) <= 1.3 + longest_ms / 1000
    expect(page.locator(".calls li")).to_contain_text("Signal verloren")
    actor.sampling = True
    expect(tile).to_have_attribute("data-stale", "false")


def test_ranks_who_needs_somebody(stage: Stage, open_page: Open) -> None:
    lost = stage.actor("clinic/a").run(1.0)
    stage.actor("clinic/b").run(1.0)
    page = open_page("/wall", locale="en-GB")
    expect(page.locator(".calls .calm")).to_have_text("Nobody is waiting")
    expect(page.locator(".tile[data-stale=false]")).to_have_count(2)
    lost.sampling = False
    expect(page.locator(".calls li")).to_have_count(1)
    stage.happen(ButtonPressed(id=1, set=1, at_s=0, known_s=0, button="pain", press="p"), "clinic/b")
    expect(page.locator(".calls li strong")).to_have_text(["b", "a"])
    expect(page.locator(".tile").nth(1)).to_have_attribute("data-need", "pain")


def test_calls_for_a_patient_who_has_lost_his_screen(stage: Stage, open_page: Open) -> None:
    """Decision 0215: his own screen tells him to stop, and no stop that he presses arrives; the machine's samples come all the same."""
    stage.actor(set=1).run(4.5).phase = "hold"
    page = open_page("/wall")
    expect(page.locator(".tile .state")).to_have_text("Halten")
    stage.tell(PatientScreen(machine="clinic/one", away=True))
    expect(page.locator(".calls li")).to_contain_text("Bildschirm getrennt")
    expect(page.locator(".tile")).to_have_attribute("data-need", "screen")
    expect(page.locator(".tile .state")).to_have_text("Ohne Bildschirm")
    expect(page.locator(".tile .feed")).to_have_text("Live")
    stage.drop(1012)  # a service that came back says it anew, where it is so
    expect(page.locator(".calls .calm")).to_have_text("Niemand wartet")
    stage.tell(PatientScreen(machine="clinic/one", away=True))
    expect(page.locator(".calls li")).to_contain_text("Bildschirm getrennt")
    stage.tell(PatientScreen(machine="clinic/one", away=False))
    expect(page.locator(".tile .state")).to_have_text("Halten")


@pytest.mark.parametrize(
    ("reason", "word", "coloured"),
    [("target_reached", "Fertig", True), ("stopped", "Beendet", False), ("idle", "Beendet", False), ("signal_lost", "Unterbrochen", False)],
)
def test_a_flag_only_for_a_set_that_came_to_its_goal(stage: Stage, open_page: Open, reason: str, word: str, coloured: bool) -> None:
    """3.2: done is green and a flag, by its token in both themes; on the machine's page as on the wall."""
    actor = stage.actor().run(4.5)
    page = open_page("/wall")
    expect(page.locator(".tile[data-stale=false]")).to_have_count(1)
    stage.happen(ended(reason, full=7))
    for place in (".tile", ".machine .top"):
        expect(page.locator(f"{place} .state")).to_have_text(word)
        colours = page.locator(f"{place} .state svg").evaluate("""icon => {
            icon.style.setProperty('--asked', 'var(--done)');
            const own = getComputedStyle(icon).color;
            icon.style.color = 'var(--asked)';
            return [own, getComputedStyle(icon).color];
        }""")
        assert (colours[0] == colours[1]) is coloured
        if place == ".tile":
            actor.set, actor.cue = None, CueState(origin_ns=None, running=False)
            page.locator(".tile a").click()


def test_a_wall_opened_later_knows_of_the_pain_before(stage: Stage, open_page: Open) -> None:
    """H14: no snapshot holds it, so the session's events are asked for."""
    actor = stage.actor(set=1)
    for event in (
        SetStarted(id=0, set=1, at_s=0, known_s=0, plan=PLAN),
        ButtonPressed(id=0, set=1, at_s=0, known_s=0, button="pain", press="p"),
    ):
        actor.record(event)
    page = open_page("/wall")
    expect(page.locator(".calls li")).to_contain_text("Schmerz")
    assert [watch["resume"] for watch in stage.watches] == [{}, {"clinic/one": {"session": "s1", "id": 0}}]


def test_says_who_sends_invalid_data(stage: Stage, open_page: Open) -> None:
    """F14: shown within 2 s."""
    stage.actor()
    page = open_page("/wall")
    expect(page.locator(".tile")).to_have_count(1)
    stage.tell(Invalid(machine="clinic/one", count=3, reason="garbage", message="no map"))
    expect(page.locator(".tile .state")).to_have_text("Ungültige Daten")
    stage.tell(Invalid(machine=None, count=3, reason="topic", message="no machine"))
    expect(page.locator(".calls li").last).to_contain_text("Unbekanntes Gerät")


def test_empty_says_what_to_do(stage: Stage, open_page: Open) -> None:
    page = open_page("/wall")
    expect(page.locator(".empty .title")).to_have_text("Noch kein Gerät")
    expect(page.locator(".empty")).to_contain_text("ilex demo")


def test_without_a_session_says_how_to_get_in(stage: Stage, open_page: Open) -> None:
    stage.signed_in = False
    page = open_page("/wall", locale="en-GB")
    expect(page.locator("h1")).to_have_text("Not signed in")
    expect(page.locator("main")).to_contain_text("one-time link")
    assert stage.watches == []


@pytest.mark.parametrize("address", ["/wall", "/machines/clinic/one"])
def test_whose_sign_in_has_ended_is_told_so_when_the_line_is_cut(stage: Stage, open_page: Open, address: str) -> None:
    """Decision 0249: a service that is away takes no page from anybody, one that refuses says why."""
    stage.actor()
    page = open_page(address)
    expect(page.locator("main.wall, main.machine")).to_be_visible()
    until(page, lambda: stage.watches != [])
    stage.watches.clear()
    stage.drop(1012)
    until(page, lambda: stage.watches != [])
    expect(page.locator("main.wall, main.machine")).to_be_visible()
    stage.signed_in = False
    stage.drop(1012)
    expect(page.locator("h1")).to_have_text("Nicht angemeldet")


def test_the_page_proves_that_it_is_alive_and_no_alarm_system(stage: Stage, open_page: Open) -> None:
    stage.actor()
    page = open_page("/wall")
    expect(page.locator("footer .purpose")).to_have_text("Anzeige, kein Alarmsystem")
    seen = set()
    for _ in range(10):
        seen.add(page.locator("footer .dots").get_attribute("data-at"))
        page.wait_for_timeout(300)
    assert len(seen) >= 3


def test_the_language_can_be_switched_and_is_kept(stage: Stage, open_page: Open) -> None:
    stage.actor(plan=None, session=None)
    page = open_page("/wall")
    expect(page.locator(".tile .state")).to_have_text("Frei")
    page.locator(".languages button[lang=en]").click()
    expect(page.locator(".tile .state")).to_have_text("Free")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(page.locator(".tile .state")).to_have_text("Free")


@pytest.mark.calm
@pytest.mark.parametrize("width", [1280, 1920])
def test_a_long_name_does_not_hide_who_else_calls(stage: Stage, open_page: Open, width: int) -> None:
    """3.4, contract 1: names have up to 64 letters; the call of one leaves room for the next."""
    long = "clinic/" + ("lumbar-extension-by-the-window-" * 3)[:64]
    for name in (long, "clinic/two"):
        stage.actor(name).run(5).cue = CueState(origin_ns=None, running=False)
    page = open_page("/wall", width=width, height=1080)
    expect(page.locator(".calls li")).to_have_count(2)
    page.wait_for_timeout(500)
    assert page.locator(".calls li").evaluate_all("rows => rows.map(row => getComputedStyle(row).visibility)") == ["visible"] * 2
    right = page.locator(".calls li").evaluate_all("rows => Math.max(...rows.map(row => row.getBoundingClientRect().right))")
    assert right <= width


@pytest.mark.calm
@pytest.mark.parametrize("machines", [2, 12])
def test_an_alias_can_be_read_beside_the_longest_name(stage: Stage, open_page: Open, machines: int) -> None:
    """3.4, line 1: machine and alias; contract 1: names have up to 64 letters. A long alias leaves a short name whole."""
    label = "Rot 4"
    stage.actor("clinic/" + "lumbar-extension-by-the-window-" * 2, plan=msgspec.structs.replace(PLAN, label=label))
    for number in range(1, machines):
        stage.actor(f"clinic/m{number}", plan=msgspec.structs.replace(PLAN, label="a very long alias that no tile has room for"))
    page = open_page("/wall", width=1920, height=1080)
    expect(page.locator(".tile .label")).to_have_count(machines)
    page.evaluate("document.fonts.ready")
    whole = "spans => spans.filter(span => span.scrollWidth <= span.clientWidth + 1).map(span => span.textContent)"
    assert page.locator(".tile .label").evaluate_all(whole) == [label]
    assert len(page.locator(".tile .name").evaluate_all(whole)) == machines - 1
    outside = "rows => rows.filter(row => row.scrollWidth > row.clientWidth).length"
    assert page.locator(".tile h2").evaluate_all(outside) == 0
