"""Signing in as a step of a repair: whoever reads the code enters it, and it can be taken back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.acts.content import ABSENT
from codex_checks.acts.errors import ActError, CalledOff
from codex_checks.acts.refresh_step import needs_network, told
from codex_doctor.errors import CalledOffError
from codex_doctor.repair.handler import Handler, Note, Tools, known

if TYPE_CHECKING:
    from codex_checks.acts.backups import Backup
    from codex_checks.acts.store import CredentialStore
    from codex_doctor.fix import Act

UNREADABLE: Final = "what was stored before could not be read by Codex; a copy of it is kept: "
IN_KEYRING: Final = "Codex keeps the sign-in in its keyring, and no copy of the old one could be made"
GONE: Final = "what was stored before is not kept any more"
REVOKED: Final = "the sign-in from before was revoked: whoever puts it back is signed out"
NEWER: Final = "another account was signed in since"
SIGNED_OUT: Final = (
    "somebody signed out since; what was stored before is kept, for codex-doctor import-auth: "
)
STILL_VALID: Final = "The sign-in that was taken back stays valid at the service; a copy of it is kept."


class _Noted(Struct, frozen=True, kw_only=True):
    """What is known of a step. *account* signed in, and what was stored before is kept as *backup*.

    Both are None before that, *backup* also where nothing was stored, or all of it is *in_keyring*. *before*
    is the guard of what was stored when it *began*, in seconds since the epoch.
    """

    path: str
    before: str | None = None
    began: float = 0.0
    signed_in: bool = False
    in_keyring: bool = False
    account: str | None = None
    backup: str | None = None


def _do(_: Act, tools: Tools) -> Note:
    from codex_checks.acts.attending import Attending
    from codex_checks.acts.failures import of_error
    from codex_checks.acts.here import look
    from codex_checks.acts.renewing import in_keyring
    from codex_checks.acts.signing_in import sign_in_here
    from codex_checks.commands.invitation import Invitation

    needs_network("signing in", tools, otherwise="codex-doctor login")
    here, door = look(tools.context), tools.door
    noted: Note = {
        "path": str(here.home.path / "auth.json"),
        "before": here.store().read().guard,
        "began": time.time(),
    }
    tools.remember(noted)
    try:
        with door.calling_off() as called_off:
            invitation = Invitation(door, here.ctx, events=False, browser=None)
            signed_in = sign_in_here(here, attending=Attending(tell=invitation.tell, cancelled=called_off))
    except CalledOff:
        raise CalledOffError("called off: your sign-in is as it was") from None
    except ActError as error:
        raise told(of_error(error, here)) from error
    for words in signed_in.notes:
        door.say(words)
    backup = signed_in.backup
    return {
        **noted,
        "signed_in": True,
        "in_keyring": in_keyring(here),
        "account": signed_in.account,
        "backup": backup.path.name if backup else None,
    }


def _store(tools: Tools, note: _Noted) -> CredentialStore:
    """Return the store of where it was signed in, whichever CODEX_HOME is meant by now."""
    from codex_checks.acts.here import look_at

    return look_at(tools.context, Path(note.path).parent).store()


def _kept(note: _Noted, store: CredentialStore) -> Backup | None:
    """Return what was stored before, where it is still kept; it may have been renamed as revoked since."""
    if note.backup is None:
        return None
    stem = note.backup.partition(".")[0]
    return next((one for one in store.backups.all() if one.path.name.partition(".")[0] == stem), None)


def _stands(note: _Noted, store: CredentialStore) -> bool:
    """Whether what was stored before is stored again: an undo was cut off after that."""
    return not note.in_keyring and store.read().guard == note.before


def _objection(note: Note, tools: Tools) -> str | None:
    noted = known(note, _Noted)
    store = _store(tools, noted)
    if not noted.signed_in or _stands(noted, store):
        return None
    if noted.in_keyring:
        return IN_KEYRING
    backup = _kept(noted, store)
    if noted.backup is not None and backup is None:
        return GONE
    if backup is not None and store.backups.read(backup).document is None:
        return f"{UNREADABLE}{backup.path}"
    stored = store.read()
    if stored.guard == ABSENT:
        return f"{SIGNED_OUT}{backup.path}" if backup is not None else None
    return NEWER if stored.account != noted.account else None


def _needs_force(note: Note, tools: Tools) -> str | None:
    noted = known(note, _Noted)
    backup = _kept(noted, _store(tools, noted))
    return REVOKED if backup is not None and backup.revoked else None


def _undo(note: Note, tools: Tools) -> None:
    from codex_checks.acts.failures import of_error
    from codex_checks.acts.login import UNDO, put_back
    from codex_checks.acts.recovery import recover

    noted = known(note, _Noted)
    store = _store(tools, noted)
    if not noted.signed_in:
        return
    try:
        if _stands(noted, store):
            with store.alone(UNDO):
                recover(store)
            return
        put_back(store, _kept(noted, store))
    except ActError as error:
        raise told(of_error(error)) from error
    tools.door.say(STILL_VALID)


def _came(note: _Noted, store: CredentialStore) -> Note | None:
    """Return what must be known to take back a sign-in that came and that nobody lived to note, None without.

    It is the last thing that was done to what was stored before, so that this is the newest that is kept.
    """
    stored, kept = store.read(), next(iter(store.backups.all()), None)
    if note.before in (None, stored.guard) or stored.document is None:
        return None
    if note.before == ABSENT:
        if kept is not None and kept.taken >= note.began:
            return None
    elif kept is None or store.backups.read(kept).guard != note.before:
        return None
    backup = None if note.before == ABSENT or kept is None else kept.path.name
    return {"signed_in": True, "account": stored.account, "backup": backup}


def _finish(note: Note, tools: Tools) -> str:
    from codex_checks.acts.recovery import Fate, recover

    noted = known(note, _Noted)
    store = _store(tools, noted)
    with store.alone("codex-doctor repair"):
        fates = recover(store)
        if (came := _came(noted, store)) is not None:
            tools.remember({**note, **came})
    if Fate.STORED in fates:
        return "the new sign-in had come, and is stored now"
    if came is not None:
        return "the new sign-in had come, and is stored"
    return "signing in had come to its end, or to nothing: what is stored is whole"


def _forget(note: Note, tools: Tools) -> None:
    noted = known(note, _Noted)
    store = _store(tools, noted)
    store.backups.let_go(_kept(noted, store))


HANDLER: Final = Handler(
    do=_do,
    undo=_undo,
    finish=_finish,
    objection=_objection,
    needs_force=_needs_force,
    forget=_forget,
    online=True,
)
