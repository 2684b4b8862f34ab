"""Ties the life of a child process to its parent's, even when the parent is killed with SIGKILL.

Run as a script it is the step between the two: it asks the kernel for a signal on the parent's death, then becomes
the program. (subprocess's preexec_fn would run Python between fork and exec, which can deadlock beside threads.)
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def tied_to_parent(argv: Sequence[str], number: signal.Signals) -> list[str]:
    """Return the command that runs `argv` so that the kernel sends it `number` when this process dies.

    The kernel counts the thread that starts the command as its parent: start it from one that lives as long as the
    child should. Linux only; elsewhere the result is `argv`, and children of a killed parent go on running.
    """
    if sys.platform != "linux":
        return list(argv)
    return [sys.executable, "-I", "-S", __file__, str(int(number)), str(os.getpid()), *argv]


def main() -> None:
    """Become the program of `<signal> <parent's pid> <program> <argument>...`."""
    number, parent, *argv = sys.argv[1:]
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number))
    if os.getppid() != int(parent):  # it died before the call
        sys.exit(1)
    try:
        os.execvp(argv[0], argv)  # noqa: S606 - the point of this program
    except OSError as error:
        sys.exit(f"cannot run {argv[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
