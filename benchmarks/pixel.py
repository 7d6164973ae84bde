"""From sensor to pixel: how old a sample is when the picture on the display first carries it (robustness 3.9.4).

    scripts/bench pixel
    scripts/bench pixel --starts 1 --seconds 600

The whole line as it is: `ilex demo` with one simulated patient (the edge agent, a process of its own, samples and sends 20 ms batches
over the real broker; the service records, analyses, feeds), Chromium as a kiosk at 1920x1080 with software rendering. The display is
Xvfb, whose picture lies in memory and is looked at every millisecond. The page is a build of its own (mode `measure`), which writes the
time of the newest sample it draws into the picture, 16 x 16 pixels; sensor, page and reader share one monotonic clock. Everything is
started anew several times, because how a browser falls into step with its display stays for as long as it runs.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import BrowserContext, Page, Playwright, Route, sync_playwright

from benchmarks import figures
from benchmarks.display import XVFB, Display, DisplayError
from benchmarks.figures import Delay, delay
from benchmarks.start import ARGUMENTS, CHROMIUM, ROOT
from tests.e2e.running import Running

WIDTH, HEIGHT = 1920, 1080
WARM_S = 10.0
LED_MS = 300_000
"""By then a set has ended and another begun, which leads also those who came too late for the first."""
LOOK_S = 0.001
CELL_PX, CODE_AT_PX = 4, 24
"""As in dashboard/src/screens/patient/code.ts."""
WRAP_MS = 4096
STEP_NS = 10_000_000
PAUSE_NS = 500_000_000
"""Where the dot was away for longer, the next picture counts for its own sample alone."""
GOALS = Delay(0, 50.0, 80.0, 100.0, 0.0)
KIOSK = ["--kiosk", "--window-position=0,0", f"--window-size={WIDTH},{HEIGHT}", "--no-first-run", "--hide-scrollbars", "--test-type"]

CORNER = """() => {
    const box = document.querySelector('.chart canvas').getBoundingClientRect();
    return [screenX + box.left, screenY + outerHeight - innerHeight + box.top];
}"""

Pictures = tuple[NDArray[np.int64], NDArray[np.int64]]
"""When a picture with something new was seen, and the time of the newest sample in it, ns."""


class Shown(NamedTuple):
    """What the pictures tell. Delays of every sample, and of the newest of each picture alone; the longest time without a new picture."""

    every: Delay
    newest: Delay
    pictures_per_s: float
    stall_ms: float


def value_of(cells: bytes) -> int | None:
    """What sixteen cells (0-255 each, row by row) say: a time in ms, modulo WRAP_MS; None where they are no code."""
    bits = 0
    for cell in cells:
        if 64 <= cell < 192:
            return None
        bits = bits << 1 | (cell >= 192)
    value, check = bits >> 4, bits & 0b1111
    return value if check == (value ^ value >> 4 ^ value >> 8 ^ 0b1010) & 0b1111 else None


def sampled_ns(value: int, now_ns: int) -> int:
    """The last time of that value that is not in the future."""
    now_ms = now_ns // 1_000_000
    return (now_ms - (now_ms - value) % WRAP_MS) * 1_000_000


def shown(pictures: Pictures, step_ns: int = STEP_NS) -> Shown:
    """Every sample counts from its own time to the first picture that carries it or a later one."""
    at_ns, newest_ns = pictures
    since_ns = np.diff(newest_ns, prepend=newest_ns[:1] - step_ns)
    paused = since_ns > PAUSE_NS
    samples = np.where(paused, 1, np.maximum(1, np.round(since_ns / step_ns))).astype(np.int64)
    each = np.repeat(np.arange(len(at_ns)), samples)
    back = np.concatenate([np.arange(n) for n in samples]) if len(samples) else np.empty(0, np.int64)
    gaps_ns = np.diff(at_ns)[~paused[1:]]
    return Shown(
        delay((at_ns - newest_ns)[each] + back * step_ns),
        delay(at_ns - newest_ns),
        float(len(gaps_ns) / (gaps_ns.sum() / 1e9)),
        float(gaps_ns.max() / 1e6),
    )


def look(cells: NDArray[np.uint8], seconds: float) -> Pictures:
    """The codes of the display as they come."""
    at, newest = array("q"), array("q")
    seen, last_ns = b"", 0
    end_ns = time.monotonic_ns() + int(seconds * 1e9)
    while (now_ns := time.monotonic_ns()) < end_ns:
        code = cells.tobytes()
        if code != seen:
            seen, value = code, value_of(code)
            t_ns = 0 if value is None else sampled_ns(value, now_ns)
            if t_ns > last_ns:
                last_ns = t_ns
                at.append(now_ns)
                newest.append(t_ns)
        time.sleep(LOOK_S)
    return np.array(at, np.int64), np.array(newest, np.int64)


def drawn(page: Page, from_ns: int) -> Pictures:
    """The same from the page's own notes: when it drew, which is before anybody sees it."""
    offset_ns = _page_clock(page)
    notes = np.array(page.evaluate("window.measured")) * 1e6
    newest_ns, at_ns = notes[:, 0].astype(np.int64), notes[:, 1].astype(np.int64) + offset_ns
    fresh = np.diff(newest_ns, prepend=0) > 0
    fresh &= at_ns >= from_ns
    return at_ns[fresh], newest_ns[fresh]


