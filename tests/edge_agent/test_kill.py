"""robustness F05: a real agent killed with -9 has everything on the disk but the last group commit; contract 7: two can't share a spool."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge_agent.spool import Spool
from edge_agent.truth import read_truth

MOST_LOST_S = 1.0
"""One commit of 50 ms and the one under way; tests share the computer with others, whose load makes both longer."""


def configuration(folder: Path) -> Path:
    file = folder / "edge.toml"
    driver = 'name = "simulator"\nsample_rate_hz = 1000'
    file.write_text(f'machine = "clinic/lex1"\ntruth = "truth"\n[broker]\nurl = "mqtt://127.0.0.1:1"\n[driver]\n{driver}\n')
    return file


def started(file: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "edge_agent", "run", str(file)], stderr=subprocess.PIPE, text=True)


def until_size(file: Path, size: int) -> None:
    deadline = time.monotonic() + 30
    while not file.exists() or file.stat().st_size < size:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("size", [30_000, 61_234])
def test_kill_9_loses_the_last_group_commit_at_most(tmp_path: Path, size: int) -> None:
    agent = started(configuration(tmp_path))
    try:
        until_size(tmp_path / "truth", size)
    finally:
        agent.kill()
        agent.communicate()
    sampled = list(read_truth(tmp_path / "truth"))
    spool = Spool(tmp_path / "spool" / "clinic.lex1")
    spool.open()
    kept = list(spool.batches(sampled[0].boot, 0))
    spool.close()
    assert kept == sampled[: len(kept)]
    assert sum(batch.n for batch in sampled[len(kept) :]) / 1000 <= MOST_LOST_S


def test_a_second_agent_in_the_same_folder_ends_with_a_line_that_says_so(tmp_path: Path) -> None:
    file = configuration(tmp_path)
    first = started(file)
    try:
        until_size(tmp_path / "truth", 1000)
        second = started(file)
        _, words = second.communicate(timeout=30)
        assert first.poll() is None
    finally:
        first.kill()
        first.communicate()
    assert second.returncode == 1
    assert "another agent keeps its samples here" in words.strip().splitlines()[-1]
