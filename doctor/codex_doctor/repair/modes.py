"""Set the permission bits of a file or folder, and set them back."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from codex_doctor.errors import RepairError
from codex_doctor.fix import SetMode, command
from codex_doctor.repair.handler import Handler, Note, Tools, known
from codex_doctor.repair.links import set_mode, settled

if TYPE_CHECKING:
    from pathlib import Path

Mode = Annotated[int, Meta(ge=0, le=0o7777)]


class _Kept(Struct, frozen=True, kw_only=True):
    path: str
    before: Mode
    after: Mode


def _do(step: SetMode, tools: Tools) -> Note:
    try:
        real = settled(step.path)
        note = {"path": str(real), "before": _mode(real), "after": step.mode}
        tools.remember(note)
        set_mode(real, step.mode)
    except OSError as error:
        line = command(step, os=tools.context.system.os)
        raise RepairError(
            f"the mode of {step.path} cannot be set: {error.strerror or error}",
            command=f"sudo {line}" if isinstance(error, PermissionError) else None,
        ) from error
    with contextlib.suppress(OSError):  # the system may leave bits away that this user may not give
        note["after"] = _mode(real)
    return note


def _objection(note: Note, _tools: Tools) -> str | None:
    kept = known(note, _Kept)
    try:
        mode = _mode(kept.path)
    except OSError as error:
        return f"{kept.path} cannot be looked at: {error.strerror or error}"
    if mode not in (kept.after, kept.before):
        return f"the mode of {kept.path} was changed since, to {mode:o}"
    return None


def _undo(note: Note, _tools: Tools) -> None:
    kept = known(note, _Kept)
    try:
        if _mode(kept.path) != kept.before:
            set_mode(kept.path, kept.before)
    except OSError as error:
        why = error.strerror or error
        raise RepairError(f"the mode of {kept.path} cannot be set back: {why}") from error


def _finish(note: Note, _tools: Tools) -> str:
    kept = known(note, _Kept)
    try:
        mode = _mode(kept.path)
    except OSError:
        return f"{kept.path} is not there any more"
    was = "was set" if mode == kept.after else "was not set"
    return f"the mode of {kept.path} {was} (it is {mode:o})"


def _mode(path: str | Path) -> int:
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        raise OSError(f"{path} is a link now")
    return stat.S_IMODE(status.st_mode)


MODES = Handler(do=_do, undo=_undo, finish=_finish, objection=_objection)
