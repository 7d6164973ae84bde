"""A recording opened as far as it is good: damage in its midst is left out and told, never read over (robustness F24)."""

import shutil
import tempfile
import weakref
from collections import Counter
from pathlib import Path

from service.recordings.copying import NothingWholeError
from service.recordings.recovery import recover
from wire import channels, framing
from wire.capture import Capture
from wire.recorded import Recorded, RecordedError, UnfitError, open_recorded
from wire.room import MIB

MOST_FAULTS = 3
OURS = (channels.SAMPLES, channels.INPUTS, channels.SIGNALS, channels.EVENTS, channels.EVENTS_FINAL, channels.NOTES)
MOST_TIMES = 4
"""A copy is as large as the file, or a little larger where another program packed that one; a bomb's would be so many times as large."""


def open_whole(path: Path) -> Recorded:
    """A recording as `open_recorded` opens it; of a damaged MCAP file what `ilex recover` would give, its `damage` in words.

    Raises RecordedError where nothing can be had, OSError.
    """
    try:
        return open_recorded(path)
    except RecordedError as error:
        return salvaged(path, error)


def open_capture(path: Path) -> Capture:
    """The same of a file that is a session's."""
    try:
        return Capture(path)
    except RecordedError as error:
        return salvaged(path, error)


def salvaged(path: Path, error: RecordedError) -> Capture:
    """What is whole of a file that `error` was raised for; raises that where nothing is, or where no damage is the reason. OSError.

    It is copied into a folder of its own first, which goes with the recording: it takes as much room there as the session's channels in
    the file do, and no more memory than any other.
    """
    if isinstance(error, UnfitError) or not path.is_file() or not path.name.lower().endswith((".mcap", ".mcap.part")):
        raise error
    folder = Path(tempfile.mkdtemp(prefix="ilex-"))
    try:
        found = recover(path, folder / "whole.mcap", only=OURS, most=MOST_TIMES * path.stat().st_size + MIB)
        capture = Capture(found.path)
    except NothingWholeError:
        shutil.rmtree(folder, ignore_errors=True)
        # `ilex recover` would say no more of it.
        raise RecordedError(error.path, error.where, error.message.removesuffix(framing.ADVICE)) from None
    except RecordedError:
        shutil.rmtree(folder, ignore_errors=True)
        raise error from None  # what is wrong with the file itself, not with a copy of nothing
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if not capture.total:
        shutil.rmtree(folder, ignore_errors=True)
        raise error
    weakref.finalize(capture, shutil.rmtree, folder, ignore_errors=True)
    capture.damage = _words(found.faults)
    return capture


def _words(faults: list[str]) -> str:
    """What is wrong, once each, the first few: a damaged channel is told of by every message in it."""
    told = [fault if times == 1 else f"{fault} ({times} times)" for fault, times in Counter(faults).items()]
    more = [f"and {len(told) - MOST_FAULTS} more"] if len(told) > MOST_FAULTS else []
    return "; ".join([*told[:MOST_FAULTS], *more]) or "is damaged"
