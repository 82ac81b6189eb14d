"""Sign in again: what is stored stays, byte for byte, until the new sign-in is there.

Our own lock covers all of it. What was interrupted is finished first, and nothing is asked for that could
not be stored. How a sign-in is come by is the business of others (`Obtain`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from codex_checks.acts.content import ABSENT, Content, Replacement
from codex_checks.acts.errors import ActError, Conflict, NotSignedIn
from codex_checks.acts.journal import Entry, Leaving
from codex_checks.acts.recovery import SIGN_OUT, recover
from codex_checks.acts.revoke_request import revocable
from codex_checks.acts.settle import settle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_checks.acts.attending import Attending
    from codex_checks.acts.backups import Backup
    from codex_checks.acts.login_answer import Terms
    from codex_checks.acts.recovery import Fate, Revoke
    from codex_checks.acts.store import CredentialStore

COMMAND: Final = "codex-doctor login"
UNDO: Final = "codex-doctor repair --undo"

MOST_CONFLICTS: Final = 3
"""How often what is stored is looked at again: a Codex that runs may renew the old sign-in at any time."""

_REVOKED: Final = "The old sign-in is revoked."


class Unusable(Exception):  # noqa: N818 - an answer, not a fault
    """A sign-in cannot be come by in this way, and nobody was troubled yet; the next one may."""


class Obtained(Struct, frozen=True, kw_only=True):
    """A new sign-in that is to be stored, and the *entry* of the journal in which it is safe already.

    *notes* are sentences for the user.
    """

    entry: Entry
    replacement: Replacement
    notes: tuple[str, ...] = ()


Obtain = Callable[["CredentialStore", Entry], Obtained]
"""Comes by a sign-in, with the help of the user.

Raises `Unusable`, `NotSignedIn`, `SendError` or `CalledOff`; where *kept* is set on what it raises, there
are tokens in the entry.
"""


class SignedIn(Struct, frozen=True, kw_only=True):
    """Who is signed in now. *account* is the id of the account and *plan* its plan, where the tokens say it.

    *expires* is when the access token ends, in seconds since the epoch. *backup* is what was stored before,
    *restorable*: Codex could read it, *revoked*: the service was told that it is not used any more. *notes*
    are sentences for the user, and *finished* is what became of earlier acts that had been interrupted.
    """

    account: str | None
    plan: str | None
    expires: int | None
    backup: Backup | None = None
    restorable: bool = False
    revoked: bool = False
    notes: tuple[str, ...] = ()
    finished: tuple[Fate, ...] = ()


def sign_in(
    store: CredentialStore,
    ways: Sequence[Obtain],
    *,
    terms: Terms,
    attending: Attending,
    revoke: Revoke | None = None,
    revoke_old: bool = False,
) -> SignedIn:
    """Sign in by the first of *ways* that can be used, and store what came in *store*.

    *revoke* tells the service that a token is not used any more; with *revoke_old* that of the old sign-in,
    once the new one is stored.

    :raises NotSignedIn: no sign-in came about.
    :raises SendError: the service could not be asked.
    :raises CalledOff: the act was called off.
    :raises StoreNotWritable: what is stored could not be replaced, or not any more (*kept*).
    :raises LockHeld: another program works on the sign-in; nothing was asked, or the new tokens are *kept*.
    :raises Conflict: others go on changing what is stored; the new tokens are *kept*.
    """
    store.examine_kind()
    with store.alone(COMMAND):
        finished = recover(store, revoke=revoke)
        store.try_locks()
        attending.check()
        entry = store.journal.begin("login", store.read().guard, terms=terms.written())
        obtained = _obtained(store, ways, entry)
        before, after = _stored(store, obtained)
        for old in store.journal.unfinished():  # what was kept of older sign-ins is of no use any more
            if old.act != SIGN_OUT:
                store.journal.clear(old)
        backup = next(iter(store.backups.all()), None) if before.guard != ABSENT else None
        notes = list(obtained.notes)
        revoked = revoke_old and revoke is not None and _revoked(store, before, backup, revoke, notes)
    tokens = after.document.tokens if after.document else None
    return SignedIn(
        account=after.account,
        plan=tokens.claims.plan if tokens else None,
        expires=tokens.expires if tokens else None,
        backup=backup,
        restorable=before.document is not None,
        revoked=revoked,
        notes=tuple(notes),
        finished=finished,
    )


def _obtained(store: CredentialStore, ways: Sequence[Obtain], entry: Entry) -> Obtained:
    """Come by a sign-in. Where none came, nothing is left of *entry*."""
    try:
        return _by_first(ways, store, entry)
    except ActError as error:
        if not error.kept:
            store.journal.clear(entry)
        raise
    except BaseException:  # the process is ended: what came in that instant is not lost
        for left in store.journal.unfinished():
            if left.path == entry.path and left.answer is None and left.change is None:
                store.journal.clear(left)
        raise


def _by_first(ways: Sequence[Obtain], store: CredentialStore, entry: Entry) -> Obtained:
    for way in ways:
        with contextlib.suppress(Unusable):
            return way(store, entry)
    raise NotSignedIn("login-not-completed", "there is no way to sign in from here")


def _stored(store: CredentialStore, obtained: Obtained) -> tuple[Content, Content]:
    """Store what was obtained in the place of whatever is stored now; return what was there, and is."""
    entry = obtained.entry
    for attempt in range(1, MOST_CONFLICTS + 1):
        before = store.read()
        try:
            return before, settle(store, entry, before, obtained.replacement)
        except Conflict:
            if attempt == MOST_CONFLICTS:
                raise
            entry = replace(entry, after=None)
    raise AssertionError  # the last attempt returns or raises


def _revoked(
    store: CredentialStore, before: Content, backup: Backup | None, revoke: Revoke, notes: list[str]
) -> bool:
    """Revoke what was stored *before*; what comes of it is added to *notes*. Nothing depends on it."""
    found = revocable(before.document)
    if found is None:
        notes.append("There was no old sign-in to revoke.")
        return False
    if backup is not None:  # before it is sent: afterwards nobody may come to write it down
        with contextlib.suppress(OSError):
            store.backups.mark_revoked(backup)
    token, kind = found
    why_not = revoke(Leaving(token=token, kind=kind))
    notes.append(f"The old sign-in may still be valid: {why_not}." if why_not else _REVOKED)
    return why_not is None


def put_back(store: CredentialStore, backup: Backup | None) -> None:
    """Store again what *backup* holds, or nothing where it is None; what is stored now is kept.

    :raises StoreNotWritable: it cannot be stored or removed, or Codex would refuse it.
    :raises LockHeld: another program works on the sign-in; nothing was changed.
    :raises Conflict: somebody changes it at this moment; nothing was changed.
    """
    with store.alone(UNDO):
        recover(store)
        store.try_locks(removal=backup is None)
        stored = store.read()
        if backup is None:
            store.keep_backup(stored)
            store.remove(stored.guard)
            return
        change = Replacement(members=store.backups.read(backup).members)
        settle(store, store.journal.begin("undo", stored.guard), stored, change)
        store.backups.forget(backup)
