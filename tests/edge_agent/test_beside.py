"""robustness F06, decision 0261: notes and what is set aside hold up neither each other nor samples."""

import errno
from pathlib import Path

import pytest

from disk import DISK
from edge_agent.lock import Lock
from edge_agent.spool import Spool
from tests.edge_agent.test_recovery import Stuck, closing_in_vain
from tests.edge_agent.test_spool import aside, batch, fill, held, opened
from wire.samples import encode

NOTES = ("clocks.json", "buttons.json", "boot.json")


@pytest.mark.parametrize("name", [*NOTES, "aside.records"])
def test_one_that_cannot_be_written_keeps_no_other_from_it(tmp_path: Path, name: str) -> None:
    spool = opened(tmp_path)
    spool.begin("b1")
    fill(spool, "b1", 0, 5)
    spool.set_aside("b1", 2, 3, encode(batch("b1", 2)))
    spool.close()
    stuck = Stuck(tmp_path, name, f"{name}.new")
    spool = opened(tmp_path, stuck)
    spool.begin("b2")
    end = 0
    for note in NOTES:
        spool.note(note, b"[1]")
    spool.set_aside("b1", 4, 5, encode(batch("b1", 4)))
    for _ in range(5):
        end = fill(spool, "b2", end, 5)
        spool.round()
        assert spool.trouble is None
    assert not spool.level().refuses
    assert [note for note in NOTES if spool.noted(note) is None] == [note for note in NOTES if note == name]
    assert aside(tmp_path) == [2, 3] + ([4, 5] if name in NOTES else [])
    assert held(spool, "b2") == list(range(end))
    stuck.freed()
    for _ in range(5):
        spool.round()
    assert [spool.noted(note) for note in NOTES] == [b"[1]"] * 3
    assert aside(tmp_path) == [2, 3, 4, 5]
    spool.close()


def test_a_note_that_is_not_written_is_trouble_while_no_samples_show_otherwise(tmp_path: Path) -> None:
    stuck = Stuck(tmp_path, "buttons.json.new")
    spool = opened(tmp_path, stuck)
    spool.begin("b1")
    fill(spool, "b1", 0, 5)
    spool.round()
    spool.note("buttons.json", b"[1]")
    spool.round()
    assert spool.trouble is not None
    spool.round()
    assert spool.trouble is not None
    fill(spool, "b1", 10, 5)
    for _ in range(3):
        spool.round()
        assert spool.trouble is None
    spool.close()


def test_what_failed_a_moment_ago_is_tried_once_more_at_the_end(tmp_path: Path) -> None:
    stuck = Stuck(tmp_path, "buttons.json.new")
    spool = Spool(tmp_path, disk=stuck, size=lambda: (1 << 40, 1 << 40), now_s=lambda: 0.0)
    spool.open()
    spool.note("buttons.json", b"[1]")
    spool.round()
    assert spool.noted("buttons.json") is None
    stuck.freed()
    spool.close()
    assert spool.noted("buttons.json") == b"[1]"


def test_a_lock_whose_close_fails_is_let_go_of_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its number may be another file's by the next call."""
    lock = Lock(tmp_path / "lock")
    with monkeypatch.context() as patch:
        patch.setattr("os.close", closing_in_vain)
        with pytest.raises(OSError, match="Input/output error") as told:
            lock.release()
    assert told.value.errno == errno.EIO
    file = DISK.create(tmp_path / "other")
    lock.release()
    file.sync()
    file.close()
