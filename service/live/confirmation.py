"""What whoever starts at a machine has made sure of, and what speaks against it: the wrong patient (H02), an old calibration (H07)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from service.live import calibration
from service.live.errors import AnotherPatient, AnotherPlan, CalibrationExpired, PatientElsewhere
from wire.plan import alias_of

if TYPE_CHECKING:
    from service.live.line import Line


class Confirmation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The alias that was seen to be the patient's own, null = the plan names none; `calibration`: that it has expired is known.

    `session`: that of the plan which was seen, null = there was none; left out, any plan for the alias is meant.
    """

    label: str | None
    session: str | UnsetType | None = UNSET
    calibration: Literal["expired"] | None = None


def check(line: "Line", others: Iterable["Line"], confirmed: Confirmation) -> None:
    """Raises AnotherPatient, AnotherPlan, PatientElsewhere, CalibrationExpired."""
    label = line.plan.label if line.plan is not None else None
    if label != confirmed.label:
        raise AnotherPatient(f"{line.machine}: the plan is for {label or 'nobody by name'}, confirmed was {confirmed.label or 'nobody'}")
    session = line.plan.session if line.plan is not None else None
    if confirmed.session is not UNSET and session != confirmed.session:
        raise AnotherPlan(f"{line.machine}: the plan is that of session {session or 'none'}, confirmed was {confirmed.session or 'none'}")
    check_alone(line.machine, label, others)
    if confirmed.calibration is None and calibration.expired(_calibration(line), datetime.now(UTC)):
        raise CalibrationExpired(f"{line.machine}: its calibration is more than {calibration.VALID_DAYS} days old")


def check_alone(machine: str, label: str | None, others: Iterable["Line"]) -> None:
    """Raises PatientElsewhere where a session of the same alias is open at another machine."""
    if label is None or not alias_of(label):
        return
    for other in others:
        running = other.running
        if other.machine == machine or running is None or running.plan is None or running.plan.label is None:
            continue
        if alias_of(running.plan.label) == alias_of(label):
            raise PatientElsewhere(f"{label} has a session open at {other.machine}; end that one first", other.machine)


def told(line: "Line", confirmed: Confirmation) -> dict[str, Any]:
    """What of it is kept with the session."""
    made = calibration.measured(_calibration(line))
    return {
        "label": confirmed.label,
        "calibration": confirmed.calibration,
        "calibrated_utc": None if made is None else made.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }


def _calibration(line: "Line") -> dict[str, Any] | None:
    return line.presence.status.calibration if line.presence.status is not None else None
