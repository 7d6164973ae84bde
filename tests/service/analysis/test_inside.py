"""Decision 0186: what the analysis has in mind, in numbers; nothing of it is invented where nothing is known."""

import math
from pathlib import Path

import msgspec
import numpy as np

from service.analysis import Session
from service.analysis.inside import LEVELS, UNITS, Inside
from service.analysis.parameters import Parameters
from wire.plan import Plan

CASES = Path(__file__).parents[2] / "conformance" / "detection"


def through(case: str, plan: Plan | None, until_s: float = 1e9) -> list[Inside]:
    table = np.genfromtxt(CASES / f"{case}.csv", delimiter=",", skip_header=1)
    times_ns, angles, torques = table[:, 0].astype(np.int64), table[:, 1].astype("<f4"), table[:, 2].astype("<f4")
    session, found = Session(plan), []
    for first in range(0, len(table), 10):
        rows = slice(first, first + 10)
        if times_ns[first] - times_ns[0] > until_s * 1e9:
            break
        session.feed(times_ns[rows], angles[rows], torques[rows])
        found.append(session.inside())
    return found


def planned(case: str) -> Plan:
    return msgspec.convert(msgspec.json.decode((CASES / f"{case}.json").read_bytes())["plan"], Plan)


def test_every_column_has_a_unit_and_every_level_is_a_parameter() -> None:
    assert tuple(UNITS) == Inside._fields
    assert set(LEVELS) <= set(Parameters.__struct_fields__)


def test_nothing_is_known_before_a_sample() -> None:
    assert all(math.isnan(value) for value in Session(planned("fails")).inside())


def test_with_a_plan_the_range_is_known_at_once_demand_and_reserve_once_they_are_learnt() -> None:
    found = through("fails", planned("fails"))
    first, last = found[5], found[-200]
    assert math.isfinite(first.progress)
    assert first.stall_deg_s > 0
    assert math.isnan(first.asked_nm)
    assert math.isnan(first.reserve)
    assert math.isfinite(last.asked_nm)
    assert max(one.stalled_s for one in found if math.isfinite(one.stalled_s)) > 1.0
    assert min(one.stalled_s for one in found if math.isfinite(one.stalled_s)) == 0.0
    known = [one for one in found if math.isfinite(one.reserve)]
    assert known
    assert all(one.reserve_low <= one.reserve <= one.reserve_high for one in known)


def test_without_a_plan_there_is_no_place_before_the_range_is_learnt() -> None:
    found = through("fails", None, until_s=60)
    assert math.isnan(found[0].detection_deg)
    seen = [one for one in found if math.isfinite(one.detection_deg)]
    assert math.isnan(seen[0].progress)
    assert math.isfinite(found[-1].progress)
