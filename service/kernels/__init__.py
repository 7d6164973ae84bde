"""The analysis' kernels as machine code: the same functions, the same bits, about a hundred times as fast (decision 0034).

numba compiles them in a process of its own; what it makes is kept by content, and loaded without numba in a twentieth of a second. Until
then, and wherever that can't be done, the plain functions serve. `ILEX_KERNELS=plain` keeps to these, `ILEX_CACHE` names another folder.
A process that runs on calls `warming.warm`, one that only analyses recordings `for_samples`.
"""

from service.kernels.kept import compiled, for_samples
from service.kernels.source import KernelError

__all__ = ["KernelError", "compiled", "for_samples"]
