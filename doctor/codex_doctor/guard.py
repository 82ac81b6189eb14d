"""Keep the code of others from ending the doctor, or signalling any process but those that it started.

It holds against mistakes. `os.kill(os.getppid(), ...)` and `os.kill(-1, ...)` are told to an audit hook
before they happen, and refused; a program that kills the parent meets a process that only stands there. It is
no wall: a program can do whatever the user can.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import Any, Final

_SIGNALS: Final = frozenset({"os.kill", "os.killpg"})

_EVERYBODY: Final = -1
"""The number with which `kill` means every process of the user."""


class NotYoursError(PermissionError):
    """The process that was to get a signal was started by somebody else."""


def stand_between() -> None:
    """Go on in a child of this process, which does nothing but to end as the child does.

    No thread may have been started yet. Windows knows no such children; there, this does nothing.
    """
    if not hasattr(os, "fork"):
        return
    child = os.fork()
    if not child:
        return
    for stream in (0, 1, 2):  # who listens must hear the end of the child's
        os.close(stream)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code < 0:
        with contextlib.suppress(OSError, ValueError):  # SIGKILL does what it does anyway
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def keep_signals_here() -> None:
    """Refuse, from now on and for ever, signals to processes that this one has not started."""
    ours = os.getpid()

    def hear(event: str, args: tuple[Any, ...]) -> None:
        if event in _SIGNALS and not may_signal(int(args[0]), ours):
            raise NotYoursError(f"{event} of {args[0]}, which this plugin has not started")

    sys.addaudithook(hear)


def may_signal(number: int, ours: int) -> bool:
    """Return whether *number*, a process or a group as `kill` takes it, began with the process *ours*.

    One that has ended may be signalled: the system says so then.
    """
    import psutil

    if number == _EVERYBODY:
        return False
    pid = abs(number)
    if pid in (0, ours):  # 0 is our own group, of which a worker is the leader
        return True
    try:
        return any(parent.pid == ours for parent in psutil.Process(pid).parents())
    except psutil.Error:
        return True
