"""Tables of results as Markdown that also lines up on a terminal."""

import math
from typing import Any

from benchmarks import figures

MET = {True: "met", False: "**missed**", None: ""}


def value(number: float | None, unit: str) -> str:
    """A figure with as many digits as it deserves."""
    if number is None or math.isnan(number):
        return "-"
    if unit == "share":
        return f"{100 * number:.2f} %" if number not in {0.0, 1.0} else f"{100 * number:.0f} %"
    if unit == "ms":
        return f"{number:.0f} ms" if number >= 20 else f"{number:.1f} ms"
    if unit == "s":
        return f"{number:.3f} s"
    return f"{number:.3f}" + (f" {unit}" if unit == "per hour" else "")


def target(words: str | None, unit: str) -> str:
    """A target in the unit of its metric."""
    if words is None:
        return ""
    if unit != "share":
        return words
    return " ".join(f"{100 * float(word):g} %" if word[0].isdigit() else word for word in words.split())


def metric_rows(metrics: list[dict[str, Any]]) -> list[list[object]]:
    """Name, target, reached, interval, of how many, met or not."""
    return [
        [
            row["name"],
            target(row["target"], row["unit"]),
            value(row["value"], row["unit"]),
            f"{value(row['low'], row['unit'])} to {value(row['high'], row['unit'])}",
            row["of"],
            MET[row["met"]],
        ]
        for row in metrics
    ]


def tier_table(result: dict[str, Any]) -> str:
    """All metrics of a tier that there was something to take from."""
    rows = metric_rows([row for row in result["metrics"] if row["of"]])
    return figures.table(["metric", "target", "reached", "95 % interval", "of", ""], rows) + "\n"


def title(result: dict[str, Any]) -> str:
    """What a tier held, in a line."""
    content = f"{result['sets']} sets, {result['hours']:.1f} h, {result['repetitions']} repetitions, {result['failures']} failures"
    return f"{result['tier']}: {content}"


def shortened(words: str, most: int = 110) -> str:
    """As much of a sentence as a table has room for."""
    return words if len(words) <= most else words[: most - 3].rstrip(" ,") + " ..."


def problem_table(result: dict[str, Any], seeds: int = 4) -> str:
    """What was got wrong, by kind, with seeds to replay."""
    rows = [
        [
            kind,
            found["times"],
            found["sets"],
            ", ".join(str(each["seed"]) for each in found["worst"][:seeds]),
            shortened(found["worst"][0]["what"]),
        ]
        for kind, found in result["problems"].items()
    ]
    return figures.table(["wrong", "times", "sets", "seeds", "the first"], rows)
