"""JSON Schemas (2020-12) from the structs, one file a message."""

import inspect
import json
from typing import Any

import msgspec

from wire.events import AnyEvent
from wire.generate.catalogue import FILES


def components(kinds: list[Any], prefix: str) -> tuple[list[Any], dict[str, Any]]:
    """The schemas of those types, and of the structs that they name, whose references begin with `prefix`."""
    tops, named = msgspec.json.schema_components(kinds, ref_template=prefix + "{name}")
    # On the wire there is one message: the text form is called by its name too.
    renamed = json.loads(json.dumps([list(tops), dict(sorted(named.items()))]).replace("SampleText", "SampleBatch"))
    return _tidy(renamed[0]), _tidy(renamed[1])


def flat_events(events: Any) -> dict[str, Any]:
    """The live feed's form of those events: beside `kind` a `type`, always "event" (contract 5)."""
    mark = {"type": "object", "properties": {"type": {"const": "event"}}, "required": ["type"]}
    return {"title": "EventMessage", "description": "An analysis event as the live feed sends it.", "allOf": [mark, events]}


def files() -> dict[str, str]:
    """File name -> content."""
    made: dict[str, str] = {}
    for name, kind in FILES.items():
        (top, events), named = components([kind, AnyEvent], "#/$defs/")
        if name == "live-server":
            top = {"anyOf": [*top["anyOf"], flat_events(events)]}
        used = _used(top, named)
        document = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:ilex:1:{name}", **top}
        document["$defs"] = {key: schema for key, schema in named.items() if key in used}
        made[f"{name}.schema.json"] = as_text(document)
    return made


def as_text(document: object) -> str:
    """A document as it stands in the repository."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _used(schema: object, named: dict[str, Any]) -> set[str]:
    found: set[str] = set()
    todo = [schema]
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            name = str(item.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found.add(name)
                todo.append(named[name])
        if isinstance(item, dict | list):
            todo.extend(item.values() if isinstance(item, dict) else item)
    return found


def _tidy(schema: Any) -> Any:
    """Docstrings without their indentation."""
    if isinstance(schema, dict):
        return {
            key: inspect.cleandoc(item) if key == "description" and isinstance(item, str) else _tidy(item) for key, item in schema.items()
        }
    return [_tidy(item) for item in schema] if isinstance(schema, list) else schema
