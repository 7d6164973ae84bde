"""Further columns (`extra`, contract 2) on their way out and back: `ilex export`, `import`, `replay` (contract 7, decision 0224)."""

import asyncio
import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import ilex as bench
from service import exporting
from service.recordings import Recorder
from tests.brokers import BrokerProcess
from tests.edge_agent.bus import Bus
from tests.service.cli.test_analyze import ilex
from tests.service.cli.test_replay import replay
from tests.service.recordings.sessions import FIRST_NS, UTC_OFFSET_NS, record
from wire import samples
from wire.recorded import open_recorded
from wire.samples import SampleBatch

DT_NS = 2_000_000
MAP = '[time]\ncolumn = "time"\n[angle]\ncolumn = "x"\n[torque]\ncolumn = "m"\n[extra]\ntorque_raw = "m raw"\nemg = "EMG 1"\n'
ODD = 'left, "upper" part'


def recorded(folder: Path, stretches: list[tuple[int, list[str]]], n: int = 10) -> Path:
    """A recording of so many samples with these further columns, then so many with those; each reading says which sample it is."""
    recorder = Recorder(folder, machine="lab/one", session="s1", plan=None, metadata={"started_utc": "2026-03-01T09:30:00Z"})
    recorder.utc_offset_ns = UTC_OFFSET_NS
    first = 0
    for length, names in stretches:
        for seq in range(first, first + length, n):
            column = np.arange(seq, min(seq + n, first + length), dtype="<f4")
            extra = {name: (column + np.float32(0.1) * at).tobytes() for at, name in enumerate(names, 1)} or None
            t0 = FIRST_NS + seq * DT_NS
            batch = SampleBatch(boot="b", seq=seq, t0=t0, dt=DT_NS, angle=column.tobytes(), torque=column.tobytes(), extra=extra)
            recorder.batch(samples.encode(batch), t0)
        first += length
        recorder.cut()
    return recorder.finish({"expected": first, "stored": first, "missing": 0, "refused": 0}, {"reason": "stopped"})


@pytest.mark.parametrize("to", ["csv", "parquet"])
def test_from_a_table_to_a_recording_to_a_table_and_back_no_column_is_lost(tmp_path: Path, to: str) -> None:
    """Every reading keeps its 32 bits, no reading stays none, and our own tables need no mapping."""
    rng = np.random.default_rng(3)
    rows = [f"{n / 500},{60 - n % 50},{n % 90},{rng.normal(90, 40):.6f},{'' if n % 7 == 0 else rng.normal()}" for n in range(2000)]
    (tmp_path / "lab.csv").write_text("time,x,m,m raw,EMG 1\n" + "\n".join(rows) + "\n")
    (tmp_path / "map.toml").write_text(MAP)
    assert ilex("import", tmp_path / "lab.csv", "--map", tmp_path / "map.toml").returncode == 0
    table = tmp_path / f"lab2.{to}"
    assert ilex("export", tmp_path / "lab.mcap", "--to", to, "-o", table).stdout == f"{table}: 2000 samples\n"
    done = ilex("import", table)
    assert (done.returncode, done.stderr) == (0, "")
    before, after = (bench.open(tmp_path / name).signals for name in ("lab.mcap", "lab2.mcap"))
    assert before.names == after.names == ("t_s", "t_ns", "seq", "angle_deg", "torque_nm", "extra.torque_raw", "extra.emg")
    for name in before:
        assert np.array_equal(before[name], after[name], equal_nan=True), name
    assert np.isnan(after["extra.emg"]).sum() == 286
    assert bench.open(table).signals.names[3:] == ("angle_deg", "torque_nm"), "a table is analysed by its own columns alone (contract 7)"
    if to == "parquet":
        schema = pq.read_schema(table)
        assert [str(field.type) for field in schema] == ["double", "float", "float", "float", "float"]
        assert schema.field("extra.torque_raw").metadata == {b"unit": b"Nm"}
        assert schema.field("extra.emg").metadata is None
        assert pq.read_table(table)["extra.emg"].null_count == 286
    else:
        head, first = table.read_text().splitlines()[:2]
        assert head == '"t_s","angle_deg","torque_nm","extra.torque_raw","extra.emg"'
        assert first.startswith("0,60,0,")
        assert first.endswith(",")


