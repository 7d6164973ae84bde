"""What holds of every stream of events, whatever was fed (contract 4): one function, used by the battery and the made-up streams."""

from itertools import groupby, pairwise

import msgspec

from wire.events import (
    CadenceDeviated,
    Event,
    Failure,
    FailureLikely,
    PhaseEntered,
    RepetitionCompleted,
    RepetitionStarted,
    ReserveEstimated,
    SetEnded,
    SetStarted,
    SignalFaulted,
    SignalRestored,
    Unable,
)

ORDER = {PhaseEntered: 0, RepetitionCompleted: 1, CadenceDeviated: 2, ReserveEstimated: 3, Failure: 4, SetEnded: 6}
REST = 5
EXTENTS = ("full", "short", "partial", "attempt")


def encoded(told: list[Event]) -> list[bytes]:
    """Events to the bit."""
    return [msgspec.json.encode(event) for event in told]


def check(told: list[Event], answers: list[list[Event]] | None = None) -> None:
    """Raises AssertionError where a stream of events breaks the contract. `answers` are the same events, call by call."""
    assert [event.id for event in told] == list(range(1, len(told) + 1))
    for earlier, later in pairwise(told):
        assert earlier.known_s <= later.known_s
    for answer in answers if answers is not None else [told]:
        for _, together in groupby(answer, key=lambda event: event.known_s):
            ranks = [ORDER.get(type(event), REST) for event in together]
            assert ranks == sorted(ranks)
    for event in told:
        assert event.at_s <= event.known_s + 1e-9, event
        finite(event)
    faults(told)
    started = [event.set for event in told if isinstance(event, SetStarted)]
    assert started == list(range(1, len(started) + 1))
    for number in started:
        one_set([event for event in told if event.set == number])
    assert {event.set for event in told} <= {None, *started}


def finite(event: Event) -> None:
    """JSON never holds NaN, and JSON gives the same event again."""
    text = msgspec.json.encode(event)
    assert msgspec.json.decode(text, type=type(event)) == event
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if isinstance(value, float):
            assert value - value == 0.0, (name, event)


def faults(told: list[Event]) -> None:
    """A fault is restored before it comes again, and nothing is restored that did not come."""
    active: set[tuple[str, str]] = set()
    for event in told:
        if isinstance(event, SignalFaulted):
            assert (event.channel, event.fault) not in active, event
            active.add((event.channel, event.fault))
        elif isinstance(event, SignalRestored):
            assert (event.channel, event.fault) in active, event
            active.remove((event.channel, event.fault))


def one_set(told: list[Event]) -> None:
    """The events of one set, in order: it starts first, ends once and last, and its counts are those of its repetitions."""
    assert isinstance(told[0], SetStarted)
    assert isinstance(told[-1], SetEnded)
    assert [type(event) for event in told].count(SetEnded) == 1
    done = [event for event in told if isinstance(event, RepetitionCompleted)]
    begun = [event.repetition for event in told if isinstance(event, RepetitionStarted)]
    assert begun == list(range(1, len(begun) + 1))
    assert [event.repetition for event in done] == begun
    ended = told[-1]
    assert isinstance(ended, SetEnded)
    for extent in EXTENTS:
        assert getattr(ended, extent) == sum(event.extent == extent for event in done)
    assert ended.duration_s >= 0.0
    works = [event.work_j for event in done if event.work_j is not None]
    assert (ended.work_j is None) == (not works)
    for each in done:
        repetition(each)
    for earlier, later in pairwise(done):
        if earlier.end_s is not None and later.extension_start_s is not None:
            assert earlier.end_s <= later.extension_start_s
    once: set[tuple[object, ...]] = set()
    key: tuple[object, ...]
    torque = any(event.peak_torque_nm is not None for event in done)
    number = 0
    for event in told:
        if isinstance(event, RepetitionStarted):
            number = event.repetition
        elif hasattr(event, "repetition") and not isinstance(event, (PhaseEntered, CadenceDeviated, ReserveEstimated, RepetitionCompleted)):
            key = (type(event), event.repetition)
            assert key not in once, event
            once.add(key)
            assert event.repetition == number
        if isinstance(event, CadenceDeviated):
            key = (CadenceDeviated, event.repetition, event.phase)
            assert key not in once, event
            once.add(key)
            assert event.phase == "turn" or event.repetition == number
        elif isinstance(event, (Failure, FailureLikely)):
            assert torque, event
            assert 0.0 <= event.confidence <= 1.0
        elif isinstance(event, Unable):
            assert (Unable, event.reason) not in once
            once.add((Unable, event.reason))
        elif isinstance(event, ReserveEstimated):
            assert 0 <= event.low <= event.repetitions_left <= event.high


def repetition(event: RepetitionCompleted) -> None:
    """Boundaries in their order, durations never negative, shares between 0 and 1; a full one that came down has all four."""
    boundaries = [event.extension_start_s, event.hold_start_s, event.flexion_start_s, event.end_s]
    known = [each for each in boundaries if each is not None]
    assert known == sorted(known), event
    assert event.extension_start_s is not None
    if event.extent == "full" and event.end_s is not None:
        assert len(known) == 4, event
    for seconds in (event.extension_s, event.hold_s, event.flexion_s, event.turn_s, event.work_j, event.rmse_deg):
        assert seconds is None or seconds >= 0.0, event
    if event.time_in_band is not None:
        assert 0.0 <= event.time_in_band <= 1.0
    assert event.flags == sorted(set(event.flags))
    assert ("no_torque" in event.flags) == (event.peak_torque_nm is None)
