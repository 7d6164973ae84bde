"""Compiled kernels (decision 0034): the same bits as plain Python, kept by content, never waited for."""

import asyncio
import fcntl
import importlib
import importlib.metadata
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import msgspec
import numpy as np
import pytest
import structlog.testing
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from service import kernels
from service.analysis import Session, engine
from service.analysis.engine import PLAIN, Engine
from service.kernels import KernelError, kept, source, warming
from tests.conformance.detection.rewrite import SCENES, events_of, read
from tests.service.analysis.motion import PLAN, Samples, path
from tests.service.analysis.test_battery import BROKEN, CUTS, DETECTORS, answers, signal
from tests.service.toy import FUNCTIONS, RAISING, TOY, Toy, powered, unlike
from wire.plan import Plan

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # compiling takes 15 s of the processor, which others want, too

NAME = "tests.service.toy:TOY"
plain_toy = cast(Engine, TOY)


@pytest.fixture(scope="session")
def code(shared: Path) -> bytes:
    """The toy's machine code, made once for all test processes."""
    with pytest.MonkeyPatch.context() as patch, (shared / "compiling toy").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        patch.setenv("ILEX_CACHE", str(shared / "toy"))
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
        kept.compiled(plain_toy, NAME)
        made = kept.read(plain_toy)
    assert made is not None
    return made


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty cache folder for each test."""
    monkeypatch.setenv("ILEX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.delenv("ILEX_KERNELS", raising=False)
    yield
    engine.use(PLAIN)


@pytest.fixture(scope="session")
def toy(code: bytes) -> Toy:
    """The toy, compiled."""
    return cast(Toy, kept.loaded(plain_toy, code))


def no_compiler(*_: object, **__: object) -> Any:
    raise AssertionError("compiled anew")


def run(toy: Toy, t_ns: np.ndarray, angle: np.ndarray, torque: np.ndarray) -> tuple[bytes, bytes, list[int]]:
    f, n = np.zeros(24), np.zeros(4, np.int64)
    f[23] = -0.0
    c = np.array([37.0, 61.0, 12.0, 20.0, 40.0])
    args = [toy.view(array) for array in (f, n, c, t_ns, angle, torque)]
    stops, at = [], 0
    while at >= 0:
        at = toy.track(*args, at, len(t_ns))
        stops.append(at)
    return f.tobytes(), n.tobytes(), stops


class TestCompiledKernelsSayTheSame:
    @settings(max_examples=200)
    @given(st.integers(0, 2**32 - 1), st.sampled_from([25.0, 100.0, 1000.0]), st.floats(0.0, 0.4), st.floats(0.0, 0.3))
    def test_to_the_bit_with_jitter_gaps_and_lost_readings(self, toy: Toy, seed: int, rate_hz: float, jitter: float, lost: float) -> None:
        random = np.random.default_rng(seed)
        many = 300
        period = 1e9 / rate_hz
        t_ns = (1e15 + np.arange(many) * period + random.uniform(-jitter, jitter, many) * period).astype(np.int64)
        angle = (30 + 30 * np.sin(np.arange(many) * 0.1) + random.normal(0, 0.1, many)).astype(np.float32)
        torque = random.normal(100, 1e3, many).astype(np.float32)
        angle[random.random(many) < lost] = np.nan
        assert run(toy, t_ns, angle, torque) == run(TOY, t_ns, angle, torque)

    @pytest.mark.parametrize("which", range(FUNCTIONS))
    def test_in_the_functions_of_the_c_library(self, toy: Toy, which: int) -> None:
        random = np.random.default_rng(which)
        x = np.concatenate([random.normal(0, scale, 5000) for scale in (1e-6, 0.01, 1.0, 20.0)])
        plain, compiled = np.zeros(len(x)), np.zeros(len(x))
        TOY.functions(TOY.view(x), TOY.view(plain), which, len(x))
        toy.functions(x, compiled, which, len(x))
        assert plain.tobytes() == compiled.tobytes()

    def test_with_scalars_and_truth_values(self, toy: Toy) -> None:
        assert [toy.chosen(1.5, 3, True), toy.chosen(1.5, 3, False)] == [4.5, -1.5]

    def test_from_read_only_and_strided_arrays(self, toy: Toy) -> None:
        many = 50
        t_ns = np.arange(1, many + 1) * 10_000_000
        angle = np.frombuffer(np.linspace(0, 60, many).astype("<f4").tobytes(), "<f4")
        torque = np.repeat(np.linspace(0, 60, many), 2).astype("<f4")[::2]
        assert run(toy, t_ns, angle, torque) == run(TOY, t_ns, angle, torque)


class TestACompiledKernelRefuses:
    @pytest.mark.parametrize(
        "wrong",
        [
            lambda a: a[:-1],
            lambda a: [a[1], a[1], *a[2:]],
            lambda a: [a[0].astype(np.float32), *a[1:]],
            lambda a: [np.zeros((4, 6)), *a[1:]],
            lambda a: [np.zeros(48)[::2], *a[1:]],
            lambda a: [list(a[0]), *a[1:]],
            lambda a: [np.frombuffer(b"x" + bytes(8), np.float64, 1, 1), *a[1:]],
            lambda a: [a[0].astype(">f8"), *a[1:]],
            lambda a: [None, *a[1:]],
            lambda a: [*a[:-1], "many"],
        ],
    )
    def test_what_it_was_not_compiled_for_without_touching_it(self, toy: Toy, wrong: Callable[[list[Any]], list[Any]]) -> None:
        arrays = [np.zeros(24), np.zeros(4, np.int64), np.zeros(5), np.zeros(1, np.int64), np.zeros(1, "f4"), np.zeros(1, "f4")]
        with pytest.raises(TypeError):
            toy.track(*wrong([*arrays, 0, 1]))

    def test_a_number_that_is_too_large(self, toy: Toy) -> None:
        with pytest.raises(OverflowError):
            toy.chosen(1.0, 2**70, True)


class TestTheCompiler:
    def test_refuses_a_kernel_that_could_raise(self) -> None:
        with pytest.raises(KernelError, match="raise"):
            kept.compiled(cast(Engine, RAISING), "tests.service.toy:RAISING")

    def test_asks_for_types(self) -> None:
        def untyped(f: Any, many: int) -> int:
            return many

        with pytest.raises(KernelError, match="untyped: f is neither"):
            source.types(untyped)

    @pytest.mark.parametrize(("function", "what"), [(unlike, "math.hypot"), (powered, "multiply")])
    def test_refuses_what_python_computes_otherwise(self, function: Any, what: str) -> None:
        with pytest.raises(KernelError, match=what):
            source.check(function)

    def test_knows_all_functions_that_are_called(self) -> None:
        assert [function.__name__ for function in source.reached(source.kernels(plain_toy).values())] == [
            "track",
            "pole",
            "functions",
            "chosen",
        ]


def caller(folder: Path, factor: str, body: str) -> ModuleType:
    """An engine in a module whose callee stands in another one; both written anew."""
    (folder / "callee_of_test.py").write_text(f"FACTOR = {factor}\n\ndef times(x: float) -> float:\n    return {body}\n")
    (folder / "caller_of_test.py").write_text(
        "from typing import NamedTuple, Any\n"
        "from callee_of_test import times\n\n"
        "def kernel(x: float) -> float:\n    return times(x) + 1.0\n\n"
        "class E(NamedTuple):\n    name: str\n    view: Any\n    kernel: Any\n\n"
        "ENGINE = E('plain', memoryview, kernel)\n"
    )
    for name in ("callee_of_test", "caller_of_test"):
        sys.modules.pop(name, None)
    importlib.invalidate_caches()
    return importlib.import_module("caller_of_test")


class TestWhatIsKept:
    @pytest.fixture
    def path(self, code: bytes) -> Path:
        """The toy's machine code, kept."""
        kept.keep(plain_toy, 0, code, b"")
        assert kept.read(plain_toy) == code
        (path,) = kept.folder().glob("*.o")
        return path

    def test_a_change_in_a_function_called_from_another_file_is_compiled(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]]))
        monkeypatch.syspath_prepend(tmp_path)
        said = []
        for body in ("x * FACTOR", "x / FACTOR"):
            module = caller(tmp_path, "2.0", body)
            compiled: Any = kept.compiled(module.ENGINE, "caller_of_test:ENGINE")
            said.append((compiled.kernel(6.0), module.kernel(6.0)))
        assert said == [(13.0, 13.0), (4.0, 4.0)]
        assert len(list(kept.folder().glob("*.o"))) == 2

    def test_a_constant_of_another_file_has_its_part_in_the_name(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        monkeypatch.syspath_prepend(tmp_path)
        engines = [caller(tmp_path, factor, "x * FACTOR").ENGINE for factor in ("2.0", "2.0", "3.0")]
        names = [source.key(source.kernels(each)) for each in engines]
        assert names[0] == names[1] != names[2]

    def test_another_process_loads_it_without_the_compiler(self, path: Path) -> None:
        program = (
            "import json, sys\n"
            "from service.kernels import kept\n"
            "from tests.service.toy import TOY\n"
            "kept.command = lambda *_: ['false']\n"
            "toy = kept.compiled(TOY, 'tests.service.toy:TOY')\n"
            "print(json.dumps([toy.chosen(2.0, 3, True), [name for name in ('numba', 'scipy') if name in sys.modules]]))"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
        assert json.loads(done.stdout) == [6.0, []]

    def test_a_torn_file_counts_as_none(self, path: Path) -> None:
        path.write_bytes(path.read_bytes()[:-1])
        assert kept.read(plain_toy) is None

    def test_a_file_that_others_may_write_is_not_run(self, path: Path) -> None:
        path.chmod(0o666)
        assert kept.read(plain_toy) is None

    def test_what_nobody_asked_for_in_a_month_goes(self, path: Path, code: bytes) -> None:
        old, young = path.with_name("old.o"), path.with_name("young.o")
        for other, days in ((old, 31), (young, 29)):
            other.write_bytes(b"")
            moment = other.stat().st_mtime - days * 86400
            os.utime(other, (moment, moment))
        kept.keep(plain_toy, 0, code, b"")
        assert [old.exists(), young.exists()] == [False, True]

    def test_a_folder_that_takes_nothing_is_no_hindrance(self, code: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"")
        monkeypatch.setenv("ILEX_CACHE", str(tmp_path / "file"))
        assert kept.read(plain_toy) is None
        assert kept.keep(plain_toy, 0, code, b"") == code

    def test_other_versions_and_other_processors_have_other_names(self, monkeypatch: pytest.MonkeyPatch) -> None:
        functions = source.kernels(plain_toy)
        names = [source.key(functions), source.key(functions)]
        with monkeypatch.context() as patch:
            patch.setattr(source, "machine", lambda: "another")
            names.append(source.key(functions))
        monkeypatch.setattr(importlib.metadata, "version", lambda _: "99")
        names.append(source.key(functions))
        assert len(names) == len(set(names)) + 1

    def test_source_that_changed_after_the_start_is_not_compiled(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept, "_key", lambda _: "of what was imported")
        with pytest.raises(KernelError, match="changed since"):
            kept.compiled(plain_toy._replace(chosen=run), NAME)  # type: ignore[call-arg]


class TestAnEngineForARecording:
    @pytest.fixture(autouse=True)
    def _nothing_asked_yet(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept, "_asked", 0)
        monkeypatch.setattr(kept, "_engines", {})

    def test_many_short_ones_are_a_long_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[object] = []
        monkeypatch.setattr(kept, "read", asked.append)
        engines = [kernels.for_samples(total) for total in (kept.WORTH_LOADING - 1, None, 1)]
        assert engines == [PLAIN, PLAIN, PLAIN]
        assert len(asked) == 1

    def test_short_ones_load_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept, "read", no_compiler)
        assert kernels.for_samples(kept.WORTH_LOADING - 1) is PLAIN

    def test_of_some_minutes_takes_what_is_kept_and_compiles_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept, "command", no_compiler)
        assert kernels.for_samples(kept.WORTH_COMPILING - 1) is PLAIN

    def test_stays_plain_where_told_or_where_nothing_can_be_compiled(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept, "command", lambda *_: [sys.executable, "-c", "raise SystemExit('no numba')"])
        assert kernels.for_samples(kept.WORTH_COMPILING) is PLAIN
        monkeypatch.setattr(kept, "command", no_compiler)  # not tried again
        assert kernels.for_samples(kept.WORTH_COMPILING) is PLAIN
        monkeypatch.setenv("ILEX_KERNELS", "plain")
        monkeypatch.setattr(kept, "command", no_compiler)
        assert kernels.for_samples(kept.WORTH_COMPILING) is PLAIN


