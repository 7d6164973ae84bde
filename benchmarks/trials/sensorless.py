"""F22: readings that stop for a moment or for longer, lie beyond every angle, or stop altogether, in the midst of sets."""

import sys
import time
import uuid
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, sync_playwright

from benchmarks.faults.rig import Machines, Rig
from benchmarks.motion import movement
from benchmarks.start import ARGUMENTS, CHROMIUM
from benchmarks.subject import link
from benchmarks.trials.figure import Figure, at_most, none
from tests.dashboard.hearing import HEAR, LOST_HZ, UNCOUNTED_HZ

NAME = "lab/one"
RATE_HZ = 100.0
ROUNDS = 4
WARM_S = 12.0
"""The patient sits still, and his screen is opened."""
PERIOD_S = 42.0
"""Of one fault: the patient sits still, a set is started, he moves, the fault, the set is stopped."""
STARTED_S, MOVES_S, STOPPED_S = 2.0, 8.0, 40.0
CYCLES = 3
BEGINS_S = (18.0, 30.0)
AFTER_S = 4.0
"""So long after its beginning a fault has had all its consequences."""
FROZEN_S, SHORT_S = 0.5, 0.15
SEED = 22

WATCH = """() => {
    // Every repaint: when it began, and what the screen is about. Runs after the page's own drawing.
    window.seen = [];
    const frame = () => requestAnimationFrame(begun => {
        window.seen.push([performance.timeOrigin + begun, document.querySelector('main').dataset.kind ?? '']);
        frame();
    });
    frame();
}"""


class Fault(NamedTuple):
    """What becomes of the readings, for so long (s); `angle_deg` in place of the angle, `torque` whether that goes on."""

    words: str
    length_s: float
    angle_deg: float = float("nan")
    torque: bool = True


FAULTS = (
    Fault("no angle for 150 ms", SHORT_S),
    Fault("no angle for 0.6 s", 0.6),
    Fault("no angle for 5 s", 5.0),
    Fault("an angle of 1000 deg for 5 s", 5.0, angle_deg=1000.0),
    Fault("no readings at all for 5 s", 5.0, torque=False),
)


class Seen(NamedTuple):
    """Of one fault, from the last good sample on (s): the last repaint that led, the last tone of the cue.

    `blinks`: repaints after it that did not lead. `told`: tones that say that the signal is lost.
    """

    fault: Fault
    led_s: float
    tone_s: float
    blinks: int
    told: int


def run(*, short: bool) -> list[Figure]:
    """Each of them some times, in sets of their own."""
    rounds = 1 if short else ROUNDS
    random = np.random.default_rng(SEED)
    order = [FAULTS[k] for _ in range(rounds) for k in random.permutation(len(FAULTS))]
    rows = [round((WARM_S + PERIOD_S * k + random.uniform(*BEGINS_S)) * RATE_HZ) for k in range(len(order))]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, "--autoplay-policy=no-user-gesture-required"])
        machine = Machines([NAME], tables={"driver": {"name": "recording", "file": "../signal.csv"}})
        rig = Rig([machine])
        _record(rig.folder / "signal.csv", order, rows)
        with rig:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            _open(rig, page)
            seen = [_one(rig, page, fault, number, row) for number, (fault, row) in enumerate(zip(order, rows, strict=True))]
            total = rig.finish().total
            counted = _counted(rig.screen.events.values())
        browser.close()
    long = [each for each in seen if each.fault.length_s > FROZEN_S]
    moments = [each for each in seen if each.fault.length_s <= SHORT_S]
    blinks, untold = sum(each.blinks for each in moments), sum(not each.told for each in long)
    wrong = total.invented + total.altered + total.lost + total.duplicated
    since = f"of {len(long)} losses of 0.6 to 5 s: from the last good sample to the last"
    return [
        at_most("F22", f"{since} repaint with a cue that runs", max(each.led_s for each in long), FROZEN_S, "s", 3),
        at_most("F22", f"{since} tone of the cue", max(each.tone_s for each in long), FROZEN_S, "s", 3),
        none("F22", "of these, not told by the tone of a lost signal", untold, f"{len(long)}"),
        none("F22", "repetitions counted with a loss of more than 0.5 s in them", *counted),
        none("F22", "repaints without the cue, in losses of 150 ms", blinks, f"{len(moments)} losses"),
        none("F22", "samples made up, altered, lost or twice", wrong, f"{total.attempted:,}"),
    ]


