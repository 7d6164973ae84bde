"""A recording that is still being written, read as it grows (issue 6, point 1)."""

from pathlib import Path

import numpy as np
import pytest

from service.recordings import Recorder
from service.replay.following import Following
from service.replay.gathering import gathered
from tests.service.recordings.sessions import DT_NS, FIRST_NS, PLAN, UTC_OFFSET_NS, batches, movement
from wire import samples
from wire.capture import Capture
from wire.places import Coverage
from wire.recorded import RecordedError
from wire.samples import SampleBatch


def recorder(folder: Path, offset_ns: int = UTC_OFFSET_NS) -> Recorder:
    made = Recorder(folder, machine="clinic/one", session="s1", plan=PLAN, metadata={})
    made.utc_offset_ns = offset_ns
    return made


def write(into: Recorder, sent: list[SampleBatch], *, late: bool = False) -> None:
    for batch in sent:
        into.batch(samples.encode(batch), batch.t0, late=late)
        if not late:
            into.signals(batch.t0, 1.0, None, batch.seq / 10, None, None, 30.0)
    into.flush()


def test_each_look_reads_what_has_come_and_ends_as_the_finished_recording(tmp_path: Path) -> None:
    into, sent = recorder(tmp_path), batches(movement(3))
    following = Following(into.path)
    seen = []
    for start in range(0, len(sent), 125):
        write(into, sent[start : start + 125])
        ground = following.update().levels[0]
        seen.append(len(ground.t_s))
    assert seen == [min(start + 125, len(sent)) * 2 for start in range(0, len(sent), 125)]
    finished = gathered(into.finish({"expected": 0, "stored": 0, "missing": 0, "refused": 0}, {"reason": "idle"})).levels[0]
    np.testing.assert_allclose(ground.t_s, finished.t_s, atol=1e-9)
    np.testing.assert_array_equal(ground.low[:2], finished.low[:2])
    np.testing.assert_allclose(ground.low[2:], finished.low[2:], atol=0.2)
    assert finished.low[3, 0] == 30.0


def test_what_came_late_is_put_where_it_belongs(tmp_path: Path) -> None:
    """Decision 0226: it is drawn, as what was never shown live."""
    into, sent = recorder(tmp_path), batches(movement(1))
    write(into, sent[:50] + sent[100:150])
    following = Following(into.path)
    ground = following.update().levels[0]
    assert (len(ground.t_s), round(float(np.diff(ground.t_s).max()), 6)) == (200, 1.01)
    assert following.coverage() == [Coverage("live", 0.0, 1.0), Coverage("gap", 1.0, 2.0), Coverage("live", 2.0, 3.0)]
    # A part of it comes twice, while it goes on live.
    for late, live in ((sent[75:100], sent[150:160]), (sent[50:80], sent[160:170]), (sent[170:180], sent[180:190])):
        write(into, late, late=True)
        write(into, live)
        ground = following.update().levels[0]
    assert ground.t_s == pytest.approx(np.arange(380) * 0.01)
    np.testing.assert_array_equal(ground.low[0], movement(1)[:380])
    assert np.isnan(ground.low[2, 110:190]).all()
    kinds = [("live", 0.0, 1.0), ("backfilled", 1.0, 2.0), ("live", 2.0, 3.4), ("backfilled", 3.4, 3.6), ("live", 3.6, 3.8)]
    assert following.coverage() == Capture(into.path).coverage() == [Coverage(*one) for one in kinds]  # type: ignore[arg-type]
    finished = gathered(into.finish({"expected": 0, "stored": 0, "missing": 0, "refused": 0}, {"reason": "idle"})).levels[0]
    np.testing.assert_allclose(ground.t_s, finished.t_s, atol=1e-9)
    np.testing.assert_array_equal(ground.low[:2], finished.low[:2])


def test_while_late_and_live_samples_come_in_turns_no_more_is_kept_of_how_they_came(tmp_path: Path) -> None:
    into, sent = recorder(tmp_path), batches(movement(1))
    write(into, sent[:10])
    for late, live in zip(sent[10:50], sent[50:90], strict=True):
        write(into, [late], late=True)
        write(into, [live])
    following = Following(into.path)
    assert [one.kind for one in following.coverage()] == ["live", "backfilled", "live"]
    assert len(following._places) == 3


def test_what_came_before_the_first_sample_waits_for_the_finished_recording(tmp_path: Path) -> None:
    """It would move all others."""
    into, sent = recorder(tmp_path), batches(movement(1))
    write(into, sent[50:100])
    write(into, sent[:50], late=True)
    following = Following(into.path)
    assert following.update().length_s == 0.99
    assert following.coverage() == [Coverage("live", 0.0, 1.0)]


def test_a_file_that_another_has_replaced_is_read_anew(tmp_path: Path) -> None:
    """The service was killed and has taken the session up again."""
    into, sent = recorder(tmp_path), batches(movement(1))
    write(into, sent[:100])
    following = Following(into.path)
    assert len(following.update().levels[0].t_s) == 200
    into.close()
    resumed = Recorder.resume(into.path)
    resumed.utc_offset_ns = UTC_OFFSET_NS
    write(resumed, sent[100:150])
    assert len(following.update().levels[0].t_s) == 300
    resumed.close()


def test_a_later_boot_goes_on_on_the_first_ones_clock(tmp_path: Path) -> None:
    into, sent = recorder(tmp_path), batches(movement(1))
    write(into, sent[:50])
    shift_ns = 7_000_000_000_000
    into.utc_offset_ns = UTC_OFFSET_NS - shift_ns
    again = SampleBatch(boot="b2", seq=0, t0=FIRST_NS + shift_ns + 300 * DT_NS, dt=DT_NS, angle=sent[0].angle, torque=sent[0].torque)
    write(into, [again])
    assert Following(into.path).update().levels[0].t_s[-2:] == pytest.approx([3.0, 3.01])


def test_before_the_first_sample_there_is_nothing_and_nonsense_is_said_to_be(tmp_path: Path) -> None:
    following = Following(tmp_path / "s1.mcap.part")
    assert following.update().length_s == 0
    (tmp_path / "s1.mcap.part").write_bytes(b"no recording at all")
    with pytest.raises(RecordedError):
        following.update()
