"""Puts the service together: the line, its interface, its pages, one front door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.api import (
    bodies,
    earlier_sets,
    labels,
    last_time,
    leaves,
    loans,
    machines,
    operation,
    pages,
    problems,
    replay,
    rerun,
    screens,
    sessions,
    telling,
)
from service.api.front import Front
from service.settings import Settings
from service.station import Station

API = "/api/v1"

ROUTERS = (
    (machines.router, API),
    (telling.router, API),
    (screens.router, API),
    (last_time.router, API),
    (earlier_sets.router, API),
    (sessions.router, API),
    (replay.router, API),
    (leaves.router, API),
    (loans.router, API),
    (rerun.router, API),
    (labels.router, API),
    (operation.router, API),
    (operation.router, ""),
    (operation.description, ""),
    (pages.router, ""),
)
"""Every router with where it stands. Each of their routes declares its policy (see `api.access.Needs`)."""


def create(settings: Settings, station: Station | None = None) -> FastAPI:
    """The application. It starts and stops `station` with itself, unless one that runs already is given.

    Raises SecretKeyError where the key of the data directory can't be used.
    """
    the_station = station or Station(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if station is not None:
            yield
            return
        async with the_station:
            yield

    app = FastAPI(title="Ilex", version=version("ilex"), docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.station = the_station
    problems.install(app)
    for router, prefix in ROUTERS:
        app.include_router(router, prefix=prefix, include_in_schema=prefix == API)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    names = frozenset(urlsplit(origin).hostname or "" for origin in settings.origins) if settings.loopback else None
    app.add_middleware(Front, station=the_station, names=names)
    return app


def _openapi(app: FastAPI) -> dict[str, object]:
    """OpenAPI with the contract's structs, made once."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes)
        schema.setdefault("components", {})["schemas"] = bodies.components()
        schema["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"bearer": []}]
        app.openapi_schema = schema
    return app.openapi_schema


_DESCRIPTION = "Machines, plans and sessions. Live signals and events come over the WebSocket `/api/v1/live`."
