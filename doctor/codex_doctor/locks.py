"""Locks on files: ask who holds one without taking it, and take one without waiting."""

from __future__ import annotations

import errno
import os
import struct
import sys
from typing import TYPE_CHECKING, Final, Protocol, cast

from msgspec import Struct

if TYPE_CHECKING:
    from pathlib import Path

LAYOUTS: Final = {"linux": ("hhqqi4x", (0, 1, 2, 3, 4)), "macos": ("qqihh", (3, 4, 0, 1, 2))}
"""How `struct flock` lies in memory on 64-bit systems, and where its type, whence, start, length and pid
stand in it (fcntl(2) of Linux and of macOS)."""


_TAKEN: Final = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)


class _Msvcrt(Protocol):
    LK_NBLCK: int

    def locking(self, fd: int, mode: int, nbytes: int, /) -> None: ...


class Holder(Struct, frozen=True, kw_only=True):
    """The process that holds a lock; *pid* is None where the system does not name it."""

    pid: int | None


def holder(path: Path, *, first: int, count: int, os_name: str, any_lock: bool = False) -> Holder | None:
    """Return who holds a POSIX lock for writing on some of *count* bytes of *path* from *first* on.

    *any_lock*: one for reading counts too. None where nobody does, and where it cannot be asked: on
    Windows, or where the file is absent or may not be read. This process must hold no lock on the file
    itself: closing it here would end that one.
    """
    if os_name not in LAYOUTS or sys.platform == "win32":
        return None
    import fcntl

    layout, places = LAYOUTS[os_name]
    asked = (fcntl.F_WRLCK if any_lock else fcntl.F_RDLCK, os.SEEK_SET, first, count, 0)
    question = [0] * len(places)
    for place, value in zip(places, asked, strict=True):
        question[place] = value
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):  # ValueError: a NUL byte in the name
        return None
    try:
        answer = struct.unpack(layout, fcntl.fcntl(opened, fcntl.F_GETLK, struct.pack(layout, *question)))
    except OSError:  # a file system that knows no locks
        return None
    finally:
        os.close(opened)
    kind, pid = answer[places[0]], answer[places[4]]
    if kind == fcntl.F_UNLCK:
        return None
    return Holder(pid=pid if pid > 0 else None)


def take(descriptor: int, *, byte: int, os_name: str = os.name) -> bool:
    """Return whether the lock on the open file was free, and is now ours.

    On Unix it is a lock of flock(2) as Codex takes it: others of fcntl(2) do not count. On Windows
    any byte will do, for Codex locks them all.
    """
    if os_name == "nt":
        import importlib

        msvcrt = cast("_Msvcrt", importlib.import_module("msvcrt"))
        os.lseek(descriptor, byte, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            if error.errno in _TAKEN:
                return False
            raise
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
