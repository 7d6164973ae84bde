"""Every route declares its policy, and keeps to it (robustness-and-screens C01; contract 6)."""

import uuid
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute

from service.api.access import Needs
from service.app import ROUTERS, create
from service.security import Action, Role
from service.security.roles import POLICY
from tests.service.api.conftest import Quiet, browser, program

PLAN = {"range": {"flexion_deg": 60, "extension_deg": 6}, "tempo": {"extension_s": 4, "hold_s": 2, "flexion_s": 3, "turn_s": 1}}
ACT = {"id": str(uuid.UUID(int=1))}
LABEL = ACT | {"kind": "note", "text": "x"}

CALLS: list[tuple[Action, str, str, object]] = [
    (Action.WATCH, "GET", "/api/v1/machines", None),
    (Action.WATCH, "GET", "/api/v1/machines/site/m1", None),
    (Action.PLAN, "PUT", "/api/v1/machines/site/m1/plan", PLAN),
    (Action.PLAN, "DELETE", "/api/v1/machines/site/m1/plan", None),
    (Action.START, "POST", "/api/v1/machines/site/m1/start", ACT),
    (Action.PAUSE, "POST", "/api/v1/machines/site/m1/pause", ACT),
    (Action.RESUME, "POST", "/api/v1/machines/site/m1/resume", ACT),
    (Action.STOP, "POST", "/api/v1/machines/site/m1/stop", ACT),
    (Action.WATCH, "GET", "/api/v1/machines/site/m1/last-time", None),
    (Action.TELL, "POST", "/api/v1/machines/site/m1/pain", {"id": str(uuid.uuid4())}),
    (Action.TELL, "POST", "/api/v1/machines/site/m1/check-in", {}),
    (Action.TELL, "POST", "/api/v1/machines/site/m1/shown", {}),
    (Action.TELL, "POST", "/api/v1/machines/site/m1/screen-failed", {"message": "x"}),
    (Action.SEE, "POST", "/api/v1/machines/site/m1/seen", {"need": "pain"}),
    (Action.PAIR, "POST", "/api/v1/machines/site/m1/code", None),
    (Action.PAIR, "GET", "/api/v1/machines/site/m1/screens", None),
    (Action.PAIR, "DELETE", "/api/v1/machines/site/m1/screens/y", None),
    (Action.WATCH, "GET", "/api/v1/screen", None),
    (Action.LABEL, "POST", "/api/v1/sessions/x/labels", LABEL),
    (Action.LABEL, "DELETE", "/api/v1/sessions/x/labels/y", None),
    (Action.READ, "GET", "/api/v1/sessions", None),
    (Action.READ, "GET", "/api/v1/earlier-sets?label=x", None),
    (Action.READ, "GET", "/api/v1/sessions/x", None),
    (Action.READ, "GET", "/api/v1/sessions/x/events", None),
    (Action.READ, "GET", "/api/v1/sessions/x/recording", None),
    (Action.READ, "GET", "/api/v1/sessions/x/signals", None),
    (Action.READ, "GET", "/api/v1/sessions/x/internals", None),
    (Action.READ, "GET", "/api/v1/sessions/x/table", None),
    (Action.READ, "GET", "/api/v1/sessions/x/parameters", None),
    (Action.READ, "GET", "/api/v1/sessions/x/contents", None),
    (Action.READ, "GET", "/api/v1/sessions/x/message", None),
    (Action.READ, "GET", "/api/v1/sessions/x/checksums", None),
    (Action.READ, "POST", "/api/v1/sessions/x/loan", None),
    (Action.OPEN, "GET", "/api/v1/sessions/x/lent/c/n.mcap", None),
    (Action.READ, "GET", "/api/v1/viewer", None),
    (Action.READ, "GET", "/api/v1/versions", None),
    (Action.READ, "POST", "/api/v1/sessions/x/rerun", {}),
    (Action.READ, "POST", "/api/v1/sessions/rerun", {}),
    (Action.READ, "GET", "/api/v1/parameters", None),
    (Action.INSPECT, "GET", "/metrics", None),
    (Action.INSPECT, "GET", "/api/v1/metrics", None),
    (Action.INSPECT, "GET", "/api/v1/openapi.json", None),
    (Action.OPEN, "GET", "/healthz", None),
    (Action.OPEN, "GET", "/readyz", None),
    (Action.OPEN, "GET", "/enter", None),
    (Action.OPEN, "GET", "/problems/not-found", None),
]


