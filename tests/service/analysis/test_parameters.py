"""architecture.md, house rules: every threshold in one record with unit, default and source."""

import pytest

from service.analysis.parameters import RISING, Parameters, described


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
    with pytest.raises(ValueError, match="boundary_high: expected a share below 1"):
        Parameters(boundary_high=1.0)


def test_a_sign_that_would_count_in_full_before_it_begins_is_refused() -> None:
    """Decision 0217: a sign counts from one value to another, in proportion."""
    for least, most in RISING[1:]:
        with pytest.raises(ValueError, match=f"{least} < {most} must hold"):
            Parameters(**{least: getattr(Parameters(), most)})
