"""What the file system says about the folder of Codex."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.files.mounts import Mount, mount_of, parse_mounts
from codex_checks.places import CodexHome, codex_home
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from codex_doctor.context import Context
    from codex_doctor.files import Room

ENTRIES_LIMIT: Final = 400
"""Entries of the folder whose owner is looked at; a real one holds about forty (codex-environment 5)."""

MOUNTS_LIMIT: Final = 4 * 1024 * 1024
"""Bytes: a host with thousands of containers has a megabyte of mounts."""


class HomeState(Struct, frozen=True, kw_only=True):
    """The folder of Codex as the file system sees it.

    *dangling*: it is a link that leads nowhere. *user* is who asks, None where there are no user ids.
    *of_others* names the entries that belong to others, each with its owner. *room* and *mount* are
    those of the nearest folder that exists; None where they are not known. *temporary* is the system's
    temporary folder if it holds this one.
    """

    home: CodexHome
    os: str
    dangling: bool
    user: int | None
    of_others: tuple[tuple[str, int], ...]
    standing: Path
    room: Room | None
    mount: Mount | None
    temporary: Path | None


@blocking_probe("files.home", touches={Touches.FILES}, limit=2.0, needs=(codex_home,))
def home_state(ctx: Context, home: CodexHome) -> HomeState:
    """Look at the folder of Codex and at the file system it stands on."""
    standing = _standing(ctx, home.target)
    return HomeState(
        home=home,
        os=ctx.system.os,
        dangling=home.status is None and home.error is None and _is_link(ctx, home.path),
        user=ctx.system.user,
        of_others=_of_others(ctx, home),
        standing=standing,
        room=_room(ctx, standing),
        mount=_mount(ctx, standing),
        temporary=_temporary(ctx, home),
    )


def _standing(ctx: Context, path: Path) -> Path:
    for folder in (path, *path.parents):
        try:
            if ctx.status(folder) is not None:
                return folder
        except OSError:
            continue
    return path


def _is_link(ctx: Context, path: Path) -> bool:
    try:
        return ctx.status(path, follow=False) is not None
    except OSError:
        return False


def _of_others(ctx: Context, home: CodexHome) -> tuple[tuple[str, int], ...]:
    user = ctx.system.user
    if user is None or not home.usable:
        return ()
    found: list[tuple[str, int]] = []
    for number, name in enumerate(ctx.entries(home.path)):
        if number >= ENTRIES_LIMIT:
            break
        try:
            status = ctx.status(home.path / name, follow=False)
        except OSError:
            continue
        if status is not None and status.owner != user:
            found.append((name, status.owner))
    return tuple(found)


def _room(ctx: Context, path: Path) -> Room | None:
    try:
        return ctx.room(path)
    except OSError:
        return None


def _mount(ctx: Context, path: Path) -> Mount | None:
    if ctx.system.os != "linux":
        return None
    try:
        text = ctx.read(ctx.system_path("/proc/self/mountinfo"), limit=MOUNTS_LIMIT).decode(
            "utf-8", "replace"
        )
    except OSError:
        return None
    return mount_of(PurePosixPath(path), parse_mounts(text))


def _temporary(ctx: Context, home: CodexHome) -> Path | None:
    """Return the temporary folder as Codex looks it up, if it holds the home (codex-auth 1.1)."""
    if ctx.system.os == "windows":
        named = ctx.env.get("TMP") or ctx.env.get("TEMP")
    else:
        named = ctx.env.get("TMPDIR") or "/tmp"  # noqa: S108 - looked at, never used
    if not named:
        return None
    folder = Path(named)
    return folder if home.path.is_relative_to(folder) or home.target.is_relative_to(folder) else None
