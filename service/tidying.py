"""Memory that nothing needs any more goes back to the system, now and then (decision 0200)."""

import asyncio
import contextlib
import ctypes
import gc
import sys
from collections.abc import AsyncIterator

EVERY_S = 120.0
ARENAS = 2
"""Heaps that threads share in glibc, which else gives each new thread one of its own, up to eight a core (decision 0272)."""
_M_ARENA_MAX = -8
"""Of malloc.h; other C libraries have no such call, or take no notice."""
STRINGS = 43_691
"""One more than CPython's table of interned strings takes before it doubles, to 1.9 MiB."""


def settle() -> None:
    """What start-up made stays for good: collections pass it over from now on, and those for garbage alone come seldom."""
    # Strings that come and go fill that table within an hour: it grows now, and not when somebody looks for leaks (decision 0272).
    _ = [sys.intern(str(number)) for number in range(STRINGS)]
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS)


@contextlib.asynccontextmanager
async def tidying() -> AsyncIterator[None]:
    """Tidies for as long as it is open."""
    task = asyncio.create_task(_tidily(), name="tidying")
    try:
        yield
    finally:
        task.cancel()


async def _tidily() -> None:
    while True:
        await asyncio.sleep(EVERY_S)
        # Garbage, and what Python keeps of freed objects for the next ones.
        gc.collect()
        await asyncio.to_thread(_trim)


def _trim() -> None:
    """The C library keeps what threads have freed until it is asked; elsewhere there is no such call."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
