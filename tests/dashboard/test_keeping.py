"""What staff are told of what is and isn't kept (robustness-and-screens F03, F08-F11, F18-F20)."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.conftest import Open
from tests.dashboard.stage import Stage
from tests.dashboard.test_patient import ADDRESS, shows
from wire.live import Keeping

pytestmark = [pytest.mark.browser, pytest.mark.calm]

SAID: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "F08 backlog": (
        {"backlog": 6000, "backlog_s": 60.0, "eta_s": 4.2}, "none",
        "Lädt 60 s nach, noch etwa 4 s", "Catching up on 60 s, about 4 s to go",
    ),
    "F09 a day's backlog": (
        {"backlog": 10**6, "backlog_s": 28_800.0}, "none", "8,0 h liegen noch am Gerät", "8.0 h still held at the machine",
    ),
    "F10 nearly full": ({"spool_share": 0.861}, "none", "Gerätespeicher zu 86 % voll", "Machine's storage 86 % full"),
    "F10 full": (
        {"spool_share": 0.96, "spool_refuses": True}, "full",
        "Gerätespeicher voll: keine neue Sitzung", "Machine's storage full: no new session",
    ),
    "F11 disk full": (
        {"recording": False, "code": "disk_full", "reason": "no space left"}, "unrecorded",
        "Läuft ohne Aufzeichnung (Speicher voll). Das Gerät hält die Daten.", "Not being recorded (disk full). The machine holds the data.",
    ),
    "F11 disk failed": (
        {"recording": False, "code": "disk_failed", "reason": "I/O error"}, "unrecorded",
        "Läuft ohne Aufzeichnung (Speicherfehler). Das Gerät hält die Daten.",
        "Not being recorded (disk error). The machine holds the data.",
    ),
    "F18 two agents": (
        {"conflict": "0197"}, "conflict",
        "Ein zweites Gerät dieses Namens. Seine Daten bleiben außen vor.",
        "A second machine of this name. Its data are not taken.",
    ),
    "F20 newer protocol": (
        {"outdated": "2"}, "outdated",
        "Gerät spricht Version 2, dieser Dienst 1", "Machine speaks version 2, this service 1",
    ),
}  # fmt: skip


def keeping(machine: str = "clinic/one", **fields: Any) -> Keeping:
    """What is said of a session that is recorded, with `fields` laid over."""
    return Keeping(**{"machine": machine, "recording": True, "spool_share": 0.02, "backlog_s": 0.0, **fields})


def opened(stage: Stage, open_page: Open, **options: Any) -> Page:
    """The wall, with a machine in a set."""
    stage.actor().run(1.0).phase = "extension"
    page = open_page("/wall", **options)
    expect(page.locator(".tile[data-stale=false]")).to_have_count(1)
    return page


@pytest.mark.parametrize("case", SAID.values(), ids=list(SAID))
def test_says_what_is_not_kept_and_whom_it_concerns(stage: Stage, open_page: Open, case: tuple[dict[str, Any], str, str, str]) -> None:
    fields, need, german, english = case
    page = opened(stage, open_page)
    stage.tell(keeping(**fields))
    kept = page.locator(".tile .kept")
    expect(kept).to_have_text(german)
    expect(page.locator(".tile")).to_have_attribute("data-need", need)
    expect(page.locator(".calls li")).to_have_count(0 if need == "none" else 1)
    page.locator(".languages button[lang=en]").click()
    expect(kept).to_have_text(english)
    stage.tell(keeping())
    expect(page.locator(".tile")).to_have_attribute("data-need", "none")


def test_tells_how_much_came_later_and_then_no_more(stage: Stage, open_page: Open) -> None:
    """F08: "backfilled 60 s"."""
    page = opened(stage, open_page, locale="en-GB")
    stage.tell(keeping(backlog=6000, backlog_s=60.0, eta_s=4.0))
    expect(page.locator(".tile .kept")).to_contain_text("Catching up")
    stage.tell(keeping())
    expect(page.locator(".tile .kept")).to_have_text("Caught up on 60 s")
    expect(page.locator(".tile .kept")).to_have_count(0)


def test_a_second_agent_has_a_red_border(stage: Stage, open_page: Open) -> None:
    """F18, with words and a sign beside the colour; it outranks what one of the two sends."""
    page = opened(stage, open_page)
    stage.tell(keeping(conflict="0197"))
    expect(page.locator(".tile .state")).to_have_text("Doppelte ID")
    assert page.locator(".tile a").evaluate("tile => getComputedStyle(tile).borderTopColor") == "rgb(255, 107, 107)"
    stage.actors["clinic/one"].sampling = False
    expect(page.locator(".tile")).to_have_attribute("data-stale", "true")
    expect(page.locator(".tile")).to_have_attribute("data-need", "conflict")


def test_news_of_the_service_stand_above_all_tiles(stage: Stage, open_page: Open) -> None:
    """F03, F19."""
    page = opened(stage, open_page, timezone_id="Europe/Berlin")
    stage.tell(keeping(restarted_utc="2026-01-15T11:34:56Z"))
    expect(page.locator(".news")).to_have_text("Dienst um 12:34:56 neu gestartet")
    stage.tell(keeping(database=False, restarted_utc="2026-01-15T11:34:56Z"))
    expect(page.locator(".news")).to_have_text("Datenbank nicht erreichbar, Daten werden gehalten")
    expect(page.locator(".calls .calm")).to_have_text("Niemand wartet")


def test_the_patient_sees_why_nothing_starts_and_goes_on_undisturbed(stage: Stage, open_page: Open) -> None:
    """F10, F19: nothing of it disturbs a running set; F11: it says calmly that it is not recorded."""
    actor = stage.actor()
    page = open_page(ADDRESS)
    shows(page, "positioning")
    stage.tell(keeping(recording=None, spool_refuses=True))
    expect(page.locator(".cover")).to_have_text("Gerät nicht freigegebenSein Speicher ist voll.Bitte rufen Sie den Therapeuten.")
    stage.refresh(actor.led())
    shows(page, "running")
    stage.tell(keeping(recording=False, code="disk_full", database=False, spool_refuses=True))
    expect(page.locator(".top .unrecorded")).to_have_text("Ohne Aufzeichnung")
    shows(page, "running")
