"""The measured parts of docs/reliability.md, from the results of soaks, outages, trials, recording and spool: `scripts/bench reliability`.

Words stand in the page itself; what stands between `<!-- NAME -->` and `<!-- end -->` is replaced.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from benchmarks import endurance, figures, outages
from benchmarks.faults.outcome import event_verdict, page

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reliability.md"
RESULTS = ROOT / "benchmarks" / "results"


def main() -> int:
    """The exit code: 1 where there is no result."""
    soaks = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(RESULTS.glob("soak*.json"))]
    if not soaks:
        print("no benchmarks/results/soak*.json: run scripts/soak first", file=sys.stderr)
        return 1
    text = PAGE.read_text(encoding="utf-8")
    text = replaced(text, "soaks", "\n\n".join(section(soak) for soak in soaks))
    single = [path for kind in outages.KINDS if (path := RESULTS / f"outages-{kind}.json").exists()]
    if single:
        found = [json.loads(path.read_text(encoding="utf-8")) for path in single]
        notes = "\n".join(f"- {each['kind']}: {where(each)}" for each in found)
        text = replaced(text, "outages", f"{outages.page(found)}\n\n{notes}")
    trials = [path for name in endurance.TRIALS if (path := RESULTS / f"endurance-{name}.json").exists()]
    if trials:
        text = replaced(text, "endurance", tried([json.loads(path.read_text(encoding="utf-8")) for path in trials]))
    sides = [RESULTS / "recording.json", RESULTS / "spool.json"]
    if all(side.exists() for side in sides):
        text = replaced(text, "costs", costs(*(json.loads(side.read_text(encoding="utf-8")) for side in sides)))
    PAGE.write_text(text, encoding="utf-8")
    return 0


def replaced(text: str, name: str, content: str) -> str:
    """The page with another content between the marks of that name. Raises ValueError where there are none."""
    found, count = re.subn(
        rf"(<!-- {name} -->\n).*?(<!-- end -->)", lambda marks: f"{marks[1]}\n{content}\n\n{marks[2]}", text, flags=re.DOTALL
    )
    if count != 1:
        raise ValueError(f"{PAGE}: {count} times `<!-- {name} -->`, expected once")
    return found


def section(soak: dict[str, Any]) -> str:
    """One soak: what it was, its tables, what it found wrong."""
    size = f"{soak['minutes']:g} minutes, {soak['machines']} machines in {soak['processes']} processes"
    pace = f"{soak['every_s']:g} s from a recovery to the next fault on average"
    rest = f"{soak['rest_s']:g} s from a set to a machine's next"
    head = f"### {size}, broker: {soak['broker']}, {rest}, {pace}, seed {soak['seed']}"
    # Events are judged by their counts here too: a soak of before was not.
    found = dict.fromkeys([*event_verdict(soak["events"]), *soak["faults"]])
    wrong = "\n".join(f"- {words}" for words in found) or "Nothing was found wrong."
    return f"{head}\n\n{page(soak)}\n\n{wrong}\n\n{where(soak)}"


def tried(trials: list[dict[str, Any]]) -> str:
    """What each trial was to reach and has; then when and on what."""
    rows = [each for trial in trials for each in trial["figures"]]
    notes = "\n".join(f"- {', '.join(dict.fromkeys(each['fault'] for each in trial['figures']))}: {where(trial)}" for trial in trials)
    return f"{endurance.table(rows)}\n\n{notes}"


def costs(recording: dict[str, Any], spool: dict[str, Any]) -> str:
    """What keeping everything costs, against what it may, of both sides."""
    rows = [
        [f"to record a machine at {each['rate_hz']} Hz, of a core", "<= 3 %" if each["rate_hz"] == 1000 else "", f"{each['share']:.1%}"]
        for each in recording["costs"]
    ]
    made_whole = recording["recovery"]
    rows.append([f"{made_whole['parts']} open recordings made whole", "<= 30 s per 1,000", f"{made_whole['took_s']:.1f} s"])
    for each in spool["live_path"]:
        reached = f"{each['p99_us'] / 1000:.2f} ms (p50 {each['p50_us'] / 1000:.2f} ms)"
        rows.append([f"the spool on the way of a live batch at {each['rate_hz']} Hz, p99", "<= 1 ms", reached])
    cut = spool["outage"]
    rows.append([f"memory over {cut['hours']:g} h without a line", "<= 20 MB", f"{cut['rss_growth_mib']:.1f} MiB"])
    rows += [
        [f"{each['gib']:g} GiB of spool opened, left by {each['boots']} boots", "<= 2 s", f"{each['open_s']:.2f} s"]
        for each in spool["opening"]
    ]
    return f"{figures.table(['what', 'to reach', 'reached'], rows)}\n\n{where(recording)} {where(spool)}"


def where(result: dict[str, Any]) -> str:
    """When and on what it was measured."""
    computer = result["computer"]
    note = f" {computer['note']}" if computer.get("note") else ""
    return f"<sub>{computer['date']}: {computer['cores']} cores, {computer['memory_gib']} GiB, Python {computer['python']}.{note}</sub>"


if __name__ == "__main__":
    sys.exit(main())
