"""What every scenario must come to, whatever was done (robustness 1.3)."""

import contextlib

from benchmarks.faults.account import Ledger, event_faults
from benchmarks.faults.rig import Rig

COMES_BACK_S = 60.0
"""Whatever is waited for comes by itself; how soon is measured by the soak, not here, beside other tests on the same cores."""


def assert_nothing_lost(rig: Rig, ledger: Ledger) -> None:
    """Every sample taken stands in a finished recording, once and unaltered, or was refused at rest; events as shown, once, in order."""
    print(ledger.total)
    total = ledger.total
    assert ledger.faults == []
    assert ledger.lost == {}
    assert (total.duplicated, total.withdrawn, total.unfounded, total.altered, total.invented) == (0, 0, 0, 0, 0)
    assert total.attempted == total.stored + total.refused + total.in_flight
    assert rig.unfinished() == []
    assert (rig.screen.repeated, rig.screen.contradicted, rig.screen.skipped_ids) == (0, [], [])
    with contextlib.suppress(AssertionError):  # the last of them may still be on their way to the screen
        rig.until(lambda: not event_faults(ledger.recordings, rig.screen.events), "the screen was not told of all events", COMES_BACK_S / 6)
    assert event_faults(ledger.recordings, rig.screen.events) == []
    assert [seen.backwards for seen in rig.screen.frames.values() if seen.backwards] == []
    assert sum(session["completeness"]["missing"] for session in rig.sessions()) == 0
