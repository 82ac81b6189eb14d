"""Make a folder that is missing, and take it away again while it is empty."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from codex_doctor.errors import RepairError
from codex_doctor.private import give_path, sync_folder
from codex_doctor.repair import times
from codex_doctor.repair.handler import Handler, Note, Tools

if TYPE_CHECKING:
    from codex_doctor.fix import MakeFolder


def _do(step: MakeFolder, tools: Tools) -> None:
    path = Path(step.path)
    missing = [folder for folder in (path, *path.parents) if not folder.is_dir()]
    if not missing:
        return
    stands = missing[-1].parent
    made = [str(folder) for folder in reversed(missing)]
    try:
        known = times.before([stands])
        tools.remember({"made": made, "times": known})
        for folder in map(Path, made):
            folder.mkdir(mode=step.mode)
            give_path(folder)
        path.chmod(step.mode)  # whatever the umask took away
        sync_folder(stands)
        tools.remember({"made": made, "times": times.after(known)})
    except OSError as error:
        raise RepairError(f"{step.path} cannot be made: {error.strerror or error}") from error


def _objection(note: Note, _tools: Tools) -> str | None:
    made = set(note["made"])
    for folder in map(Path, note["made"]):
        with contextlib.suppress(OSError):
            inside = [str(entry) for entry in folder.iterdir() if str(entry) not in made]
            if inside:
                return f"{folder} is not empty any more ({Path(inside[0]).name})"
    return None


def _undo(note: Note, _tools: Tools) -> None:
    quiet = times.untouched(note["times"])
    for folder in map(Path, reversed(note["made"])):
        try:
            folder.rmdir()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise RepairError(f"{folder} cannot be removed: {error.strerror or error}") from error
    times.give_back(note["times"], quiet)


def _finish(note: Note, _tools: Tools) -> str:
    made = [folder for folder in note["made"] if Path(folder).is_dir()]
    return f"{made[-1]} was made" if made else f"{note['made'][-1]} was not made"


FOLDERS = Handler(do=_do, undo=_undo, finish=_finish, objection=_objection)
