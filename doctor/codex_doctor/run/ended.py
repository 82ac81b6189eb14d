"""How a command ended, and the end of what it wrote."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import Final

from msgspec import Struct

KEPT: Final = 256 * 1024
"""Bytes of the end of the output."""

NOT_FOUND: Final = 127
NOT_EXECUTABLE: Final = 126
"""Exit codes of shells for a command that cannot be started."""

KILLED: Final = 128
"""A shell's exit code for a command that a signal ended is this and the signal's number."""


class Ended(Struct, frozen=True, kw_only=True):
    """*status* is the exit code, or minus the number of the signal that ended it; *output* the end of it."""

    status: int
    output: bytes = b""
    started: bool = True

    @property
    def code(self) -> int:
        """The exit code as a shell tells it."""
        return self.status if self.status >= 0 else KILLED - self.status

    @property
    def called_off(self) -> bool:
        """Whether whoever started it ended it, or stopped reading: there is nothing to explain."""
        quiet = {
            int(number)
            for name in ("SIGINT", "SIGPIPE", "SIGHUP", "SIGTERM")
            if (number := getattr(signal, name, None))
        }
        return -self.status in quiet or self.status == KILLED + signal.SIGINT

    def repeat(self) -> None:
        """End this process by the signal that ended the command, if one did: whoever waits sees the same."""
        if self.status < 0:
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError, ValueError):
                    stream.flush()
            _without_a_dump()
            with contextlib.suppress(OSError, ValueError):
                if -self.status != getattr(signal, "SIGKILL", 0):
                    signal.signal(-self.status, signal.SIG_DFL)
                os.kill(os.getpid(), -self.status)


class Tail:
    """The last bytes of what was written."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._size = 0

    def add(self, chunk: bytes) -> None:
        """Add *chunk*."""
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size > 2 * KEPT:
            whole = b"".join(self._chunks)[-KEPT:]
            self._chunks, self._size = [whole], len(whole)

    def content(self) -> bytes:
        """Return them."""
        return b"".join(self._chunks)[-KEPT:]


def not_started(command: str, error: OSError) -> Ended:
    """Return what a shell says of a *command* that cannot be started, and its exit code."""
    name = command if command.isprintable() else ascii(command)
    if isinstance(error, FileNotFoundError):
        return Ended(status=NOT_FOUND, output=f"{name}: command not found".encode(), started=False)
    words = f"{name}: {error.strerror or 'it cannot be started'}"
    return Ended(status=NOT_EXECUTABLE, output=words.encode(), started=False)


def _without_a_dump() -> None:
    """Leave no core of this process: it is not the one that crashed."""
    try:
        import resource
    except ImportError:
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
