"""What a machine's line is given back after a restart of the service: its session, its recordings, the samples that they hold."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.live.record import Record

if TYPE_CHECKING:
    from service.live.line import Line
    from service.live.resuming import Resumed


def take_up(line: "Line", resumed: "Resumed", now_ns: int) -> None:
    """A session that ran when the service was killed goes on; what came meanwhile is dealt with when the line is ready."""
    running, boot = resumed.running, resumed.boot
    line.plan, line.plan_known = running.plan, True
    # It was on: what calls it off is its own word or its will (contract 5), and the broker has yet to bring either.
    line.presence.online = True
    line.judge_feed(now_ns)
    line.sessions.take_up(running, resumed.recorded_id, now_ns)
    restore(line, running, resumed.utc_offsets_ns)
    if boot is not None:
        line.lane.take_up(running, boot, resumed.next, resumed.utc_offsets_ns[boot], now_ns)
    running.restarted_utc = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    running.remark("restart")
    line.answers.restore(running.told)
    for verb, action in resumed.actions:
        line.orders.remember(verb, action)
    for event in resumed.events:
        line.orders.answered(running.named(event))
    line.sessions.announce([event for event in resumed.events if event.id > resumed.recorded_id])
    running.flush()
    line.show()


def take_back(line: "Line", record: Record, reason: str | None, utc_offsets_ns: dict[str, int]) -> None:
    """A recording that a kill left open goes on being one of a session that ended, or (None) of one that nobody saw."""
    restore(line, record, utc_offsets_ns)
    last = {boot: held.last for boot, held in record.recorded.items()}
    if reason is None and last:
        boot = next(reversed(last))
        record.ends.clear()
        line.backlog.go_on(record, boot, last[boot])
        return
    record.end(reason or "interrupted", {**last, **record.ends})
    line.sessions.settle(record, reason or "interrupted")


def let_go(line: "Line", record: Record) -> None:
    """A recording that could not be gone on with: nothing more comes into it."""
    line.sessions.let_go(record)
    line.settling.let_go(record)
    line.backlog.let_go(record)
    if record.recorder is not None:
        record.recorder.close()


def restore(line: "Line", record: Record, utc_offsets_ns: dict[str, int]) -> None:
    """What a recording from before a restart holds is known to be here."""
    line.labels.restore(utc_offsets_ns)
    for boot, held in record.recorded.items():
        ledger = line.ledger(boot)
        for span in held:
            for first, last in ledger.seen.gaps(*span):
                ledger.record(record.session, first, last)
        line.unsaid.add(boot)
