"""The pictures of docs/validation.md, drawn from the results alone: small SVG files, the same bytes for the same results."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from benchmarks.score.boundaries import GEOMETRIC
from benchmarks.score.findings import CLAIMS, LOOKALIKES

Results = dict[str, dict[str, Any]]
WORDS = {"extension_start": "extension starts", "hold_start": "arrives", "flexion_start": "lowering starts", "end": "ends"}
LEAST = 1e-4
LONGEST = 14
LINEAR_MS = 20.0
_STYLE: Any = {
    "svg.fonttype": "none",  # text stays text: a tenth of the bytes
    "svg.hashsalt": "ilex",
    "font.size": 9,
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "savefig.facecolor": "white",
}


def draw(results: Results, folder: Path) -> list[str]:
    """Every picture there is something to show in; returns their names."""
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    with mpl.rc_context(_STYLE):
        for name, picture in PICTURES.items():
            figure = picture(results)
            path = folder / f"{name}.svg"
            if figure is None:
                path.unlink(missing_ok=True)
                continue
            figure.savefig(path, metadata={"Date": None, "Creator": None})
            plt.close(figure)
            # Hundredths of a point are fine enough; spaces at the ends of lines are in nobody's way but a reviewer's.
            text = re.sub(r"(\d\.\d\d)\d+", r"\1", path.read_text(encoding="utf-8"))
            path.write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n", encoding="utf-8")
            names.append(name)
    return names


def boundaries(results: Results) -> Figure | None:
    """Signed errors of the geometric boundaries by sampling rate: the middle 90 %, 50 % and the median."""
    tiers = [tier for tier in results if results[tier]["boundaries"]["geometric_ms"] and tier != "null"]
    if not tiers:
        return None
    figure, axes = plt.subplots(1, len(tiers), figsize=(4.0 * len(tiers), 3.2), squeeze=False, layout="constrained")
    for axis, tier in zip(axes[0], tiers, strict=True):
        by_rate = results[tier]["boundaries"]["geometric_ms"]
        for k, name in enumerate(GEOMETRIC):
            at = [column + (k - 1.5) * 0.19 for column in range(len(by_rate))]
            _boxes(axis, at, [each[name] for each in by_rate.values()], f"C{k}", WORDS[name])
        axis.axhline(0.0, color="grey", lw=0.6)
        axis.set_yscale("symlog", linthresh=LINEAR_MS)
        axis.set_xticks(range(len(by_rate)), [f"{rate} Hz" for rate in by_rate])
        axis.set_title(tier, fontsize=9)
    axes[0][0].set_ylabel("reported minus true, ms")
    axes[0][-1].legend(fontsize=7, frameon=False)
    return figure


def counts(results: Results) -> Figure | None:
    """Sets whose full repetitions were counted wrongly: Ilex and three plain methods."""
    tiers = [tier for tier in results if results[tier]["baselines"]["ilex"]["exact"]["of"]]
    if not tiers:
        return None
    names = {"ilex": "Ilex", "peaks": "peak prominence", "threshold": "fixed thresholds", "autocorrelation": "autocorrelation"}
    figure, axis = plt.subplots(figsize=(7.5, 3.0), layout="constrained")
    for k, (name, words) in enumerate(names.items()):
        exact = [results[tier]["baselines"][name]["exact"] for tier in tiers]
        wrong = [max(LEAST, 1.0 - each["value"]) for each in exact]
        low = [wrong_share - max(LEAST, 1.0 - each["high"]) for wrong_share, each in zip(wrong, exact, strict=True)]
        high = [1.0 - each["low"] - wrong_share for wrong_share, each in zip(wrong, exact, strict=True)]
        places = [column + (k - 1.5) * 0.2 for column in range(len(tiers))]
        whiskers = [[max(0.0, value) for value in low], [max(0.0, value) for value in high]]
        axis.bar(places, wrong, 0.18, yerr=whiskers, label=words, color=f"C{k}", error_kw={"lw": 0.8, "capsize": 2})
    axis.set_yscale("log")
    axis.set_ylim(LEAST, 1.0)
    axis.set_xticks(range(len(tiers)), tiers)
    axis.set_ylabel("share of sets with a wrong number")
    axis.legend(fontsize=7, frameon=False, ncols=4, loc="upper center", bbox_to_anchor=(0.5, 1.18))
    return figure


def findings(results: Results) -> Figure | None:
    """What happened against what was claimed, each row summing to 100 %."""
    tiers = [tier for tier in results if results[tier]["findings"] and tier != "null"]
    if not tiers:
        return None
    figure, axes = plt.subplots(1, len(tiers), figsize=(4.6 * len(tiers) + 1.0, 4.2), squeeze=False, layout="constrained", sharey=True)
    rows = [row for row in ("failure", *LOOKALIKES) if any(row in results[tier]["findings"] for tier in tiers)]
    for axis, tier in zip(axes[0], tiers, strict=True):
        for y, row in enumerate(rows):
            cells = results[tier]["findings"].get(row, {})
            total = sum(cells.values())
            for x, claim in enumerate(CLAIMS):
                share = cells.get(claim, 0) / total if total else 0.0
                if share:
                    axis.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, color=mpl.colormaps["Blues"](0.1 + 0.8 * share), lw=0))
                    words = f"{100 * share:.1f}" if share < 0.995 else "100"
                    axis.text(x, y, words, ha="center", va="center", fontsize=7, color="white" if share > 0.6 else "black")
            axis.text(len(CLAIMS) - 0.4, y, str(total), va="center", fontsize=7, color="grey")
        axis.set_xlim(-0.5, len(CLAIMS) + 0.3)
        axis.set_ylim(len(rows) - 0.5, -0.5)
        axis.set_xticks(range(len(CLAIMS)), CLAIMS, rotation=45, ha="right")
        axis.set_yticks(range(len(rows)), rows)
        axis.set_title(f"{tier}, % of each row (grey: how many)", fontsize=9)
    return figure


def latency(results: Results) -> Figure | None:
    """How long after the true reversal failure was reported."""
    tiers = [tier for tier in results if results[tier]["latency_s"]["of"]]
    if not tiers:
        return None
    figure, axis = plt.subplots(figsize=(5.0, 2.4), layout="constrained")
    for row, tier in enumerate(tiers):
        quantiles = results[tier]["latency_s"]
        axis.plot([quantiles["p5"], quantiles["p95"]], [row, row], color=f"C{row}", lw=1.0)
        axis.plot([quantiles["p25"], quantiles["p75"]], [row, row], color=f"C{row}", lw=6.0, solid_capstyle="butt")
        axis.plot(quantiles["p50"], row, "|", color="white", ms=9, mew=1.5)
        axis.plot(quantiles["p99"], row, ".", color=f"C{row}")
    axis.set_yticks(range(len(tiers)), tiers)
    axis.set_ylim(len(tiers) - 0.5, -0.5)
    axis.axvline(0.0, color="grey", lw=0.6)
    axis.set_xlabel("s after the reversal: 5-95 %, 25-75 %, median; dot: 99 %")
    return figure


def reserve(results: Results) -> Figure | None:
    """The estimate against the truth, and how often the 80 % interval held it."""
    tiers = [tier for tier in results if results[tier]["reserve"]["known"] or results[tier]["reserve"]["new"]]
    if not tiers:
        return None
    figure, axes = plt.subplots(
        2, len(tiers), figsize=(4.0 * len(tiers), 4.6), squeeze=False, layout="constrained", sharex=True, height_ratios=(2, 1)
    )
    for column, tier in enumerate(tiers):
        for k, who in enumerate(("known", "new")):
            by_left = {int(left): each for left, each in results[tier]["reserve"][who].items() if int(left) <= LONGEST}
            at = [left + (k - 0.5) * 0.3 for left in by_left]
            _boxes(axes[0][column], at, [each["left"] for each in by_left.values()], f"C{k}", f"{who} patient")
            covered = [each["covered"]["value"] for each in by_left.values()]
            axes[1][column].plot(list(by_left), covered, ".-", color=f"C{k}", lw=1.0)
        axes[0][column].plot([0, LONGEST], [0, LONGEST], color="grey", lw=0.6)
        axes[0][column].set_title(tier, fontsize=9)
        axes[1][column].axhspan(0.75, 0.90, color="grey", alpha=0.2, lw=0)
        axes[1][column].set_ylim(0, 1.02)
        axes[1][column].set_xlabel("repetitions truly left")
    axes[0][0].set_ylabel("estimated")
    axes[1][0].set_ylabel("within the interval")
    axes[0][0].legend(fontsize=7, frameon=False)
    return figure


def _boxes(axis: Axes, at: list[float], quantiles: list[dict[str, float]], colour: str, label: str) -> None:
    """5-95 % as a line, 25-75 % as a bar, the median as a notch; one path each for all of them."""
    known = [(x, each) for x, each in zip(at, quantiles, strict=True) if each["of"]]
    if not known:
        return
    nan = float("nan")
    places = [value for x, _ in known for value in (x, x, nan)]
    axis.plot(places, [value for _, each in known for value in (each["p5"], each["p95"], nan)], color=colour, lw=1.0)
    bars = [value for _, each in known for value in (each["p25"], each["p75"], nan)]
    axis.plot(places, bars, color=colour, lw=4.0, solid_capstyle="butt", label=label)
    axis.plot([x for x, _ in known], [each["p50"] for _, each in known], "_", color="white", ms=4, mew=1.2)


PICTURES: dict[str, Callable[[Results], Figure | None]] = {
    "counts": counts,
    "boundaries": boundaries,
    "findings": findings,
    "latency": latency,
    "reserve": reserve,
}
