"""A plan beyond the machine's stops is refused before the set (H08, decision 0259), by what its status says (contract 2)."""

from typing import Any

from service.live.errors import BeyondStops
from wire.messages import Status
from wire.plan import Fault, Plan


def check(machine: str, plan: Plan, status: Status | None) -> None:
    """Raises BeyondStops where an end of the plan's range lies beyond a stop; nothing is known of a machine that names none."""
    travel = (status.calibration or {}).get("travel") if status is not None else None
    faults = [] if not isinstance(travel, dict) else _beyond(plan, travel)
    if faults:
        raise BeyondStops(f"{machine}: {faults[0].pointer}: {faults[0].message}", faults)


def _beyond(plan: Plan, travel: dict[str, Any]) -> list[Fault]:
    least, most = travel.get("extension_deg"), travel.get("flexion_deg")
    found = []
    if isinstance(most, int | float) and plan.range.flexion_deg > most:
        found.append(Fault("/range/flexion_deg", f"expected at most {most:g} (the machine's stop), got {plan.range.flexion_deg:g}"))
    if isinstance(least, int | float) and plan.range.extension_deg < least:
        found.append(Fault("/range/extension_deg", f"expected at least {least:g} (the machine's stop), got {plan.range.extension_deg:g}"))
    return found
