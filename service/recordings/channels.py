"""The channels of a recording and their schemas (contract 8), flat so that Lichtblick and PlotJuggler read them unchanged."""

from functools import cache
from typing import Any, get_args

import msgspec
from msgspec import inspect

from service.recordings.writer import Writer
from wire.channels import EVENTS, EVENTS_FINAL, INPUTS, NOTES, SAMPLES, SIGNALS
from wire.events import AnyEvent
from wire.messages import Input
from wire.samples import SampleBatch


class Signals(msgspec.Struct, omit_defaults=True):
    """What the screens saw at one instant; what wasn't known is left out. `t_ns` is the device's clock, the log time UTC."""

    t_ns: int
    angle_deg: float | None = None
    torque_nm: float | None = None
    speed_deg_s: float | None = None
    phase: str | None = None
    repetition: int | None = None
    cue_deg: float | None = None


class Note(msgspec.Struct, omit_defaults=True):
    """What befell a recording beside its samples (decision 0122); further fields go with the kind. `first` and `last` are seqs."""

    kind: str
    noted_utc: str
    boot: str | None = None
    first: int | None = None
    last: int | None = None


_SCHEMAS = {
    # MessagePack describes itself; yet PlotJuggler before 3.17 gives up on a file with a channel that names no schema (decision 0187).
    SAMPLES: "ilex.SampleBatch",
    INPUTS: "ilex.Input",
    SIGNALS: "ilex.Signals",
    EVENTS: "ilex.Event",
    EVENTS_FINAL: "ilex.Event",
    NOTES: "ilex.Note",
}


def add_channels(writer: Writer, there: dict[str, int] | None = None) -> dict[str, int]:
    """Registers the channels that are not `there` yet. Returns the number of each topic."""
    numbers = dict(there or {})
    schemas: dict[str, int] = {}
    for topic, name in _SCHEMAS.items():
        if topic in numbers:
            continue
        if name not in schemas:
            schemas[name] = writer.schema(name, _schemas()[name])
        numbers[topic] = writer.channel(topic, "msgpack" if topic == SAMPLES else "json", schemas[name])
    return numbers


@cache
def _schemas() -> dict[str, bytes]:
    """Made once: it takes milliseconds, and a hundred sessions may begin at one moment."""
    kinds: dict[str, list[Any]] = {"ilex.Event": list(get_args(AnyEvent)), "ilex.Input": [Input], "ilex.Signals": [Signals]}
    kinds |= {"ilex.Note": [Note], "ilex.SampleBatch": [SampleBatch]}
    return {title: _flat(title, structs) for title, structs in kinds.items()}


def _flat(title: str, kinds: list[Any]) -> bytes:
    """A JSON Schema that every message of these kinds fulfils: the fields that have one plain type wherever they occur.

    Lichtblick refuses a whole channel for a union, a reference or a null in its schema; fields that need one stand in the message only.
    """
    properties: dict[str, dict[str, Any] | None] = {}
    for kind in kinds:
        info = inspect.type_info(kind)
        assert isinstance(info, inspect.StructType)
        if info.tag_field is not None:
            properties[info.tag_field] = {"type": "string"}
        for field in info.fields:
            plain = _plain(field.type, optional=kind in (Input, Signals, Note))
            if properties.setdefault(field.encode_name, plain) != plain:
                properties[field.encode_name] = None
    known = {name: plain for name, plain in properties.items() if plain is not None}
    return msgspec.json.encode({"title": title, "type": "object", "properties": known})


def _plain(kind: inspect.Type, *, optional: bool) -> dict[str, Any] | None:
    """The type in JSON Schema, None if it isn't plain. `optional`: null is never written, an absent field stands for it."""
    if optional and isinstance(kind, inspect.UnionType):
        rest = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        return _plain(rest[0], optional=False) if len(rest) == 1 else None
    if isinstance(kind, inspect.IntType):
        return {"type": "integer"}
    if isinstance(kind, inspect.FloatType):
        return {"type": "number"}
    if isinstance(kind, inspect.StrType | inspect.LiteralType):
        return {"type": "string"}
    if isinstance(kind, inspect.ListType) and (items := _plain(kind.item_type, optional=False)):
        return {"type": "array", "items": items}
    return None
