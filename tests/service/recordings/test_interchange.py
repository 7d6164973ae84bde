"""Recordings open unchanged in other MCAP tools (contract 8, issue 6 point 5): with the libraries of the npm registry and of PyPI.

What PlotJuggler and Lichtblick ask of a file beyond these libraries was read in their sources and is checked here by its rules; the
programs themselves are not run (docs/engineers.md says what was).
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from mcap.reader import make_reader

from tests.service.replay.played import play
from wire.capture import Capture
from wire.recorded import Block

HERE = Path(__file__).parent / "mcap"
PLAIN = {"string", "number", "integer", "boolean", "object", "array"}
PARSED_BY_PLOTJUGGLER = {"json", "cbor", "bson", "msgpack"}
"""Message encodings whose values it flattens into curves, whatever the schema says."""


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return play(tmp_path_factory.mktemp("recording"), "s1")


@pytest.fixture(scope="module")
def read_by_npm(recording: Path) -> dict[str, Any]:
    if not (HERE / "node_modules" / "@mcap" / "core").is_dir():
        pytest.skip("tests/service/recordings/mcap/node_modules is missing: scripts/setup installs it")
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node on PATH")
    done = subprocess.run([node, "read.js", recording], cwd=HERE, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_both_libraries_read_the_same(read_by_npm: dict[str, Any], recording: Path) -> None:
    by_topic: dict[str, list[str]] = {}
    with recording.open("rb") as file:
        reader = make_reader(file, validate_crcs=True)
        for _, channel, message in reader.iter_messages():
            by_topic.setdefault(channel.topic, []).append(str(message.log_time))
        metadata = {record.name: record.metadata for record in reader.iter_metadata()}
    assert {topic: len(times) for topic, times in by_topic.items()} == {
        topic: len(channel["messages"]) for topic, channel in read_by_npm["channels"].items() if channel["messages"]
    }
    for topic, times in by_topic.items():
        assert sorted(times) == sorted(message["log_ns"] for message in read_by_npm["channels"][topic]["messages"])
    assert read_by_npm["metadata"] == metadata
    assert int(read_by_npm["messages"]) == sum(map(len, by_topic.values()))


def test_what_is_plotted_is_json_with_a_schema_that_lichtblick_takes(read_by_npm: dict[str, Any]) -> None:
    """It refuses a whole channel for a union, a reference or a null; PlotJuggler flattens what it finds."""
    channels = read_by_npm["channels"]
    assert {topic: channel["encoding"] for topic, channel in channels.items()} == {
        "/samples": "msgpack", "/inputs": "json", "/signals": "json", "/events": "json", "/events_final": "json", "/notes": "json",
    }  # fmt: skip
    for topic, channel in channels.items():
        schema = channel["schema"]
        assert schema["encoding"] == "jsonschema"
        assert schema["content"]["type"] == "object"
        for name, property_ in schema["content"]["properties"].items():
            assert property_["type"] in PLAIN, (topic, name)
            assert not {"$ref", "anyOf", "oneOf", "allOf"} & property_.keys(), (topic, name)


def test_every_message_fulfils_the_schema_of_its_channel(read_by_npm: dict[str, Any]) -> None:
    checked = 0
    for channel in read_by_npm["channels"].values():
        if channel["encoding"] != "json":
            continue
        validator = jsonschema.Draft202012Validator(channel["schema"]["content"])
        for message in channel["messages"]:
            validator.validate(message["content"])
            checked += 1
    assert checked > 500


def curves(channels: dict[str, Any]) -> dict[str, list[tuple[int, float]]]:
    """What PlotJuggler draws: every number of a message, by its path, at the message's time; texts and nulls are passed over."""
    found: dict[str, list[tuple[int, float]]] = {}

    def flatten(path: str, value: Any, log_ns: int) -> None:
        if isinstance(value, dict):
            for name, each in value.items():
                flatten(f"{path}/{name}", each, log_ns)
        elif isinstance(value, list):
            for n, each in enumerate(value):
                flatten(f"{path}[{n}]", each, log_ns)
        elif isinstance(value, bool | int | float):
            found.setdefault(path, []).append((log_ns, float(value)))

    for topic, channel in channels.items():
        if channel["encoding"] == "json":
            for message in channel["messages"]:
                flatten(topic, message["content"], int(message["log_ns"]))
    return found


def test_plotjuggler_finds_a_schema_and_a_parser_for_every_channel(read_by_npm: dict[str, Any]) -> None:
    """It looks up the schema of each channel; before 3.17 one without any ends the whole file."""
    for topic, channel in read_by_npm["channels"].items():
        assert channel.get("schema") is not None, topic
        assert channel["encoding"] in PARSED_BY_PLOTJUGGLER, topic


def test_plotjuggler_draws_what_was_measured(read_by_npm: dict[str, Any], recording: Path) -> None:
    found = curves(read_by_npm["channels"])
    capture = Capture(recording)
    blocks = [entry for entry in capture.entries() if isinstance(entry, Block)]
    measured = {capture.utc_ns(int(t)): float(angle) for block in blocks for t, angle in zip(block.t_ns, block.angle_deg, strict=True)}
    drawn = dict(found["/signals/angle_deg"])
    assert drawn.keys() <= measured.keys()
    assert max(abs(angle - measured[log_ns]) for log_ns, angle in drawn.items()) < 5, "the display path lags by some degrees, no more"
    assert {"/signals/torque_nm", "/signals/speed_deg_s", "/signals/cue_deg", "/events/repetition", "/events/confidence"} <= found.keys()
