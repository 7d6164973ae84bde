"""contract 1, decision 0001: what opens a session without a plan."""

import numpy as np

from service.analysis import Movement, Parameters
from tests.service.analysis.motion import Samples, path


def when(samples: Samples) -> int | None:
    movement = Movement(Parameters())
    for k in range(len(samples.t_ns)):
        if movement.feed(samples.t_ns[k : k + 1], samples.angle_deg[k : k + 1]):
            return k
    return None


def test_rest_with_noise_is_no_movement() -> None:
    assert when(path((0, 0), (60, 0), noise_deg=0.3)) is None


def test_a_single_wild_sample_is_no_movement() -> None:
    samples = path((0, 0), (5, 0))
    samples.angle_deg[200] = 10.0
    assert when(samples) is None


def test_three_degrees_within_two_seconds_are() -> None:
    # 54 deg of range in 4 s: 3 deg after 0.222 s.
    found = when(path((0, 0), (3, 0), (7, 1)))
    assert found is not None
    assert 322 <= found <= 325


def test_slow_drift_is_not() -> None:
    assert when(path((0, 0), (60, 0.5))) is None


def test_readings_that_are_missing_or_not_later_are_passed_over() -> None:
    samples = path((0, 0), (5, 0))
    samples.angle_deg[100:200] = np.nan
    samples.angle_deg[300] = 10.0
    samples.t_ns[300:304] = samples.t_ns[299]
    assert when(samples) is None


def test_the_window_alone_decides_so_a_later_beginning_finds_the_same_moment() -> None:
    samples = path((0, 0), (20, 0), (24, 1), noise_deg=0.1)
    found = when(samples)
    assert found is not None
    first = int(np.searchsorted(samples.t_ns, samples.t_ns[found] - Movement(Parameters()).window_ns))
    assert when(Samples(samples.t_ns[first:], samples.angle_deg[first:], samples.torque_nm[first:])) == found - first
