"""Make a new file like the one whose place it takes, in all but its content."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

ACCESS_LIST: Final = "system.posix_acl_access"
"""The extended attribute in which Linux keeps who else may use a file (acl(5))."""

_OF_THE_SYSTEM: Final = ("security.", "trusted.")
"""Attributes that only root may set, or that the system gives by its own rules."""


def make_alike(descriptor: int, old: Path, *, mode: int) -> None:
    """Give the open new file the owner, group and extended attributes of *old*, and then *mode*.

    All goes by the descriptor: somebody else may write into the folder, and put another file in the
    place of the new one. For Unix only.

    :raises OSError: it would be open to others than the old one is, or not to those who use it.
    """
    status = old.lstat()
    _give_to(descriptor, status, mode)
    _give_attributes(descriptor, old)
    os.fchmod(descriptor, mode)


def _give_to(descriptor: int, status: os.stat_result, mode: int) -> None:
    new = os.fstat(descriptor)
    if os.geteuid() == 0 and (new.st_uid, new.st_gid) != (status.st_uid, status.st_gid):
        os.fchown(descriptor, status.st_uid, status.st_gid)
    elif new.st_gid != status.st_gid:
        try:
            os.fchown(descriptor, -1, status.st_gid)
        except PermissionError:
            if mode & stat.S_IRWXG:  # its rights would go to another group than before
                words = f"it belongs to group {status.st_gid}, and you are not in it"
                raise PermissionError(errno.EPERM, words) from None


def _give_attributes(descriptor: int, old: Path) -> None:
    if not hasattr(os, "listxattr"):
        return
    try:
        names = os.listxattr(old, follow_symlinks=False)
    except OSError:  # a file system that knows none
        return
    for name in names:
        try:
            os.setxattr(descriptor, name, os.getxattr(old, name, follow_symlinks=False))
        except OSError:
            if not name.startswith(_OF_THE_SYSTEM):
                raise
    if ACCESS_LIST not in names:  # the folder may have given it one
        with contextlib.suppress(OSError):
            os.removexattr(descriptor, ACCESS_LIST)
