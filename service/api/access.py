"""What a route may be asked: its declared action, checked before it runs."""

from typing import Annotated

from fastapi import Depends, Request, Response

from service.api.problems import Problem
from service.security import Action
from service.station import Station


def station_of(request: Request) -> Station:
    """The running station behind this application."""
    station: Station = request.app.state.station
    return station


TheStation = Annotated[Station, Depends(station_of)]


class Needs:
    """A route's policy: the one action it takes. Raises a Problem (401, 403) for who may not.

    Every route carries exactly one; the tests walk all routes and refuse one without (robustness-and-screens C01).
    """

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(self, request: Request) -> None:
        """FastAPI asks this before the route."""
        station = station_of(request)
        if self.action is Action.INSPECT and station.settings.loopback:
            return
        identity = station.gate.identify(request.scope)
        machine = machine_of(request) if "site" in request.path_params else None
        if station.gate.may(identity, self.action, machine):
            return
        if identity is None:
            raise Problem("not-signed-in", "Send a bearer token, or open the dashboard by its one-time link and come from its own pages.")
        raise Problem("not-allowed", f"The role {identity.role} may not {self.action} here.")


def machine_of(request: Request) -> str:
    """`site/machine` of the path."""
    return f"{request.path_params['site']}/{request.path_params['machine']}"


def give_cookie(station: Station, request: Request, response: Response, value: str, life_s: int) -> None:
    """Sends a session cookie along: for our own pages alone, out of reach of scripts (C11)."""
    secure = request.url.scheme == "https"
    response.set_cookie(station.gate.cookie_name, value, max_age=life_s, httponly=True, samesite="strict", secure=secure)
