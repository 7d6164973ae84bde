"""The wall's pulse, the one thing that moves and is no signal: slow, soft, gone for who wants no motion (3.4, WCAG 2.3.1, H13)."""

import math

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.dashboard.conftest import Open
from tests.dashboard.stage import Stage
from tests.dashboard.test_machine import common
from wire.events import ButtonPressed, FailureLikely

pytestmark = pytest.mark.browser
WATCHED_S = 4.0
MOST_HZ = 0.8
"""3.4; WCAG would have three flashes a second."""
STEEPEST = 3.0
"""From full to nothing in a third of a second or longer; a flash has a frame."""

WATCH = """async ([seconds]) => {
    // At every repaint: its time, s, and how much is seen of each tile's pulse.
    const tiles = [...document.querySelectorAll('.tile')], seen = [];
    const until = document.timeline.currentTime + 1000 * seconds;
    while (document.timeline.currentTime < until) {
        await new Promise(requestAnimationFrame);
        seen.push([document.timeline.currentTime / 1000, ...tiles.map(tile => {
            const pulse = getComputedStyle(tile, '::after');
            return pulse.content === 'none' ? 0 : +pulse.opacity;
        })]);
    }
    return seen;
}"""

MOVING = """() => document.getAnimations().filter(each => !each.effect.target.matches('.shield')).map(each =>
    [each.effect.target.className + (each.effect.pseudoElement ?? ''), each.effect.getComputedTiming().duration])"""


def test_what_calls_pulses_slowly_and_softly(stage: Stage, open_page: Open) -> None:
    for name in ("clinic/one", "clinic/two", "clinic/three"):
        stage.actor(name, set=1).run(30.0)
    page = open_page("/wall")
    expect(page.locator(".tile[data-stale=false]")).to_have_count(3)
    page.wait_for_function(f"() => ({MOVING})().length === 0")
    stage.happen(FailureLikely(**common(30.0), repetition=3, confidence=0.9), "clinic/one")
    stage.happen(ButtonPressed(**common(30.0), button="pain", press="p"), "clinic/two")
    expect(page.locator(".tile[data-calling=true]")).to_have_count(2)
    page.wait_for_function(f"() => ({MOVING})().length === 2")
    moving = page.evaluate(MOVING)
    assert [what for what, _ in moving] == ["tile::after"] * 2
    assert all(duration_ms >= 1000 / MOST_HZ for _, duration_ms in moving)

    seen = np.array(page.evaluate(WATCH, [WATCHED_S]))
    t_s, shown = seen[:, 0], seen[:, 1:]
    for pulse in shown.T:
        middle = (pulse.max() + pulse.min()) / 2
        fades = np.count_nonzero((pulse[:-1] > middle) & (pulse[1:] <= middle))
        assert fades <= math.ceil(MOST_HZ * WATCHED_S)
        later = np.diff(t_s) > 0
        assert (np.abs(np.diff(pulse))[later] / np.diff(t_s)[later]).max() <= STEEPEST
    pulsing = [pulse for pulse in shown.T if np.ptp(pulse) > 0.5]
    assert len(pulsing) == 2, "both that call were seen to pulse, and the third not"

    # 2.3.3: the border, the sign and the word say the same to who wants no motion.
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(MOVING) == []
    expect(page.locator(".tile[data-calling=true]")).to_have_count(2)
