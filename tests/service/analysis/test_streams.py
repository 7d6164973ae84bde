"""Issue, battery: made-up streams of movement, broken readings and inputs keep the invariants of contract 4, however they are cut."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from service.analysis import Session
from service.analysis.cue import Cue
from tests.service.analysis.invariants import check, encoded
from tests.service.analysis.motion import PLAN, Samples, path
from wire.events import Event, RepetitionCompleted, SetEnded
from wire.messages import Input
from wire.plan import SPEED_LIMIT_DEG_S, Plan, Range, Repetitions, Tempo
from wire.plan import faults as plan_faults

PLANS: list[Plan | None] = [
    PLAN,
    None,
    Plan(range=PLAN.range, tempo=PLAN.tempo, load_nm=100.0, pacing="follow"),
    Plan(range=PLAN.range, tempo=PLAN.tempo, resistance="motor", load_nm=120.0),
    Plan(range=PLAN.range, tempo=PLAN.tempo, endpoint="repetitions", repetitions=Repetitions(1, 2)),
    Plan(range=Range(30.0, 20.0), tempo=Tempo(1.0, 0.0, 1.0, 0.0)),
]

STEPS = st.lists(st.tuples(st.floats(0.2, 5.0), st.floats(-0.15, 1.15)), min_size=2, max_size=12)
TORQUES = st.lists(st.sampled_from([100.0, 90.0, 60.0, 20.0, 5.0, 130.0, 160.0]), min_size=1, max_size=6)
BREAKS = st.lists(
    st.tuples(
        st.sampled_from(["angle lost", "torque lost", "hole", "spike", "infinite", "back", "same time", "stuck", "offset", "torque spike"]),
        st.floats(0.0, 1.0),
        st.integers(1, 80),
    ),
    max_size=4,
)
INPUTS = st.lists(
    st.tuples(
        st.sampled_from(["start", "start later", "pause", "resume", "stop", "pain", "button pause", "button pain", "end", "lost"]),
        st.floats(0.0, 1.0),
    ),
    max_size=4,
)


def break_(samples: Samples, how: str, at: int, count: int) -> Samples:
    """One thing wrong with a stretch of samples."""
    part = slice(at, at + count)
    if how == "angle lost":
        samples.angle_deg[part] = np.nan
    elif how == "torque lost":
        samples.torque_nm[part] = np.nan
    elif how == "hole":
        kept = np.ones(len(samples.t_ns), bool)
        kept[max(at, 1) : at + count] = False
        return Samples(samples.t_ns[kept], samples.angle_deg[kept], samples.torque_nm[kept])
    elif how == "spike":
        samples.angle_deg[at] += 90.0
    elif how == "torque spike":
        samples.torque_nm[at] -= 900.0
    elif how == "infinite":
        samples.angle_deg[part] = np.inf
        samples.torque_nm[part] = -np.inf
    elif how == "back":
        samples.t_ns[at:] -= count * 20_000_000
    elif how == "same time":
        samples.t_ns[part] = samples.t_ns[at]
    elif how == "stuck":
        samples.angle_deg[part] = samples.angle_deg[at]
    else:
        samples.angle_deg[at:] += np.float32(count)
    return samples


def entry_of(kind: str, number: int, samples: Samples, at: int) -> Input:
    """An input as the service tells it."""
    now = int(samples.t_ns[min(at, len(samples.t_ns) - 1)])
    if kind == "start later":
        return Input(kind="start", origin_ns=now + 1_500_000_000)
    if kind == "pain":
        return Input(kind="stop", reason="pain")
    if kind.startswith("button"):
        return Input(kind="button", button="pain" if kind.endswith("pain") else "pause", press=f"press {number}")
    if kind == "lost":
        return Input(kind="end", reason="signal_lost")
    return Input(kind=kind)  # type: ignore[arg-type]  # start, pause, resume, stop, end


def run(
    samples: Samples, plan: Plan | None, inputs: dict[int, list[Input]], size: int
) -> tuple[list[Event], list[list[Event]], list[float]]:
    """Events, the same call by call, and where the cue was after each."""
    session = Session(plan)
    answers: list[list[Event]] = []
    cues: list[float] = []
    count = len(samples.t_ns)
    at = 0
    for edge in sorted({*range(size, count, size), count, *inputs}):
        if edge > at:
            answers.append(session.feed(samples.t_ns[at:edge], samples.angle_deg[at:edge], samples.torque_nm[at:edge]))
        at = edge
        answers += [session.apply(entry) for entry in inputs.get(edge, ())]
        if session.last_ns is not None and (cue := session.cue_at(session.last_ns)) is not None:
            cues.append(cue)
    answers.append(session.apply(Input(kind="end")))
    return [event for answer in answers for event in answer], answers, cues


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=[Phase.explicit, Phase.generate])
@given(
    plan=st.sampled_from(PLANS),
    steps=STEPS,
    rate_hz=st.sampled_from([25.0, 40.0, 50.0, 100.0]),
    jitter=st.sampled_from([0.0, 0.4]),
    torques=TORQUES,
    breaks=BREAKS,
    told=INPUTS,
    size=st.sampled_from([7, 31, 499]),
)
def test_every_stream_keeps_the_invariants_and_says_the_same_of_every_cutting(
    plan: Plan | None,
    steps: list[tuple[float, float]],
    rate_hz: float,
    jitter: float,
    torques: list[float],
    breaks: list[tuple[str, float, int]],
    told: list[tuple[str, float]],
    size: int,
) -> None:
    points = [(0.0, 0.0), (1.5, 0.0)]
    for seconds, place in steps:
        points.append((points[-1][0] + seconds, place))
    range_ = plan.range if plan else PLAN.range
    samples = path(*points, rate_hz=rate_hz, jitter=jitter, noise_deg=0.03, flexion=range_.flexion_deg, extension=range_.extension_deg)
    n = len(samples.t_ns)
    samples.torque_nm[:] = np.interp(np.arange(n), np.linspace(0, n, len(torques)), torques)
    for how, share, count in breaks:
        samples = break_(samples, how, int(share * (len(samples.t_ns) - 1)), count)
    n = len(samples.t_ns)
    inputs: dict[int, list[Input]] = {}
    for number, (kind, share) in enumerate(told):
        at = int(share * n)
        inputs.setdefault(at, []).append(entry_of(kind, number, samples, at))
    events, answers, cues = run(samples, plan, inputs, 25)
    check(events, answers)
    for cue in cues:
        assert range_.extension_deg - 1e-6 <= cue <= range_.flexion_deg + 1e-6
    assert encoded(run(samples, plan, inputs, size)[0]) == encoded(events)
    for event in events:
        if isinstance(event, (RepetitionCompleted, SetEnded)):
            assert event.set is not None


@given(
    flexion=st.floats(-90.0, 180.0),
    reach=st.floats(5.0, 150.0),
    phases=st.tuples(*(st.floats(0.0, 12.0) for _ in range(4))),
    since_s=st.floats(-20.0, 400.0),
)
def test_a_cue_never_leaves_its_range_nor_moves_faster_than_its_clamp(
    flexion: float, reach: float, phases: tuple[float, float, float, float], since_s: float
) -> None:
    plan = Plan(range=Range(flexion, flexion - reach), tempo=Tempo(*phases))
    if plan_faults(plan):
        return  # refused before the set
    cue = Cue(plan)
    for at_s in np.linspace(since_s, since_s + sum(phases) + 1.0, 50).tolist():
        for repeat in (True, False):
            here, there = cue.angle_deg(at_s, repeat=repeat), cue.angle_deg(at_s + 1e-3, repeat=repeat)
            assert plan.range.extension_deg - 1e-6 <= here <= plan.range.flexion_deg + 1e-6
            assert abs(there - here) <= SPEED_LIMIT_DEG_S * 1e-3 + 1e-6


@pytest.mark.parametrize("rate_hz", [25.0, 100.0, 500.0, 1000.0])
def test_an_empty_block_changes_nothing(rate_hz: float) -> None:
    samples = path((0.0, 0.0), (1.0, 0.0), (3.0, 1.0), (4.0, 1.0), (6.0, 0.0), (7.0, 0.0), rate_hz=rate_hz)
    empty = Samples(samples.t_ns[:0], samples.angle_deg[:0], samples.torque_nm[:0])
    for plan in (PLAN, None):
        whole, parts = Session(plan), Session(plan)
        expected, told = [], []
        for batch in samples.cut(200):
            expected += whole.feed(batch.t_ns, batch.angle_deg, batch.torque_nm)
            told += parts.feed(empty.t_ns, empty.angle_deg, empty.torque_nm)
            told += parts.feed(batch.t_ns, batch.angle_deg, batch.torque_nm)
        assert encoded(told) == encoded(expected)