def _page_clock(page: Page) -> int:
    """This computer's monotonic clock less the page's, ns, by the quickest of some questions."""
    found = []
    for _ in range(50):
        before_ns = time.monotonic_ns()
        page_ms: float = page.evaluate("performance.now()")
        after_ns = time.monotonic_ns()
        found.append((after_ns - before_ns, (before_ns + after_ns) // 2 - int(page_ms * 1e6)))
    return min(found)[1]


def build(folder: Path) -> None:
    """The dashboard in mode `measure`."""
    environment = {**os.environ, "PATH": f"{os.environ['PATH']}{os.pathsep}{ROOT / '.venv' / 'node' / 'bin'}"}
    command = ["npm", "run", "--silent", "build", "--", "--mode", "measure", "--outDir", str(folder), "--logLevel", "error"]
    subprocess.run(command, cwd=ROOT / "dashboard", env=environment, check=True, stdout=subprocess.DEVNULL)


def _instead(context: BrowserContext, folder: Path) -> None:
    """Gives the service's own page the scripts of that build; all else, the live feed first of all, is the service's.

    The page itself is left alone: of one that no server sent the browser does not know where it lies, and it asks the patient whether such
    a page may reach this computer before it opens the feed.
    """
    index = (folder / "index.html").read_text(encoding="utf-8")
    entries = {Path(name).suffix: name for name in re.findall(r'"/assets/(index-[^"]+)"', index)}

    def asset(route: Route) -> None:
        file = folder / "assets" / route.request.url.rpartition("/")[2]
        route.fulfill(path=file if file.is_file() else file.with_name(entries[file.suffix]))

    context.route(re.compile("/assets/"), asset)


def measure(playwright: Playwright, web: Path, seconds: float) -> tuple[Pictures, Pictures]:
    """One start of everything: what the display shows, and what the page drew. `web`: what `build` made. Raises DisplayError."""
    with (
        tempfile.TemporaryDirectory(prefix="ilex-bench-") as name,
        Display(WIDTH, HEIGHT) as display,
        Running("demo", "--no-browser", "--machines", "1", data=Path(name) / "data") as demo,
    ):
        context = playwright.chromium.launch_persistent_context(
            Path(name) / "profile", executable_path=CHROMIUM, headless=False, env={**os.environ, "DISPLAY": display.name},
            args=[*ARGUMENTS, *KIOSK], ignore_default_args=["--enable-automation"], no_viewport=True,
        )  # fmt: skip
        page = context.pages[0]  # of the windows only the first is a kiosk's
        page.goto(demo.link)
        _instead(context, web)
        page.goto(f"{demo.url}/screen/demo/steady")
        page.wait_for_selector("main[data-kind=running]", timeout=LED_MS)
        page.wait_for_timeout(WARM_S * 1000)
        cells = _code(display, page)
        from_ns = time.monotonic_ns()
        seen = look(cells, seconds)
        own = drawn(page, from_ns)
        context.close()
    return seen, own


def joined(several: Sequence[Pictures]) -> Pictures:
    """Those of several starts, one after the other: what lies between them counts as a pause."""
    return np.concatenate([at_ns for at_ns, _ in several]), np.concatenate([newest_ns for _, newest_ns in several])


def _code(display: Display, page: Page) -> NDArray[np.uint8]:
    """The middles of the code's cells on the display. Raises DisplayError where there is none."""
    x, y = (round(value) + CODE_AT_PX + CELL_PX // 2 for value in page.evaluate(CORNER))
    cells = display.green[y : y + 4 * CELL_PX : CELL_PX, x : x + 4 * CELL_PX : CELL_PX]
    deadline = time.monotonic() + 1.0
    while value_of(cells.tobytes()) is None:
        if time.monotonic() > deadline:
            raise DisplayError(f"no code at {x}, {y} of the display")
        time.sleep(LOOK_S)
    return cells


def table(result: dict[str, Any]) -> str:
    """Delays beside what is to be reached, and how evenly the pictures come."""
    head = ["", "samples", "p50 ms", "p95 ms", "p99 ms", "max ms"]
    rows: list[list[object]] = []
    for words, name, part in (
        ("sample to pixel", "pixel", "every"),
        ("newest sample to pixel", "pixel", "newest"),
        ("sample to the page's drawing", "drawn", "every"),
    ):
        one = Delay(**result[name][part])
        rows.append([words, one.samples, *(f"{value:.1f}" for value in one[1:])])
    rows.insert(1, ["to reach", "", *(f"<= {value:.0f}" for value in GOALS[1:4]), ""])
    for number, start in enumerate(result["starts"], 1):
        one = Delay(**start["every"])
        rows.append([f"sample to pixel, start {number}", one.samples, *(f"{value:.1f}" for value in one[1:])])
    return figures.table(head, rows)


def main(arguments: list[str]) -> int:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="scripts/bench pixel", description=__doc__, formatter_class=layout)
    parser.add_argument("--starts", type=int, default=6, metavar="N", help="of everything anew (6)")
    parser.add_argument("--seconds", type=float, default=30.0, metavar="S", help="measured of each, after the warm-up (30)")
    parser.add_argument("--save", default="pixel", metavar="NAME", help="benchmarks/results/NAME.json; `no` keeps nothing")
    options = parser.parse_args(arguments)
    for program, package, found in (("Chromium", "chromium", CHROMIUM), ("Xvfb", "xvfb", XVFB)):
        if found is None:
            print(f"no {program} here (Debian: apt install {package})", file=sys.stderr)
            return 1
    facts = figures.computer()
    seen: list[Pictures] = []
    own: list[Pictures] = []
    try:
        with sync_playwright() as playwright, tempfile.TemporaryDirectory(prefix="ilex-bench-") as web:
            build(Path(web))
            for number in range(1, options.starts + 1):
                for all_of, one in zip((seen, own), measure(playwright, Path(web), options.seconds), strict=True):
                    all_of.append(one)
                print(f"start {number} of {options.starts}: p50 {shown(seen[-1]).every.p50_ms:.1f} ms", file=sys.stderr, flush=True)
    except DisplayError as error:
        print(error, file=sys.stderr)
        return 1
    result = {
        "seconds": options.seconds,
        "pixel": figures.rounded(shown(joined(seen))),
        "drawn": figures.rounded(shown(joined(own))),
        "starts": [figures.rounded(shown(one)) for one in seen],
    }
    print(table(result))
    print(f"{result['pixel']['pictures_per_s']:.1f} new pictures a second, at most {result['pixel']['stall_ms']:.0f} ms without one")
    if options.save != "no":
        print(f"written to {figures.write(options.save, facts, result)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
