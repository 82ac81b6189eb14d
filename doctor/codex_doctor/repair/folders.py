"""Make a folder that is missing, and take it away again while it is empty."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from codex_doctor.errors import RepairError
from codex_doctor.private import give_path, sync_folder
from codex_doctor.repair import times
from codex_doctor.repair.handler import Handler, Note, Tools, known
from codex_doctor.repair.links import set_mode
from codex_doctor.repair.times import Times  # noqa: TC001 - msgspec reads these annotations at run time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor.fix import MakeFolder


class _Kept(Struct, frozen=True, kw_only=True):
    made: tuple[str, ...]
    times: Times


def _do(step: MakeFolder, tools: Tools) -> Note | None:
    path = Path(step.path)
    missing = [folder for folder in (path, *path.parents) if not os.path.isdir(folder)]  # noqa: PTH112 - never raises
    if not missing:
        return None
    stands = missing[-1].parent
    made: list[Path] = []
    try:
        known_times = times.before([stands])
        tools.remember({"made": [str(folder) for folder in reversed(missing)], "times": known_times})
        for folder in reversed(missing):
            folder.mkdir(mode=step.mode)
            made.append(folder)
            give_path(folder)
        set_mode(path, step.mode)  # whatever the umask took away
        sync_folder(stands)
    except OSError as error:
        _take_away(made)
        why = (
            f"{error.filename} is no folder"
            if isinstance(error, FileExistsError)
            else error.strerror or error
        )
        raise RepairError(f"{step.path} cannot be made: {why}") from error
    return {"made": [str(folder) for folder in made], "times": times.after(known_times)}


def _take_away(made: Sequence[Path]) -> None:
    """Remove the folders that this step itself has *made*, but none that somebody uses already."""
    for folder in reversed(made):
        with contextlib.suppress(OSError):
            folder.rmdir()


def _objection(note: Note, _tools: Tools) -> str | None:
    kept = known(note, _Kept)
    made = set(kept.made)
    for folder in map(Path, kept.made):
        with contextlib.suppress(OSError):
            inside = [str(entry) for entry in folder.iterdir() if str(entry) not in made]
            if inside:
                return f"{folder} is not empty any more ({Path(inside[0]).name})"
    return None


def _undo(note: Note, _tools: Tools) -> None:
    kept = known(note, _Kept)
    quiet = times.untouched(kept.times)
    for folder in map(Path, reversed(kept.made)):
        try:
            folder.rmdir()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise RepairError(f"{folder} cannot be removed: {error.strerror or error}") from error
    times.give_back(kept.times, quiet)


def _finish(note: Note, _tools: Tools) -> str:
    wanted = known(note, _Kept).made
    made = [folder for folder in wanted if Path(folder).is_dir()]
    return f"{made[-1]} was made" if made else f"{wanted[-1]} was not made"


def _places(note: Note) -> tuple[str, ...]:
    return known(note, _Kept).made


FOLDERS = Handler(do=_do, undo=_undo, finish=_finish, objection=_objection, places=_places)
