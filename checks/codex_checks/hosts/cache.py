"""Whether a host that downloads Codex when it starts has a folder to keep it in.

Where the folder cannot be written, each start downloads it again, or fails. What hosts download they keep in
the cache folder of the user: `XDG_CACHE_HOME` or `~/.cache` (XDG Base Directory Specification),
`~/Library/Caches` on macOS, `%LOCALAPPDATA%` on Windows.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.problems.hosts import CACHE_FOLDER_UNUSABLE
from codex_doctor.check import check
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.files import Status
    from codex_doctor.model import Finding

LEAST: Final = 500 * 1024 * 1024
"""Bytes: what npm installs of Codex 0.169.0 on Linux takes 404 MB; the archive comes first."""

WRITING: Final = 0o222
ENTERING: Final = 0o111


class CacheFolder(Struct, frozen=True, kw_only=True):
    """The cache *folder*, or where it would be made; *fault* says why nothing can be kept there."""

    folder: Path
    fault: str | None = None


@blocking_probe("hosts.cache-folder", touches={Touches.FILES}, limit=1.0)
def cache_folder(ctx: Context) -> CacheFolder:
    """Look at the cache folder, or at the nearest one above it that is there."""
    folder = _place(ctx)
    return CacheFolder(folder=folder, fault=_fault(ctx, folder))


@check(
    "hosts.cache-folder-is-usable",
    title="A host can keep the Codex that it downloads in the cache folder",
    needs=(cache_folder,),
    reports=(CACHE_FOLDER_UNUSABLE,),
    by_default=False,
)
def cache_folder_is_usable(seen: CacheFolder) -> Iterator[Finding]:
    """Report what keeps a download from being stored."""
    if seen.fault is not None:
        yield CACHE_FOLDER_UNUSABLE.found(
            f"Nothing can be kept in {seen.folder}: {seen.fault}",
            evidence={"folder": str(seen.folder)},
            subjects=frozenset({str(seen.folder)}),
        )


def _place(ctx: Context) -> Path:
    match ctx.system.os:
        case "macos":
            return ctx.home / "Library" / "Caches"
        case "windows":
            return Path(ctx.env.get("LOCALAPPDATA") or ctx.home / "AppData" / "Local")
        case _:
            named = Path(ctx.env.get("XDG_CACHE_HOME", ""))
            return named if named.is_absolute() else ctx.home / ".cache"


def _fault(ctx: Context, folder: Path) -> str | None:
    for place in (folder, *folder.parents):
        try:
            status = ctx.status(place)
            if status is None:
                continue
            if status.kind != "folder":
                return f"{place} is no folder"
            room = ctx.room(place)
        except OSError as error:
            return f"{place}: {error.strerror or error}"
        if room.read_only:
            return f"{place} is on a file system that is read-only"
        if room.free < LEAST:
            return f"{room.free // 1024**2} MB are free, and {LEAST // 1024**2} MB are needed"
        return None if _may_write(ctx, status) else f"{place} may not be written by you"
    return "no folder above it is there"


def _may_write(ctx: Context, status: Status) -> bool:
    """Whether mode and owner let this user write; Windows and root decide otherwise."""
    if ctx.system.os == "windows" or ctx.system.user in (None, 0):
        return True
    bits = 0o700 if status.owner == ctx.system.user else 0o077  # which groups are ours is not known
    return bool(status.mode & bits & WRITING and status.mode & bits & ENTERING)
