"""The stop for pain, pressed again and again: how soon each press shows, and that each is one event of the recording afterwards (H09)."""

import json
import time
import uuid
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, Request

import ilex
from benchmarks import figures
from benchmarks.agents import Agents
from benchmarks.cell import await_machines, give_plans
from benchmarks.load import Load
from benchmarks.subject import HOST, Subject, SubjectError

PATIENCE_S = 30.0
NAME = Load(1, HOST, 0).names[0]
PATH = f"/screen/{NAME}?checkin=off"
"""Of its screen; nothing is asked before a set."""

LISTEN = """() => {
    // Of each press: how long until the picture with the stop is out, and until the one that says that the service has heard.
    window.delays = [];
    window.confirmed = [];
    addEventListener('keydown', event => {
        const pressed = event.timeStamp;
        const shown = (what, delays, then) => {
            // The picture that was drawn with it is out when the next one is asked for.
            const look = () => document.querySelector(what) === null ? requestAnimationFrame(look)
                : requestAnimationFrame(() => { delays.push(performance.now() - pressed); then(); });
            requestAnimationFrame(look);
        };
        shown('.pain .title', window.delays, () => shown('.pain [data-outcome=told]', window.confirmed, () => {}));
    }, {capture: true});
}"""


def machine(subject: Subject) -> Agents:
    """The machine: a real edge agent, with a simulated patient."""
    return Agents(Load(1, HOST, subject.mqtt_port))


def prepare(subject: Subject) -> None:
    """Once the machine is there, it is told what to do. Raises SubjectError."""
    await_machines(subject, [NAME])
    give_plans(subject, [NAME])


def measured(subject: Subject, page: Page, count: int) -> dict[str, Any]:
    """One press after the other on the screen that `page` shows, each in a set that was started for it. Raises SubjectError."""
    pressed: list[str] = []

    def asked(request: Request) -> None:
        if request.url.endswith(f"/{NAME}/stop"):
            pressed.append(json.loads(request.post_data or "{}")["id"])

    page.on("request", asked)
    page.evaluate(LISTEN)
    for number in range(count):
        _start(subject)
        page.wait_for_selector(".pain .title", state="detached")
        page.wait_for_selector("main[data-kind=countdown], main[data-kind=positioning], main[data-kind=running]")
        page.keyboard.press("s")
        page.wait_for_function("number => window.confirmed.length > number", arg=number)
    delays, confirmed = (np.array(page.evaluate(f"window.{which}")) for which in ("delays", "confirmed"))
    events = _recorded(subject)
    p50, p95, p99 = np.percentile(delays, (50, 95, 99))
    return {
        "presses": len(delays), "p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "max_ms": delays.max(),
        "heard_p99_ms": np.percentile(confirmed, 99), "heard_max_ms": confirmed.max(),
        "events": len(events), "own": len(set(events) & set(pressed)), "twice": len(events) - len(set(events)),
    }  # fmt: skip


def _start(subject: Subject) -> None:
    """A set, as soon as there is a signal."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            subject.call("POST", f"/api/v1/machines/{NAME}/start", {"id": str(uuid.uuid4())})
        except SubjectError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def _recorded(subject: Subject) -> list[str]:
    """Ends the session; the presses that its recording holds as events."""
    session = subject.call("GET", f"/api/v1/machines/{NAME}")["session"]
    subject.call("POST", f"/api/v1/machines/{NAME}/stop", {"id": str(uuid.uuid4())})
    deadline = time.monotonic() + PATIENCE_S
    found: list[Path] = []
    while not found:
        if time.monotonic() > deadline:
            raise SubjectError(f"no recording of {session} within {PATIENCE_S:.0f} s\n{subject.last_words()}")
        time.sleep(0.1)
        found = list(subject.data.rglob(f"{session}.mcap"))
    return [event["press"] for event in ilex.open(found[0]).recorded("live").of("button_pressed")]


def table(pressed: dict[str, Any]) -> str:
    """How soon a press shows, and what came of it."""
    rows = [
        ["presses of pain", str(pressed["presses"]), ""],
        ["`button_pressed` in the recording afterwards", str(pressed["events"]), f"{pressed['presses']}"],
        ["of them presses of this screen, each once", str(pressed["own"]), f"{pressed['presses']}"],
        ["twice", str(pressed["twice"]), "0"],
        ["press to picture, p50", f"{pressed['p50_ms']:.1f} ms", ""],
        ["p95", f"{pressed['p95_ms']:.1f} ms", ""],
        ["p99", f"{pressed['p99_ms']:.1f} ms", "<= 100 ms"],
        ["slowest", f"{pressed['max_ms']:.1f} ms", ""],
        ["press to the picture that says the service has heard, p99", f"{pressed['heard_p99_ms']:.1f} ms", ""],
        ["slowest", f"{pressed['heard_max_ms']:.1f} ms", ""],
    ]
    return figures.table(["", "measured", "to reach"], rows)
