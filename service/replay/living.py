"""What the analysis of a running session has in mind (decision 0207): `python -m` this with a `.mcap.part`.

It is lived again as it grows, as far as it is on disk. A question (`answering`) is what is wanted, an answer a line of JSON and, where
there is one, the stretch behind it.
"""

import sys
from pathlib import Path

import msgspec

from service import kernels
from service.analysis import engine
from service.analysis.inside import UNITS
from service.recordings.rerun import kept_parameters
from service.replay.answering import bounded, serve
from service.replay.looking import Life
from service.replay.pyramid import Pyramid, grounded
from service.replay.stretches import Wanted, stretch
from service.replay.tail import Fresh, Tail
from wire import encoding, samples
from wire.arrivals import Arrivals
from wire.capture import plan_of
from wire.channels import INPUTS, SAMPLES
from wire.messages import Input
from wire.pieces import coalesced, part_of
from wire.recorded import ROWS_PER_BLOCK, RecordedError
from wire.samples import SampleBatch

LONG = 100_000
"""Samples: a session that runs may become long, so kernels that are kept are loaded; none are compiled for it."""


class Answer(msgspec.Struct, omit_defaults=True):
    """Why the recording can't be read; null where the stretch follows."""

    unreadable: str | None = None


class Living:
    """One `.mcap.part`, lived again as it grows: what is new is all that is analysed."""

    def __init__(self, part: Path) -> None:
        self.part = part
        self._tail = Tail(part, (SAMPLES, INPUTS))
        self._begin()

    def _begin(self) -> None:
        self._arrivals = Arrivals()
        self._life = Life(plan_of(self._tail.about), kept_parameters(self._tail.about))

    def update(self) -> Pyramid:
        """Everything so far. Raises RecordedError."""
        fresh = self._tail.fresh()
        try:
            if fresh.anew:
                self._begin()
            for entry in coalesced(self._entries(fresh), ROWS_PER_BLOCK):
                self._life.take(entry if isinstance(entry, Input) else self._arrivals.block(entry))
        except ValueError as error:
            raise RecordedError(self.part, "", str(error)) from error
        about = self._life.gather()
        return grounded(self._life.grown.t_s, self._life.grown.values, UNITS, about)

    def _entries(self, fresh: Fresh) -> list[SampleBatch | Input]:
        """What was fed live, in that order, as `Capture.lived` gives it."""
        found: list[SampleBatch | Input] = []
        for topic, message in fresh.messages:
            if topic == INPUTS:
                found.append(encoding.decode(message.data, Input))
                continue
            batch = samples.decode(message.data)
            late = self._arrivals.take(batch, message.log_time, message.publish_time)
            if late < batch.n:
                found.append(part_of(batch, batch.seq + late, batch.seq + batch.n - 1))
        return found


def main(part: Path) -> int:
    """Answers until nobody asks any more."""
    bounded()
    engine.use(kernels.for_samples(LONG))
    living = Living(part)

    def answered(question: bytes) -> bytes:
        body, answer = b"", Answer()
        try:
            body = stretch(living.update(), msgspec.json.decode(question, type=Wanted))
        except RecordedError as error:
            answer.unreadable = error.message
        return msgspec.json.encode(answer) + b"\n" + body

    return serve(answered)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
