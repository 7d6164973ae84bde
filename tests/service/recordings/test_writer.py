"""The event loop never waits for the medium, whatever a sync of the same recording is doing (decision 0040)."""

import errno
import threading
from pathlib import Path

import pytest
from mcap.reader import make_reader

from service.recordings.writer import Writer
from tests.service.recordings.slow import Slow

MOST_S = 20.0
"""Only a test that fails waits as long."""


@pytest.mark.parametrize("call", ["write", "sync"])
def test_whoever_writes_waits_for_no_rewrite(tmp_path: Path, call: str) -> None:
    """A sync that failed is got over by writing the whole file anew; a bad disk may take any time over that."""
    disk = Slow(tmp_path)
    writer = Writer(tmp_path / "s1.mcap.part", disk=disk)
    channel = writer.channel("/numbers", "json", 0)

    def put(number: int) -> None:
        writer.message(channel, number, b"%d" % number)
        writer.cut()
        writer.write()

    for number in range(20):
        put(number)
    disk.fail(disk.calls + 1, errno.EIO)
    with pytest.raises(OSError, match="rror"):
        writer.sync()
    busy, written = threading.Event(), threading.Event()
    in_time: list[bool] = []

    def during(name: str) -> None:
        if name == call and not busy.is_set():
            busy.set()
            in_time.append(written.wait(MOST_S))

    disk.during = during
    syncing = threading.Thread(target=writer.sync)
    syncing.start()
    assert busy.wait(MOST_S)
    for number in range(20, 40):
        put(number)
    written.set()
    syncing.join()
    assert in_time == [True]
    put(40)
    writer.finish()
    writer.close()
    with writer.path.open("rb") as file:
        found = [int(message.data) for _, _, message in make_reader(file, validate_crcs=True).iter_messages()]
    assert found == list(range(41))
