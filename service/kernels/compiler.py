"""From kernels to an object file: numba to LLVM, whole-program optimisation, machine code. Run as a process of its own.

`python -m service.kernels.compiler [MODULE:ENGINE [KEY]]` writes the object to standard output. It is the only place that imports numba.

The object holds one function for each kernel, of the kind that Python calls directly (METH_FASTCALL): it checks and unpacks its arguments
and calls the kernel. Nothing may change a bit of the result: no fast mathematics, no contraction to fused multiply-adds, no vectorised
transcendental functions, the C library's own exp and log as `math` uses them.
"""

import re
import sys
from collections.abc import Mapping
from importlib import import_module
from types import FunctionType
from typing import Any

import llvmlite.binding as llvm
import numba
import numpy as np

from service.kernels.object_code import ARRAY_HEAD, TABLE, Slot, load
from service.kernels.source import KernelError, Types, called, check, kernels, key, types

_pointer: Any = numba.types.CPointer
OPTIONS: dict[str, Any] = {"error_model": "numpy", "fastmath": False, "boundscheck": False}
"""`numpy`: a kernel raises nothing; a division by zero, which plain Python would refuse, is a fault of the kernel either way."""
NUMBA: dict[str, Any] = {
    "double": numba.float64,
    "i64": numba.int64,
    "i1": numba.boolean,
    "double*": _pointer(numba.float64),
    "i64*": _pointer(numba.int64),
    "float*": _pointer(numba.float32),
    "void": numba.void,
}
DTYPES = {"double*": np.dtype(np.float64).num, "i64*": np.dtype(np.int64).num, "float*": np.dtype(np.float32).num}


def machine_code(functions: Mapping[str, FunctionType]) -> bytes:
    """One object file with a function for each kernel. Raises KernelError for what numba can't compile, or what could raise."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3, jit=True, codemodel="jitdefault"
    )
    twins: dict[FunctionType, Any] = {}
    parts: list[str] = []
    entries = [_PRELUDE]
    for name, function in functions.items():
        shape = types(function)
        try:
            compiled = numba.cfunc(NUMBA[shape.result](*(NUMBA[each] for each in shape.parameters)), **OPTIONS)(_bound(function, twins))
        except numba.core.errors.NumbaError as error:
            raise KernelError(f"{name}: {error}") from error
        parts.append(compiled.inspect_llvm())
        entries.append(entry(name, compiled.native_name, shape))
    module = llvm.parse_assembly("\n".join(entries))
    for part in parts:
        # numba keeps its outermost call from being inlined; here that would hide from LLVM that the arrays are distinct.
        module.link_in(llvm.parse_assembly(re.sub(r"\bnoinline\b", "nounwind", part)))
    public = {*functions, TABLE}
    for each in (*module.functions, *module.global_variables):
        if not each.is_declaration and each.name not in public:
            each.linkage = llvm.Linkage.internal
    builder = llvm.create_pass_builder(target, llvm.create_pipeline_tuning_options(speed_level=3))
    builder.getModulePassManager().run(module, builder)
    unknown = [each.name for each in module.functions if each.is_declaration and not each.name.startswith(("llvm.", *_PYTHON))]
    if raising := [name for name in unknown if re.match(r"numba|NRT|Py", name)]:
        raise KernelError(f"the kernels could raise or allocate ({', '.join(raising)}): a kernel may do neither")
    code: bytes = target.emit_object(module)
    return code


def _bound(function: FunctionType, twins: dict[FunctionType, Any]) -> FunctionType:
    """The function, calling compiled twins of what it calls. `float` is float64 there, as in Python: numba alone would keep float32."""
    check(function)
    names = {"float": numba.float64, **{name: _twin(each, twins) for name, each in called(function).items()}}
    return FunctionType(function.__code__, {**function.__globals__, **names}, function.__name__)


def _twin(function: FunctionType, twins: dict[FunctionType, Any]) -> Any:
    if function not in twins:
        twins[function] = numba.njit(**OPTIONS)(_bound(function, twins))
    return twins[function]


_PYTHON = ("PyLong_AsLongLong", "PyFloat_AsDouble", "PyLong_FromLongLong", "PyFloat_FromDouble", "PyBool_FromLong", "PyErr_")

_WORDS = "a kernel takes contiguous arrays of its types, and its scalars, by place"

_PRELUDE = f"""
@{TABLE} = global [{len(Slot)} x ptr] zeroinitializer
@words = private constant [{len(_WORDS) + 1} x i8] c"{_WORDS}\\00"

declare i64 @PyLong_AsLongLong(ptr)
declare double @PyFloat_AsDouble(ptr)
declare ptr @PyLong_FromLongLong(i64)
declare ptr @PyFloat_FromDouble(double)
declare ptr @PyBool_FromLong(i64)
declare ptr @PyErr_Occurred()
declare void @PyErr_SetString(ptr, ptr)

define internal ptr @slot(i64 %which) alwaysinline {{
  %at = getelementptr [{len(Slot)} x ptr], ptr @{TABLE}, i64 0, i64 %which
  %value = load ptr, ptr %at
  ret ptr %value
}}