class TestWarmingUp:
    @pytest.fixture(autouse=True)
    def _toy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The toy in the analysis' place."""
        monkeypatch.setattr(warming, "PLAIN", plain_toy)
        monkeypatch.setattr(warming, "ENGINE", NAME)

    @pytest.fixture
    def compiler(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: bytes) -> None:
        """A compiler that takes a second of the processor and writes the toy's machine code."""
        (tmp_path / "code").write_bytes(code)
        program = (
            f"import sys, time\nwhile time.process_time() < 1: pass\nsys.stdout.buffer.write(open({str(tmp_path / 'code')!r}, 'rb').read())"
        )
        monkeypatch.setattr(kept, "command", lambda *_: [sys.executable, "-c", program])

    async def test_puts_the_compiled_engine_into_use_while_the_event_loop_goes_on(self, compiler: None) -> None:
        beats = 0

        async def beat() -> None:
            nonlocal beats
            while True:
                await asyncio.sleep(0.01)
                beats += 1

        beating = asyncio.create_task(beat())
        await warming.warm()
        beating.cancel()
        assert engine.current().name == "compiled"
        assert beats > 10

    async def test_says_once_why_it_can_not_and_stays_plain(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept, "command", lambda *_: [sys.executable, "-c", "raise SystemExit('numba is not installed')"])
        with structlog.testing.capture_logs() as logs:
            await warming.warm()
        assert engine.current() is PLAIN
        assert [(entry["log_level"], entry["reason"]) for entry in logs] == [("warning", "numba is not installed")]

    async def test_forbidden_it_does_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ILEX_KERNELS", "plain")
        monkeypatch.setattr(kept, "read", no_compiler)
        await warming.warm()
        assert engine.current() is PLAIN

    async def test_cancelled_it_leaves_no_process_behind(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        told = tmp_path / "pid"
        program = f"import os, time; open({str(told)!r}, 'w').write(str(os.getpid()) + ';'); time.sleep(60)"
        monkeypatch.setattr(kept, "command", lambda *_: [sys.executable, "-c", program])
        task = asyncio.create_task(warming.warm())
        while not (told.exists() and told.read_text().endswith(";")):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(ProcessLookupError):
            os.kill(int(told.read_text()[:-1]), 0)


@pytest.mark.parametrize("name", ["good", *BROKEN])
@pytest.mark.parametrize("session", [name for name in DETECTORS if name.startswith("session")])
def test_the_battery_holds_compiled_and_of_every_cutting(compiled: Engine, session: str, name: str) -> None:
    """Issue, battery: the same answers as plain, however the stream is cut and wherever it is frozen."""
    samples = signal(name)
    expected = answers(DETECTORS[session](), samples, 61)
    engine.use(compiled)
    for size in CUTS:
        assert answers(DETECTORS[session](), samples, size) == expected
    detector, told = DETECTORS[session](), []
    for batch in samples.cut(61):
        told += detector.feed(batch)
        detector = pickle.loads(pickle.dumps(detector))
    assert told == expected


@pytest.mark.parametrize("name", SCENES)
def test_recordings_give_the_events_that_belong_to_them_compiled(compiled: Engine, name: str) -> None:
    samples, plan, inputs, expected = read(name)
    engine.use(compiled)
    assert [msgspec.json.decode(msgspec.json.encode(event)) for event in events_of(samples, plan, inputs, size=61)] == expected


Stream = tuple[Samples, list[int]]
Swap = Callable[[int], Engine]
FAULTS = ["nan", "inf", "spike", "stuck", "gap", "back", "no torque", "swapped", "wrapped"]


@st.composite
def streams(draw: st.DrawFn) -> Stream:
    """A patient's movements with whatever may happen to them, and where they are cut into batches."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rate_hz = draw(st.sampled_from([25.0, 100.0, 250.0]))
    points, at = [(0.0, 0.0), (1.0, 0.0)], 1.0
    for _ in range(draw(st.integers(1, 5))):
        top = draw(st.sampled_from([0.3, 0.6, 0.91, 1.0, 1.0, 1.0]))
        up_s, hold_s = draw(st.sampled_from([0.8, 3.0, 4.0])), draw(st.sampled_from([0.2, 2.0]))
        for seconds, place in ((up_s, top), (hold_s, top), (3.0, 0.0), (1.0, 0.0)):
            at += seconds
            points.append((at, place))
    samples = path(*points, rate_hz=rate_hz, noise_deg=draw(st.sampled_from([0.0, 0.05])), jitter=draw(st.sampled_from([0.0, 0.3])))
    many = len(samples.t_ns)
    samples.torque_nm += random.normal(0.0, 2.0, many).astype(np.float32)
    for fault in draw(st.lists(st.sampled_from(FAULTS), max_size=3)):
        a = int(random.integers(1, many - 1))
        b = min(many, a + int(random.integers(1, 100)))
        angle, torque, t_ns = samples.angle_deg, samples.torque_nm, samples.t_ns
        if fault == "nan":
            angle[a:b] = np.nan
        elif fault == "inf":
            torque[a:b] = np.inf
        elif fault == "spike":
            angle[a] += 40.0
        elif fault == "stuck":
            angle[a:b] = angle[a]
        elif fault == "gap":
            t_ns[a:] += int(random.integers(10**8, 10**10))
        elif fault == "back":
            t_ns[a] -= 10**9
        elif fault == "no torque":
            torque[:] = np.nan
        elif fault == "swapped":
            angle[a:], torque[a:] = torque[a:].copy(), angle[a:].copy()
        else:
            angle[a:b] -= 360.0
    cuts = sorted({0, many, *random.integers(0, many, draw(st.integers(0, 40))).tolist()})
    return samples, cuts


def told(samples: Samples, cuts: list[int], plan: Plan | None, engine_at: Swap) -> tuple[list[bytes], bytes]:
    """The events and the last snapshot of a session, batch by batch, each under an engine of its own."""
    session, events = Session(plan), []
    for number, (a, b) in enumerate(pairwise(cuts)):
        engine.use(engine_at(number))
        events += session.feed(samples.t_ns[a:b], samples.angle_deg[a:b], samples.torque_nm[a:b])
    return [msgspec.json.encode(event) for event in events], session.snapshot()


class TestTheAnalysisSaysTheSame:
    @settings(
        max_examples=40,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(streams(), st.booleans())
    def test_plain_compiled_and_changing_over_at_any_batch(self, compiled: Engine, stream: Stream, planned: bool) -> None:
        samples, cuts = stream
        plan = PLAN if planned else None
        plain = told(samples, cuts, plan, lambda _: PLAIN)
        assert told(samples, cuts, plan, lambda _: compiled) == plain
        assert told(samples, cuts, plan, lambda number: (PLAIN, compiled)[number // 3 % 2]) == plain
