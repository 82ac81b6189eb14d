"""Which file system a path stands on, from Linux's own list of mounts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from pathlib import PurePosixPath


class Mount(Struct, frozen=True, kw_only=True):
    """A mounted file system: where, of which kind (`ext4`, `nfs4` ...), and whether it is read-only."""

    point: str
    kind: str
    read_only: bool


_OCTAL: Final = re.compile(r"\\([0-7]{3})")
_POINT, _OPTIONS = 4, 5
"""Fields of a line before its ` - ` (proc_pid_mountinfo(5))."""


def parse_mounts(text: str) -> tuple[Mount, ...]:
    """Return the mounts that `/proc/self/mountinfo` lists; lines of another form are passed over."""
    found: list[Mount] = []
    for line in text.splitlines():
        before, dash, after = line.partition(" - ")
        fields, rest = before.split(" "), after.split(" ")
        if not dash or len(fields) <= _OPTIONS or not rest[0]:
            continue
        # The mount's own options and those of its file system: either may forbid writing.
        options = {*fields[_OPTIONS].split(","), *(rest[2].split(",") if len(rest) > 2 else ())}  # noqa: PLR2004 - the third field
        point = _OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[_POINT])
        found.append(Mount(point=point, kind=rest[0], read_only="ro" in options))
    return tuple(found)


def mount_of(path: PurePosixPath, mounts: tuple[Mount, ...]) -> Mount | None:
    """Return the mount on which the absolute *path* stands: the deepest, and of those the last."""
    best: Mount | None = None
    for mount in mounts:
        if path.is_relative_to(mount.point) and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best
