"""A thousand recorded sessions analysed again with another parameter, against the bare reading of the same files with the MCAP library.

    scripts/bench rerun
    scripts/bench rerun --sessions 100

By the command, from the shell: start, comparison and summary included. And by a running service, asked once for all of them as the page
asks (decision 0230): until the last line has come. All by as many processes as there are cores, on files that were read before, in turns,
so that all see the same computer.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import figures, sessions
from benchmarks.subject import Subject
from service.recordings import summary
from service.settings import Settings
from service.store import Index, SessionRow

RATIO = 1.5
"""Of the bare read, that a rerun may take (issue 6)."""
BARE = """\
import multiprocessing, sys
from pathlib import Path
from mcap.reader import make_reader

def read(path):
    with open(path, "rb") as file:
        return sum(1 for _ in make_reader(file).iter_messages())

if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(int(sys.argv[2])) as pool:
        print(sum(pool.imap(read, sorted(map(str, Path(sys.argv[1]).glob("*.mcap"))), 8)))
"""


def bare(folder: Path, script: Path, jobs: int) -> str:
    """Every message of every file, by the library's own reader."""
    return _said([sys.executable, str(script), str(folder), str(jobs)])


def rerun(folder: Path, jobs: int) -> str:
    """The command as an engineer calls it."""
    return _said([sys.executable, "-m", "service.cli", "rerun", str(folder), "--set", "partial=0.85", "--jobs", str(jobs)])


def asked(subject: Subject, sessions: list[str]) -> str:
    """The question of the page, and every line of its answer."""
    request = urllib.request.Request(  # noqa: S310 - our own service on loopback
        f"{subject.url}/api/v1/sessions/rerun",
        data=msgspec.json.encode({"sessions": sessions, "parameters": {"partial": 0.85}}),
        headers={"Authorization": f"Bearer {subject.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=3600) as answer:  # noqa: S310 - our own service on loopback
        lines = [msgspec.json.decode(line) for line in answer]
    faults = [line["fault"] for line in lines if "fault" in line]
    if faults or len(lines) != len(sessions):
        raise SystemExit(f"{len(lines)} of {len(sessions)} sessions answered, {len(faults)} with a fault: {faults[:1]}")
    return str(len(lines))


def listed(data: Path, folder: Path) -> list[str]:
    """Makes a service's list of a folder's recordings, each as a session of its own: most are copies of others. Their ids."""
    data.mkdir(parents=True, exist_ok=True)
    paths = sorted(folder.glob("*.mcap"))
    like = summary(paths[0])
    asyncio.run(_list(Settings(data=data).index_url, [replace(like, session=path.stem, path=str(path)) for path in paths]))
    return [path.stem for path in paths]


async def _list(url: str, rows: list[SessionRow]) -> None:
    index = await Index.open(url)
    for row in rows:
        await index.put(row)
        await index.written()
    await index.close()


def measure(folder: Path, count: int, seconds: int, runs: int) -> dict[str, Any]:
    """Both in turns, `runs` times; the least of each counts."""
    made = time.perf_counter()
    size = sessions.folder_of(folder, count, seconds)
    made = time.perf_counter() - made
    script = folder / "bare.py"
    script.write_text(BARE)
    jobs = os.cpu_count() or 1
    subject = Subject()
    ids = listed(subject.data, folder)
    tasks: dict[str, Callable[[], str]] = {
        "bare": lambda: bare(folder, script, jobs),
        "rerun": lambda: rerun(folder, jobs),
        "page": lambda: asked(subject, ids),
    }
    took: dict[str, list[float]] = {name: [] for name in tasks}
    said: dict[str, str] = {}
    with subject:
        for _ in range(runs):
            for name, task in tasks.items():
                began = time.perf_counter()
                said[name] = task()
                took[name].append(time.perf_counter() - began)
    ratio, page_ratio = (min(took[name]) / min(took["bare"]) for name in ("rerun", "page"))
    return {
        "sessions": count,
        "seconds_each": seconds,
        "megabytes": size / 1e6,
        "jobs": jobs,
        "made_s": made,
        "bare_s": took["bare"],
        "rerun_s": took["rerun"],
        "page_s": took["page"],
        "ratio": ratio,
        "page_ratio": page_ratio,
        "within": max(ratio, page_ratio) <= RATIO,
        "messages": int(said["bare"]),
        "said": said["rerun"].splitlines()[0],
    }


def table(row: dict[str, Any]) -> str:
    """What it took: the command, and the service asked as the page asks, where that was measured."""
    ways = [("`ilex rerun`", row["rerun_s"], row["ratio"])]
    ways += [("the page's question", row["page_s"], row["page_ratio"])] if "page_s" in row else []
    return figures.table(
        ["sessions", "each", "MB", "messages", "bare read s", "by", "s", "a session ms", "ratio", f"<= {RATIO:g}"],
        [
            [
                f"{row['sessions']:,}",
                f"{row['seconds_each']} s, {sessions.RATE_HZ} Hz",
                f"{row['megabytes']:,.0f}",
                f"{row['messages']:,}",
                f"{min(row['bare_s']):.1f}",
                name,
                f"{min(took):.1f}",
                f"{min(took) / row['sessions'] * 1000:.0f}",
                f"{ratio:.2f}",
                "yes" if ratio <= RATIO else "NO",
            ]
            for name, took, ratio in ways
        ],
    )


def _said(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return done.stdout


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--runs", type=int, default=1)
    arguments = parser.parse_args()
    facts = figures.computer()
    with tempfile.TemporaryDirectory() as name:
        row = measure(Path(name), arguments.sessions, arguments.seconds, arguments.runs)
    print(table(row))
    print(row["said"])
    print(figures.write("rerun", facts, {"rerun": row}))


if __name__ == "__main__":
    main()
