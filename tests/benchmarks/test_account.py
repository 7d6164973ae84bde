"""The account that the fault tests and the soak rest on: it finds each kind of mistake (robustness 1.4)."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest

from benchmarks.faults.account import Account, account
from benchmarks.faults.screen import Seen
from benchmarks.faults.statements import Statements
from benchmarks.faults.truth import Truth
from disk.records import record
from service.recordings import Recorder
from wire.messages import Stored
from wire.samples import SampleBatch, encode
from wire.topics import Leaf

MACHINE, BOOT = "lab/one", "boot-1"
N = 10
COMPLETENESS = {"expected": 0, "stored": 0, "missing": 0, "refused": 0}


def batch(seq: int, angle_deg: float = 30.0, boot: str = BOOT, n: int = N) -> bytes:
    angle, torque = np.full(n, angle_deg, "<f4"), np.full(n, np.nan, "<f4")
    return encode(SampleBatch(boot=boot, seq=seq, t0=seq * 10_000_000, dt=10_000_000, angle=angle.tobytes(), torque=torque.tobytes()))


class Story:
    """100 samples were taken; a test says what became of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = Statements(0)
        (folder / "lab_one.truth").write_bytes(b"".join(record(batch(seq)) for seq in range(0, 100, N)))

    def recorded(self, *payloads: bytes, session: str = "s1") -> None:
        recorder = Recorder(self.folder / "recordings", machine=MACHINE, session=session, plan=None, metadata={})
        for payload in payloads:
            recorder.batch(payload, 0)
        recorder.finish(COMPLETENESS, {})

    def stored(self, upto: int, refused: Sequence[tuple[int, int]] = (), missing: Sequence[tuple[int, int]] = ()) -> None:
        said = Stored(boot=BOOT, upto=upto, refused=list(refused), missing=list(missing))
        self.said.take(MACHINE, Leaf.STORED, msgspec.json.encode(said))

    def total(self, **options: object) -> Account:
        self.ledger = account(Truth(self.folder), self.folder / "recordings", self.said, **options)  # type: ignore[arg-type]
        return self.ledger.total


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


def test_everything_in_its_place(story: Story) -> None:
    story.recorded(*(batch(seq) for seq in range(0, 100, N)))
    story.stored(99)
    assert story.total() == Account(1, 100, 100, 100, 0, 0, 0, 0, 0, 0, 0, 0)
    assert (story.ledger.lost, story.ledger.faults) == ({}, [])


def test_a_hole_is_lost_and_called_stored_it_is_withdrawn(story: Story) -> None:
    story.recorded(*(batch(seq) for seq in range(0, 100, N) if seq != 40))
    story.stored(99)
    total = story.total()
    assert (total.stored, total.lost, total.withdrawn) == (90, 10, 10)
    assert story.ledger.lost == {BOOT: [(40, 49)]}


def test_what_was_refused_at_rest_is_not_lost_and_in_motion_it_is_unfounded(story: Story) -> None:
    story.recorded(*(batch(seq) for seq in range(20, 100, N)))
    story.stored(99, refused=[(0, 19)])
    total = story.total()
    assert (total.refused, total.lost, total.unfounded) == (20, 0, 0)
    moving = b"".join(record(batch(seq, angle_deg=float(seq))) for seq in range(0, 100, N))
    (story.folder / "lab_one.truth").write_bytes(moving)
    assert story.total().unfounded == 20


def test_twice_in_one_recording_or_in_two(story: Story) -> None:
    story.recorded(*(batch(seq) for seq in range(0, 100, N)), batch(50))
    story.recorded(batch(60), session="s2")
    assert story.total().duplicated == 20


def test_other_values_and_samples_that_never_were(story: Story) -> None:
    story.recorded(*(batch(seq, 31.0 if seq == 70 else 30.0) for seq in range(0, 100, N)), batch(0, boot="another"))
    total = story.total()
    assert (total.altered, total.invented) == (10, 10)


def test_the_last_moment_before_a_kill_is_forgiven(story: Story) -> None:
    story.recorded(*(batch(seq) for seq in range(0, 90, N)))
    assert story.total(kills=[(BOOT, 0.99)], forgiven_s=0.2).in_flight == 10
    total = story.total(kills=[(BOOT, 0.99)], forgiven_s=0.05)
    assert (total.in_flight, total.lost) == (5, 5)


def test_a_statement_that_takes_back_an_earlier_one(story: Story) -> None:
    story.stored(99)
    story.stored(99, missing=[(10, 19)])
    assert len(story.said.faults) == 1


def test_a_recording_that_cannot_be_read(story: Story) -> None:
    story.recorded(*(batch(seq) for seq in range(0, 100, N)))
    (path,) = (story.folder / "recordings").glob("*.mcap")
    data = bytearray(path.read_bytes())
    data[data.index(b"zstd") + 20] ^= 0x40  # within the compressed samples
    path.write_bytes(data)
    story.total()
    assert story.ledger.faults


def test_how_long_a_screen_showed_fresh_data() -> None:
    seen = Seen()
    for k in range(11):
        seen.frame({"t_ns": k * 100_000_000, "sent_ns": k * 100_000_000, "age_ms": 0.0}, k * 0.1)
    seen.frame({"t_ns": 1_500_000_000, "sent_ns": 2_000_000_000, "age_ms": 0.0}, 2.0)  # half a second old, and called fresh
    assert seen.live_s(0.0, 3.0) == pytest.approx(1.25)
    assert seen.live_s(0.55, 1.05) == pytest.approx(0.5)
    assert seen.live_after(0.95) == pytest.approx(1.0)
    assert seen.live_after(1.5) is None
    assert (seen.lies, seen.backwards) == (1, [])
    seen.frame({"machine": "a/b", "t_ns": 1_000_000_000, "sent_ns": 2_100_000_000, "age_ms": 1100.0}, 2.1)
    (words,) = seen.backwards
    assert words.startswith("a/b at ")
    assert words.endswith(": 0.500 s back, said to be 1100.0 ms old and 1.100 s old, after one that was 0.500 s old")
    assert seen.lies == 1
