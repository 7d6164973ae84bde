"""When a phase is certain to be slow, where the patient does not come all the way down (contract 3 and 4)."""

import pytest

from tests.service.analysis.motion import PLAN, events, of, path, repetitions
from wire.events import CadenceDeviated, RepetitionCompleted


def test_who_turns_above_the_boundary_in_time_is_not_called_slow() -> None:
    """Contract 4: where a bottom lies above 5 %, the flexion ends at the turning point; `slow` only as soon as that is certain."""
    told = events(path(*repetitions(3, bottom=0.08)))
    assert [c for c in of(told, CadenceDeviated) if c.phase == "flexion"] == []
    assert [r.flexion_s for r in of(told, RepetitionCompleted)][:2] == pytest.approx([PLAN.tempo.flexion_s] * 2, abs=0.5)


def test_who_rests_above_the_boundary_and_then_comes_down_was_slow() -> None:
    points = [(0.0, 0.0), (3.0, 0.0), (7.0, 1.0), (9.0, 1.0), (11.76, 0.08), (14.0, 0.08), (14.3, 0.0), (17.0, 0.0)]
    told = events(path(*points))
    (slow,) = of(told, CadenceDeviated)
    assert (slow.phase, slow.direction, slow.deviation_s) == ("flexion", "slow", 0.5)
    assert slow.at_s == pytest.approx(9.15 + 2.7 + 0.5, abs=0.02)
    assert 14.0 < slow.known_s < 14.2
    assert of(told, RepetitionCompleted)[0].flexion_s == pytest.approx(3.0 + 14.11 - 9.15 - 2.7, abs=0.05)


@pytest.mark.parametrize("flexion_s", [4.0, 6.0, 12.0])
def test_who_lowers_slowly_all_the_way_hears_it_at_once(flexion_s: float) -> None:
    (slow,) = of(events(path(*repetitions(1, flexion_s=flexion_s))), CadenceDeviated)
    assert (slow.phase, slow.direction) == ("flexion", "slow")
    assert slow.at_s == pytest.approx(9.0 + 0.05 * flexion_s + 2.7 + 0.5, abs=0.02)
    assert slow.known_s - slow.at_s < 0.1


@pytest.mark.parametrize("rate_hz", [25.0, 100.0, 1000.0])
def test_who_turns_below_the_upper_boundary_in_time_is_not_called_slow(rate_hz: float) -> None:
    """Contract 4: where the top lies below 95 %, the extension ends at the turning point; what is told agrees with `extension_s`."""
    told = events(path((0.0, 0.0), (3.0, 0.0), (7.2, 0.915), (11.4, 0.0), (14.0, 0.0), rate_hz=rate_hz))
    (done,) = of(told, RepetitionCompleted)
    assert done.extent == "short"
    assert 4.5 < (done.extension_s or 0.0) < 4.6
    assert [c for c in of(told, CadenceDeviated) if c.phase == "extension"] == []


def test_who_turns_in_time_and_goes_on_up_was_slow() -> None:
    told = events(path((0.0, 0.0), (3.0, 0.0), (7.23, 0.915), (7.4, 0.88), (8.2, 1.0), (10.2, 1.0), (13.2, 0.0), (15.0, 0.0)))
    (slow,) = [c for c in of(told, CadenceDeviated) if c.phase == "extension"]
    assert (slow.direction, slow.deviation_s) == ("slow", 0.6)
    assert slow.at_s == pytest.approx(3.23 + 3.6 + 0.6, abs=0.02)


@pytest.mark.parametrize("top", [0.6, 0.94, 1.0])
def test_who_stands_or_rises_slowly_hears_it_at_once(top: float) -> None:
    (slow, *_) = of(events(path((0.0, 0.0), (3.0, 0.0), (8.0, top), (12.0, top), (15.0, 0.0), (17.0, 0.0))), CadenceDeviated)
    assert (slow.phase, slow.direction) == ("extension", "slow")
    assert slow.known_s - slow.at_s < 0.1
