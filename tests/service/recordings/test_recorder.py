"""A session's recording while it runs (contract 8)."""

import errno
import json
import time
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import numpy as np
import pytest
from mcap.reader import NonSeekingReader, make_reader

from service.recordings import Recorder
from tests.faults.twin import Twin
from tests.service.recordings.sessions import BOOT, ENDED, FIRST_NS, PLAN, UTC_OFFSET_NS, WHOLE, batches, movement, record
from wire import samples
from wire.capture import Capture
from wire.events import SetStarted
from wire.messages import Input
from wire.recorded import Block


def read(path: Path) -> tuple[dict[str, list[tuple[int, bytes]]], dict[str, dict[str, str]], dict[str, Any]]:
    """Messages by topic, metadata by name, schemas by topic, as the `mcap` package's own reader has them."""
    with path.open("rb") as file:
        reader = make_reader(file, validate_crcs=True)
        messages: dict[str, list[tuple[int, bytes]]] = {}
        schemas: dict[str, Any] = {}
        for schema, channel, message in reader.iter_messages(log_time_order=False):
            messages.setdefault(channel.topic, []).append((message.log_time, message.data))
            if schema is not None:
                schemas[channel.topic] = json.loads(schema.data)
        return messages, {record.name: record.metadata for record in reader.iter_metadata()}, schemas


def test_a_finished_recording_holds_all_and_any_mcap_tool_reads_it(tmp_path: Path) -> None:
    path = record(tmp_path)
    assert path == tmp_path / "s1.mcap"
    assert [found.name for found in tmp_path.iterdir()] == ["s1.mcap"]
    messages, metadata, _ = read(path)
    sent = batches(movement())
    assert messages["/samples"] == [(batch.t0 + UTC_OFFSET_NS, samples.encode(batch)) for batch in sent]
    assert [len(messages[topic]) for topic in ("/signals", "/inputs", "/events")] == [len(sent), 1, 2]
    assert list(metadata) == ["ilex", "ended", "completeness"]
    assert metadata["completeness"] == {name: str(number) for name, number in WHOLE.items()}
    assert metadata["ended"] == ENDED
    assert {name: metadata["ilex"][name] for name in ("machine", "session", "started_utc")} == {
        "machine": "clinic/one",
        "session": "s1",
        "started_utc": "2026-03-01T09:30:00Z",
    }
    with path.open("rb") as file:
        summary = make_reader(file).get_summary()
        assert summary is not None
        assert summary.statistics is not None
        assert summary.statistics.message_count == 2 * len(sent) + 3
        file.seek(0)
        assert sum(1 for _ in NonSeekingReader(file, validate_crcs=True).iter_messages()) == 2 * len(sent) + 3


def test_its_messages_fulfil_their_schemas_and_the_schemas_are_plain(tmp_path: Path) -> None:
    """Lichtblick refuses a channel whose schema has a union, a reference or a null."""
    messages, _, schemas = read(record(tmp_path))
    assert set(schemas) == {"/samples", "/inputs", "/signals", "/events"}
    for topic, schema in schemas.items():
        if topic == "/samples":  # MessagePack, of which PlotJuggler wants a schema by name (decision 0187)
            continue
        validator = jsonschema.Draft202012Validator(schema)
        for _, text in messages[topic][::40]:
            validator.validate(json.loads(text))
        assert schema["type"] == "object"
        kinds = [kind["type"] for kind in schema["properties"].values()]
        assert set(kinds) <= {"string", "number", "integer", "array"}
    assert set(schemas["/signals"]["properties"]) == {
        "t_ns", "angle_deg", "torque_nm", "speed_deg_s", "phase", "repetition", "cue_deg"
    }  # fmt: skip
    assert {"kind", "id", "at_s", "known_s", "repetition", "phase", "extent", "flags"} <= set(schemas["/events"]["properties"])
    assert json.loads(messages["/signals"][0][1]) == {
        "t_ns": FIRST_NS, "angle_deg": 60.0, "speed_deg_s": -1.5, "phase": "extension", "repetition": 1
    }  # fmt: skip


