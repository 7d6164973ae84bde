"""What whoever starts at a machine has made sure of, and what speaks against it: the wrong patient (H02), an old calibration (H07)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from service.live import calibration
from service.live.errors import AnotherPatient, CalibrationExpired, PatientElsewhere

if TYPE_CHECKING:
    from service.live.line import Line


class Confirmation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The alias that was seen to be the patient's own, null = the plan names none; `calibration`: that it has expired is known."""

    label: str | None
    calibration: Literal["expired"] | None = None


def check(line: "Line", others: Iterable["Line"], confirmed: Confirmation) -> None:
    """Raises AnotherPatient, PatientElsewhere, CalibrationExpired."""
    label = line.plan.label if line.plan is not None else None
    if label != confirmed.label:
        raise AnotherPatient(f"{line.machine}: the plan is for {label or 'nobody by name'}, confirmed was {confirmed.label or 'nobody'}")
    check_alone(line.machine, label, others)
    if confirmed.calibration is None and calibration.expired(_calibration(line), datetime.now(UTC)):
        raise CalibrationExpired(f"{line.machine}: its calibration is more than {calibration.VALID_DAYS} days old")


def check_alone(machine: str, label: str | None, others: Iterable["Line"]) -> None:
    """Raises PatientElsewhere where a session of the same alias is open at another machine."""
    if label is None or not _plain(label):
        return
    for other in others:
        running = other.running
        if other.machine == machine or running is None or running.plan is None or running.plan.label is None:
            continue
        if _plain(running.plan.label) == _plain(label):
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


def _plain(label: str) -> str:
    """The same alias, however it was typed."""
    return " ".join(label.split()).casefold()
