"""How a stage of a way to a server fails, and what the operating system's error numbers mean there."""

from __future__ import annotations

import errno
import os
from typing import Final

from codex_doctor.dial.attempt import Fault


class StageError(Exception):
    """A stage failed: *fault* says why, *words* say what was seen."""

    def __init__(self, fault: Fault, words: str) -> None:
        super().__init__(words)
        self.fault = fault
        self.words = words


BY_NUMBER: Final = {
    errno.ECONNREFUSED: Fault.REFUSED,
    errno.ECONNRESET: Fault.RESET,
    errno.ECONNABORTED: Fault.RESET,
    errno.ETIMEDOUT: Fault.TIMEOUT,
    errno.EHOSTUNREACH: Fault.UNREACHABLE,
    errno.ENETUNREACH: Fault.UNREACHABLE,
    errno.EADDRNOTAVAIL: Fault.UNREACHABLE,
    errno.EACCES: Fault.NOT_PERMITTED,
    errno.EPERM: Fault.NOT_PERMITTED,
    # Windows has numbers of its own, which Python does not translate everywhere.
    10013: Fault.NOT_PERMITTED,
    10051: Fault.UNREACHABLE,
    10054: Fault.RESET,
    10060: Fault.TIMEOUT,
    10061: Fault.REFUSED,
    10065: Fault.UNREACHABLE,
}


def broken(error: BaseException, when: str) -> StageError:
    """Return what a connection that ended means: cut off, or hung up."""
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    if isinstance(cause, OSError) and BY_NUMBER.get(cause.errno or 0) is Fault.RESET:
        return StageError(Fault.RESET, f"the connection was reset {when}")
    return StageError(Fault.CLOSED, f"the other side hung up {when}")


def words_of(error: OSError) -> str:
    """Return an error in the system's words."""
    if error.errno and (error.strerror or "").startswith(
        "Connect call failed"
    ):  # asyncio's words, not the system's
        return os.strerror(error.errno)
    return error.strerror or str(error)
