"""Machine code in the user's cache folder, and the engine made from it."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FunctionType

import numpy as np

from service.analysis.engine import PLAIN, Engine
from service.kernels import object_code
from service.kernels.source import KernelError, kernels, key

COMPILE_S = 600.0
KEPT_S = 30 * 86400.0
"""Code that no start has asked for in so long is thrown away."""
WORTH_LOADING = 8_000
"""Samples from which loading is won back: 0.1 s against 15 us a sample (docs/performance.md)."""
WORTH_COMPILING = 1_000_000
"""Samples from which compiling is won back: 15 s against 15 us a sample."""
SEAL_BYTES = 32

_engines: dict[tuple[FunctionType, ...], Engine] = {}
"""What was loaded, by the plain functions; these themselves where that failed."""
_asked = 0


def folder() -> Path:
    """Where machine code is kept: `ILEX_CACHE`, else the user's own cache folder."""
    named = os.environ.get("ILEX_CACHE")
    if named:
        return Path(named) / "kernels"
    import platformdirs

    return platformdirs.user_cache_path("ilex", appauthor=False) / "kernels"


def switched_off() -> bool:
    """Whether `ILEX_KERNELS=plain` keeps everything to the plain functions."""
    return os.environ.get("ILEX_KERNELS") == "plain"


def for_samples(total: int | None) -> Engine:
    """The engine for a recording of so many samples (None: not known), for a process that only analyses recordings.

    Plain for short ones; compiled where loading pays; compiled anew, which takes seconds, only where that pays, too. Recordings are counted
    together: many short ones are a long one. Never raises: what can't be compiled stays plain.

    `engine.use(kernels.for_samples(recorded.total))` before each recording.
    """
    global _asked  # noqa: PLW0603 - what the process has been asked for
    _asked += total or 0
    if _asked < WORTH_LOADING or switched_off():
        return PLAIN
    try:
        if _asked >= WORTH_COMPILING or _name(PLAIN) in _engines:
            return compiled()
        return PLAIN if (code := read(PLAIN)) is None else loaded(PLAIN, code)
    except KernelError:
        return _engines.setdefault(_name(PLAIN), PLAIN)  # not tried again


def compiled(plain: Engine = PLAIN, name: str = "service.analysis.engine:PLAIN") -> Engine:
    """The compiled twin of an engine; `name` finds it (`module:attribute`). Takes seconds where nothing is kept. Raises KernelError."""
    if _name(plain) in _engines:
        return _engines[_name(plain)]
    code = read(plain)
    if code is None:
        try:
            done = subprocess.run(command(plain, name), capture_output=True, timeout=COMPILE_S, check=False, env=environment())
        except (OSError, subprocess.TimeoutExpired) as error:
            raise KernelError(f"the compiler did not run: {error}") from error
        code = keep(plain, done.returncode, done.stdout, done.stderr)
    return loaded(plain, code)


def loaded(plain: Engine, code: bytes) -> Engine:
    """The compiled twin of an engine, from its machine code. Loaded once a process. Raises KernelError.

    Its `view` gives the array itself, or a copy where it is not contiguous.
    """
    if _name(plain) not in _engines:
        _engines[_name(plain)] = plain._replace(name="compiled", view=np.ascontiguousarray, **object_code.load(code, kernels(plain)))
    return _engines[_name(plain)]


def _name(plain: Engine) -> tuple[FunctionType, ...]:
    return tuple(kernels(plain).values())


# What is kept.


def read(plain: Engine) -> bytes | None:
    """The machine code that is kept for these kernels on this computer, if there is any. Raises KernelError where no key can be made."""
    path = _path(plain)
    with suppress(OSError):
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            content = file.read()
        # Code of somebody else's is not run, nor what others may write to.
        if hasattr(os, "getuid") and (status.st_uid not in (os.getuid(), 0) or status.st_mode & 0o022):
            return None
        seal, code = content[:SEAL_BYTES], content[SEAL_BYTES:]
        if _seal(code) == seal:
            with suppress(OSError):
                path.touch()
            return code
    return None


def keep(plain: Engine, returncode: int, output: bytes, errors: bytes) -> bytes:
    """What the compiler made, kept where the folder takes it. Raises KernelError where it made nothing."""
    if returncode != 0:
        raise KernelError(_last_line(errors) or f"the compiler ended with {returncode}")
    path = _path(plain)
    part = path.with_suffix(f".{os.getpid()}.part")
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.write_bytes(_seal(output) + output)
        part.chmod(0o600)
        part.replace(path)
        oldest = time.time() - KEPT_S
        for other in path.parent.iterdir():
            if other.stat().st_mtime < oldest:
                other.unlink()
    return output


def command(plain: Engine, name: str) -> Sequence[str]:
    """The compiler as a process of its own; told what it is to compile, since it reads the source anew."""
    return (sys.executable, "-m", "service.kernels.compiler", name, _key(plain))


def environment() -> dict[str, str]:
    """Its environment: the user's settings of numba could change a result."""
    return {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")} | {"NUMBA_DISABLE_INTEL_SVML": "1"}


def _seal(code: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(code).digest()


def _path(plain: Engine) -> Path:
    return folder() / f"{_key(plain)}.o"


def _key(plain: Engine) -> str:
    return key(kernels(plain))


def _last_line(errors: bytes) -> str:
    lines = errors.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