def routes() -> Iterator[APIRoute]:
    for router in {id(router): router for router, _ in ROUTERS}.values():
        for route in router.routes:
            assert isinstance(route, APIRoute), f"{route} is no route that can declare a policy"
            yield route


def needs(route: APIRoute) -> list[Needs]:
    return [dependency.dependency for dependency in route.dependencies if isinstance(dependency.dependency, Needs)]


def test_every_route_declares_exactly_one_action() -> None:
    for route in routes():
        assert len(needs(route)) == 1, f"{route.methods} {route.path} declares {needs(route)}"


async def test_the_application_has_no_route_beside_the_routers(station: Quiet) -> None:
    plain = [route for route in create(station.settings, station).routes if type(route).__name__ != "_IncludedRouter"]
    assert all(isinstance(route, APIRoute) and len(needs(route)) == 1 for route in plain), plain


def test_every_action_of_the_policy_is_tried_below() -> None:
    assert {action for action, *_ in CALLS} == set(Action)
    pages = {"/sessions/{session}/replay"}
    names = {
        "site/m1": "{site}/{machine}",
        "screens/y": "screens/{screen}",
        "/x": "/{session}",
        "/y": "/{label}",
        "c/n.mcap": "{code}/{name}.mcap",
    }
    tried = [path.removeprefix("/api/v1") for _, _, path, _ in CALLS if path.startswith(("/api/v1/machines", "/api/v1/sessions"))]
    for text, name in names.items():
        tried = [path.replace(text, name) for path in tried]
    assert {route.path for route in routes() if route.path.startswith(("/machines", "/sessions"))} - pages == set(tried)


@pytest.mark.parametrize("role", [None, *Role])
async def test_each_role_gets_through_where_the_policy_says_so(exposed: Quiet, role: Role | None) -> None:
    async with browser(exposed) if role is None else program(exposed, role) as client:
        for action, method, path, body in CALLS:
            answer = await client.request(method, path, json=body)
            allowed = action is Action.OPEN or (role is not None and action in POLICY[role])
            refused = answer.status_code in (401, 403)
            assert refused != allowed, f"{role} {method} {path}: {answer.status_code}"
            if refused:
                assert answer.status_code == (401 if role is None else 403)
                assert answer.headers["content-type"] == "application/problem+json"


async def test_who_is_nobody_is_asked_for_a_bearer_token(exposed: Quiet) -> None:
    async with browser(exposed) as client:
        assert (await client.get("/api/v1/machines")).headers["www-authenticate"] == "Bearer"


async def test_metrics_and_description_are_open_where_only_this_computer_can_ask(station: Quiet) -> None:
    async with browser(station) as client:
        assert (await client.get("/metrics")).status_code == 200
        assert (await client.get("/api/v1/openapi.json")).status_code == 200
        assert (await client.get("/api/v1/sessions")).status_code == 401


async def test_a_screen_of_one_machine_acts_on_no_other(station: Quiet) -> None:
    async with program(station, Role.THERAPIST) as therapist:
        await therapist.put("/api/v1/machines/site/m1/plan", json=PLAN)
        await therapist.put("/api/v1/machines/site/m2/plan", json=PLAN)
    async with program(station, Role.SCREEN, machine="site/m1") as screen:
        assert [found["machine"] for found in (await screen.get("/api/v1/machines")).json()] == ["site/m1"]
        assert (await screen.post("/api/v1/machines/site/m1/stop", json=ACT)).status_code == 200
        assert (await screen.post("/api/v1/machines/site/m2/stop", json=ACT)).status_code == 403


async def test_a_cookie_reads_anywhere_and_acts_only_from_our_own_pages(station: Quiet) -> None:
    async with browser(station) as client:
        await client.get(f"/enter/{station.gate.link()}")
        assert (await client.get("/api/v1/machines")).status_code == 200
        for headers, status in [({}, 401), ({"origin": "http://evil.example"}, 401), ({"origin": "http://127.0.0.1:8080"}, 200)]:
            answer = await client.put("/api/v1/machines/site/m1/plan", json=PLAN, headers=headers)
            assert answer.status_code == status, headers
