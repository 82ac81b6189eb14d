"""Let two names change what they stand for: at every instant both stand, where the system can do that.

Linux and macOS have a call for it. Elsewhere there are three renames, and a name of its own for the
moment between them, so that who comes later sees what happened. A folder that came with the image of a
container cannot be renamed at all (overlayfs says EXDEV): it is copied whole to that name first.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

MOVING: Final = ".moving"
"""What is added to the name under which the old thing stands while the new one is being put there."""

_COPYING: Final = ".copying"

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
        move(other, moving(one))
        try:
            one.rename(other)
        except OSError:
            moving(one).rename(other)
            raise
        moving(one).rename(one)


def complete(one: Path, other: Path) -> None:
    """Finish an `exchange` that was killed between its renames; where none was, nothing happens.

    :raises OSError: it cannot be done.
    """
    between = moving(one)
    remove(_copying(between))
    if not os.path.lexists(between):
        return
    if os.path.lexists(one):
        remove(other)  # what is left of it after it was copied
        one.rename(other)
    between.rename(one)


def moving(one: Path) -> Path:
    """Return the name under which the old thing stands between the renames."""
    return one.with_name(one.name + MOVING)


def move(path: Path, to: Path) -> None:
    """Rename *path* to *to*; a folder that cannot be renamed is copied whole, and then removed.

    :raises OSError: it cannot be done; *path* stands where it stood.
    """
    try:
        path.rename(to)
    except OSError as error:
        if error.errno != errno.EXDEV or path.is_symlink() or not path.is_dir():
            raise
        unfinished = _copying(to)
        remove(unfinished)  # of a copy that was killed
        try:
            _copy(path, unfinished)
        except OSError:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        unfinished.rename(to)
        remove(path)


def remove(path: Path) -> None:
    """Remove *path*, whatever it is; where nothing is there, nothing happens.

    :raises OSError: it cannot be removed.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _copying(to: Path) -> Path:
    return to.with_name(to.name + _COPYING)


def _copy(tree: Path, to: Path) -> None:
    """Copy *tree* with modes, times and owners, onto the disk."""
    shutil.copytree(tree, to, symlinks=True)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    for path in (to, *to.rglob("*")):
        if root:
            status = (tree / path.relative_to(to)).lstat()
            os.chown(path, status.st_uid, status.st_gid, follow_symlinks=False)
            if not path.is_symlink():
                path.chmod(status.st_mode & 0o7777)  # a change of owner takes some bits away
        if not path.is_symlink():
            synced(path)


def synced(path: Path) -> None:
    """Make the file or folder *path* outlive a power cut.

    :raises OSError: it cannot be written.
    """
    if os.name != "posix" and path.is_dir():  # a folder cannot be opened there
        return
    descriptor = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
