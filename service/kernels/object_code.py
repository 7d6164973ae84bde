"""An object file that was kept, as functions of this process: llvmlite links it, Python calls it."""

import ctypes
import sys
from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from service.kernels.source import KernelError

TABLE = "ilex_objects"


class Slot(IntEnum):
    """Where the object file looks for objects of the process that loads it."""

    NDARRAY = 0
    TYPE_ERROR = 1


class Head(NamedTuple):
    """Offsets in numpy's PyArrayObject and PyArray_Descr, and the flags that an array must have: C-contiguous (1), aligned (256)."""

    type: int = 8
    data: int = 16
    nd: int = 24
    descr: int = 56
    flags: int = 64
    descr_byteorder: int = 26
    descr_type_num: int = 28
    wanted_flags: int = 0x0101


ARRAY_HEAD = Head()
METH_FASTCALL = 0x0080


class _MethodDef(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char_p), ("meth", ctypes.c_void_p), ("flags", ctypes.c_int), ("doc", ctypes.c_char_p))


_kept: list[Any] = []
"""Code that was loaded stays: functions of it may be held anywhere."""


def load(code: bytes, names: Iterable[str]) -> dict[str, Callable[..., Any]]:
    """The functions of an object file, by name. Raises KernelError where it can't be linked here."""
    if object.__basicsize__ != 16 or sys.maxsize != 2**63 - 1 or sys.byteorder != "little":
        raise KernelError("objects of this Python are laid out otherwise")
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    names = list(names)
    try:
        jit = llvm.create_lljit_compiler()
        library = llvm.JITLibraryBuilder().add_object_img(code).add_current_process().export_symbol(TABLE)
        for name in names:
            library.export_symbol(name)
        linked = library.link(jit, "kernels")
    except RuntimeError as error:
        raise KernelError(f"the machine code can't be linked: {error}") from error
    table = (ctypes.c_void_p * len(Slot)).from_address(linked[TABLE])
    held = {Slot.NDARRAY: np.ndarray, Slot.TYPE_ERROR: TypeError}
    for slot, each in held.items():
        table[slot] = id(each)
    _kept.extend([jit, linked, held])
    return {name: _function(name, linked[name]) for name in names}


def _function(name: str, address: int) -> Callable[..., Any]:
    """A built-in function of Python (`PyCFunction_NewEx`, its C interface) at an address."""
    definition = _MethodDef(name.encode(), address, METH_FASTCALL, None)
    _kept.append(definition)
    make = ctypes.pythonapi.PyCFunction_NewEx
    make.restype = ctypes.py_object
    make.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
    function: Callable[..., Any] = make(ctypes.addressof(definition), None, None)
    return function
