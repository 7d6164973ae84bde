"""contract 3: the cue."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.analysis.cue import Cue
from tests.service.analysis.motion import PLAN
from wire.plan import Plan, Range, Tempo

GOLDEN = Path(__file__).parents[2] / "conformance" / "cue" / "cues.json"


class TestPath:
    def test_it_is_a_ramp_a_level_a_ramp_and_a_level(self) -> None:
        cue = Cue(PLAN)
        assert [round(cue.angle_deg(s, repeat=False), 6) for s in (0.5, 2.0, 5.0, 7.5, 9.5)] == [53.25, 33.0, 6.0, 33.0, 60.0]

    def test_corners_are_parabolas_as_wide_as_a_tenth_of_the_shorter_phase(self) -> None:
        cue = Cue(PLAN)
        # Between extension (4 s) and hold (2 s): 0.2 s wide, so at the corner itself slope * width / 8 short of the end.
        assert 1.0 - cue.progress(4.0) == pytest.approx(0.25 * 0.2 / 8)
        assert cue.progress(3.9) == pytest.approx(3.9 / 4)
        assert cue.progress(4.1) == 1.0

    def test_there_is_no_corner_beside_a_phase_of_zero_length(self) -> None:
        cue = Cue(Plan(range=Range(60.0, 6.0), tempo=Tempo(2.0, 0.0, 2.0, 1.0)))
        assert cue.progress(2.0) == 1.0
        assert cue.progress(1.999) == pytest.approx(0.9995)

    def test_repeated_it_runs_cycle_after_cycle(self) -> None:
        cue = Cue(PLAN)
        assert cue.angle_deg(32.0, repeat=True) == pytest.approx(cue.angle_deg(2.0, repeat=True))
        assert cue.angle_deg(32.0, repeat=False) == 60.0

    def test_a_place_is_reached_in_the_unrounded_cues_own_time(self) -> None:
        cue = Cue(PLAN)
        assert cue.unrounded_s(0.05, 0.95) == pytest.approx(3.6)
        assert cue.unrounded_s(0.95, 0.05) == pytest.approx(2.7)

    @given(
        flexion=st.floats(20, 72),
        span=st.floats(5, 60),
        extension_s=st.floats(0.5, 10),
        hold_s=st.floats(0, 6),
        flexion_s=st.floats(0.5, 10),
        turn_s=st.floats(0, 6),
        since=st.floats(-5, 60),
        repeat=st.booleans(),
    )
    def test_it_never_leaves_the_range(
        self, flexion: float, span: float, extension_s: float, hold_s: float, flexion_s: float, turn_s: float, since: float, repeat: bool
    ) -> None:
        cue = Cue(Plan(range=Range(flexion, flexion - span), tempo=Tempo(extension_s, hold_s, flexion_s, turn_s)))
        assert flexion - span - 1e-9 <= cue.angle_deg(since, repeat=repeat) <= flexion + 1e-9


def test_the_golden_values_that_the_dashboard_shares() -> None:
    for case in json.loads(GOLDEN.read_text()):
        cue = Cue(Plan(range=Range(**case["range"]), tempo=Tempo(**case["tempo"])))
        assert cue.cycle_s == case["cycle_s"]
        for point in case["points"]:
            assert cue.angle_deg(point["since_s"], repeat=point["repeat"]) == pytest.approx(point["angle_deg"], abs=1e-12)
        once = [point for point in case["points"] if not point["repeat"]]
        angles = cue.cycle_deg(np.array([point["since_s"] for point in once]))
        assert angles.tolist() == pytest.approx([point["angle_deg"] for point in once], abs=1e-12)
