"""The interface describes itself (contract 6)."""

import json
import re
from typing import Any

import pytest

from tests.service.api.conftest import Quiet, browser

# Contract 6, what a patient's screen tells (decisions 0135, 0178), how it is paired (0176), what a plan's form asks for (0247), and
# a rerun of many (0230).
CONTRACT = {
    ("get", "/api/v1/machines"),
    ("get", "/api/v1/machines/{site}/{machine}"),
    ("put", "/api/v1/machines/{site}/{machine}/plan"),
    ("delete", "/api/v1/machines/{site}/{machine}/plan"),
    ("post", "/api/v1/machines/{site}/{machine}/start"),
    ("post", "/api/v1/machines/{site}/{machine}/pause"),
    ("post", "/api/v1/machines/{site}/{machine}/resume"),
    ("post", "/api/v1/machines/{site}/{machine}/stop"),
    ("get", "/api/v1/machines/{site}/{machine}/last-time"),
    ("get", "/api/v1/earlier-sets"),
    ("post", "/api/v1/machines/{site}/{machine}/pain"),
    ("post", "/api/v1/machines/{site}/{machine}/check-in"),
    ("post", "/api/v1/machines/{site}/{machine}/code"),
    ("get", "/api/v1/machines/{site}/{machine}/screens"),
    ("delete", "/api/v1/machines/{site}/{machine}/screens/{screen}"),
    ("get", "/api/v1/screen"),
    ("post", "/api/v1/screen"),
    ("post", "/api/v1/machines/{site}/{machine}/shown"),
    ("post", "/api/v1/machines/{site}/{machine}/screen-failed"),
    ("post", "/api/v1/machines/{site}/{machine}/seen"),
    ("get", "/api/v1/sessions"),
    ("get", "/api/v1/sessions/{session}"),
    ("get", "/api/v1/sessions/{session}/events"),
    ("get", "/api/v1/sessions/{session}/recording"),
    ("get", "/api/v1/sessions/{session}/signals"),
    ("get", "/api/v1/sessions/{session}/internals"),
    ("get", "/api/v1/sessions/{session}/table"),
    ("get", "/api/v1/sessions/{session}/parameters"),
    ("get", "/api/v1/sessions/{session}/contents"),
    ("get", "/api/v1/sessions/{session}/message"),
    ("get", "/api/v1/sessions/{session}/checksums"),
    ("post", "/api/v1/sessions/{session}/loan"),
    ("get", "/api/v1/viewer"),
    ("get", "/api/v1/versions"),
    ("post", "/api/v1/sessions/{session}/rerun"),
    ("post", "/api/v1/sessions/rerun"),
    ("get", "/api/v1/parameters"),
    ("post", "/api/v1/sessions/{session}/labels"),
    ("delete", "/api/v1/sessions/{session}/labels/{label}"),
    ("get", "/api/v1/healthz"),
    ("get", "/api/v1/readyz"),
    ("get", "/api/v1/metrics"),
}


@pytest.fixture
async def description(station: Quiet) -> dict[str, Any]:
    async with browser(station) as client:
        found: dict[str, Any] = (await client.get("/api/v1/openapi.json")).json()
    return found


async def test_it_holds_every_call_of_the_contract_and_what_decisions_have_added(description: dict[str, Any]) -> None:
    assert {(method, path) for path, methods in description["paths"].items() for method in methods} == CONTRACT


async def test_every_schema_it_names_is_there(description: dict[str, Any]) -> None:
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(description)))
    assert named
    assert named <= set(description["components"]["schemas"])


async def test_path_parameters_are_described(description: dict[str, Any]) -> None:
    for path, methods in description["paths"].items():
        for method, call in methods.items():
            given = {one["name"] for one in call.get("parameters", []) if one["in"] == "path"}
            assert given == set(re.findall(r"{(\w+)}", path)), f"{method} {path}"


async def test_bodies_and_problems_are_described(description: dict[str, Any]) -> None:
    put = description["paths"]["/api/v1/machines/{site}/{machine}/plan"]["put"]
    assert put["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Plan"}
    for methods in description["paths"].values():
        for call in methods.values():
            assert "application/problem+json" in call["responses"]["default"]["content"]
            assert "422" not in call["responses"], "FastAPI's own error shape is not ours"
