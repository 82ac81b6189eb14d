"""Rename a file or folder to a name beside it, and back."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from codex_doctor.errors import RepairError
from codex_doctor.private import sync_folder
from codex_doctor.repair import times
from codex_doctor.repair.handler import Handler, Note, Tools, known
from codex_doctor.repair.renaming import rename
from codex_doctor.repair.times import Times  # noqa: TC001 - msgspec reads these annotations at run time

if TYPE_CHECKING:
    from collections.abc import Iterable

    from codex_doctor.fix import MoveAside

TO_THE_END: Final = 0
"""A length of a lock: however far the file may grow (fcntl(2))."""


class _Kept(Struct, frozen=True, kw_only=True):
    path: str
    to: str
    was: list[int] = field(name="is")
    times: Times


def _do(step: MoveAside, tools: Tools) -> Note:
    path, to = Path(step.path), Path(step.to)
    _must_be_free(step, tools)
    if os.path.lexists(to):
        raise _in_the_way(path, to)
    folders = dict.fromkeys((path.parent, to.parent))
    try:
        before = times.before(folders)
        note = {"path": str(path), "to": str(to), "is": _identity(path), "times": before}
        tools.remember(note)
        rename(path, to)
    except FileExistsError as error:
        raise _in_the_way(path, to) from error
    except OSError as error:
        raise RepairError(f"{path} cannot be renamed: {error.strerror or error}") from error
    _sync(folders)
    return {**note, "times": times.after(before)}


def _in_the_way(path: Path, to: Path) -> RepairError:
    return RepairError(f"{to} stands there already, so {path} was not renamed to it")


def _sync(folders: Iterable[Path]) -> None:
    """Let a renaming outlive a power cut; it is done, whether or not that goes."""
    for folder in folders:
        with contextlib.suppress(OSError):
            sync_folder(folder)


def _must_be_free(step: MoveAside, tools: Tools) -> None:
    """Raise where a program has the file open, and says so with a lock, as one does with a database."""
    if step.unless_locked is None:
        return
    holder = tools.context.lock_holder(Path(step.unless_locked), first=0, count=TO_THE_END, any_lock=True)
    if holder is not None:
        who = "a program" if holder.pid is None else f"process {holder.pid}"
        raise RepairError(f"{step.unless_locked} is in use by {who}: quit it first", transient=True)


def _objection(note: Note, _tools: Tools) -> str | None:
    kept = known(note, _Kept)
    if os.path.lexists(kept.path):
        return None if _stands(kept, kept.path) else f"there is a new {kept.path} now, which would be lost"
    try:
        same = _identity(Path(kept.to)) == kept.was
    except OSError as error:
        return f"{kept.to} cannot be looked at: {error.strerror or error}"
    return None if same else f"{kept.to} was changed since"


def _undo(note: Note, _tools: Tools) -> None:
    kept = known(note, _Kept)
    if _stands(kept, kept.path):
        return
    quiet = times.untouched(kept.times)
    try:
        rename(Path(kept.to), Path(kept.path))
    except OSError as error:
        why = error.strerror or error
        raise RepairError(f"{kept.to} cannot be renamed back to {kept.path}: {why}") from error
    _sync(map(Path, kept.times))
    times.give_back(kept.times, quiet)


def _finish(note: Note, _tools: Tools) -> str:
    kept = known(note, _Kept)
    if _stands(kept, kept.path):
        return f"{kept.path} was not renamed"
    if _stands(kept, kept.to):
        return f"{kept.path} was renamed to {Path(kept.to).name}"
    return f"{kept.path} was renamed to {Path(kept.to).name}, or changed since"


def _stands(kept: _Kept, path: str) -> bool:
    """Whether what was to be moved stands at *path*, and nowhere else."""
    elsewhere = kept.to if path == kept.path else kept.path
    try:
        return _identity(Path(path)) == kept.was and not os.path.lexists(elsewhere)
    except OSError:
        return False


def _identity(path: Path) -> list[int]:
    """Return what a renaming leaves as it is: the kind of file, how long, and when it was changed.

    Not its numbers: those of the device may be others after the next start, those of the file too on
    some file systems.
    """
    found = path.lstat()
    return [stat.S_IFMT(found.st_mode), found.st_size, found.st_mtime_ns]


def _places(note: Note) -> tuple[str, ...]:
    kept = known(note, _Kept)
    return kept.path, kept.to


MOVING = Handler(do=_do, undo=_undo, finish=_finish, objection=_objection, places=_places)
