"""The HTML page (issue 3, 6): one file that needs nothing else, whatever the recording is called."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from service.reports.page import MOST_POINTS, draw, page
from service.reports.signals import signals
from tests.service.reports.stories import PLAN, Story, blocks
from tests.service.reports.test_picture import eventful
from wire.events import ButtonPressed, Event


def made(events: list[Event], name: str = "take.csv", lasts_s: float = 60.0, *, torque: bool = True) -> str:
    return page(name, lasts_s, PLAN, events, signals(blocks(lasts_s, torque=torque)))


def data(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    read: dict[str, Any] = json.loads(found[1])
    return read


def test_it_asks_for_nothing_from_anywhere() -> None:
    text = made(eventful())
    assert "default-src 'none'" in text
    assert not re.search(r"""(src|href)\s*=|url\(|https?:|@import""", text)
    assert "<!--" not in text


def test_a_name_or_label_cannot_break_out_of_its_place() -> None:
    name = '</script><img src=x onerror="1"><!--data-->.csv'
    text = made(eventful(), name)
    assert "<img" not in text
    assert text.count("</script>") == 2
    assert data(text)["sets"] == [[1, 3.0, 47.0]]


def test_it_holds_the_verdict_each_repetition_and_each_finding() -> None:
    text = made(eventful())
    assert "Set 1: 4 repetitions, 3 full, 1 partial; failure in repetition 4 at 23°" in text
    assert text.count("<tr data-at=") == 4 + 5
    assert '<tfoot><tr><td class="number">mean</td>' in text


def test_the_curves_are_the_recording() -> None:
    drawn = signals(blocks())
    curves = data(made(eventful()))["curves"]
    t_s, shown = (np.frombuffer(base64.b64decode(column), "<f4") for column in curves["angle"][1])
    assert np.array_equal(t_s, drawn.t_s.astype("<f4"))
    assert np.array_equal(shown, drawn.angle_shown_deg.astype("<f4"))
    assert data(made(eventful(), torque=False))["curves"]["torque"] == []


def test_a_long_recording_is_thinned_to_its_extremes() -> None:
    drawn = signals(blocks(2500.0))
    curves = data(page("long.csv", 2500.0, PLAN, [], drawn))["curves"]
    _, shown = (np.frombuffer(base64.b64decode(column), "<f4") for column in curves["angle"][1])
    assert len(drawn.t_s) > MOST_POINTS >= len(shown)
    assert (shown.min(), shown.max()) == (drawn.angle_shown_deg.min().astype("<f4"), drawn.angle_shown_deg.max().astype("<f4"))


def test_what_happened_outside_a_set_and_a_recording_without_one_are_told() -> None:
    events = Story().tell(ButtonPressed, 50.0, outside=True, button="stop", press="p").repetition().end()
    assert "<h3>Outside any set</h3>" in made(events)
    assert "No set: nothing in it moves" in made([])
    assert "No set" in page("empty.csv", 0.0, None, [], signals([]))


def test_the_file_is_the_page_and_the_same_each_time(tmp_path: Path) -> None:
    draw(tmp_path / "a.html", "take.csv", 60.0, PLAN, eventful(), signals(blocks()))
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == made(eventful())
