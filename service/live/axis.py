"""Where a boot that goes on with a session lies on that session's axis (contract 1, robustness F12; decision 0238)."""

from service.live.labels import Labels, utc_ns
from service.live.running import Running

FAR_NS = 10_000_000_000
"""Further than that from when it was heard an anchor is not believed. Hearing was wrong by 3.5 s at most, on a starved computer (0198);
a wall clock that nobody sets is behind by as long as the machine was without power, or by decades."""


def shift_of(running: Running, labels: Labels, boot: str, t0_ns: int, heard_ns: int, arrived_ns: int | None) -> int:
    """The axis less the clock of a further boot, whose first sample, of `t0_ns`, was heard of at `heard_ns` (monotonic).

    `arrived_ns`: when the newest sample before it came; None = before the service took the session up again. Where the boot's anchor can't
    be, that is noted, and its label is made to fit: recordings have it, so that whoever reads them places it the same.
    """
    base_ns = running.base_utc_ns
    assert base_ns is not None
    least_ns = most_ns = running.newest_ns + heard_ns - (running.opened_ns if arrived_ns is None else arrived_ns)
    if arrived_ns is None:  # for how long nobody heard anything, wall clocks alone know
        most_ns = max(least_ns, utc_ns(heard_ns) - base_ns)
    anchored_ns = t0_ns + labels[boot] - base_ns
    at_ns = placed_ns(anchored_ns, running.newest_ns, least_ns, most_ns)
    if at_ns != anchored_ns:
        running.remark("clock_step", boot=boot, step_s=(anchored_ns - at_ns) * 1e-9)
        labels.place(boot, at_ns - t0_ns + base_ns)
    return at_ns - t0_ns


def placed_ns(anchored_ns: int, newest_ns: int, least_ns: int, most_ns: int) -> int:
    """The time of a boot's first sample on the session's axis: by its anchor, unless what was heard speaks against that.

    `anchored_ns`: that time by the anchors' wall clocks; `newest_ns`: of the newest sample before it; `least_ns` to `most_ns`: by when both
    were heard. Always after `newest_ns`, for time only rises.
    """
    if anchored_ns > newest_ns and least_ns - FAR_NS <= anchored_ns <= most_ns + FAR_NS:
        return anchored_ns
    return max(least_ns, newest_ns + 1)
