"""F20: agents of an earlier, the same and a later minor version against services of an earlier and the same; and one of another major.

There is one version to run. What others say is made of what this one says, between agent and service: a later one adds keys that nobody
knows, in any place of a message; an earlier one doesn't know those that may be left out.
"""

import random
import sys
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from benchmarks.faults.relay import Relay, Sent
from benchmarks.faults.rig import Machines, Refused, Rig
from benchmarks.faults.strike import WHOLE_S
from benchmarks.trials.figure import Figure, none
from benchmarks.trials.measures import metrics
from wire.topics import Leaf

NAME = "lab/one"
CELL_S, SHORT_CELL_S = 12.0, 3.0
WAIT_S = 60.0
REQUIRED = {Leaf.STATUS: {"online", "boot"}, Leaf.PLAN: {"session", "range", "tempo", "endpoint", "repetitions", "load_nm"}}
"""What the earliest version of these messages had, and must have (contract 2 and 3)."""
UNKNOWN: dict[str, Any] = {"later": {"a": [1, None, "x"]}, "number": 2**40, "": True}
Change = Callable[[Leaf, dict[str, Any]], dict[str, Any]]


def later(chance: random.Random) -> Change:
    """Keys that nobody knows, in any place."""

    def change(_: Leaf, fields: dict[str, Any]) -> dict[str, Any]:
        pairs = list(fields.items())
        for pair in UNKNOWN.items():
            pairs.insert(chance.randint(0, len(pairs)), pair)
        return dict(pairs)

    return change


def earlier(leaf: Leaf, fields: dict[str, Any]) -> dict[str, Any]:
    """What need not be said isn't."""
    return {name: value for name, value in fields.items() if leaf not in REQUIRED or name in REQUIRED[leaf]}


def same(_: Leaf, fields: dict[str, Any]) -> dict[str, Any]:
    return fields


def through(change: Change) -> Callable[[Leaf, str, bytes], Iterable[Sent]]:
    """Each message as that version would say it."""

    def hand(leaf: Leaf, name: str, payload: bytes) -> Iterable[Sent]:
        packed = leaf in (Leaf.SAMPLES, Leaf.BACKFILL)
        coder = msgspec.msgpack if packed else msgspec.json
        fields = coder.decode(payload) if payload else None
        if isinstance(fields, dict):
            payload = coder.encode(change(leaf, fields))
        return (Sent(0.0, name, payload),)

    return hand


def of_another_major(_: Leaf, name: str, payload: bytes) -> Iterable[Sent]:
    return (Sent(0.0, name.replace("ilex/1/", "ilex/2/", 1), payload),)


def run(*, short: bool) -> list[Figure]:
    """Each pair for a while, one after the other; then the other major version, and what it was not rid of."""
    cell_s = SHORT_CELL_S if short else CELL_S
    chance = random.Random(20)  # noqa: S311 - no secret
    edges = {"an earlier agent": earlier, "this agent": same, "a later agent": later(chance)}
    services = {"an earlier service": earlier, "this service": same}
    red = []
    with Rig([Machines([NAME])]) as rig:
        for edge, up in edges.items():
            for service, down in services.items():
                words = _pair(rig, cell_s, up, down)
                print(f"F20: {edge}, {service}: {words or 'whole'}", file=sys.stderr, flush=True)
                red += [words] if words else []
        begun_s, before = time.monotonic(), _set_aside(rig)
        with Relay(rig, NAME, of_another_major):
            rig.until(
                lambda: any(said["outdated"] and at_s > begun_s for at_s, said in list(rig.screen.said["keeping"])), "not told", WAIT_S
            )
            rig.later(cell_s)
            rig.mark()
            kept = not rig.whole()
            aside = _set_aside(rig) - before
        brought_s = rig.until(rig.whole, "not brought back", WHOLE_S)
        print(f"F20: {aside:,} messages of another major version set aside; all stored {brought_s:.1f} s after", file=sys.stderr)
        total, starts = rig.finish().total, len(rig.service.starts)
    return [
        none("F20", "pairs of an earlier, this or a later agent with an earlier or this service that fail", len(red), "6"),
        Figure("F20", "messages of another major version set aside, none called stored", "all", f"{aside:,}", kept and aside > 0),
        none("F20", "samples lost or twice, once it is understood", total.lost + total.duplicated, f"{total.attempted:,}"),
        none("F20", "restarts of the service", starts - 1),
    ]


def _pair(rig: Rig, cell_s: float, up: Change, down: Change) -> str:
    """A set between the two; what was wrong, in words."""
    before = _set_aside(rig)
    with Relay(rig, NAME, through(up), through(down)):
        begun_s = time.monotonic()
        try:
            rig.until(lambda: _started(rig), "no set starts", WAIT_S)
            rig.until(lambda: rig.live_again(begun_s), "not live", WAIT_S)
            rig.later(cell_s)
            rig.mark()
            rig.until(rig.whole, "not called stored", WAIT_S)
            rig.call("DELETE", f"/api/v1/machines/{NAME}/plan")
        except AssertionError as error:
            return str(error).splitlines()[0]
    aside = _set_aside(rig) - before
    return f"{aside} messages set aside" if aside else ""


def _told(rig: Rig, since_s: float) -> bool:
    return any(said["outdated"] and at_s > since_s for at_s, said in list(rig.screen.said["keeping"]))


def _started(rig: Rig) -> bool:
    """False while the machine is still on its way to the other broker."""
    try:
        rig.put_plan(NAME)
        rig.call("POST", f"/api/v1/machines/{NAME}/start", {"id": str(uuid.uuid4())})
    except Refused:
        return False
    return True


def _set_aside(rig: Rig) -> int:
    return round(sum(value for name, value in metrics(rig).items() if name.startswith("ilex_quarantined") and not name.endswith("created")))
