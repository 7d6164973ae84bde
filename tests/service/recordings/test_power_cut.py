"""What a power cut leaves of recordings (robustness F07, contract 8): all that a returned sync covered, and no `.mcap` that isn't whole.

The twin of the disk door rebuilds the states that are legal at each moment: writes dropped, reordered, torn; names not there yet.
"""

import errno
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcap.reader import make_reader

from service.recordings import Recorder, recover
from service.recordings.finalise import finalise
from tests.faults.twin import State, Twin, each_sync_matters
from tests.service.recordings.sessions import BOOT, PLAN, UTC_OFFSET_NS, batches, made_whole, movement
from tests.service.recordings.slow import Slow
from wire import samples
from wire.capture import Capture

SENT = batches(movement(1), 10)


class Clinic:
    """One session on a twin of the disk, and what of it was promised at which moment."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self.at = 0
        self.promises: list[tuple[int, int, str]] = []
        """The twin's moment, samples that are stored from then on, and the whole file: "", "finished" or "final"."""
        self.recorder = self._opened(
            Recorder(twin.root, machine="clinic/one", session="s1", plan=PLAN, metadata={"parameters": "{}"}, disk=twin)
        )

    def _opened(self, recorder: Recorder) -> Recorder:
        recorder.utc_offset_ns = UTC_OFFSET_NS
        return recorder

    def feed(self, count: int = 3) -> None:
        for batch in SENT[self.at : self.at + count]:
            self.recorder.batch(samples.encode(batch), batch.t0)
        self.at = min(self.at + count, len(SENT))
        self.recorder.note("x", {})

    def flush(self) -> None:
        self.recorder.flush()

    def sync(self) -> None:
        self.recorder.cut()
        self.recorder.sync()
        self._promise("")

    def _promise(self, kept: str) -> None:
        self.promises.append((self.twin.moment, 10 * self.at, kept))

    def fail(self, error: int) -> None:
        """The next sync fails."""
        self.feed(1)
        self.recorder.flush()
        self.twin.fail(self.twin.calls + 1, error)
        try:
            self.sync()
        except OSError:
            return
        raise AssertionError("it did not fail")

    def kill(self) -> None:
        """What was flushed is there for the next process."""
        self.recorder.flush()
        self.recorder.close()
        self.recorder = self._opened(Recorder.resume(self.recorder.path, self.twin))
        self._promise("")

    def finish(self) -> Path:
        stored = 10 * self.at
        path = self.recorder.finish({"expected": stored, "stored": stored, "missing": 0, "refused": 0}, {"reason": "stopped"})
        self._promise("finished")
        return path

    def go_on(self) -> None:
        self.recorder = self._opened(Recorder.resume(self.finish(), self.twin))
        # It is no promise any more that the finished file is the newest, but it is there.

    def check(self, moment: int, state: State, folder: Path) -> None:
        """A state after a power cut at that moment."""
        state.put(folder)
        stored, kept = 0, ""
        for at, count, name in self.promises:
            if at <= moment:
                stored, kept = count, name or kept
        whole = [path for path in folder.iterdir() if path.name.endswith(".mcap")]
        for path in whole:
            assert Capture(path).damage is None, path
            with path.open("rb") as file:
                # Reading it through checks every checksum.
                list(make_reader(file, validate_crcs=True).iter_messages())
        if kept:
            assert [path.name for path in whole] == ["s1.mcap"]
        made_whole(folder, Twin(folder))
        path = folder / "s1.mcap"
        if stored:
            assert path.exists(), [path.name for path in folder.iterdir()]
        if path.exists():
            capture = Capture(path)
            ranges = capture.ranges().get(BOOT, [(0, -1)])
            # Of what was not synced there may be islands.
            assert not stored or (ranges[0][0] == 0 and ranges[0][1] + 1 >= stored)
            assert capture.damage is None
            if kept == "final" and self.promises[-1][2] == "final":
                assert capture.final is not None
        assert {path.suffix for path in folder.iterdir()} <= {".mcap", ".torn"}


