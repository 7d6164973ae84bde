"""The patient's screen in Chromium: its frames over minutes of a running machine, and how soon a press of pain shows.

    scripts/bench screen
    scripts/bench screen --minutes 2 --presses 100

Frames: `ilex demo` with one simulated patient, whose sets and rests run as they do. Presses: real key events into the page, from
the event's own time to the picture that shows the stop; after each the stand-in service begins another session.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import CDPSession, Page, Playwright, sync_playwright

from benchmarks import figures
from benchmarks.start import ARGUMENTS, CHROMIUM
from tests.dashboard.stage import Stage
from tests.e2e.running import Running

WIDTH, HEIGHT = 1920, 1080
LATE_MS, STALL_MS = 25.0, 100.0
WARM_S = 5.0

RECORD = """() => {
    window.gaps = [];
    let last = performance.now();
    const frame = () => {
        const now = performance.now();
        window.gaps.push(now - last);
        last = now;
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
}"""

LISTEN = """() => {
    window.delays = [];
    addEventListener('keydown', event => {
        const pressed = event.timeStamp;
        const look = () => {
            if (document.querySelector('.pain .title') === null) requestAnimationFrame(look);
            // The picture that was drawn with it is out when the next one is asked for.
            else requestAnimationFrame(() => window.delays.push(performance.now() - pressed));
        };
        requestAnimationFrame(look);
    }, {capture: true});
}"""


def taken(session: CDPSession) -> dict[str, float]:
    """What the page has taken so far, after its rubbish was collected: s and bytes."""
    session.send("HeapProfiler.collectGarbage")
    return {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}


def frames(page: Page, minutes: float) -> dict[str, Any]:
    """Frames of a screen that runs, from its first running cue on."""
    page.wait_for_selector("main[data-kind=running]", timeout=120_000)
    page.wait_for_timeout(WARM_S * 1000)
    session = page.context.new_cdp_session(page)
    # Processor time of the thread: what else runs on the computer does not count.
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = taken(session)
    page.evaluate(RECORD)
    began = time.monotonic()
    page.wait_for_timeout(minutes * 60_000)
    gaps = np.array(page.evaluate("window.gaps.slice(2)"))
    after = taken(session)
    hours = (time.monotonic() - began) / 3600
    return {
        "minutes": minutes,
        "frames": len(gaps),
        "late": int((gaps > LATE_MS).sum()),
        "stalls": int((gaps > STALL_MS).sum()),
        "longest_ms": float(gaps.max()),
        "main_thread_ms": (after["TaskDuration"] - before["TaskDuration"]) * 1000 / len(gaps),
        "script_ms": (after["ScriptDuration"] - before["ScriptDuration"]) * 1000 / len(gaps),
        "heap_mb_per_h": (after["JSHeapUsedSize"] - before["JSHeapUsedSize"]) / 1e6 / hours,
        "nodes": int(after["Nodes"] - before["Nodes"]),
    }


def presses(page: Page, stage: Stage, count: int) -> dict[str, Any]:
    """One press after the other, each in a session of its own."""
    actor = stage.actor().led()
    page.goto(f"{stage.url}/screen/clinic/one")
    page.wait_for_selector("main[data-kind=running]")
    page.evaluate(LISTEN)
    for number in range(count):
        page.keyboard.press("s")
        page.wait_for_function("number => window.delays.length > number", arg=number)
        while len({body["id"] for verb, _, body in stage.posts if verb == "stop"}) <= number:
            page.wait_for_timeout(2)
        actor.session = f"s{number + 2}"
        stage.refresh(actor)
        page.wait_for_selector(".pain .title", state="detached")
    delays = np.array(page.evaluate("window.delays"))
    p50, p95, p99 = np.percentile(delays, (50, 95, 99))
    told = len({body["id"] for verb, _, body in stage.posts if verb == "stop"})
    return {"presses": count, "told": told, "p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "max_ms": delays.max()}


def measure(playwright: Playwright, minutes: float, count: int) -> dict[str, Any]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, "--no-first-run"])
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    with Stage() as stage:
        pressed = presses(page, stage, count)
    patient = ["demo", "--no-browser", "--machines", "1"]
    with tempfile.TemporaryDirectory(prefix="ilex-bench-") as folder, Running(*patient, data=Path(folder)) as demo:
        page.goto(demo.link)
        page.goto(f"{demo.url}/screen/demo/steady")
        drawn = frames(page, minutes)
    browser.close()
    return {"frames": drawn, "presses": pressed}


def table(result: dict[str, Any]) -> str:
    drawn, pressed = result["frames"], result["presses"]
    share = 100 * drawn["late"] / drawn["frames"]
    rows = [
        [f"frames in {drawn['minutes']:g} min", str(drawn["frames"]), ""],
        ["late (> 25 ms)", f"{share:.2f} %", "<= 0.5 %"],
        ["frames > 100 ms", str(drawn["stalls"]), "none"],
        ["longest", f"{drawn['longest_ms']:.1f} ms", ""],
        ["main thread a frame, mean", f"{drawn['main_thread_ms']:.2f} ms", "<= 4 ms"],
        ["of it script", f"{drawn['script_ms']:.2f} ms", ""],
        ["heap an hour", f"{drawn['heap_mb_per_h']:+.2f} MB", "<= 0.5 MB"],
        ["presses of pain, told", f"{pressed['presses']}, {pressed['told']}", "all"],
        ["press to picture, p50", f"{pressed['p50_ms']:.1f} ms", ""],
        ["press to picture, p99", f"{pressed['p99_ms']:.1f} ms", "<= 100 ms"],
        ["press to picture, slowest", f"{pressed['max_ms']:.1f} ms", ""],
    ]
    return figures.table([f"patient's screen, {WIDTH} x {HEIGHT}", "measured", "to reach"], rows)


def main(arguments: list[str]) -> int:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="scripts/bench screen", description=__doc__, formatter_class=layout)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--presses", type=int, default=1000)
    parser.add_argument("--save", default="screen", metavar="NAME", help="benchmarks/results/NAME.json; `no` keeps nothing")
    options = parser.parse_args(arguments)
    if CHROMIUM is None:
        print("no Chromium here (Debian: apt install chromium)", file=sys.stderr)
        return 1
    facts = figures.computer()
    with sync_playwright() as playwright:
        result = measure(playwright, options.minutes, options.presses)
    result = {name: figures.rounded(part) for name, part in result.items()}
    print(table(result))
    if options.save != "no":
        print(f"written to {figures.write(options.save, facts, result)}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
