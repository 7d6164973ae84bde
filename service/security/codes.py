"""Codes that pair a patient's screen with a machine, and how often a wrong one may be tried (decision 0176)."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

ALPHABET = "23456789CDFHJKMNPRTWXY"
"""No two of these are taken for each other, read or heard, and without vowels they make no words. The keypad has the same ones."""
LENGTH = 6
"""22 ** 6 codes: at the pace below a guess in a year of trying is right with a chance of 1 in 7 where one code is always open."""
LIFE_S = 300.0
"""From the wall to the screen, on foot, with a patient in between."""

TRIES = 5
"""Wrong codes at once from one address; then one in `AGAIN_S`."""
AGAIN_S = 12.0
ALL_TRIES = 30
"""The same for all addresses together: whoever has many gets no more."""
ALL_AGAIN_S = 2.0
MOST_ADDRESSES = 1024


class Asked(NamedTuple):
    """A code as it was asked for: for which machine, by whom, and until when it counts (monotonic, s)."""

    code: str
    machine: str
    by: str
    until_s: float


class Codes:
    """Open codes, one a machine, each good for one use within `LIFE_S`. They live in memory: a restart ends them."""

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._monotonic_s = monotonic_s
        self._open: dict[str, Asked] = {}

    def issue(self, machine: str, by: str) -> Asked:
        """A fresh code for a machine; the one before it counts no more."""
        self.withdraw(machine)
        taken = {asked.code for asked in self._open.values()}
        while (code := "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))) in taken:
            pass
        asked = self._open[machine] = Asked(code, machine, by, self._monotonic_s() + LIFE_S)
        return asked

    def find(self, code: str) -> Asked | None:
        """What an open code was asked for; None for a wrong, a used and an old one alike. Case, blanks and dashes don't matter."""
        plain = code.upper().replace(" ", "").replace("-", "")
        return next((asked for asked in self._open.values() if asked.code == plain and self._monotonic_s() < asked.until_s), None)

    def left_s(self, machine: str) -> float | None:
        """How long the machine's code still counts; None where it has none."""
        asked = self._open.get(machine)
        left_s = 0.0 if asked is None else asked.until_s - self._monotonic_s()
        return left_s if left_s > 0 else None

    def withdraw(self, machine: str) -> None:
        """Its code is used, or no longer wanted."""
        self._open.pop(machine, None)


class _Bucket:
    """So many at once, then one in `again_s`."""

    def __init__(self, most: int, again_s: float, now_s: float) -> None:
        self._most, self._again_s = most, again_s
        self._left, self._at_s = float(most), now_s

    def wait_s(self, now_s: float) -> float:
        self._left = min(self._most, self._left + (now_s - self._at_s) / self._again_s)
        self._at_s = now_s
        return max(0.0, (1.0 - self._left) * self._again_s)

    def take(self, now_s: float) -> None:
        self.wait_s(now_s)
        self._left -= 1.0


class Tries:
    """Wrong codes, by the address that they came from and all together. Nobody is locked out for long (C07)."""

    def __init__(self, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._monotonic_s = monotonic_s
        self._all = _Bucket(ALL_TRIES, ALL_AGAIN_S, monotonic_s())
        self._each: OrderedDict[str, _Bucket] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """How long this address has to wait before another code of it is looked at; 0 = not at all."""
        now_s = self._monotonic_s()
        own = self._each.get(address)
        return max(self._all.wait_s(now_s), 0.0 if own is None else own.wait_s(now_s))

    def wrong(self, address: str) -> None:
        """A code from there was wrong."""
        now_s = self._monotonic_s()
        own = self._each.pop(address, None) or _Bucket(TRIES, AGAIN_S, now_s)
        self._each[address] = own
        own.take(now_s)
        self._all.take(now_s)
        if len(self._each) > MOST_ADDRESSES:
            self._each.popitem(last=False)
