"""Decision 0267: limits passed before a set that moves off by itself is known (contract 1, 4; detection 6)."""

import pytest

from service.analysis import Session
from tests.service.analysis.invariants import check
from tests.service.analysis.motion import PLAN, Samples, of, path
from wire.events import Event, SetStarted, SpeedExceeded
from wire.messages import Input

QUICK = ((0.0, 0.0), (3.0, 0.0), (3.6, 1.0), (5.6, 1.0), (8.6, 0.0), (9.6, 0.0))


def fed(samples: Samples, size: int = 50) -> tuple[bool, list[Event]]:
    """Whether the cue ran at the end; and what was told."""
    session = Session(PLAN)
    told = [event for part in samples.cut(size) for event in session.feed(part.t_ns, part.angle_deg, part.torque_nm)]
    running = session.cue.running
    told += session.apply(Input(kind="end"))
    check(told)
    return running, told


def stops(told: list[Event]) -> list[SpeedExceeded]:
    return [event for event in of(told, SpeedExceeded) if event.level == "stop"]


class TestOfASetThatMovementBegins:
    @pytest.mark.parametrize("rate_hz", [100.0, 1000.0])
    def test_the_speed_of_its_first_extension_is_told_as_soon_as_it_is_known(self, rate_hz: float) -> None:
        running, told = fed(path(*QUICK[:4], rate_hz=rate_hz))
        (started,) = of(told, SetStarted)
        (stop,) = stops(told)
        assert (stop.set, stop.known_s) == (1, started.known_s)
        assert started.at_s <= stop.at_s < stop.known_s
        assert stop.speed_deg_s < -60.0
        assert not running

    def test_the_same_events_come_of_every_chunking(self) -> None:
        samples = path(*QUICK)
        assert fed(samples, 1)[1] == fed(samples, 7)[1] == fed(samples, len(samples.t_ns))[1]

    def test_what_was_passed_before_it_began_is_not_its_own(self) -> None:
        told = fed(path((0.0, 0.6), (3.0, 0.6), (3.3, 0.0), (3.6, 0.0), (7.6, 1.0), (9.6, 1.0), (12.6, 0.0), (13.6, 0.0)))[1]
        assert of(told, SetStarted)
        assert not of(told, SpeedExceeded)

    def test_what_was_passed_long_ago_is_past(self) -> None:
        told = fed(path((0.0, 0.0), (3.0, 0.0), (3.13, 0.22), (5.5, 0.22), (8.5, 1.0), (10.5, 1.0), (13.5, 0.0), (14.5, 0.0)))[1]
        assert of(told, SetStarted)
        assert not of(told, SpeedExceeded)
