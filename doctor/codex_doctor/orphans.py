"""Adopt what a child abandons, and end what carries its mark: on Linux, where a process can do so."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_PR_SET_CHILD_SUBREAPER: Final = 36
"""From linux/prctl.h."""

_GENERATIONS: Final = 8
"""How often orphans are looked for: ending one may hand its own children to this process."""


def become_reaper() -> bool:
    """Make this process the parent of whatever its children abandon; return whether that worked."""
    if sys.platform != "linux":
        return False
    import ctypes

    return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def end_marked(variable: str, mark: str, *, seconds: float) -> None:
    """End the children of this process in whose environment *variable* is *mark*, or *mark* and a suffix.

    A suffix starts with a full stop. One that is stuck in the system is waited for *seconds*.
    """
    for _ in range(_GENERATIONS):
        orphans = [pid for pid in children() if _carries(pid, f"{variable}={mark}".encode())]
        if not orphans:
            return
        for pid in orphans:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            _reap(pid, seconds)


def _reap(pid: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(pid, os.WNOHANG) == (0, 0) and time.monotonic() < until:
            time.sleep(0.001)


def children() -> Iterator[int]:
    """Yield the processes whose parent is this one, adopted ones too."""
    if Path("/proc/thread-self/children").exists():
        for task in Path("/proc/self/task").iterdir():
            with contextlib.suppress(OSError):
                yield from map(int, (task / "children").read_text("ascii").split())
        return
    import psutil  # a kernel without that list

    for child in psutil.Process().children():
        yield child.pid


def _carries(pid: int, entry: bytes) -> bool:
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        return any(word == entry or word.startswith(entry + b".") for word in words)
    return False
