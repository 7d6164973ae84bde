"""F14: garbage at 200 messages a second under one machine's name, through broker and service; what others see must not wait."""

import sys
import threading
import time

from benchmarks.faults.rig import Machines, Rig
from benchmarks.faults.treatment import Treatment
from benchmarks.faults.vandal import Vandal
from benchmarks.trials.audience import Audience, Span, lasting
from benchmarks.trials.figure import Figure, at_most, none
from benchmarks.usage import Meter

CALM_S, PESTERED_S = 60.0, 60.0
RATE_HZ = 200.0
OTHERS = 5
WARM_S = 12.0
LATER_MS, CORES, TOLD_S = 10.0, 1.0, 2.0


def run(*, short: bool) -> list[Figure]:
    """A minute of calm, a minute of garbage."""
    calm_s, pestered_s = (6.0, 6.0) if short else (CALM_S, PESTERED_S)
    others = [f"lab/m{number}" for number in range(1, OTHERS + 1)]
    with Rig([Machines(["lab/pestered"]), Machines(others)]) as rig:
        with Treatment(rig, 1), Audience(rig) as audience, Vandal(rig.mqtt_port, 1) as vandal:
            time.sleep(WARM_S)
            calm = lasting(calm_s)
            assert rig.service.pid is not None
            meter, begin_ns = Meter({"service": [rig.service.pid]}), time.monotonic_ns()
            pest = threading.Thread(target=vandal.pester, args=("lab/pestered", pestered_s, RATE_HZ))
            pest.start()
            pest.join()
            during = Span(begin_ns, time.monotonic_ns())
            seconds = (during.end_ns - begin_ns) / 1e9
            cores = meter.read(seconds)["service"].cores
            audience.leave()
        told = [at_s - begin_ns / 1e9 for at_s, message in rig.screen.said["invalid"] if message["machine"] == "lab/pestered"]
        starts, ledger = len(rig.service.starts), rig.finish()
    print(f"F14: {pestered_s * RATE_HZ:,.0f} messages in {seconds:.1f} s, service {cores:.2f} cores", file=sys.stderr)
    quiet, pestered = audience.delays(others, [calm]), audience.delays(others, [during])
    later_ms = pestered.p99_ms - quiet.p99_ms
    figure = at_most("F14", f"others' live p99 under {RATE_HZ:g} messages of garbage a second, later than before", later_ms, LATER_MS, "ms")
    return [
        figure._replace(reached=f"{later_ms:+.1f} ms ({pestered.p99_ms:.1f}, of {pestered.samples:,} samples)"),
        at_most("F14", "the service's processor meanwhile", cores, CORES, "cores", 2),
        at_most("F14", "until the wall says so", min(told, default=float("inf")), TOLD_S, "s"),
        none("F14", "restarts of the service, samples lost", starts - 1 + ledger.total.lost, f"{ledger.total.attempted:,} samples"),
    ]
