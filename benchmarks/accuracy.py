"""How often the analysis is right: simulated sets with known truth through it, every metric with its interval (detection 11).

    scripts/bench accuracy                              all four tiers on the frozen seeds: JSON and docs/validation.md
    scripts/bench accuracy --seeds dev --sets 200       a look while developing: prints, writes nothing
    scripts/bench accuracy --case hostile 123           one set: truth beside events, what was got wrong
    scripts/bench accuracy --case hostile 123 --plot out.png --set full=0.94 --window 20 60 --all
    scripts/bench accuracy --expect                     rewrites what the regression test expects

The frozen seeds (1000000 and on) judge a release; nothing is tuned on them. Development has the seeds from 0 on.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.score import replay


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="scripts/bench accuracy", description=__doc__, formatter_class=layout)
    parser.add_argument("--case", nargs=2, metavar=("TIER", "SEED"), help="replay one set")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="with --case: a picture (png, svg, pdf)")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="another value of a parameter")
    parser.add_argument("--window", nargs=2, type=float, metavar=("FROM", "TO"), help="with --case: only these seconds")
    parser.add_argument("--all", action="store_true", help="with --case: every event, phases and cadence too")
    options = parser.parse_args(arguments)
    if options.case:
        return _replay(options)
    return 0


def _replay(options: argparse.Namespace) -> int:
    done = replay.replay(options.case[0], int(options.case[1]), options.set)
    window = tuple(options.window) if options.window else None
    print(replay.text(done, everything=options.all, colour=sys.stdout.isatty(), window=window))
    if options.plot:
        replay.plot(done, options.plot, window)
        print(f"{options.plot}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
