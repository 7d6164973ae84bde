"""Issue, battery: every detector, and the session as a whole, through the same checks.

A detector is anything that is fed columns of samples and answers. However the stream is cut, wherever its state is frozen and thawed, the
same samples give the same answers; nothing is said of a signal at rest or before there is one; no reading, however broken, raises.
"""

import math
import pickle
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import pytest
from numpy.typing import NDArray

from service.analysis import Parameters, Session, engine, faults, safety
from service.analysis import state as s
from service.analysis.core import advance
from service.analysis.learning import learn
from service.analysis.movement import Movement
from service.analysis.parameters import described
from service.analysis.tape import Tape
from tests.service.analysis.invariants import check, encoded
from tests.service.analysis.motion import PLAN, Samples, path, repetitions
from wire.events import Event
from wire.messages import Input
from wire.plan import Plan

MOTOR = Plan(range=PLAN.range, tempo=PLAN.tempo, resistance="motor")
FOLLOW = Plan(range=PLAN.range, tempo=PLAN.tempo, pacing="follow")
CUTS = (1, 7, 25, 50, 499)


class Detector(Protocol):
    """Fed columns (ns, deg, Nm), it answers."""

    def feed(self, samples: Samples) -> list[Any]:
        """The answers to these samples."""


class Whole:
    """A session under a plan."""

    def __init__(self, plan: Plan | None) -> None:
        self.session = Session(plan)

    def feed(self, samples: Samples) -> list[Any]:
        return encoded(self.session.feed(samples.t_ns, samples.angle_deg, samples.torque_nm))


class Moves:
    """Whether movement started."""

    def __init__(self) -> None:
        self.movement = Movement(Parameters())

    def feed(self, samples: Samples) -> list[Any]:
        was = self.movement.moving
        now = self.movement.feed(samples.t_ns, samples.angle_deg)
        return [now] if now and not was else []


class Examines:
    """Faults and cleaned readings of the raw path."""

    def __init__(self) -> None:
        self.f, self.n = np.zeros(faults.FAULT_F), np.zeros(faults.FAULT_N, np.int64)
        faults.fresh(self.f, self.n)
        self.c = faults.constants(Parameters(), PLAN)
        self.before: int | None = None

    def feed(self, samples: Samples) -> list[Any]:
        told = []
        for t, angle, torque in zip(samples.t_ns.tolist(), samples.angle_deg.tolist(), samples.torque_nm.tolist(), strict=True):
            if self.before is not None and t <= self.before:
                continue
            dt = 0.0 if self.before is None else (t - self.before) * 1e-9
            self.before = t
            if bits := faults.examine(self.f, self.n, self.c, t, dt, angle, torque):
                told.append((t, bits))
        return told


class Guards:
    """Range and speed."""

    def __init__(self) -> None:
        self.f, self.n = np.zeros(safety.SAFETY_F), np.zeros(safety.SAFETY_N, np.int64)
        safety.fresh(self.f, self.n)
        self.c = safety.constants(Parameters(), PLAN)
        self.before: int | None = None

    def feed(self, samples: Samples) -> list[Any]:
        told = []
        for t, angle in zip(samples.t_ns.tolist(), samples.angle_deg.tolist(), strict=True):
            if self.before is not None and t <= self.before:
                continue
            dt = 0.0 if self.before is None else (t - self.before) * 1e-9
            self.before = t
            known = angle if math.isfinite(angle) else math.nan
            if bits := safety.guard(self.f, self.n, self.c, t, dt, known, known):
                told.append((t, bits))
        return told


class Learns:
    """The range without a plan."""

    def __init__(self) -> None:
        self.state = s.State(Parameters(), None)
        self.state.n[s.L_STATE] = 0

    def feed(self, samples: Samples) -> list[Any]:
        f, n, c = self.state.f, self.state.n, self.state.c
        told = []
        for t, angle in zip(samples.t_ns.tolist(), samples.angle_deg.tolist(), strict=True):
            if math.isfinite(angle) and learn(f, n, c, t, angle) == s.LEARNT:
                told.append((t, f[s.L_FIRST_FLEXION], f[s.L_FIRST_EXTENSION]))
        return told


