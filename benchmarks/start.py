"""From `scripts/demo` to the first live picture in a real browser, everything set up already (a warm cache).

    scripts/bench start
    scripts/bench start --runs 5
    scripts/bench start --no-setup          `ilex demo` alone, without the look whether everything is set up

Chromium starts when the demonstration has printed its link, as it would for somebody who had no browser open.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from playwright.sync_api import Playwright, sync_playwright

from benchmarks import figures
from benchmarks.subject import SubjectError

ROOT = Path(__file__).parents[1]
READY_S = 300.0
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


class Start(NamedTuple):
    """Seconds since the command was given."""

    link_s: float
    browser_s: float
    frame_s: float
    shown_s: float


def once(playwright: Playwright, command: list[str], folder: Path) -> Start:
    """One start, with empty data. Raises SubjectError where no link or no live picture comes."""
    arguments = ["--no-browser", "--port", "0", "--mqtt-port", "0", "--data", str(folder / "data")]
    log = folder / "log"
    began = time.monotonic()
    with log.open("wb") as sink:
        demo = subprocess.Popen([*command, *arguments], stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd=ROOT)
    try:
        link = _link(demo, log)
        printed = time.monotonic()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, "--no-first-run"])
        launched = time.monotonic()
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        frames: list[float] = []

        def watch(text: str | bytes) -> None:
            if not frames and '"type":"frame"' in str(text):
                frames.append(time.monotonic())

        page.on("websocket", lambda live: live.on("framereceived", watch))
        page.goto(link)
        page.wait_for_selector(".feed[data-state=live], .tile[data-stale=false]", timeout=60_000, state="attached")
        while not frames:
            page.wait_for_timeout(5)
        # Shown: the page has drawn twice since.
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        shown = time.monotonic()
        browser.close()
        return Start(printed - began, launched - began, frames[0] - began, shown - began)
    finally:
        demo.send_signal(signal.SIGINT)
        try:
            demo.wait(15)
        except subprocess.TimeoutExpired:
            demo.kill()
            demo.wait()


def _link(demo: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        for word in log.read_text(errors="replace").split():
            if word.startswith("http://") and "/enter/" in word:
                return word
        if demo.poll() is not None:
            break
        time.sleep(0.02)
    raise SubjectError(f"the demonstration printed no link\n{log.read_text(errors='replace')[-2000:]}")


def table(rows: list[dict[str, float]]) -> str:
    head = ["run", "link printed s", "browser open s", "first frame s", "live picture s"]
    lines = [[str(number), *(f"{value:.2f}" for value in each.values())] for number, each in enumerate(rows, 1)]
    middle = [f"{median(each[name] for each in rows):.2f}" for name in Start._fields]
    return figures.table(head, [*lines, ["median", *middle]])


def main(arguments: list[str]) -> int:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="scripts/bench start", description=__doc__, formatter_class=layout)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-setup", action="store_true", help="`ilex demo` instead of `scripts/demo`")
    parser.add_argument("--save", default="start", metavar="NAME", help="benchmarks/results/NAME.json; `no` keeps nothing")
    options = parser.parse_args(arguments)
    if CHROMIUM is None:
        print("no Chromium here (Debian: apt install chromium)", file=sys.stderr)
        return 1
    command = [sys.executable, "-m", "service.cli", "demo"] if options.no_setup else [str(ROOT / "scripts" / "demo")]
    facts = figures.computer()
    rows = []
    try:
        with sync_playwright() as playwright:
            for number in range(1, options.runs + 1):
                print(f"run {number} ...", file=sys.stderr, flush=True)
                with tempfile.TemporaryDirectory(prefix="ilex-bench-") as folder:
                    rows.append(figures.rounded(once(playwright, command, Path(folder))))
    except SubjectError as error:
        print(error, file=sys.stderr)
        return 1
    print(table(rows))
    if options.save != "no":
        content = {"command": "ilex demo" if options.no_setup else "scripts/demo", "rows": rows}
        print(f"written to {figures.write(options.save, facts, content)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
