"""Store what the service gave: written down, stored, proved, and only then forgotten."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from codex_checks.acts.content import ABSENT, Change, Content, Renewal, as_codex_writes, read_content
from codex_checks.acts.errors import ActError

if TYPE_CHECKING:
    from codex_checks.acts.backups import Backup
    from codex_checks.acts.journal import Entry
    from codex_checks.acts.store import CredentialStore


def settle(store: CredentialStore, entry: Entry, stored: Content, change: Change) -> Content:
    """Make *change* in *stored*, which *entry* was begun for, and return what stands there then.

    A sign-in that is replaced is kept as a backup; backups of a token that a renewal spent are removed,
    once the new one stands there. The caller holds our own lock.

    :raises Conflict: something else is stored now; nothing was written.
    :raises LockHeld: somebody holds Codex's locks; nothing was written.
    :raises StoreNotWritable: it cannot be written; what was there still stands.

    Where *kept* is set on the error, the entry stays and `recover` stores its tokens later.
    """
    if entry.after is None:
        after = read_content(as_codex_writes(change.over(stored.members)), store.keep)
        with contextlib.suppress(OSError):  # storing the tokens themselves is then all the more urgent
            entry = store.journal.ready(entry, change, after.guard, expected=stored.guard)
    backup: Backup | None = None
    try:
        if not isinstance(change, Renewal) and stored.guard != ABSENT:
            backup = store.keep_backup(stored)
        proved = store.commit(stored.guard, change)
    except ActError as error:
        if backup is not None:
            store.backups.forget(backup)
        error.kept = entry.change is not None
        raise
    with contextlib.suppress(OSError):
        entry = store.journal.committed(entry)
    if isinstance(change, Renewal) and stored.document and stored.document.tokens:
        with contextlib.suppress(OSError):
            store.backups.forget_spent(stored.document.tokens.refresh_token.reveal())
    store.journal.clear(entry)
    if backup is not None:
        store.backups.prune(pending={left.expected for left in store.journal.unfinished()})
    return proved
