"""JSON in and out by msgspec: bodies decoded with a limit, answers encoded, their schemas for OpenAPI."""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from fastapi import Request, Response
from starlette.requests import ClientDisconnect

from service.api.problems import MEDIA_TYPE, Problem
from wire.shape import shape_faults

MOST_BYTES = 256 * 1024
"""Largest body taken (robustness-and-screens C16)."""
Kind = TypeVar("Kind", bound=msgspec.Struct)
_SCHEMAS = "#/components/schemas/{name}"


async def read(request: Request) -> bytes:
    """The whole body. Raises a Problem: 413 beyond MOST_BYTES, without reading on; 400 where the client went away before its end."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                raise Problem("too-large", f"At most {MOST_BYTES} bytes are taken.")
    except ClientDisconnect:
        raise Problem("bad-request", "The request broke off.") from None
    return bytes(body)


async def read_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises a Problem: 413 for too much, 400 for anything else than a JSON object."""
    try:
        return msgspec.json.decode(await read(request), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem("bad-request", f"The body is not a JSON object: {error}") from error


async def read_as(request: Request, kind: type[Kind]) -> Kind:
    """The body as a struct. Raises a Problem: 413, 400 as `read_object`, 422 with a pointer to each fault."""
    body = await read(request)
    try:
        raw = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem("bad-request", f"The body is not JSON: {error}") from error
    if found := shape_faults(raw, kind):
        raise Problem("invalid-request", "; ".join(f"{fault.pointer or 'the body'}: {fault.message}" for fault in found), found)
    return msgspec.convert(raw, kind)


def answer(content: object) -> Response:
    """`content` (structs, lists of them, plain values) as JSON."""
    return Response(msgspec.json.encode(content), media_type="application/json")


def described(status: int, kind: Any, words: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's `responses` of a route that answers with `kind`, and with a problem otherwise."""
    _mentioned.append(kind)
    (schema,) = msgspec.json.schema_components([kind], ref_template=_SCHEMAS)[0]
    return {status: {"description": words, "content": {"application/json": {"schema": schema}}}, **problems()}


def file_of(media_type: str, words: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's `responses` of a route that answers with a file."""
    return {200: {"description": words, "content": {media_type: {"schema": {"type": "string", "format": "binary"}}}}, **problems()}


def lines_of(kind: Any, words: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's `responses` of a route that answers with JSON Lines, each a `kind`."""
    (schema,) = described(200, kind, words)[200]["content"]["application/json"].values()
    return {200: {"description": words, "content": {"application/jsonl": {"itemSchema": schema}}}, **problems()}


def problems() -> dict[int | str, dict[str, Any]]:
    """OpenAPI's `responses` for everything that can go wrong."""
    schema = {"$ref": _SCHEMAS.format(name="ProblemDocument")}
    return {"default": {"description": "What went wrong", "content": {MEDIA_TYPE: {"schema": schema}}}}


def body_of(kind: Any) -> dict[str, Any]:
    """OpenAPI's `requestBody` of a route that reads `kind`."""
    _mentioned.append(kind)
    (schema,) = msgspec.json.schema_components([kind], ref_template=_SCHEMAS)[0]
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


class Where(msgspec.Struct, omit_defaults=True):
    """One fault: a JSON pointer into the body, or the name of a parameter."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None


class ProblemDocument(msgspec.Struct, omit_defaults=True):
    """RFC 9457: `type` is stable, one of docs/problems.md."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: list[Where] = []


_mentioned: list[Any] = [ProblemDocument]


def components() -> dict[str, Any]:
    """The schemas of every struct that a route mentioned, by name."""
    kinds: Sequence[Any] = _mentioned
    return msgspec.json.schema_components(kinds, ref_template=_SCHEMAS)[1]
