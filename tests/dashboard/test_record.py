"""The session's record: how whole it is, its gaps, its result, and what was shown otherwise (robustness-and-screens 1.2.11, H12)."""

import json
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Locator, expect

from tests.dashboard.conftest import Open
from tests.dashboard.stage import PLAN, Stage

pytestmark = [pytest.mark.browser, pytest.mark.calm]
WHOLE = {"expected": 12_000, "stored": 12_000, "missing": 0, "refused": 0}


def record(session: str = "s1", **fields: Any) -> dict[str, Any]:
    """A session of two minutes with one set, as `GET /sessions/{id}` tells of it."""
    return {
        "session": session, "machine": "clinic/one", "started_utc": "2026-01-15T09:30:00Z", "ended_utc": "2026-01-15T09:32:00Z",
        "plan": msgspec.to_builtins(PLAN), "completeness": WHOLE, "final": True,
        "sets": [{
            "set": 1, "reason": "failure", "full": 9, "short": 1, "partial": 1, "attempt": 0, "started_s": 8.0, "at_s": 112.5,
            "duration_s": 104.5,
        }],
        "coverage": [{"kind": "live", "from_s": 0.0, "to_s": 120.0}], "notes": [], **fields,
    }  # fmt: skip


def event(kind: str, at_s: float, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "id": 1, "set": 1, "at_s": at_s, "known_s": at_s + 0.1, **fields}


def lines(*events: dict[str, Any]) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


GAPPED = record(
    completeness={"expected": 12_000, "stored": 11_460, "missing": 540, "refused": 0},
    final=False,
    coverage=[
        {"kind": "live", "from_s": 0.0, "to_s": 41.0}, {"kind": "backfilled", "from_s": 41.0, "to_s": 52.6},
        {"kind": "live", "from_s": 52.6, "to_s": 83.2}, {"kind": "gap", "from_s": 83.2, "to_s": 88.6},
        {"kind": "live", "from_s": 88.6, "to_s": 120.0},
    ],
    notes=[
        {"kind": "restart", "noted_utc": "2026-01-15T09:30:52Z"},
        {"kind": "gap", "noted_utc": "2026-01-15T09:31:28Z", "boot": "b", "first": 8320, "last": 8859},
        {"kind": "clock_step", "noted_utc": "2026-01-15T09:31:30Z"},
    ],
)  # fmt: skip
LIVED = lines(
    event("repetition_completed", 42.0, repetition=4, flags=["gap", "void"]),
    event("repetition_completed", 52.0, repetition=5, flags=[]),
    event("failure_likely", 101.0, repetition=9),
)
FINAL = lines(event("repetition_completed", 52.0, repetition=5, flags=[]), event("failure", 108.3, repetition=10, reason="stall"))


DIFFERENCE = {
    "only_live": [event("repetition_completed", 42.0, repetition=4), event("failure_likely", 101.0, repetition=9)],
    "only_final": [event("failure", 108.3, repetition=10)],
}


def test_states_how_whole_it_is(stage: Stage, open_page: Open) -> None:
    stage.records["s1"] = record(difference={"only_live": [], "only_final": []})
    stage.lines = {("s1", "final"): FINAL}
    page = open_page("/sessions/s1", locale="en-GB", timezone_id="Europe/Berlin")
    expect(page.locator("h1")).to_have_text("Blau 7")
    expect(page.locator(".about")).to_have_text("clinic/one15 Jan 2026, 10:302:00 minutesReplay")
    expect(page.locator(".statement strong")).to_have_text("12,000 of 12,000 samples, 0 lost")
    expect(page.locator(".statement")).to_have_attribute("data-whole", "true")
    expect(page.locator("main")).to_contain_text("is what was shown live")
    expect(page.locator("tbody tr")).to_have_text("191101:45failure\u2013")
    expect(page.get_by_role("link", name="Recording")).to_have_attribute("href", "/api/v1/sessions/s1/recording")
    page.locator(".languages button[lang=de]").click()
    expect(page.locator(".statement strong")).to_have_text("12.000 von 12.000 Messwerten, 0 verloren")


