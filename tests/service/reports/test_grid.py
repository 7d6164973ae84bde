"""The repetitions as columns: each phase's time against its target, measures, reserve, notes (issue 3, 6)."""

from service.reports.account import accounts
from service.reports.grid import Column, grid
from tests.service.reports.stories import Story
from wire.events import CadenceDeviated, Event, Evidence, Momentum, ReserveEstimated, Struggle


def columns(events: list[Event]) -> dict[str, Column]:
    (account,) = accounts(events)
    return {one.name: one for one in grid(account)}


def words(column: Column) -> list[str]:
    return [cell.words for cell in column.cells]


def test_a_cell_for_each_repetition_and_the_targets_as_units() -> None:
    found = columns(Story().repetitions(3).end())
    assert list(found) == ["rep", "extent", "extension", "hold", "flexion", "turn", "range", "peak", "work", "in band"]
    assert {len(column.cells) for column in found.values()} == {3}
    assert [found[phase].unit for phase in ("extension", "hold", "flexion", "turn")] == ["4 s", "2 s", "3 s", "1 s"]
    assert words(found["turn"]) == ["-", "1.0", "1.0"]
    assert words(found["in band"]) == ["90", "90", "90"]


def test_what_is_known_of_no_repetition_has_no_column() -> None:
    found = columns(Story(plan=None).repetitions(2, peak_torque_nm=None, work_j=None, time_in_band=None).end())
    assert not {"peak", "work", "in band", "reserve", "notes"} & found.keys()
    assert found["extension"].unit == "s"


def test_a_time_off_its_target_says_by_how_much() -> None:
    story = Story().repetition(extension_s=5.6).repetition(hold_s=0.0)
    story.tell(CadenceDeviated, 9.6, repetition=1, phase="extension", direction="slow", deviation_s=0.6)
    story.tell(CadenceDeviated, 21.0, repetition=2, phase="hold", direction="fast", deviation_s=-2.1)
    found = columns(story.end())
    first, second = found["extension"].cells
    assert (first.words, first.weight, round(first.off_s or 0.0, 9)) == ("5.6", "caution", 1.6)
    assert second.off_s is None
    # A duration is never negative; how much too fast the patient was is in the event.
    assert found["hold"].cells[1].off_s == -2.1


def test_means_are_over_what_counts() -> None:
    found = columns(Story().repetition(extension_s=4.0).repetition(extension_s=5.0).repetition("attempt", extension_s=9.0).end())
    assert found["extension"].mean == "4.5"
    assert columns(Story().repetition("attempt").end())["extension"].mean == ""


def test_the_reserve_stands_beside_the_repetition_it_was_estimated_after() -> None:
    story = Story().repetitions(5).tell(ReserveEstimated, 39.0, repetition=4, repetitions_left=6.4, low=2.6, high=10.4)
    assert words(columns(story.end())["reserve"]) == ["", "", "", "6 (3-10)", ""]


def test_notes_name_findings_and_flags_once_and_not_what_all_repetitions_share() -> None:
    story = Story().repetition(flags=["no_torque", "momentum"]).repetition(flags=["no_torque", "bounced"]).repetition(flags=["no_torque"])
    story.tell(Momentum, 6.0, repetition=1).tell(Struggle, 26.0, repetition=3, reasons=["lag_s"]).failure([Evidence("stall_s", 2.0, "s")])
    notes = columns(story.end())["notes"]
    assert words(notes) == ["momentum", "bounced", "struggle, failure"]
    assert [cell.weight for cell in notes.cells] == ["caution", "note", "grave"]


def test_the_flags_of_a_single_repetition_are_told() -> None:
    assert words(columns(Story().repetition(flags=["range_learnt"]).end())["notes"]) == ["range learnt"]
