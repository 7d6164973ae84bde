"""A recording opened in a Lichtblick that the operator has named (robustness-and-screens 3.5, decision 0237)."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from service import recordings
from service.api.loans import origin_of
from service.security import Role
from service.security.loans import IDLE_S, LONGEST_S, MOST, Loans
from service.settings import Settings
from tests.service.api.conftest import Quiet, browser, program
from tests.service.recordings.sessions import record


@pytest.fixture
async def named(settings: Settings) -> AsyncIterator[Quiet]:
    """The operator has named one."""
    async with Quiet(replace(settings, lichtblick="https://lichtblick.clinic/view/")) as running:
        for session in ("s1", "s2"):
            path = record(running.settings.recordings / "clinic" / "one", session=session, repetitions=1)
            await running.index.put(recordings.summary(path))
        yield running


async def test_a_lent_recording_is_read_by_ranges_from_the_viewers_page_alone(named: Quiet) -> None:
    async with program(named, Role.ENGINEER) as client:
        assert (await client.get("/api/v1/viewer")).json() == {"lichtblick": "https://lichtblick.clinic/view/"}
        path = (await client.post("/api/v1/sessions/s1/loan")).json()["path"]
    assert path.endswith("/s1.mcap")
    # As Lichtblick asks: nobody is signed in there.
    origin = {"origin": "https://lichtblick.clinic"}
    async with browser(named) as client:
        before = await client.options(path, headers=origin | {"access-control-request-headers": "range"})
        first = await client.get(path, headers=origin | {"range": "bytes=0-7"})
        whole = await client.get(path, headers=origin)
        assert (before.status_code, before.headers["access-control-allow-headers"]) == (204, "range")
        assert (first.status_code, first.content) == (206, b"\x89MCAP0\r\n")
        assert first.headers["content-range"].startswith("bytes 0-7/")
        assert first.headers["access-control-allow-origin"] == "https://lichtblick.clinic"
        assert {"accept-ranges", "content-range"} <= set(first.headers["access-control-expose-headers"].split(", "))
        assert whole.content == (named.settings.recordings / "clinic" / "one" / "s1.mcap").read_bytes()
        # Another session, another code, another route: nothing.
        for other in (
            path.replace("/s1", "/s2"),
            path.replace("/sessions/s1/", "/sessions/s2/"),
            path.replace("/s1.mcap", "/s2.mcap"),
            path.replace("lent/", "lent/x"),
        ):
            assert (await client.get(other)).status_code == 404
        elsewhere = await client.get("/api/v1/sessions/s1/recording", headers=origin)
        assert (elsewhere.status_code, elsewhere.headers.get("access-control-allow-origin")) == (401, None)


async def test_where_no_viewer_is_named_nothing_is_lent(station: Quiet) -> None:
    async with program(station, Role.ENGINEER) as client:
        assert (await client.get("/api/v1/viewer")).json() == {"lichtblick": None}
        assert (await client.post("/api/v1/sessions/s1/loan")).status_code == 404
    async with browser(station) as client:
        answer = await client.options("/api/v1/sessions/s1/lent/c/s1.mcap", headers={"origin": "https://lichtblick.clinic"})
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://Lichtblick.Clinic:443/view/", "https://lichtblick.clinic"),
        ("http://lichtblick:8080", "http://lichtblick:8080"),
        ("http://[FE80::1]:80/", "http://[fe80::1]"),
    ],
)
def test_a_viewers_origin_is_as_browsers_write_it(address: str, origin: str) -> None:
    assert origin_of(address) == origin


def test_a_loan_ends_when_it_is_not_used_and_after_half_a_day() -> None:
    now_s = 0.0
    loans = Loans(lambda: now_s)
    unused, used = loans.lend("s1"), loans.lend("s1")
    for _ in range(round(LONGEST_S / IDLE_S * 2) - 1):
        now_s += IDLE_S / 2
        assert loans.holds(used, "s1")
    assert not loans.holds(unused, "s1")
    now_s += IDLE_S / 2
    assert not loans.holds(used, "s1")


def test_only_so_many_are_lent_at_a_time() -> None:
    loans = Loans()
    first, *others = [loans.lend("s1") for _ in range(MOST + 1)]
    assert not loans.holds(first, "s1")
    assert all(loans.holds(code, "s1") for code in others)
