"""Whether this user may change what stands in a folder, judged by owner and mode.

Root hides such faults: it may write everywhere but where a disk is mounted read-only.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from codex_checks.install.package import look

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.context import Context


def closed(ctx: Context, *folders: Path) -> Path | None:
    """Return the first of *folders* in which this user may make, rename or remove nothing; None: none is.

    A folder that is absent would be made in the nearest one above it.
    """
    return next((folder for folder in folders if _is_closed(ctx, folder)), None)


def _is_closed(ctx: Context, folder: Path) -> bool:
    standing = next((each for each in (folder, *folder.parents) if look(ctx, each) is not None), None)
    status = look(ctx, standing) if standing else None
    if standing is None or status is None or status.kind != "folder":
        return True
    try:
        if ctx.room(standing).read_only:
            return True
    except OSError:
        return True
    user = ctx.system.user
    if user in (None, 0):
        return False
    if status.owner == user:
        needed = stat.S_IWUSR | stat.S_IXUSR
    elif status.group in _groups():
        needed = stat.S_IWGRP | stat.S_IXGRP
    else:
        needed = stat.S_IWOTH | stat.S_IXOTH
    return status.mode & needed != needed


def _groups() -> frozenset[int]:
    return frozenset({os.getegid(), *os.getgroups()}) if hasattr(os, "getgroups") else frozenset()
