"""A session's result, computed once more from its whole recording (contract 2, last paragraph)."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from service.analysis import Parameters
from service.analysis.run import analyse
from service.recordings import events, summary
from service.recordings.finalise import finalise, main
from service.recordings.rerun import recorded_parameters
from tests.service.recordings.sessions import PLAN, record
from wire.capture import Capture
from wire.recorded import RecordedError, open_recorded


def test_the_final_events_are_those_of_the_recording(tmp_path: Path) -> None:
    path = record(tmp_path)
    before = list(Capture(path).messages("/samples"))
    expected = [msgspec.json.encode(event) for event in analyse(open_recorded(path).entries(), PLAN, Parameters())]
    assert finalise(path)
    assert events(path, "final") == expected
    assert [json.loads(text)["kind"] for text in events(path, "live")] == ["set_started", "set_ended"]
    assert list(Capture(path).messages("/samples")) == before
    assert [found.name for found in tmp_path.iterdir()] == ["s1.mcap"]
    row = summary(path)
    assert row.final
    assert row.sets[0]["full"] == 8
    final = Capture(path).final
    assert final is not None
    assert {"version", "computed_utc", "parameters", "events", "only_live", "only_final"} == set(final)
    assert final["events"] == str(len(expected))


def test_it_is_done_once(tmp_path: Path) -> None:
    path = record(tmp_path)
    assert finalise(path)
    data = path.read_bytes()
    assert finalise(path)
    assert path.read_bytes() == data


def test_a_recording_that_misses_samples_stays_as_shown_live(tmp_path: Path) -> None:
    path = record(tmp_path)
    data = path.read_bytes()
    part = path.rename(tmp_path / "s1.mcap.part")
    from service.recordings.copying import copy
    from service.recordings.writer import Writer

    writer = Writer(path)
    copy(part, writer, [], without=("completeness",))
    writer.metadata("completeness", {"expected": "4500", "stored": "4400", "missing": "100", "refused": "0"})
    writer.finish()
    assert not finalise(path)
    assert path.read_bytes() != data
    assert not summary(path).final
    assert main([str(path)]) == 1


def test_a_damaged_recording_is_left_alone(tmp_path: Path) -> None:
    path = record(tmp_path)
    data = path.read_bytes()[:-200]
    path.write_bytes(data)
    with pytest.raises(RecordedError, match="is cut"):
        finalise(path)
    assert path.read_bytes() == data


def test_it_runs_with_the_parameters_of_the_recording(tmp_path: Path) -> None:
    capture = Capture(record(tmp_path))
    assert recorded_parameters(capture) == Parameters()
    capture.metadata = {"parameters": json.dumps({"full": {"value": 0.94, "unit": "share", "source": "x"}, "short": 0.91, "old": 3})}
    assert recorded_parameters(capture) == Parameters(full=0.94, short=0.91)


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "service.recordings.finalise"]
    assert subprocess.run(command, check=False, timeout=60, capture_output=True).returncode == 2
    path = record(tmp_path)
    assert subprocess.run([*command, str(path)], check=False, timeout=60).returncode == 0
    assert summary(path).final
    (tmp_path / "x.mcap").write_bytes(b"nothing")
    found = subprocess.run([*command, str(tmp_path / "x.mcap")], check=False, timeout=60, capture_output=True, text=True)
    assert found.returncode == 1
    assert found.stderr.splitlines() == [f"{tmp_path / 'x.mcap'}:byte 0: is not an MCAP file"]