def test_shows_every_gap_and_what_befell_it(stage: Stage, open_page: Open) -> None:
    """F01: the ribbon says what came later, F12: a step of the clock; a repetition with a gap is named."""
    stage.records["s1"] = GAPPED
    stage.lines = {("s1", "live"): LIVED}
    page = open_page("/sessions/s1")
    expect(page.locator(".statement strong")).to_have_text("11.460 von 12.000 Messwerten, 540 fehlen")
    expect(page.locator(".statement")).to_have_attribute("data-whole", "false")
    shares = page.locator(".track rect[data-kind]").evaluate_all(
        "rects => rects.map(rect => [rect.dataset.kind, rect.x.baseVal.value, rect.width.baseVal.value])"
    )
    assert ("backfilled", 341.67, 96.67) in [(kind, round(x, 2), round(width, 2)) for kind, x, width in shares]
    assert {kind for kind, *_ in shares} == {"live", "backfilled", "gap"}
    expect(page.locator(".holes li")).to_have_text(["0:41 bis 0:53: nachgeladen (11,6 s)", "1:23 bis 1:29: fehlt (5,4 s)"])
    expect(page.locator("tbody tr td").last).to_have_text("4")
    expect(page.locator(".notes li")).to_contain_text(["Dienst neu gestartet", "Lücke", "Uhr gesprungen"])
    expect(page.locator("main")).to_contain_text("Das Endergebnis ist noch nicht berechnet")


def test_a_gap_of_a_second_in_an_hour_is_still_seen(stage: Stage, open_page: Open) -> None:
    hour = [{"kind": "live", "from_s": 0, "to_s": 3600}, {"kind": "gap", "from_s": 1800, "to_s": 1801}]
    stage.records["s1"] = record(coverage=hour)
    page = open_page("/sessions/s1")
    box = page.locator(".track rect[data-kind=gap]").bounding_box()
    assert box is not None
    assert box["width"] >= 3


def test_tells_what_was_shown_otherwise(stage: Stage, open_page: Open) -> None:
    """The final result is computed from the whole recording; what screens had shown stays known."""
    stage.records["s1"] = record(difference=DIFFERENCE)
    stage.lines = {("s1", "final"): FINAL}
    page = open_page("/sessions/s1", locale="en-GB")
    expect(page.locator(".versions h3")).to_have_text(["2 events were shown live only", "1 event is in the final result only"])
    expect(page.locator(".versions li")).to_have_text(
        ["0:42 Repetition complete, Repetition 4", "1:41 Failure likely, Repetition 9", "1:48 Failure, Repetition 10"]
    )


def test_a_session_that_still_runs_is_looked_at_again(stage: Stage, open_page: Open) -> None:
    stage.records["s1"] = record(ended_utc=None, final=False, completeness={**WHOLE, "expected": 12_010, "missing": 10}, sets=[])
    page = open_page("/sessions/s1")
    expect(page.locator(".statement strong")).to_have_text("Bisher 12.000 von 12.010 Messwerten, 10 fehlen")
    expect(page.locator(".about")).to_contain_text("läuft noch")
    stage.records["s1"] = record(settling=True, final=False, completeness={**WHOLE, "stored": 11_990, "missing": 10})
    expect(page.locator(".statement strong")).to_have_text("11.990 von 12.000 Messwerten, 10 stehen noch aus")
    stage.records["s1"] = record()
    expect(page.locator(".statement strong")).to_have_text("12.000 von 12.000 Messwerten, 0 verloren")


def test_says_from_where_on_a_recording_is_damaged(stage: Stage, open_page: Open) -> None:
    """F24: never as good; who wants the file for repair says so."""
    stage.records["s1"] = record(damage={"from_s": 12.3, "reason": "checksum"}, final=False, coverage=[])
    page = open_page("/sessions/s1")
    expect(page.locator(".statement")).to_have_attribute("data-whole", "false")
    expect(page.locator(".statement")).to_contain_text("Beschädigt ab 12,3 s: checksum")
    expect(page.get_by_role("link", name="Aufzeichnung")).to_have_attribute("href", "/api/v1/sessions/s1/recording?damaged=true")
    page.goto(stage.url + "/sessions")
    expect(page.locator("tbody tr")).to_contain_text("beschädigt")


def test_of_an_older_service_it_says_what_there_is(stage: Stage, open_page: Open) -> None:
    """And a kind that this page does not know yet is named as it comes."""
    older = record(plan=None)
    del older["coverage"], older["notes"]
    stage.records = {"s1": older, "s2": record("s2", notes=[{"kind": "moon_phase"}])}
    page = open_page("/sessions/s1")
    expect(page.locator("h1")).to_have_text("Sitzung")
    expect(page.locator(".ribbon")).to_have_count(0)
    page.goto(stage.url + "/sessions/s2")
    expect(page.locator(".notes li")).to_contain_text("moon_phase")


