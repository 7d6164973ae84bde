"""docs/performance.md and docs/validation.md from the results in benchmarks/results: generated, never typed.

scripts/bench report
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import core, equal, export, figures, latency, memory, opening, pixel, rerun, screen, start, throughput
from benchmarks.score import page as validation
from benchmarks.score.metrics import TIERS

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"

Result = dict[str, Any]

INTRODUCTION = """\
# Performance

Every table was made by the command above it; this page by `scripts/bench report` from `benchmarks/results/*.json`, which hold more.
Load, broker, service and viewers all run on the one computer named under each table.
"""


def _latency(result: Result) -> str:
    broker = {"embedded": "the embedded broker", "mosquitto": "Mosquitto"}[result["broker"]]
    return f"""\
From a sample's time in the agent to the frame that first carries it (in `trace` too) in a client of another process that watches one
machine at {result["viewer_hz"]:.0f} Hz, over {broker}: every machine samples at 100 Hz, sends batches of 20 ms, is recorded and
analysed, and has one viewer; one more viewer watches all machines at {result["wall_hz"]:.0f} Hz. Counted for every sample of
{result["seconds"]:g} s, after {result["warm_s"]:g} s of warm-up (losses are counted in both).

*Floor*: the same batches, in the same run, from the broker to a bare subscriber. The first of a batch's two samples waits 10 ms for
the second whatever comes after, so the median stands where those that waited begin; *newest* rows leave that wait out. *Later than
floor* is the service's own share, sample by sample.

{latency.delays(result["rows"])}

What came of the samples: *once* in a viewer's frames, *recorded* as the service states it of each session. *Skipped* frames were
overtaken by newer ones on their way to a viewer (latest wins), with that many samples *overtaken*; *lost* would be anything else.

{latency.completeness(result["rows"])}

What it took, in cores; *others* is whatever else ran on the computer meanwhile. *us/batch*: CPU of the service for each batch,
recording, analysis and all frames included. *Load late*: how late the generator itself was with a batch, which counts as delay above.

{latency.resources(result["rows"])}"""


def _throughput(result: Result) -> str:
    return f"""\
More and more machines on one service process, each at 100 Hz in batches of 20 ms, recorded, with one viewer; the run ends where the
p99 passes {result["late_ms"]:.0f} ms or a sample is lost. The load and the viewers take their share of the same cores.

**{result["most_machines"]} machines, {result["most_machines"] * 50} batches a second.**

{throughput.table(result["rows"])}"""


def _memory(result: Result) -> str:
    return f"""\
Resident memory of the service with {result["machines"]} machines as above for {result["minutes"]:g} min, each in one session all the
time and in sets of 15 repetitions: at most
{result["most_mib"]:.0f} MiB, {result["slope_mib_per_min"]:+.2f} MiB a minute (least squares after the first fifth).

{memory.table(result["rows"])}"""


def _start(result: Result) -> str:
    return f"""\
From `{result["command"]}` with everything set up to the first live picture in Chromium, which itself starts only once the link is
printed.

{start.table(result["rows"])}"""


def _opening(result: Result) -> str:
    return f"""\
Recorded sets of simulated patients, with their plan and events, on the replay page: Chromium with software rendering, 1920x1080, beside
the service on the same cores. *First*: the session's signals are made from its recording; *again*: they are at hand. *Seek* goes to another
moment at another range, *zoom* is a turn of the wheel; both end when the picture is as fine as its pixels. *Drag*: time from frame to frame
by the browser's stamps, while the playhead is dragged along, {opening.FRAMES} of them. *Heap* is what the page's scripts hold,
*memory* all that its process does.

{opening.table(result["rows"])}"""


def _pixel(result: Result) -> str:
    seen = result["pixel"]
    return f"""\
The software's part of the way from sensor to pixel: `ilex demo` with one simulated patient, the edge agent sending batches of 20 ms over
the broker, Chromium as a kiosk at {pixel.WIDTH} x {pixel.HEIGHT} with software rendering, all on the same cores, all started anew
{len(result["starts"])} times for {result["seconds"]:g} s; a wired network would add less than 1 ms. The page writes the time of the newest
sample into the picture, and the display's memory (Xvfb) is looked at every millisecond. Counted for every sample, the 10 ms that the first
of two waits for the second included; *newest* leaves that wait out. *The page's drawing* is when the page drew it, before the browser had
put that on the display.

{pixel.table(result)}

{seen["pictures_per_s"]:.1f} new pictures a second, never more than {seen["stall_ms"]:.0f} ms without one (to reach: 100)."""


def _screen(result: Result) -> str:
    return f"""\
Chromium with software rendering, {screen.WIDTH} x {screen.HEIGHT}. The patient's screen: `ilex demo` with one patient, sets and rests as
they run. The wall: {screen.MACHINES} machines at 100 Hz in sets, recorded. *Main thread* is the processor time of the page's own thread,
whatever for; the heap is read after its rubbish was collected, its growth is a straight line through the readings, with its standard error.
Each press is a key event in a set that was started for it, from its own time to the picture that shows the stop, with the real service and
a real edge agent; the events are counted in the session's recording afterwards. A patient's screen is
*opened* in a browser that was started for it and has nothing cached; its first true picture is the first that shows the machine's state.

