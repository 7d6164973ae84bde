"""The pictures of docs/engineers.md, made anew from the real pages: `scripts/pictures engineers`.

With other sizes and languages, to look at: `scripts/pictures engineers /tmp/look --size 1280x800 --size 800x1280 --language de-DE`.
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import asdict
from playwright.sync_api import Page, expect, sync_playwright

from benchmarks import sessions
from service import recordings
from service.analysis import Parameters
from service.recordings.reading import events_after
from service.store import SessionRow
from tests import chromium
from tests.dashboard.served import Service
from tests.service.replay.played import play

DOCS = Path(__file__).parents[2] / "docs" / "engineers"
CASES = ("steady", "fails", "hurried", "fails-other", "pain", "paused", "sensor-breaks", "motor", "no-torque")
MANY = 200
NEWEST = datetime(2026, 1, 14, 17, 0, tzinfo=UTC)
PATIENCE_MS = 120_000
CHOSEN = """
    localStorage.setItem("ilex.replay.panels", '["progress", "stall"]');
    localStorage.setItem("ilex.replay.screen", "true");
"""
"""What an engineer has chosen to see on the replay page."""


def replay(page: Page, stage: Service) -> None:
    """The refused repetition, with what the analysis had in mind, the patient's screen, and what another threshold would have said."""
    page.goto(stage.url + stage.at("/sessions/fails/replay#t=101.300&from=93.000&to=108.500"))
    exact(page)
    page.get_by_role("tab").nth(1).click()
    page.get_by_role("searchbox").fill("partial")
    page.locator(".parameters li input").first.fill("0.85")
    page.locator(".rerun .main").click()
    expect(page.locator(".rerun .result")).to_be_visible()
    expect(page.locator(".screen[data-there=true]")).to_be_visible()
    page.locator(".rerun .result").scroll_into_view_if_needed()
    exact(page)


def running(page: Page, stage: Service) -> None:
    """A session that still runs, followed."""
    folder = stage.data / "recordings" / "clinic" / "one"
    if not (folder / "running.mcap.part").exists():
        play(folder, "running", until_s=72.5, finish=False)
        like = recordings.summary(folder / "fails.mcap")
        path = str(folder / "running.mcap")

        async def told(_session: str) -> list[bytes]:
            return events_after(Path(path), 0)

        # No machine speaks here, so nobody holds its events in memory.
        vars(stage.station.floor)["events"] = told
        stage.put(SessionRow(session="running", machine="clinic/one", started_utc=like.started_utc, plan=like.plan, path=path))
    page.goto(stage.url + stage.at("/sessions/running/replay"))
    exact(page)
    expect(page.locator(".screen[data-there=true] .patient")).to_be_visible()
    exact(page)


def many(page: Page, stage: Service) -> None:
    """Two hundred sessions analysed otherwise, by one question."""
    crowd(stage)
    page.goto(stage.url + stage.at("/sessions"))
    expect(page.locator(".sessions tbody tr").first).to_be_visible()
    page.locator(".sessions thead input").check()
    page.locator("button.more").first.click()
    expect(page.locator("button.more")).to_have_count(0)
    page.locator("#bulk").click()
    page.locator(".otherwise input[list]").first.fill("partial")
    page.locator(".otherwise .value").first.fill("0.85")
    page.locator(".otherwise .main").click()
    expect(page.locator(".bulk .result button").first).to_be_visible()


def crowd(stage: Service) -> None:
    """Sessions of the days before, of four kinds of patient on eight machines, until there are enough."""
    folder = stage.data / "recordings" / "bench"
    if folder.exists():
        return
    for number in range(MANY - len(CASES)):
        started = NEWEST - timedelta(minutes=37 * number)
        path = sessions.recorded(folder, f"many{number:03d}", number, 60, started_utc=started.isoformat().replace("+00:00", "Z"))
        # The list's own time: the recording was made just now.
        stage.put(replace(recordings.summary(path), ended_utc=started + timedelta(seconds=60)))


def found(page: Page, stage: Service) -> None:
    """The list, filtered."""
    page.goto(stage.url + stage.at("/sessions?flag=failure"))
    expect(page.locator(".sessions tbody tr").first).to_be_visible()


def file(page: Page, stage: Service) -> None:
    """The first message after an interruption, as it lies in the recording."""
    folder = stage.data / "recordings" / "clinic" / "one"
    if not (folder / "broken.mcap").exists():
        stage.put(recordings.summary(play(folder, "broken", "hurried", gap=range(250, 400), kept=asdict(Parameters()))))
    page.goto(stage.url + stage.at("/sessions/broken/replay#t=19.920"))
    exact(page)
    page.keyboard.press("v")
    page.get_by_role("tab").nth(3).click()
    message = page.locator(".leaves section").first
    expect(message.locator(".facts")).to_be_visible()
    page.keyboard.press(".")
    expect(message).to_contain_text("251")
    page.locator(".leaves summary", has_text="Bytes").click()
    exact(page)


PICTURES: dict[str, Callable[[Page, Service], None]] = {"replay": replay, "running": running, "many": many, "found": found, "file": file}


def exact(page: Page) -> None:
    expect(page.locator(".picture[data-exact=true]")).to_be_visible()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=DOCS)
    parser.add_argument("--size", action="append", metavar="WIDTHxHEIGHT", help="1600x1000; may be given again")
    parser.add_argument("--language", action="append", metavar="LOCALE", help="en-GB; may be given again")
    parser.add_argument("--only", action="append", choices=PICTURES)
    options = parser.parse_args()
    expect.set_options(timeout=PATIENCE_MS)
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        for case in CASES:
            play(Path(name) / "recordings" / "clinic" / "one", case, case, kept=asdict(Parameters()))
        stage = Service(Path(name))
        browser = playwright.chromium.launch(executable_path=chromium.PATH, args=chromium.ARGUMENTS)
        sizes, languages = options.size or ["1600x1000"], options.language or ["en-GB"]
        for size in sizes:
            width, height = map(int, size.split("x"))
            for language in languages:
                for picture in options.only or PICTURES:
                    context = browser.new_context(viewport={"width": width, "height": height}, locale=language)
                    context.add_init_script(CHOSEN)
                    page = context.new_page()
                    page.set_default_timeout(PATIENCE_MS)
                    PICTURES[picture](page, stage)
                    tail = "" if len(sizes) * len(languages) == 1 else f"-{size}-{language[:2]}"
                    page.screenshot(path=options.folder / f"{picture}{tail}.png")
                    context.close()
        browser.close()
        stage.close()


if __name__ == "__main__":
    main()
