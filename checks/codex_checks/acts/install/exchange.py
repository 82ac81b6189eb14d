"""Let two names change what they stand for: at every instant both stand, where the system can do that.

Linux and macOS have a call for it. Elsewhere there are three renames, and a name of its own for the
moment between them, so that who comes later sees what happened.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

MOVING: Final = ".moving"
"""What is added to the name under which the old thing stands while the new one is being put there."""

_SWAP: Final = 2
"""RENAME_EXCHANGE of renameat2(2), and RENAME_SWAP of renamex_np(2)."""

_AT_FDCWD: Final = -100
_CANNOT: Final = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EXDEV, errno.EPERM})
"""What a system or a file system says that does not know the call; the renames tell whether it is more."""


def exchange(one: Path, other: Path) -> None:
    """Let *one* and *other*, which both exist on one file system, change places.

    :raises OSError: it cannot be done; both stand where they stood.
    """
    try:
        _at_once(one, other)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
        _one_by_one(one, other)


def complete(one: Path, other: Path) -> None:
    """Finish an `exchange` that was killed between its renames; where none was, nothing happens.

    :raises OSError: it cannot be done.
    """
    between = moving(one)
    if not os.path.lexists(between):
        return
    if not os.path.lexists(other):
        one.rename(other)
    between.rename(one)


def moving(one: Path) -> Path:
    """Return the name under which the old thing stands between the renames."""
    return one.with_name(one.name + MOVING)


def _one_by_one(one: Path, other: Path) -> None:
    between = moving(one)
    other.rename(between)
    try:
        one.rename(other)
    except OSError:
        between.rename(other)
        raise
    between.rename(one)


def _at_once(one: Path, other: Path) -> None:
    import ctypes

    if os.name != "posix":
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    library = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    try:
        if sys.platform == "darwin":
            failed = library.renamex_np(*names, _SWAP)
        else:
            failed = library.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _SWAP)
    except AttributeError:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from None
    if failed:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(other))