; The data of a one-dimensional contiguous array of a native dtype (PyArrayObject of numpy's C interface), or null.
define internal ptr @data_of(ptr %object, i32 %wanted) alwaysinline {{
  %kind_at = getelementptr i8, ptr %object, i64 {ARRAY_HEAD.type}
  %kind = load ptr, ptr %kind_at
  %array = call ptr @slot(i64 {Slot.NDARRAY})
  %is_array = icmp eq ptr %kind, %array
  br i1 %is_array, label %look, label %refuse
look:
  %nd_at = getelementptr i8, ptr %object, i64 {ARRAY_HEAD.nd}
  %nd = load i32, ptr %nd_at
  %one = icmp eq i32 %nd, 1
  %dtype_at = getelementptr i8, ptr %object, i64 {ARRAY_HEAD.descr}
  %dtype = load ptr, ptr %dtype_at
  %order_at = getelementptr i8, ptr %dtype, i64 {ARRAY_HEAD.descr_byteorder}
  %order = load i8, ptr %order_at
  %native = icmp eq i8 %order, {ord("=")}
  %number_at = getelementptr i8, ptr %dtype, i64 {ARRAY_HEAD.descr_type_num}
  %number = load i32, ptr %number_at
  %right = icmp eq i32 %number, %wanted
  %same = and i1 %right, %native
  %flags_at = getelementptr i8, ptr %object, i64 {ARRAY_HEAD.flags}
  %flags = load i32, ptr %flags_at
  %needed = and i32 %flags, {ARRAY_HEAD.wanted_flags}
  %whole = icmp eq i32 %needed, {ARRAY_HEAD.wanted_flags}
  %a = and i1 %one, %same
  %b = and i1 %a, %whole
  br i1 %b, label %take, label %refuse
take:
  %data_at = getelementptr i8, ptr %object, i64 {ARRAY_HEAD.data}
  %data = load ptr, ptr %data_at
  ret ptr %data
refuse:
  ret ptr null
}}

define internal ptr @refused() noinline {{
  %kind = call ptr @slot(i64 {Slot.TYPE_ERROR})
  call void @PyErr_SetString(ptr %kind, ptr @words)
  ret ptr null
}}
"""


def entry(name: str, native: str, shape: Types) -> str:
    """What Python calls, `PyObject *name(PyObject *self, PyObject *const *args, Py_ssize_t nargs)`, as LLVM assembly.

    No two arrays of a call overlap (the convention of kernels), and LLVM is told so: state may stay in registers.
    """
    count = len(shape.parameters)
    fetch: list[str] = []
    convert: list[str] = []
    given: list[str] = []
    good = "true"
    for k, each in enumerate(shape.parameters):
        fetch += [f"%s{k} = getelementptr ptr, ptr %args, i64 {k}", f"%o{k} = load ptr, ptr %s{k}"]
        if each in DTYPES:
            fetch += [f"%v{k} = call ptr @data_of(ptr %o{k}, i32 {DTYPES[each]})", f"%n{k} = icmp ne ptr %v{k}, null"]
            fetch += [f"%good{k} = and i1 {good}, %n{k}"]
            good = f"%good{k}"
            given.append(f"ptr noalias %v{k}")
        elif each == "double":
            convert += [f"%v{k} = call double @PyFloat_AsDouble(ptr %o{k})"]
            given.append(f"double %v{k}")
        else:
            convert += [f"%v{k} = call i64 @PyLong_AsLongLong(ptr %o{k})", f"%b{k} = icmp ne i64 %v{k}, 0"]
            given.append(f"i1 zeroext %b{k}" if each == "i1" else f"i64 %v{k}")
    lines = "\n  ".join
    declared = ", ".join("ptr" if each in DTYPES else "i1 zeroext" if each == "i1" else each for each in shape.parameters)
    called = f'{shape.result} @"{native}"({", ".join(given)})'
    results = {
        "double": [f"%r = call {called}", "%result = call ptr @PyFloat_FromDouble(double %r)"],
        "i64": [f"%r = call {called}", "%result = call ptr @PyLong_FromLongLong(i64 %r)"],
        "i1": [f"%r = call zeroext {called}", "%long = zext i1 %r to i64", "%result = call ptr @PyBool_FromLong(i64 %long)"],
        "void": [f"call {called}", "%result = call ptr @PyLong_FromLongLong(i64 0)"],
    }
    return f"""
declare {"zeroext " if shape.result == "i1" else ""}{shape.result} @"{native}"({declared})

define ptr @{name}(ptr %self, ptr %args, i64 %count) {{
  %counted = icmp eq i64 %count, {count}
  br i1 %counted, label %arrays, label %wrong
arrays:
  {lines(fetch)}
  br i1 {good}, label %scalars, label %wrong
scalars:
  {lines(convert)}
  %failed = call ptr @PyErr_Occurred()
  %whole = icmp eq ptr %failed, null
  br i1 %whole, label %go, label %bad
go:
  {lines(results[shape.result])}
  ret ptr %result
bad:
  ret ptr null
wrong:
  %nothing = call ptr @refused()
  ret ptr %nothing
}}
"""


def main(arguments: list[str]) -> int:
    """Compiles the product's kernels, or those of the engine named, if they are what the caller has; 1 where that can't be done."""
    module, _, attribute = (arguments[0] if arguments else "service.analysis.engine:PLAIN").partition(":")
    try:
        functions = kernels(getattr(import_module(module), attribute))
        if len(arguments) > 1 and arguments[1] != key(functions):
            raise KernelError("the source has changed since the process began that wants it compiled")
        code = machine_code(functions)
        load(code, functions)  # what can't be linked here is not kept
    except KernelError as error:
        print(error, file=sys.stderr)
        return 1
    sys.stdout.buffer.write(code)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
