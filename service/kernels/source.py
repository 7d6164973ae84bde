"""What is compiled: the kernels of an engine, every function they call, and the types that their annotations name."""

import sys
import sysconfig
from collections.abc import Callable, Iterable, Mapping
from inspect import signature
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple, get_args, get_type_hints

import numpy as np

from service.analysis.engine import PLAIN, Engine

MAKERS = [Path(__file__).with_name(name) for name in ("compiler.py", "object_code.py")]
SCALARS = {float: "double", int: "i64", bool: "i1"}
ARRAYS = {np.float64: "double*", np.int64: "i64*", np.float32: "float*"}


SAME = frozenset("atan atan2 ceil copysign cos exp expm1 fabs floor isfinite isinf isnan log log1p sin sqrt tan tanh".split())  # noqa: SIM905
"""Functions of `math` that are the C library's in both (tests/service/test_kernels.py). `hypot`, for one, is Python's own."""


class KernelError(Exception):
    """The kernels can't be compiled or loaded; the message says why."""


class Types(NamedTuple):
    """A kernel's parameters and result, as LLVM once called them: `double*` is an array of float64."""

    parameters: tuple[str, ...]
    result: str


def kernels(engine: Engine = PLAIN) -> dict[str, FunctionType]:
    """The functions of an engine, by field."""
    return {name: function for name, function in engine._asdict().items() if name not in ("name", "view")}


def types(function: Callable[..., Any]) -> Types:
    """From the annotations: float, int, bool, None as result, and NDArray of float64, int64 or float32. Raises KernelError."""
    hints = get_type_hints(function)
    return Types(
        tuple(_type(function, name, hints.get(name)) for name in signature(function).parameters),
        "void" if hints.get("return") is type(None) else _type(function, "return", hints.get("return")),
    )


def _type(function: Callable[..., Any], name: str, hint: Any) -> str:
    if hint in SCALARS:
        return SCALARS[hint]
    found = {ARRAYS[leaf] for leaf in _leaves(hint) if leaf in ARRAYS}
    if len(found) != 1:
        raise KernelError(f"{function.__qualname__}: {name} is neither float, int, bool nor an array of one known type")
    return found.pop()


def _leaves(hint: Any) -> Iterable[Any]:
    inner = get_args(hint)
    return [leaf for each in inner for leaf in _leaves(each)] if inner else [hint]


def called(function: FunctionType) -> dict[str, FunctionType]:
    """The functions that a function calls, by the names it uses."""
    return {name: value for name, value in _used(function).items() if isinstance(value, FunctionType)}


def _used(function: FunctionType) -> dict[str, Any]:
    """What a function's names stand for outside it; `module.name` where it goes through a module."""
    names = function.__code__.co_names
    found = {name: function.__globals__[name] for name in names if name in function.__globals__}
    for module_name, module in list(found.items()):
        if isinstance(module, ModuleType):
            found |= {f"{module_name}.{name}": getattr(module, name) for name in names if hasattr(module, name)}
    return found


def reached(functions: Iterable[FunctionType]) -> list[FunctionType]:
    """The functions and all that they call, each once, callers first."""
    found: list[FunctionType] = []
    waiting = list(functions)[::-1]
    while waiting:
        function = waiting.pop()
        if function not in found:
            found.append(function)
            waiting += list(called(function).values())[::-1]
    return found


def check(function: FunctionType) -> None:
    """Raises KernelError for what would be compiled to something else than Python does, or not at all."""
    import dis

    where = function.__qualname__
    used = _used(function)
    if through := [name for name in called(function) if "." in name]:
        raise KernelError(f"{where} calls {through[0]}: a kernel imports by name what it calls")
    if other := [
        name for name, value in used.items() if getattr(value, "__module__", "") == "math" and name.removeprefix("math.") not in SAME
    ]:
        raise KernelError(f"{where} uses {other[0]}, which is not the same compiled")
    if any(each.opname == "BINARY_OP" and each.argrepr.startswith("**") for each in dis.get_instructions(function)):
        raise KernelError(f"{where} uses **, which is not the same compiled: multiply")


def key(functions: Mapping[str, FunctionType]) -> str:
    """The name under which machine code is kept: other code, constants, types, compiler, Python or processor - another name.

    Taken from what would be compiled, not from files and their times: a change in a function that is called from another file counts,
    an installation anew does not.
    """
    import hashlib
    from importlib.metadata import PackageNotFoundError, version

    told = hashlib.sha256(b"".join(path.read_bytes() for path in MAKERS))
    for name, function in functions.items():
        told.update(repr((name, types(function))).encode())
    for function in reached(functions.values()):
        code = function.__code__
        constants = {name: value for name, value in _used(function).items() if isinstance(value, int | float)}
        told.update(repr((code.co_name, code.co_code, code.co_consts, code.co_names, code.co_varnames, constants)).encode())
    try:
        versions = [version(name) for name in ("numba", "llvmlite", "numpy")]
    except PackageNotFoundError as error:
        raise KernelError(f"{error.name} is not installed") from error
    told.update(repr((versions, machine())).encode())
    return told.hexdigest()[:32]


def machine() -> str:
    """Processor and Python, as far as machine code depends on them. Raises KernelError."""
    try:
        import llvmlite.binding as llvm
    except (ImportError, OSError) as error:
        raise KernelError(f"llvmlite can't be loaded: {error}") from error
    features = llvm.get_host_cpu_features().flatten()
    return f"{sys.version} {sysconfig.get_platform()} {llvm.get_host_cpu_name()} {features}"
