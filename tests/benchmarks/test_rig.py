"""The harness of the faults itself (robustness 1.4): two of them at once must not make a third."""

from pathlib import Path

from benchmarks.faults.rig import Machines, Rig
from benchmarks.faults.strike import Fault, broker_frozen


def test_of_two_faults_that_want_the_broker_dead_the_one_that_ends_last_starts_it(tmp_path: Path) -> None:
    """Otherwise two brokers run, and the one that is tested is the one whose disk is gone."""
    rig = Rig([Machines(["lab/one"])], "nats", folder=tmp_path)
    assert rig.broker is not None
    kept = rig.broker.folder / "kept"
    with rig.broker:
        kept.touch()
        rig.kill_broker()
        rig.kill_broker()
        rig.start_broker(wiped=True)
        assert rig.broker_pid() is None
        broker_frozen(rig, Fault("broker_frozen", 0, 60.0, 1))  # at once, and nobody else in its place
        rig.start_broker()
        assert rig.broker_pid() is not None
        assert not kept.exists(), "its disk was to be replaced"
