"""Fixtures for every test: real brokers, and the recordings that may stand beside the checkout."""

import fcntl
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

from edge_agent.simulator.cases import Case
from service.analysis.engine import Engine
from service.kernels import kept
from tests.brokers import MOSQUITTO, BrokerProcess, Mosquitto, Nats

# Tests share the machine with brokers and browsers: an example that took long says nothing about the code.
settings.register_profile("ilex", deadline=None)
settings.load_profile("ilex")

# Services of the tests end before a compiler would: their analysis stays plain, which gives the same bits (tests/service/test_kernels.py).
os.environ.setdefault("ILEX_KERNELS", "plain")

COVERING = "tests/service/analysis/"
WAITING = ("tests/e2e/", "tests/faults/", "tests/service/live/")
"""What waits most: for processes, for patients, for time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits comes first: one process is at it while the others compute (0205, 0245), and none of the long tests is the last one.

    Coverage (`--cov`) counts only what tests of the covered package reach, and each time: not what a Hypothesis example happens on.
    """
    items.sort(key=lambda item: next((rank for rank, folder in enumerate(WAITING) if item.nodeid.startswith(folder)), len(WAITING)))
    for item in items:
        by_chance = getattr(getattr(item, "function", None), "is_hypothesis_test", False)
        if by_chance or not item.nodeid.startswith(COVERING):
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[BrokerProcess]:
    """A running nats-server of this test's own (`.url`, `.kill()`, `.start()`)."""
    with Nats(tmp_path / "nats") as broker:
        yield broker


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[BrokerProcess]:
    """A running mosquitto of this test's own; skips where it is not installed."""
    if MOSQUITTO is None:
        pytest.skip("mosquitto is not installed (Debian: apt install mosquitto)")
    with Mosquitto(tmp_path / "mosquitto") as broker:
        yield broker


@pytest.fixture(params=["nats", "mosquitto"])
def broker(request: pytest.FixtureRequest) -> BrokerProcess:
    """Each of the brokers in turn: a test with this fixture runs once with either."""
    started: BrokerProcess = request.getfixturevalue(request.param)
    return started


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all test processes of a run have in common."""
    folder = tmp_path_factory.getbasetemp()
    return folder if worker_id == "master" else folder.parent


@pytest.fixture(scope="session")
def compiled(shared: Path) -> Engine:
    """The analysis' own kernels, compiled; by one of the test processes for all."""
    with pytest.MonkeyPatch.context() as patch, (shared / "compiling").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        patch.delenv("ILEX_KERNELS", raising=False)
        patch.setenv("ILEX_CACHE", str(shared))
        return kept.compiled()


@pytest.fixture(scope="session")
def simulated(shared: Path) -> Callable[[str, int], Case]:
    """Simulated sessions by tier and seed, each made once for all test processes. Nobody changes them."""
    from benchmarks.score.fleet import made

    folder = shared / "cases"
    folder.mkdir(exist_ok=True)
    return partial(made, folder=folder)


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real recordings (ILEX_RECORDINGS); skips where there is none."""
    folder = os.environ.get("ILEX_RECORDINGS")
    if not folder:
        pytest.skip("ILEX_RECORDINGS is not set: the real recordings are not here")
    path = Path(folder)
    if not path.is_dir():
        pytest.fail(f"ILEX_RECORDINGS={folder} is not a folder")
    return path
