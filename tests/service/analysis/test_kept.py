"""The parameters that a recording keeps, as this version can use them (decision 0206)."""

import json
from pathlib import Path

import pytest

from service.analysis import Parameters
from service.analysis.kept import kept, kept_by
from service.analysis.parameters import described
from tests.service.recordings.sessions import record
from wire.capture import Capture
from wire.errors import WireError
from wire.recorded import RecordedError

NAMES = frozenset(Parameters.__struct_fields__)


def test_this_versions_own_are_its_own() -> None:
    found = kept({"parameters": json.dumps(described(Parameters()))})
    assert (found.parameters, found.lacking, found.gone, found.own) == (Parameters(), frozenset(), (), True)


@pytest.mark.parametrize("about", [{}, {"parameters": "{}"}])
def test_a_recording_that_keeps_none_has_this_versions(about: dict[str, str]) -> None:
    found = kept(about)
    assert (found.parameters, found.lacking, found.own) == (Parameters(), NAMES, True)


def test_older_ones_are_taken_with_this_versions_beside_them() -> None:
    found = kept({"parameters": '{"full": {"value": 0.94, "unit": "share", "source": "x"}, "short": 0.9, "bygone_s": 3}'})
    assert found.parameters == Parameters(full=0.94)
    assert found.lacking == NAMES - {"full", "short"}
    assert found.gone == ("bygone_s",)
    assert found.otherwise() == {"full": (0.94, 0.93)}
    assert not found.own


@pytest.mark.parametrize("alone", [{"full": 0.94}, {"bygone_s": 3}, None])
def test_one_that_differs_is_gone_or_is_lacking_is_enough_to_be_another(alone: dict[str, float] | None) -> None:
    same = {name: getattr(Parameters(), name) for name in NAMES}
    changed = {name: value for name, value in same.items() if name != "full"} if alone is None else same | alone
    assert not kept({"parameters": json.dumps(changed)}).own


@pytest.mark.parametrize("text", ['{"partial": 0.95}', '{"full": "much"}', '{"full": {"unit": "share"}}', "[1]", "{", '{"full": -1}'])
def test_what_can_not_be_used_is_said(text: str) -> None:
    with pytest.raises(WireError, match="/parameters: this version can't use what it was recorded with: "):
        kept({"parameters": text})


def test_whose_they_are_is_said(tmp_path: Path) -> None:
    path = record(tmp_path, about={"parameters": '{"partial": 0.95}'})
    with pytest.raises(RecordedError, match=rf"{path.name}: /parameters: this version can't use"):
        kept_by(Capture(path))
