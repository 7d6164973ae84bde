"""`ilex export` (contract 7)."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from service.cli.export import Format, _write
from service.recordings import Recorder
from tests.service.cli.test_analyze import ilex
from tests.service.recordings.sessions import FIRST_NS, WHOLE, flip, movement, record, truncate
from wire import samples
from wire.recorded import Block, open_recorded
from wire.tables import Table, nanoseconds


def read(path: Path) -> tuple[list[int], list[float], list[float]]:
    """All samples of a recording: times from the first in ns, angles, torques (NaN as -1)."""
    blocks = [entry for entry in open_recorded(path).entries() if isinstance(entry, Block)]
    t_ns, angle_deg, torque_nm = (np.concatenate([getattr(block, name) for block in blocks]) for name in ("t_ns", "angle_deg", "torque_nm"))
    return (t_ns - t_ns[0]).tolist(), np.nan_to_num(angle_deg, nan=-1).tolist(), np.nan_to_num(torque_nm, nan=-1).tolist()


def test_every_number_reads_back_as_the_same_32_bits_and_the_same_nanoseconds(tmp_path: Path) -> None:
    """Whatever its size; the least and the greatest, and what lies between two of a shorter text."""
    rng = np.random.default_rng(5)
    bits = rng.integers(0, 2**32, 20_000, np.uint32).view(np.float32)
    bits = np.concatenate([bits[np.isfinite(bits)], np.array([0.1, -0.0, 1e-45, 3.4e38, 16777216, np.nan], np.float32)])
    t_s = np.cumsum(rng.integers(1, 10**9, len(bits))) / 1e9
    table = Table(tmp_path / "x", t_s, bits, bits[::-1].copy())
    assert _write(table, tmp_path / "x.csv", Format.CSV) == len(bits)
    block = [entry for entry in open_recorded(tmp_path / "x.csv").entries() if isinstance(entry, Block)]
    for name, column in (("angle_deg", bits), ("torque_nm", bits[::-1])):
        assert np.array_equal(np.concatenate([getattr(each, name) for each in block]), column, equal_nan=True)
    t_ns = np.concatenate([each.t_ns for each in block])
    assert np.array_equal(t_ns, nanoseconds(t_s) - nanoseconds(t_s)[0])


@pytest.mark.parametrize(("to", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("html", b"<!doc")])
def test_a_drawing_is_that_of_analyze(tmp_path: Path, to: str, begins: bytes) -> None:
    path = record(tmp_path)
    done = ilex("export", path, "--to", to)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 's1'}.{to}\n")
    drawn = (tmp_path / f"s1.{to}").read_bytes()
    assert drawn[: len(begins)].lower() == begins.lower()
    if to == "svg":
        assert ilex("analyze", path, "--plot", tmp_path / "a.svg").returncode == 0
        assert drawn == (tmp_path / "a.svg").read_bytes()
    assert ilex("export", path, "--to", to, "-o", tmp_path / "x.jpg").returncode == 2


@pytest.mark.parametrize("to", ["csv", "parquet"])
def test_from_csv_to_mcap_and_back_nothing_is_lost(tmp_path: Path, to: str) -> None:
    """Same nanoseconds from the first sample, same 32-bit values, no reading stays no reading."""
    path = tmp_path / "in.csv"
    rng = np.random.default_rng(7)
    times = np.cumsum(rng.uniform(0.001, 0.05, 500)).round(4)
    rows = [f"{t},{rng.normal(30, 20):.4f},{'' if row % 7 == 0 else f'{rng.normal(90, 40):.3f}'}" for row, t in enumerate(times)]
    path.write_text("t_s,angle_deg,torque_nm\n" + "\n".join(rows) + "\n")
    recorder = Recorder(tmp_path, machine="clinic/one", session="s1", plan=None, metadata={})
    for block in open_recorded(path).entries():
        assert isinstance(block, Block)
        for n in range(0, len(block.t_ns), 13):
            part = slice(n, n + 13)
            columns = (block.angle_deg[part].tobytes(), block.torque_nm[part].tobytes(), (FIRST_NS + block.t_ns[part]).tobytes())
            t0 = FIRST_NS + int(block.t_ns[n])
            batch = samples.SampleBatch(boot="b", seq=n, t0=t0, dt=0, angle=columns[0], torque=columns[1], t=columns[2])
            recorder.batch(samples.encode(batch), t0)
    recorder.finish(WHOLE, {})
    done = ilex("export", tmp_path / "s1.mcap", "--to", to)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 's1'}.{to}: 500 samples\n")
    assert read(tmp_path / f"s1.{to}") == read(path)


def test_parquet_carries_what_the_recording_says_of_itself(tmp_path: Path) -> None:
    path = record(tmp_path)
    assert ilex("export", path, "--to", "parquet", "-o", tmp_path / "x.parquet").returncode == 0
    schema = pq.read_schema(tmp_path / "x.parquet")
    assert schema.metadata[b"ilex.machine"] == b"clinic/one"
    assert schema.names == ["t_s", "angle_deg", "torque_nm"]
    assert read(tmp_path / "x.parquet")[1] == movement().tolist()


def test_a_file_is_not_replaced_unless_forced(tmp_path: Path) -> None:
    """decision 0043."""
    path = record(tmp_path)
    out = tmp_path / "s1.csv"
    out.write_text("mine")
    done = ilex("export", path, "--to", "csv")
    assert (done.returncode, done.stderr) == (1, f"ilex: {out}: is there already; --force replaces it\n")
    assert out.read_text() == "mine"
    assert ilex("export", path, "--to", "csv", "--force").returncode == 0
    assert read(out)[1] == movement().tolist()
    done = ilex("export", out, "--to", "csv", "--force")
    assert done.returncode == 2
    assert read(out)[1] == movement().tolist()


def test_a_broken_file_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("t_s,angle_deg\n0,1\nx,2\n")
    done = ilex("export", path, "--to", "parquet")
    assert (done.returncode, done.stderr) == (1, f"ilex: {path}:3: t_s is not a number: 'x'\n")
    done = ilex("export", path, "--to", "csv", "-o", tmp_path / "no" / "folder.csv")
    assert done.returncode == 1
    assert [found.name for found in tmp_path.iterdir()] == ["a.csv"]
    assert ilex("export", path).returncode == 2
    assert ilex("export", path, "--to", "xlsx").returncode == 2


@pytest.mark.parametrize("to", ["csv", "parquet", "svg"])
def test_of_a_damaged_recording_the_rest_is_written_and_the_damage_said_in_a_line(tmp_path: Path, to: str) -> None:
    """Decision 0201: the input is at fault where it was damaged; one that was cut may only be unfinished."""
    path = flip(record(tmp_path))
    done = ilex("export", path, "--to", to)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(f"ilex: {path}: byte ")
    assert done.stderr.endswith("; the rest was written\n")
    if to != "svg":
        assert 4200 < len(read(tmp_path / f"s1.{to}")[1]) < 4400
    cut = truncate(record(tmp_path / "cut"))
    done = ilex("export", cut, "--to", to)
    size = cut.stat().st_size
    assert (done.returncode, done.stderr) == (
        0,
        f"ilex: {cut}:byte {size}: the recording ends here, unfinished; what lies before was written\n",
    )
    if to != "svg":
        assert read(tmp_path / "cut" / f"s1.{to}")[1] == movement().tolist()[: len(read(tmp_path / "cut" / f"s1.{to}")[1])]
    if to == "parquet":
        assert pq.read_schema(tmp_path / "cut" / "s1.parquet").metadata[b"ilex.damage"] == f"cut at byte {size}".encode()
    hopeless = tmp_path / "none.mcap"
    hopeless.write_bytes(b"nothing")
    done = ilex("export", hopeless, "--to", to)
    assert (done.returncode, done.stderr) == (1, f"ilex: {hopeless}:byte 0: is not an MCAP file\n")
