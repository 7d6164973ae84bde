"""The agent's TOML configuration: one file a machine, refused with line and reason. `example.toml` explains every key."""

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec
from msgspec import Meta

from edge_agent.calibration import Channel, Travel
from edge_agent.drivers import DriverSettings
from edge_agent.trouble import TroubleSettings
from wire.topics import is_machine


class ConfigurationError(Exception):
    """A configuration that can't be used. One line: `FILE:LINE: key: reason`."""


class Broker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`url` mqtt://HOST[:1883] or mqtts://HOST[:8883]; the password stands in a file of its own."""

    url: str = "mqtt://127.0.0.1:1883"
    username: str | None = None
    password_file: str | None = None
    ca_file: str | None = None
    keepalive_s: Annotated[int, Meta(ge=1, le=300)] = 5


class Live(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The live lane: one batch every `batch_ms`, at most `queue` waiting; more are dropped and counted."""

    batch_ms: Annotated[float, Meta(gt=0, le=1000)] = 20.0
    queue: Annotated[int, Meta(ge=1, le=10_000)] = 50


class CalibrationSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`file` keeps what tare and sweep measured; without it they are forgotten at the end. `travel`: no plan may go beyond."""

    angle: Channel = Channel()
    torque: Channel = Channel()
    travel: Travel | None = None
    file: str | None = None


class SpoolSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where samples wait until they are stored, how much room they may take, and how many messages a second bring them back.

    Each machine has a folder of its own in `folder`.
    """

    folder: str = "spool"
    quota_mb: Annotated[int, Meta(ge=8, le=1_000_000)] = 2048
    rate: Annotated[float, Meta(gt=0, le=10_000)] = 200.0


class Configuration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One machine: its name, where its samples come from and where they go."""

    machine: str
    driver: DriverSettings
    broker: Broker = Broker()
    live: Live = Live()
    calibration: CalibrationSettings = CalibrationSettings()
    spool: SpoolSettings = SpoolSettings()
    trouble: TroubleSettings = TroubleSettings()
    truth: str | None = None
    """Where every sample is written down before anything else is done with it, for tests (`Truth`)."""


class Address(NamedTuple):
    """Where the broker is."""

    host: str
    port: int
    tls: bool


def load(file: Path) -> Configuration:
    """The configuration in a TOML file. Raises ConfigurationError naming file, line, key and what was expected."""
    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}: not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise ConfigurationError(f"{file}: {os.strerror(error.errno or 0)}") from None
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(_syntax(file, text, str(error))) from None
    lines = _lines(text)
    try:
        configuration = msgspec.convert(table, Configuration)
    except msgspec.ValidationError as error:
        words, _, place = str(error).partition(" - at `$")
        key = place.rstrip("`").lstrip(".")
        if missing := re.search(r"required field `([^`]+)`", words):
            reason = "is missing"
            name = f"{key}.{missing[1]}".lstrip(".")
        elif unknown := re.search(r"unknown field `([^`]+)`", words):
            name = f"{key}.{unknown[1]}".lstrip(".")
            reason = "no such key"
        else:
            name, reason = key, words[0].lower() + words[1:]
        raise ConfigurationError(_say(file, lines, name, reason)) from None
    if not is_machine(configuration.machine):
        reason = f"expected site/machine, each of a-z 0-9 _ -, at most 64 long, got {configuration.machine!r}"
        raise ConfigurationError(_say(file, lines, "machine", reason))
    try:
        address(configuration.broker)
    except ValueError as error:
        raise ConfigurationError(_say(file, lines, "broker.url", str(error))) from None
    travel = configuration.calibration.travel
    if travel is not None and not travel.extension_deg < travel.flexion_deg:
        reason = f"expected extension_deg less than flexion_deg ({travel.flexion_deg:g}), got {travel.extension_deg:g}"
        raise ConfigurationError(_say(file, lines, "calibration.travel", reason))
    for name in ("password_file", "ca_file"):
        path = getattr(configuration.broker, name)
        if path is not None and not (file.parent / path).is_file():
            raise ConfigurationError(_say(file, lines, f"broker.{name}", f"no such file: {path}"))
    return configuration


def address(broker: Broker) -> Address:
    """Host, port and whether TLS is on. Raises ValueError with what was expected."""
    parts = urlsplit(broker.url)
    expected = f"expected mqtt://HOST[:PORT] or mqtts://HOST[:PORT], got {broker.url!r}"
    if parts.username or parts.password:
        raise ValueError("user and password don't belong in the URL; use broker.username and broker.password_file")
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(expected)
    try:
        port = parts.port
    except ValueError:
        raise ValueError(expected) from None
    tls = parts.scheme == "mqtts"
    return Address(unquote(parts.hostname), port or (8883 if tls else 1883), tls)


def fault(file: Path, key: str, reason: str) -> str:
    """What is wrong with a key of a file that was loaded, in one line: `FILE:LINE: key: reason`."""
    return _say(file, _lines(file.read_text("utf-8")), key, reason)


def _say(file: Path, lines: dict[str, int], key: str, reason: str) -> str:
    """One line for the person who wrote the file; the line number of the key, or of the table that it belongs to."""
    place, line = key, lines.get(key)
    while line is None and "." in place:
        place = place.rpartition(".")[0]
        line = lines.get(place)
    return f"{file}:{line or 1}: {key}: {reason}" if key else f"{file}:1: {reason}"


def _syntax(file: Path, text: str, words: str) -> str:
    """`Expected ... (at line 3, column 7)` as file, line and reason."""
    found = re.search(r" \(at line (\d+), column \d+\)$", words)
    if found:
        return f"{file}:{found[1]}: {words[: found.start()]}"
    return f"{file}:{max(1, len(text.splitlines()))}: {words.removesuffix(' (at end of document)')} at the end of the file"


_KEY = re.compile(r"""\s*([A-Za-z0-9_."'-]+(?:\s*\.\s*[A-Za-z0-9_"'-]+)*)\s*=""")
_TABLE = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]")


def _lines(text: str) -> dict[str, int]:
    """The line of each key and table, by dotted path. A plain scan: the file has parsed already."""
    found: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _TABLE.match(line):
            table = _plain(header[1])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            path = f"{table}.{_plain(key[1])}".lstrip(".")
            found.setdefault(path, number)
            for inner in re.finditer(r"[{,]\s*([A-Za-z0-9_-]+)\s*=", line):
                found.setdefault(f"{path}.{inner[1]}", number)
    return found


def _plain(key: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in key.split("."))
