"""The golden vectors, for tests."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "conformance" / "wire"


def vectors(name: str) -> list[Any]:
    """Each vector of a file as a parameter, named."""
    rows: list[dict[str, Any]] = json.loads((FOLDER / name).read_text("utf-8"))["vectors"]
    return [pytest.param(row, id=" ".join(str(row[key]) for key in ("kind", "name", "topic") if key in row)) for row in rows]


def payload(vector: dict[str, Any]) -> bytes:
    """The bytes of a vector."""
    return bytes.fromhex(vector["hex"]) + bytes(vector.get("then_zeros", 0))
