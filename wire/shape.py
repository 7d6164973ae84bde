"""Every fault in the shape of a message: the decoder stops at the first and names no key of a map, a person wants all of them."""

import json
import math
import re
import sys
from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from msgspec import inspect

from wire.errors import Fault, step

_GREATEST = sys.float_info.max
_WORDS: dict[type[inspect.Type], str] = {
    inspect.NoneType: "null",
    inspect.BoolType: "true or false",
    inspect.BytesType: "bytes",
    inspect.ListType: "a list",
    inspect.DictType: "an object",
    inspect.StructType: "an object",
}


def shape_faults(value: object, kind: Hashable) -> list[Fault]:
    """What in plain decoded data (dict, list, str, ...) is not of that type; empty where `msgspec.convert` accepts it.

    Stricter in one thing: a number must be finite. Unknown keys are ignored (contract 2).
    """
    found: list[Fault] = []
    _look(value, _type_of(kind), "", found)
    return found


@lru_cache(maxsize=64)
def _type_of(kind: Hashable) -> inspect.Type:
    return inspect.type_info(kind)


def _look(value: object, kind: inspect.Type, pointer: str, found: list[Fault]) -> None:
    match kind:
        case inspect.AnyType():
            return
        case inspect.Metadata():
            if isinstance(kind.type, inspect.StrType):
                _look_at_one(value, kind, pointer, found)
            else:
                _look(value, kind.type, pointer, found)
        case inspect.UnionType():
            _look_at_union(value, kind, pointer, found)
        case inspect.StructType() if isinstance(value, dict):
            _look_at_struct(value, kind, pointer, found)
        case inspect.DictType() if isinstance(value, dict):
            for key, item in value.items():
                _look(key, kind.key_type, step(pointer, key), found)
                _look(item, kind.value_type, step(pointer, key), found)
        case inspect.ListType() if isinstance(value, list):
            for at, item in enumerate(value):
                _look(item, kind.item_type, step(pointer, at), found)
        case inspect.TupleType() if isinstance(value, list | tuple) and len(value) == len(kind.item_types):
            for at, (item, item_kind) in enumerate(zip(value, kind.item_types, strict=True)):
                _look(item, item_kind, step(pointer, at), found)
        case _:
            _look_at_one(value, kind, pointer, found)


def _look_at_one(value: object, kind: inspect.Type, pointer: str, found: list[Fault]) -> None:
    if not _fits(value, kind):
        found.append(Fault(pointer, f"expected {expected(kind)}, got {came(value)}"))


def _look_at_union(value: object, kind: inspect.UnionType, pointer: str, found: list[Fault]) -> None:
    """A union holds at most one list, one map, and structs that differ by their tag: the value says which is meant."""
    members = [member.type if isinstance(member, inspect.Metadata) else member for member in kind.types]
    structs = [member for member in members if isinstance(member, inspect.StructType)]
    containers = [member for member in members if isinstance(member, _container(value))]
    if containers:
        _look(value, containers[0], pointer, found)
    elif isinstance(value, dict) and structs:
        meant = [struct for struct in structs if struct.tag_field is None or value.get(struct.tag_field) == struct.tag]
        if meant:
            _look_at_struct(value, meant[0], pointer, found)
        else:
            field = str(structs[0].tag_field)
            tags = " or ".join(json.dumps(struct.tag) for struct in structs)
            found.append(Fault(step(pointer, field), f"expected {tags}, got {_came_at(value, field)}"))
    elif not any(_fits(value, member) for member in kind.types):
        found.append(Fault(pointer, f"expected {expected(kind)}, got {came(value)}"))


def _container(value: object) -> tuple[type[inspect.Type], ...]:
    if isinstance(value, list):
        return (inspect.ListType, inspect.TupleType)
    return (inspect.DictType,) if isinstance(value, dict) else ()


def _look_at_struct(value: dict[Any, Any], kind: inspect.StructType, pointer: str, found: list[Fault]) -> None:
    if kind.tag_field is not None and value.get(kind.tag_field) != kind.tag:
        found.append(Fault(step(pointer, kind.tag_field), f"expected {json.dumps(kind.tag)}, got {_came_at(value, kind.tag_field)}"))
    for field in kind.fields:
        at = step(pointer, field.encode_name)
        if field.encode_name in value:
            _look(value[field.encode_name], field.type, at, found)
        elif field.required:
            found.append(Fault(at, f"expected {expected(field.type)}, got nothing"))


def _fits(value: object, kind: inspect.Type) -> bool:
    match kind:
        case inspect.NoneType():
            return value is None
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.IntType():
            return isinstance(value, int) and not isinstance(value, bool) and _within(value, kind)
        case inspect.FloatType():
            if isinstance(value, float):
                return math.isfinite(value) and _within(value, kind)
            return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _GREATEST and _within(value, kind)
        case inspect.StrType():
            return isinstance(value, str) and _readable(value, kind)
        case inspect.BytesType():
            return isinstance(value, bytes)
        case inspect.LiteralType():
            return any(value == choice and type(value) is type(choice) for choice in kind.values)
        case inspect.Metadata():
            return _fits(value, kind.type)
    return False


def _within(number: float, kind: inspect.IntType | inspect.FloatType) -> bool:
    return (kind.ge is None or number >= kind.ge) and (kind.gt is None or number > kind.gt) and (kind.le is None or number <= kind.le)


def _readable(text: str, kind: inspect.StrType) -> bool:
    long_enough = len(text) >= (kind.min_length or 0)
    short_enough = kind.max_length is None or len(text) <= kind.max_length
    return long_enough and short_enough and (kind.pattern is None or re.search(kind.pattern, text) is not None)


def expected(kind: inspect.Type) -> str:
    """A type in words."""
    match kind:
        case inspect.Metadata(type=inspect.StrType(pattern=str()), extra_json_schema={"description": str(words)}):
            return words
        case inspect.Metadata():
            return expected(kind.type)
        case inspect.UnionType():
            return " or ".join(expected(member) for member in kind.types)
        case inspect.IntType():
            return "a whole number" + _bounds(kind)
        case inspect.FloatType():
            return "a number" + _bounds(kind)
        case inspect.StrType():
            return "text" + (f" of at most {kind.max_length} characters" if kind.max_length else "")
        case inspect.LiteralType():
            return " or ".join(json.dumps(choice) for choice in kind.values)
        case inspect.TupleType():
            return f"a list of {len(kind.item_types)}"
    return _WORDS[type(kind)]


def _bounds(kind: inspect.IntType | inspect.FloatType) -> str:
    bounds = [("above", kind.gt), ("of at least", kind.ge), ("at most", kind.le)]
    words = " and ".join(f"{word} {limit:g}" for word, limit in bounds if limit is not None)
    return f" {words}" if words else ""


def came(value: object) -> str:
    """A value in a few words."""
    match value:
        case None | bool():
            return json.dumps(value)
        case int() | float():
            return _short(repr(value) if abs(value) < _GREATEST else "a very large number")
        case str():
            return _short(json.dumps(value, ensure_ascii=False))
        case list():
            return f"a list of {len(value)}"
        case bytes():
            return f"{len(value)} bytes"
    return "an object"


def _came_at(value: dict[Any, Any], key: str) -> str:
    return came(value[key]) if key in value else "nothing"


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."
