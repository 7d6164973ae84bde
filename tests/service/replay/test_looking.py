"""What the live analysis had in mind, and where its cue stood (decisions 0185, 0186)."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from service.analysis import Parameters
from service.analysis.inside import UNITS
from service.replay.columns import mapped
from service.replay.gathering import write
from service.replay.looking import looked
from service.replay.pyramid import Pyramid, unfiled
from tests.service.recordings.sessions import flip, truncate
from tests.service.replay.played import play
from wire.capture import Capture
from wire.channels import SIGNALS
from wire.recorded import RecordedError


def column(found: Pyramid, name: str) -> np.ndarray:
    values: np.ndarray = found.levels[0].low[list(UNITS).index(name)]
    return values


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Pyramid:
    """A set to failure, whole."""
    return looked(play(tmp_path_factory.mktemp("whole"), "s1"))


def test_every_20_ms_what_the_detectors_held_against_the_signal(found: Pyramid) -> None:
    t_s = found.levels[0].t_s
    assert np.median(np.diff(t_s)) == pytest.approx(0.02)
    assert found.levels[0].low.shape == (len(UNITS), len(t_s))
    progress = column(found, "progress")
    assert (np.nanmin(progress), np.nanmax(progress)) == (pytest.approx(0, abs=0.05), pytest.approx(1, abs=0.05))
    # Nothing is asked for before a repetition was learnt from; then what the load asks for.
    asked = column(found, "asked_nm")
    assert np.isnan(asked[t_s < 20]).all()
    assert np.isfinite(asked[(t_s > 40) & (t_s < 100)]).all()
    # The last extension stood longer than a stall must, and the reserve came down to nothing.
    assert np.nanmax(column(found, "stalled_s")) > found.about["levels"]["stall_least_s"] == Parameters().stall_least_s
    reserve = column(found, "reserve")
    known = reserve[np.isfinite(reserve)]
    assert known[0] > known[-1]


def test_the_cue_is_where_the_screens_were_told(found: Pyramid) -> None:
    begun, over = found.about["cues"]
    assert (begun["running"], over["running"], over["origin_s"]) == (True, False, None)
    assert begun["origin_s"] < begun["known_s"] < over["known_s"]


def test_what_came_late_was_in_nobodys_mind(tmp_path: Path) -> None:
    """As the live analysis was fed: a gap stays one, and the times are the session's."""
    t_s = looked(play(tmp_path, "s2", gap=range(500, 600))).levels[0].t_s
    assert not len(t_s[(t_s > 20.05) & (t_s < 23.95)])
    assert len(t_s[t_s > 24])


def test_it_is_kept_as_it_is_with_all_that_goes_with_it(found: Pyramid, tmp_path: Path) -> None:
    write(found, tmp_path / "kept.inside")
    again = unfiled(*mapped(tmp_path / "kept.inside"))
    np.testing.assert_array_equal(again.levels[0].low, found.levels[0].low)
    assert (again.about, again.signals, again.period_s) == (found.about, found.signals, found.period_s)


def test_living_again_gives_what_was_shown(tmp_path: Path) -> None:
    """The angle of `/signals`: each row stands at the first of the two samples that it was known after."""
    path = play(tmp_path, "s3", until_s=20)
    again = looked(path)
    messages = list(Capture(path).messages(SIGNALS))
    shown = {round((one.log_time - messages[0].log_time) / 1e9, 3): msgspec.json.decode(one.data)["angle_deg"] for one in messages}
    first_s = again.levels[0].t_s[0]
    angles = column(again, "angle_shown_deg").tolist()
    found = {round(t_s - first_s, 3): angle for t_s, angle in zip(again.levels[0].t_s, angles, strict=True)}
    both = {t_s: angle for t_s, angle in shown.items() if round(t_s + 0.02, 3) in found}
    assert len(both) > 450
    assert max(abs(found[round(t_s + 0.02, 3)] - angle) for t_s, angle in both.items()) < 1e-3


def test_a_recording_that_is_none_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "x.mcap").write_bytes(b"nonsense")
    with pytest.raises(RecordedError):
        looked(tmp_path / "x.mcap")


def test_of_a_damaged_recording_the_rest_is_lived_and_the_damage_said(found: Pyramid, tmp_path: Path) -> None:
    """Decision 0201: what it had in mind before the damage is what it had in mind."""
    for spoil, words in ((flip, "byte "), (truncate, "cut at byte ")):
        rest = looked(spoil(play(tmp_path / spoil.__name__, "s4")))
        assert rest.about["damage"].startswith(words)
        t_s = rest.levels[0].t_s
        before = t_s < 40
        assert t_s[-1] > 60
        np.testing.assert_array_equal(rest.levels[0].low[:, before], found.levels[0].low[:, : np.count_nonzero(before)])
    assert "damage" not in found.about
