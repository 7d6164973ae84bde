"""What befell a session stands in its recording, whatever its disk did meanwhile (robustness F11, F24; part 1.2, 11: fail visible)."""

import errno
from pathlib import Path

import pytest

from service.live import record as record_module
from service.live.record import AGAIN_NS, Record
from service.live.resuming import Left, Resumed, resumed
from service.metrics import Counts
from tests.service.recordings.sessions import BOOT, flip, record
from wire.capture import Capture
from wire.messages import Input


def opened(folder: Path) -> Record:
    return Record(folder, "clinic/one", "s1", None, {}, Counts())


def test_what_befell_it_before_it_could_be_begun_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F11: a gap, a clock that stepped and an end while the disk is full are as good as any."""
    monkeypatch.setattr(record_module, "LEAST_FREE_BYTES", 2**62)
    monkeypatch.setattr(record_module, "MOST_KEPT", 2)
    waiting = opened(tmp_path)
    waiting.begin(AGAIN_NS)
    waiting.batch(BOOT, 0, 9, b"", 0, 0)
    waiting.remark("gap", boot=BOOT, first=10, last=19)
    assert not waiting.tell("pain_told", id="one", pain=3)
    assert not waiting.tell("pain_told", id="one", pain=3)
    for _ in range(5):
        waiting.keep(Input(kind="pause"), 0)
    waiting.remark("clock_step", boot=BOOT, step_s=3600.0)
    waiting.end("stopped", {BOOT: 29})
    monkeypatch.undo()
    waiting.begin(2 * AGAIN_NS)
    assert [note["id"] for note in waiting.told] == ["one"]
    assert waiting.recorder is not None
    waiting.recorder.close()
    cut = Capture(waiting.recorder.path)
    assert [note["kind"] for note in cut.notes()] == ["gap", "pain_told", "clock_step", "not_kept", "disk_full"]
    assert (cut.notes()[0]["last"], cut.notes()[3]["entries"]) == (19, 3)
    assert cut.notes()[0]["noted_utc"] <= cut.notes()[4]["to_utc"]
    assert cut.notes()[4]["from_utc"] <= cut.notes()[0]["noted_utc"]
    assert cut.ended is not None
    assert cut.ended["reason"] == "stopped"
    again = resumed(cut.path, "clinic/one", Counts())
    assert isinstance(again, Left), "it is over, and is not gone on with"


async def test_for_how_long_the_disk_took_nothing_is_in_it_once_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F11, fail visible: its samples came late, and the record says why; a disk that comes and goes leaves room for other notes."""
    monkeypatch.setattr(record_module, "MOST_OUTAGES", 2)
    failing = opened(tmp_path)
    failing.begin(AGAIN_NS)
    assert failing.recorder is not None
    for _ in range(3):
        for _ in range(2):
            failing.failed(OSError(errno.EIO, "Input/output error"))
        assert await failing.sync()
        assert await failing.sync()
        assert failing.trouble is None
    failing.end("stopped", {})
    failing.recorder.close()
    found = Capture(failing.recorder.path).notes()
    assert [note["kind"] for note in found] == ["disk_failed", "disk_failed"]
    assert found[0]["from_utc"] <= found[0]["to_utc"] <= found[1]["from_utc"]


@pytest.mark.parametrize("damaged", [False, True])
def test_what_was_cut_away_of_it_after_a_kill_is_told_in_it(tmp_path: Path, damaged: bool) -> None:
    """F24: a cut end is what every kill leaves; anything else was written once, and is gone."""
    part = record(tmp_path, finish=False)
    if damaged:
        flip(part)
    found = resumed(part, "clinic/one", Counts())
    assert isinstance(found, Resumed)
    assert found.running.recorder is not None
    path = found.running.recorder.finish(found.running.completeness({}), {})
    assert [note["kind"] for note in Capture(path).notes()] == ["recovered"] * damaged
