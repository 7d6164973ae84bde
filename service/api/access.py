"""What a route may be asked: its declared action, checked before it runs."""

from typing import Annotated

from fastapi import Depends, Request

from service.api.problems import Problem
from service.line import Line
from service.security import Action


def line_of(request: Request) -> Line:
    """The running line behind this application."""
    line: Line = request.app.state.line
    return line


TheLine = Annotated[Line, Depends(line_of)]


class Needs:
    """A route's policy: the one action it takes. Raises a Problem (401, 403) for who may not.

    Every route carries exactly one; the tests walk all routes and refuse one without (robustness-and-screens C01).
    """

    def __init__(self, action: Action) -> None:
        self.action = action

    async def __call__(self, request: Request) -> None:
        line = line_of(request)
        if self.action is Action.INSPECT and line.settings.loopback:
            return
        identity = line.gate.identify(request.scope)
        machine = machine_of(request) if "site" in request.path_params else None
        if line.gate.may(identity, self.action, machine):
            return
        if identity is None:
            raise Problem("not-signed-in", "Send a bearer token, or open the dashboard by its one-time link and come from its own pages.")
        raise Problem("not-allowed", f"The role {identity.role} may not {self.action} here.")


def machine_of(request: Request) -> str:
    """`site/machine` of the path."""
    return f"{request.path_params['site']}/{request.path_params['machine']}"