class Filters:
    """The three paths: what stands on the tape, row by row, once it moves."""

    def __init__(self) -> None:
        self.state = s.State(Parameters(), None)
        self.state.n[s.MODE] = s.OFF
        self.tape = Tape(self.state, 8192)
        self.kept = (np.zeros(faults.FAULT_F), np.zeros(faults.FAULT_N, np.int64), faults.constants(Parameters(), None))
        self.safe = (np.zeros(safety.SAFETY_F), np.zeros(safety.SAFETY_N, np.int64), safety.constants(Parameters(), None))
        faults.fresh(*self.kept[:2])
        safety.fresh(*self.safe[:2])

    def feed(self, samples: Samples) -> list[Any]:
        before = self.state.n[s.HEAD]
        columns = (samples.t_ns, samples.angle_deg, samples.torque_nm)
        tape = (self.tape.times, self.tape.signals, self.tape.size)
        at, count = 0, len(samples.t_ns)
        while True:
            at = advance(*self.state.arrays, *self.kept, *self.safe, *columns, *tape, at, count)
            code = self.state.n[s.CODE]
            if code == s.NOTHING:
                break
            at += code == s.CLOCK
        rows = zip(*(self.tape.column(k)[before:].tolist() for k in range(s.SIGNALS)), strict=True)
        return [str(row) for row in rows if abs(row[s.DEG_S]) > 1.0]


DETECTORS: dict[str, Callable[[], Detector]] = {
    "session, stack": lambda: Whole(PLAN),
    "session, motor": lambda: Whole(MOTOR),
    "session, follow": lambda: Whole(FOLLOW),
    "session, no plan": lambda: Whole(None),
    "movement": Moves,
    "faults": Examines,
    "safety": Guards,
    "learning": Learns,
    "filters": Filters,
}
"""Every detector that is fed samples; those fed repetition by repetition are judged within the sessions."""
PARTS = {name: make for name, make in DETECTORS.items() if not name.startswith("session")}


