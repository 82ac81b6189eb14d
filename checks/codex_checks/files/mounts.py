"""Which file system a path stands on, from Linux's own list of mounts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from codex_doctor.context import Context


LIMIT: Final = 4 * 1024 * 1024
"""Bytes: a host with thousands of containers has a megabyte of mounts."""

NETWORK_KINDS: Final = frozenset(
    [
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse.sshfs",
        "glusterfs",
        "lustre",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
        "virtiofs",
    ]
)
"""File systems whose locks and renames SQLite cannot rely on (failures.json codex-home-network-fs)."""


class Mount(Struct, frozen=True, kw_only=True):
    """A mounted file system: where, of which kind (`ext4`, `nfs4` ...), and what its options forbid."""

    point: str
    kind: str
    read_only: bool
    no_programs: bool = False

    @property
    def far(self) -> bool:
        """Whether it is on the network, or made by a program: it may stop answering."""
        return self.kind in NETWORK_KINDS or self.kind == "fuse" or self.kind.startswith("fuse.")


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
        found.append(
            Mount(point=point, kind=rest[0], read_only="ro" in options, no_programs="noexec" in options)
        )
    return tuple(found)


def mount_of(path: PurePosixPath, mounts: tuple[Mount, ...]) -> Mount | None:
    """Return the mount on which the absolute *path* stands: the deepest, and of those the last."""
    best: Mount | None = None
    for mount in mounts:
        if path.is_relative_to(mount.point) and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best


def read_mount(ctx: Context, path: PurePosixPath) -> Mount | None:
    """Return the mount on which the absolute *path* stands; None where the system does not tell."""
    if ctx.system.os != "linux":
        return None
    try:
        content = ctx.read(ctx.system_path("/proc/self/mountinfo"), limit=LIMIT)
    except OSError:
        return None
    return mount_of(path, parse_mounts(content.decode("utf-8", "replace")))
