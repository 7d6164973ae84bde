"""The dashboard's TypeScript types, from the structs."""

import inspect as python
import json
from typing import Any, get_args

import msgspec
from msgspec import inspect

from wire.events import AnyEvent
from wire.generate.catalogue import ALIASES
from wire.live import PROTOCOL, FromClient, FromServer
from wire.messages import Command, Reply
from wire.plan import Plan

_HEAD = """\
// Made from the structs of `wire` by `python -m wire.generate`: do not edit.
// Nanoseconds (`*_ns`) are whole numbers of up to 64 bits; read by JSON.parse they may be off by up to 128 ns.
"""
_WORDS: dict[type[inspect.Type], str] = {
    inspect.AnyType: "unknown",
    inspect.NoneType: "null",
    inspect.BoolType: "boolean",
    inspect.IntType: "number",
    inspect.FloatType: "number",
    inspect.StrType: "string",
}
_NAMES = {frozenset(get_args(words)): name for name, words in ALIASES.items()}


def source() -> str:
    """The file as text."""
    events, client, server = _members(AnyEvent), _members(FromClient), _members(FromServer)
    parts = [_HEAD, f"export const PROTOCOL = {PROTOCOL};\n"]
    parts += [f"export type {name} = {_choices(get_args(words))};\n" for name, words in ALIASES.items()]
    structs: dict[str, inspect.StructType] = {}
    for kind in (Plan, *events, *client, *server, Command, Reply):
        _collect(inspect.type_info(kind), structs)
    from_client: dict[str, inspect.StructType] = {}
    for kind in client:
        _collect(inspect.type_info(kind), from_client)
    parts += [_interface(struct, optional=name in from_client) for name, struct in structs.items()]
    parts.append(_union("AnyEvent", "Analysis events (contract 4), told apart by `kind`.", events))
    parts.append('/** An analysis event as the live feed sends it. */\nexport type EventMessage = AnyEvent & { type: "event" };\n')
    parts.append(_union("ClientMessage", "What a client of the live feed sends, told apart by `type`.", client))
    parts.append(_union("ServerMessage", "What the live feed sends, told apart by `type`.", server, "EventMessage"))
    return "\n".join(parts)


def _members(union: Any) -> list[type[msgspec.Struct]]:
    return list(get_args(union))


def _union(name: str, words: str, members: list[type[msgspec.Struct]], *more: str) -> str:
    names = "".join(f"\n  | {member}" for member in [*(kind.__name__ for kind in members), *more])
    return f"/** {words} */\nexport type {name} ={names};\n"


def _collect(kind: inspect.Type, found: dict[str, inspect.StructType]) -> None:
    """The structs that a type is made of, those that others need first."""
    match kind:
        case inspect.StructType():
            for field in kind.fields:
                _collect(field.type, found)
            found[kind.cls.__name__] = kind
        case inspect.UnionType():
            for member in kind.types:
                _collect(member, found)
        case inspect.Metadata():
            _collect(kind.type, found)
        case inspect.ListType():
            _collect(kind.item_type, found)
        case inspect.DictType():
            _collect(kind.value_type, found)


def _interface(struct: inspect.StructType, *, optional: bool) -> str:
    """`optional`: fields with a default may be left out (what the browser sends); what it receives is complete."""
    lines = [_comment(struct.cls), f"export interface {struct.cls.__name__} {{"]
    if struct.tag_field is not None:
        lines.append(f"  {struct.tag_field}: {json.dumps(struct.tag)};")
    for field in struct.fields:
        absent = not field.required and field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT
        mark = "?" if absent or (optional and not field.required) else ""
        lines.append(f"  {field.encode_name}{mark}: {_type(field.type)};")
    return "\n".join(line for line in [*lines, "}\n"] if line)


def _comment(struct: type[msgspec.Struct]) -> str:
    words = (python.getdoc(struct) or "").splitlines()
    if len(words) <= 1:
        return f"/** {words[0]} */" if words else ""
    return "\n".join(["/**", *(f" * {line}".rstrip() for line in words), " */"])


def _type(kind: inspect.Type) -> str:
    match kind:
        case inspect.Metadata():
            return _type(kind.type)
        case inspect.StructType():
            return kind.cls.__name__
        case inspect.LiteralType():
            return _NAMES.get(frozenset(kind.values)) or _choices(kind.values)
        case inspect.UnionType():
            members = [_type(member) for member in kind.types]
            return " | ".join(sorted(members, key=lambda member: member == "null"))
        case inspect.ListType():
            item = _type(kind.item_type)
            return f"({item})[]" if " | " in item else f"{item}[]"
        case inspect.DictType():
            return f"Record<string, {_type(kind.value_type)}>"
    return _WORDS[type(kind)]


def _choices(values: Any) -> str:
    return " | ".join(json.dumps(value) for value in values)
