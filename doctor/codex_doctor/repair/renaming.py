"""Rename what must take no other's place, also where somebody else puts something there at that moment."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_HERE: Final = -100
"""AT_FDCWD of Linux: a path that is not absolute begins in the working directory (openat(2))."""

_NO_REPLACE: Final = 1
"""RENAME_NOREPLACE (renameat2(2))."""

_EXCLUSIVE: Final = 4
"""RENAME_EXCL of macOS (renamex_np(2))."""

_UNKNOWN: Final = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)
"""How a system or file system answers that cannot do it so."""


def rename(path: Path, to: Path) -> None:
    """Rename *path* to *to*, where nothing stands.

    :raises FileExistsError: something does.
    :raises OSError: it cannot be done.
    """
    code = _in_one_call(os.fsencode(path), os.fsencode(to))
    if code == 0:
        return
    if code not in _UNKNOWN:
        raise OSError(code, os.strerror(code), str(path), None, str(to))
    if os.path.lexists(to):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(to))
    os.rename(path, to)  # noqa: PTH104 - beside the other ways


def _in_one_call(path: bytes, to: bytes) -> int:
    """Return 0 where the system itself looked whether *to* was free, and renamed; else an error number."""
    if sys.platform not in ("linux", "darwin"):  # Windows never replaces
        return errno.ENOSYS
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    name = "renameat2" if sys.platform == "linux" else "renamex_np"
    call = getattr(library, name, None)
    if call is None:
        return errno.ENOSYS
    arguments = (_HERE, path, _HERE, to, _NO_REPLACE) if name == "renameat2" else (path, to, _EXCLUSIVE)
    return 0 if call(*arguments) == 0 else ctypes.get_errno()
