"""Finish what a kill, a full disk or a held lock interrupted: no answer of the service is lost."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from codex_checks.acts import login_answer
from codex_checks.acts.content import ABSENT, Change, stamp
from codex_checks.acts.errors import Conflict
from codex_checks.acts.refresh_answers import Kind, judge
from codex_checks.acts.settle import settle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codex_checks.acts.content import Content
    from codex_checks.acts.journal import Answer, Entry, Leaving
    from codex_checks.acts.store import CredentialStore


SIGN_OUT: Final = "logout"
"""The act whose entries end a sign-in."""


class Fate(StrEnum):
    """What became of an entry of the journal."""

    STORED = "stored"
    """Its new tokens were still to be stored, and are now."""
    CLEARED = "cleared"
    """There was nothing left to do."""
    WAITING = "waiting"
    """The sign-in is removed here, and the service is yet to be told that it is not used any more."""
    KEPT = "kept"
    """Something else is stored meanwhile, or its answer cannot be read: its tokens stay in the journal."""


Revoke = Callable[["Leaving"], str | None]
"""Tells the service that a token is not used any more; returns why it may not have been heeded."""


def recover(store: CredentialStore, *, revoke: Revoke | None = None) -> tuple[Fate, ...]:
    """Finish every entry of the journal of *store*, the oldest first. The caller holds our own lock.

    A sign-in that was removed and not revoked yet is revoked by *revoke*; without that, it waits.

    :raises StoreNotWritable: what is stored cannot be replaced; the entries stay.
    :raises LockHeld: somebody holds Codex's locks; the entries stay.
    """
    return tuple(finish(store, entry, revoke=revoke) for entry in store.journal.unfinished())


def finish(store: CredentialStore, entry: Entry, *, revoke: Revoke | None = None) -> Fate:
    """Finish one *entry*, as `recover` does. The caller holds our own lock.

    :raises StoreNotWritable: what is stored cannot be replaced; the entry stays.
    :raises LockHeld: somebody holds Codex's locks; the entry stays.
    """
    stored = store.read()
    if entry.act == SIGN_OUT:
        return _signed_out(store, entry, stored, revoke)
    change = entry.change or _change_of(store, entry)
    stands = entry.after is not None and stored.guard == entry.after != entry.expected
    if entry.committed or stands or (change is None and not _may_hold_tokens(store, entry)):
        store.journal.clear(entry)
        return Fate.CLEARED
    if change is None or stored.guard != entry.expected:
        return Fate.KEPT
    try:
        settle(store, entry, stored, change)
    except Conflict:
        return Fate.KEPT
    return Fate.STORED


def _signed_out(store: CredentialStore, entry: Entry, stored: Content, revoke: Revoke | None) -> Fate:
    """Finish a sign-out: what still stands is left, for nothing was revoked; what is gone is revoked.

    Where something else stands, it may be the same sign-in, renewed: that is not revoked.
    """
    if entry.leaving is not None and (entry.committed or stored.guard == ABSENT):
        if revoke is None:
            return Fate.WAITING
        leave(store, entry.leaving, revoke)
    store.journal.clear(entry)
    return Fate.CLEARED


def leave(store: CredentialStore, leaving: Leaving, revoke: Revoke) -> str | None:
    """Revoke what was removed, and forget its backups; return why it may not have been revoked."""
    with contextlib.suppress(OSError):
        store.backups.forget_spent(leaving.token.reveal())
    return revoke(leaving)


def _change_of(store: CredentialStore, entry: Entry) -> Change | None:
    """Return what follows from the answer to an act, where nobody came to write that down."""
    if entry.answer is None:
        return None
    came = stamp(int(entry.started * 10**9))
    match entry.act:
        case "refresh":
            return judge(entry.answer, keep=store.keep, stamp=came).renewal
        case "login":
            return _judge_login(store, entry.answer, entry.terms, came).replacement
        case _:
            return None


def _may_hold_tokens(store: CredentialStore, entry: Entry) -> bool:
    """Whether there are tokens in the answer to an act that could not be made use of."""
    if entry.answer is None:
        return False
    match entry.act:
        case "refresh":
            return judge(entry.answer, keep=store.keep, stamp=stamp()).kind is Kind.UNREADABLE
        case "login":
            judged = _judge_login(store, entry.answer, entry.terms, stamp())
            return judged.kind is login_answer.Kind.UNREADABLE
        case _:
            return True


def _judge_login(
    store: CredentialStore, answer: Answer, terms: Mapping[str, object], came: str
) -> login_answer.Judgement:
    """Judge the answer to a sign-in; one whose terms are gone cannot be stored."""
    try:
        agreed = login_answer.terms_in(terms)
    except KeyError:
        return login_answer.Judgement(kind=login_answer.Kind.UNREADABLE)
    return login_answer.judge(answer, agreed, keep=store.keep, stamp=came)
