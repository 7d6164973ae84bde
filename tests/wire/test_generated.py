"""The documents made from the structs are those in the repository, and say what the wire does."""

import json
import runpy
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from tests.wire.vectors import payload, vectors
from wire.generate import __main__ as documents_of
from wire.generate.__main__ import ROOT, documents, main, stale, write
from wire.generate.catalogue import CHANNELS, FILES, example
from wire.topics import Leaf

SCHEMAS = ROOT / "docs" / "contract" / "schemas"
ASYNCAPI = ROOT / "docs" / "contract" / "asyncapi.json"


def validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8")))


def test_nothing_has_drifted() -> None:
    assert stale() == [], "run `python -m wire.generate`"


def test_drift_is_seen(tmp_path: Path) -> None:
    assert stale(tmp_path) == list(documents())


def test_check_says_so_by_its_exit_code(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["wire.generate", "--check"])
    with pytest.raises(SystemExit) as done:
        runpy.run_path(str(ROOT / "wire" / "generate" / "__main__.py"), run_name="__main__")
    assert done.value.code == 0
    assert main(["--wrong"]) == 2
    assert "usage" in capsys.readouterr().err
    monkeypatch.setattr(documents_of, "stale", lambda: ["docs/contract/asyncapi.json"])
    assert main(["--check"]) == 1
    assert "docs/contract/asyncapi.json is out of date" in capsys.readouterr().err


def test_what_has_drifted_is_written_anew_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert write(tmp_path) == list(documents())
    assert stale(tmp_path) == write(tmp_path) == []
    (tmp_path / "docs/contract/asyncapi.json").write_text("{}")
    monkeypatch.setattr(documents_of, "write", lambda: write(tmp_path))
    assert main([]) == 0
    assert capsys.readouterr().out == "wrote docs/contract/asyncapi.json\n"
    assert stale(tmp_path) == []


@pytest.mark.parametrize("name", FILES)
def test_a_schema_is_one(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(validator(name).schema)


@pytest.mark.parametrize("row", vectors("plans.json"))
def test_the_plans_schema_takes_every_good_plan_and_refuses_bad_shapes(row: dict[str, Any]) -> None:
    between_fields = {"/range/extension_deg", "/tempo/extension_s", "/tempo/flexion_s", "/repetitions/least"}
    valid = validator("plan").is_valid(row["plan"])
    if not row["faults"]:
        assert valid
    elif not set(row["faults"]) & between_fields:
        assert not valid


@pytest.mark.parametrize("row", vectors("messages.json"))
def test_a_messages_schema_takes_what_the_decoder_takes(row: dict[str, Any]) -> None:
    name = row["kind"].lower()
    assert validator(name).is_valid(row["meaning"])
    if payload(row)[:1] == b"{":
        assert validator(name).is_valid(json.loads(payload(row)))


@pytest.mark.parametrize("row", [row for row in vectors("messages-broken.json") if row.values[0]["pointer"] != "/missing/1"])
def test_a_messages_schema_refuses_what_the_decoder_refuses(row: dict[str, Any]) -> None:
    if row["reason"] == "field" and row["kind"] != "Plan" and payload(row)[:1] == b"{":
        assert not validator(row["kind"].lower()).is_valid(json.loads(payload(row)))


@pytest.mark.parametrize("row", vectors("batches.json"))
def test_the_batchs_schema_takes_its_json(row: dict[str, Any]) -> None:
    if payload(row)[:1] == b"{":
        assert validator("sample-batch").is_valid(json.loads(payload(row)))


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.leaf)
def test_an_example_is_a_valid_message(channel: Any) -> None:
    assert msgspec.convert(example(channel.example), channel.kind) == channel.example


def test_every_topic_is_in_the_asyncapi_document() -> None:
    document = json.loads(ASYNCAPI.read_text("utf-8"))
    assert {channel["address"] for channel in document["channels"].values()} == {
        *(f"ilex/1/{{site}}/{{machine}}/{leaf}" for leaf in Leaf),
        "/api/v1/live",
    }
    retained = {name for name, made in document["operations"].items() if made.get("bindings", {}).get("mqtt", {}).get("retain")}
    assert retained == {"status", "plan"}


def test_a_live_event_keeps_its_schema_flat() -> None:
    event = {"type": "event", "kind": "paused", "id": 1, "set": None, "at_s": 0.5, "known_s": 1.0, "machine": "gym/a", "session": None}
    assert validator("live-server").is_valid(event)
    assert not validator("live-server").is_valid({**event, "kind": "slept"})