def _record(file: Path, order: list[Fault], rows: list[int]) -> None:
    """What the machine will sample: sitting still and moving in turns, with the faults in it."""
    n = round((WARM_S + PERIOD_S * len(order)) * RATE_HZ)
    once = movement(RATE_HZ, CYCLES)
    angle, torque = (np.full(n, column[0]) for column in once)
    random = np.random.default_rng(SEED)
    angle += random.normal(0.0, 0.05, n)
    torque += random.normal(0.0, 1.0, n)
    for k, (fault, row) in enumerate(zip(order, rows, strict=True)):
        first = round((WARM_S + PERIOD_S * k + MOVES_S) * RATE_HZ)
        moving = slice(first, first + len(once.angle_deg))
        angle[moving], torque[moving] = once
        lost = slice(row, row + round(fault.length_s * RATE_HZ))
        angle[lost] = fault.angle_deg
        if not fault.torque:
            torque[lost] = np.nan
    times = np.arange(n) / RATE_HZ
    lines = (f"{t:.3f},{_cell(a)},{_cell(b)}\n" for t, a, b in zip(times.tolist(), angle.tolist(), torque.tolist(), strict=True))
    file.write_text("t_s,angle_deg,torque_nm\n" + "".join(lines))


def _cell(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.4f}"


def _one(rig: Rig, page: Page, fault: Fault, number: int, row: int) -> Seen:
    """A set with a fault in it, as it was seen and heard."""
    begin_s = WARM_S + PERIOD_S * number
    _until(rig, begin_s + STARTED_S)
    rig.put_plan(NAME)
    _act(rig, "start")
    _until(rig, begin_s + STOPPED_S)
    repaints, tones = (np.array(page.evaluate(f"window.{name}.splice(0)"), dtype=object).reshape(-1, 2) for name in ("seen", "heard"))
    _act(rig, "stop")
    (boot,) = rig.truth.counts
    good_s, before_s = (rig.truth.boot(boot).t_ns[[row - 1, row - 300]] * 1e-9).tolist()
    # The devices' clock is this computer's monotonic one, the browser's its wall clock.
    good_s += (shift_s := time.time() - time.monotonic())
    painted_s, sounded_s = (column[:, 0].astype(float) * 1e-3 for column in (repaints, tones))
    led = repaints[:, 1] == "running"
    before = led[(painted_s > before_s + shift_s) & (painted_s < good_s)]
    if not before.size or not before.all():
        raise AssertionError(f"the cue did not run before {fault.words}: {set(repaints[:, 1])}")
    after = (painted_s > good_s) & (painted_s < good_s + AFTER_S)
    lost = tones[:, 1] == LOST_HZ
    heard = (sounded_s > good_s) & (sounded_s < good_s + AFTER_S)
    found = Seen(
        fault,
        _last(painted_s[after & led], good_s),
        _last(sounded_s[heard & ~lost & (tones[:, 1] != UNCOUNTED_HZ)], good_s),
        int((after & ~led).sum()),
        int((heard & lost).sum()),
    )
    print(f"F22: {number + 1}: {fault.words}: {found.led_s:.3f} s, tones {found.tone_s:.3f} s", file=sys.stderr, flush=True)
    return found


def _open(rig: Rig, page: Page) -> None:
    """The patient's screen, with sound."""
    page.goto(link(rig.service.log))
    page.add_init_script(f"({HEAR})()")
    page.goto(f"{rig.url}/screen/{NAME}?checkin=off&sound=on")
    page.wait_for_selector(".feed[data-state=live]")
    page.evaluate(WATCH)


def _until(rig: Rig, device_s: float) -> None:
    """Return when the machine has sampled for so long."""
    rig.until(lambda: sum(rig.truth.refresh().values()) >= device_s * RATE_HZ, "the machine does not sample", 2 * PERIOD_S)


def _act(rig: Rig, verb: str) -> None:
    rig.call("POST", f"/api/v1/machines/{NAME}/{verb}", {"id": str(uuid.uuid4())})


def _last(at_s: NDArray[np.float64], since_s: float) -> float:
    """0 where there is none."""
    return float(at_s.max() - since_s) if len(at_s) else 0.0


def _counted(sessions: Iterable[dict[int, dict[str, Any]]]) -> tuple[int, str]:
    """Repetitions that were not void though the angle was away for long in them, and how often that was told."""
    counted = dropouts = 0
    for session in sessions:
        events = [session[number] for number in sorted(session)]
        told = [each for each in events if (each.get("channel"), each.get("fault")) == ("angle", "dropout")]
        for began, ended in pairwise(told):
            if began["kind"] == "signal_faulted" and ended["at_s"] - began["at_s"] > FROZEN_S:
                dropouts += 1
                counted += sum(_counts(each, began["at_s"]) for each in events if each["kind"] == "repetition_completed")
    return counted, f"{dropouts} told"


def _counts(repetition: dict[str, Any], at_s: float) -> bool:
    """Whether it was under way then, and is not void."""
    begun_s, end_s = repetition["extension_start_s"], repetition["end_s"]
    return begun_s is not None and begun_s < at_s and (end_s is None or at_s < end_s) and "void" not in repetition["flags"]
