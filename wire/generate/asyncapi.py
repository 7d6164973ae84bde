"""The AsyncAPI 3 document: every MQTT channel and the WebSocket, from the service's point of view."""

from typing import Any

from wire.events import AnyEvent
from wire.generate.catalogue import CHANNELS, Channel, example
from wire.generate.schemas import as_text, components, flat_events
from wire.live import FromClient, FromServer
from wire.topics import MAJOR, ROOT

_SCHEMAS = "#/components/schemas/"
_ADDRESS_PARTS = {
    "site": {"description": "The place: 1 to 64 of a-z 0-9 _ -", "examples": ["gym"]},
    "machine": {"description": "The machine within the site: 1 to 64 of a-z 0-9 _ -", "examples": ["lumbar-1"]},
}


def document() -> str:
    """The document as text."""
    kinds = [channel.kind for channel in CHANNELS]
    tops, named = components([*kinds, AnyEvent, FromClient, FromServer], _SCHEMAS)
    tops, named = _draft_7(tops), _draft_7(named)
    *payloads, events, from_client, from_server = tops
    named["Event"] = events
    named["EventMessage"] = flat_events({"$ref": _SCHEMAS + "Event"})
    by_leaf = dict(zip([channel.leaf for channel in CHANNELS], payloads, strict=True))
    live_client = _names(from_client)
    live_server = [*_names(from_server), "EventMessage"]
    messages = {channel.title: _message(channel, by_leaf[channel.leaf]) for channel in CHANNELS}
    messages["AnalysisEvent"]["payload"] = {"$ref": _SCHEMAS + "Event"}
    for name in [*live_client, *live_server]:
        messages[name] = {"name": name, "contentType": "application/json", "payload": {"$ref": _SCHEMAS + name}}
    return as_text(
        {
            "asyncapi": "3.0.0",
            "info": {
                "title": "Ilex",
                "version": f"{MAJOR}.0.0",
                "description": "What machines, service and screens say to each other, from the service's point of view. "
                "MQTT 3.1.1 features only. Unknown keys are ignored; nanoseconds are whole numbers, seconds are not.",
                "license": {"name": "Apache-2.0"},
            },
            "defaultContentType": "application/json",
            "servers": {
                "broker": {"host": "127.0.0.1:1883", "protocol": "mqtt", "protocolVersion": "3.1.1", "description": "Any MQTT broker"},
                "service": {
                    "host": "127.0.0.1:8080",
                    "protocol": "ws",
                    "description": "A browser shows its session cookie and an allowed Origin, any other client a bearer token",
                    "security": [{"type": "http", "scheme": "bearer"}],
                },
            },
            "channels": {**{channel.leaf: _channel(channel) for channel in CHANNELS}, "live": _live(live_client, live_server)},
            "operations": {**{channel.leaf: _operation(channel) for channel in CHANNELS}, **_live_operations(live_client, live_server)},
            "components": {"messages": messages, "schemas": named},
        }
    )


def _message(channel: Channel, payload: Any) -> dict[str, Any]:
    message: dict[str, Any] = {
        "name": channel.title,
        "summary": channel.summary,
        "contentType": "application/msgpack" if channel.binary else "application/json",
        "payload": payload,
        "examples": [{"name": "example", "payload": example(channel.example)}],
    }
    if channel.leaf in ("command", "reply"):
        message["correlationId"] = {"location": "$message.payload#/id"}
    return message


def _channel(channel: Channel) -> dict[str, Any]:
    return {
        "address": f"{ROOT}/{{site}}/{{machine}}/{channel.leaf}",
        "servers": [{"$ref": "#/servers/broker"}],
        "parameters": _ADDRESS_PARTS,
        "messages": {channel.title: {"$ref": f"#/components/messages/{channel.title}"}},
    }


def _operation(channel: Channel) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "action": "receive" if channel.sender == "edge" else "send",
        "channel": {"$ref": f"#/channels/{channel.leaf}"},
        "summary": channel.summary,
        "bindings": {"mqtt": {"qos": channel.qos, "retain": channel.retained, "bindingVersion": "0.2.0"}},
        "messages": [{"$ref": f"#/channels/{channel.leaf}/messages/{channel.title}"}],
    }
    if channel.leaf == "command":
        operation["reply"] = {"channel": {"$ref": "#/channels/reply"}, "messages": [{"$ref": "#/channels/reply/messages/Reply"}]}
    return operation


def _live(client: list[str], server: list[str]) -> dict[str, Any]:
    return {
        "address": "/api/v1/live",
        "servers": [{"$ref": "#/servers/service"}],
        "description": "JSON text. The client begins with `watch`, the server with `hello`. "
        "Closed with 1008 for an unknown or forbidden machine, 1007 for nonsense, 1009 when oversized, 1012 on restart, "
        "1013 when the client reads too slowly.",
        "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in [*client, *server]},
    }


def _live_operations(client: list[str], server: list[str]) -> dict[str, Any]:
    def operation(action: str, names: list[str], summary: str) -> dict[str, Any]:
        messages = [{"$ref": f"#/channels/live/messages/{name}"} for name in names]
        return {"action": action, "channel": {"$ref": "#/channels/live"}, "summary": summary, "messages": messages}

    return {
        "watch": operation("receive", client, "What a screen asks for"),
        "show": operation("send", server, "What a screen is shown: signals, latest wins; events, every one"),
    }


def _names(union: dict[str, Any]) -> list[str]:
    return [member["$ref"].rpartition("/")[2] for member in union["anyOf"]]


def _draft_7(schema: Any) -> Any:
    """AsyncAPI's schemas are JSON Schema draft 7: tuples by `items`, nothing beside `$ref`, no OpenAPI discriminator."""
    if isinstance(schema, list):
        return [_draft_7(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _draft_7(item) for key, item in schema.items() if key != "discriminator"}
    if "prefixItems" in made:
        made["items"] = made.pop("prefixItems")
    if "$ref" in made and len(made) > 1:
        made = {"allOf": [{"$ref": made.pop("$ref")}], **made}
    return made
