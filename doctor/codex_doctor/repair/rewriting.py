"""Change lines of a file as a whole: a copy of the old one is kept, and put back on request."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_doctor import files
from codex_doctor.errors import RepairError
from codex_doctor.private import write_private
from codex_doctor.repair import times
from codex_doctor.repair.handler import Handler, Note, Tools, known
from codex_doctor.repair.lines import difference, edited
from codex_doctor.repair.links import settled
from codex_doctor.repair.times import Nanoseconds, Times  # noqa: TC001 - msgspec reads them at run time
from codex_doctor.replace import replace, sweep

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_doctor.fix import RewriteFile

UTF_8: Final = "utf-8"


def preview(step: RewriteFile) -> str:
    """Return how *step* would change its file, as a unified diff.

    :raises RepairError: the file is not the one that was examined.
    """
    _, before = _examined(step)
    recoded = _as_utf_8(before, step)
    edited(recoded, step.edits)  # makes sure that they fit
    shown = difference(recoded, step.edits, name=step.path)
    return shown if recoded == before else f"(the same text, saved as UTF-8)\n{shown}".strip()


class _Kept(Struct, frozen=True, kw_only=True):
    path: str
    before: str
    after: str
    modified_ns: Nanoseconds
    times: Times


def _do(step: RewriteFile, tools: Tools) -> Note:
    real, before = _examined(step)
    after = edited(_as_utf_8(before, step), step.edits)
    try:
        status = _replaceable(real)
        folder_times = times.before([real.parent])
        _keep(tools.folder, before=before, after=after, name=real)
        note = {
            "path": str(real),
            "before": digest(before),
            "after": digest(after),
            "modified_ns": status.st_mtime_ns,
            "times": folder_times,
        }
        tools.remember(note)
        replace(real, after, mode=stat.S_IMODE(status.st_mode), step=_unless_changed(real, step.sha256))
    except OSError as error:
        raise RepairError(f"{step.path} cannot be changed: {error.strerror or error}") from error
    return {**note, "times": times.after(folder_times)}


def _replaceable(real: Path) -> os.stat_result:
    """Return what the file system says of the file *real*.

    :raises RepairError: it could not be replaced without loss.
    """
    status = real.lstat()
    if stat.S_ISLNK(status.st_mode):
        raise RepairError(f"{real} is a link now")
    if hasattr(os, "geteuid") and os.geteuid() not in (0, status.st_uid):
        raise RepairError(f"{real} belongs to user {status.st_uid}, and would be yours afterwards")
    if status.st_nlink > 1:
        raise RepairError(f"{real} has {status.st_nlink} hard links, which a replacement would tear apart")
    return status


def _keep(folder: Path, *, before: bytes, after: bytes, name: Path) -> None:
    try:
        write_private(folder / "before", before)
        write_private(folder / "after", after)
    except OSError as error:
        raise RepairError(f"no copy of {name} can be kept in {folder}: {error.strerror or error}") from error


def _unless_changed(real: Path, *digests: str) -> Callable[[str], None]:
    """Return what stops a replacement in its last moment, where *real* is no longer what was read."""

    def look(step: str) -> None:
        if step == "temporary-synced" and digest(files.read(real)) not in digests:
            raise RepairError(f"{real} was changed by another program meanwhile")

    return look


def _objection(note: Note, tools: Tools) -> str | None:
    kept = known(note, _Kept)
    path = Path(kept.path)
    try:
        found = digest(files.read(path))
        _replaceable(path)
    except OSError as error:
        return f"{path} cannot be read: {error.strerror or error}"
    except RepairError as error:
        return error.message
    if found not in (kept.before, kept.after):
        return f"{path} was changed since; what is there now would be lost"
    try:
        whole = digest(files.read(tools.folder / "before")) == kept.before
    except OSError as error:
        return f"the copy of {path} that was kept cannot be read: {error.strerror or error}"
    return None if whole else f"the copy of {path} that was kept is damaged"


def _undo(note: Note, tools: Tools) -> None:
    kept = known(note, _Kept)
    path = Path(kept.path)
    quiet = times.untouched(kept.times)
    try:
        content = files.read(tools.folder / "before")
        sweep(path.parent, content)  # what an undo left that was killed
        status = _replaceable(path)
        if digest(files.read(path)) == kept.before and status.st_mtime_ns == kept.modified_ns:
            return
        replace(
            path,
            content,
            mode=stat.S_IMODE(status.st_mode),
            modified_ns=kept.modified_ns,
            step=_unless_changed(path, kept.before, kept.after),
        )
    except OSError as error:
        raise RepairError(f"{path} cannot be put back: {error.strerror or error}") from error
    times.give_back(kept.times, quiet)


def _finish(note: Note, tools: Tools) -> str:
    kept = known(note, _Kept)
    path = Path(kept.path)
    try:
        sweep(path.parent, files.read(tools.folder / "after"))
        changed = digest(files.read(path)) == kept.after
    except OSError as error:
        return f"{path} cannot be read: {error.strerror or error}"
    return f"{path} was {'' if changed else 'not '}changed"


def _examined(step: RewriteFile) -> tuple[Path, bytes]:
    """Return where the file of *step* really is, and what it holds.

    :raises RepairError: it is not the one that was examined.
    """
    try:
        real = settled(step.path)
        content = files.read(real)
    except OSError as error:
        raise RepairError(f"{step.path} cannot be read: {error.strerror or error}") from error
    if digest(content) != step.sha256:
        raise RepairError(f"{step.path} was changed since it was examined")
    return real, content


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
