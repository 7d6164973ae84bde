"""Errors are RFC 9457 problem documents with a stable type (contract 6)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from service.api import bodies
from service.api.problems import TITLES, Problem
from service.security import Role
from tests.service.api.conftest import Quiet, browser, program

PAGE = Path(__file__).parents[3] / "docs" / "problems.md"


def test_every_type_is_described_in_the_documentation() -> None:
    described = dict(re.findall(r"^\| `/problems/([a-z-]+)` \| (\d+) \|", PAGE.read_text("utf-8"), re.MULTILINE))
    assert described == {name: str(status) for name, (status, _) in TITLES.items()}


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/api/v1/nothing", "not-found"),
        ("GET", "/nothing", "not-found"),
        ("GET", "/assets/nothing.js", "not-found"),
        ("POST", "/api/v1/nothing", "not-found"),
        ("POST", "/api/v1/machines", "method-not-allowed"),
        ("DELETE", "/api/v1/sessions", "method-not-allowed"),
        ("GET", "/api/v1/sessions/none", "unknown-session"),
        ("GET", "/api/v1/sessions?limit=0", "invalid-request"),
        ("GET", "/api/v1/sessions?limit=abc", "invalid-request"),
        ("GET", "/api/v1/sessions?from=yesterday", "invalid-request"),
        ("GET", "/api/v1/sessions?after=nonsense", "invalid-request"),
        ("DELETE", "/api/v1/machines/site/none/plan", "unknown-machine"),
        ("DELETE", "/api/v1/machines/SITE/none/plan", "invalid-request"),
        ("GET", "/readyz", "not-ready"),
    ],
)
async def test_each_is_a_problem_document(station: Quiet, method: str, path: str, name: str) -> None:
    async with program(station, Role.ADMIN) as client:
        answer = await client.request(method, path)
    status, title = TITLES[name]
    problem = answer.json()
    assert (answer.status_code, problem["type"], problem["status"], problem["title"]) == (status, f"/problems/{name}", status, title)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_wrong_parameter_is_named(station: Quiet) -> None:
    async with program(station, Role.ADMIN) as client:
        problem = (await client.get("/api/v1/sessions?limit=abc&from=never")).json()
        cursor = (await client.get("/api/v1/sessions?after=nonsense")).json()
    assert [error["parameter"] for error in problem["errors"]] == ["from", "limit"]
    assert cursor["errors"] == [{"in": "query", "parameter": "after", "detail": cursor["detail"]}]
    assert cursor["detail"] == "after: expected the `next` of a page, got 'nonsense'"


async def test_405_says_what_is_allowed(station: Quiet) -> None:
    async with browser(station) as client:
        assert (await client.post("/healthz")).headers["allow"] == "GET"


async def test_an_unforeseen_fault_shows_nothing_of_the_inside(
    station: Quiet, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> list[str]:
        raise RuntimeError("inner secret")

    monkeypatch.setattr(station.floor, "names", fail)
    async with program(station, Role.ADMIN) as client:
        client._transport.raise_app_exceptions = False  # type: ignore[attr-defined]  # as a server would answer
        answer = await client.get("/api/v1/machines")
    assert answer.status_code == 500
    assert "inner secret" not in answer.text
    assert answer.json()["incident"] in caplog.text


async def test_the_type_leads_to_its_meaning(station: Quiet) -> None:
    async with browser(station) as client:
        assert (await client.get("/problems/invalid-plan")).json()["title"] == TITLES["invalid-plan"][1]
        assert (await client.get("/problems/nonsense")).status_code == 404


async def test_a_client_that_goes_away_in_the_midst_of_its_request_is_no_incident() -> None:
    messages: Iterator[dict[str, Any]] = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])

    async def receive() -> dict[str, Any]:
        return next(messages)

    with pytest.raises(Problem, match="broke off"):
        await bodies.read(Request({"type": "http", "method": "PUT", "headers": []}, receive))
