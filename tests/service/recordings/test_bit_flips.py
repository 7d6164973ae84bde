"""A bit that flips in a recording on its disk (robustness F24): always noticed, and what it did not touch is given back."""

from contextlib import suppress
from pathlib import Path
from random import Random

import numpy as np
import pytest

from service.recordings import recover
from service.recordings.survey import survey
from tests.service.recordings.sessions import BOOT, movement, record
from wire import framing
from wire.capture import Capture
from wire.recorded import Block, RecordedError


def noticed(path: Path) -> bool:
    try:
        return survey(path).damage is not None
    except RecordedError:
        return True


@pytest.mark.parametrize("finish", [True, False])
def test_it_is_noticed_wherever_it_is(tmp_path: Path, finish: bool) -> None:
    path = record(tmp_path, finish=finish, repetitions=2)
    data = path.read_bytes()
    assert survey(path).damage is None or not finish
    whole = survey(path).damage
    random = Random(24)
    # A last seal whose head is no longer one leaves what it sealed as it is: a recording cut just before it.
    stop = len(data) if finish else len(data) - framing.HEAD.size - framing.SEAL_BODY.size
    places = [*range(0, 1200, 17), *random.sample(range(stop), 60), *range(stop - 1500, stop, 29)]
    for at in places:
        flipped = bytearray(data)
        flipped[at] ^= 1 << random.randrange(8)
        path.write_bytes(flipped)
        if finish:
            assert noticed(path), at
            with pytest.raises(RecordedError):
                _all(path)
        else:
            with suppress(RecordedError):
                assert survey(path).damage != whole, at
    path.write_bytes(data)
    assert survey(path).damage == whole


def _all(path: Path) -> None:
    capture = Capture(path)
    if capture.damage is not None:
        raise RecordedError(path, capture.damage, "is cut")


def test_what_it_did_not_touch_is_given_back_as_it_was(tmp_path: Path) -> None:
    path = record(tmp_path / "whole", repetitions=4)
    data, angles = path.read_bytes(), movement(4)
    random = Random(25)
    for number, at in enumerate(random.sample(range(1200, len(data)), 15)):
        flipped = bytearray(data)
        flipped[at] ^= 1 << random.randrange(8)
        path.write_bytes(flipped)
        out = tmp_path / f"{number}.mcap"
        found = recover(path, out)
        assert found.faults
        capture = Capture(out)
        for block in capture.entries():
            if isinstance(block, Block):
                assert np.array_equal(block.angle_deg, angles[block.seq : block.seq + len(block.t_ns)])
        # A chunk is a second long at most.
        assert sum(last - first + 1 for first, last in capture.ranges()[BOOT]) > len(angles) - 200


def test_what_tells_one_message_from_another_may_be_damaged_where_it_stands_first(tmp_path: Path) -> None:
    """Robustness F24: schemas and channels stand once before the first message, and a second time at the end of a finished file."""
    path = record(tmp_path / "whole", repetitions=2)
    data = path.read_bytes()
    with path.open("rb") as file:
        first = [frame for frame in framing.frames(file) if frame.opcode in (framing.SCHEMA, framing.CHANNEL, framing.CHUNK)]
        declared = framing.declared(file)
    told = first[: next(number for number, frame in enumerate(first) if frame.opcode == framing.CHUNK)]
    assert [frame.content for frame in declared if frame.opcode == framing.CHANNEL] == [
        frame.content for frame in told if frame.opcode == framing.CHANNEL
    ]
    total = Capture(path).total
    assert total is not None
    begin, end = told[0].offset, told[-1].offset + framing.HEAD.size + len(told[-1].content)
    damaged = [data[:begin] + bytes(end - begin) + data[end:]]  # a sector that the disk doesn't give
    for frame in told:
        places = (frame.offset + 1, frame.offset + framing.HEAD.size, frame.offset + framing.HEAD.size + 4)
        damaged += [data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :] for at in places]
    angles = movement(2)
    for number, each in enumerate(damaged):
        path.write_bytes(each)
        found = recover(path, tmp_path / f"{number}.mcap")
        assert found.faults
        # What stands before the next seal, a second at most, may go with it.
        assert found.samples >= total - 150, number
        for block in Capture(found.path).entries():
            if isinstance(block, Block):
                assert np.array_equal(block.angle_deg, angles[block.seq : block.seq + len(block.t_ns)])


def test_a_summary_that_is_damaged_itself_declares_nothing(tmp_path: Path) -> None:
    path = record(tmp_path, repetitions=1)
    data = path.read_bytes()
    with path.open("rb") as file:
        begin = next(frame.offset for frame in framing.frames(file) if frame.opcode == framing.DATA_END)
    for at in range(begin + framing.HEAD.size + 4, len(data), 7):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with path.open("rb") as file:
            assert framing.declared(file) == [], at
    for length in range(0, len(data), 97):
        path.write_bytes(data[:length])
        with path.open("rb") as file:
            assert framing.declared(file) == []
