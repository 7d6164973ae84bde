"""Many cases over the cores: made, analysed and scored in other processes, with a line of progress."""

import hashlib
import multiprocessing
import os
import pickle
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import zstandard

from benchmarks.score.analysis import quicken
from benchmarks.score.scoring import Score, score_seed
from edge_agent.simulator.cases import Case, case
from service.analysis import Parameters

ROOT = Path(__file__).parents[2]
FROZEN = 1_000_000
"""The first of the seeds that judge a release. Development has those from 0 on, and tunes on no other."""
CHUNKED = 20
"""Every so many sets are also analysed at other sizes of block."""
EVERY_S = 5.0
MANY = 10_000_000
"""Samples in all: more than compiling is worth."""


def seeds(which: str, sets: int) -> range:
    """The seeds of a run: `frozen` or `dev`."""
    first = FROZEN if which == "frozen" else 0
    return range(first, first + sets)


def run(tier: str, numbers: Sequence[int], jobs: int, keep: Path | None = None, parameters: Parameters | None = None) -> list[Score]:
    """The scores of a tier's seeds, in their order. `keep`: a folder of generated cases, used again while the simulator is the same."""
    folder = keep / digest("edge_agent/simulator", "wire/plan.py") if keep else None
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    work = partial(one, tier, folder, parameters)
    found: list[Score] = []
    began = told = time.monotonic()
    quicken(MANY)  # here, so that it is compiled once, and in each process
    with multiprocessing.Pool(jobs, quicken, (MANY,)) as pool:
        for result in pool.imap_unordered(work, numbers, chunksize=4):
            found.append(result)
            now = time.monotonic()
            if now - told >= EVERY_S or len(found) == len(numbers):
                told = now
                _tell(tier, found, len(numbers), now - began)
    return sorted(found, key=lambda score: score.seed)


def one(tier: str, folder: Path | None, parameters: Parameters | None, seed: int) -> Score:
    """One set, in whatever process."""
    kept = made(tier, seed, folder) if folder else None
    return score_seed(tier, seed, chunks=seed % CHUNKED == 0, made=kept, parameters=parameters)


def made(tier: str, seed: int, folder: Path) -> Case:
    """A case from the folder, or made and put there."""
    path = folder / f"{tier}-{seed}.zst"
    if path.exists():
        kept = pickle.loads(zstandard.decompress(path.read_bytes()))  # noqa: S301 - our own folder, named by the user
        assert isinstance(kept, Case)
        return kept
    subject = case(tier, seed)  # type: ignore[arg-type]
    part = path.with_suffix(f".{os.getpid()}")  # another process may be making it, too
    part.write_bytes(zstandard.compress(pickle.dumps(subject), 1))
    part.replace(path)
    return subject


def digest(*places: str) -> str:
    """What a folder's sources are, in a few letters."""
    known = hashlib.sha256()
    for place in places:
        path = ROOT / place
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            known.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return known.hexdigest()[:12]


def state() -> dict[str, str]:
    """Which code a result is of."""
    return {"analysis": digest("service/analysis"), "simulator": digest("edge_agent/simulator"), "score": digest("benchmarks/score")}


def _tell(tier: str, found: list[Score], of: int, seconds: float) -> None:
    pace = len(found) / seconds
    wrong = sum(bool(score.problems) for score in found)
    left = (of - len(found)) / pace
    line = f"{tier} {len(found)}/{of}, {pace:.1f} sets/s, {left / 60:.1f} min left, {wrong} with something wrong"
    print(line, file=sys.stderr, flush=True)
