"""The screens in Chromium: their frames and memory over minutes, how soon a press of pain shows, how soon a screen is right once opened.

    scripts/bench screen                               3 min of each screen, 1,000 presses: 12 min in all
    scripts/bench screen --minutes 60 --presses 0      for the growth of the heap
    scripts/bench screen --minutes 1 --only wall --save no
    scripts/bench screen --only presses --only bundle  some minutes; the rest of what was measured before stays

Patient: `ilex demo` with one simulated patient, whose sets and rests run as they do. Wall: 24 machines at 100 Hz, all of them in sets,
recorded. Presses: real key events into the page, from the event's own time to the picture that shows the stop; the service and the edge
agent are the real ones, after each press another set is started, and afterwards the events are counted in the recording. Opened: a
patient's screen in a browser of its own, signed in, with nothing cached; from the navigation to the picture. Bundle: what that screen
loads, as built, gzip.
"""

import argparse
import gzip
import re
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import figures, load
from benchmarks import presses as pressing
from benchmarks.cell import await_machines, give_plans
from benchmarks.frames import Frames, recorded
from benchmarks.load import Load
from benchmarks.memory import SETS
from benchmarks.start import ARGUMENTS, CHROMIUM
from benchmarks.subject import HOST, Subject, SubjectError, link
from benchmarks.worker import Worker, WorkerError
from tests.dashboard.stage import WEB
from tests.e2e.running import Running

WIDTH, HEIGHT = 1920, 1080
MACHINES = 24
OPENINGS = 9
WARM_S = 15.0
"""Before anything is counted: what is compiled late, and caches."""
SPARE_S = 120.0

OPENED = """() => {
    const look = () => {
        const kind = document.querySelector('main')?.dataset.kind;
        if ([undefined, 'connecting', 'offline', 'restarting'].includes(kind)) requestAnimationFrame(look);
        // The picture that was drawn with it is out when the next one is asked for.
        else requestAnimationFrame(() => { window.opened = performance.now(); });
    };
    requestAnimationFrame(look);
}"""

PARTS = ("patient", "wall", "presses", "opened", "bundle")
BUNDLE_KB = 120
"""Issue 5: what a patient's screen may load."""

LIVE = "count => document.querySelectorAll('.tile[data-stale=false]').length === count"


def patient(browser: Browser, minutes: float) -> dict[str, Any]:
    """The patient's screen, from its first running cue on."""
    arguments = ["demo", "--no-browser", "--machines", "1"]
    with tempfile.TemporaryDirectory(prefix="ilex-bench-") as folder, Running(*arguments, data=Path(folder)) as demo:
        page = _opened(browser, demo.link, f"{demo.url}/screen/demo/steady")
        # Who joins in the middle of a set may have to wait for the next one.
        page.wait_for_selector("main[data-kind=running]", timeout=300_000)
        return _measured(page, minutes, "main[data-kind=countdown]")


def wall(browser: Browser, minutes: float) -> dict[str, Any]:
    """The wall with 24 machines in sets. Raises SubjectError, WorkerError."""
    with Subject() as subject:
        source = Load(MACHINES, HOST, subject.mqtt_port)
        give_plans(subject, source.names, SETS)
        with Worker("load", load.run, source) as generator:
            generator.ready()
            await_machines(subject, source.names)
            seconds = WARM_S + minutes * 60 * 1.2 + SPARE_S
            generator.tell((time.monotonic_ns() + 500_000_000, round(seconds * 1000 / source.batch_ms)))
            page = _opened(browser, link(subject.log), f"{subject.url}/wall")
            page.wait_for_function(LIVE, arg=MACHINES, timeout=60_000)
            return _measured(page, minutes)


def presses(browser: Browser, count: int) -> dict[str, Any]:
    """One press after the other, each in a set of its own. Raises SubjectError."""
    with Subject() as subject, pressing.machine(subject):
        pressing.prepare(subject)
        page = _opened(browser, link(subject.log), f"{subject.url}{pressing.PATH}")
        page.wait_for_selector(".feed[data-state=live]")
        return pressing.measured(subject, page, count)


def bundle() -> dict[str, Any]:
    """What a patient's screen loads, as built. Raises SubjectError where nothing is built."""
    index = WEB / "index.html"
    if not index.is_file():
        raise SubjectError("the dashboard is not built (scripts/setup)")
    linked = [WEB / path for path in re.findall(r'(?:src|href)="/([^"]+)"', index.read_text(encoding="utf-8"))]
    return {"files": 1 + len(linked), "gzip_kb": sum(len(gzip.compress(file.read_bytes())) for file in (index, *linked)) / 1000}


def opened(launched: Callable[[], Browser], runs: int) -> dict[str, Any]:
    """How soon a screen is right that is opened while its machine runs; each time in another browser."""
    with (
        tempfile.TemporaryDirectory(prefix="ilex-bench-") as folder,
        Running("demo", "--no-browser", "--machines", "1", data=Path(folder)) as demo,
    ):
        times = []
        cookies = None
        for _ in range(runs):
            browser = launched()
            context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, storage_state=cookies)
            if cookies is None:
                context.request.get(demo.link, max_redirects=0)
                cookies = context.storage_state()
            page = context.new_page()
            page.add_init_script(f"({OPENED})()")
            page.goto(f"{demo.url}/screen/demo/steady")
            times.append(page.wait_for_function("() => window.opened").json_value())
            browser.close()
    return {"runs": runs, "median_ms": median(times), "max_ms": max(times)}


def _opened(browser: Browser, *addresses: str) -> Page:
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    for address in addresses:
        page.goto(address)
    return page


def _measured(page: Page, minutes: float, alike: str | None = None) -> dict[str, Any]:
    page.wait_for_timeout(WARM_S * 1000)
    drawn = recorded(page, minutes, alike)
    page.close()
    return drawn._asdict()


