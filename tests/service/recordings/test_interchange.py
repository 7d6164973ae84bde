"""Recordings open unchanged in other MCAP tools (contract 8, issue 6 point 5): with the libraries of the npm registry and of PyPI."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from mcap.reader import make_reader

from tests.ilex.scenes import EXAMPLES

HERE = Path(__file__).parent / "mcap"
PLAIN = {"string", "number", "integer", "boolean", "object", "array"}
RECORDING = EXAMPLES / "fails.mcap"


@pytest.fixture(scope="module")
def read_by_npm() -> dict[str, Any]:
    if not (HERE / "node_modules" / "@mcap" / "core").is_dir():
        pytest.skip("tests/service/recordings/mcap/node_modules is missing: scripts/setup installs it")
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node on PATH")
    done = subprocess.run([node, "read.js", RECORDING], cwd=HERE, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_both_libraries_read_the_same(read_by_npm: dict[str, Any]) -> None:
    by_topic: dict[str, list[str]] = {}
    with RECORDING.open("rb") as file:
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
        schema = channel.get("schema")
        if topic == "/samples":
            assert schema is None
            continue
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
