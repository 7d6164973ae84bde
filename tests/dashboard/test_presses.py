"""A press of pain, from the key to the recording, over the whole real line: edge agent, service, browser (H09; issue 5, point 1)."""

import pytest
from playwright.sync_api import Browser

from benchmarks import screen

PRESSES = 20


@pytest.mark.browser
def test_every_press_is_confirmed_and_is_one_event_of_the_recording(browser: Browser, built: None) -> None:
    """`scripts/bench screen --only presses` does so a thousand times, with nothing else on the computer."""
    found = screen.presses(browser, PRESSES)
    assert (found["presses"], found["events"], found["own"], found["twice"]) == (PRESSES, PRESSES, PRESSES, 0)
    assert found["heard_max_ms"] >= found["p50_ms"] > 0
