"""Rename a file or folder to a name beside it, and back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex_doctor.errors import RepairError
from codex_doctor.private import sync_folder
from codex_doctor.repair import times
from codex_doctor.repair.handler import Handler, Note, Tools

if TYPE_CHECKING:
    from codex_doctor.fix import MoveAside

TO_THE_END: Final = 0
"""A length of a lock: however far the file may grow (fcntl(2))."""


def _do(step: MoveAside, tools: Tools) -> None:
    path, to = Path(step.path), Path(step.to)
    _must_be_free(step, tools)
    if os.path.lexists(to):
        raise RepairError(f"{to} stands there already, so {path} was not renamed to it")
    try:
        known = times.before(dict.fromkeys((path.parent, to.parent)))
        note = {"path": str(path), "to": str(to), "is": _identity(path), "times": known}
        tools.remember(note)
        path.rename(to)
        for folder in dict.fromkeys((path.parent, to.parent)):
            sync_folder(folder)
        tools.remember({**note, "times": times.after(known)})
    except OSError as error:
        raise RepairError(f"{path} cannot be renamed: {error.strerror or error}") from error


def _must_be_free(step: MoveAside, tools: Tools) -> None:
    """Raise where a program has the file open, and says so with a lock, as one does with a database."""
    if step.unless_locked is None:
        return
    holder = tools.context.lock_holder(Path(step.unless_locked), first=0, count=TO_THE_END, any_lock=True)
    if holder is not None:
        who = "a program" if holder.pid is None else f"process {holder.pid}"
        raise RepairError(f"{step.unless_locked} is in use by {who}: quit it first", transient=True)


def _objection(note: Note, _tools: Tools) -> str | None:
    path, to = Path(note["path"]), Path(note["to"])
    if os.path.lexists(path):
        return None if _was_not_moved(note) else f"there is a new {path} now, which would be lost"
    try:
        same = _identity(to) == note["is"]
    except OSError as error:
        return f"{to} cannot be looked at: {error.strerror or error}"
    return None if same else f"{to} was changed since"


def _undo(note: Note, _tools: Tools) -> None:
    if _was_not_moved(note):
        return
    quiet = times.untouched(note["times"])
    path = Path(note["path"])
    try:
        Path(note["to"]).rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise RepairError(f"{note['to']} cannot be renamed back: {error.strerror or error}") from error
    times.give_back(note["times"], quiet)


def _finish(note: Note, _tools: Tools) -> str:
    if _was_not_moved(note):
        return f"{note['path']} was not renamed"
    return f"{note['path']} was renamed to {Path(note['to']).name}"


def _was_not_moved(note: Note) -> bool:
    try:
        return _identity(Path(note["path"])) == note["is"] and not os.path.lexists(note["to"])
    except OSError:
        return False


def _identity(path: Path) -> list[int]:
    """Return what a renaming leaves as it is: which file it is, how long, and when it was changed."""
    found = path.lstat()
    return [found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns]


MOVING = Handler(do=_do, undo=_undo, finish=_finish, objection=_objection)
