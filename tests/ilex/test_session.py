"""A recording opened in a notebook (issue 6, point 6): what it holds, and that the analysis is the one that ran live."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

import ilex
from tests.conformance.detection.rewrite import SCENES, read
from tests.ilex.scenes import BOOT, recorded
from wire.recorded import RecordedError


@pytest.fixture(scope="module")
def fails(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded(tmp_path_factory.mktemp("fails"), "fails", raw_torque=True)


@pytest.mark.parametrize("name", [name for name in SCENES if name != "broken-times"])
def test_live_final_and_notebook_are_equal_bit_for_bit(tmp_path: Path, name: str) -> None:
    """Issue 6, figures; `broken-times` is no stream that a machine sends."""
    session = ilex.open(recorded(tmp_path, name))
    expected = read(name)[3]
    assert session.recorded("live") == expected
    assert session.recorded("final") == expected
    assert session.analyze().events == expected
    assert ilex.diff(session, session.analyze()).equal


def test_signals_are_the_recorded_columns_bit_for_bit(fails: Path) -> None:
    columns = read("fails")[0]
    signals = ilex.open(str(fails)).signals
    assert signals.names == ("t_s", "t_ns", "seq", "angle_deg", "torque_nm", "extra.torque_raw")
    assert np.array_equal(signals["t_ns"], columns.t_ns)
    assert np.array_equal(signals["t_s"], (columns.t_ns - columns.t_ns[0]) / 1e9)
    assert np.array_equal(signals["seq"], np.arange(len(columns.t_ns)))
    assert np.array_equal(signals["angle_deg"], columns.angle_deg, equal_nan=True)
    assert np.array_equal(signals["torque_nm"], columns.torque_nm, equal_nan=True)
    assert np.array_equal(signals["extra.torque_raw"], columns.torque_nm + np.float32(10), equal_nan=True)


def test_filtered_signals_are_those_that_are_drawn(fails: Path) -> None:
    session = ilex.open(fails)
    shown = session.filtered()
    assert shown.units["speed_deg_s"] == "deg/s"
    assert np.nanmax(np.abs(shown["angle_shown_deg"] - shown["angle_deg"])) < 3
    slower = session.filtered({"display_hz": 1.0})
    assert np.nanstd(np.diff(slower["torque_shown_nm"])) < np.nanstd(np.diff(shown["torque_shown_nm"]))


def test_internals_are_what_the_live_analysis_had_in_mind(fails: Path, tmp_path: Path) -> None:
    """Decision 0186."""
    session = ilex.open(fails)
    inside = session.internals()
    assert inside.units["stall_deg_s"] == "deg/s"
    assert np.diff(inside["t_s"]) == pytest.approx(0.02)
    assert np.nanmax(inside["stalled_s"]) > session.parameters.stall_least_s
    (tmp_path / "x.csv").write_text("t_s,angle_deg\n0,1\n1,2\n")
    with pytest.raises(ValueError, match="never analysed live"):
        ilex.open(tmp_path / "x.csv").internals()


def test_inputs_plan_and_provenance_come_with_it(fails: Path) -> None:
    session = ilex.open(fails)
    assert (session.machine, session.session, session.damage) == ("demo/one", "fails", None)
    assert session.plan == read("fails")[1]
    assert session.inputs == [{"kind": "end", "boot": BOOT, "seq": 5499, "reason": "recording_ended"}]
    about = session.provenance
    assert about["completeness"] == {"expected": 5500, "stored": 5500, "missing": 0, "refused": 0}
    assert about["edge"] == "simulated"
    assert set(about["final"]) == {"version", "computed_utc"}
    assert session.parameters == ilex.Parameters()
    assert repr(session) == "<Session fails.mcap of demo/one: 5500 samples>"


def test_other_parameters_are_a_record_or_those_that_change(fails: Path) -> None:
    session = ilex.open(fails)
    found = session.analyze(parameters={"partial": 0.85})
    assert found.events == session.analyze(parameters=ilex.Parameters(partial=0.85)).events
    assert found.parameters.partial == 0.85
    assert [one["extent"] for one in found.events.repetitions][-1] == "attempt"


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"partal": 0.8}, "partal: there is no such parameter; did you mean partial?"),
        ({"partial": 0.99}, "return_below < boundary_low"),
        ({"stall_least_s": float("nan")}, "stall_least_s: expected a finite number above 0"),
        ({"partial": "0.8"}, "partial: expected a number, got '0.8'"),
        ({"partial": True}, "partial: expected a number, got True"),
    ],
)
def test_a_parameter_that_cannot_be_is_told(fails: Path, parameters: dict[str, float], why: str) -> None:
    with pytest.raises(ValueError) as found:
        ilex.open(fails).analyze(parameters=parameters)
    assert str(found.value).startswith(why)


@pytest.mark.parametrize("form", [lambda plan, _: plan, lambda plan, _: msgspec.to_builtins(plan), lambda plan, file: file(plan)])
def test_another_plan_judges_the_samples_alone(tmp_path: Path, form: Callable[..., ilex.session.AnyPlan]) -> None:
    """Decision 0042."""

    def file(plan: ilex.Plan) -> Path:
        path = tmp_path / "plan.json"
        path.write_bytes(msgspec.json.encode(plan))
        return path

    session = ilex.open(recorded(tmp_path, "paused", final=False))
    assert session.plan is not None
    assert session.events.of("paused")
    found = session.analyze(plan=form(session.plan, file))
    assert found.plan == session.plan
    assert not found.events.of("paused")


def test_a_plan_that_cannot_be_is_told_with_a_pointer(fails: Path) -> None:
    with pytest.raises(ValueError, match=r"^/range/extension_deg: expected less than flexion_deg"):
        ilex.open(fails).analyze(
            plan={"range": {"flexion_deg": 5, "extension_deg": 6}, "tempo": {"extension_s": 4, "hold_s": 2, "flexion_s": 3, "turn_s": 1}}
        )


def test_a_table_of_samples_has_signals_and_an_analysis_and_no_recorded_events(tmp_path: Path) -> None:
    path = tmp_path / "set.csv"
    rows = read("no-plan")[0]
    lines = [f"{t / 1e9!r},{angle}" for t, angle in zip((rows.t_ns - rows.t_ns[0]).tolist(), rows.angle_deg.tolist(), strict=True)]
    path.write_text("\n".join(["t_s,angle_deg", *lines, ""]))
    session = ilex.open(path)
    assert (session.machine, session.plan) == (None, None)
    assert list(session.events) == list(session.inputs) == []
    assert session.analyze().events.sets[0]["full"] == 6
    assert np.isnan(session.signals["torque_nm"]).all()
    assert session.plot()._repr_png_().startswith(b"\x89PNG")


def test_a_recording_that_was_cut_is_opened_as_far_as_it_goes(fails: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.mcap.part"
    path.write_bytes(fails.read_bytes()[:200_000])
    session = ilex.open(path)
    assert session.damage == "byte 200000"
    assert session.provenance["damage"] == "byte 200000"
    assert 0 < len(session.signals) < 5500
    whole = ilex.open(fails).events
    assert session.events == whole[: len(session.events)]
    assert len(session.events) > 10


def test_what_is_no_recording_is_said_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x.mcap"
    path.write_bytes(b"nothing")
    with pytest.raises(RecordedError, match=r"^[^\n]*x\.mcap:byte 0: is not an MCAP file[^\n]*$"):
        ilex.open(path)
    with pytest.raises(RecordedError, match="no such file"):
        ilex.open(tmp_path / "y.mcap")


@pytest.mark.parametrize(("name", "begins"), [("x.png", b"\x89PNG"), ("x.svg", b"<?xml"), ("x.html", b"<!doctype html>")])
def test_a_plot_is_shown_and_written(fails: Path, tmp_path: Path, name: str, begins: bytes) -> None:
    ilex.open(fails).plot(tmp_path / name)
    assert (tmp_path / name).read_bytes()[:15].lower().startswith(begins.lower())


def test_a_plot_of_another_kind_is_refused(fails: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"expected a name that ends in \.png, \.svg or \.html"):
        ilex.open(fails).analyze().plot(tmp_path / "x.jpg")


def test_an_event_of_a_newer_version_is_kept_and_not_drawn(fails: Path) -> None:
    session = ilex.open(fails)
    session.events = ilex.Events([*session.events, {"kind": "levitated", "id": 99, "set": 1, "at_s": 5.0, "known_s": 5.0}])
    assert session.events.kinds["levitated"] == 1
    assert session.plot()._repr_png_()


def test_events_are_what_the_contract_says_in_json(fails: Path) -> None:
    events = ilex.open(fails).events
    assert json.loads(json.dumps(list(events))) == list(events)
