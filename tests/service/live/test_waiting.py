"""What waits for movement to open a session with it (contract 1, decisions 0001, 0310)."""

from collections.abc import Iterable

import numpy as np
import pytest

from service.ingest.order import Ledger
from service.live.running import Arrival
from service.live.waiting import Waiting
from wire.samples import SampleBatch, encode

SECOND_NS = 1_000_000_000


def arrival(seq: int, *times_ns: int) -> Arrival:
    column = np.full(len(times_ns), 60.0, "<f4").tobytes()
    times = np.array(times_ns, "<i8")
    batch = SampleBatch(boot="b", seq=seq, t0=times_ns[0], dt=0, angle=column, torque=column, t=times.tobytes())
    return Arrival(batch, encode(batch), batch.times_ns(), batch.angle_deg(), batch.torque_nm(), 0)


def test_times_that_fall_within_a_batch_let_go_of_what_they_contradict_and_not_of_it() -> None:
    """F14: a device's clock may step in the midst of a batch."""
    refused: list[int] = []
    ledger = Ledger("a/b", "b")
    waiting = Waiting(lambda batch: refused.append(batch.seq))
    assert waiting.take(arrival(0, 9 * SECOND_NS, 0), ledger) == []
    assert (refused, ledger.unsettled) == ([], 0)
    assert waiting.take(arrival(2, SECOND_NS, SECOND_NS + 1), ledger) == []
    assert (refused, ledger.unsettled) == ([0], 2)


def moved_at(angles_deg: Iterable[float], *, stopped: bool) -> int | None:
    """Index of the sample with which a session opens, at 100 Hz; None where none does."""
    ledger = Ledger("a/b", "b")
    waiting = Waiting(lambda _: None)
    waiting.clear(ledger, stopped=stopped)
    for seq, angle in enumerate(angles_deg):
        column = np.array([angle], "<f4").tobytes()
        batch = SampleBatch(boot="b", seq=seq, t0=seq * 10_000_000, dt=10_000_000, angle=column, torque=column)
        if waiting.take(Arrival(batch, encode(batch), batch.times_ns(), batch.angle_deg(), batch.torque_nm(), 0), ledger):
            return seq
    return None


def way(*points: tuple[float, float]) -> list[float]:
    """Degrees at 100 Hz between points of (s, deg)."""
    times, angles = zip(*points, strict=True)
    return list(np.interp(np.arange(0, times[-1], 0.01), times, angles))


STOPPED_AT = {
    "extending": way((0, 40), (0.5, 35), (1.5, 35), (4, 60), (9, 60)),
    "extending, then at rest": way((0, 40), (2, 20), (6, 20), (9, 60), (12, 60)),
    "in the hold": way((0, 6), (3, 6), (6, 60), (10, 60)),
    "lowering": way((0, 20), (3, 60), (10, 60)),
}


@pytest.mark.parametrize("stopped_at", STOPPED_AT)
def test_the_movement_that_was_stopped_opens_no_session(stopped_at: str) -> None:
    """Contract 1, "when movement starts": the load that is lowered after a stop is the rest of a movement (decision 0310)."""
    angles = STOPPED_AT[stopped_at]
    assert moved_at(angles, stopped=False) is not None
    assert moved_at(angles, stopped=True) is None


def test_whoever_goes_on_after_a_stop_has_a_session_from_his_next_extension_on() -> None:
    """Contract 1, "when movement starts"; decision 0310."""
    moved = moved_at(way((0, 20), (3, 60), (4, 60), (8, 6)), stopped=True)
    assert moved is not None
    assert 400 < moved < 450


def test_whoever_rests_after_a_stop_has_a_session_from_his_next_extension_on() -> None:
    """Decision 0310: who stands for 2 s has come to his end, also where the sensor says one code throughout."""
    moved = moved_at(way((0, 60), (3, 60), (7, 6)), stopped=True)
    assert moved is not None
    assert 300 < moved < 350


def test_some_time_after_a_stop_any_movement_opens_a_session() -> None:
    """Decision 0310: 20 s; a reading that is missing moves nothing."""
    moved = moved_at([float("nan"), *way((0, 10), (25, 10), (28, 60))], stopped=True)
    assert moved is not None
    assert 2500 < moved < 2550
