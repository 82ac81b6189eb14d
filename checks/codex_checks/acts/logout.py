"""Sign out: the sign-in is removed here first, and then the service is told that it is not used any more.

In this order nothing is revoked that could not be removed, and whatever the service says, the user is
signed out here. Codex does it the other way round (codex-auth 4.2).
"""

from __future__ import annotations

import contextlib
import errno
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.acts.content import ABSENT
from codex_checks.acts.errors import ActError, StoreNotWritable
from codex_checks.acts.recovery import SIGN_OUT, leave, recover
from codex_checks.acts.revoke_request import revocable, revoking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.acts.content import Content
    from codex_checks.acts.journal import Entry
    from codex_checks.acts.recovery import Fate
    from codex_checks.acts.sending import Send
    from codex_checks.acts.store import CredentialStore
    from codex_checks.auth.document import Document

COMMAND: Final = "codex-doctor logout"
"""What another doctor is told that waits for us."""


class SignedOut(Struct, frozen=True, kw_only=True):
    """Nobody is signed in any more.

    *existed*: something was removed; *removed* is what it said, None where nobody could read it. *revoked*:
    the service took note; else *why_not* says why it may not have, and is empty where there was nothing to
    revoke. *elsewhere* are the other names of the file, under which it still stands. *kept* are earlier
    sign-ins that are still kept, and *finished* is what became of earlier acts that had been interrupted.
    *by_codex*: Codex itself emptied its keyring.
    """

    existed: bool
    removed: Document | None = None
    revoked: bool = False
    why_not: str = ""
    elsewhere: int = 0
    kept: int = 0
    finished: tuple[Fate, ...] = ()
    by_codex: bool = False


def sign_out(store: CredentialStore, send: Send, *, env: Mapping[str, str]) -> SignedOut:
    """Remove the sign-in in *store*, then revoke it by what *send* sends to where *env* says.

    :raises StoreNotWritable: it cannot be removed; nothing was sent.
    :raises LockHeld: another program works on the sign-in; nothing was sent.
    :raises Conflict: somebody changed it meanwhile; nothing was sent.
    """
    tell = revoking(send, env)
    with store.alone(COMMAND):
        finished = recover(store, revoke=tell)
        if store.read().guard != ABSENT:
            store.try_locks(removal=True)
        stored = store.read()  # a Codex that held them may have renewed it
        if stored.guard == ABSENT:
            return SignedOut(existed=False, kept=len(store.backups.all()), finished=finished)
        status = store.examine_removal().status
        entry = _removed(store, stored)
        why_not = leave(store, entry.leaving, tell) if entry.leaving is not None else ""
        store.journal.clear(entry)
        return SignedOut(
            existed=True,
            removed=stored.document,
            revoked=why_not is None,
            why_not=why_not or "",
            elsewhere=status.st_nlink - 1 if status is not None else 0,
            kept=len(store.backups.all()),
            finished=finished,
        )


def _removed(store: CredentialStore, stored: Content) -> Entry:
    """Remove what is *stored*, and return the entry in which stands what is to be revoked now."""
    found = revocable(stored.document)
    entry = store.journal.begin(SIGN_OUT, stored.guard)
    try:
        if found is not None:
            entry = store.journal.leaving(entry, *found)
        store.remove(stored.guard)
    except ActError:
        store.journal.clear(entry)
        raise
    except OSError as error:
        store.journal.clear(entry)
        words = f"the journal cannot be written: {error.strerror or error}"
        raise StoreNotWritable("disk-full" if error.errno == errno.ENOSPC else None, words) from error
    with contextlib.suppress(OSError):
        entry = store.journal.committed(entry)
    return entry
