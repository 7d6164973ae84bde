"""`ilex import`: a table becomes a recording like any other (issue 6, point 5)."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

import ilex as bench
from tests.conformance.detection.rewrite import read
from tests.service.cli.test_commands import Said, ilex
from wire import samples
from wire.capture import Capture

__all__ = ["ilex"]
Ilex = Callable[..., Said]
MAP = (
    '[time]\ncolumn = "t_ns"\nunit = "ns"\n[angle]\ncolumn = "x"\nsign = -1\noffset_deg = 60\n[torque]\ncolumn = "m"\n[extra]\nraw = "m"\n'
)


def table(folder: Path, name: str) -> Path:
    """A scene of the conformance set as another machine would write it: the angle rises while extending, and is 0 at the start."""
    columns = read(name)[0]
    rows = zip(columns.t_ns.tolist(), columns.angle_deg.tolist(), columns.torque_nm.tolist(), strict=True)
    path = folder / "Other machine.csv"
    path.write_text("t_ns,x,m\n" + "".join(f"{t},{60 - angle!r},{torque!r}\n" for t, angle, torque in rows))
    (folder / "map.toml").write_text(MAP)
    (folder / "plan.json").write_bytes(msgspec.json.encode(read(name)[1]))
    return path


def test_it_is_analysed_as_if_it_had_been_recorded(ilex: Ilex, tmp_path: Path) -> None:
    path = table(tmp_path, "fails")
    done = ilex(
        "import", str(path), "--map", str(tmp_path / "map.toml"), "--plan", str(tmp_path / "plan.json"), "--started", "2026-03-01T09:30:00"
    )
    made = tmp_path / "Other machine.mcap"
    assert done == Said(0, f"{made}: 5500 samples\n", "")
    session = bench.open(made)
    assert (session.machine, session.damage) == ("import/other-machine", None)
    assert session.provenance["started_utc"] == "2026-03-01T09:30:00.000Z"
    assert session.provenance["imported"]["mapping"]["angle"] == {"column": "x", "unit": "deg", "sign": -1, "offset_deg": 60.0}
    assert session.provenance["completeness"] == {"expected": 5500, "stored": 5500, "missing": 0, "refused": 0}
    columns = read("fails")[0]
    signals = session.signals
    assert np.array_equal(signals["t_ns"], columns.t_ns - columns.t_ns[0])
    assert np.abs(signals["angle_deg"] - columns.angle_deg).max() < 1e-5
    assert np.array_equal(signals["torque_nm"], columns.torque_nm)
    assert np.array_equal(signals["extra.raw"], columns.torque_nm)
    assert session.recorded("final") == session.analyze().events
    assert [event["kind"] for event in session.events] == [event["kind"] for event in read("fails")[3]]
    shown = [json.loads(message.data) for message in Capture(made).messages("/signals")]
    assert len(shown) == 5500
    assert {row["phase"] for row in shown if "phase" in row} == {"extension", "hold", "flexion", "turn"}
    assert [each.name for each in sorted(tmp_path.iterdir())] == ["Other machine.csv", "Other machine.mcap", "map.toml", "plan.json"]


def wide(folder: Path, columns: int) -> Path:
    """40 ms at 1 kHz with so many further columns, whose names are as long as names may be."""
    names = [f"extra.{n:064d}" for n in range(columns)]
    path = folder / "wide.csv"
    rows = [",".join([str(row / 1000), str(1.5 * row), *(str(row + n) for n in range(columns))]) for row in range(40)]
    path.write_text("\n".join([",".join(["t_s", "angle_deg", *names]), *rows]))
    return path


def test_many_further_columns_are_split_into_messages_that_hold_them(ilex: Ilex, tmp_path: Path) -> None:
    """contract 2: a batch has at most 32 KiB. 400 columns of 20 ms at 1 kHz have more."""
    done = ilex("import", str(wide(tmp_path, 400)))
    assert done == Said(0, f"{tmp_path / 'wide.mcap'}: 40 samples\n", "")
    messages = [message.data for message in Capture(tmp_path / "wide.mcap").messages("/samples")]
    assert max(map(len, messages)) <= samples.MOST_BYTES
    signals = bench.open(tmp_path / "wide.mcap").signals
    assert np.array_equal(signals[f"extra.{399:064d}"], np.arange(40, dtype=np.float32) + 399)


def test_more_further_columns_than_a_message_holds_are_refused(ilex: Ilex, tmp_path: Path) -> None:
    path = wide(tmp_path, 420)
    code, said, words = ilex("import", str(path))
    assert (code, said) == (1, "")
    told = "420 further columns are more than a message of 32 KiB holds of one sample: name those that are wanted under [extra]"
    assert words == f"ilex: {path}: {told} of a mapping (--map)\n"
    assert [each.name for each in tmp_path.iterdir()] == ["wide.csv"]


def test_imported_anew_it_is_the_same_session(ilex: Ilex, tmp_path: Path) -> None:
    """Decision 0231: a better mapping makes no second session; what is no import's recording has none to give."""
    (tmp_path / "x.csv").write_text("t_s,angle_deg\n0,10\n0.01,11\n0.02,12\n")
    sessions = []
    for name in ("x.mcap", "x.mcap", "other.mcap"):
        (tmp_path / "other.mcap").write_bytes(b"no recording")
        done = ilex("import", str(tmp_path / "x.csv"), "-o", str(tmp_path / name), "--force")
        assert done[0] == 0
        sessions.append(Capture(tmp_path / name).session)
    assert sessions[0] == sessions[1] != sessions[2]


def test_times_that_fall_are_kept_and_told_as_a_clock_fault(ilex: Ilex, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("t_s,angle_deg\n" + "".join(f"{t / 100},{60 - t % 50}\n" for t in [*range(500), *range(480, 700)]))
    assert ilex("import", str(path), "--machine", "lab/x").returncode == 0
    session = bench.open(tmp_path / "x.mcap")
    assert len(session.signals) == 720
    assert session.events.of("signal_faulted", fault="clock")


def test_what_is_there_is_not_replaced_unasked(ilex: Ilex, tmp_path: Path) -> None:
    """Decision 0043."""
    path = tmp_path / "x.csv"
    path.write_text("t_s,angle_deg\n0,1\n1,2\n")
    assert ilex("import", str(path)).returncode == 0
    assert "is there already; --force replaces it" in ilex("import", str(path)).stderr
    assert ilex("import", str(path), "--force").returncode == 0


def test_faults_are_one_line_and_leave_nothing_behind(ilex: Ilex, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n0,1\n1,2\n")
    found = ilex("import", str(path))
    assert (found.returncode, found.stderr) == (1, f"ilex: {path}: no column 't_s'; found a, b\n")
    assert "no such file" in ilex("import", str(path), "--map", str(tmp_path / "none.toml")).stderr.lower()
    assert [each.name for each in tmp_path.iterdir()] == ["x.csv"]
    for arguments in (["x.mcap"], [str(path), "-o", "y.csv"], [str(path), "--machine", "One"]):
        assert ilex("import", *arguments).returncode == 2
