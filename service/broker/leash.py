"""Becomes another program that the kernel kills when its parent ends, however that ends, kill -9 included.

Run as a file of its own, `python -I -S leash.py PARENT PROGRAM ARGUMENT...`, in the child, between fork and exec: the parent has
threads, so nothing of ours may run there after a fork (`preexec_fn`), and a fresh interpreter costs only 20 ms, once a start.

Linux only (PR_SET_PDEATHSIG). Elsewhere the program starts without a leash and outlives a parent that is killed with -9;
the next start then ends it (`lock`).

"Parent" is, for the kernel, the thread that started the child: start the broker in a thread that lives as long as the service.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Replace this process by `arguments[1:]`, on a leash held by the process with id `arguments[0]`. Never returns."""
    parent, *command = arguments
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
            sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
        # The parent may have ended before the leash was on: then nobody would ever pull it.
        if os.getppid() != int(parent):
            sys.exit("the parent has ended")
    os.execv(command[0], command)  # noqa: S606  # the command is the service's own, never a shell's


if __name__ == "__main__":
    main(sys.argv[1:])
