"""The example notebook runs from top to bottom and says what stands in it (issue 6, point 6)."""

from tests.ilex.notebook import executed, read, told


def test_it_runs_and_says_what_it_said() -> None:
    lying, now = told(read()), told(executed())
    assert now == lying, "if this is meant: python -m tests.ilex.notebook"
    assert now.count("a picture") == 1
    assert len(now) > 10
