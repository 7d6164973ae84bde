"""A flipped bit that nobody is told of would be found (robustness F24): files that were exchanged whole, checksums and all, are."""

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import msgspec
import pytest

from benchmarks.faults.truth import Truth as Read
from benchmarks.trials import flipped
from edge_agent.spool import Spool
from edge_agent.truth import Truth
from service.store import SessionRow
from service.store.journal import Journal
from tests.service.recordings.sessions import BOOT, batches, movement, record
from wire.messages import ClockAnchor
from wire.samples import SampleBatch, encode

SAMPLED = batches(movement(2))


@pytest.fixture
def truth(tmp_path: Path) -> Read:
    """All that was sampled."""
    (tmp_path / "truth").mkdir()
    known = Truth(tmp_path / "truth" / "one.truth")
    for batch in SAMPLED:
        known.add(encode(batch))
    known.close()
    read = Read(tmp_path / "truth")
    read.refresh()
    return read


@pytest.mark.parametrize("finish", [True, False])
def test_a_recording(tmp_path: Path, truth: Read, *, finish: bool) -> None:
    path = record(tmp_path / "one", finish=finish, repetitions=2, about={"site": "one"})
    judge = (flipped.of_finished if finish else flipped.of_unfinished)(path, truth)
    assert judge() == flipped.SAME
    assert flipped.tried(path, 20, Random(1), judge)[flipped.TOLD] >= 19
    assert judge() == flipped.SAME
    path.write_bytes(record(tmp_path / "two", finish=finish, repetitions=2, about={"site": "two"}).read_bytes())
    assert judge() == flipped.SILENT
    path.write_bytes(record(tmp_path / "three", finish=finish, repetitions=4).read_bytes())
    assert judge() == flipped.SILENT


def spooled(folder: Path, sampled: list[SampleBatch]) -> Path:
    spool = Spool(folder)
    spool.open()
    spool.begin(BOOT)
    for batch in sampled:
        spool.put(batch.seq, batch.n, encode(batch))
    spool.note("clocks.json", msgspec.json.encode({BOOT: ClockAnchor(mono_ns=1, utc_ns=2, quality="system")}))
    spool.round()
    spool.close()
    (path,) = folder.glob("*.spool")
    return path


def test_a_spool(tmp_path: Path, truth: Read) -> None:
    path = spooled(tmp_path / "one", SAMPLED[:100])
    judge = flipped.of_spool(path.parent, tmp_path / "copy", truth)
    assert judge() == flipped.SAME
    assert flipped.tried(path, 20, Random(1), judge)[flipped.TOLD] == 20
    path.write_bytes(spooled(tmp_path / "two", [*SAMPLED[:50], *batches(movement(2) + 1)[50:100]]).read_bytes())
    assert judge() == flipped.SILENT
    path.write_bytes(spooled(tmp_path / "three", SAMPLED[:100]).read_bytes())
    clocks = path.parent / "clocks.json"
    whole = clocks.read_bytes()
    clocks.write_bytes(whole.replace(b"2", b"3", 1))
    assert judge() == flipped.TOLD
    clocks.write_bytes(whole.partition(b"\n")[0].replace(b"2", b"3", 1))  # without its checksum, as earlier versions wrote it
    assert judge() == flipped.SILENT
    clocks.write_bytes(b"{")
    assert judge() == flipped.TOLD


def test_a_journal_of_rows(tmp_path: Path) -> None:
    def kept(name: str) -> Path:
        journal = Journal(tmp_path / name)
        journal.keep(
            [SessionRow(session=f"{name}{number}", machine="m", started_utc=datetime(2026, 3, 1, tzinfo=UTC)) for number in (1, 2)]
        )
        journal.close()
        return tmp_path / name

    path = kept("a")
    judge = flipped.of_rows(path)
    assert judge() == flipped.SAME
    before = path.read_bytes()
    flipped.tried(path, 20, Random(1), judge)
    assert path.read_bytes() == before
    path.write_bytes(kept("b").read_bytes())
    assert judge() == flipped.SILENT
