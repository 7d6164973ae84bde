"""Parameters with some of them replaced (contract 6 `rerun`): checked by name, unit and range before anything is analysed."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from service.analysis.parameters import BOUND, LADDER, RISING, Parameters, described
from wire.errors import Fault, step
from wire.shape import came


def override_faults(raw: object, base: Parameters, at: str = "/parameters") -> list[Fault]:
    """Everything wrong with replacements given as plain JSON: name -> number, or name -> `{value, unit}` as recordings keep them.

    `at` is the JSON pointer of the whole. Empty where they can be used.
    """
    found = value_faults(raw, at)
    if not found and isinstance(raw, Mapping):
        values = {name: float(one["value"]) for name, one in described(base).items()} | numbers(raw)
        for low, high in (pair for names in RISING for pair in pairwise(names)):
            if values[low] >= values[high]:
                name = low if low in raw else high
                words = f"{low} must be less than {high}, got {values[low]:g} and {values[high]:g}"
                found.append(Fault(step(at, name), words))
    return found


def value_faults(raw: object, at: str = "/parameters") -> list[Fault]:
    """What is wrong with each replacement for itself, whatever stands beside it: name, unit, bounds."""
    if not isinstance(raw, Mapping):
        return [Fault(at, "expected an object of parameter names and numbers")]
    known = described(Parameters())
    return [fault for name, given in raw.items() for fault in _faults(str(name), given, known, at)]


def _faults(name: str, given: object, known: Mapping[str, Mapping[str, Any]], at: str) -> list[Fault]:
    where = step(at, name)
    if name not in known:
        return [Fault(where, "there is no parameter of this name (GET /api/v1/parameters lists them)")]
    unit = known[name]["unit"]
    value, pointer = given, where
    if isinstance(given, Mapping):
        if "unit" in given and given["unit"] != unit:
            return [Fault(step(where, "unit"), f"expected {unit}, got {came(given['unit'])}")]
        value, pointer = given.get("value"), step(where, "value")
    bound, words = (
        (1.0, "a share of the range between 0 and 1") if name in LADDER else (BOUND, f"a number of {unit} above 0 and below {BOUND:,.0f}")
    )
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0.0 < value < bound:
        return [Fault(pointer, f"expected {words}, got {came(value)}")]
    return []


def numbers(raw: Mapping[str, Any]) -> dict[str, float]:
    """The replacements as plain numbers. Only of what `override_faults` takes."""
    return {name: float(given["value"] if isinstance(given, Mapping) else given) for name, given in raw.items()}
