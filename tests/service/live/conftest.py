"""What makes the waits of these tests short: the intervals are the same rules, counted in shorter times."""

import pytest

from service.live import line


@pytest.fixture(autouse=True)
def _stored_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """`stored` comes ten times a second, not once."""
    monkeypatch.setattr(line, "STORE_NS", 100_000_000)
