"""Saving the stored sign-in in the encoding that Codex reads, as a step of a repair: every token stays."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.acts.errors import ActError, LockHeld, StoreNotWritable
from codex_doctor.errors import RepairError
from codex_doctor.repair import times
from codex_doctor.repair.handler import Handler, Note, Tools, known

if TYPE_CHECKING:
    from codex_checks.acts.backups import Backup
    from codex_checks.acts.content import Content, Replacement
    from codex_checks.acts.store import CredentialStore
    from codex_doctor.fix import Act

WHO: Final = "codex-doctor repair"

CHANGED: Final = "the sign-in was renewed or replaced since"
GONE: Final = "what was stored before is not kept any more"


class _Noted(Struct, frozen=True, kw_only=True):
    """The guards of what was stored *before* and *after*; the former is kept as *backup*."""

    path: str
    before: str
    after: str
    backup: str
    mode: int
    modified_ns: int
    times: times.Times


def _do(step: Act, tools: Tools) -> Note:
    store = _store(tools)
    try:
        with store.alone(WHO):
            stored = store.read()
            change, after = _meant(store, stored)
            place = store.examine()
            if place.status is None:
                raise StoreNotWritable("not-signed-in", f"{store.path} does not exist any more")
            folders = times.before(dict.fromkeys((place.folder, store.home.resolve())))
            note = {
                "path": str(place.real),
                "before": stored.guard,
                "after": after,
                "backup": store.keep_backup(stored).path.name,
                "mode": stat.S_IMODE(place.status.st_mode),
                "modified_ns": place.status.st_mtime_ns,
                "times": folders,
            }
            tools.remember(note)
            store.commit(stored.guard, change)
            return {**note, "times": times.after(folders)}
    except ActError as error:
        raise _told(error, step.command) from error


def _meant(store: CredentialStore, stored: Content) -> tuple[Replacement, str]:
    """Return what is to be stored, and its guard.

    :raises RepairError: it would not be the same sign-in.
    """
    from codex_checks.acts.content import Replacement, as_codex_writes, as_utf_8, read_content

    text = as_utf_8(stored.raw)
    meant = read_content(text, store.keep) if text is not None else stored
    change = Replacement(members=meant.members)
    after = read_content(as_codex_writes(change.over({})), store.keep)
    if text is None or meant.document is None or after.document != meant.document:
        raise RepairError(f"{store.path} is not what it was when it was examined")
    return change, after.guard


def _objection(note: Note, tools: Tools) -> str | None:
    noted, store = known(note, _Noted), _store(tools)
    if store.read().guard not in (noted.before, noted.after):
        return CHANGED
    return GONE if _kept(noted, store) is None else None


def _undo(note: Note, tools: Tools) -> None:
    noted, store = known(note, _Noted), _store(tools)
    backup = _kept(noted, store)
    try:
        with store.alone(WHO):
            if backup is None or store.read().guard == noted.before:
                return
            quiet = times.untouched(noted.times)
            store.restore(noted.after, store.backups.read(backup))
            with contextlib.suppress(OSError):
                os.chmod(noted.path, noted.mode)  # noqa: PTH101 - the path is text
                os.utime(noted.path, ns=(noted.modified_ns, noted.modified_ns))
            times.give_back(noted.times, quiet)
            store.backups.forget(backup)
    except ActError as error:
        raise _told(error, None) from error


def _finish(note: Note, tools: Tools) -> str:
    noted, store = known(note, _Noted), _store(tools)
    with store.alone(WHO):
        saved = store.read().guard == noted.after
    return f"{noted.path} was {'' if saved else 'not '}saved again"


def _kept(noted: _Noted, store: CredentialStore) -> Backup | None:
    return next((one for one in store.backups.all() if one.path.name == noted.backup), None)


def _store(tools: Tools) -> CredentialStore:
    from codex_checks.acts.here import look

    return look(tools.context).store()


def _told(error: ActError, command: str | None) -> RepairError:
    return RepairError(error.words, transient=isinstance(error, LockHeld), command=command)


def _forget(note: Note, tools: Tools) -> None:
    noted, store = known(note, _Noted), _store(tools)
    store.backups.let_go(_kept(noted, store))


HANDLER: Final = Handler(do=_do, undo=_undo, finish=_finish, objection=_objection, forget=_forget)
