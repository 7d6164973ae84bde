"""The picture (issue 3, 6): everything named that is drawn, the same file from the same recording."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import matplotlib as mpl
import matplotlib.image
import numpy as np
import pytest

from service.reports import panels
from service.reports.palette import PHASE_COLOURS, PHASE_INK, SYMBOLS
from service.reports.picture import MOST_SETS, _Sheet, draw
from service.reports.signals import signals
from tests.service.reports.stories import PLAN, Story, blocks
from wire.events import CadenceDeviated, Event, Evidence, SignalFaulted, SignalRestored, SpeedExceeded, Struggle
from wire.plan import Plan


def eventful() -> list[Event]:
    story = Story().repetitions(3).repetition("partial").failure([Evidence("stall_s", 3.1, "s"), Evidence("effort", 0.97, "share")])
    story.tell(CadenceDeviated, 18.0, repetition=2, phase="hold", direction="fast", deviation_s=-0.9)
    story.tell(Struggle, 28.0, repetition=3, reasons=["lag_s"]).tell(SpeedExceeded, 12.0, speed_deg_s=70.0, level="stop")
    story.tell(SignalFaulted, 20.0, channel="torque", fault="dropout").tell(SignalRestored, 22.0, channel="torque", fault="dropout")
    return story.end("failure")


def texts(events: list[Event], plan: Plan | None = PLAN, *, torque: bool = True, lasts_s: float = 60.0) -> list[str]:
    figure = _Sheet("take.csv", lasts_s, plan, events, signals(blocks(lasts_s, torque=torque))).figure
    found = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        found += [axes.get_ylabel(), *(text.get_text() for text in axes.texts), *(label.get_text() for label in axes.get_yticklabels())]
    found += [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return found


def test_it_names_the_recording_the_plan_the_verdict_and_everything_that_is_drawn() -> None:
    words = texts(eventful())
    for expected in (
        "take.csv", "plan: 60 to 6°, tempo 4/2/3/1 s, 12 to 15 repetitions, to failure",
        "angle, deg\nextension up", "torque, Nm", "speed, deg/s",
        "60° flexed", "6° extended", "1", "2", "3", "4 partial", "failure at 23°", "phase", "failure", "cadence", "safety", "signal",
        "torque dropout", "filtered", "raw", "target ± 3°", "boundaries at 5 and 95 % of the range", "extension", "hold", "flexion", "turn",
        "too fast", "struggle", "stop level", "14 target", "18 target",
    ):  # fmt: skip
        assert expected in words, expected
    assert any(text.startswith("Set 1: 4 repetitions, 3 full, 1 partial; failure in repetition 4") for text in words)
    assert "too slow" not in words


def test_without_torque_there_is_no_panel_of_it_and_without_a_plan_no_target() -> None:
    words = texts(Story(plan=None).repetitions(3).end(), None, torque=False)
    assert "torque, Nm" not in words
    assert not any("target" in text for text in words)


def test_a_recording_without_a_set_is_drawn_whole() -> None:
    words = texts([], None)
    assert any(text.startswith("No set") for text in words)
    assert "phase" not in words


def test_the_load_is_drawn_where_the_plan_names_one() -> None:
    plan = Plan(range=PLAN.range, tempo=PLAN.tempo, load_nm=160.0)
    assert "160 Nm load" in texts(Story(plan=plan).repetitions(2).end(), plan)


def test_each_set_has_its_block_up_to_a_page_of_them() -> None:
    story = Story().repetition()
    events = story.end()
    for number in range(2, MOST_SETS + 3):
        story = Story(number=number, from_s=5.0 + 30.0 * (number - 1), after=story).repetition()
        events = story.end()
    words = texts(events, lasts_s=450.0)
    assert sum(text.startswith("Set ") for text in words) == MOST_SETS
    assert f"the first {MOST_SETS} of {MOST_SETS + 2} sets; the HTML page shows all" in words


def test_a_label_is_left_out_where_it_would_cover_the_next_mark() -> None:
    story = Story().repetitions(3)
    for at in (10.0, 10.2, 20.0):
        story.tell(SpeedExceeded, at, speed_deg_s=50.0 + at, level="caution")
    words = texts(story.end())
    assert "60 deg/s" in words  # of the second, at 10.2 s
    assert sum(text.endswith("deg/s") and text[0].isdigit() for text in words) == 2


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_recording_gives_the_same_file(tmp_path: Path, kind: str) -> None:
    drawn = signals(blocks())
    for name in ("a", "b"):
        draw(tmp_path / name, kind, "take.csv", 60.0, PLAN, eventful(), drawn)  # type: ignore[arg-type]
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("name", ["a$b_{x}$.csv", "\\frac.csv", "名前😀.csv", "x" * 300 + ".csv"])
def test_whatever_the_recording_is_called(tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    draw(tmp_path / "a.svg", "svg", name, 10.0, None, [], signals(blocks(10.0)))
    assert (tmp_path / "a.svg").stat().st_size
    assert capfd.readouterr() == ("", "")


def test_what_this_user_has_set_for_other_plots_changes_nothing(tmp_path: Path) -> None:
    drawn = signals(blocks(10.0))
    draw(tmp_path / "a.svg", "svg", "take.csv", 10.0, None, [], drawn)
    with mpl.rc_context({"lines.linewidth": 9.0, "figure.facecolor": "red", "axes.grid": True}):
        draw(tmp_path / "b.svg", "svg", "take.csv", 10.0, None, [], drawn)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_png_is_sharp_enough_to_print_and_an_svg_is_whole(tmp_path: Path) -> None:
    drawn = signals(blocks())
    draw(tmp_path / "a.png", "png", "take.csv", 60.0, PLAN, eventful(), drawn)
    pixels = matplotlib.image.imread(tmp_path / "a.png")
    assert pixels.shape[1] >= 2300  # A4 across at 200 dpi
    assert np.ptp(pixels[..., 0]) > 0.9
    draw(tmp_path / "a.svg", "svg", "take.csv", 60.0, PLAN, eventful(), drawn)
    assert ET.parse(tmp_path / "a.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_a_long_recording_makes_no_large_file(tmp_path: Path) -> None:
    draw(tmp_path / "a.svg", "svg", "long.csv", 1200.0, PLAN, Story().repetitions(3).end(), signals(blocks(1200.0)))
    assert (tmp_path / "a.svg").stat().st_size < 1e6


def test_numbers_of_repetitions_stand_as_far_as_there_is_room() -> None:
    words = texts(Story().repetitions(49).repetition("attempt").repetitions(150).end(), lasts_s=2020.0)
    assert {"10", "50", "200"} <= set(words)
    assert "150" in words
    assert "151" not in words
    assert "50 attempt" not in words


def test_every_symbol_has_a_shape_of_its_own() -> None:
    assert panels.MARKERS.keys() == SYMBOLS.keys()
    shapes = [(style["marker"], style.get("fillstyle")) for style in panels.MARKERS.values()]
    assert len(set(shapes)) == len(shapes)


def luminance(colour: str) -> float:
    """Relative, as WCAG 2 defines it: 0 black, 1 white."""
    linear: Callable[[float], float] = lambda part: part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4  # noqa: E731
    red, green, blue = (linear(int(colour[k : k + 2], 16) / 255) for k in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_phases_stay_apart_without_colour() -> None:
    """Neighbours differ in lightness by a factor that print keeps, and each letter reads on its own ground (WCAG 2: 4.5)."""
    order = [luminance(PHASE_COLOURS[phase]) + 0.05 for phase in ("extension", "hold", "flexion", "turn", "extension")]
    assert all(max(pair) / min(pair) > 1.3 for pair in pairwise(order))
    for phase, ground in PHASE_COLOURS.items():
        pair = luminance(ground) + 0.05, luminance(PHASE_INK[phase]) + 0.05
        assert max(pair) / min(pair) >= 4.5, phase
