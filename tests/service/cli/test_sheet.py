"""Tables that a person likes to read (issue 3, 6): in line, within the width they are given, nothing of weight in colour alone."""

import pytest
from rich.console import Console, RenderableType

from service.cli.sheet import Taken, files_table, session_sheet
from tests.service.reports.stories import PLAN, Story
from wire.events import CadenceDeviated, Event, Evidence, Halted, ReserveEstimated, SignalFaulted, SpeedExceeded, Struggle

TAKEN = Taken("take.mcap", 182.4, 99.98, PLAN)


def eventful() -> Story:
    story = Story().repetitions(9).repetition(extension_s=5.7).repetition("partial", flags=["hold_dip"])
    story.failure([Evidence("stall_s", 3.1, "s"), Evidence("effort", 0.97, "share")])
    for number in range(4, 11):
        story.tell(ReserveEstimated, story.start_s(number) + 9.0, repetition=number, repetitions_left=12.0 - number, low=1.0, high=11.0)
    for phase in ("extension", "hold", "flexion", "turn"):
        story.tell(CadenceDeviated, 98.0, repetition=10, phase=phase, direction="fast", deviation_s=-1.2)
    return story.tell(Struggle, 96.0, repetition=10, reasons=["lag_s"]).tell(Halted, 20.0, repetition=2)


def printed(sheet: list[RenderableType], width: int) -> list[str]:
    console = Console(width=width, highlight=False, record=True, file=None, no_color=True, quiet=False)
    with console.capture() as capture:
        console.print(*sheet, sep="\n")
    return capture.get().splitlines()


def test_a_sheet_says_everything_once_from_the_plan_to_the_verdict() -> None:
    lines = printed(session_sheet(TAKEN, eventful().end("failure"), 150), 150)
    assert lines[0] == "take.mcap  3 min 02 s, 100 Hz"
    assert lines[1] == "plan: 60 to 6°, tempo 4/2/3/1 s, 12 to 15 repetitions, to failure"
    text = "\n".join(lines)
    assert "Set 1: 11 repetitions, 10 full, 1 partial; failure in repetition 11 at 23°" in text
    assert lines[-1].strip() == "1 min 51 s, 1830 J, 118 s under tension"
    assert " 2.8 -1.2" not in text  # a duration stands beside how far it is off, as measured
    assert "5.7 -1.2" in text
    assert "2 (1-11)" in text
    assert "hold dip, failure" in text
    assert sum("struggle" in line for line in lines) == 2  # beside its repetition, and among the findings


def test_numbers_stand_in_line() -> None:
    lines = printed(session_sheet(TAKEN, eventful().end("failure"), 150), 150)
    rows = [line for line in lines if line.lstrip().split(" ")[0].isdigit() and (" full " in line or " partial " in line)]
    assert len(rows) == 11
    points = {tuple(place for place, letter in enumerate(row[:36]) if letter == ".") for row in rows[1:9]}
    assert len(points) == 1


@pytest.mark.parametrize("width", [60, 72, 80, 90, 100, 110, 120, 200])
def test_nothing_is_wider_than_the_terminal_and_no_number_is_cut(width: int) -> None:
    lines = printed(session_sheet(TAKEN, eventful().end("failure"), width), width)
    assert max(map(len, lines)) <= width
    assert not any("…" in line for line in lines)
    row = next(line for line in lines if line.startswith("  10  full"))
    assert "5.7" in row
    assert "54." in row or "53.0" in row  # its range
    assert ("5.7 -1.2" in row) == (width >= 120)
    assert ("5.7▾" in row) == (width < 120)
    assert any(line.startswith("▾ faster, ▴ slower") for line in lines) == (width < 120)


def test_without_torque_the_head_says_so_instead_of_every_row() -> None:
    story = Story(plan=None).repetitions(3, flags=["no_torque", "range_learnt"], peak_torque_nm=None, work_j=None, time_in_band=None)
    lines = printed(session_sheet(Taken("a.csv", 40.0, 50.0, None), story.end(), 120), 120)
    assert lines[:2] == ["a.csv  40 s, 50 Hz, no torque", "without a plan: the range is learnt"]
    assert not any("range learnt" in line for line in lines)


def test_a_recording_without_a_set_or_a_rate_says_so() -> None:
    story = Story()
    story.events.clear()
    story.tell(SignalFaulted, 2.0, outside=True, channel="angle", fault="stuck")
    lines = printed(session_sheet(Taken("still.csv", 0.0, None, None), story.events, 100), 100)
    assert lines[0] == "still.csv  0.0 s"
    assert "No set: nothing in it moves there and back as a repetition does." in lines
    assert lines[-2:] == ["Outside any set", "0:02.0  signal  angle: stuck, to the end"]


class TestSummary:
    def files(self) -> list[tuple[str, float, list[Event]]]:
        quiet = Story().repetitions(12).end("target_reached")
        late = Story().repetition("attempt").tell(SpeedExceeded, 9.0, speed_deg_s=70.0, level="stop")
        late.tell(SignalFaulted, 8.0, channel="torque", fault="stuck").end()
        events = Story(number=2, from_s=60.0, after=late).repetitions(2).end("idle")
        return [("a.mcap", 130.0, eventful().end("failure")), ("b.mcap", 125.0, quiet), ("c.mcap", 90.0, events), ("d.mcap", 5.0, [])]

    def test_a_row_a_set_and_what_was_found_by_name(self) -> None:
        lines = printed([files_table(self.files())], 140)
        assert [line.split()[0] for line in lines[2:4]] == ["a.mcap", "b.mcap"]
        assert "halt in 2, failure in 11 at 23°" in lines[2]
        assert "speed, torque stuck" in lines[4]
        assert lines[5].split() == ["2", "2", "2", "idle"]
        assert lines[6].split() == ["d.mcap", "5.0", "s", "-", "0", "no", "set"]
        assert lines[-1].split()[:7] == ["together", "5", "min", "50", "s", "25", "24"]
        assert "failure in 1 set" in lines[-1]

    def test_columns_of_nothing_but_nought_are_left_out(self) -> None:
        head = printed([files_table([self.files()[1]])], 140)[0].split()
        assert head == ["file", "lasts", "set", "count", "full", "end"]
        assert {"partial", "attempt", "tempo", "found"} <= set(printed([files_table(self.files())], 140)[0].split())

    @pytest.mark.parametrize("width", [60, 80, 140])
    def test_it_keeps_within_the_terminal(self, width: int) -> None:
        assert max(map(len, printed([files_table(self.files())], width))) <= width

    def test_what_was_not_judged_is_named(self) -> None:
        from wire.events import Unable

        events = Story().repetitions(3).tell(Unable, 6.0, reason="no_torque").end()
        assert "failure not judged" in "\n".join(printed([files_table([("a.csv", 40.0, events)])], 140))


@pytest.mark.parametrize(
    ("rate_hz", "words"),
    [
        (0.1, "are its times in seconds, not in milliseconds?"),
        (1e-4, "are its times in seconds, not in microseconds?"),
        (2.5e-8, "are its times in seconds, not in nanoseconds?"),
        (100_000.0, "are its times in the unit that their column names?"),
    ],
)
def test_times_in_another_unit_than_they_say_are_asked_about(rate_hz: float, words: str) -> None:
    assert words in "\n".join(printed(session_sheet(Taken("ms.csv", 60_000.0, rate_hz, None), [], 120), 120))
    assert "are its times" not in "\n".join(printed(session_sheet(TAKEN, [], 120), 120))
