"""Run a program under a filter for system calls such as Docker's default one: it forbids namespaces.

`python tests/fakes/filtered.py PROGRAM ARGS...` becomes PROGRAM. Root needs no rights for it, and nobody else
either: the filter comes with a promise never to gain any.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NUMBERS: Final = {
    "x86_64": {"clone": 56, "clone3": 435, "unshare": 272, "mount": 165},
    "aarch64": {"clone": 220, "clone3": 435, "unshare": 97, "mount": 40},
}
"""System calls by the processor's own numbers (syscalls(2))."""

NAMESPACES: Final = 0x7E020000
"""Every CLONE_NEW* flag of clone(2), with which a child would get namespaces of its own."""

_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _FILTER = 22, 38, 2
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_NUMBER, _FIRST_ARGUMENT = 0, 16


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def possible() -> bool:
    """Whether there are such filters here."""
    return sys.platform == "linux" and platform.machine() in NUMBERS


def before(argv: Sequence[str]) -> list[str]:
    """Return *argv* with what makes it run under the filter."""
    return [sys.executable, str(Path(__file__).resolve()), *argv]


def _step(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)


def _steps(numbers: dict[str, int]) -> Iterator[bytes]:
    yield _step(_LOAD, _NUMBER)
    # Docker lets clone3 look absent, because a filter cannot see what it is asked for.
    for name, code in (("unshare", errno.EPERM), ("mount", errno.EPERM), ("clone3", errno.ENOSYS)):
        yield _step(_EQUAL, numbers[name], yes=0, no=1)
        yield _step(_RETURN, _ERROR | code)
    yield _step(_EQUAL, numbers["clone"], yes=0, no=3)
    yield _step(_LOAD, _FIRST_ARGUMENT)
    yield _step(_ANY_BIT, NAMESPACES, yes=0, no=1)
    yield _step(_RETURN, _ERROR | errno.EPERM)
    yield _step(_RETURN, _ALLOW)


def main(argv: list[str]) -> None:
    """Become *argv*, under the filter."""
    library = ctypes.CDLL(None, use_errno=True)
    content = b"".join(_steps(NUMBERS[platform.machine()]))
    steps = ctypes.create_string_buffer(content, len(content))
    program = _Program(len(content) // 8, ctypes.cast(steps, ctypes.c_void_p))
    for option in (
        (_PR_SET_NO_NEW_PRIVS, 1, 0),
        (_PR_SET_SECCOMP, _FILTER, ctypes.byref(program)),
    ):
        if library.prctl(*option, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    os.execvp(argv[0], argv)  # noqa: S606 - becoming it is the point


if __name__ == "__main__":
    main(sys.argv[1:])
