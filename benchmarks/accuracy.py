"""How often the analysis is right: simulated sets with known truth through it, every metric with its interval (detection 11).

    scripts/bench accuracy                              all four tiers on the frozen seeds: JSON and docs/validation.md
    scripts/bench accuracy --seeds dev --sets 200       a look while developing: prints, writes nothing
    scripts/bench accuracy --seeds dev --sets 200 --tier varied --list false_failure --keep /tmp/cases --set full=0.94
    scripts/bench accuracy --case hostile 123           one set: truth beside events, what was got wrong
    scripts/bench accuracy --case hostile 123 --plot out.png --set full=0.94 --window 20 60 --all
    scripts/bench accuracy --expect                     rewrites what the regression test expects

The frozen seeds (1000000 and on) judge a release; nothing is tuned on them. Development has the seeds from 0 on.
"""

import argparse
import os
import sys
from pathlib import Path

from benchmarks import figures
from benchmarks.score import expectations, fleet, page, replay, totals
from benchmarks.score.metrics import TIERS
from benchmarks.score.scoring import Score
from benchmarks.score.table import problem_table, tier_table, title


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    options = _options(arguments)
    if options.case:
        return _replay(options)
    if options.expect:
        print(expectations.write(options.jobs))
        return 0
    if not options.page:
        facts, code = figures.computer(), fleet.state()
        for tier in options.tier or TIERS:
            scores = fleet.run(tier, fleet.seeds(options.seeds, options.sets), options.jobs, options.keep, replay.parameters(options.set))
            result = {**totals.total(tier, scores), "code": code}
            print(title(result), tier_table(result), problem_table(result), "", sep="\n")
            if options.list:
                print(_listed(tier, scores, options.list), end="\n\n")
            if options.save:
                figures.write(f"accuracy-{tier}", facts, figures.rounded(result, 6))
    if options.save or options.page:
        print(page.write(), file=sys.stderr)
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="scripts/bench accuracy", description=__doc__, formatter_class=layout)
    parser.add_argument("--tier", action="append", choices=TIERS, help="this tier only (may be given again)")
    parser.add_argument("--sets", type=int, default=2000, metavar="N", help="sets a tier (2000)")
    parser.add_argument("--seeds", choices=("frozen", "dev"), default="frozen")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="processes (one a core)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep generated cases there; made anew when the simulator changes")
    parser.add_argument("--case", nargs=2, metavar=("TIER", "SEED"), help="replay one set")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="with --case: a picture (png, svg, pdf)")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="another value of a parameter; saves nothing")
    parser.add_argument("--list", action="append", default=[], metavar="KIND", help="every mistake of a kind (false_failure, missed, ...)")
    parser.add_argument("--window", nargs=2, type=float, metavar=("FROM", "TO"), help="with --case: only these seconds")
    parser.add_argument("--all", action="store_true", help="with --case: every event, phases and cadence too")
    parser.add_argument("--expect", action="store_true", help="rewrite what the regression test expects; says what changed")
    parser.add_argument("--page", action="store_true", help="docs/validation.md again from the kept results, nothing run")
    parser.add_argument("--no-save", dest="save", action="store_false", help="write nothing (always so with --seeds dev)")
    options = parser.parse_args(arguments)
    options.save = options.save and options.seeds == "frozen" and not options.set
    return options


def _listed(tier: str, scores: list[Score], kinds: list[str]) -> str:
    """Every problem of these kinds, a line each."""
    found = [(score.seed, problem) for score in scores for problem in score.problems if problem.kind in kinds]
    return "\n".join(f"{tier} {seed} {problem.kind} at {problem.at_s:.2f} s: {problem.detail}" for seed, problem in found)


def _replay(options: argparse.Namespace) -> int:
    done = replay.replay(options.case[0], int(options.case[1]), options.set)
    window = tuple(options.window) if options.window else None
    print(replay.text(done, everything=options.all, colour=sys.stdout.isatty(), window=window))
    if options.plot:
        replay.plot(done, options.plot, window)
        print(f"{options.plot}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except BrokenPipeError:  # the reader of a pipe (head, less) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
