"""Ask who holds a lock on part of a file, without taking one."""

from __future__ import annotations

import os
import struct
import sys
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from pathlib import Path

LAYOUTS: Final = {"linux": ("hhqqi4x", (0, 1, 2, 3, 4)), "macos": ("qqihh", (3, 4, 0, 1, 2))}
"""How `struct flock` lies in memory on 64-bit systems, and where its type, whence, start, length and pid
stand in it (fcntl(2) of Linux and of macOS)."""


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
