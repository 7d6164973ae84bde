"""F17: browsers that sleep in the midst of a set, all their processes stopped, and wake."""

import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from benchmarks.faults.rig import Machines, Rig
from benchmarks.motion import movement
from benchmarks.start import ARGUMENTS, CHROMIUM
from benchmarks.subject import link
from benchmarks.trials.figure import Figure, at_most, none
from tests.dashboard.sleep import Sleeper

NAME = "lab/one"
MARK = "--ilex-trial-asleep"
RATE_HZ = 100.0
SLEEPS_S = (1800.0, 60.0, 60.0)
SHORT_SLEEPS_S = (15.0,)
BETWEEN_S = 15.0
"""A repetition and a half: there is one to show before each sleep, and another one is counted in it."""
FIRST_S, GROWTH_MB = 1.0, 5.0
MB = 1e6

WATCH = """() => {
    // Every repaint: when it began, what is said of the newest sample, the number of repetitions. Runs after the page's own drawing.
    window.seen = [];
    const frame = () => requestAnimationFrame(begun => {
        const shielded = document.querySelector('.shield').getBoundingClientRect().bottom > 0;
        window.seen.push([performance.timeOrigin + begun, document.querySelector('.feed').dataset.state, shielded,
            document.querySelector('.count .now')?.textContent ?? '']);
        if (window.seen.length > 2000) window.seen.splice(0, 1000);
        frame();
    });
    frame();
}"""


class Woken(NamedTuple):
    """Of one page: from waking to the first repaint called live (s), live repaints with the number of before, growth of the heap (MB)."""

    first_s: float
    old: int
    grown_mb: float


def run(*, short: bool) -> list[Figure]:
    """A wall and a patient's screen, some sleeps of a minute and one of half an hour."""
    sleeps_s = SHORT_SLEEPS_S if short else SLEEPS_S
    with sync_playwright() as playwright:
        # One each: a browser slows down the clocks of all its tabs but the one in front.
        wall, screen = (playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, MARK]) for _ in range(2))
        rig = Rig([Machines([NAME], tables={"driver": {"name": "recording", "file": "../signal.csv"}})])
        _record(rig.folder / "signal.csv", sum(sleeps_s) + 2 * BETWEEN_S * (len(sleeps_s) + 2))
        with rig:
            signed_in = wall.new_context()
            signed_in.new_page().goto(link(rig.service.log))
            state = signed_in.storage_state()
            signed_in.close()
            pages = [_opened(wall, state, f"{rig.url}/wall"), _opened(screen, state, f"{rig.url}/screen/{NAME}?checkin=off")]
            woken = [each for seconds in sleeps_s for each in _sleep(rig, pages, seconds)]
        wall.close()
        screen.close()
    what = f"{len(sleeps_s)} sleeps of {min(sleeps_s):.0f} to {max(sleeps_s):.0f} s, wall and patient's screen"
    return [
        at_most("F17", f"{what}: from waking to the first live picture", max(each.first_s for each in woken), FIRST_S, "s", 2),
        none("F17", "live pictures with the number of repetitions of before the sleep", sum(each.old for each in woken)),
        at_most("F17", "growth of a page's heap over a sleep", max(each.grown_mb for each in woken), GROWTH_MB, "MB"),
    ]


def _record(file: Path, seconds: float) -> None:
    """What the machine will sample: one repetition after the other."""
    once = movement(RATE_HZ)
    n = round(seconds * RATE_HZ)
    angle, torque = (np.resize(column, n).tolist() for column in once)
    lines = (f"{k / RATE_HZ:.3f},{angle[k]:.4f},{torque[k]:.4f}\n" for k in range(n))
    file.write_text("t_s,angle_deg,torque_nm\n" + "".join(lines))


def _opened(browser: Browser, state: StorageState, address: str) -> Page:
    page = browser.new_context(storage_state=state, viewport={"width": 1280, "height": 800}).new_page()
    page.goto(address)
    page.wait_for_selector(".feed[data-state=live]")
    page.evaluate(WATCH)
    return page


def _sleep(rig: Rig, pages: list[Page], seconds: float) -> list[Woken]:
    """One sleep of all of them."""
    time.sleep(BETWEEN_S)
    before = [(_heap_mb(page), page.evaluate("document.querySelector('.count .now')?.textContent")) for page in pages]
    counted = _counted(rig)
    sleeper = Sleeper(MARK)
    sleeper.sleep()
    time.sleep(seconds)
    rig.until(lambda: _counted(rig) > counted + 1, "nothing was counted meanwhile", 4 * BETWEEN_S)
    woken_s = time.time()
    sleeper.wake()
    for page in pages:
        page.wait_for_selector(".feed[data-state=live]")
    time.sleep(BETWEEN_S)
    found = []
    for page, (heap_mb, number) in zip(pages, before, strict=True):
        live = [row for row in page.evaluate("window.seen") if row[0] > woken_s * 1e3 and row[1] == "live" and not row[2]]
        old = sum(row[3] == number for row in live)
        found.append(Woken(live[0][0] * 1e-3 - woken_s, old, _heap_mb(page) - heap_mb))
    words = ", ".join(f"{each.first_s:.2f} s, heap {each.grown_mb:+.1f} MB" for each in found)
    print(f"F17: {seconds:.0f} s asleep: live after {words}; {number} counted before", file=sys.stderr, flush=True)
    return found


def _counted(rig: Rig) -> int:
    """Repetitions of the machine, as another screen was told."""
    return sum(each["kind"] == "repetition_completed" for session in rig.screen.events.values() for each in list(session.values()))


def _heap_mb(page: Page) -> float:
    """In use, without rubbish."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used: int = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return used / MB
