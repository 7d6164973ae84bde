"""A plan from a JSON file, for commands."""

from pathlib import Path
from typing import Any

import msgspec

from service.cli.fault import CommandFault
from wire.plan import Plan, plan_faults


def plan_from(file: Path) -> Plan:
    """The plan in a JSON file. Raises CommandFault naming the file, and each fault with its JSON pointer."""
    try:
        raw = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except OSError as error:
        raise CommandFault(f"{file}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CommandFault(f"{file}: not a plan: {error}") from error
    faults = plan_faults(raw)
    if faults:
        raise CommandFault(f"{file}: " + "; ".join(f"{fault.pointer or '(plan)'}: {fault.message}" for fault in faults))
    return msgspec.convert(raw, Plan)
