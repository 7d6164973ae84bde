"""A complete recording's result, computed once more from the recording and written into it (contract 2): `python -m` this, FILE...

It runs as a process of its own, after all others: analysing an hour takes seconds that the live event loop doesn't have.
"""

import sys
import time
from importlib.metadata import version
from pathlib import Path

import msgspec

from disk import DISK, Disk
from service.recordings.copying import copy
from service.recordings.names import FINAL
from service.recordings.reading import apart, events
from service.recordings.rerun import recorded_parameters, rerun
from service.recordings.writer import Writer
from wire.capture import Capture
from wire.channels import EVENTS_FINAL
from wire.events import Event
from wire.messages import Input
from wire.recorded import Block, RecordedError

Identity = tuple[int, int, int]


def finalise(path: Path, disk: Disk = DISK) -> bool:
    """Writes `/events_final` and the record `final` into a recording. Returns False, and changes nothing, if samples are missing.

    Done once: a recording that is final stays as it is. The new file takes the old one's place only when it has been read back, and
    if that one has not been replaced meanwhile, by one that holds more. Raises RecordedError, OSError.
    """
    before = _identity(path)
    capture = Capture(path)
    if capture.damage:
        raise RecordedError(path, capture.damage, "is cut; only a whole recording can be made final")
    if capture.final is not None:
        return True
    if capture.completeness.get("missing") != "0":
        return False
    texts = [(event, msgspec.json.encode(event)) for event in rerun(capture)]
    about = {
        "version": version("ilex"),
        "computed_utc": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "parameters": msgspec.json.encode(recorded_parameters(capture)).decode(),
        **_difference(events(path, "live"), [text for _, text in texts]),
    }
    _rewrite(path, before, capture, texts, about, disk)
    return True


def _rewrite(path: Path, before: Identity, capture: Capture, texts: list[tuple[Event, bytes]], about: dict[str, str], disk: Disk) -> None:
    part = path.with_name(path.name.removesuffix(".mcap") + FINAL)
    if part.exists():
        disk.remove(part)
    first_ns = _first_ns(capture)
    faults: list[str] = []
    writer = Writer(part, disk=disk)
    try:
        topics = copy(path, writer, faults, without=(EVENTS_FINAL, "final")).topics
        for event, text in texts:
            writer.message(topics[EVENTS_FINAL], capture.utc_ns(first_ns + round(event.known_s * 1e9)), text)
        writer.metadata("final", about)
        writer.finish()
        writer.verify()
        written = Capture(part)
        if faults or written.damage or written.total != capture.total or len(events(part, "final")) != len(texts):
            raise RecordedError(path, "", f"its copy doesn't read back: {'; '.join(faults)}")
        if _identity(path) != before or path.with_name(f"{path.name}.part").exists():
            raise RecordedError(path, "", "more of it has come meanwhile")
    except BaseException:
        writer.close()
        if part.exists():
            disk.remove(part)
        raise
    writer.rename(path)
    writer.close()


def _identity(path: Path) -> Identity:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_mtime_ns


def _first_ns(capture: Capture) -> int:
    for entry in capture.entries():
        if isinstance(entry, Block):
            return int(entry.t_ns[0])
        assert isinstance(entry, Input)
    return 0


def _difference(live: list[bytes], final: list[bytes]) -> dict[str, str]:
    """How many events stand in one version only; the events themselves are both in the file."""
    return {"events": str(len(final)), **{name: str(len(found)) for name, found in apart(live, final).items()}}


def main(arguments: list[str]) -> int:
    """The command line. Exit codes: 0 all are final, 1 some aren't (one line each says why), 2 wrong use."""
    if not arguments:
        print("usage: python -m service.recordings.finalise FILE...", file=sys.stderr)
        return 2
    code = 0
    for name in arguments:
        path = Path(name)
        try:
            if not finalise(path):
                print(f"{path}: samples are missing, so its result stays as shown live", file=sys.stderr)
                code = 1
        except (RecordedError, OSError) as error:
            print(error, file=sys.stderr)
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
