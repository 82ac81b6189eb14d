"""When this process began: the deadline counts from there, not from when Python was ready."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Final

_from: list[float] = []
_IMPORTED: Final = time.monotonic()
_USED: Final = time.process_time()
"""Seconds of a processor that this process had used by then."""

LONGEST_START: Final = 1.0
"""Seconds that Python takes to start, on a busy machine too. What took longer was another program: a shell
that ends with `exec codex-doctor`, or with it as its last command, is the same process to the system.
"""

_STARTTIME: Final = 21
"""The place of `starttime` in /proc/self/stat, counted from 0; see proc_pid_stat(5)."""


def count_from_now() -> None:
    """Let everything count from now: what came before was the installation of this program."""
    _from.append(time.monotonic())


def process_started() -> float:
    """Return the instant of `time.monotonic` at which this process began.

    Where the system does not tell cheaply, it is the moment at which this module was imported. Where the
    process was another program before, it is about the moment at which it became this one.
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
    began = min(_IMPORTED, time.monotonic() - age)
    if _IMPORTED - began > LONGEST_START:
        return _IMPORTED - min(_USED, LONGEST_START)
    return began