@pytest.mark.parametrize("to", ["csv", "parquet"])
@pytest.mark.parametrize(
    "stretches",
    [
        [(2000, []), (1000, ["torque_raw"]), (600, [])],
        [(1500, ["emg"]), (1500, ["emg", "torque_raw"]), (600, ["torque_raw"])],
    ],
)
def test_a_stretch_without_a_column_is_empty_in_it(
    tmp_path: Path, to: str, stretches: list[tuple[int, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a column begins long after the table was begun: a machine that is tared within the session."""
    monkeypatch.setattr(exporting, "ROWS_PER_GROUP", 700)
    path = recorded(tmp_path, stretches)
    assert ilex("export", path, "--to", to).stdout == f"{path.with_suffix(f'.{to}')}: 3600 samples\n"
    written = bench.open(path).signals
    if to == "parquet":
        table = pq.read_table(path.with_suffix(".parquet"))
        found = {name: table[name].to_numpy() for name in table.column_names}
        assert all(table[name].null_count == np.isnan(written[name]).sum() for name in table.column_names)
    else:
        with path.with_suffix(".csv").open(newline="") as file:
            names, *rows = csv.reader(file)
        found = {name: np.array([row[at] or "nan" for row in rows], np.float64) for at, name in enumerate(names)}
    assert [*found] == [name for name in written if name not in ("t_ns", "seq")]
    assert len(found) > 3
    for name, column in found.items():
        assert np.array_equal(column.astype(written[name].dtype), written[name], equal_nan=True), name


@pytest.mark.parametrize("to", ["csv", "parquet"])
def test_any_name_comes_back(tmp_path: Path, to: str) -> None:
    """Contract 2 lets a machine choose them: separators, quotes, the names of our own columns."""
    path = recorded(tmp_path, [(100, [ODD, "t_s", "angle_deg", "extra.x", "Ö µV"])])
    assert ilex("export", path, "--to", to).returncode == 0
    assert ilex("import", path.with_suffix(f".{to}"), "-o", tmp_path / "again.mcap").returncode == 0
    before, after = (bench.open(each).signals for each in (path, tmp_path / "again.mcap"))
    assert before.names == after.names
    assert all(np.array_equal(before[name], after[name]) for name in before if name != "t_ns")


@pytest.mark.parametrize("to", ["csv", "parquet"])
def test_without_further_columns_a_table_is_as_it_was(tmp_path: Path, to: str) -> None:
    """Its bytes are those of the three columns alone, written by Arrow."""
    path = record(tmp_path)
    assert ilex("export", path, "--to", to).returncode == 0
    signals, whole = bench.open(path).signals, open_recorded(path)
    about = {f"ilex.{name}": text for name, text in whole.metadata.items()}
    kinds = {"t_s": pa.float64(), "angle_deg": pa.float32(), "torque_nm": pa.float32()}
    schema = pa.schema(list(kinds.items()), metadata=about)
    table = pa.Table.from_arrays([pa.array(signals[name]) for name in kinds], schema=schema)
    if to == "csv":
        from pyarrow.csv import WriteOptions, write_csv

        write_csv(table, tmp_path / "own.csv", WriteOptions(quoting_style="none"))
    else:
        pq.write_table(table, tmp_path / "own.parquet", compression="zstd", use_dictionary=False, use_byte_stream_split=True)
    assert path.with_suffix(f".{to}").read_bytes() == (tmp_path / f"own.{to}").read_bytes()


def test_more_columns_than_any_machine_has_are_told_in_a_line(tmp_path: Path) -> None:
    """A hostile recording with other names in every batch: memory stays bounded (issue 6, point 7)."""
    path = recorded(tmp_path, [(1, [f"{part}-{n}" for n in range(260)]) for part in range(4)], n=1)
    done = ilex("export", path, "--to", "parquet")
    assert (done.returncode, done.stderr) == (1, f"ilex: {path}: has more than 1000 further columns: too many for a table\n")
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


async def played(path: Path, broker: BrokerProcess, *options: str) -> Bus:
    bus = await asyncio.wait_for(replay(path, broker, *options), 60)
    bus.batches.sort(key=lambda batch: batch.seq)
    return bus


async def test_a_replayed_machine_sends_them_as_the_recorded_one_did(broker: BrokerProcess, tmp_path: Path) -> None:
    """Sample by sample the same columns with the same bits, and none where the machine sent none."""
    path = recorded(tmp_path, [(995, []), (1010, ["torque_raw", "emg"]), (995, ["torque_raw"])], n=5)
    bus = await played(path, broker, "--speed", "4")
    sent: dict[int, dict[str, float]] = {}
    for batch in bus.batches:
        for at in range(batch.n):
            sent[batch.seq + at] = {name: float(column[at]) for name, column in batch.extra_columns().items()}
    assert [*sent] == list(range(3000))
    signals = bench.open(path).signals
    for seq, found in sent.items():
        names = [] if seq < 995 else ["torque_raw", "emg"] if seq < 2005 else ["torque_raw"]
        assert found == {name: float(signals[f"extra.{name}"][seq]) for name in names}, seq


async def test_so_many_columns_that_a_burst_would_not_fit_one_batch(broker: BrokerProcess, tmp_path: Path) -> None:
    """Contract 2: a batch stays within 32 KiB, however fast it is played."""
    names = [f"emg-{n:03}" for n in range(64)]
    bus = await played(recorded(tmp_path, [(3000, names)]), broker, "--speed", "100")
    assert sum(batch.n for batch in bus.batches) == 3000
    assert all([*(batch.extra or {})] == names for batch in bus.batches)
    assert max(len(samples.encode(batch)) for batch in bus.batches) <= samples.MOST_BYTES