def test_what_it_recorded_is_what_an_analysis_is_told(tmp_path: Path) -> None:
    capture = Capture(record(tmp_path))
    entries = list(capture.entries())
    blocks = [entry for entry in entries if isinstance(entry, Block)]
    assert np.array_equal(np.concatenate([block.angle_deg for block in blocks]), movement())
    assert int(blocks[0].t_ns[0]) == FIRST_NS
    assert entries[-1] == Input(kind="stop", boot=BOOT, seq=4399, reason="stopped")
    assert (capture.plan, capture.total) == (PLAN, 4400)


def test_without_a_clock_anchor_the_wall_clock_gives_the_log_times(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, machine="clinic/one", session="s1", plan=None, metadata={})
    before_ns = time.time_ns()
    recorder.batch(samples.encode(batches(movement())[0]), FIRST_NS)
    path = recorder.finish(WHOLE, {})
    ((log_ns, _),) = read(path)[0]["/samples"]
    assert before_ns <= log_ns <= time.time_ns()


def test_what_was_cut_and_synced_survives_a_kill_at_once(tmp_path: Path) -> None:
    """Only then may it be acknowledged (contract 2, `stored`)."""
    recorder = Recorder(tmp_path, machine="clinic/one", session="s1", plan=None, metadata={})
    sent = batches(movement())
    for batch in sent[:30]:
        recorder.batch(samples.encode(batch), batch.t0)
    recorder.cut()
    recorder.sync()
    for batch in sent[30:40]:
        recorder.batch(samples.encode(batch), batch.t0)
    assert Capture(recorder.path).total == 60
    recorder.close()


def test_an_error_of_the_disk_loses_nothing_and_the_next_sync_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """robustness-and-screens.md F11: acknowledgements stop, the live path goes on, and all is there when there is space again."""
    import os

    recorder = Recorder(tmp_path, machine="clinic/one", session="s1", plan=None, metadata={})
    real = os.write

    def full(fd: int, data: bytes) -> int:
        if len(data) > 5:
            return real(fd, bytes(data)[:5])
        raise OSError(errno.ENOSPC, "No space left on device")

    for batch in batches(movement()):
        recorder.batch(samples.encode(batch), batch.t0)
    recorder.cut()
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        recorder.sync()
    assert recorder.waiting_bytes > 0
    monkeypatch.undo()
    recorder.sync()
    assert recorder.waiting_bytes == 0
    assert Capture(recorder.finish(WHOLE, {})).total == 4400