def test_lists_sessions_and_leads_to_each(stage: Stage, open_page: Open) -> None:
    stage.records = {f"s{n}": record(f"s{n}") for n in range(22)} | {"bad": {**GAPPED, "session": "bad"}}
    page = open_page("/sessions")
    expect(page.locator("tbody tr")).to_have_count(20)
    page.get_by_role("button", name="Mehr anzeigen").click()
    expect(page.locator("tbody tr")).to_have_count(23)
    expect(page.locator("tbody tr").first).to_contain_text("vollständig")
    expect(page.locator("tbody tr").last).to_contain_text("540 Messwerte fehlen")
    page.locator("tbody a").first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(stage.url + "/sessions/s0")
    expect(page.locator(".statement")).to_have_count(1)


@pytest.mark.parametrize("width", [320, 820, 1280])
def test_the_list_fits_the_window_whatever_a_machine_is_called(stage: Stage, open_page: Open, width: int) -> None:
    """3.8, 1.4.10 reflow; contract 1: both parts of a name have up to 64 letters. On narrow windows the numbers say what they are."""
    stage.records = {"s1": record("s1", machine=f"{'a' * 64}/{'b' * 64}"), "s2": record("s2")}
    page = open_page("/sessions", width=width, height=900)
    expect(page.locator("tbody tr")).to_have_count(2)
    sideways = "() => [document.documentElement, document.querySelector('.table')].map(box => box.scrollWidth - box.clientWidth)"
    assert page.evaluate(sideways) == [0, 0]
    said = page.locator("tbody tr").last.locator("td").nth(3).evaluate("cell => getComputedStyle(cell, '::before').content")
    assert ("Sätze" in said or "data-head" in said) == (width < 1000)
    expect(page.get_by_role("row").last.get_by_role("cell")).to_have_count(9)


def test_the_list_shows_what_begins_and_ends_meanwhile(stage: Stage, open_page: Open) -> None:
    """docs/engineers.md: within seconds; who reads, chooses or types isn't disturbed."""
    records = {f"s{n}": record(f"s{n}") for n in range(22)}
    stage.records = {"runs": record("runs", ended_utc=None), **records}
    page = open_page("/wall")
    page.clock.install()
    page.goto(stage.url + "/sessions")
    rows = page.locator("tbody tr")
    page.get_by_role("button", name="Mehr anzeigen").click()
    expect(rows).to_have_count(23)
    expect(rows.first).to_contain_text("läuft noch")
    rows.first.get_by_role("checkbox").check()
    rows.nth(15).locator("th a").focus()
    there = top(rows.nth(15))
    expect(page.locator(".bulk")).to_contain_text("1 läuft noch und bleibt außen vor")
    stage.records = {"new": record("new"), "runs": record("runs"), **records}
    page.clock.run_for(5000)
    expect(rows).to_have_count(24)
    expect(rows.first).to_have_attribute("data-session", "new")
    expect(rows.nth(1)).to_contain_text("vollständig")
    expect(rows.nth(1).get_by_role("checkbox")).to_be_checked()
    expect(page.locator(".bulk")).not_to_contain_text("läuft noch")
    expect(rows.nth(16).locator("th a")).to_be_focused()
    assert top(rows.nth(16)) == pytest.approx(there, abs=1)
    # A page that nobody sees asks for nothing.
    page.evaluate("Object.defineProperty(document, 'visibilityState', {configurable: true, value: 'hidden'})")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(20_000)
    page.evaluate("Object.defineProperty(document, 'visibilityState', {configurable: true, value: 'visible'})")
    with page.expect_request("**/api/v1/sessions?*"):
        page.clock.run_for(5000)
    assert len(asked) == 1


def top(row: Locator) -> float:
    """Where it is in the window, px."""
    box = row.bounding_box()
    assert box is not None
    return box["y"]


def test_says_where_there_is_nothing(stage: Stage, open_page: Open) -> None:
    page = open_page("/sessions/none")
    expect(page.locator("h1")).to_have_text("Sitzung nicht bekannt")
    page.goto(stage.url + "/sessions")
    expect(page.locator("main")).to_contain_text("Noch keine Sitzung")
    stage.signed_in = False
    page.goto(stage.url + "/sessions")
    expect(page.locator("h1")).to_have_text("Nicht angemeldet")