def story(twin: Twin, *, every: int = 1, draws: int = 1) -> None:
    """Recorded, killed, gone on with, finished, opened again, finished, made final; and at every moment a power cut."""
    clinic = Clinic(twin)
    clinic.feed()
    clinic.flush()
    clinic.feed()
    clinic.sync()
    clinic.feed()
    clinic.fail(errno.EIO)
    clinic.sync()
    clinic.feed()
    clinic.kill()
    clinic.feed()
    clinic.sync()
    clinic.go_on()
    clinic.feed()
    clinic.sync()
    path = clinic.finish()
    assert finalise(path, twin)
    clinic.promises.append((twin.moment, 10 * clinic.at, "final"))
    states = twin.root.with_name(f"{twin.root.name} states")
    for number, (moment, state) in enumerate(twin.cuts(Random(7), every, draws)):
        clinic.check(moment, state, states / str(number))


def test_at_every_moment_of_a_recording_a_power_cut_takes_nothing_that_was_synced(tmp_path: Path) -> None:
    story(Twin(_folder(tmp_path)), draws=2)


def test_without_any_single_sync_something_would_be_lost(tmp_path: Path) -> None:
    """The mutation check of robustness-and-screens.md 1.4."""
    assert each_sync_matters(lambda twin: story(twin, draws=6), tmp_path) == []


def test_what_comes_while_a_file_is_written_anew_outlives_a_kill_and_its_sync_a_power_cut(tmp_path: Path) -> None:
    twin = Slow(_folder(tmp_path))
    clinic = Clinic(twin)
    clinic.feed()
    clinic.sync()
    clinic.feed()
    clinic.fail(errno.EIO)
    seen: list[str] = []

    def during(call: str) -> None:
        seen.append(call)
        if seen.count(call) == 1:
            clinic.feed(1)
            clinic.flush()
        # What a kill at this moment leaves is what is in the folder.
        assert Capture(twin.root / "s1.mcap.part").ranges() == {BOOT: [(0, 10 * clinic.at - 1)]}

    twin.during = during
    clinic.sync()
    assert seen == ["write", "sync", "write", "sync"]
    for number, (moment, state) in enumerate(twin.cuts(Random(5), draws=4)):
        clinic.check(moment, state, tmp_path / str(number))


def _folder(path: Path) -> Path:
    folder = path / "disk"
    folder.mkdir()
    return folder


STEPS = st.lists(st.sampled_from(["feed", "flush", "sync", "kill", "go_on", "full", "broken"]), min_size=1, max_size=12)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, seed=st.integers(0, 2**32))
def test_whatever_happens_before_it(steps: list[str], seed: int, tmp_path_factory: object) -> None:
    assert hasattr(tmp_path_factory, "mktemp")
    folder: Path = tmp_path_factory.mktemp("cut")
    clinic = Clinic(Twin(_folder(folder)))
    for step in steps:
        match step:
            case "full":
                clinic.fail(errno.ENOSPC)
            case "broken":
                clinic.fail(errno.EIO)
            case "feed":
                clinic.feed()
            case _:
                getattr(clinic, step)()
    random = Random(seed)
    for number in range(5):
        moment = random.randrange(1, clinic.twin.moment + 1)
        clinic.check(moment, clinic.twin.cut(random, moment), folder / f"state {number}")


def test_a_recovery_by_hand_that_is_cut_off_leaves_the_damaged_file_as_it_was(tmp_path: Path) -> None:
    """`ilex recover`: the new file has its name only when it is whole, and then it stays."""
    clinic = Clinic(Twin(_folder(tmp_path)))
    clinic.feed(20)
    clinic.flush()
    clinic.recorder.close()
    before = clinic.recorder.path.read_bytes()
    twin = Twin(clinic.twin.root)
    begun = twin.moment
    recover(clinic.recorder.path, twin.root / "s1.mcap", twin)
    done = twin.moment
    for moment, state in twin.cuts(Random(3), draws=4):
        if moment < begun:
            continue
        files = {str(name): content for name, content in state.files.items()}
        assert files["s1.mcap.part"] == before
        if "s1.mcap" in files or moment == done:
            found = state.put(tmp_path / f"{moment} {len(list(tmp_path.iterdir()))}") / "s1.mcap"
            assert Capture(found).total == 200