def signal(name: str, rate_hz: float = 50.0) -> Samples:
    """Named signals: good ones and broken ones."""
    samples = path(*repetitions(3), (36.0, -0.15), (36.5, 1.15), (37.0, 0.0), rate_hz=rate_hz, noise_deg=0.04, jitter=0.3)
    samples.torque_nm += np.random.default_rng(3).normal(0.0, 0.5, len(samples.t_ns)).astype(np.float32)
    n = len(samples.t_ns)
    random = np.random.default_rng(7)
    if name == "no torque":
        samples.torque_nm[:] = np.nan
    elif name == "holes":
        kept = random.random(n) > 0.1
        kept[n // 3 : n // 3 + 40] = False
        return Samples(samples.t_ns[kept], samples.angle_deg[kept], samples.torque_nm[kept])
    elif name == "lost readings":
        samples.angle_deg[random.random(n) < 0.1] = np.nan
        samples.torque_nm[random.random(n) < 0.1] = np.nan
        samples.angle_deg[n // 2 : n // 2 + 50] = np.nan
    elif name == "infinities":
        samples.angle_deg[random.random(n) < 0.02] = np.inf
        samples.torque_nm[random.random(n) < 0.02] = -np.inf
    elif name == "spikes":
        samples.angle_deg[random.random(n) < 0.01] += 300.0
        samples.torque_nm[random.random(n) < 0.01] -= 3e6
    elif name == "times back":
        samples.t_ns[n // 2 :] -= 700_000_000
        samples.t_ns[100] = samples.t_ns[99]
    elif name == "nothing at all":
        samples.angle_deg[:] = np.nan
        samples.torque_nm[:] = np.nan
    return samples


BROKEN = ("no torque", "holes", "lost readings", "infinities", "spikes", "times back", "nothing at all")


def answers(detector: Detector, samples: Samples, size: int) -> list[Any]:
    return [answer for batch in samples.cut(size) for answer in detector.feed(batch)]


@pytest.mark.no_cover  # the same again and again: slow under coverage, and nothing new to it
@pytest.mark.parametrize("name", ["good", "holes", "lost readings", "times back"])
@pytest.mark.parametrize("make", PARTS.values(), ids=PARTS)
def test_says_the_same_of_every_cutting(make: Callable[[], Detector], name: str) -> None:
    """A session's parts; sessions are cut compiled, against a plain one, of every signal: tests/service/test_kernels.py."""
    samples = signal(name)
    expected = answers(make(), samples, len(samples.t_ns))
    for size in CUTS:
        assert answers(make(), samples, size) == expected


@pytest.mark.parametrize("make", DETECTORS.values(), ids=DETECTORS)
class TestEveryDetector:
    def test_says_something_of_a_signal_that_has_it_all(self, make: Callable[[], Detector]) -> None:
        samples = signal("spikes")
        assert answers(make(), samples, 50)

    def test_continues_bit_for_bit_after_being_frozen_anywhere(self, make: Callable[[], Detector]) -> None:
        samples = signal("good")
        detector, told = make(), []
        for batch in samples.cut(61):
            told += detector.feed(batch)
            detector = pickle.loads(pickle.dumps(detector))
        assert told == answers(make(), samples, 61)

    def test_says_nothing_before_there_is_a_signal_and_nothing_of_rest(self, make: Callable[[], Detector]) -> None:
        samples = path((0.0, 0.0), (20.0, 0.0), noise_deg=0.03, rate_hz=50.0)
        samples.torque_nm += np.random.default_rng(3).normal(0.0, 0.5, len(samples.t_ns)).astype(np.float32)
        assert answers(make(), samples, 25) == []
        moving = signal("good")
        assert answers(make(), Samples(moving.t_ns[:10], moving.angle_deg[:10], moving.torque_nm[:10]), 3) == []

    @pytest.mark.parametrize("name", BROKEN)
    def test_raises_nothing_whatever_is_fed(self, make: Callable[[], Detector], name: str) -> None:
        """And says the same twice, cut otherwise."""
        samples = signal(name)
        assert answers(make(), samples, 33) == answers(make(), samples, 499)

    def test_does_not_change_what_it_is_fed(self, make: Callable[[], Detector]) -> None:
        samples = signal("lost readings")
        columns: tuple[NDArray[Any], ...] = (samples.t_ns.copy(), samples.angle_deg.copy(), samples.torque_nm.copy())
        answers(make(), samples, 100)
        after: tuple[NDArray[Any], ...] = (samples.t_ns, samples.angle_deg, samples.torque_nm)
        for before, now in zip(columns, after, strict=True):
            assert before.tobytes() == now.tobytes()


@pytest.mark.parametrize("name", ["good", *BROKEN])
@pytest.mark.parametrize("plan", [PLAN, MOTOR, None], ids=["stack", "motor", "no plan"])
def test_what_a_session_says_is_in_order_whatever_is_fed(name: str, plan: Plan | None) -> None:
    session, samples = Session(plan), signal(name)
    given: list[list[Event]] = [session.feed(batch.t_ns, batch.angle_deg, batch.torque_nm) for batch in samples.cut(40)]
    given.append(session.apply(Input(kind="end")))
    check([event for answer in given for event in answer], given)


def test_a_session_goes_on_with_another_engine_from_its_next_samples_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decision 0034: a service changes over between two blocks; what the compiled one answers is in tests/service/test_kernels.py."""
    monkeypatch.setattr(engine, "_chosen", [engine.PLAIN])
    used: list[int] = []

    def counted(*given: Any) -> int:
        used.append(1)
        return advance(*given)

    session, samples = Session(PLAN), signal("good")
    for number, batch in enumerate(samples.cut(200)):
        if number == 2:
            engine.use(engine.PLAIN._replace(advance=counted))
        session.feed(batch.t_ns, batch.angle_deg, batch.torque_nm)
        assert bool(used) == (number >= 2)


@pytest.mark.parametrize("name", Parameters.__struct_fields__)
def test_each_parameter_refuses_what_is_no_finite_number_above_0(name: str) -> None:
    for value in (0.0, -1.0, math.nan, math.inf, -math.inf):
        with pytest.raises(ValueError, match=name):
            Parameters(**{name: value})


def test_each_parameter_says_its_unit_and_its_source() -> None:
    told = described(Parameters())
    assert list(told) == list(Parameters.__struct_fields__)
    for name, each in told.items():
        assert each["unit"], name
        assert each["source"].split()[0] in {"detection.md", "decision", "contract"}, name
        assert ":" in each["source"], name
        assert each["value"] == getattr(Parameters(), name)
