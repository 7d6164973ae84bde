"""What those who run the service ask: is it alive, is it ready, its numbers, its interface description (contract 6)."""

from typing import Any

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from service.api import bodies
from service.api.access import Needs, TheStation
from service.api.problems import TITLES, Problem
from service.metrics import CONTENT_TYPE
from service.security import Action

router = APIRouter(tags=["operation"])


class Health(msgspec.Struct, frozen=True):
    """The process answers."""

    status: str = "ok"


class Readiness(msgspec.Struct, frozen=True):
    """What the line needs, by name: true where it stands."""

    ready: bool
    parts: dict[str, bool]


@router.get("/healthz", dependencies=[Depends(Needs(Action.OPEN))], responses=bodies.described(200, Health, "The process answers"))
async def healthz() -> Response:
    """200 as long as the process answers at all."""
    return bodies.answer(Health())


@router.get("/readyz", dependencies=[Depends(Needs(Action.OPEN))], responses=bodies.described(200, Readiness, "Everything stands"))
async def readyz(station: TheStation) -> Response:
    """200 when the broker is connected and the service's timer goes; 503 names what is missing."""
    parts = station.parts()
    if not all(parts.values()):
        missing = ", ".join(name for name, stands in parts.items() if not stands)
        raise Problem("not-ready", f"Missing: {missing}.", parts=parts)
    return bodies.answer(Readiness(True, parts))


@router.get("/metrics", dependencies=[Depends(Needs(Action.INSPECT))], responses=bodies.file_of("text/plain", "Prometheus text"))
async def metrics(station: TheStation) -> Response:
    """The service's numbers for Prometheus."""
    return Response(station.floor.metrics.text(), media_type=CONTENT_TYPE)


description = APIRouter(include_in_schema=False)
"""What stands beside the versioned interface."""


@description.get("/api/v1/openapi.json", dependencies=[Depends(Needs(Action.INSPECT))])
async def openapi(request: Request) -> Response:
    """OpenAPI 3.1 of this interface."""
    return bodies.answer(request.app.openapi())


@description.get("/problems/{name}", dependencies=[Depends(Needs(Action.OPEN))])
async def problem(name: str) -> Response:
    """What a problem's `type` leads to: its status and title; docs/problems.md says more."""
    if name not in TITLES:
        raise Problem("not-found", "No such problem type.")
    status, title = TITLES[name]
    found: dict[str, Any] = {"type": f"/problems/{name}", "status": status, "title": title}
    return bodies.answer(found)
