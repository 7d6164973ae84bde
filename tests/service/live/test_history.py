"""What a machine's screens may ask for again (contract 5, `resume`): in memory only as long as it stands nowhere else."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from service.live import history
from service.live.history import KEPT, History, Missing
from wire.recorded import RecordedError


class Disk:
    """Recordings as far as they have been written: event texts by session."""

    def __init__(self) -> None:
        self.held: dict[str, list[bytes]] = {}
        self.reads: list[tuple[str, int]] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def read(self, session: str, after: int) -> list[bytes]:
        self.reads.append((session, after))
        self.meanwhile()
        if session not in self.held:
            raise RecordedError(Path("recording"), "", "is not on disk")
        return self.held[session][after:]


def texts(first: int, last: int) -> list[bytes]:
    return [json.dumps({"id": number}).encode() for number in range(first, last + 1)]


def filled(disk: Disk, *sessions: tuple[str, int]) -> History:
    """Sessions with so many events each, none of them stored."""
    made = History(disk.read)
    for session, count in sessions:
        made.open(session)
        for text in texts(1, count):
            made.put(session, text)
    return made


async def test_what_is_not_stored_stays() -> None:
    disk = Disk()
    events = filled(disk, ("a", 500))
    assert await events.since("a", 0) == texts(1, 500)
    assert await events.since("a", 499) == texts(500, 500)
    assert await events.since("a", 500) == []
    assert await events.since("a", 900) == []
    assert disk.reads == []


async def test_what_is_stored_is_read_from_the_recording_but_for_the_newest() -> None:
    disk = Disk()
    events = filled(disk, ("a", 500))
    events.stored("a", 300)
    disk.held["a"] = texts(1, 310)
    assert events.after("a", 10) == ([], Missing("a", 10, 300))
    for after in (0, 10, 299, 300, 499):
        assert await events.since("a", after) == texts(after + 1, 500)
    assert [after for _, after in disk.reads] == [0, 10, 299]
    events.stored("a", 500)
    assert events.after("a", 500 - KEPT) == (texts(501 - KEPT, 500), None)
    assert events.last("a") == 500


async def test_later_sessions_follow_unless_one_is_asked_for_alone() -> None:
    disk = Disk()
    events = filled(disk, ("a", 10), ("b", 100), ("c", 5))
    events.stored("a", 10, keep=0)
    events.stored("b", 80, keep=0)
    disk.held |= {"a": texts(1, 10), "b": texts(1, 80)}
    assert await events.since("a", 7) == texts(8, 10) + texts(1, 100) + texts(1, 5)
    assert await events.since("b", 90) == texts(91, 100) + texts(1, 5)
    assert await events.since(None, 0) == texts(1, 10) + texts(1, 100) + texts(1, 5)
    assert await events.since("b", 90, alone=True) == texts(91, 100)
    assert await events.since("b", 20, alone=True) == texts(21, 100)
    assert await events.since("never", 0) == []


async def test_what_comes_and_is_stored_while_the_disk_is_read_is_not_missed_nor_told_twice() -> None:
    disk = Disk()
    events = filled(disk, ("a", 100))
    events.stored("a", 100)
    disk.held["a"] = texts(1, 100)

    def more() -> None:
        if len(disk.reads) == 1:
            disk.held["a"] = texts(1, 120)
            for text in texts(101, 300):
                events.put("a", text)
            events.stored("a", 300)

    disk.meanwhile = more
    assert await events.since("a", 0, alone=True) == texts(1, 120) + texts(301 - KEPT, 300)


async def test_a_recording_that_cannot_be_read_costs_its_own_events_alone() -> None:
    disk = Disk()
    events = filled(disk, ("a", 100), ("b", 3))
    events.stored("a", 100)
    assert await events.since("a", 0) == texts(101 - KEPT, 100) + texts(1, 3)


async def test_without_a_disk_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_EVENTS", 50)
    events = filled(Disk(), ("a", 80))
    assert await events.since("a", 0) == texts(31, 80)
    for number in range(history.MOST_SESSIONS + 5):
        events.open(f"s{number}")
        events.put(f"s{number}", b"{}")
    assert "a" not in events
    assert events.last("a") == 0
    events.stored("a", 80)
    assert "s0" not in events
    assert len([name for name in (f"s{number}" for number in range(30)) if name in events]) == history.MOST_SESSIONS
