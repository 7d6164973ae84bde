"""What the analysis of a session that still runs has in mind, as it grows (decision 0207)."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from service.recordings import Recorder
from service.replay.columns import MAGIC
from service.replay.companion import Companion
from service.replay.living import Living
from service.replay.looking import looked
from service.replay.shelf import MOST_LIVED, Shelf
from service.replay.stretches import Wanted
from service.replay.worker import BusyError
from tests.service.recordings.sessions import DT_NS, FIRST_NS, PLAN, UTC_OFFSET_NS, batches, movement
from tests.service.replay.played import play
from wire import samples
from wire.messages import Input
from wire.recorded import RecordedError
from wire.samples import SampleBatch

ALL = Wanted("s1", 0.0, None, 500, open=True)


def recorder(folder: Path) -> Recorder:
    made = Recorder(folder, machine="clinic/one", session="s1", plan=PLAN, metadata={})
    made.utc_offset_ns = UTC_OFFSET_NS
    return made


def write(into: Recorder, sent: list[SampleBatch], *, late: bool = False) -> None:
    for batch in sent:
        into.batch(samples.encode(batch), batch.t0, late=late)
    into.flush()


def same(living: Living, path: Path) -> bool:
    """As when all of it is lived again at once, bit for bit."""
    found, whole = living.update(), looked(path)
    one, other = found.levels[0], whole.levels[0]
    return (
        found.about == whole.about
        and np.array_equal(one.t_s, other.t_s)
        and np.array_equal(one.low, other.low, equal_nan=True)
        and len(one.t_s) > 0
    )


def test_however_often_it_is_looked_at_it_is_what_the_whole_gives(tmp_path: Path) -> None:
    """With a start that was told, samples that came late, and a later boot on a clock of its own."""
    into, sent = recorder(tmp_path), batches(movement(2))
    living = Living(into.path)
    assert living.update().length_s == 0
    into.entry(Input(kind="start", origin_ns=FIRST_NS + 2_000_000_000), FIRST_NS)
    write(into, sent[:100])
    assert same(living, into.path)
    assert living.update().about["cues"][0]["origin_s"] == 2.0
    write(into, sent[150:200])
    write(into, sent[100:150], late=True)
    write(into, sent[190:210])
    assert same(living, into.path)
    shift_ns = 7_000_000_000_000
    into.utc_offset_ns = UTC_OFFSET_NS - shift_ns
    write(into, [SampleBatch(boot="b2", seq=0, t0=FIRST_NS + shift_ns + 900 * DT_NS, dt=DT_NS, angle=sent[0].angle, torque=sent[0].torque)])
    assert same(living, into.path)
    assert living.update().length_s == pytest.approx(9.01)
    into.close()


def test_a_file_that_another_has_replaced_is_lived_from_its_beginning(tmp_path: Path) -> None:
    """Taken up again after a kill; and once the file has its last name, what was lived stands."""
    into, sent = recorder(tmp_path), batches(movement(1))
    write(into, sent[:100])
    living = Living(into.path)
    assert same(living, into.path)
    into.close()
    resumed = Recorder.resume(into.path)
    resumed.utc_offset_ns = UTC_OFFSET_NS
    write(resumed, sent[100:150])
    assert same(living, resumed.path)
    resumed.finish({"expected": 0, "stored": 0, "missing": 0, "refused": 0}, {"reason": "idle"})
    assert living.update().length_s == pytest.approx(2.99)


def test_what_is_no_recording_is_said_to_be(tmp_path: Path) -> None:
    part = tmp_path / "s1.mcap.part"
    part.write_bytes(b"no recording at all")
    with pytest.raises(RecordedError, match="MCAP"):
        Living(part).update()
    into = recorder(tmp_path / "of nonsense")
    into._writer.message(into._inputs, 0, b"[1, 2]")
    into.flush()
    with pytest.raises(RecordedError):
        Living(into.path).update()
    into.close()


async def test_one_process_answers_all_who_ask(tmp_path: Path) -> None:
    part = play(tmp_path, "s1", until_s=20, finish=False)
    shelf = Shelf(tmp_path / "cache")
    first, again = await asyncio.gather(shelf.so_far(part, ALL), shelf.so_far(part, ALL))
    assert first == again
    assert first.startswith(MAGIC)
    assert len(shelf._companions) == 1
    part.write_bytes(b"no recording at all")
    with pytest.raises(RecordedError, match="MCAP"):
        await shelf.so_far(part, ALL)
    await shelf.close()


async def test_no_more_than_so_many_are_lived_at_a_time(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "cache")
    held = [Companion(tmp_path / f"{number}.mcap.part") for number in range(MOST_LIVED)]
    for one in held:
        await one._process._turn.acquire()
    shelf._companions = {one.part: one for one in held}
    with pytest.raises(BusyError):
        await shelf.so_far(tmp_path / "more.mcap.part", ALL)
