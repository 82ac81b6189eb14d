"""Remove a file that nobody needs any more; a copy is kept, and put back on request."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from codex_doctor import files
from codex_doctor.errors import RepairError
from codex_doctor.private import sync_folder, write_private
from codex_doctor.repair import times
from codex_doctor.repair.handler import Handler, Note, Tools, known
from codex_doctor.repair.rewriting import digest
from codex_doctor.repair.times import Nanoseconds, Times  # noqa: TC001 - msgspec reads them at run time
from codex_doctor.replace import replace, sweep

if TYPE_CHECKING:
    from codex_doctor.fix import RemoveFile


class _Kept(Struct, frozen=True, kw_only=True):
    path: str
    content: str
    mode: int
    modified_ns: Nanoseconds
    times: Times


def _do(step: RemoveFile, tools: Tools) -> Note:
    path = Path(step.path)
    try:
        status = path.lstat()
        content = files.read(path)
        if not stat.S_ISREG(status.st_mode) or digest(content) != step.sha256:
            raise RepairError(f"{path} was changed since it was examined")
        before = times.before([path.parent])
        write_private(tools.folder / "before", content)
        note = {
            "path": str(path),
            "content": step.sha256,
            "mode": stat.S_IMODE(status.st_mode),
            "modified_ns": status.st_mtime_ns,
            "times": before,
        }
        tools.remember(note)
        path.unlink()
    except OSError as error:
        raise RepairError(f"{path} cannot be removed: {error.strerror or error}") from error
    with contextlib.suppress(OSError):  # it is gone, whether or not that outlives a power cut
        sync_folder(path.parent)
    return {**note, "times": times.after(before)}


def _objection(note: Note, tools: Tools) -> str | None:
    kept = known(note, _Kept)
    if os.path.lexists(kept.path) and not _stands(kept):
        return f"there is a new {kept.path} now, which would be lost"
    try:
        whole = digest(files.read(tools.folder / "before")) == kept.content
    except OSError as error:
        return f"the copy of {kept.path} that was kept cannot be read: {error.strerror or error}"
    return None if whole else f"the copy of {kept.path} that was kept is damaged"


def _undo(note: Note, tools: Tools) -> None:
    kept = known(note, _Kept)
    path = Path(kept.path)
    if _stands(kept):
        return
    quiet = times.untouched(kept.times)
    try:
        content = files.read(tools.folder / "before")
        sweep(path.parent, content)  # what an undo left that was killed
        replace(path, content, mode=kept.mode, modified_ns=kept.modified_ns)
    except OSError as error:
        raise RepairError(f"{path} cannot be put back: {error.strerror or error}") from error
    times.give_back(kept.times, quiet)


def _finish(note: Note, _tools: Tools) -> str:
    kept = known(note, _Kept)
    return f"{kept.path} was {'not ' if os.path.lexists(kept.path) else ''}removed"


def _stands(kept: _Kept) -> bool:
    """Whether the file that was to be removed is there."""
    try:
        return digest(files.read(Path(kept.path))) == kept.content
    except OSError:
        return False


REMOVING = Handler(do=_do, undo=_undo, finish=_finish, objection=_objection)
