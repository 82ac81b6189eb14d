"""When this process began: the deadline counts from there, not from when Python was ready."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Final

_from: list[float] = []
_IMPORTED: Final = time.monotonic()
_STARTTIME: Final = 21
"""The place of `starttime` in /proc/self/stat, counted from 0; see proc_pid_stat(5)."""


def count_from_now() -> None:
    """Let everything count from now: what came before was the installation of this program."""
    _from.append(time.monotonic())


def process_started() -> float:
    """Return the instant of `time.monotonic` at which this process began.

    Where the system does not tell cheaply, it is the moment at which this module was imported.
    """
    if _from:
        return _from[-1]
    if sys.platform != "linux":
        return _IMPORTED
    try:
        # The program's name stands in brackets and may hold anything, so the fields count from its end.
        fields = Path("/proc/self/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        ticks = int(fields[_STARTTIME - 2])
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return _IMPORTED
    return min(_IMPORTED, time.monotonic() - age)
