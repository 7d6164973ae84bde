"""Issue, battery: a snapshot continues bit for bit, and nothing but a session of this version is ever built from bytes."""

import contextlib
import io
import os
import pickle
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.analysis import Parameters, Session
from service.analysis.demand import Demand
from service.analysis.snapshot import SnapshotError, freeze, thaw
from service.analysis.tape import Tape
from tests.service.analysis.invariants import encoded
from tests.service.analysis.motion import PLAN, path, repetitions
from wire.events import ReserveEstimated
from wire.messages import Input
from wire.plan import PastSet, Plan, Range


class Foreign:
    """Pickles into a call of something else."""

    def __init__(self, what: Callable[..., Any], *arguments: Any) -> None:
        self.what, self.arguments = what, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.what, self.arguments


def dotted(module: str, name: str) -> bytes:
    """A pickle that asks for a name within a module, by a way with dots, and calls it."""
    return b"\x80\x04\x8c" + bytes([len(module)]) + module.encode() + b"\x8c" + bytes([len(name)]) + name.encode() + b"\x93)R."


@pytest.mark.parametrize(
    "plan", [PLAN, None, Plan(range=PLAN.range, tempo=PLAN.tempo, resistance="motor")], ids=["stack", "no plan", "motor"]
)
@pytest.mark.parametrize("every", [1, 23])
def test_it_continues_bit_for_bit_from_any_point(plan: Plan | None, every: int) -> None:
    samples = path(*repetitions(2), noise_deg=0.05, jitter=0.3, rate_hz=50.0)
    parameters, past = Parameters(full=0.94), (PastSet(100.0, 12, 10.0),)
    whole, cut = Session(plan, parameters, past), Session(plan, parameters, past)
    expected: list[bytes] = []
    told: list[bytes] = []
    for k, batch in enumerate(samples.cut(29)):
        columns = (batch.t_ns, batch.angle_deg, batch.torque_nm)
        expected += encoded(whole.feed(*columns))
        told += encoded(cut.feed(*columns))
        if k % every == 0:
            cut = Session.restore(cut.snapshot())
    entries = (Input(kind="button", button="pause", press="a"), Input(kind="resume"), Input(kind="end"))
    for entry in entries:
        expected += encoded(whole.apply(entry))
        told += encoded(cut.apply(entry))
        cut = Session.restore(cut.snapshot())
    assert told == expected
    assert len(told) > 10
    assert cut.repetitions == whole.repetitions
    assert (cut.first_ns, cut.last_ns, cut.last_event_id) == (whole.first_ns, whole.last_ns, whole.last_event_id)
    assert (cut.angle_deg, cut.speed_deg_s, cut.torque_nm, cut.cue) == (whole.angle_deg, whole.speed_deg_s, whole.torque_nm, whole.cue)


def test_earlier_sets_are_those_of_the_plan_where_none_are_handed_in() -> None:
    """detection.md 4.6, decision 0247."""
    samples, past = path(*repetitions(5)), [PastSet(100.0, 6, 10.0)] * 3
    planned, handed, new = Session(msgspec.structs.replace(PLAN, past=past)), Session(PLAN, past=past), Session(PLAN)
    told = [
        [event for event in each.feed(samples.t_ns, samples.angle_deg, samples.torque_nm) if isinstance(event, ReserveEstimated)]
        for each in (planned, handed, new)
    ]
    assert told[0] == told[1] != told[2]
    assert [event.high < other.high for event, other in zip(told[0], told[2], strict=True)] == [True] * 2


def test_the_copy_shares_nothing_with_the_session() -> None:
    samples = path(*repetitions(2))
    session = Session(PLAN)
    session.feed(samples.t_ns[:900], samples.angle_deg[:900], samples.torque_nm[:900])
    frozen = session.snapshot()
    session.feed(samples.t_ns[900:], samples.angle_deg[900:], samples.torque_nm[900:])
    assert Session.restore(frozen).last_ns == samples.t_ns[899]


def test_a_snapshot_of_a_fresh_session_is_one() -> None:
    samples = path(*repetitions(1))
    columns = (samples.t_ns, samples.angle_deg, samples.torque_nm)
    assert encoded(Session.restore(Session(PLAN).snapshot()).feed(*columns)) == encoded(Session(PLAN).feed(*columns))


@pytest.mark.parametrize(
    "frozen",
    [
        b"",
        b"no snapshot",
        pickle.dumps(Foreign(os.system, "exit 3")),
        pickle.dumps(Foreign(eval, "1 + 1")),
        pickle.dumps(Foreign(io.BytesIO, b"")),
        pickle.dumps(Foreign(np.zeros, 3)),
        pickle.dumps(Foreign(freeze, 1)),
        pickle.dumps([1, 2]),
        pickle.dumps(Parameters()),
        pickle.dumps(Demand(Parameters(), Range(60.0, 6.0))),
        dotted("service.analysis.snapshot", "pickle.loads"),
        dotted("service.analysis.snapshot", "io.BytesIO"),
        dotted("service.analysis.session", "np.zeros"),
        dotted("service.analysis.nothing", "Thing"),
        dotted("wire.recorded", "Block"),
    ],
)
def test_foreign_bytes_are_refused(frozen: bytes) -> None:
    with pytest.raises(SnapshotError):
        Session.restore(frozen)


def test_one_cut_short_or_of_another_kind_is_refused() -> None:
    frozen = Session(PLAN).snapshot()
    with pytest.raises(SnapshotError):
        Session.restore(frozen[: len(frozen) // 2])
    with pytest.raises(SnapshotError, match="expected a snapshot of a Tape"):
        thaw(frozen, Tape)


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_broken_bytes_never_raise_anything_else(data: st.DataObject) -> None:
    frozen = bytearray(FROZEN)
    for _ in range(data.draw(st.integers(1, 4))):
        frozen[data.draw(st.integers(0, min(600, len(frozen) - 1)))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(SnapshotError):
        assert isinstance(Session.restore(bytes(frozen)), Session)


FROZEN = Session(PLAN).snapshot()
