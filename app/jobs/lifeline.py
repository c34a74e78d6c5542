"""Processes that end with the one that started them, however that one ends.

A child's standard input is a pipe from its parent. Nothing is ever written to it; when the parent
is gone, kill -9 included, the system closes it, and the child sees its end. A solver that leaves
the interpreter no time to look is killed by the system, where that is Linux.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable

_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


def when_parent_ends(act: Callable[[], object]) -> None:
    """Let ``act`` be called, in a thread, when the process that started this one is gone."""

    def wait() -> None:
        os.read(0, 1)
        act()

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def end_with_parent(code: int) -> None:
    """Let this process end, with ``code`` or killed, when the one that started it is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, int(signal.SIGKILL))
    when_parent_ends(lambda: os._exit(code))
