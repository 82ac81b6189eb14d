"""What the file system says about the folder of Codex."""

from __future__ import annotations

import errno
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.files.mounts import Mount, read_mount
from codex_checks.places import CodexHome, codex_home
from codex_doctor.fix import ShellLine
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from codex_doctor.context import Context
    from codex_doctor.files import Room

ROOT: Final = 0

OWN: Final = 0o700
"""What the owner must be allowed: to list the folder, to make files in it and to enter it."""

OWN_FOLDER: Final = (
    ShellLine(line='mkdir -p -m 700 "$HOME/.codex-own"'),
    ShellLine(line='export CODEX_HOME="$HOME/.codex-own"'),
)
"""What makes a folder of the user's own that Codex takes in this shell."""

FILLED: Final = ("archived_sessions", "sessions", "shell_snapshots", "thread-writer-locks", "tmp")
"""Folders that Codex fills. Where one is closed to it, a turn goes on, and what it would write there is lost
(put to 0.169.0)."""

ENTRIES_LIMIT: Final = 400
"""Entries of the folder whose owner is looked at; a real one holds about forty (codex-environment 5)."""


class HomeState(Struct, frozen=True, kw_only=True):
    """The folder of Codex as the file system sees it.

    *dangling*: it is a link that leads nowhere, *looping* one that leads back to itself. *user* is whose it
    should be: who asks, or who asked for `sudo`; None where there are no user ids. *of_others* names the
    entries that belong to others, each with its owner, *closed* the user's own folders in it that keep the
    user out, each with its mode, and *blocked* what stands where Codex wants a folder. *room* and *mount* are
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
    closed: tuple[tuple[str, int], ...] = ()
    blocked: tuple[str, ...] = ()
    looping: bool = False


@blocking_probe("files.home", touches={Touches.FILES}, limit=2.0, needs=(codex_home,))
def home_state(ctx: Context, home: CodexHome) -> HomeState:
    """Look at the folder of Codex and at the file system it stands on."""
    standing = _standing(ctx, home.target)
    user = _user(ctx, home)
    return HomeState(
        home=home,
        os=ctx.system.os,
        dangling=home.status is None and home.error is None and _is_link(ctx, home.path),
        user=user,
        of_others=_of_others(ctx, home, user),
        closed=_closed(ctx, home, user),
        blocked=_blocked(ctx, home),
        standing=standing,
        room=_room(ctx, standing),
        mount=read_mount(ctx, PurePosixPath(standing)),
        temporary=_temporary(ctx, home),
        looping=home.error is not None and _is_link(ctx, home.path) and _leads_back(ctx, home.path),
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


def _leads_back(ctx: Context, path: Path) -> bool:
    try:
        ctx.status(path)
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


def _user(ctx: Context, home: CodexHome) -> int | None:
    """Return whose folder it should be: root with `sudo` looks after the folder of who called it.

    Only where it is that user's own, or lies in a folder of theirs.
    """
    user, behind = ctx.system.user, ctx.env.get("SUDO_UID", "")
    if user != ROOT or not behind.isdecimal() or not home.usable:
        return user
    try:
        above = ctx.status(home.target.parent)
    except OSError:
        above = None
    owners = {status.owner for status in (home.status, above) if status is not None}
    return int(behind) if int(behind) in owners else user


def _of_others(ctx: Context, home: CodexHome, user: int | None) -> tuple[tuple[str, int], ...]:
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


def _closed(ctx: Context, home: CodexHome, user: int | None) -> tuple[tuple[str, int], ...]:
    """Return the folders in which Codex could make no file, although they are the user's."""
    if not user or not home.usable:  # no modes, or root, whom they do not stop
        return ()
    found: list[tuple[str, int]] = []
    for name in FILLED:
        try:
            status = ctx.status(home.path / name, follow=False)
        except OSError:
            continue
        if status and status.kind == "folder" and status.owner == user and status.mode & OWN != OWN:
            found.append((name, status.mode))
    return tuple(found)


def _blocked(ctx: Context, home: CodexHome) -> tuple[str, ...]:
    """Return the names at which a turn of Codex wants to make a folder or a file in one, and cannot."""
    if not home.usable:
        return ()
    found: list[str] = []
    for name in FILLED:
        try:
            status = ctx.status(home.path / name)
        except OSError:
            continue
        if status is not None and status.kind != "folder":
            found.append(name)
    return tuple(found)


def _room(ctx: Context, path: Path) -> Room | None:
    try:
        return ctx.room(path)
    except OSError:
        return None


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
