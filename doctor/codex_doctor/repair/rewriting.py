"""Change lines of a file as a whole: a copy of the old one is kept, and put back on request."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex_doctor import files
from codex_doctor.errors import RepairError
from codex_doctor.private import write_private
from codex_doctor.repair import times
from codex_doctor.repair.handler import Handler, Note, Tools
from codex_doctor.repair.lines import difference, edited
from codex_doctor.replace import replace, sweep

if TYPE_CHECKING:
    from codex_doctor.fix import RewriteFile

UTF_8: Final = "utf-8"


def preview(step: RewriteFile) -> str:
    """Return how *step* would change its file, as a unified diff.

    :raises RepairError: the file is not the one that was examined.
    """
    before = _examined(step)
    recoded = _as_utf_8(before, step)
    shown = difference(recoded, edited(recoded, step.edits), name=step.path)
    return shown if recoded == before else f"(the same text, saved as UTF-8)\n{shown}".strip()


def _do(step: RewriteFile, tools: Tools) -> None:
    before = _examined(step)
    after = edited(_as_utf_8(before, step), step.edits)
    try:
        real = Path(step.path).resolve()
        status = real.stat()
        if hasattr(os, "geteuid") and os.geteuid() not in (0, status.st_uid):
            raise RepairError(f"{real} belongs to user {status.st_uid}, and would be yours afterwards")
        if status.st_nlink > 1:
            words = f"{real} has {status.st_nlink} hard links, which a replacement would tear apart"
            raise RepairError(words)
        known = times.before([real.parent])
        write_private(tools.folder / "before", before)
        write_private(tools.folder / "after", after)
        note = {
            "path": str(real),
            "before": digest(before),
            "after": digest(after),
            "mode": stat.S_IMODE(status.st_mode),
            "modified_ns": status.st_mtime_ns,
            "times": known,
        }
        tools.remember(note)
        replace(real, after, mode=stat.S_IMODE(status.st_mode))
        tools.remember({**note, "times": times.after(known)})
    except OSError as error:
        raise RepairError(f"{step.path} cannot be changed: {error.strerror or error}") from error


def _objection(note: Note, tools: Tools) -> str | None:
    path = Path(note["path"])
    try:
        found = digest(files.read(path))
    except OSError as error:
        return f"{path} cannot be read: {error.strerror or error}"
    if found not in (note["before"], note["after"]):
        return f"{path} was changed since; what is there now would be lost"
    if digest(files.read(tools.folder / "before")) != note["before"]:
        return f"the copy of {path} that was kept is damaged"
    return None


def _undo(note: Note, tools: Tools) -> None:
    path = Path(note["path"])
    quiet = times.untouched(note["times"])
    try:
        sweep(path.parent, files.read(tools.folder / "before"))  # what an undo left that was killed
        replace(path, files.read(tools.folder / "before"), mode=note["mode"])
        os.utime(path, ns=(path.stat().st_atime_ns, note["modified_ns"]))
    except OSError as error:
        raise RepairError(f"{path} cannot be put back: {error.strerror or error}") from error
    times.give_back(note["times"], quiet)


def _finish(note: Note, tools: Tools) -> str:
    path = Path(note["path"])
    try:
        sweep(path.parent, files.read(tools.folder / "after"))
        changed = digest(files.read(path)) == note["after"]
    except OSError as error:
        return f"{path} cannot be read: {error.strerror or error}"
    return f"{path} was {'' if changed else 'not '}changed"


def _examined(step: RewriteFile) -> bytes:
    try:
        content = files.read(Path(step.path))
    except OSError as error:
        raise RepairError(f"{step.path} cannot be read: {error.strerror or error}") from error
    if digest(content) != step.sha256:
        raise RepairError(f"{step.path} was changed since it was examined")
    return content


def _as_utf_8(content: bytes, step: RewriteFile) -> bytes:
    if step.encoding == UTF_8:
        return content
    try:
        return content.decode(step.encoding).encode(UTF_8)
    except (UnicodeError, LookupError) as error:
        raise RepairError(f"{step.path} is no text in {step.encoding}") from error


def digest(content: bytes) -> str:
    """Return the SHA-256 of *content* in hexadecimal, as `RewriteFile.sha256` holds it."""
    return hashlib.sha256(content).hexdigest()


REWRITING = Handler(do=_do, undo=_undo, finish=_finish, objection=_objection)
