"""What the analysis found, in words: on the therapist's wall and on the patient's screen (detection 4-6, robustness-and-screens 3.6)."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.dashboard.conftest import Open
from tests.dashboard.stage import PLAN, Stage, ended, repetition_completed
from tests.dashboard.test_patient import ADDRESS, COLOURED, shows, white_on_now_line
from wire.events import (
    AbruptStop,
    Assisted,
    EndStop,
    Event,
    Evidence,
    Failure,
    FailureLikely,
    Halted,
    Momentum,
    RangeExceeded,
    RepetitionStarted,
    ReserveEstimated,
    SetStarted,
    SignalFaulted,
    SignalRestored,
    SpeedExceeded,
    Struggle,
    Unable,
    Unsure,
)
from wire.live import CueState

pytestmark = [pytest.mark.browser, pytest.mark.calm]

COMMON: dict[str, Any] = {"id": 0, "set": 1, "at_s": 0, "known_s": 0}
FAILURE = Failure(
    **COMMON, repetition=8, angle_deg=31.2, reason="stall", confidence=0.92,
    evidence=[Evidence("stall_s", 3.2, "s"), Evidence("effort", 0.98, "1"), Evidence("lag_s", 1.84, "s")],
)  # fmt: skip
RESERVE = ReserveEstimated(**COMMON, repetition=7, repetitions_left=2.2, low=0.3, high=3.6)


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en-GB", "Failure in repetition 8 at 31°: stood still 3.2 s, 98 % of the usual torque, 1.8 s behind the target"),
        ("de-DE", "Versagen in Wiederholung 8 bei 31°: 3,2 s Stillstand, 98 % des üblichen Drehmoments, 1,8 s hinter dem Ziel"),
    ],
)
def test_says_failure_with_its_numbers_until_another_set(stage: Stage, open_page: Open, locale: str, words: str) -> None:
    """Detection 4.3: class, repetition, angle, the three strongest reasons with units; a later repetition leaves it standing."""
    stage.actor().run(1.0)
    page = open_page("/wall", locale=locale)
    expect(page.locator(".tile[data-stale=false]")).to_have_count(1)
    stage.happen(RepetitionStarted(**COMMON, repetition=8))
    stage.happen(FAILURE)
    expect(page.locator(".tile .notes")).to_have_text(words)
    expect(page.locator(".tile")).to_have_attribute("data-need", "failure")
    expect(page.locator(".calls li")).to_contain_text("Failure" if locale == "en-GB" else "Versagen")
    stage.happen(RepetitionStarted(**COMMON, repetition=9))
    stage.happen(Momentum(**COMMON, repetition=9))
    stage.happen(RESERVE)
    stage.happen(SignalFaulted(**COMMON, channel="torque", fault="drift"))
    expect(page.locator(".tile .notes p")).to_have_text([words, re.compile("drift")])
    stage.happen(SetStarted(**{**COMMON, "set": 2}, plan=PLAN))
    expect(page.locator(".tile .notes p")).to_have_text([re.compile("drift")])


FOUND: list[tuple[Event, str, str, str]] = [
    (
        AbruptStop(**COMMON, repetition=5),
        "Torque let go in repetition 5. Please ask why.",
        "In Wiederholung 5 plötzlich losgelassen. Bitte nachfragen.",
        "abrupt",
    ),
    (
        Unsure(**COMMON, repetition=5),
        "Repetition 5: failure or a pause? Please ask.",
        "Wiederholung 5: Versagen oder Pause? Bitte nachfragen.",
        "unsure",
    ),
    (FailureLikely(**COMMON, repetition=5, confidence=0.8), "Failure likely", "Versagen wahrscheinlich", "likely"),
    (Halted(**COMMON, repetition=5), "Repetition 5 held still midway", "Wiederholung 5 unterwegs angehalten", "none"),
    (
        EndStop(**COMMON, repetition=5),
        "Repetition 5 met the end stop. Check the range.",
        "Wiederholung 5 am Endanschlag. Bitte Bereich prüfen.",
        "none",
    ),
    (Assisted(**COMMON, repetition=5), "Repetition 5 had help", "Wiederholung 5 mit Hilfe", "none"),
    (
        Unable(**COMMON, reason="no_torque"),
        "Failure can't be judged: no torque",
        "Versagen nicht beurteilbar: kein Drehmoment",
        "none",
    ),
    (
        Struggle(**COMMON, repetition=5, reasons=["lag_s", "newer"]),
        "Repetition 5 is hard: behind the target, newer",
        "Wiederholung 5 fällt schwer: hinter dem Ziel, newer",
        "none",
    ),
    (
        RangeExceeded(**COMMON, side="flexion", angle_deg=64.4, level="stop"),
        "Stop: 64° is too far in flexion",
        "Stopp: 64° ist zu weit gebeugt",
        "limit",
    ),
    (SpeedExceeded(**COMMON, speed_deg_s=-48.0, level="caution"), "Fast: 48°/s", "Schnell: 48°/s", "none"),
    (RESERVE, "About 2 left (0\u20134)", "Noch etwa 2 (0\u20134)", "none"),
    (SignalFaulted(**COMMON, channel="angle", fault="stuck"), "Angle: stuck", "Winkel: hängt fest", "fault"),
    (SignalFaulted(**COMMON, channel="torque", fault="drift"), "Torque: drifts", "Drehmoment: driftet", "none"),
]


def test_calls_each_finding_by_its_own_words(stage: Stage, open_page: Open) -> None:
    """Detection 4.5: a look-alike is never called failure, suspected pain neither failure nor pain; 6: faults by channel and name."""
    names = [f"clinic/machine-{number:02}" for number in range(len(FOUND))]
    for name in names:
        stage.actor(name).run(1.0)
    page = open_page("/wall", locale="en-GB")
    expect(page.locator(".tile[data-stale=false]")).to_have_count(len(FOUND))
    for name, (event, *_) in zip(names, FOUND, strict=True):
        stage.happen(RepetitionStarted(**COMMON, repetition=5), name)
        stage.happen(event, name)
    expect(page.locator(".tile .notes")).to_have_text([english for _, english, _, _ in FOUND])
    for tile, (*_, need) in zip(page.locator(".tile").all(), FOUND, strict=True):
        expect(tile).to_have_attribute("data-need", need)
    assert "pain" not in page.locator(".wall").inner_text().lower()
    page.locator(".languages button[lang=de]").click()
    expect(page.locator(".tile .notes")).to_have_text([german for _, _, german, _ in FOUND])


def test_a_look_alike_passes_with_the_next_repetition_and_a_fault_with_its_end(stage: Stage, open_page: Open) -> None:
    stage.actor().run(1.0)
    page = open_page("/wall", locale="en-GB")
    expect(page.locator(".tile[data-stale=false]")).to_have_count(1)
    stage.happen(Halted(**COMMON, repetition=4))
    stage.happen(SignalFaulted(**COMMON, channel="torque", fault="stuck"))
    expect(page.locator(".tile .notes p")).to_have_count(2)
    stage.happen(repetition_completed(4))
    stage.happen(SignalRestored(**COMMON, channel="torque", fault="stuck"))
    expect(page.locator(".tile .notes")).to_have_text("Repetition 4 held still midway")
    stage.happen(repetition_completed(5))
    expect(page.locator(".tile .notes")).to_have_count(0)


def test_a_wall_opened_later_knows_of_the_failure_before(stage: Stage, open_page: Open) -> None:
    actor = stage.actor().run(1.0)
    for event in (SetStarted(**COMMON, plan=PLAN), FAILURE):
        actor.record(event)
    page = open_page("/wall", locale="en-GB")
    expect(page.locator(".tile .notes")).to_contain_text("Failure in repetition 8 at 31°")


def test_calls_that_find_no_room_in_their_row_are_counted(stage: Stage, open_page: Open) -> None:
    """3.4: none is cut; on every tile and display it is looked at on the style guide."""
    names = [f"clinic/machine-{number:02}" for number in range(15)]
    for name in names:
        stage.actor(name).run(1.0).phase = "extension"
    page = open_page("/wall")
    expect(page.locator(".tile[data-stale=false]")).to_have_count(15)
    for name in names:
        stage.happen(FAILURE, name)
    expect(page.locator(".calls li")).to_have_count(15)
    hidden, more = page.evaluate("""() => {
        const row = document.querySelector('.calls'), edge = row.getBoundingClientRect().right;
        const calls = [...row.querySelectorAll('li')];
        const seen = calls.filter(call => getComputedStyle(call).visibility === 'visible');
        if (seen.some(call => call.getBoundingClientRect().right > edge || call.offsetTop !== calls[0].offsetTop)) return ['cut', ''];
        return [calls.length - seen.length, row.querySelector('.more')?.textContent ?? '0'];
    }""")
    assert hidden > 0
    assert str(hidden) in more


@pytest.mark.parametrize(
    "event",
    [
        AbruptStop(**COMMON, repetition=3),
        RangeExceeded(**COMMON, side="extension", angle_deg=1.5, level="stop"),
        SpeedExceeded(**COMMON, speed_deg_s=-71.0, level="stop"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_is_told_calmly_to_stop_and_comes_back_by_a_new_start(stage: Stage, open_page: Open, event: Event) -> None:
    """Detection 4.5 and 6: the cue stops at once; nothing is said of pain, failure or numbers."""
    actor = stage.actor().led()
    page = open_page(ADDRESS)
    shows(page, "running")
    stage.happen(event)
    shows(page, "halt")
    expect(page.locator(".word")).to_have_text("Bitte stoppen")
    expect(page.locator(".sub")).to_have_text("Legen Sie das Gewicht langsam ab. Bitte rufen Sie den Therapeuten.")
    assert page.evaluate(COLOURED, [0.6, [86, 180, 233]]) == 0, "the target still moves"
    stage.refresh(actor.run(-4.0))
    shows(page, "countdown")


def test_what_is_the_therapists_is_not_shown_to_the_patient(stage: Stage, open_page: Open) -> None:
    stage.actor().led()
    page = open_page(ADDRESS)
    shows(page, "running")
    before = page.locator("main p").count()
    events: list[Event] = [
        RangeExceeded(**COMMON, side="extension", angle_deg=1.5, level="caution"),
        FailureLikely(**COMMON, repetition=3, confidence=0.8),
        Struggle(**COMMON, repetition=3, reasons=["lag_s"]),
        Unsure(**COMMON, repetition=3),
        ReserveEstimated(**COMMON, repetition=3, repetitions_left=4, low=2, high=6),
        SignalFaulted(**COMMON, channel="torque", fault="drift"),
    ]
    for event in events:
        stage.happen(event)
    stage.happen(RepetitionStarted(**COMMON, repetition=1))
    expect(page.locator(".count .now")).to_have_text("1")
    shows(page, "running")
    expect(page.locator("main p")).to_have_count(before)


def test_after_failure_the_load_may_be_set_down_and_another_try_goes_on(stage: Stage, open_page: Open) -> None:
    """Product: calm, nothing that blames; contract 1: failure alone ends no set."""
    actor = stage.actor().led()
    page = open_page(ADDRESS)
    shows(page, "running")
    stage.happen(FAILURE)
    shows(page, "release")
    expect(page.locator(".word")).to_have_text("Ruhig ablegen")
    expect(page.locator(".sub")).to_have_text("Das genügt für diesen Satz.")
    stage.happen(RepetitionStarted(**COMMON, repetition=9))
    expect(page.locator("main")).to_have_attribute("data-kind", re.compile("^(running|positioning|countdown)$"))
    stage.happen(FAILURE)
    shows(page, "release")
    actor.set, actor.cue = None, CueState(origin_ns=None, running=False)
    stage.happen(ended("failure", full=8))
    stage.refresh(actor)
    shows(page, "done")


def test_hears_of_the_reserve_only_that_it_comes_to_an_end(stage: Stage, open_page: Open) -> None:
    """Detection 4.6: to the patient only "last repetitions", when the upper bound is at most 3."""
    stage.actor().led()
    page = open_page(ADDRESS)
    shows(page, "running")
    stage.happen(ReserveEstimated(**COMMON, repetition=6, repetitions_left=2.4, low=1, high=4))
    stage.happen(RepetitionStarted(**COMMON, repetition=7))
    expect(page.locator(".count .now")).to_have_text("1")
    expect(page.locator(".last")).to_have_count(0)
    stage.happen(ReserveEstimated(**COMMON, repetition=7, repetitions_left=1.4, low=0, high=3))
    expect(page.locator(".last")).to_have_text("Letzte Wiederholungen")


def test_an_angle_that_cannot_be_trusted_is_not_shown(stage: Stage, open_page: Open) -> None:
    """3.6, sensor fault: cue and dot gone, in words; the way back leads by positioning."""
    stage.actor().led()
    page = open_page(ADDRESS)
    shows(page, "running")
    stage.happen(SignalFaulted(**COMMON, channel="angle", fault="stuck"))
    shows(page, "sensor")
    expect(page.locator(".word")).to_have_text("Sensor gestört, bitte stoppen")
    page.wait_for_timeout(100)
    assert not white_on_now_line(page)
    stage.happen(SignalRestored(**COMMON, channel="angle", fault="stuck"))
    expect(page.locator("main")).to_have_attribute("data-kind", re.compile("^(positioning|countdown)$"))
