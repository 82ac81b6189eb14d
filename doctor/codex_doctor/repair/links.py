"""Go where links lead, but nowhere that another user could lead us, and never through a last one."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

from codex_doctor.errors import RepairError

MOST: Final = 40
"""Links in one path; Linux follows no more either (path_resolution(7))."""


def settled(path: str | Path) -> Path:
    """Return where *path* really is, whether or not anything stands there.

    A link of this user's own, or of root's, is followed; another user's only to what is that user's too,
    for it may lead elsewhere by the time that something is done there.

    :raises RepairError: somebody else's link leads to what is not theirs.
    :raises OSError: the path cannot be followed.
    """
    if os.name != "posix":
        return Path(path).resolve()
    real, strangers = _followed(Path(path))
    if strangers and os.path.lexists(real):
        owner = real.lstat().st_uid
        for link, stranger in strangers.items():
            if stranger != owner:
                raise RepairError(f"{link} is a link of user {stranger}, and leads to {real}, which is not")
    return real


def set_mode(path: str | Path, mode: int) -> None:
    """Give *path* the permission bits *mode*, where it is no link.

    :raises OSError: it cannot be done.
    """
    try:
        os.chmod(path, mode, follow_symlinks=False)  # noqa: PTH101 - the path may be text
    except NotImplementedError:  # a link, or a system that cannot tell
        if stat.S_ISLNK(os.lstat(path).st_mode):
            raise OSError(errno.ELOOP, f"{path} is a link now") from None
        os.chmod(path, mode)  # noqa: PTH101 - as above


def _followed(path: Path) -> tuple[Path, dict[Path, int]]:
    """Return where *path* leads, and the owners of the links on the way that are neither ours nor root's."""
    trusted = (0, os.geteuid())
    current, left, passed = Path(path.anchor), [*reversed(path.parts[1:])], 0
    strangers: dict[Path, int] = {}
    while left:
        part = left.pop()
        here = current.parent if part == ".." else current / part
        try:
            status = here.lstat()
        except FileNotFoundError:
            status = None
        if status is None or not stat.S_ISLNK(status.st_mode):
            current = here
            continue
        passed += 1
        if passed > MOST:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        if status.st_uid not in trusted:
            strangers[here] = status.st_uid
        to = Path(os.readlink(here))  # noqa: PTH115 - beside the other calls of os
        current = Path(to.anchor) if to.is_absolute() else current
        left += reversed(to.parts[1:] if to.is_absolute() else to.parts)
    return current, strangers
