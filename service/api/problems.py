"""Errors as RFC 9457 problem documents. Every `type` is listed here and described in docs/problems.md."""

import logging
import secrets
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from service.live.errors import (
    AnotherPatient,
    AnotherPlan,
    BeyondStops,
    CalibrationExpired,
    NoSession,
    NoSignal,
    NotRecorded,
    PatientElsewhere,
    SetRunning,
    StorageFull,
    UnknownMachine,
)
from service.replay.resident import WorkError
from service.replay.worker import BusyError
from service.store.index import StoreGoneError
from wire.plan import Fault
from wire.recorded import RecordedError

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger(__name__)

TITLES: dict[str, tuple[int, str]] = {
    "bad-request": (400, "The request can't be understood"),
    "not-signed-in": (401, "Sign in first"),
    "not-allowed": (403, "Your role does not allow this"),
    "not-found": (404, "There is nothing here"),
    "unknown-machine": (404, "No such machine has been seen"),
    "unknown-session": (404, "No such session"),
    "unknown-code": (404, "This code does not count"),
    "no-such-version": (404, "The session has no events of this version"),
    "method-not-allowed": (405, "This can't be done here"),
    "set-running": (409, "A set is running on this machine"),
    "no-signal": (409, "The machine sends no live signal"),
    "storage-full": (409, "The machine's storage is full"),
    "another-patient": (409, "The plan is for somebody else"),
    "another-plan": (409, "The plan is another one by now"),
    "patient-elsewhere": (409, "The patient has a session at another machine"),
    "calibration-expired": (409, "The machine's calibration has expired"),
    "no-session": (409, "No session is open on this machine"),
    "code-of-another-machine": (409, "This code is for another machine"),
    "session-running": (409, "The session is still being recorded"),
    "too-many-labels": (409, "The session has as many labels as are taken"),
    "labels-damaged": (500, "The labels of this session can't be read"),
    "not-kept": (507, "The disk did not take it"),
    "recording-missing": (410, "The recording of this session is gone"),
    "recording-damaged": (500, "The recording of this session can't be read"),
    "analysis-failed": (500, "The recording could not be analysed like this"),
    "too-large": (413, "The request is too large"),
    "wrong-host": (421, "This service does not answer to that name"),
    "invalid-plan": (422, "The plan can't be used"),
    "invalid-request": (422, "Parts of the request can't be used"),
    "too-many-tries": (429, "Too many codes were wrong"),
    "internal": (500, "Something went wrong in the service"),
    "not-recorded": (503, "The session is not being recorded now"),
    "not-ready": (503, "The service is not ready"),
    "busy": (503, "The service has enough to do"),
}
"""Problem types by name: HTTP status and title. `type` in a document is `/problems/<name>`."""

REFUSALS: dict[type[Exception], str] = {
    UnknownMachine: "unknown-machine",
    SetRunning: "set-running",
    StorageFull: "storage-full",
    AnotherPatient: "another-patient",
    AnotherPlan: "another-plan",
    PatientElsewhere: "patient-elsewhere",
    CalibrationExpired: "calibration-expired",
    BeyondStops: "invalid-plan",
    NoSignal: "no-signal",
    NoSession: "no-session",
    NotRecorded: "not-recorded",
    StoreGoneError: "not-ready",
}
"""Why something is not done, by problem type; the error's own text says the rest."""

_BY_STATUS = {400: "bad-request", 401: "not-signed-in", 403: "not-allowed", 404: "not-found", 405: "method-not-allowed", 413: "too-large"}


class Problem(Exception):
    """An answer that is not the one that was hoped for. `name` is a key of TITLES, `errors` says what is wrong where."""

    def __init__(self, name: str, detail: str | None = None, errors: Iterable[Fault] = (), **members: object) -> None:
        super().__init__(detail or name)
        self.name = name
        self.detail = detail
        self.members: dict[str, object] = dict(members)
        listed = list(errors)
        if listed:
            self.members["errors"] = [{"pointer": fault.pointer, "detail": fault.message} for fault in listed]


def document(problem: Problem) -> Response:
    """The problem as an HTTP answer."""
    status, title = TITLES[problem.name]
    body: dict[str, object] = {"type": f"/problems/{problem.name}", "title": title, "status": status}
    if problem.detail is not None:
        body["detail"] = problem.detail
    response = Response(msgspec.json.encode(body | problem.members), status, media_type=MEDIA_TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["www-authenticate"] = "Bearer"
    return response


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem document, those of the framework too."""

    @app.exception_handler(Problem)
    async def _own(_: Request, problem: Problem) -> Response:
        return document(problem)

    async def _refused(_: Request, error: Exception) -> Response:
        members = {"machine": error.machine} if isinstance(error, PatientElsewhere) else {}
        faults = error.faults if isinstance(error, BeyondStops) else ()
        return document(Problem(REFUSALS[type(error)], str(error), faults, **members))

    for kind in REFUSALS:
        app.add_exception_handler(kind, _refused)

    @app.exception_handler(BusyError)
    async def _busy(_: Request, error: BusyError) -> Response:
        return document(Problem("busy", f"{error}; try again in a moment."))

    @app.exception_handler(WorkError)
    async def _failed(_: Request, error: WorkError) -> Response:
        return document(Problem("analysis-failed", f"The work on the recording came to no end: {error}."))

    @app.exception_handler(RecordedError)
    async def _damaged(_: Request, error: RecordedError) -> Response:
        return document(Problem("recording-damaged", error.named))

    @app.exception_handler(HTTPException)
    async def _of_the_framework(_: Request, error: HTTPException) -> Response:
        name = _BY_STATUS.get(error.status_code, "internal" if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR else "bad-request")
        detail = error.detail if error.detail != HTTPStatus(error.status_code).phrase else None
        response = document(Problem(name, detail))
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(RequestValidationError)
    async def _of_parameters(_: Request, error: RequestValidationError) -> Response:
        return document(_invalid([_parameter(fault) for fault in error.errors()]))

    @app.exception_handler(Exception)
    async def _unforeseen(request: Request, error: Exception) -> Response:
        # The caller gets a number to quote and nothing of the inside (robustness-and-screens C33).
        incident = secrets.token_hex(4)
        _log.error("incident %s: %s %s", incident, request.method, request.url.path, exc_info=error)
        return document(Problem("internal", f"Quote incident {incident} when you report this.", incident=incident))


def unusable(name: str, words: str) -> Problem:
    """A query parameter that has the right shape and can't be used."""
    return _invalid([_parameter({"loc": ("query", name), "msg": words})])


def _invalid(errors: list[dict[str, str]]) -> Problem:
    problem = Problem("invalid-request", errors[0]["detail"])
    problem.members["errors"] = errors
    return problem


def _parameter(fault: dict[str, Any]) -> dict[str, str]:
    """One fault of a query or path parameter, by its name."""
    where, *path = [str(part) for part in fault["loc"]]
    name = ".".join(path)
    return {"in": where, "parameter": name, "detail": f"{name}: {fault['msg']}"}
