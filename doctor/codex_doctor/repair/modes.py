"""Set the permission bits of a file or folder, and set them back."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from codex_doctor.errors import RepairError
from codex_doctor.fix import SetMode, command
from codex_doctor.repair.handler import Handler, Note, Tools

if TYPE_CHECKING:
    from pathlib import Path


def _do(step: SetMode, tools: Tools) -> None:
    try:
        had = _mode(step.path)
        tools.remember({"path": step.path, "before": had, "after": step.mode})
        os.chmod(step.path, step.mode)  # noqa: PTH101 - the path is text
    except OSError as error:
        line = command(step, os=tools.context.system.os)
        raise RepairError(
            f"the mode of {step.path} cannot be set: {error.strerror or error}",
            command=f"sudo {line}" if isinstance(error, PermissionError) else None,
        ) from error


def _objection(note: Note, _tools: Tools) -> str | None:
    try:
        mode = _mode(note["path"])
    except OSError as error:
        return f"{note['path']} cannot be looked at: {error.strerror or error}"
    if mode not in (note["after"], note["before"]):
        return f"the mode of {note['path']} was changed since, to {mode:o}"
    return None


def _undo(note: Note, _tools: Tools) -> None:
    try:
        os.chmod(note["path"], note["before"])  # noqa: PTH101 - the path is text
    except OSError as error:
        raise RepairError(f"the mode of {note['path']} cannot be set back: {error.strerror}") from error


def _finish(note: Note, _tools: Tools) -> str:
    try:
        mode = _mode(note["path"])
    except OSError:
        return f"{note['path']} is not there any more"
    was = "was set" if mode == note["after"] else "was not set"
    return f"the mode of {note['path']} {was} (it is {mode:o})"


def _mode(path: str | Path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)  # noqa: PTH116 - the path is text


MODES = Handler(do=_do, undo=_undo, finish=_finish, objection=_objection)
