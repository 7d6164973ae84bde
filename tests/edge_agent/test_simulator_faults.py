"""detection 6 and 11: every fault of the signal, put into known samples: there, nowhere else, and labelled."""

import math

import numpy as np
import pytest

from edge_agent.simulator.faults import FT_LB_NM, LASTING, PASSING, Stream, gaps, inject
from edge_agent.simulator.truth import Incident

RATE_HZ = 200.0


def stream(torque: bool = True) -> Stream:
    """Two minutes of a lever going to and fro between 50 and 10 deg, and its torque."""
    t_s = np.arange(0.0, 120.0, 1.0 / RATE_HZ)
    angle = np.rint((30.0 + 20.0 * np.cos(2.0 * np.pi * t_s / 10.0)) / 0.02) * 0.02
    values = np.rint((100.0 + 10.0 * np.sin(2.0 * np.pi * t_s / 7.0)) / 0.1) * 0.1 if torque else np.full(len(t_s), np.nan)
    busy = [(begin, begin + 9.0) for begin in np.arange(0.0, 110.0, 10.0)]
    kept = np.ones(len(t_s), bool)
    return Stream(t_s, t_s.copy(), angle, values, kept, busy, 50.0, 10.0, steps=(0.02, 0.1), torque=torque)


def injected(fault: str, seed: int, torque: bool = True) -> tuple[Stream, Stream, list[Incident]]:
    before, after = stream(torque), stream(torque)
    found = inject(fault, after, np.random.default_rng(seed))
    found += gaps(after, 3.0 / RATE_HZ)
    assert found
    assert all(incident.kind == f"fault:{fault}" for incident in found)
    return before, after, found


def changed(before: Stream, after: Stream, channel: str) -> np.ndarray:
    one, two = (each.angle_deg if channel == "angle" else each.torque_nm for each in (before, after))
    return np.asarray(~((one == two) | (np.isnan(one) & np.isnan(two))))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("fault", sorted({"stuck", "dropout", "spike", "saturated", "drift", "wrapped"}))
def test_what_passes_is_changed_within_its_label_and_in_its_channel_alone(fault: str, seed: int) -> None:
    before, after, found = injected(fault, seed)
    channel = found[0].channel
    assert channel in {"angle", "torque"}
    labelled = np.zeros(len(before.taken_s), bool)
    for incident in found:
        assert incident.channel == channel
        labelled |= (before.taken_s >= incident.start_s - 0.01) & (before.taken_s <= incident.end_s + 0.01)
    assert changed(before, after, channel).any()
    assert not changed(before, after, channel)[~labelled].any()
    assert not changed(before, after, "torque" if channel == "angle" else "angle").any()
    assert after.kept.all()
    assert np.array_equal(before.stamp_s, after.stamp_s)


class TestEach:
    @pytest.mark.parametrize("seed", range(4))
    def test_a_stuck_channel_says_one_value(self, seed: int) -> None:
        _, after, (incident,) = injected("stuck", seed)
        values = after.angle_deg if incident.channel == "angle" else after.torque_nm
        assert np.ptp(values[after.span(incident.start_s, incident.end_s)]) == 0.0
        assert incident.end_s - incident.start_s >= 1.0

    @pytest.mark.parametrize("seed", range(4))
    def test_a_dropout_gives_no_reading(self, seed: int) -> None:
        _, after, (incident,) = injected("dropout", seed)
        values = after.angle_deg if incident.channel == "angle" else after.torque_nm
        assert np.isnan(values[after.span(incident.start_s, incident.end_s)]).all()

    @pytest.mark.parametrize("seed", range(4))
    def test_a_spike_is_at_most_three_samples_wide(self, seed: int) -> None:
        before, after, found = injected("spike", seed)
        assert changed(before, after, found[0].channel or "").sum() <= 3 * len(found)

    def test_a_wrapped_angle_jumps_by_a_turn(self) -> None:
        before, after, _ = injected("wrapped", 1)
        assert set(np.round(after.angle_deg - before.angle_deg, 6)) == {0.0, 360.0}

    def test_swapped_channels_trade_places(self) -> None:
        before, after, _ = injected("swapped", 1)
        assert np.array_equal(before.angle_deg, after.torque_nm)
        assert np.array_equal(before.torque_nm, after.angle_deg)

    @pytest.mark.parametrize("seed", range(6))
    def test_an_inverted_channel_changes_its_sign(self, seed: int) -> None:
        before, after, (incident,) = injected("inverted", seed)
        pair = (before.angle_deg, after.angle_deg) if incident.channel == "angle" else (before.torque_nm, after.torque_nm)
        assert np.array_equal(pair[0], -pair[1])

    def test_a_scale_is_that_of_radians_or_foot_pounds(self) -> None:
        seen = set()
        for seed in range(8):
            before, after, (incident,) = injected("scaled", seed)
            seen.add(incident.detail)
            if incident.channel == "angle":
                assert np.allclose(np.degrees(after.angle_deg), before.angle_deg)
            else:
                assert np.allclose(after.torque_nm * FT_LB_NM, before.torque_nm)
        assert seen == {"rad", "ft-lb"}

    def test_a_clock_goes_back_jumps_or_stands(self) -> None:
        seen = {}
        for seed in range(30):
            _, after, (incident,) = injected("clock", seed)
            seen[incident.detail] = np.diff(after.stamp_s)
            assert incident.channel == "time"
        assert set(seen) == {"back", "jump", "same"}
        assert seen["back"].min() < 0.0
        assert seen["jump"].max() > 0.02
        assert (seen["same"] == 0.0).any()

    @pytest.mark.parametrize("seed", range(4))
    def test_a_gap_leaves_samples_out(self, seed: int) -> None:
        _, after, (incident,) = injected("gap", seed)
        assert not after.kept.all()
        inside = after.span(incident.start_s + 0.01, incident.end_s - 0.01)
        assert not after.kept[inside].any()
        assert incident.detail == ""


def test_samples_lost_by_chance_are_told_from_a_gap() -> None:
    subject = stream()
    subject.kept[5000:5004] = False
    (loss,) = gaps(subject, 3.0 / RATE_HZ)
    assert (loss.kind, loss.detail, loss.channel) == ("fault:gap", "loss", "time")
    assert loss.end_s - loss.start_s == pytest.approx(5.0 / RATE_HZ)


@pytest.mark.parametrize("fault", sorted(set(LASTING) | set(PASSING)))
def test_without_a_torque_sensor_the_fault_is_elsewhere(fault: str) -> None:
    for seed in range(8):
        after = stream(torque=False)
        found = inject(fault, after, np.random.default_rng(seed)) + gaps(after, 3.0 / RATE_HZ)
        assert {incident.channel for incident in found} <= {"angle", "time"}
        assert np.isnan(after.torque_nm).all()
        assert not math.isnan(float(after.stamp_s[-1]))
