"""architecture.md, house rules: every threshold in one record with unit, default and source."""

import pytest

from service.analysis.parameters import Parameters, described


def test_each_parameter_has_a_unit_and_a_source() -> None:
    table = described(Parameters())
    assert set(table) == set(Parameters.__struct_fields__)
    assert all(row["unit"] and row["source"] for row in table.values())


def test_a_value_that_is_not_positive_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="idle_s: expected a finite number above 0, got -1"):
        Parameters(idle_s=-1.0)
    with pytest.raises(ValueError, match="idle_s"):
        Parameters(idle_s=float("nan"))


def test_shares_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="must hold"):
        Parameters(short=0.95)