{screen.tables(result)}"""


def _growth(result: Result) -> str:
    return f"""\
As above, for as long as it takes to tell what grows. Other work on the computer makes frames late, not heaps greater: frames are counted
above, alone.

{screen.growth_table(result)}"""


def _core(result: Result) -> str:
    return f"""\
The analysis alone, compiled (decision 0034) and as the plain Python that gives the same bits. Medians of {result["runs"]} runs.

In bulk: whole sets of simulated patients (one steady, one hurried, one who tires), with all their events, through fresh sessions; beside
it, in turn, one `scipy.signal.sosfilt` call (one biquad) over the same two channels. ns of processor time a sample, which is both channels
at one instant. *Kernels* is what the compiled part takes of it; the rest is plain Python, where something happened.

{core.bulk_table(result["bulk"])}

Live: a batch of 20 ms at 100 Hz, from the bytes of its message to the values of a frame; batches that make an event known are left out.
Elapsed time; *processor* is the 99th percentile of what the process itself took, whoever else wanted the computer.

{core.live_table(result["live"])}

Re-analysis and reading in processor time, commands and starts as they are waited for.

{core.once_table(result["hour"], result["shell"], result["start"])}"""


def _rerun(result: Result) -> str:
    row = result["rerun"]
    return f"""\
`ilex rerun FOLDER --set partial=0.85` from the shell, start, comparison and summary included, and a running service that is asked once for
all of them, as its page asks, where that was measured; against a bare reading of the same files with the MCAP library
(`make_reader(...).iter_messages()`), all by {row["jobs"]} processes, in turns.

{rerun.table(row)}"""


def _equal(result: Result) -> str:
    return f"""\
Sessions of the tiers that the accuracy is measured on, each run live and recorded; then every other way to its events, compared with the
live ones bit for bit, ids and times included. A column says of how many sessions all events are equal: *final* as computed from the
whole recording and kept in it; *rerun* as `POST /sessions/{{id}}/rerun` and `ilex rerun` compare with it, asked for nothing else;
*command* as `ilex analyze --json` writes them; *notebook* `ilex.open(...).analyze()`; *replay* played as a machine through the edge's
driver, cut into other batches; *lived* as the replay page lives it again; *recovery* cut off at any byte, taken up again by the service,
gone on with what is sent again.

{equal.table([result[tier] for tier in TIERS if tier in result])}"""


def _export(result: Result) -> str:
    return f"""\
A recording of {result["export"]["samples"]:,} samples, as the service writes it, from the shell, start included. Seconds on the clock.

{export.table(result["export"])}"""


CHAPTERS: dict[str, tuple[str, Callable[[Result], str]]] = {
    "core": ("The analysis", _core),
    "latency": ("From sensor to screen", _latency),
    "latency-mosquitto": ("From sensor to screen, with Mosquitto", _latency),
    "latency-agents": ("From sensor to screen, with real edge agents as the load", _latency),
    "throughput": ("How many machines", _throughput),
    "memory": ("Memory", _memory),
    "opening": ("Recorded sessions in the browser", _opening),
    "start": ("From nothing to a live screen", _start),
    "rerun": ("A thousand sessions analysed again", _rerun),
    "equal": ("The same events, whichever way", _equal),
    "export": ("An hour as a table", _export),
    "pixel": ("From sensor to pixel", _pixel),
    "screen": ("The screens", _screen),
    "screen-hour-patient": ("The patient's screen, for longer", _growth),
    "screen-hour-wall": ("The wall, for longer", _growth),
}


def page(results: dict[str, Result]) -> str:
    """The page: a chapter for each result there is."""
    parts = [INTRODUCTION]
    for name, (title, words) in CHAPTERS.items():
        if name in results:
            result = results[name]
            facts = result["computer"]
            packages = ", ".join(f"{package} {version}" for package, version in facts["packages"].items())
            where = f"{facts['cores']} cores ({facts['processor']}), {facts['memory_gib']} GiB, Python {facts['python']}, {packages}"
            note = "".join(f" {part}: {when}." for part, when in facts.get("later", {}).items())
            note += f" {facts['note']}." if facts.get("note") else ""
            parts.append(f"## {title}\n\n```\n{facts['command']}\n```\n\n{words(result)}\n\n<sub>{facts['date']}: {where}.{note}</sub>\n")
    return "\n".join(parts)


def read(folder: Path = figures.RESULTS) -> dict[str, Result]:
    """The results in a folder, by name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json")) if path.stem in CHAPTERS}


def main() -> int:
    results = read()
    if not results:
        print("no results yet: run scripts/bench latency first", file=sys.stderr)
        return 1
    PAGE.write_text(page(results), encoding="utf-8")
    print(f"{PAGE}: {', '.join(results)}")
    print(validation.write())
    return 0


if __name__ == "__main__":
    sys.exit(main())
