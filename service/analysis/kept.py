"""The parameters that a recording was made with, as this version can use them. Pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from service.analysis.parameters import Parameters
from wire.errors import WireError
from wire.recorded import Recorded, RecordedError


class Kept(NamedTuple):
    """`parameters`: what the recording keeps, and this version's values for the names in `lacking`, which it doesn't keep.

    `gone`: names that it keeps and this version doesn't have.
    """

    parameters: Parameters
    lacking: frozenset[str] = frozenset()
    gone: tuple[str, ...] = ()

    @property
    def own(self) -> bool:
        """Whether these are this version's parameters and no others: the same ones are kept, or none at all."""
        some = 0 < len(self.lacking) < len(Parameters.__struct_fields__)
        return not (some or self.gone or self.otherwise())

    def otherwise(self) -> dict[str, tuple[float, float]]:
        """What it keeps otherwise than this version has it: name -> (recorded, this version's)."""
        own = Parameters()
        pairs = {name: (getattr(self.parameters, name), getattr(own, name)) for name in Parameters.__struct_fields__}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def kept(about: Mapping[str, str]) -> Kept:
    """Of a recording's `ilex` record. Raises WireError where they can't be used, or not together with this version's."""
    try:
        said = msgspec.json.decode(about.get("parameters", "{}"), type=dict[str, Any])
        plain = {name: value["value"] if isinstance(value, dict) else value for name, value in said.items()}
        known = {name: value for name, value in plain.items() if name in Parameters.__struct_fields__}
        parameters = msgspec.convert(known, Parameters)
    except (msgspec.DecodeError, KeyError) as error:
        raise WireError("field", "/parameters", f"this version can't use what it was recorded with: {error}") from error
    return Kept(parameters, frozenset(Parameters.__struct_fields__) - known.keys(), tuple(name for name in plain if name not in known))


def kept_by(recorded: Recorded) -> Kept:
    """Of an opened recording. Raises RecordedError."""
    try:
        return kept(recorded.metadata)
    except WireError as error:
        raise RecordedError(recorded.path, "", str(error)) from error
