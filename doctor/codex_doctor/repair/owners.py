"""Give files to the user whose they should be, and back; only root can.

The folder of somebody else is walked with root's rights here, while its owner may move things in it: no
link is followed, each name is looked up in the folder that was read, and a file with a second name stays
as it is, for that may be any file.
"""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_doctor.errors import RepairError
from codex_doctor.fix import command
from codex_doctor.repair.handler import Handler, Note, Tools, known
from codex_doctor.repair.links import settled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from codex_doctor.fix import SetOwner

MOST: Final = 100_000
"""Files and folders; a home of Codex that was used for years holds some thousands."""


class _Kept(Struct, frozen=True, kw_only=True):
    top: str
    paths: tuple[str, ...]
    before: int
    after: int


def _do(step: SetOwner, tools: Tools) -> None:
    top, given = step.path, list[str]()
    try:
        top = str(settled(step.path))
        given += (path for path, _ in _belonging(top, step.was))
        tools.remember({"top": top, "paths": given, "before": step.was, "after": step.owner})
        _give(top, given, was=step.was, owner=step.owner)
    except OSError as error:
        with contextlib.suppress(OSError):
            _give(top, given, was=step.owner, owner=step.was)
        raise RepairError(
            f"the owner of {error.filename or step.path} cannot be changed: {error.strerror or error}",
            command=command(step, os=tools.context.system.os),
        ) from error


def _objection(_note: Note, _tools: Tools) -> str | None:
    return None if os.geteuid() == 0 else "only root can give the files back"


def _undo(note: Note, _tools: Tools) -> None:
    kept = known(note, _Kept)
    try:
        _give(kept.top, kept.paths, was=kept.after, owner=kept.before)
    except OSError as error:
        raise RepairError(f"{error.filename} cannot be given back: {error.strerror or error}") from error


def _finish(note: Note, _tools: Tools) -> str:
    kept = known(note, _Kept)
    try:
        left = {path for path, _ in _belonging(kept.top, kept.before)} & set(kept.paths)
    except OSError as error:
        return f"{kept.top} cannot be looked at: {error.strerror or error}"
    done = len(kept.paths) - len(left)
    return f"{done} of {len(kept.paths)} files in {kept.top} were given to user {kept.after}"


def _places(note: Note) -> tuple[str, ...]:
    return known(note, _Kept).paths


def _give(top: str, paths: Collection[str], *, was: int, owner: int) -> None:
    wanted = set(paths)
    for path, folder in _belonging(top, was):
        if path in wanted:
            name = path if folder is None else os.path.basename(path)  # noqa: PTH119 - the path is text
            os.chown(name, owner, -1, dir_fd=folder, follow_symlinks=False)


def _belonging(top: str, owner: int) -> Iterator[tuple[str, int | None]]:
    """Yield *top* and all in it that belongs to *owner*, each with the descriptor of the folder it is in.

    :raises RepairError: there is more than a home of Codex holds.
    """
    itself = os.stat(top, follow_symlinks=False)  # noqa: PTH116 - the path is text
    if _is_of(itself, owner):
        yield top, None
    if not stat.S_ISDIR(itself.st_mode):
        return
    seen = 0
    for folder, folders, files, descriptor in os.fwalk(top, follow_symlinks=False):
        for name in sorted((*folders, *files)):
            seen += 1
            if seen > MOST:
                raise RepairError(f"{top} holds more than {MOST} files")
            status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            if _is_of(status, owner):
                yield os.path.join(folder, name), descriptor  # noqa: PTH118 - the path is text


def _is_of(status: os.stat_result, owner: int) -> bool:
    return status.st_uid == owner and (stat.S_ISDIR(status.st_mode) or status.st_nlink == 1)


OWNERS = Handler(do=_do, undo=_undo, finish=_finish, objection=_objection, places=_places)