GOALS = {"patient": ("0.5", "4", "0.5"), "wall": ("1", "6", "1")}
"""Late frames in percent, main thread a frame in ms, growth of the heap in MB/h (issue 5)."""


def _growth(one: Frames) -> str:
    if one.heap_mb_per_h is None or one.heap_error_mb_per_h is None:
        return "too short to tell"
    return f"{one.heap_mb_per_h:+.2f} ± {one.heap_error_mb_per_h:.2f} MB"


Row = tuple[str, Callable[[Frames], str], str]
"""What is said of a screen, how, and what is to be reached."""
GROWTH: list[Row] = [
    ("heap", lambda one: f"{one.heap_mb:.2f} MB", ""),
    ("its growth an hour", _growth, "<= {2} MB"),
    ("nodes more", lambda one: f"{one.nodes:+d}", "within 10"),
]


def frames_table(result: dict[str, Any]) -> str:
    """Frames and memory of the screens there are, each beside what is to be reached."""
    return _table(
        result,
        [
            ("frames", lambda one: f"{one.frames} in {one.minutes:g} min", ""),
            ("late (> 25 ms)", lambda one: f"{one.late_share:.2f} %", "<= {0} %"),
            ("frames > 100 ms", lambda one: str(one.stalls), "none"),
            ("work of a frame > 50 ms", lambda one: str(one.long), "none"),
            ("longest frame", lambda one: f"{one.longest_ms:.1f} ms", ""),
            ("main thread a frame, mean", lambda one: f"{one.main_thread_ms:.2f} ms", "<= {1} ms"),
            ("of it script", lambda one: f"{one.script_ms:.2f} ms", ""),
            *GROWTH,
            ("all of the browser", lambda one: f"{one.browser_cores:.2f} cores", ""),
            ("beside this benchmark", lambda one: f"{one.others_cores:.2f} cores", ""),
        ],
    )


def growth_table(result: dict[str, Any]) -> str:
    """What grows on the screens there are."""
    return _table(result, [("minutes", lambda one: f"{one.minutes:g}", ""), *GROWTH])


def _table(result: dict[str, Any], rows: list[Row]) -> str:
    shown = {name: Frames(**result[name]) for name in GOALS if result.get(name)}
    head = ["", *(words for name in shown for words in (WORDS[name], "to reach"))]
    lines = [
        [title, *(words for name, one in shown.items() for words in (say(one), goal.format(*GOALS[name])))] for title, say, goal in rows
    ]
    return figures.table(head, lines)


WORDS = {"patient": "patient's screen", "wall": f"wall, {MACHINES} machines"}


def bundle_table(found: dict[str, Any]) -> str:
    """How much a patient's screen loads."""
    rows = [[f"what the patient's screen loads, gzip, {found['files']} files", f"{found['gzip_kb']:.1f} kB", f"<= {BUNDLE_KB} kB"]]
    return figures.table(["", "measured", "to reach"], rows)


def opened_table(found: dict[str, Any]) -> str:
    """How soon a screen is right."""
    rows = [
        [f"opened to the first true picture, median of {found['runs']}", f"{found['median_ms']:.0f} ms", "<= 2000 ms"],
        ["slowest", f"{found['max_ms']:.0f} ms", ""],
    ]
    return figures.table(["", "measured", "to reach"], rows)


def tables(result: dict[str, Any]) -> str:
    """Whatever was measured."""
    parts = [frames_table(result)] if any(result.get(name) for name in GOALS) else []
    if result.get("presses"):
        parts.append(pressing.table(result["presses"]))
    if result.get("opened"):
        parts.append(opened_table(result["opened"]))
    if result.get("bundle"):
        parts.append(bundle_table(result["bundle"]))
    return "\n\n".join(parts)


def main(arguments: list[str]) -> int:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="scripts/bench screen", description=__doc__, formatter_class=layout)
    parser.add_argument("--minutes", type=float, default=3.0, help="of each screen")
    parser.add_argument("--presses", type=int, default=1000)
    parser.add_argument("--only", action="append", choices=PARTS, metavar="PART", help=f"{', '.join(PARTS)}; may be repeated")
    parser.add_argument("--save", default="screen", metavar="NAME", help="benchmarks/results/NAME.json; `no` keeps nothing")
    options = parser.parse_args(arguments)
    if CHROMIUM is None:
        print("no Chromium here (Debian: apt install chromium)", file=sys.stderr)
        return 1
    facts = figures.computer()
    parts: dict[str, Callable[[Callable[[], Browser]], dict[str, Any]]] = {
        "patient": lambda launched: patient(launched(), options.minutes),
        "wall": lambda launched: wall(launched(), options.minutes),
        "presses": lambda launched: presses(launched(), options.presses),
        "opened": lambda launched: opened(launched, OPENINGS),
        "bundle": lambda _: bundle(),
    }
    wanted = options.only or [name for name in PARTS if name != "presses" or options.presses]
    result: dict[str, Any] = {}
    try:
        for name in wanted:
            print(f"{name} ...", file=sys.stderr, flush=True)
            # Browsers of its own for each, so that none inherits another's memory.
            with sync_playwright() as playwright:
                launched = partial(playwright.chromium.launch, executable_path=CHROMIUM, args=[*ARGUMENTS, "--no-first-run"])
                result[name] = figures.rounded(parts[name](launched))
    except (SubjectError, WorkerError) as error:
        print(error, file=sys.stderr)
        return 1
    print(tables(result))
    if options.save != "no":
        if options.only:
            facts, result = figures.beside(options.save, facts, result)
        print(f"written to {figures.write(options.save, facts, result)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