def test_a_disk_that_takes_nothing_for_too_long_is_told_until_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F11: what is not taken is never acknowledged; it goes on by itself when there is space again."""
    monkeypatch.setattr("service.recordings.writer.MOST_WAITING", 20_000)
    monkeypatch.setattr("service.recordings.writer.MOST_LOST", 40_000)
    twin = Twin(tmp_path)
    recorder = Recorder(tmp_path, machine="clinic/one", session="s1", plan=None, metadata={}, disk=twin)
    recorder.sync()
    twin.fail_from(0)
    taken = 0

    def go_on() -> None:
        nonlocal taken
        for batch in batches(movement()):
            recorder.batch(samples.encode(batch), batch.t0)
            taken += 1

    with pytest.raises(OSError, match="bytes wait for the disk"):
        go_on()
    for _ in range(1000):
        recorder.note("x" * 100, {})
    assert recorder.lost > 0
    with pytest.raises(OSError, match="No space"):
        recorder.sync()
    assert recorder.waiting_bytes < 60_000
    twin.heal()
    recorder.cut()
    recorder.sync()
    for batch in batches(movement())[taken:]:
        recorder.batch(samples.encode(batch), batch.t0)
        recorder.flush()
    capture = Capture(recorder.finish(WHOLE, {}))
    assert capture.total == 4400
    *kept, last = capture.notes()
    assert 0 < len(kept) < 1000
    assert (last["kind"], last["entries"]) == ("not_kept", 1000 - len(kept))


def test_a_sync_that_failed_is_made_good_in_another_file(tmp_path: Path) -> None:
    """The kernel forgets what it could not save: only what is written once more is sure (the twin drops it)."""
    twin = Twin(tmp_path)
    recorder = Recorder(tmp_path, machine="clinic/one", session="s1", plan=None, metadata={}, disk=twin)
    sent = batches(movement())
    for batch in sent[:20]:
        recorder.batch(samples.encode(batch), batch.t0)
    recorder.cut()
    recorder.sync()
    for batch in sent[20:40]:
        recorder.batch(samples.encode(batch), batch.t0)
    recorder.flush()
    twin.fail(twin.calls + 1, errno.EIO)
    with pytest.raises(OSError, match="Input/output"):
        recorder.sync()
    recorder.sync()
    assert [path.name for path in tmp_path.iterdir()] == ["s1.mcap.part"]
    for draw in range(20):
        ((name, content),) = twin.cut(Random(draw)).files.items()
        found = tmp_path / f"{draw}.mcap"
        found.write_bytes(content)
        assert (name, Capture(found).total) == (Path("s1.mcap.part"), 80)
    recorder.close()


def test_a_recording_is_never_opened_twice(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, machine="clinic/one", session="s1", plan=None, metadata={})
    with pytest.raises(FileExistsError):
        Recorder(tmp_path, machine="clinic/one", session="s1", plan=None, metadata={})
    recorder.close()


def test_events_are_stored_as_they_are_shown(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, machine="clinic/one", session="s1", plan=None, metadata={})
    recorder.utc_offset_ns = 0
    recorder.event(SetStarted(id=1, set=1, at_s=0.0, known_s=1.0, plan=None, machine="clinic/one", session="s1"), 1_000_000_000)
    ((log_ns, text),) = read(recorder.finish(WHOLE, {}))[0]["/events"]
    assert log_ns == 1_000_000_000
    assert json.loads(text) == {
        "kind": "set_started", "id": 1, "set": 1, "at_s": 0.0, "known_s": 1.0, "plan": None, "machine": "clinic/one", "session": "s1"
    }  # fmt: skip


def test_what_was_flushed_outlives_the_process_and_needs_no_sync(tmp_path: Path) -> None:
    """An event is in the recording before it is shown, an input before it is answered."""
    recorder = Recorder(tmp_path, machine="clinic/one", session="s1", plan=None, metadata={})
    recorder.entry(Input(kind="start"), FIRST_NS)
    recorder.event(SetStarted(id=1, set=1, at_s=0.0, known_s=1.0, plan=None), FIRST_NS)
    recorder.flush()
    capture = Capture(recorder.path)
    assert list(capture.entries()) == [Input(kind="start")]
    assert capture.event_ids == {1}
    recorder.flush()
    assert Capture(recorder.path).event_ids == {1}
    recorder.close()


def test_what_befell_a_recording_is_in_it_for_any_tool(tmp_path: Path) -> None:
    """Decision 11: every gap, clock step, restart and quarantine is a record in the file."""
    recorder = Recorder(tmp_path, machine="clinic/one", session="s1", plan=None, metadata={})
    recorder.utc_offset_ns = UTC_OFFSET_NS
    recorder.note("restart", {})
    recorder.batch(samples.encode(batches(movement())[0]), FIRST_NS)
    recorder.note("gap", {"boot": BOOT, "first": 2, "last": 9, "seconds": 0.08})
    messages, _, schemas = read(recorder.finish(WHOLE, {}))
    (_, restart), (log_ns, gap) = messages["/notes"]
    assert log_ns == FIRST_NS + UTC_OFFSET_NS
    assert json.loads(restart)["kind"] == "restart"
    assert json.loads(gap) | {"noted_utc": ""} == {"kind": "gap", "noted_utc": "", "boot": BOOT, "first": 2, "last": 9, "seconds": 0.08}
    jsonschema.Draft202012Validator(schemas["/notes"]).validate(json.loads(gap))
    assert Capture(tmp_path / "s1.mcap").notes() == [json.loads(restart), json.loads(gap)]
