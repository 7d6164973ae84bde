"""The compiled kernels of a service that has just started: put into use as soon as they are there, while the plain ones serve."""

import asyncio
import time

import structlog

from service import aside
from service.analysis import engine
from service.analysis.engine import PLAIN
from service.kernels import kept
from service.kernels.source import KernelError

ENGINE = "service.analysis.engine:PLAIN"

_log = structlog.get_logger("kernels")


async def warm() -> None:
    """Return once the compiled kernels are in use, or can't be: what hinders them is logged, once, and the plain ones stay.

    The event loop goes on meanwhile: compiling is done by a process behind all others, loading by a thread. Engines are bit-equal and work
    on the same arrays, so that a set that runs is not disturbed. Cancelled, it leaves no process behind.
    """
    if kept.switched_off():
        return
    began = time.monotonic()
    try:
        code = await asyncio.to_thread(kept.read, PLAIN)
        fresh = code is None
        if code is None:
            code = await _compiled()
        engine.use(await asyncio.to_thread(kept.loaded, PLAIN, code))
    except (KernelError, OSError, TimeoutError) as error:
        _log.warning("the analysis stays uncompiled: right, but slower", reason=str(error) or type(error).__name__)
    else:
        _log.info("analysis compiled", fresh=fresh, seconds=round(time.monotonic() - began, 2))


async def _compiled() -> bytes:
    command = await asyncio.to_thread(kept.command, PLAIN, ENGINE)
    done = await aside.run(command, kept.COMPILE_S, env=kept.environment())
    return await asyncio.to_thread(kept.keep, PLAIN, done.code, done.output, done.words)
